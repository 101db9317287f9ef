"""Outline pages of the editor: order, discarded changes, removals."""

from collections.abc import Callable, Mapping, Sequence

from flask import Flask, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.questionnaires.editor import question_views, section_views
from consultation.questionnaires.editor.page_context import (
    GONE,
    Editor,
    blueprint,
    find_round,
    open_editor,
    page_context,
)
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import edits, service, store, structure, validation
from consultation.questionnaires.outline.edits import NotInOutline, StillNeeded
from consultation.questionnaires.outline.errors import OutlineError
from consultation.questionnaires.outline.service import OutlineRefused
from consultation.questionnaires.outline.structure import Outline, OutlineQuestion
from consultation.questionnaires.publication import review
from consultation.questionnaires.rounds import lifecycle
from consultation.questionnaires.rounds.choice import chosen_round
from consultation.web.permissions import Permission, requires
from consultation.work.actions import Elsewhere, act
from consultation.work.services import Work

PARTS = (question_views, section_views)
"""Modules that add their pages to the blueprint when they are imported."""

MODELS: Mapping[str, Callable[[], Outline]] = {
    "preciser": structure.default,
    "evaluer": structure.evaluation,
}
"""The shipped questionnaires, by their name in addresses."""
STEPS = {"up": -1, "down": 1}
MOVES: Mapping[str, Callable[..., None]] = {
    "question": service.move_question,
    "section": service.move_section,
}


@requires(Permission.COMPOSE)
def current() -> ResponseReturnValue:
    """Redirect to the questionnaire of the chosen round, else of the one to be composed."""
    consultation_round = chosen_round() or service.round_to_compose(db.session(), now())
    if consultation_round is None:
        return render_template("questionnaires/editor/none.html", **page_context())
    return redirect(url_for("editor.outline", code=consultation_round.code))


@blueprint.get("")
@requires(Permission.COMPOSE)
def outline(code: str) -> ResponseReturnValue:
    """Display all that the round asks, in the order of the forms."""
    return outline_page(find_round(code))


@blueprint.post("/ordre")
@requires(Permission.COMPOSE)
def move(code: str) -> ResponseReturnValue:
    """Move a question or a section one step, and return to its button."""
    direction = "up" if "up" in request.form else "down"
    what, _, part = request.form.get(direction, "").partition(":")
    if what not in MOVES:
        abort(400)

    def step(work: Work) -> str:
        consultation_round = find_round(code)
        MOVES[what](work, consultation_round, part, STEPS[direction])
        after = store.working(work.session, consultation_round)
        return _next_focus(after, what, part, direction)

    return act(
        step,
        page=lambda: outline_page(find_round(code)),
        refusals={
            NotInOutline: Elsewhere(url_for(".outline", code=code), GONE),
            OutlineRefused: lambda refused: (outline_page(find_round(code), refused), 422),
        },
        to=lambda place: url_for(".outline", code=code, _anchor=place),
    )


def _next_focus(after: Outline, what: str, part: str, direction: str) -> str:
    """Return the id of the button that moves a question or section further, else its own id."""
    holder = after.section_of(part)
    if what == "section":
        codes = [section.code for section in after.sections]
    else:
        codes = [question.code for question in holder.questions] if holder else []
    is_at_end = codes[:1] == [part] if direction == "up" else codes[-1:] == [part]
    return f"{what}-{part}" if is_at_end else f"{direction}-{what}-{part}"


@blueprint.get("/abandon")
@requires(Permission.COMPOSE)
def discard_page(code: str) -> ResponseReturnValue:
    """Ask to confirm that the unpublished changes are discarded."""
    consultation_round = find_round(code)
    if not _can_go_back(consultation_round):
        return redirect(url_for(".outline", code=code))
    return render_template("questionnaires/editor/discard.html", **page_context(consultation_round))


@blueprint.post("/abandon")
@requires(Permission.COMPOSE)
def discard(code: str) -> ResponseReturnValue:
    """Discard all changes since the last publication."""
    return act(
        lambda work: service.discard(work, find_round(code)),
        done="Les modifications sont abandonnées : le questionnaire est tel que publié.",
        to=url_for(".outline", code=code),
    )


@blueprint.get("/modele")
@requires(Permission.COMPOSE)
def model_page(code: str) -> ResponseReturnValue:
    """Offer the shipped questionnaires to start from again."""
    return _model_page(find_round(code))


@blueprint.post("/modele")
@requires(Permission.COMPOSE)
def choose_model(code: str) -> ResponseReturnValue:
    """Replace what the round asks by a shipped questionnaire, to be published or discarded."""
    make = MODELS.get(request.form.get("modele", "")) or abort(400)
    seen = request.form.get("seen", "")
    return act(
        lambda work: service.start_again(work, find_round(code), make(), seen),
        page=lambda stale: _model_page(find_round(code), stale),
        done="Le questionnaire est celui du modèle. Rien n'est publié : relisez-le d'abord.",
        to=url_for(".outline", code=code),
    )


