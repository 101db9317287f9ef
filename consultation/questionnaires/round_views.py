"""The organisers' pages of rounds: the list, one round with its checklist, its dates."""

from collections.abc import Mapping

import sqlalchemy as sa
from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.questionnaires import (
    opening,
    outlines,
    round_drafts,
    round_moves,
    round_steps,
    round_texts,
)
from consultation.questionnaires.models import Round
from consultation.questionnaires.opening import Point
from consultation.questionnaires.round_drafts import EDITABLE, RoundRefused, RoundTyped
from consultation.questionnaires.round_moves import RoundState, RoundStateRefused
from consultation.questionnaires.round_steps import RoundChanged, Step
from consultation.responses.models import Respondent, Response
from consultation.web.permissions import Permission, require, requires

blueprint = Blueprint("rounds", __name__, url_prefix="/organisation/tours")

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


@blueprint.get("")
@requires(Permission.RUN_ROUNDS)
def rounds() -> ResponseReturnValue:
    """List the rounds, with where each one stands."""
    at = now()
    listed = round_steps.listed(db.session(), require(Permission.RUN_ROUNDS))
    return render_template(
        "questionnaires/rounds.html",
        rounds=listed,
        states={one.code: round_moves.state_of(one, at) for one in listed},
        counts=contribution_counts(),
    )


@blueprint.get("/<code>")
@requires(Permission.RUN_ROUNDS)
def round_page(code: str) -> ResponseReturnValue:
    """Show one round: where it stands, what is left to do, and what can be done."""
    at, found = now(), found_round(code)
    state = round_moves.state_of(found, at)
    is_removable = round_steps.is_removable(db.session(), found)
    possible = [
        step
        for step in round_steps.POSSIBLE[state]
        if is_removable or step is not round_steps.Step.REMOVE
    ]
    refusals = {step: round_steps.refusal(db.session(), found, step, at) for step in possible}
    return render_template(
        "questionnaires/round.html",
        round=found,
        state=state,
        steps=[step for step, refused in refusals.items() if refused is None],
        refusals=_grouped(refusals),
        checklist=checklist_of(found),
        texts=round_texts.in_force(db.session(), found, current_app.config["MAIL_SENDER"]),
        has_changes=outlines.has_changes(db.session(), found),
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


@blueprint.get("/preparer")
@requires(Permission.RUN_ROUNDS)
def new() -> ResponseReturnValue:
    """Ask for the dates of a round to prepare."""
    return _edit_page(round_drafts.proposed(db.session(), now()), {})


@blueprint.post("/preparer")
@requires(Permission.RUN_ROUNDS)
def prepare() -> ResponseReturnValue:
    """Prepare a round that asks what the last one did."""
    actor, typed = require(Permission.RUN_ROUNDS), _typed()
    try:
        with writing(db.session()):
            code = round_steps.prepare(db.session(), actor, typed, now()).code
    except RoundRefused as refused:
        return _edit_page(typed, refused.faults), 422
    flash("Le tour est en préparation : seules les personnes qui l'organisent le voient.")
    return redirect(url_for(".round_page", code=code), 303)


@blueprint.get("/<code>/modifier")
@requires(Permission.RUN_ROUNDS)
def edit(code: str) -> ResponseReturnValue:
    """Show the title and dates of a round, to be changed."""
    found = found_round(code)
    typed = round_drafts.typed_of(found)
    return _edit_page(typed, {}, found, seen=typed.digest)


@blueprint.post("/<code>/modifier")
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
            code = round_steps.change(db.session(), actor, code, typed, seen, now()).code
    except RoundRefused as refused:
        return _edit_page(typed, refused.faults, found_round(code), seen=seen), 422
    except RoundChanged:
        there = round_drafts.typed_of(found_round(code))
        page = _edit_page(typed, {}, found_round(code), seen=there.digest, theirs=there)
        return page, 409
    flash("Le tour est modifié.")
    return redirect(url_for(".round_page", code=code), 303)


def found_round(code: str) -> Round:
    """Return the round of that code; abort with 404 when there is none."""
    found = round_steps.find(db.session(), require(Permission.RUN_ROUNDS), code)
    if found is None:
        abort(404)
    return found


def checklist_of(consultation_round: Round) -> list[Point]:
    """Return what to look at before the round opens."""
    return opening.checklist(
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
    state, before = round_moves.state_of(found, now()), round_drafts.typed_of(found)
    return state is not RoundState.PREPARED and any(
        f"{name}_day" in EDITABLE[state] and not round_drafts.is_same_moment(typed, before, name)
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
    state = round_moves.state_of(found, now()) if found else RoundState.PREPARED
    return render_template(
        "questionnaires/round_edit.html",
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


def register(app: Flask) -> None:
    """Add the pages to `app`."""
    app.register_blueprint(blueprint)
