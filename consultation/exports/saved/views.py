"""The staff pages of kept settings: keep, change, order again, remove."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.db.base import writing
from consultation.exports.orders.forms import offered, order_data
from consultation.exports.orders.order import OrderUnreadable
from consultation.exports.orders.views import note_ordered
from consultation.exports.saved import settings
from consultation.exports.saved.forms import SettingForm, timing_data
from consultation.exports.saved.settings import Kept, NameTaken
from consultation.extensions import db
from consultation.web.permissions import Permission, require, requires

blueprint = Blueprint("export_settings", __name__, url_prefix="/organisation/exports/reglages")

KEPT = "Les réglages sont gardés."
REMOVED = "Les réglages sont supprimés. Les classeurs déjà demandés restent dans la liste."
NAME_TAKEN = "D'autres réglages portent déjà ce nom : choisissez-en un autre."
UNREADABLE = "Ces réglages ne peuvent plus être lus : changez-les d'abord."


@blueprint.get("/nouveau")
@requires(Permission.EXPORT_UNREAD)
def new() -> ResponseReturnValue:
    """Offer to keep the choice that the address holds."""
    return _form_page(SettingForm(request.args, offer=offered(db.session())))


@blueprint.post("/nouveau")
@requires(Permission.EXPORT_UNREAD)
def add() -> ResponseReturnValue:
    """Keep a choice under a name."""
    actor = require(Permission.EXPORT_UNREAD)
    form = SettingForm(request.form, offer=offered(db.session()))
    if not form.validate():
        return _form_page(form), 400
    try:
        with writing(db.session()):
            settings.keep(db.session(), actor, form.nom.data, form.order(), form.timing(), now())
    except NameTaken:
        form.add_error("nom", NAME_TAKEN)
        return _form_page(form), 400
    flash(KEPT)
    return redirect(url_for("exporting.exports"), 303)


@blueprint.get("/<public_id>")
@requires(Permission.EXPORT_UNREAD)
def edit(public_id: str) -> ResponseReturnValue:
    """Offer kept settings to change."""
    kept = _found(public_id)
    data = {"nom": kept.setting.name}
    if kept.order is not None:
        data |= order_data(kept.order) | timing_data(kept.timing)
    return _form_page(SettingForm(data=data, offer=offered(db.session())), kept)


@blueprint.post("/<public_id>")
@requires(Permission.EXPORT_UNREAD)
def change(public_id: str) -> ResponseReturnValue:
    """Change kept settings."""
    actor = require(Permission.EXPORT_UNREAD)
    form = SettingForm(request.form, offer=offered(db.session()))
    if not form.validate():
        return _form_page(form, _found(public_id)), 400
    try:
        with writing(db.session()):
            setting = _found(public_id).setting
            settings.change(
                db.session(), actor, setting, form.nom.data, form.order(), form.timing(), now()
            )
    except NameTaken:
        form.add_error("nom", NAME_TAKEN)
        return _form_page(form, _found(public_id)), 400
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


def _found(public_id: str) -> Kept:
    found = settings.one(db.session(), require(Permission.EXPORT_UNREAD), public_id)
    if found is None:
        abort(404)
    return found


def _form_page(form: SettingForm, kept: Kept | None = None) -> str:
    return render_template("exports/saved/setting.html", form=form, kept=kept)