def _model_page(consultation_round: Round, stale: StaleEdit | None = None) -> str:
    working = store.working(db.session(), consultation_round)
    return render_template(
        "questionnaires/editor/models.html",
        counts={name: len(make().questions) for name, make in MODELS.items()},
        current=next((name for name, make in MODELS.items() if make() == working), ""),
        seen=service.digest_of_outline(working),
        stale_edit=stale,
        **page_context(consultation_round),
    )


def outline_page(consultation_round: Round, refused: OutlineRefused | None = None) -> str:
    """Return the page of the outline, with the move that was refused, if any."""
    working, at = store.working(db.session(), consultation_round), now()
    return render_template(
        "questionnaires/editor/outline.html",
        outline=working,
        errors=service.find_all_errors(db.session(), working),
        breaks=review.find_breaks(db.session(), consultation_round, working),
        refused=refused.errors if refused else (),
        lacking=validation.lacking(working, consultation_round.locales),
        has_changes=store.has_changes(db.session(), consultation_round),
        can_go_back=_can_go_back(consultation_round),
        state=lifecycle.state_of(consultation_round, at),
        is_over=consultation_round.announced_at is not None and consultation_round.closes_at <= at,
        **page_context(consultation_round),
    )


def _can_go_back(consultation_round: Round) -> bool:
    is_published = store.published(db.session(), consultation_round) is not None
    return is_published and store.has_changes(db.session(), consultation_round)


def register(app: Flask) -> None:
    """Add the address of the current questionnaire, which names no round."""
    app.add_url_rule("/organisation/questionnaire", "editor.current", current)


@blueprint.get("/questions/<question>/retrait")
@requires(Permission.COMPOSE)
def remove_question_page(code: str, question: str) -> ResponseReturnValue:
    """Ask to confirm a removal, and list the questions that depend on it."""
    return _question_removal_page(open_editor(code, question))


@blueprint.post("/questions/<question>/retrait")
@requires(Permission.COMPOSE)
def remove_question(code: str, question: str) -> ResponseReturnValue:
    sentence = "La question est retirée ; les réponses déjà données restent."
    return _remove(code, question, service.remove_question, _question_removal_page, sentence)


@blueprint.get("/rubriques/<section>/retrait")
@requires(Permission.COMPOSE)
def remove_section_page(code: str, section: str) -> ResponseReturnValue:
    """Ask to confirm a removal, and list the questions of the section."""
    return _section_removal_page(open_editor(code, section))


@blueprint.post("/rubriques/<section>/retrait")
@requires(Permission.COMPOSE)
def remove_section(code: str, section: str) -> ResponseReturnValue:
    """Remove a section with its questions."""
    sentence = "La rubrique est retirée ; les réponses déjà données restent."
    return _remove(code, section, service.remove_section, _section_removal_page, sentence)


def _remove(
    code: str,
    part: str,
    remove: Callable[..., None],
    page: Callable[[Editor, Sequence[OutlineError]], str],
    sentence: str,
) -> ResponseReturnValue:
    agreed = bool(request.form.get("conditions"))

    def again(errors: Sequence[OutlineError] = ()) -> str:
        return page(open_editor(code, part), errors)

    return act(
        lambda work: remove(work, find_round(code), part, with_conditions=agreed),
        page=again,
        refusals={
            NotInOutline: Elsewhere(url_for(".outline", code=code), GONE),
            StillNeeded: lambda _: (again(), 422),
            OutlineRefused: lambda refused: (again(refused.errors), 422),
        },
        done=sentence,
        to=url_for(".outline", code=code),
    )


def _question_removal_page(editor: Editor, errors: Sequence[OutlineError] = ()) -> str:
    if editor.question is None:
        abort(404)
    return _removal_page(editor, editor.question, {editor.question.code}, errors)


def _section_removal_page(editor: Editor, errors: Sequence[OutlineError] = ()) -> str:
    if editor.section is None:
        abort(404)
    return _removal_page(
        editor, None, {question.code for question in editor.section.questions}, errors
    )


def _removal_page(
    editor: Editor,
    question: OutlineQuestion | None,
    codes: set[str],
    errors: Sequence[OutlineError],
) -> str:
    return render_template(
        "questionnaires/editor/removal.html",
        editor=editor,
        question=question,
        waiting=edits.find_dependents(editor.outline, codes),
        errors=errors,
        **page_context(editor.round),
    )
