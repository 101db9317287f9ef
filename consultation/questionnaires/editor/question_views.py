"""Question pages of the editor.

A page also displays the question as a respondent sees it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.questionnaires.editor import labels
from consultation.questionnaires.editor.forms import QuestionForm
from consultation.questionnaires.editor.page_context import (
    Editor,
    blueprint,
    open_editor,
    page_context,
)
from consultation.questionnaires.form.instrument import Option, Question
from consultation.questionnaires.kinds import KINDS, kind_of
from consultation.questionnaires.models import Destination
from consultation.questionnaires.outline import answer_comparability, edits, service, store
from consultation.questionnaires.outline.conditions import possible_controllers
from consultation.questionnaires.outline.edits import NotInOutline
from consultation.questionnaires.outline.errors import OutlineError
from consultation.questionnaires.outline.labels import title_of
from consultation.questionnaires.outline.question_validation import check_question
from consultation.questionnaires.outline.service import (
    ABSENT,
    MeaningBreak,
    MeaningChanged,
    OutlineRefused,
    Remedy,
    SentQuestion,
    digest_of_question,
)
from consultation.questionnaires.outline.structure import (
    Outline,
    OutlineQuestion,
    OutlineSection,
    Scope,
)
from consultation.text import clip
from consultation.web.permissions import Permission, requires
from consultation.work.actions import act
from consultation.work.services import Work

LONGEST_CHOICE = 80
"""How many characters of a title or label a drop-down list shows."""
UNSEEN_SETTINGS = (
    "Le type de la question a changé : ses réglages sont ceux proposés d'habitude."
    " Ouvrez la question pour les vérifier."
)


@blueprint.get("/rubriques/<section>/question")
@requires(Permission.COMPOSE)
def new_question(code: str, section: str) -> ResponseReturnValue:
    """Display the form of a new question in a section, blank or as a copy of another one."""
    editor = open_editor(code, None)
    if editor.outline.section(section) is None:
        abort(404)
    copied = editor.outline.question(request.args.get("copie", ""))
    if copied is not None:
        return _page(editor, QuestionForm.of(replace(copied, code=""), section, ABSENT))
    return _page(editor, QuestionForm(data={"section": section, "digest": ABSENT}))


@blueprint.post("/rubriques/<section>/question")
@requires(Permission.COMPOSE)
def add_question(code: str, section: str) -> ResponseReturnValue:
    """Store a new question, or display the form again."""
    return _save(code, None)


@blueprint.get("/questions/<question>")
@requires(Permission.COMPOSE)
def question(code: str, question: str) -> ResponseReturnValue:
    editor = open_editor(code, question)
    form = _stored_form(editor)
    if form is None:
        abort(404)
    return _page(editor, form)


@blueprint.post("/questions/<question>")
@requires(Permission.COMPOSE)
def change_question(code: str, question: str) -> ResponseReturnValue:
    """Store a changed question, or display the form again."""
    return _save(code, question)


def _save(code: str, question: str | None) -> ResponseReturnValue:
    form, action = QuestionForm(request.form), request.form.get("action", "")

    def page(errors: Sequence[OutlineError] = (), **context: Any) -> str:
        return _page(open_editor(code, question), form, errors, **context)

    focus = form.redraw(action)
    if focus is not None:
        return page(focus=focus)
    has_unseen_settings = form.has_unseen_settings
    form.fill_in()

    def done(stored: Stored) -> str:
        flash(stored.sentence)
        return UNSEEN_SETTINGS if has_unseen_settings else ""

    return act(
        lambda work: _store(work, open_editor(code, question), form, action),
        page=page,
        refusals={
            OutlineRefused: lambda refused: (page(refused.errors), 422),
            MeaningChanged: lambda changed: (page(broken=changed.broken), 422),
            NotInOutline: lambda _: (page(stale=StaleEdit("le questionnaire")), 409),
        },
        done=done,
        to=lambda stored: url_for(".outline", code=code, _anchor=f"question-{stored.code}"),
    )


class Stored(NamedTuple):
    """A question that was stored, and what is said of it."""

    code: str
    sentence: str


def _store(work: Work, editor: Editor, form: QuestionForm, action: str) -> Stored:
    remedy = Remedy(action) if action in set(Remedy) else Remedy.NONE
    typed = _typed_question(editor, form)
    if remedy is Remedy.RENAME:
        typed = replace(typed, code=form.new_code.data or typed.code)
    sent = SentQuestion(typed, form.section.data, editor.code, form.digest.data, remedy)
    code = service.store_question(work, editor.round, sent)
    after = store.working(work.session, editor.round)
    return Stored(code, _stored_sentence(editor.outline, after, code))


def _stored_sentence(before: Outline, after: Outline, code: str) -> str:
    """Return that it is stored, and which questions have lost a condition by it."""
    lost = [
        f"« {question.code} »"
        for question in after.questions
        if question.condition is None
        and question.code != code
        and (former := before.question(question.code))
        and former.condition
    ]
    sentence = "La question est enregistrée ; les formulaires ne changeront qu'à la publication."
    if lost:
        sentence += f" Posées désormais toujours, à revoir : {', '.join(lost)}."
    return sentence


def _display_stored(editor: Editor, form: QuestionForm) -> None:
    """Show what another organiser has stored at the fields that differ."""
    stored = _stored_form(editor)
    if stored is not None:
        for it in (stored, form):
            _offer_choices(editor, it, _typed_question(editor, it))
        form.display_stored(stored)
    form.digest.data = digest_of_question(editor.outline, editor.code)


def _stored_form(editor: Editor) -> QuestionForm | None:
    question, code = editor.question, editor.code
    section = editor.outline.section_of(code) if code else None
    if question is None or section is None:
        return None
    return QuestionForm.of(question, section.code, digest_of_question(editor.outline, code))


def _page(
    editor: Editor,
    form: QuestionForm,
    errors: Sequence[OutlineError] = (),
    *,
    broken: MeaningBreak | None = None,
    stale: StaleEdit | None = None,
    focus: str = "",
) -> str:
    if stale is not None:
        _display_stored(editor, form)
    form.locales = editor.round.locales
    form.fill_in()
    if before := _stored_form(editor):
        form.compare_with(before.data)
    question = _typed_question(editor, form)
    codes = {editor.code, question.code}
    elsewhere = form.add_outline_errors(errors, lambda error: error.question in codes - {None})
    meaning = answer_comparability.load_meanings(db.session()).get(editor.code or "")
    _offer_choices(editor, form, question)
    if broken and not form.new_code.data:
        form.new_code.data = broken.free_code
    return render_template(
        "questionnaires/editor/question.html",
        editor=editor,
        form=form,
        question=question,
        elsewhere=elsewhere,
        broken=broken,
        stale=stale,
        focus=focus,
        is_published=meaning is not None,
        fixed_options=meaning.options if meaning else {},
        fixed_rows=meaning.rows if meaning else {},
        about_person=question.destination is not Destination.ANSWER,
        sample=sample_of(question),
        sample_macro=KINDS[question.kind].macro,
        kind_of=kind_of,
        **page_context(editor.round),
    )


def _offer_choices(editor: Editor, form: QuestionForm, question: OutlineQuestion) -> None:
    """Offer the sections, the questions on which this one may depend, and the replies to it."""
    form.section.choices = {
        section.code: f"{clip(title_of(section), LONGEST_CHOICE)} – {labels.scope_phrase(section)}"
        for section in editor.outline.sections
    }
    outline = _outline_with(editor, form, question)
    controllers = {it.code: it for it in possible_controllers(outline, question.code)}
    titles = {code: localized(it.label, DEFAULT_LOCALE) for code, it in controllers.items()}
    form.controller.choices = {"": "Toujours"} | {
        code: f"Selon « {clip(title, LONGEST_CHOICE)} »" for code, title in titles.items()
    }
    form.controller.description = (
        "Selon la réponse à une question qui vient avant elle, dans les mêmes formulaires."
        if controllers
        else "Pour poser une condition, il faut une question à choix placée avant celle-ci."
    )
    code = form.controller.data
    if code in controllers:
        form.any_of.choices = dict(labels.replies_of(controllers[code]))
    elif code:
        form.controller.choices[code] = f"Selon « {code} », qui ne convient plus"


def _outline_with(editor: Editor, form: QuestionForm, question: OutlineQuestion) -> Outline:
    """Return the outline as it would be with the question where the form puts it."""
    bare = replace(question, condition=None)
    wanted = form.section.data if editor.outline.section(form.section.data) else ""
    if editor.code and editor.question:
        section = editor.outline.section_of(editor.code)
        wanted = wanted or (section.code if section else "")
        return edits.change_question(editor.outline, editor.code, bare, wanted)
    return edits.add_question(editor.outline, wanted, bare) if wanted else editor.outline


def _typed_question(editor: Editor, form: QuestionForm) -> OutlineQuestion:
    """Return the question as typed, under the code that it keeps, else the one typed or made."""
    published = answer_comparability.load_meanings(db.session())
    if editor.code in published:
        form.code.data = editor.code
    others = (it.code for it in editor.outline.questions if it.code != editor.code)
    return form.to_question(editor.question, {*published, *others})


def sample_of(question: OutlineQuestion) -> Question | None:
    """Return the question, always asked, for the macros of the form; None while it has errors."""
    section = OutlineSection("sample", Scope.EVERYONE, questions=(question,))
    errors = check_question(Outline((section,)), section, question)
    if any(error.field not in ("condition", "section") for error in errors):
        return None
    options = [*KINDS[question.kind].offers, *((it.code, it.label) for it in question.options)]
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
        options=tuple(Option(0, code, label) for code, label in options),
    )
