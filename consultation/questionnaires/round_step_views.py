"""The pages that confirm a step of a round: announce, open, close, reopen, remove."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.accounts import auditing
from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.mail import trying
from consultation.mail.models import MessageStatus
from consultation.questionnaires import opening, publishing, round_drafts, round_moves, round_steps
from consultation.questionnaires.models import Round
from consultation.questionnaires.round_moves import WHY_NOT, RoundStateRefused
from consultation.questionnaires.round_steps import PUBLISHING, Step
from consultation.questionnaires.round_views import (
    checklist_of,
    contribution_counts,
    found_round,
)
from consultation.questionnaires.rounds import NoRound
from consultation.web.permissions import Permission, require, requires

blueprint = Blueprint("round_steps", __name__, url_prefix="/organisation/tours")

TRIAL_LEAVES = "Un message d'essai part à votre adresse. Rechargez cette page quand il est arrivé."
TRIAL_STAYS = (
    "Le message d'essai est gardé sur cette machine : aucun serveur d'envoi n'est réglé, rien"
    " n'arrivera à votre adresse."
)
STEPS = {
    "annoncer": Step.ANNOUNCE,
    "ouvrir": Step.OPEN,
    "fermer": Step.CLOSE,
    "rouvrir": Step.REOPEN,
    "supprimer": Step.REMOVE,
}
PATH = f"/<code>/<any({', '.join(STEPS)}):step>"
DONE = {
    Step.ANNOUNCE: "Le tour est annoncé : ses dates sont publiques, et il s'ouvrira de lui-même.",
    Step.OPEN: "Le tour est ouvert.",
    Step.CLOSE: "Le tour est clos.",
    Step.REOPEN: "Le tour est rouvert.",
    Step.REMOVE: "Le tour est supprimé.",
}


@dataclass(frozen=True)
class Asked:
    """What was typed on the page that confirms, and what is wrong with it."""

    closes_day: str = ""
    closes_hour: str = "23 h 59"
    closes_at: datetime | None = None
    faults: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""


@blueprint.get(PATH)
@requires(Permission.RUN_ROUNDS)
def confirm(code: str, step: str) -> ResponseReturnValue:
    """Say what a step does, and ask to confirm it."""
    found, at = found_round(code), now()
    state = round_moves.state_of(found, at)
    refused = round_steps.refusal(db.session(), found, STEPS[step], at)
    if STEPS[step] not in round_steps.POSSIBLE[state] or refused:
        flash(str(refused) if refused else WHY_NOT[state])
        return redirect(url_for("rounds.round_page", code=code), 303)
    return _page(found, STEPS[step], Asked())


@blueprint.post(PATH)
@requires(Permission.RUN_ROUNDS)
def take(code: str, step: str) -> ResponseReturnValue:
    """Take the step, with all that it publishes, in one transaction."""
    actor, taken, at = require(Permission.RUN_ROUNDS), STEPS[step], now()
    asked = _asked(found_round(code), taken)
    if asked.faults:
        return _page(found_round(code), taken, asked), 422
    try:
        with writing(db.session()):
            done = round_steps.take(db.session(), actor, code, taken, at, asked.closes_at)
    except NoRound:
        flash("Ce tour n'existe plus.")
        return redirect(url_for("rounds.rounds"), 303)
    except RoundStateRefused as refused:
        asked = Asked(asked.closes_day, asked.closes_hour, refusal=str(refused))
        return _page(found_round(code), taken, asked), 409
    flash(_told(taken, done.publication))
    if taken is Step.REMOVE:
        return redirect(url_for("rounds.rounds"), 303)
    return redirect(url_for("rounds.round_page", code=code), 303)


@blueprint.post("/<code>/essai")
@requires(Permission.RUN_ROUNDS)
def try_mail(code: str) -> ResponseReturnValue:
    """Send a message that only shows that mail leaves to who is signed in."""
    actor = require(Permission.RUN_ROUNDS)
    with writing(db.session()):
        found_round(code)
        message = trying.owe_test(db.session(), actor.email, now())
        is_owed = message.status is MessageStatus.QUEUED
        auditing.record(db.session(), actor.id, "mail_tried", code, at=now())
    leaves = bool(current_app.config["MAIL_SERVER"])
    flash(
        (TRIAL_LEAVES if leaves else TRIAL_STAYS)
        if is_owed
        else "Aucun essai ne part : votre adresse est de celles à qui le site n'écrit plus. Une"
        " personne qui administre le site peut l'en retirer."
    )
    return redirect(url_for("rounds.round_page", code=code), 303)


def _asked(found: Round, step: Step) -> Asked:
    """Read what the page asks beside the step itself: an end, and whether one is sure."""
    faults: dict[str, str] = {}
    day, hour = request.form.get("closes_day", ""), request.form.get("closes_hour", "")
    closes_at = None
    if step is Step.REOPEN:
        closes_at = round_drafts.read_moment(day, hour, "closes", faults, is_end=True)
        if closes_at is not None and closes_at <= now():
            faults["closes_day"] = round_moves.CLOSING_IS_PAST
    if step in PUBLISHING and not request.form.get("confirmed"):
        count = len(opening.open_points(checklist_of(found)))
        if count:
            faults["confirmed"] = "Il reste des points ouverts : cochez la case pour passer outre."
    return Asked(day, hour, closes_at, faults)


def _page(found: Round, step: Step, asked: Asked) -> str:
    points = checklist_of(found) if step in PUBLISHING else []
    return render_template(
        "questionnaires/round_confirm.html",
        round=found,
        step=step,
        asked=asked,
        open_points=opening.open_points(points),
        form_count=len(publishing.live_measures(db.session())) + 1,
        count=contribution_counts().get(found.id, 0),
        grace=current_app.config["CLOSING_GRACE_HOURS"],
    )


def _told(step: Step, publication: publishing.Publication | None) -> str:
    if publication is None or publication.is_empty:
        return DONE[step]
    counts = (
        (len(publication.opened) + len(publication.renewed), "formulaire publié"),
        (len(publication.closed), "formulaire fermé"),
        (len(publication.unchanged), "inchangé"),
    )
    said = [f"{count} {_plural(words) if count > 1 else words}" for count, words in counts if count]
    return f"{DONE[step]} {', '.join(said)}."


def _plural(words: str) -> str:
    return " ".join(f"{word}s" for word in words.split())


def register(app: Flask) -> None:
    """Add the pages to `app`."""
    app.register_blueprint(blueprint)
