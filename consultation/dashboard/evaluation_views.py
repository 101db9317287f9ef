"""Page by which an organiser says that the team evaluates the plan too: the second act."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consultation.accounts import site_switches
from consultation.accounts.models import Switch
from consultation.dashboard import menu
from consultation.extensions import db
from consultation.plan.overview import evaluation
from consultation.web.permissions import Permission, requires
from consultation.work.actions import act, current_work

blueprint = Blueprint("evaluation", __name__, url_prefix="/organisation/evaluer")

BEGUN = "L'évaluation a commencé : ses pages restent dans le menu."


@blueprint.get("")
@requires(Permission.RECORD_VALUES)
def show() -> str:
    """Show what the second act is, its steps, and whether the team does it."""
    session = db.session()
    return render_template(
        "dashboard/evaluation.html",
        steps=menu.steps_of(menu.EVALUATE),
        is_evaluated=evaluation.is_evaluated(session),
        has_begun=evaluation.has_begun(session),
        turned_on=site_switches.turned_on(current_work(), Switch.EVALUATION),
    )


@blueprint.post("/commencer")
@requires(Permission.RECORD_VALUES)
def begin() -> ResponseReturnValue:
    """Add the pages of the second act to the menu."""
    return act(
        lambda work: site_switches.turn_on(work, Switch.EVALUATION),
        done="Les pages de l'évaluation sont dans le menu : « Évaluer le plan ».",
        to=url_for(".show"),
    )


@blueprint.post("/arreter")
@requires(Permission.RECORD_VALUES)
def end() -> ResponseReturnValue:
    """Take the pages of the second act out of the menu, as long as nothing stands in them."""
    if evaluation.has_begun(db.session()):
        flash(BEGUN)
        return redirect(url_for(".show"), 303)
    return act(
        lambda work: site_switches.turn_off(work, Switch.EVALUATION),
        done="Les pages de l'évaluation ne sont plus dans le menu.",
        to=url_for(".show"),
    )
