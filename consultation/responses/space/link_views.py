"""Pages of personal links that go by mail: a lost one, and one sent to an address given once."""

from flask import Blueprint, Flask, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.mail.addresses import index_of, is_sendable
from consultation.mail.outbox import Caps
from consultation.responses.space import link_mail, links, recovery
from consultation.text import clean_line
from consultation.web import rate_limits
from consultation.web.csrf import comes_from_elsewhere
from consultation.web.headers import keep_private
from consultation.web.locale import current_locale
from consultation.web.permissions import Permission, requires
from consultation.web.rate_limits import Limit, by_source, throttle

recovering_blueprint = Blueprint("recovering", __name__, url_prefix="/contributions")

BY_SOURCE = Limit(20, 900, by_source)


@recovering_blueprint.get("/retrouver")
@requires(Permission.PUBLIC)
def form() -> ResponseReturnValue:
    """Ask for the address."""
    keep_private()
    return _form("")


@recovering_blueprint.post("/retrouver")
@requires(Permission.PUBLIC)
def ask() -> ResponseReturnValue:
    """Request the mail, whether or not the address is known, and show that it may have left.

    From another site the post only asks for a confirming click, so that no page can have mails
    sent from its readers' browsers.
    """
    address = clean_line(request.form.get("address", ""))
    if not is_sendable(address):
        return _form(
            address,
            why=_wrong_address(),
        ), 422
    if comes_from_elsewhere():
        return _form(address, needs_confirming=True), 400
    if not _names_too_many(address):
        with writing(db.session()):
            recovery.ask(db.session(), address, current_locale(), now())
    return render_template(
        "responses/space/recover_sent.html",
        address=address,
        leaves=bool(current_app.config["MAIL_SERVER"]),
    )


def _wrong_address() -> str:
    return str(_("Vérifiez l'adresse : donnez-en une seule, entière, comme nom@exemple.fr."))


def _form(address: str, *, why: str = "", needs_confirming: bool = False) -> str:
    return render_template(
        "responses/space/recover.html", address=address, why=why, needs_confirming=needs_confirming
    )


def _names_too_many(address: str) -> bool:
    """Return whether one network named too many addresses in an hour, here and with forms."""
    cap: int = current_app.config["MAIL_SOURCE_CAP"]
    return rate_limits.tally(
        lambda tally: tally.count_different("mail source", index_of(address), seconds=3600) > cap,
        otherwise=False,
    )


sending_blueprint = Blueprint("sending", __name__, url_prefix="/contributions")


@sending_blueprint.get("/envoyer-mon-lien")
@requires(Permission.PUBLIC)
def form_gone() -> ResponseReturnValue:
    """Redirect to the page of lost links: the form lies beside a link, which no address holds."""
    keep_private()
    return redirect(url_for("recovering.form"), 303)


@sending_blueprint.post("/envoyer-mon-lien")
@requires(Permission.PUBLIC)
def send() -> ResponseReturnValue:
    """Send a personal link to an address, and say the same whatever becomes of the mail."""
    keep_private()
    token = request.form.get("link", "")
    address = clean_line(request.form.get("address", ""))
    if links.find(db.session(), token) is None:
        return render_template("responses/space/no_link.html"), 404
    if not is_sendable(address):
        return _sending_form(token, address, why=_wrong_address()), 422
    if comes_from_elsewhere():
        return _sending_form(token, address, needs_confirming=True), 400
    caps = Caps.of(current_app.config, "source_cap" if _names_too_many(address) else None)
    with writing(db.session()):
        link_mail.send(
            db.session(),
            token,
            address,
            locale=current_locale(),
            base_url=current_app.config["BASE_URL"],
            caps=caps,
            at=now(),
        )
    return render_template(
        "responses/space/link_sent.html",
        address=address,
        link_token=token,
        leaves=bool(current_app.config["MAIL_SERVER"]),
    )


def _sending_form(
    token: str, address: str, *, why: str = "", needs_confirming: bool = False
) -> str:
    return render_template(
        "responses/space/send_link.html",
        link_token=token,
        address=address,
        why=why,
        needs_confirming=needs_confirming,
    )


def register(app: Flask) -> None:
    """Limit what asks for a mail, by the network of the request."""
    for endpoint in ("recovering.ask", "sending.send"):
        throttle(app, endpoint, BY_SOURCE)
