"""The staff pages of kept settings: keep, change, order again, remove."""

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.db.base import writing
from consultation.exports.models import Schedule
from consultation.exports.orders import forms
from consultation.exports.orders.forms import OrderRefused, Typed
from consultation.exports.orders.order import Order, OrderUnreadable
from consultation.exports.orders.views import form_parts, note_ordered
from consultation.exports.saved import settings
from consultation.exports.saved.settings import WEEKDAYS, Kept, NotKept, Timing
from consultation.extensions import db
from consultation.web.permissions import Permission, require, requires

blueprint = Blueprint("export_settings", __name__, url_prefix="/organisation/exports/reglages")

SCHEDULES = {
    Schedule.NONE: "Seulement à la demande",
    Schedule.DAILY: "Chaque jour",
    Schedule.WEEKLY: "Chaque semaine",
    Schedule.MONTHLY: "Chaque mois, la première fois que vient ce jour",
}
KEPT = "Les réglages sont gardés."
REMOVED = "Les réglages sont supprimés. Les classeurs déjà demandés restent dans la liste."
UNREADABLE = "Ces réglages ne peuvent plus être lus : changez-les d'abord."


@blueprint.get("/nouveau")
@requires(Permission.EXPORT_UNREAD)
def new() -> ResponseReturnValue:
    """Offer to keep the choice that the address holds."""
    return _form(forms.typed_from(request.args.to_dict(flat=False)), {})


@blueprint.post("/nouveau")
@requires(Permission.EXPORT_UNREAD)
def add() -> ResponseReturnValue:
    """Keep a choice under a name."""
    actor = require(Permission.EXPORT_UNREAD)
    typed = forms.typed_from(request.form.to_dict(flat=False))
    try:
        wanted, timing = _chosen(typed)
        with writing(db.session()):
            settings.keep(db.session(), actor, typed.nom, wanted, timing, now())
    except (OrderRefused, NotKept) as refused:
        return _form(typed, refused.faults), 400
    flash(KEPT)
    return redirect(url_for("exporting.exports"), 303)


@blueprint.get("/<public_id>")
@requires(Permission.EXPORT_UNREAD)
def edit(public_id: str) -> ResponseReturnValue:
    """Offer kept settings to change."""
    found = _found(public_id)
    name = found.setting.name
    if found.order is None:
        return _form(Typed(nom=name), {}, found)
    return _form(forms.typed_of(found.order, name, found.timing), {}, found)


@blueprint.post("/<public_id>")
@requires(Permission.EXPORT_UNREAD)
def change(public_id: str) -> ResponseReturnValue:
    """Change kept settings."""
    actor = require(Permission.EXPORT_UNREAD)
    typed = forms.typed_from(request.form.to_dict(flat=False))
    try:
        wanted, timing = _chosen(typed)
        with writing(db.session()):
            setting = _found(public_id).setting
            settings.change(db.session(), actor, setting, typed.nom, wanted, timing, now())
    except (OrderRefused, NotKept) as refused:
        return _form(typed, refused.faults, _found(public_id)), 400
    flash(KEPT)
    return redirect(url_for("exporting.exports"), 303)


@blueprint.post("/<public_id>/preparer")
@requires(Permission.EXPORT_UNREAD)
def order(public_id: str) -> ResponseReturnValue:
    """Order what kept settings say."""
    actor = require(Permission.EXPORT_UNREAD)
    try:
        with writing(db.session()):
            job, is_new = settings.order(db.session(), actor, _found(public_id), now())
            if is_new:
                note_ordered(actor, job)
            job_id = job.public_id
    except OrderUnreadable:
        flash(UNREADABLE)
        return redirect(url_for(".edit", public_id=public_id), 303)
    return redirect(url_for("one_export.page", public_id=job_id), 303)


@blueprint.post("/<public_id>/supprimer")
@requires(Permission.EXPORT_UNREAD)
def remove(public_id: str) -> ResponseReturnValue:
    """Remove kept settings, and their schedule with them."""
    actor = require(Permission.EXPORT_UNREAD)
    with writing(db.session()):
        settings.remove(db.session(), actor, _found(public_id).setting, now())
    flash(REMOVED)
    return redirect(url_for("exporting.exports"), 303)


def _chosen(typed: Typed) -> tuple[Order, Timing]:
    """Return what was chosen; raise `OrderRefused` with all that is wrong."""
    faults: dict[str, str] = {}
    try:
        wanted = forms.order_of(typed, forms.offered(db.session()))
    except OrderRefused as refused:
        faults |= refused.faults
    try:
        timing = forms.timing_of(typed)
    except OrderRefused as refused:
        faults |= refused.faults
    if faults:
        raise OrderRefused(faults)
    return wanted, timing


def _found(public_id: str) -> Kept:
    found = settings.one(db.session(), require(Permission.EXPORT_UNREAD), public_id)
    if found is None:
        abort(404)
    return found


def _form(typed: Typed, faults: Mapping[str, str], found: Kept | None = None) -> str:
    return render_template(
        "exports/saved/setting.html",
        **form_parts(typed, forms.offered(db.session())),
        faults=faults,
        found=found,
        schedules=SCHEDULES,
        weekdays=list(enumerate(WEEKDAYS)),
        hours=[(hour, f"{hour} h") for hour in forms.HOURS],
    )
