"""Round pages: the list, one round, and the steps it takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.accounts.audit import audit_log
from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.mail import admin
from consultation.mail.models import MessageStatus
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import store
from consultation.questionnaires.publication import publish
from consultation.questionnaires.rounds import checklist, forms, lifecycle, service, texts
from consultation.questionnaires.rounds.checklist import Point
from consultation.questionnaires.rounds.forms import EDITABLE, RoundRefused
from consultation.questionnaires.rounds.lifecycle import (
    WHY_NOT,
    RoundState,
    RoundStateRefused,
    RoundTyped,
)
from consultation.questionnaires.rounds.queries import NoRound
from consultation.questionnaires.rounds.service import PUBLISHING, RoundChanged, Step
from consultation.responses.models import Respondent, Response
from consultation.web.permissions import Permission, require, requires

round_blueprint = Blueprint("rounds", __name__, url_prefix="/organisation/tours")

LABELS = {
    "title": "Titre",
    "title_en": "Titre en anglais",
    "code": "Code",
    "opens_day": "Jour d'ouverture",
    "opens_hour": "Heure d'ouverture",
    "closes_day": "Jour de clôture",
    "closes_hour": "Heure de clôture",
    "document_url": "Adresse du document de travail",
    "confirmed": "Confirmation",
}


@round_blueprint.get("")
@requires(Permission.RUN_ROUNDS)
def rounds() -> ResponseReturnValue:
    """List the rounds, with where each one stands."""
    at = now()
    listed = service.listed(db.session(), require(Permission.RUN_ROUNDS))
    return render_template(
        "questionnaires/rounds/rounds.html",
        rounds=listed,
        states={one.code: lifecycle.state_of(one, at) for one in listed},
        counts=contribution_counts(),
    )


@round_blueprint.get("/<code>")
@requires(Permission.RUN_ROUNDS)
def round_page(code: str) -> ResponseReturnValue:
    """Show one round: where it stands, what is left to do, and what can be done."""
    at, found = now(), found_round(code)
    state = lifecycle.state_of(found, at)
    is_removable = service.is_removable(db.session(), found)
    possible = [
        step for step in service.POSSIBLE[state] if is_removable or step is not service.Step.REMOVE
    ]
    refusals = {step: service.refusal(db.session(), found, step, at) for step in possible}
    return render_template(
        "questionnaires/rounds/round.html",
        round=found,
        state=state,
        steps=[step for step, refused in refusals.items() if refused is None],
        refusals=_grouped(refusals),
        checklist=checklist_of(found),
        texts=texts.in_force(db.session(), found, current_app.config["MAIL_SENDER"]),
        has_changes=store.has_changes(db.session(), found),
        count=contribution_counts().get(found.id, 0),
        grace=current_app.config["CLOSING_GRACE_HOURS"],
    )


def _grouped(
    refusals: Mapping[Step, RoundStateRefused | None],
) -> list[tuple[str, Round | None, list[Step]]]:
    """Return each reason once, with the round that is in the way and the steps it keeps from."""
    steps: dict[str, tuple[Round | None, list[Step]]] = {}
    for step, refused in refusals.items():
        if refused is not None:
            steps.setdefault(str(refused), (refused.other, []))[1].append(step)
    return [(sentence, other, kept) for sentence, (other, kept) in steps.items()]


@round_blueprint.get("/preparer")
@requires(Permission.RUN_ROUNDS)
def new() -> ResponseReturnValue:
    """Ask for the dates of a round to prepare."""
    return _edit_page(forms.proposed(db.session(), now()), {})


@round_blueprint.post("/preparer")
@requires(Permission.RUN_ROUNDS)
def prepare() -> ResponseReturnValue:
    """Prepare a round that asks what the last one did."""
    actor, typed = require(Permission.RUN_ROUNDS), _typed()
    try:
        with writing(db.session()):
            code = service.prepare(db.session(), actor, typed, now()).code
    except RoundRefused as refused:
        return _edit_page(typed, refused.faults), 422
    flash("Le tour est en préparation : seules les personnes qui l'organisent le voient.")
    return redirect(url_for(".round_page", code=code), 303)


@round_blueprint.get("/<code>/modifier")
@requires(Permission.RUN_ROUNDS)
def edit(code: str) -> ResponseReturnValue:
    """Show the title and dates of a round, to be changed."""
    found = found_round(code)
    typed = forms.typed_of(found)
    return _edit_page(typed, {}, found, seen=typed.digest)


@round_blueprint.post("/<code>/modifier")
@requires(Permission.RUN_ROUNDS)
def change(code: str) -> ResponseReturnValue:
    """Store what was changed of a round; public dates ask to be confirmed."""
    actor, typed, seen = require(Permission.RUN_ROUNDS), _typed(), request.form.get("seen", "")
    found = found_round(code)
    if _changes_public_dates(found, typed) and not request.form.get("confirmed"):
        why = {"confirmed": "Ces dates sont publiques : cochez la case pour les changer."}
        return _edit_page(typed, why, found, seen=seen), 422
    try:
        with writing(db.session()):
            found_round(code)
            code = service.change(db.session(), actor, code, typed, seen, now()).code
    except RoundRefused as refused:
        return _edit_page(typed, refused.faults, found_round(code), seen=seen), 422
    except RoundChanged:
        there = forms.typed_of(found_round(code))
        page = _edit_page(typed, {}, found_round(code), seen=there.digest, theirs=there)
        return page, 409
    flash("Le tour est modifié.")
    return redirect(url_for(".round_page", code=code), 303)


def found_round(code: str) -> Round:
    """Return the round of that code; abort with 404 when there is none."""
    found = service.find(db.session(), require(Permission.RUN_ROUNDS), code)
    if found is None:
        abort(404)
    return found


def checklist_of(consultation_round: Round) -> list[Point]:
    """Return what to look at before the round opens."""
    return checklist.checklist(
        db.session(),
        consultation_round,
        has_server=bool(current_app.config["MAIL_SERVER"]),
        sender=current_app.config["MAIL_SENDER"],
    )


def contribution_counts() -> dict[int, int]:
    """Return how many contributions are in force, by the id of the round."""
    rows = db.session.execute(
        sa.select(Respondent.round_id, sa.func.count())
        .join(Response, Response.respondent_id == Respondent.id)
        .where(Response.superseded_at.is_(None), Response.withdrawn_at.is_(None))
        .group_by(Respondent.round_id)
    )
    return dict(rows.all())


def _changes_public_dates(found: Round, typed: RoundTyped) -> bool:
    """Say whether a date that visitors read would become another."""
    state, before = lifecycle.state_of(found, now()), forms.typed_of(found)
    return state is not RoundState.PREPARED and any(
        f"{name}_day" in EDITABLE[state] and not forms.is_same_moment(typed, before, name)
        for name in ("opens", "closes")
    )


def _typed() -> RoundTyped:
    return RoundTyped(
        **{name: request.form.get(name, "") for name in RoundTyped.__dataclass_fields__}
    )


def _edit_page(
    typed: RoundTyped,
    faults: Mapping[str, str],
    found: Round | None = None,
    *,
    seen: str = "",
    theirs: RoundTyped | None = None,
) -> str:
    state = lifecycle.state_of(found, now()) if found else RoundState.PREPARED
    return render_template(
        "questionnaires/rounds/edit.html",
        typed=typed,
        faults=faults,
        round=found,
        state=state,
        editable=EDITABLE[state],
        labels=LABELS,
        seen=seen,
        theirs=theirs,
        grace=current_app.config["CLOSING_GRACE_HOURS"],
    )


round_step_blueprint = Blueprint("round_steps", __name__, url_prefix="/organisation/tours")

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


@round_step_blueprint.get(PATH)
@requires(Permission.RUN_ROUNDS)
def confirm(code: str, step: str) -> ResponseReturnValue:
    """Say what a step does, and ask to confirm it."""
    found, at = found_round(code), now()
    state = lifecycle.state_of(found, at)
    refused = service.refusal(db.session(), found, STEPS[step], at)
    if STEPS[step] not in service.POSSIBLE[state] or refused:
        flash(str(refused) if refused else WHY_NOT[state])
        return redirect(url_for("rounds.round_page", code=code), 303)
    return _page(found, STEPS[step], Asked())


@round_step_blueprint.post(PATH)
@requires(Permission.RUN_ROUNDS)
def take(code: str, step: str) -> ResponseReturnValue:
    """Take the step, with all that it publishes, in one transaction."""
    actor, taken, at = require(Permission.RUN_ROUNDS), STEPS[step], now()
    asked = _asked(found_round(code), taken)
    if asked.faults:
        return _page(found_round(code), taken, asked), 422
    try:
        with writing(db.session()):
            done = service.take(db.session(), actor, code, taken, at, asked.closes_at)
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


@round_step_blueprint.post("/<code>/essai")
@requires(Permission.RUN_ROUNDS)
def try_mail(code: str) -> ResponseReturnValue:
    """Send a message that only shows that mail leaves to who is signed in."""
    actor = require(Permission.RUN_ROUNDS)
    with writing(db.session()):
        found_round(code)
        message = admin.enqueue_test(db.session(), actor.email, now())
        is_owed = message.status is MessageStatus.QUEUED
        audit_log.record(db.session(), actor.id, "mail_tried", code, at=now())
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
        closes_at = forms.read_moment(day, hour, "closes", faults, is_end=True)
        if closes_at is not None and closes_at <= now():
            faults["closes_day"] = lifecycle.CLOSING_IS_PAST
    if step in PUBLISHING and not request.form.get("confirmed"):
        count = len(checklist.open_points(checklist_of(found)))
        if count:
            faults["confirmed"] = "Il reste des points ouverts : cochez la case pour passer outre."
    return Asked(day, hour, closes_at, faults)


def _page(found: Round, step: Step, asked: Asked) -> str:
    points = checklist_of(found) if step in PUBLISHING else []
    return render_template(
        "questionnaires/rounds/confirm.html",
        round=found,
        step=step,
        asked=asked,
        open_points=checklist.open_points(points),
        form_count=len(publish.live_measures(db.session())) + 1,
        count=contribution_counts().get(found.id, 0),
        grace=current_app.config["CLOSING_GRACE_HOURS"],
    )


def _told(step: Step, publication: publish.Publication | None) -> str:
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
