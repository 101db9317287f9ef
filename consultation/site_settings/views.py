"""Page of the settings that administrators change on screen."""

from collections.abc import Mapping

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.accounts import site_switches
from consultation.accounts.models import Switch
from consultation.db.stale import StaleEdit
from consultation.settings import ON_SCREEN, Group, Setting
from consultation.site_settings import changes
from consultation.site_settings.config import FIXED
from consultation.site_settings.forms import SettingsForm, displayed, form_of, typed
from consultation.web.permissions import Permission, requires
from consultation.web.typography import counted
from consultation.work.actions import act, current_work

blueprint = Blueprint("site_settings", __name__, url_prefix="/administration/reglages")


@blueprint.get("")
@requires(Permission.CONFIGURE)
def settings() -> str:
    """Show every setting that can be changed, with its value, its default and what it is for."""
    stored = changes.changed(current_work())
    data = typed({name: changes.current(stored, name) for name in ON_SCREEN})
    return _page(form_of(_fixed())(data=data | {"seen": changes.version(stored)}), stored)


@blueprint.post("")
@requires(Permission.CONFIGURE)
def change() -> ResponseReturnValue:
    """Store the settings that were changed."""
    form = form_of(_fixed())(request.form)
    seen = form.seen.data or ""

    def page(stale: StaleEdit | None = None) -> str:
        stored = changes.changed(current_work())
        return _page(_with_stored(form, stored) if stale else form, stored, stale)

    return act(
        lambda work: changes.change(work, form.values, seen, fixed=_fixed()),
        form=form,
        page=page,
        done=_done,
        to=url_for(".settings"),
    )


def _with_stored(form: SettingsForm, stored: Mapping[str, changes.Changed]) -> SettingsForm:
    """Return the form as it was sent, with what is in force beside each field that differs."""
    values = form.values
    differing = {
        name: displayed(changes.current(stored, name))
        for name in values
        if changes.current(stored, name) != values[name]
    }
    again = form_of(_fixed())(request.form, stored=differing)
    again.seen.data = changes.version(stored)
    return again


def _done(names: list[str]) -> str:
    if not names:
        return "Rien n'a changé."
    labels = ", ".join(f"« {ON_SCREEN[name].label} »" for name in names)
    return f"{counted(len(names), 'réglage changé', 'réglages changés')} : {labels}."


def _fixed() -> frozenset[str]:
    fixed: frozenset[str] = current_app.config[FIXED]
    return fixed


def _page(
    form: SettingsForm,
    stored: Mapping[str, changes.Changed],
    stale: StaleEdit | None = None,
) -> str:
    return render_template(
        "site_settings/settings.html",
        proof=site_switches.turned_on(current_work(), Switch.PROOF_OF_WORK),
        form=form,
        stored=stored,
        stale=stale,
        groups={group: _of(group) for group in Group},
        fixed={name: displayed(current_app.config[name]) for name in _fixed() & ON_SCREEN.keys()},
    )


def _of(group: Group) -> list[Setting]:
    return [setting for setting in ON_SCREEN.values() if setting.group is group]
