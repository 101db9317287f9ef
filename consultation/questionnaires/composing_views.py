"""The staff pages of what a round asks: the outline, its order, giving up changes."""

from collections.abc import Callable, Mapping

from flask import Flask, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.questionnaires import (
    outline_editing,
    outlines,
    question_editing,
    question_views,
    removal_views,
    reviewing,
    round_moves,
    section_editing,
    section_views,
    soundness,
)
from consultation.questionnaires.desk_views import GONE, blueprint, found_round, frame
from consultation.questionnaires.editing import NotInOutline
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import Outline
from consultation.questionnaires.outline_editing import OutlineRefused
from consultation.web.permissions import Permission, require, requires

PARTS = (question_views, section_views, removal_views)
"""The other pages of the blueprint, which are there as soon as their modules are."""

STEPS = {"up": -1, "down": 1}
MOVES: Mapping[str, Callable[..., None]] = {
    "question": question_editing.move,
    "section": section_editing.move,
}


@requires(Permission.COMPOSE)
def current() -> ResponseReturnValue:
    """Lead to the questionnaire of the round that is open, else of the one in preparation."""
    require(Permission.COMPOSE)
    found = outline_editing.round_to_compose(db.session(), now())
    if found is None:
        return render_template("questionnaires/outline_none.html", **frame())
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
            after = outlines.working(db.session(), found)
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
    return render_template("questionnaires/outline_discard.html", **frame(found))


@blueprint.post("/abandon")
@requires(Permission.COMPOSE)
def discard(code: str) -> ResponseReturnValue:
    """Give up all changes since the last publication."""
    actor = require(Permission.COMPOSE)
    with writing(db.session()):
        outline_editing.discard(db.session(), actor, found_round(code), now())
    flash("Les modifications sont abandonnées : le questionnaire est tel que publié.")
    return redirect(url_for(".outline", code=code), 303)


def outline_page(found: Round, refused: OutlineRefused | None = None) -> str:
    """Return the page of the outline, with what could not be done if anything."""
    shown, at = outlines.working(db.session(), found), now()
    known = outline_editing.rounds_to_compose(db.session())
    return render_template(
        "questionnaires/outline.html",
        outline=shown,
        faults=outline_editing.all_faults(db.session(), shown),
        breaks=reviewing.breaks_of(db.session(), found, shown),
        refused=refused.faults if refused else (),
        missing=soundness.missing_english(shown),
        has_changes=outlines.has_changes(db.session(), found),
        can_go_back=_can_go_back(found),
        rounds={one: round_moves.state_of(one, at) for one in known},
        state=round_moves.state_of(found, at),
        is_over=found.announced_at is not None and found.closes_at <= at,
        **frame(found),
    )


def _can_go_back(found: Round) -> bool:
    is_published = outlines.published(db.session(), found) is not None
    return is_published and outlines.has_changes(db.session(), found)


def register(app: Flask) -> None:
    """Add the pages to `app`."""
    app.register_blueprint(blueprint)
    app.add_url_rule("/organisation/questionnaire", "composing.current", current)
