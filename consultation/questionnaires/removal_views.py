"""The staff pages that ask before a question or a section is taken out."""

from collections.abc import Callable, Sequence

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.questionnaires import editing, question_editing, section_editing
from consultation.questionnaires.desk_views import (
    GONE,
    Desk,
    blueprint,
    desk_for,
    found_round,
    frame,
)
from consultation.questionnaires.editing import NotInOutline, StillNeeded
from consultation.questionnaires.faults import Fault
from consultation.questionnaires.outline import OutlineQuestion
from consultation.questionnaires.outline_editing import OutlineRefused
from consultation.web.permissions import Permission, require, requires


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
    return _remove(code, question, question_editing.remove, _of_question, said)


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
    return _remove(code, section, section_editing.remove, _of_section, said)


def _remove(
    code: str,
    which: str,
    remove: Callable[..., None],
    page: Callable[[Desk, Sequence[Fault]], str],
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
        return page(desk_for(code, which), refused.faults), 422
    flash(said)
    return redirect(url_for(".outline", code=code), 303)


def _of_question(desk: Desk, faults: Sequence[Fault] = ()) -> str:
    if desk.question is None:
        abort(404)
    return _page(desk, desk.question, {desk.question.code}, faults)


def _of_section(desk: Desk, faults: Sequence[Fault] = ()) -> str:
    if desk.section is None:
        abort(404)
    return _page(desk, None, {question.code for question in desk.section.questions}, faults)


def _page(
    desk: Desk, question: OutlineQuestion | None, codes: set[str], faults: Sequence[Fault]
) -> str:
    return render_template(
        "questionnaires/outline_removal.html",
        desk=desk,
        question=question,
        waiting=editing.waiting_for(desk.outline, codes),
        faults=faults,
        **frame(desk.round),
    )
