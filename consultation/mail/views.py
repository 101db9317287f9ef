"""Mail pages: those of the staff, and the public one that stops mail."""

from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.accounts.audit import audit_log
from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.mail import admin, displayed_states, kinds, labels, outbox, suppression
from consultation.mail.addresses import is_sendable
from consultation.mail.admin import NotPossible
from consultation.mail.boxes import Box
from consultation.mail.delivery import breakers
from consultation.mail.displayed_states import DisplayedState
from consultation.mail.kinds import Reach
from consultation.mail.models import OutboxMessage, SuppressionReason
from consultation.mail.transport import mailbox_of, safe_mail
from consultation.text import clean_line
from consultation.web.headers import is_staff_path, keep_private
from consultation.web.permissions import Actor, Permission, current_actor, require, requires
from consultation.web.request_body import takes_files

blueprint = Blueprint("stopping", __name__, url_prefix="/courriel")


@blueprint.get("/arret/<token>")
@requires(Permission.PUBLIC)
def ask(token: str) -> ResponseReturnValue:
    """Show the button: scanners of mail follow links, and press nothing."""
    keep_private()
    reach, box = _read(token)
    is_stopped = suppression.stopping(db.session(), box, reach) is not None
    return render_template(
        "mail/stop.html", is_bulk=reach is Reach.BULK, is_stopped=is_stopped, token=token
    )


@blueprint.post("/arret/<token>")
@requires(Permission.PUBLIC)
@takes_files
def stop(token: str) -> ResponseReturnValue:
    """Stop the mail; a mail reader's own button posts here as well, in parts (RFC 8058)."""
    keep_private()
    reach, box = _read(token)
    with writing(db.session()):
        suppression.suppress(db.session(), box, suppression.reason_for(reach), now())
    return render_template("mail/stop.html", is_bulk=reach is Reach.BULK, is_stopped=True)


def _read(token: str) -> tuple[Reach, Box]:
    found = suppression.read_token(token)
    if found is None:
        abort(404)
    return found


bp = Blueprint("mail", __name__, url_prefix="/administration/courriels")

Act = Callable[[Actor, int], OutboxMessage]
NO_ADDRESS = (
    "Ce n'est pas une adresse électronique : écrivez-la en entier, comme prenom@association.fr."
)


@bp.get("")
@requires(Permission.READ_OUTBOX)
def outbox_page() -> str:
    """Show the messages, the newest first."""
    wanted, kind = _wanted_state(), _wanted_kind()
    return render_template(
        "mail/outbox.html",
        listed=admin.owed(db.session(), wanted, kind, _page()),
        counts=displayed_states.counts(db.session()),
        late_since=outbox.oldest_waiting(db.session()),
        breakers=labels.breaker_lines(db.session(), now()),
        answers_wait=breakers.answers_wait(db.session()),
        states=labels.STATES,
        kinds=kinds.kind_labels(),
        wanted=wanted,
        wanted_kind=kind,
        resendable=admin.RESENDABLE,
        cancellable=admin.CANCELLABLE,
    )


@bp.post("/renvoyer")
@requires(Permission.DIRECT_OUTBOX)
def resend() -> ResponseReturnValue:
    """Try a message again at once."""
    at = now()
    return _direct(
        lambda actor, number: admin.resend(db.session(), actor, number, at),
        "mail_resent",
        "Ce courriel repart dans un instant.",
    )


@bp.post("/annuler")
@requires(Permission.DIRECT_OUTBOX)
def cancel() -> ResponseReturnValue:
    """Take a message out of the queue."""
    return _direct(
        lambda actor, number: admin.cancel(db.session(), actor, number),
        "mail_cancelled",
        "Ce courriel ne partira pas.",
    )


@bp.post("/laisser-partir")
@requires(Permission.DIRECT_OUTBOX)
def let_answers_go() -> ResponseReturnValue:
    """Let the acknowledgements that were too many in an hour leave."""
    actor = require(Permission.DIRECT_OUTBOX)
    with writing(db.session()):
        if admin.let_answers_go(db.session(), actor, now()):
            audit_log.record(db.session(), actor.id, "answers_let_go", at=now())
    flash("Les accusés de réception en attente repartent.", "info")
    return redirect(url_for(".outbox_page"), 303)


def _direct(act: Act, action: str, done: str) -> ResponseReturnValue:
    """Let `act` change one message, note it in the trail, and come back to the list."""
    actor = require(Permission.DIRECT_OUTBOX)
    number = request.form.get("message", 0, type=int)
    try:
        with writing(db.session()):
            act(actor, number)
            audit_log.record(db.session(), actor.id, action, str(number), at=now())
    except NotPossible as refusal:
        done = str(refusal)
    flash(done, "info")
    wanted, kind = _wanted_state(), _wanted_kind()
    return redirect(url_for(".outbox_page", page=_page(), etat=wanted, nature=kind), 303)


