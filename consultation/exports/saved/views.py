"""Saved settings pages: save, change, order, remove."""

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.db.stale import StaleEdit
from consultation.exports.orders.forms import offered
from consultation.exports.orders.order import OrderUnreadable
from consultation.exports.orders.views import logged
from consultation.exports.saved import settings
from consultation.exports.saved.forms import SettingForm, setting_data
from consultation.exports.saved.settings import NameTaken, SavedSetting
from consultation.extensions import db
from consultation.web.permissions import Permission, requires
from consultation.work.actions import Elsewhere, act, current_work
from consultation.work.services import Work

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
    return act(
        lambda work: settings.save(work, form.nom.data, form.order(), form.timing()),
        page=lambda: _form_page(form),
        refusals={NameTaken: lambda _: _name_taken(form)},
        done=KEPT,
        to=url_for("exporting.exports"),
    )


@blueprint.get("/<public_id>")
@requires(Permission.EXPORT_UNREAD)
def edit(public_id: str) -> ResponseReturnValue:
    saved = _saved(public_id)
    return _form_page(SettingForm(data=setting_data(saved), offer=offered(db.session())), saved)


@blueprint.post("/<public_id>")
@requires(Permission.EXPORT_UNREAD)
def change(public_id: str) -> ResponseReturnValue:
    form = SettingForm(request.form, offer=offered(db.session()))
    if not form.validate():
        return _form_page(form, _saved(public_id)), 400

    def change(work: Work) -> None:
        setting, seen = _saved(public_id).setting, form.seen.data or ""
        settings.change(work, setting, form.nom.data, form.order(), form.timing(), seen)

    def page(stale: StaleEdit) -> str:
        saved = _saved(public_id)
        form.show_both(setting_data(saved))
        return _form_page(form, saved, stale)

    return act(
        change,
        page=page,
        refusals={NameTaken: lambda _: _name_taken(form, _saved(public_id))},
        done=KEPT,
        to=url_for("exporting.exports"),
    )


@blueprint.post("/<public_id>/preparer")
@requires(Permission.EXPORT_UNREAD)
def order(public_id: str) -> ResponseReturnValue:
    return act(
        lambda work: logged(work, *settings.order(work, _saved(public_id))),
        refusals={OrderUnreadable: Elsewhere(url_for(".edit", public_id=public_id), UNREADABLE)},
        to=lambda job_id: url_for("one_export.page", public_id=job_id),
    )


@blueprint.post("/<public_id>/supprimer")
@requires(Permission.EXPORT_UNREAD)
def remove(public_id: str) -> ResponseReturnValue:
    """Remove saved settings with their schedule."""
    return act(
        lambda work: settings.remove(work, _saved(public_id).setting),
        done=REMOVED,
        to=url_for("exporting.exports"),
    )


def _saved(public_id: str) -> SavedSetting:
    saved = settings.find(current_work(), public_id)
    return saved or abort(404)


def _name_taken(form: SettingForm, saved: SavedSetting | None = None) -> ResponseReturnValue:
    form.add_error("nom", NAME_TAKEN)
    return _form_page(form, saved), 400


def _form_page(
    form: SettingForm, saved: SavedSetting | None = None, stale: StaleEdit | None = None
) -> str:
    return render_template("exports/saved/setting.html", form=form, saved=saved, stale=stale)
