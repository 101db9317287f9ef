"""The staff's pages on mail: what is owed, and the local mailbox of a trial installation."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Blueprint, Flask, abort, current_app, render_template, request

from consultation.extensions import db
from consultation.mail import listing, outbox, wording
from consultation.mail.maildir import mailbox_of
from consultation.mail.models import MessageStatus
from consultation.mail.transport import safe_mail
from consultation.web.permissions import Permission, current_actor, requires

bp = Blueprint("mail", __name__, url_prefix="/administration/courriels")


@bp.get("")
@requires(Permission.READ_OUTBOX)
def outbox_page() -> str:
    """Show the messages, the newest first."""
    wanted = _wanted_state()
    return render_template(
        "mail/outbox.html",
        listed=listing.owed(db.session(), wanted, _page()),
        counts=outbox.counts(db.session()),
        late_since=outbox.oldest_waiting(db.session()),
        states=wording.STATES,
        wanted=wanted,
        shows_mailbox=_may_open_mailbox(),
    )


@bp.get("/boite")
@requires(Permission.READ_MAILBOX)
def local_box() -> str:
    """Show the mails that are kept on this machine."""
    _only_on_loopback()
    listed = listing.local_mails(mailbox_of(current_app.config), _page())
    return render_template("mail/local_box.html", listed=listed)


@bp.get("/boite/<key>")
@requires(Permission.READ_MAILBOX)
def local_mail(key: str) -> str:
    """Show one of them as text."""
    _only_on_loopback()
    mail = mailbox_of(current_app.config).get(key)
    if mail is None:
        abort(404)
    return render_template("mail/local_mail.html", mail=listing.local_mail(key, mail))


def _page() -> int:
    return request.args.get("page", 1, type=int)


def _wanted_state() -> MessageStatus | None:
    try:
        return MessageStatus(request.args.get("etat", ""))
    except ValueError:
        return None


def _is_on_loopback() -> bool:
    """Say whether only this machine reaches the site: the mailbox holds respondents' links."""
    host = urlsplit(current_app.config["BASE_URL"]).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _only_on_loopback() -> None:
    if not _is_on_loopback():
        abort(404)


def _may_open_mailbox() -> bool:
    actor = current_actor()
    keeps_mail = not current_app.config["MAIL_SERVER"] and _is_on_loopback()
    return keeps_mail and actor is not None and actor.may(Permission.READ_MAILBOX)


def register(app: Flask) -> None:
    """Add the pages to `app`, and bind the mail server that its settings name."""
    safe_mail.init_app(app)
    app.register_blueprint(bp)
