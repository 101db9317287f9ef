"""The page that sends a new personal link: it says the same of every address."""

from flask import Blueprint, Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.mail.addresses import index_of, is_sendable
from consultation.responses import recovering
from consultation.text import clean_line
from consultation.web import limits
from consultation.web.csrf import comes_from_elsewhere
from consultation.web.headers import keep_private
from consultation.web.limits import Limit, by_source, throttle
from consultation.web.locale import current_locale
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("recovering", __name__, url_prefix="/contributions")

BY_SOURCE = Limit("20 per 15 minutes", by_source)


@blueprint.get("/retrouver")
@requires(Permission.PUBLIC)
def form() -> ResponseReturnValue:
    """Ask for the address."""
    keep_private()
    return _form("")


@blueprint.post("/retrouver")
@requires(Permission.PUBLIC)
def ask() -> ResponseReturnValue:
    """Order the mail, whether or not anybody has that address, and say that it may have left.

    The post brings no authority along: from another site, it only asks for a confirming click, so
    that nobody has mails sent from their readers' browsers.
    """
    address = clean_line(request.form.get("address", ""))
    if not is_sendable(address):
        return _form(
            address,
            why=_("Écrivez une adresse électronique entière, par exemple prenom@exemple.fr."),
        ), 422
    if comes_from_elsewhere():
        return _form(address, needs_confirming=True), 400
    if not _names_too_many(address):
        with writing(db.session()):
            recovering.ask(db.session(), address, current_locale(), now())
    return render_template(
        "responses/recover_sent.html",
        address=address,
        leaves=bool(current_app.config["MAIL_SERVER"]),
    )


def _form(address: str, *, why: str = "", needs_confirming: bool = False) -> str:
    return render_template(
        "responses/recover.html", address=address, why=why, needs_confirming=needs_confirming
    )


def _names_too_many(address: str) -> bool:
    """Say whether too many different addresses came from one place, here and with forms."""
    named = limits.count_different("mail source", index_of(address), seconds=3600)
    cap: int = current_app.config["MAIL_SOURCE_CAP"]
    return named > cap


def register(app: Flask) -> None:
    """Add the pages to `app`."""
    app.register_blueprint(blueprint)
    throttle(app, "recovering.ask", BY_SOURCE)
