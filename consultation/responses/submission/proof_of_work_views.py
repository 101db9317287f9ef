"""Page by which an administrator switches the proof of work of public forms on and off."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consultation.accounts import site_switches
from consultation.accounts.models import Switch
from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.responses.submission import spam
from consultation.web.permissions import Permission, requires
from consultation.work.actions import current_work

SPANS = {"la dernière heure": timedelta(hours=1), "les dernières 24 heures": timedelta(hours=24)}

blueprint = Blueprint("proof_of_work", __name__, url_prefix="/administration/attaque")


@blueprint.get("")
@requires(Permission.GUARD)
def show() -> str:
    """Show what the proof of work is for, whether it is on, and how many forms come in."""
    return render_template(
        "responses/submission/proof_of_work.html",
        turned_on=site_switches.turned_on(current_work(), Switch.PROOF_OF_WORK),
        came={span: spam.since(current_work(), now() - length) for span, length in SPANS.items()},
    )


@blueprint.post("/activer")
@requires(Permission.GUARD)
def turn_on() -> ResponseReturnValue:
    """Require a proof of work of every public form from now on."""
    with writing(db.session()):
        site_switches.turn_on(current_work(), Switch.PROOF_OF_WORK)
    flash("La vérification est activée : elle vaut pour les formulaires ouverts dès maintenant.")
    return redirect(url_for(".show"), 303)


@blueprint.post("/arreter")
@requires(Permission.GUARD)
def turn_off() -> ResponseReturnValue:
    """Require no proof of work any more."""
    with writing(db.session()):
        site_switches.turn_off(current_work(), Switch.PROOF_OF_WORK)
    flash("La vérification est arrêtée : les formulaires ne demandent plus rien.")
    return redirect(url_for(".show"), 303)
