"""Saved settings pages: save, change, order, remove."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.db.base import writing
from consultation.exports.orders.forms import offered, order_data
from consultation.exports.orders.order import OrderUnreadable
from consultation.exports.orders.views import record_order
from consultation.exports.saved import settings
from consultation.exports.saved.forms import SettingForm, timing_data
from consultation.exports.saved.settings import NameTaken, SavedSetting
from consultation.extensions import db
from consultation.web.permissions import Permission, require, requires
from consultation.work.actions import current_work

blueprint = Blueprint("export_settings", __name__, url_prefix="/organisation/exports/reglages")

KEPT = "Les réglages sont gardés."
REMOVED = "Les réglages sont supprimés. Les classeurs déjà demandés restent dans la liste."
NAME_TAKEN = "D'autres réglages portent déjà ce nom : choisissez-en un autre."
UNREADABLE = "Ces réglages ne peuvent plus être lus : changez-les d'abord."


@blueprint.get("/nouveau")
@requires(Permission.EXPORT_UNREAD)
def new() -> ResponseReturnValue:
    """Display the form, filled with the choice in the address."""
    return _form_page(SettingForm(request.args, offer=offered(db.session())))


@blueprint.post("/nouveau")
@requires(Permission.EXPORT_UNREAD)
def add() -> ResponseReturnValue:
    """Save settings under a name."""
    form = SettingForm(request.form, offer=offered(db.session()))
    if not form.validate():
        return _form_page(form), 400
    try:
        with writing(db.session()):
            settings.save(current_work(), form.nom.data, form.order(), form.timing())
    except NameTaken:
        form.add_error("nom", NAME_TAKEN)
        return _form_page(form), 400
    flash(KEPT)
    return redirect(url_for("exporting.exports"), 303)


@blueprint.get("/<public_id>")
@requires(Permission.EXPORT_UNREAD)
def edit(public_id: str) -> ResponseReturnValue:
    """Display the form of saved settings."""
    saved = _saved(public_id)
    data = {"nom": saved.setting.name}
    if saved.order is not None:
        data |= order_data(saved.order) | timing_data(saved.timing)
    return _form_page(SettingForm(data=data, offer=offered(db.session())), saved)


@blueprint.post("/<public_id>")
@requires(Permission.EXPORT_UNREAD)
def change(public_id: str) -> ResponseReturnValue:
    """Change saved settings."""
    form = SettingForm(request.form, offer=offered(db.session()))
    if not form.validate():
        return _form_page(form, _saved(public_id)), 400
    try:
        with writing(db.session()):
            setting = _saved(public_id).setting
            settings.change(
                current_work(),
                setting,
                form.nom.data,
                form.order(),
                form.timing(),
            )
    except NameTaken:
        form.add_error("nom", NAME_TAKEN)
        return _form_page(form, _saved(public_id)), 400
    flash(KEPT)
    return redirect(url_for("exporting.exports"), 303)


@blueprint.post("/<public_id>/preparer")
@requires(Permission.EXPORT_UNREAD)
def order(public_id: str) -> ResponseReturnValue:
    """Order the export of saved settings."""
    actor = require(Permission.EXPORT_UNREAD)
    try:
        with writing(db.session()):
            job, is_new = settings.order(current_work(), _saved(public_id))
            if is_new:
                record_order(actor, job)
            job_id = job.public_id
    except OrderUnreadable:
        flash(UNREADABLE)
        return redirect(url_for(".edit", public_id=public_id), 303)
    return redirect(url_for("one_export.page", public_id=job_id), 303)


@blueprint.post("/<public_id>/supprimer")
@requires(Permission.EXPORT_UNREAD)
def remove(public_id: str) -> ResponseReturnValue:
    """Remove saved settings with their schedule."""
    with writing(db.session()):
        settings.remove(current_work(), _saved(public_id).setting)
    flash(REMOVED)
    return redirect(url_for("exporting.exports"), 303)


def _saved(public_id: str) -> SavedSetting:
    saved = settings.find(current_work(), public_id)
    return saved or abort(404)


def _form_page(form: SettingForm, saved: SavedSetting | None = None) -> str:
    return render_template("exports/saved/setting.html", form=form, saved=saved)
