"""The staff page of the lists of contacts: what one is for, to order one, and the earlier ones."""

from collections.abc import Mapping

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.database import writing
from consultation.exporting import choosing, keeping, ordering
from consultation.exporting.choosing import OrderRefused, Typed
from consultation.exporting.orders import Order
from consultation.exporting.views import form_parts, note_ordered, shown_of
from consultation.extensions import db
from consultation.sheets.writing import Format
from consultation.web.permissions import Permission, require, requires

blueprint = Blueprint("contact_lists", __name__, url_prefix="/organisation/exports/contacts")

FORMATS = (Format.XLSX, Format.CSV)


@blueprint.get("")
@requires(Permission.EXPORT_CONTACTS)
def lists() -> ResponseReturnValue:
    """Say what the list is for and what it asks of who takes it, and offer to make one."""
    return _page(Typed(), {})


@blueprint.post("")
@requires(Permission.EXPORT_CONTACTS)
def order() -> ResponseReturnValue:
    """Order a list and show how far it is."""
    actor = require(Permission.EXPORT_CONTACTS)
    typed = choosing.typed_from(request.form.to_dict(flat=False))
    try:
        chosen = choosing.order_of(typed, choosing.offered(db.session(), FORMATS))
    except OrderRefused as refused:
        return _page(typed, refused.faults), 400
    wanted = Order(chosen.round_code, chosen.format, wants_mail=chosen.wants_mail)
    with writing(db.session()):
        job, is_new = ordering.order(db.session(), actor, wanted, at=now(), kind=ordering.CONTACTS)
        if is_new:
            note_ordered(actor, job)
        public_id = job.public_id
    return redirect(url_for("one_export.page", public_id=public_id), 303)


def _page(typed: Typed, faults: Mapping[str, str]) -> str:
    actor = require(Permission.EXPORT_CONTACTS)
    offer = choosing.offered(db.session(), FORMATS)
    found = ordering.listed(db.session(), actor, ordering.CONTACTS)
    return render_template(
        "exporting/contacts.html",
        **form_parts(typed, offer),
        faults=faults,
        exports=[shown_of(ordered, offer) for ordered in found],
        days=keeping.CONTACTS_DAYS,
    )


def register(app: Flask) -> None:
    """Add the page to `app`."""
    app.register_blueprint(blueprint)