@bp.route("/arrets", methods=["GET", "POST"])
@requires(Permission.DIRECT_OUTBOX)
def stopped() -> ResponseReturnValue:
    """List the addresses that are not written to, and add one."""
    typed = clean_line(request.form.get("adresse", ""))
    error = NO_ADDRESS if request.method == "POST" and not is_sendable(typed) else ""
    if request.method == "POST" and not error:
        actor = require(Permission.DIRECT_OUTBOX)
        with writing(db.session()):
            reason = SuppressionReason.STAFF
            if suppression.suppress_address(db.session(), typed, reason, now()):
                audit_log.record(db.session(), actor.id, "address_stopped", at=now())
        flash("Cette adresse ne recevra plus de courriel.", "info")
        return redirect(url_for(".stopped"), 303)
    listed = admin.stopped(db.session(), _page())
    page = render_template("mail/stopped.html", listed=listed, typed=typed, error=error)
    return page, 422 if error else 200


@bp.post("/arrets/<public_id>/lever")
@requires(Permission.DIRECT_OUTBOX)
def lift(public_id: str) -> ResponseReturnValue:
    """Let an address be written to again."""
    actor = require(Permission.DIRECT_OUTBOX)
    with writing(db.session()):
        if suppression.lift(db.session(), public_id, now()) is None:
            abort(404)
        audit_log.record(db.session(), actor.id, "address_allowed", public_id, at=now())
    flash("On peut de nouveau écrire à cette adresse.", "info")
    return redirect(url_for(".stopped"), 303)


@bp.get("/boite")
@requires(Permission.READ_MAILBOX)
def local_box() -> str:
    """Show the mails that are kept on this machine."""
    _only_on_loopback()
    listed = admin.local_mails(mailbox_of(current_app.config), _page())
    _note_read(None, len(listed.rows))
    return render_template("mail/local_box.html", listed=listed)


@bp.get("/boite/<key>")
@requires(Permission.READ_MAILBOX)
def local_mail(key: str) -> str:
    """Show one of them as text."""
    _only_on_loopback()
    mail = mailbox_of(current_app.config).get(key)
    if mail is None:
        abort(404)
    _note_read(key[:100], 1)
    return render_template("mail/local_mail.html", mail=admin.local_mail(key, mail))


def _note_read(subject: str | None, count: int) -> None:
    """Note that the signed-in actor has been shown so many mails, with addresses and links."""
    actor = require(Permission.READ_MAILBOX)
    with writing(db.session()):
        details = {"count": count}
        audit_log.record(db.session(), actor.id, "local_mails_viewed", subject, details, at=now())


def _page() -> int:
    return request.args.get("page", 1, type=int)


def _wanted_state() -> DisplayedState | None:
    try:
        return DisplayedState(request.args.get("etat", ""))
    except ValueError:
        return None


def _wanted_kind() -> str | None:
    wanted = request.args.get("nature", "")
    return wanted if wanted in kinds.kind_labels() else None


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


def keeps_all_mail() -> bool:
    """Say to a member of the staff whether no mail can leave: no server is set."""
    return _is_for_staff() and not current_app.config["MAIL_SERVER"]


def _may_direct_outbox() -> bool:
    actor = current_actor()
    return actor is not None and actor.may(Permission.DIRECT_OUTBOX)


def _is_for_staff() -> bool:
    return is_staff_path(request.path) and current_actor() is not None


def stalled() -> dict[str, str] | None:
    """Return what does not leave, since when, and why, for the banner of every staff page."""
    if not _is_for_staff():
        return None
    since = outbox.stalled_since(db.session())
    if since is None:
        return None
    at = now()
    lines = labels.breaker_lines(db.session(), at)
    of_flood = breakers.answers_wait(db.session())
    what = "Des accusés de réception attendent" if of_flood else "Aucun courriel ne part"
    return {"what": what, "since": labels.duration(at - since), "why": " ".join(lines)}


def register(app: Flask) -> None:
    """Bind the mail server that the settings name, and give templates the state of mail."""
    safe_mail.init_app(app)
    app.jinja_env.globals.update(
        stalled_mail=stalled,
        keeps_all_mail=keeps_all_mail,
        may_direct_outbox=_may_direct_outbox,
        may_open_mailbox=_may_open_mailbox,
    )
