"""The staff page of exports: choose what a workbook holds, count, order, and find the others."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import (
    Blueprint,
    Flask,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.accounts import auditing
from consultation.clock import now
from consultation.database import writing
from consultation.exporting import choosing, ordering, saving, wording
from consultation.exporting.choosing import OrderRefused, Typed
from consultation.exporting.describing import AGREEMENTS, LOCALES, order_words
from consultation.exporting.ordering import Ordered
from consultation.exporting.orders import traced
from consultation.exporting.selecting import TOOL
from consultation.exporting.wording import FORMATS, Shown
from consultation.extensions import db
from consultation.jobs.models import Job
from consultation.web.permissions import Actor, Permission, require, requires

blueprint = Blueprint("exporting", __name__, url_prefix="/organisation/exports")

COUNT, KEEP = "compter", "garder"
"""What the form's other buttons ask for."""

LABELS = {
    "nom": "Nom",
    "tour": "Tour",
    "format": "Format",
    "mesure": "Mesures",
    "accord": "Contributions",
    "langue": "Langue des libellés",
    "calendrier": "Calendrier",
}


@blueprint.get("")
@requires(Permission.EXPORT_UNREAD)
def exports() -> ResponseReturnValue:
    """Say what a workbook holds, offer to make one, and list the earlier ones."""
    return _page(Typed(), {})


@blueprint.post("")
@requires(Permission.EXPORT_UNREAD)
def order() -> ResponseReturnValue:
    """Order a workbook and show how far it is; or count what it would hold, or keep the choice."""
    actor = require(Permission.EXPORT_UNREAD)
    typed = choosing.typed_from(request.form.to_dict(flat=False))
    try:
        wanted = choosing.order_of(typed, choosing.offered(db.session()))
    except OrderRefused as refused:
        return _page(typed, refused.faults), 400
    if request.form.get("geste") == KEEP:
        return redirect(url_for("export_settings.new", **address_of(typed)), 303)
    if request.form.get("geste") == COUNT:
        return _page(typed, {}, ordering.held(db.session(), actor, wanted))
    with writing(db.session()):
        job, is_new = ordering.order(db.session(), actor, wanted, at=now())
        if is_new:
            note_ordered(actor, job)
        public_id = job.public_id
    return redirect(url_for("one_export.page", public_id=public_id), 303)


def note_ordered(actor: Actor, job: Job) -> None:
    """Note in the trail that an export was ordered, within the caller's transaction."""
    action = "contacts_ordered" if job.kind == ordering.CONTACTS else "export_ordered"
    details = traced(job.parameters)
    auditing.record(db.session(), actor.id, action, job.public_id, details, at=now())


def address_of(typed: Typed) -> dict[str, Any]:
    """Return a choice as the fields of an address; what is as usual is left out."""
    usual = Typed()
    texts = ("tour", "format", "accord", "langue")
    fields: dict[str, Any] = {
        name: getattr(typed, name) for name in texts if getattr(typed, name) != getattr(usual, name)
    }
    fields |= {name: choosing.YES for name in ("anonyme", "courriel") if getattr(typed, name)}
    return fields | {"axe": list(typed.axe), "mesure": list(typed.mesure)}


def form_parts(typed: Typed, offer: choosing.Offer) -> dict[str, object]:
    """Return what the template of an order's fields needs."""
    return {
        "typed": typed if typed.tour or not offer.rounds else _with_latest(typed, offer),
        "offer": offer,
        "unknown": choosing.unknown_codes(typed, offer),
        "formats": {format: FORMATS[format] for format in offer.formats},
        "agreements": AGREEMENTS,
        "languages": LOCALES,
        "labels": LABELS,
        "tool": TOOL,
    }


def shown_of(ordered: Ordered, offer: choosing.Offer) -> Shown:
    """Return an export as the pages tell of it."""
    return wording.shown(
        ordered,
        {known.code: known.title for known in offer.rounds},
        current_app.config["EXPORTS_DIR"],
        current_app.config["RETENTION_EXPORT_DAYS"],
    )


def _with_latest(typed: Typed, offer: choosing.Offer) -> Typed:
    return replace(typed, tour=offer.rounds[0].code)


def _page(typed: Typed, faults: Mapping[str, str], held: int | None = None) -> str:
    actor = require(Permission.EXPORT_UNREAD)
    offer = choosing.offered(db.session())
    return render_template(
        "exporting/exports.html",
        **form_parts(typed, offer),
        faults=faults,
        held=held,
        exports=[shown_of(ordered, offer) for ordered in ordering.listed(db.session(), actor)],
        kept=saving.kept(db.session(), actor),
        may_list_contacts=actor.may(Permission.EXPORT_CONTACTS),
        days=current_app.config["RETENTION_EXPORT_DAYS"],
        at=now(),
    )


def register(app: Flask) -> None:
    """Add the pages to `app`."""
    app.register_blueprint(blueprint)
    app.jinja_env.filters.update(
        size=wording.size, duration=wording.duration, order_words=order_words
    )
