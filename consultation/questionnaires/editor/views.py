"""Editor pages: the outline, and what a removal takes along."""

from collections.abc import Callable, Mapping, Sequence

from flask import Flask, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.questionnaires.editor import question_views, section_views
from consultation.questionnaires.editor.blueprint import (
    GONE,
    Desk,
    blueprint,
    desk_for,
    found_round,
    frame,
)
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import edits, service, store, validation
from consultation.questionnaires.outline.edits import NotInOutline, StillNeeded
from consultation.questionnaires.outline.errors import OutlineError
from consultation.questionnaires.outline.model import Outline, OutlineQuestion
from consultation.questionnaires.outline.service import OutlineRefused
from consultation.questionnaires.publication import review
from consultation.questionnaires.rounds import lifecycle
from consultation.web.permissions import Permission, require, requires

PARTS = (question_views, section_views)
"""The other pages of the blueprint, which are there as soon as their modules are."""

STEPS = {"up": -1, "down": 1}
MOVES: Mapping[str, Callable[..., None]] = {
    "question": service.move_question,
    "section": service.move_section,
}


@requires(Permission.COMPOSE)
def current() -> ResponseReturnValue:
    """Lead to the questionnaire of the round that is open, else of the one in preparation."""
    require(Permission.COMPOSE)
    found = service.round_to_compose(db.session(), now())
    if found is None:
        return render_template("questionnaires/editor/none.html", **frame())
    return redirect(url_for("composing.outline", code=found.code))


@blueprint.get("")
@requires(Permission.COMPOSE)
def outline(code: str) -> ResponseReturnValue:
    """Show all that the round asks, in the order of the forms."""
    require(Permission.COMPOSE)
    return outline_page(found_round(code))


@blueprint.post("/ordre")
@requires(Permission.COMPOSE)
def move(code: str) -> ResponseReturnValue:
    """Move a question or a section one step, and come back to it."""
    actor = require(Permission.COMPOSE)
    direction = "up" if "up" in request.form else "down"
    what, _, which = request.form.get(direction, "").partition(":")
    if what not in MOVES:
        abort(400)
    try:
        with writing(db.session()):
            found = found_round(code)
            MOVES[what](db.session(), actor, found, which, STEPS[direction], now())
            after = store.working(db.session(), found)
    except NotInOutline:
        flash(GONE)
        return redirect(url_for(".outline", code=code), 303)
    except OutlineRefused as refused:
        return outline_page(found_round(code), refused), 422
    place = _place_of(after, what, which, direction)
    return redirect(url_for(".outline", code=code, _anchor=place), 303)


def _place_of(after: Outline, what: str, which: str, direction: str) -> str:
    """Return the id of the button that moves it further, else of the thing that was moved."""
    holder = after.section_of(which)
    if what == "section":
        codes = [section.code for section in after.sections]
    else:
        codes = [question.code for question in holder.questions] if holder else []
    is_at_end = codes[:1] == [which] if direction == "up" else codes[-1:] == [which]
    return f"{what}-{which}" if is_at_end else f"{direction}-{what}-{which}"


@blueprint.get("/abandon")
@requires(Permission.COMPOSE)
def discard_page(code: str) -> ResponseReturnValue:
    """Ask for a confirmation before the changes are given up."""
    require(Permission.COMPOSE)
    found = found_round(code)
    if not _can_go_back(found):
        return redirect(url_for(".outline", code=code))
    return render_template("questionnaires/editor/discard.html", **frame(found))


@blueprint.post("/abandon")
@requires(Permission.COMPOSE)
def discard(code: str) -> ResponseReturnValue:
    """Give up all changes since the last publication."""
    actor = require(Permission.COMPOSE)
    with writing(db.session()):
        service.discard(db.session(), actor, found_round(code), now())
    flash("Les modifications sont abandonnées : le questionnaire est tel que publié.")
    return redirect(url_for(".outline", code=code), 303)


def outline_page(found: Round, refused: OutlineRefused | None = None) -> str:
    """Return the page of the outline, with what could not be done if anything."""
    shown, at = store.working(db.session(), found), now()
    known = service.rounds_to_compose(db.session())
    return render_template(
        "questionnaires/editor/outline.html",
        outline=shown,
        errors=service.find_all_errors(db.session(), shown),
        breaks=review.breaks_of(db.session(), found, shown),
        refused=refused.errors if refused else (),
        missing=validation.missing_english(shown),
        has_changes=store.has_changes(db.session(), found),
        can_go_back=_can_go_back(found),
        rounds={one: lifecycle.state_of(one, at) for one in known},
        state=lifecycle.state_of(found, at),
        is_over=found.announced_at is not None and found.closes_at <= at,
        **frame(found),
    )


def _can_go_back(found: Round) -> bool:
    is_published = store.published(db.session(), found) is not None
    return is_published and store.has_changes(db.session(), found)


def register(app: Flask) -> None:
    """Add the address of the current questionnaire, which names no round."""
    app.add_url_rule("/organisation/questionnaire", "composing.current", current)


@blueprint.get("/questions/<question>/retrait")
@requires(Permission.COMPOSE)
def remove_question_page(code: str, question: str) -> ResponseReturnValue:
    """Ask for a confirmation, and say which questions depend on it."""
    return _of_question(desk_for(code, question))


@blueprint.post("/questions/<question>/retrait")
@requires(Permission.COMPOSE)
def remove_question(code: str, question: str) -> ResponseReturnValue:
    """Take a question out."""
    said = "La question est retirée ; les réponses déjà données restent."
    return _remove(code, question, service.remove_question, _of_question, said)


@blueprint.get("/rubriques/<section>/retrait")
@requires(Permission.COMPOSE)
def remove_section_page(code: str, section: str) -> ResponseReturnValue:
    """Ask for a confirmation, and say what goes with the section."""
    return _of_section(desk_for(code, section))


@blueprint.post("/rubriques/<section>/retrait")
@requires(Permission.COMPOSE)
def remove_section(code: str, section: str) -> ResponseReturnValue:
    """Take a section out, with its questions."""
    said = "La rubrique est retirée ; les réponses déjà données restent."
    return _remove(code, section, service.remove_section, _of_section, said)


def _remove(
    code: str,
    which: str,
    remove: Callable[..., None],
    page: Callable[[Desk, Sequence[OutlineError]], str],
    said: str,
) -> ResponseReturnValue:
    actor = require(Permission.COMPOSE)
    agreed = bool(request.form.get("conditions"))
    try:
        with writing(db.session()):
            found = found_round(code)
            remove(db.session(), actor, found, which, now(), with_conditions=agreed)
    except NotInOutline:
        said = GONE
    except StillNeeded:
        return page(desk_for(code, which), ()), 422
    except OutlineRefused as refused:
        return page(desk_for(code, which), refused.errors), 422
    flash(said)
    return redirect(url_for(".outline", code=code), 303)


def _of_question(desk: Desk, errors: Sequence[OutlineError] = ()) -> str:
    if desk.question is None:
        abort(404)
    return _page(desk, desk.question, {desk.question.code}, errors)


def _of_section(desk: Desk, errors: Sequence[OutlineError] = ()) -> str:
    if desk.section is None:
        abort(404)
    return _page(desk, None, {question.code for question in desk.section.questions}, errors)


def _page(
    desk: Desk, question: OutlineQuestion | None, codes: set[str], errors: Sequence[OutlineError]
) -> str:
    return render_template(
        "questionnaires/editor/removal.html",
        desk=desk,
        question=question,
        waiting=edits.waiting_for(desk.outline, codes),
        errors=errors,
        **frame(desk.round),
    )
