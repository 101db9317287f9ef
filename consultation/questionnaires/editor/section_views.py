"""Section pages of the editor."""

from collections.abc import Sequence

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.questionnaires.editor import labels
from consultation.questionnaires.editor.forms import SectionForm
from consultation.questionnaires.editor.page_context import (
    Editor,
    blueprint,
    open_editor,
    page_context,
)
from consultation.questionnaires.outline import answer_comparability, scope, service
from consultation.questionnaires.outline.errors import OutlineError
from consultation.questionnaires.outline.service import (
    ABSENT,
    OutlineRefused,
    SentSection,
    digest_of_section,
)
from consultation.questionnaires.outline.structure import OutlineSection, Scope
from consultation.web.permissions import Permission, requires
from consultation.web.typography import counted
from consultation.work.actions import act
from consultation.work.services import Work


@blueprint.get("/rubrique")
@requires(Permission.COMPOSE)
def new_section(code: str) -> ResponseReturnValue:
    return _page(open_editor(code, None), SectionForm(data={"digest": ABSENT}))


@blueprint.post("/rubrique")
@requires(Permission.COMPOSE)
def add_section(code: str) -> ResponseReturnValue:
    """Store a new section, or display the form again."""
    return _save(code, None)


@blueprint.get("/rubriques/<section>")
@requires(Permission.COMPOSE)
def section(code: str, section: str) -> ResponseReturnValue:
    editor = open_editor(code, section)
    if editor.section is None:
        abort(404)
    digest = digest_of_section(editor.outline, section)
    return _page(editor, SectionForm.of(editor.section, digest))


@blueprint.post("/rubriques/<section>")
@requires(Permission.COMPOSE)
def change_section(code: str, section: str) -> ResponseReturnValue:
    """Store a changed section, or display the form again."""
    return _save(code, section)


def _save(code: str, section: str | None) -> ResponseReturnValue:
    form = SectionForm(request.form)

    def store(work: Work) -> OutlineSection:
        editor = open_editor(code, section)
        typed = _typed_section(editor, form)
        sent = SentSection(typed, section, form.digest.data)
        service.store_section(work, editor.round, sent)
        return typed

    def page(errors: Sequence[OutlineError] = (), stale: StaleEdit | None = None) -> str:
        return _page(open_editor(code, section), form, errors, stale)

    return act(
        store,
        page=page,
        refusals={OutlineRefused: lambda refused: (page(refused.errors), 422)},
        done=_stored_sentence,
        to=lambda typed: url_for(".outline", code=code, _anchor=f"section-{typed.code}"),
    )


def _stored_sentence(typed: OutlineSection) -> str:
    count = scope.form_count(typed, scope.measures_in_force(db.session()))
    forms = counted(count, "formulaire", "formulaires")
    return f"La rubrique est enregistrée : à la publication, elle sera dans {forms}."


def _display_stored(editor: Editor, form: SectionForm) -> None:
    """Show what another organiser has stored at the fields that differ."""
    form.digest.data = digest_of_section(editor.outline, editor.code)
    if editor.section is not None:
        form.display_stored(SectionForm.of(editor.section, form.digest.data))


def _typed_section(editor: Editor, form: SectionForm) -> OutlineSection:
    """Return the section as typed, under the code that it keeps, else the one typed or made."""
    published = answer_comparability.load_section_codes(db.session())
    if editor.code in published:
        form.code.data = editor.code
    others = (it.code for it in editor.outline.sections if it.code != editor.code)
    return form.to_section({*published, *others})


def _page(
    editor: Editor,
    form: SectionForm,
    errors: Sequence[OutlineError] = (),
    stale: StaleEdit | None = None,
) -> str:
    if stale is not None:
        _display_stored(editor, form)
    form.locales = editor.round.locales
    codes = {editor.code, _typed_section(editor, form).code} - {None}
    elsewhere = form.add_outline_errors(
        errors, lambda error: error.question is None and error.section in codes
    )
    measures = scope.measures_in_force(db.session())
    in_force = {measure.code.lower() for measure in measures}
    return render_template(
        "questionnaires/editor/section.html",
        editor=editor,
        form=form,
        elsewhere=elsewhere,
        stale=stale,
        is_published=editor.code in answer_comparability.load_section_codes(db.session()),
        axes=scope.by_axis(measures),
        chosen={code.lower() for code in form.measures.data},
        retired=[code for code in form.measures.data if code.lower() not in in_force],
        scope_sentences={it: _scope_sentence(it, measures) for it in Scope},
        **page_context(editor.round),
    )


def _scope_sentence(of: Scope, measures: Sequence[scope.MeasureInForce]) -> str:
    """Return a scope in words, with the forms that it has today."""
    sentence = labels.SCOPE_SENTENCES[of]
    if of is Scope.INSERT:
        return sentence
    count = scope.form_count(OutlineSection("x", of), measures)
    return f"{sentence} {counted(count, 'formulaire', 'formulaires')} aujourd'hui."
