"""Question pages of the editor, with the question as a respondent sees it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.questionnaires.editor import forms, labels
from consultation.questionnaires.editor.blueprint import Desk, blueprint, desk_for, frame
from consultation.questionnaires.editor.forms import TypedQuestion
from consultation.questionnaires.form.instrument import Option, Question
from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.models import Destination
from consultation.questionnaires.outline import (
    comparability,
    edits,
    question_validation,
    service,
    store,
)
from consultation.questionnaires.outline.edits import NotInOutline
from consultation.questionnaires.outline.errors import OutlineError
from consultation.questionnaires.outline.model import (
    Outline,
    OutlineQuestion,
    OutlineSection,
    Scope,
)
from consultation.questionnaires.outline.question_validation import (
    find_question_errors,
    possible_controllers,
)
from consultation.questionnaires.outline.service import (
    ABSENT,
    Broken,
    MeaningChanged,
    OutlineRefused,
    Remedy,
    SentQuestion,
    digest_of_question,
)
from consultation.web.permissions import Permission, require, requires


def sample_of(question: OutlineQuestion) -> Question | None:
    """Return the question, always asked, for the macros of the form; None while it has errors."""
    alone = OutlineSection("alone", Scope.EVERYONE, questions=(question,))
    if any(
        _is_its_own(error) for error in find_question_errors(Outline((alone,)), alone, question)
    ):
        return None
    offered = [*KINDS[question.kind].offers, *((one.code, one.label) for one in question.options)]
    return Question(
        id=0,
        code=question.code,
        kind=question.kind,
        destination=question.destination,
        label=question.label,
        hint=question.hint,
        is_required=question.is_required,
        needs_care=question.needs_care,
        settings=question.settings,
        condition=None,
        block=None,
        options=tuple(Option(0, code, label) for code, label in offered),
    )


def _is_its_own(error: OutlineError) -> bool:
    return error.field not in ("condition", "section")


@blueprint.get("/rubriques/<section>/question")
@requires(Permission.COMPOSE)
def new_question(code: str, section: str) -> ResponseReturnValue:
    """Offer a question to write."""
    desk = desk_for(code, None)
    if desk.outline.section(section) is None:
        abort(404)
    return _page(desk, TypedQuestion(section=section, shown_kind="", digest=ABSENT))


@blueprint.post("/rubriques/<section>/question")
@requires(Permission.COMPOSE)
def add_question(code: str, section: str) -> ResponseReturnValue:
    """Store a new question, or show the form anew."""
    return _answer(code, None)


@blueprint.get("/questions/<question>")
@requires(Permission.COMPOSE)
def question(code: str, question: str) -> ResponseReturnValue:
    """Offer a question to change."""
    desk = desk_for(code, question)
    section = desk.outline.section_of(question)
    if desk.question is None or section is None:
        abort(404)
    digest = digest_of_question(desk.outline, question)
    return _page(desk, forms.typed_question(desk.question, section.code, digest))


@blueprint.post("/questions/<question>")
@requires(Permission.COMPOSE)
def change_question(code: str, question: str) -> ResponseReturnValue:
    """Store a question anew, or show the form anew."""
    return _answer(code, question)


def _answer(code: str, question: str | None) -> ResponseReturnValue:
    require(Permission.COMPOSE)
    typed = forms.read_question(request.form)
    action = request.form.get("action", "")
    drawn = forms.redrawn(typed, action)
    if drawn is not None:
        focus = _focus(action, len(typed.options), len(drawn.options))
        return _page(desk_for(code, question), drawn, focus=focus)
    unseen, typed = forms.has_unseen_settings(typed), forms.shown(typed)
    try:
        stored = _store(code, question, typed, action)
    except OutlineRefused as refused:
        return _page(desk_for(code, question), typed, refused.errors), 422
    except MeaningChanged as changed:
        return _page(desk_for(code, question), typed, broken=changed.broken), 422
    except (StaleEdit, NotInOutline):
        return _conflict(desk_for(code, question), typed), 409
    if unseen:
        flash(
            "Le type de la question a changé : ses réglages sont ceux proposés d'habitude."
            " Ouvrez la question pour les vérifier."
        )
    return redirect(url_for(".outline", code=code, _anchor=f"question-{stored}"), 303)


def _store(code: str, question: str | None, typed: TypedQuestion, action: str) -> str:
    actor = require(Permission.COMPOSE)
    with writing(db.session()):
        desk = desk_for(code, question)
        remedy = Remedy(action) if action in set(Remedy) else Remedy.NONE
        asked = _read(desk, typed)
        if remedy is Remedy.RENAME:
            asked = replace(asked, code=typed.new_code.strip() or asked.code)
        sent = SentQuestion(asked, typed.section, question, typed.digest, remedy)
        stored = service.store_question(db.session(), actor, desk.round, sent, now())
        flash(_said(desk.outline, store.working(db.session(), desk.round), stored))
    return stored


def _said(before: Outline, after: Outline, code: str) -> str:
    """Return that it is stored, and which questions have lost a condition by it."""
    lost = [
        f"« {one.code} »"
        for one in after.questions
        if one.condition is None
        and one.code != code
        and (former := before.question(one.code))
        and former.condition
    ]
    said = "La question est enregistrée ; les formulaires n'en diront rien avant la publication."
    if lost:
        said += f" Posées désormais toujours, à revoir : {', '.join(lost)}."
    return said


def _conflict(desk: Desk, typed: TypedQuestion) -> str:
    """Return the form with what somebody else has stored meanwhile above what was typed."""
    section = desk.outline.section_of(desk.code) if desk.code else None
    digest = digest_of_question(desk.outline, desk.code)
    if desk.question is None or section is None:
        return _page(desk, replace(typed, digest=digest), is_gone=True)
    stored = forms.typed_question(desk.question, section.code, digest)
    titles = {one.code: labels.title_of(one) for one in desk.outline.sections}
    found = forms.of_question(stored, typed, titles)
    return _page(desk, replace(typed, digest=digest), there=found)


def _page(
    desk: Desk,
    typed: TypedQuestion,
    errors: Sequence[OutlineError] = (),
    *,
    broken: Broken | None = None,
    there: dict[str, str] | None = None,
    is_gone: bool = False,
    focus: str = "",
) -> str:
    typed = forms.shown(typed)
    asked = _read(desk, typed)
    own, elsewhere = _split(errors, {desk.code, asked.code})
    return render_template(
        "questionnaires/editor/question.html",
        desk=desk,
        typed=typed,
        asked=asked,
        errors=own,
        elsewhere=elsewhere,
        broken=broken,
        there=there or {},
        is_gone=is_gone,
        focus=focus,
        limits=question_validation,
        **_surroundings(desk, typed, asked),
        **frame(desk.round),
    )


def _surroundings(desk: Desk, typed: TypedQuestion, asked: OutlineQuestion) -> dict[str, Any]:
    """Return what the form offers: what is fixed, what it may depend on, the sample."""
    meaning = comparability.meanings(db.session()).get(desk.code or "")
    standing = _standing(desk, typed, asked)
    controllers = possible_controllers(standing, asked.code)
    chosen = next((one for one in controllers if one.code == typed.controller), None)
    return {
        "is_published": meaning is not None,
        "fixed_options": meaning.options if meaning else {},
        "about_person": asked.destination is not Destination.ANSWER,
        "controllers": controllers,
        "replies": labels.replies_of(chosen) if chosen else [],
        "sample": sample_of(asked),
        "sample_macro": KINDS[asked.kind].macro,
    }


def _standing(desk: Desk, typed: TypedQuestion, asked: OutlineQuestion) -> Outline:
    """Return the outline as it would be with the question where the form puts it."""
    bare = replace(asked, condition=None)
    section = typed.section if desk.outline.section(typed.section) else None
    if desk.code and desk.question:
        holder = desk.outline.section_of(desk.code)
        wanted = section or (holder.code if holder else "")
        return edits.change_question(desk.outline, desk.code, bare, wanted)
    return edits.add_question(desk.outline, section, bare) if section else desk.outline


def _read(desk: Desk, typed: TypedQuestion) -> OutlineQuestion:
    """Return the question as typed, under the code that it keeps, else the one typed or made."""
    known = comparability.meanings(db.session())
    taken = {*known, *(one.code for one in desk.outline.questions if one.code != desk.code)}
    if desk.code in known:
        typed = replace(typed, code=desk.code or "")
    return forms.question_of(typed, desk.question, taken)


FIELD_OF = {"options_en": "options", "condition": "controller", "destination": "kind"}
"""The field of the form at which an error of the outline is shown, where it has another name."""


def _split(
    errors: Sequence[OutlineError], codes: set[str | None]
) -> tuple[dict[str, str], list[OutlineError]]:
    """Return what is wrong by field of the form, and what is wrong elsewhere."""
    own: dict[str, str] = {}
    elsewhere = []
    for error in errors:
        if error.question in codes and error.question is not None:
            name = FIELD_OF.get(error.field, error.field)
            own[name] = f"{own[name]} {error.sentence}" if name in own else error.sentence
        else:
            elsewhere.append(error)
    return own, elsewhere


def _focus(action: str, before: int, after: int) -> str:
    """Return the id of the control at which a redrawn form goes on."""
    name, _, number = action.partition("-")
    if name == "rows":
        return f"option-{before}-fr"
    if name == "drop" and number.isdecimal():
        return f"option-{min(int(number), max(after - 1, 0))}-fr"
    if name in ("up", "down") and number.isdecimal():
        place = int(number) + (-1 if name == "up" else 1)
        return f"option-{min(max(place, 0), after - 1)}-{name}"
    return "settings"
