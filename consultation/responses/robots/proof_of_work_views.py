"""Page by which an administrator switches the proof of work of public forms on and off."""

from datetime import timedelta

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from consultation.accounts import site_switches
from consultation.accounts.models import Switch
from consultation.responses.robots import spam
from consultation.web.permissions import Permission, requires
from consultation.work.actions import act, current_work

SPANS = {"la dernière heure": timedelta(hours=1), "les dernières 24 heures": timedelta(hours=24)}

blueprint = Blueprint("proof_of_work", __name__, url_prefix="/administration/attaque")


@blueprint.get("")
@requires(Permission.GUARD)
def show() -> str:
    """Show what the proof of work is for, whether it is on, and how many forms come in."""
    work = current_work()
    return render_template(
        "responses/robots/proof_of_work.html",
        turned_on=site_switches.turned_on(work, Switch.PROOF_OF_WORK),
        came={span: spam.since(work, work.at - length) for span, length in SPANS.items()},
    )


@blueprint.post("/activer")
@requires(Permission.GUARD)
def turn_on() -> ResponseReturnValue:
    """Require a proof of work of every public form from now on."""
    return act(
        lambda work: site_switches.turn_on(work, Switch.PROOF_OF_WORK),
        done="La vérification est activée : elle vaut pour les formulaires ouverts dès maintenant.",
        to=url_for(".show"),
    )


@blueprint.post("/arreter")
@requires(Permission.GUARD)
def turn_off() -> ResponseReturnValue:
    """Require no proof of work any more."""
    return act(
        lambda work: site_switches.turn_off(work, Switch.PROOF_OF_WORK),
        done="La vérification est arrêtée : les formulaires ne demandent plus rien.",
        to=url_for(".show"),
    )
