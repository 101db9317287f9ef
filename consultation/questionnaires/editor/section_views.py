"""The staff pages of one section: write it, change it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.questionnaires.editor import forms
from consultation.questionnaires.editor.blueprint import blueprint, found_round, frame
from consultation.questionnaires.editor.forms import TypedSection
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import comparability, service, store
from consultation.questionnaires.outline import scope as outline_scope
from consultation.questionnaires.outline.edits import NotInOutline
from consultation.questionnaires.outline.errors import OutlineError
from consultation.questionnaires.outline.model import Outline, OutlineSection, Scope
from consultation.questionnaires.outline.service import (
    ABSENT,
    OutlineRefused,
    SentSection,
    digest_of_section,
)
from consultation.web.permissions import Permission, require, requires


@blueprint.get("/rubrique")
@requires(Permission.COMPOSE)
def new_section(code: str) -> ResponseReturnValue:
    """Offer a section to write."""
    require(Permission.COMPOSE)
    return _page(found_round(code), None, TypedSection(digest=ABSENT))


@blueprint.post("/rubrique")
@requires(Permission.COMPOSE)
def add_section(code: str) -> ResponseReturnValue:
    """Store a new section."""
    return _answer(code, None)


@blueprint.get("/rubriques/<section>")
@requires(Permission.COMPOSE)
def section(code: str, section: str) -> ResponseReturnValue:
    """Offer a section to change."""
    require(Permission.COMPOSE)
    found = found_round(code)
    outline = store.working(db.session(), found)
    stored = outline.section(section)
    if stored is None:
        abort(404)
    typed = forms.typed_section(stored, digest_of_section(outline, section))
    return _page(found, section, typed)


@blueprint.post("/rubriques/<section>")
@requires(Permission.COMPOSE)
def change_section(code: str, section: str) -> ResponseReturnValue:
    """Store a section anew."""
    return _answer(code, section)


def _answer(code: str, section: str | None) -> ResponseReturnValue:
    actor = require(Permission.COMPOSE)
    typed = forms.read_section(request.form)
    try:
        with writing(db.session()):
            found = found_round(code)
            asked = _read(store.working(db.session(), found), section, typed)
            sent = SentSection(asked, section, typed.digest)
            service.store_section(db.session(), actor, found, sent, now())
    except OutlineRefused as refused:
        return _page(found_round(code), section, typed, refused.errors), 422
    except (StaleEdit, NotInOutline):
        return _conflict(found_round(code), section, typed), 409
    flash(_said(asked))
    return redirect(url_for(".outline", code=code, _anchor=f"section-{asked.code}"), 303)


def _said(asked: OutlineSection) -> str:
    """Return on how many forms the section will stand."""
    count = outline_scope.form_count(asked, outline_scope.measures_in_force(db.session()))
    forms = "1 formulaire" if count == 1 else f"{count} formulaires"
    return f"La rubrique est enregistrée : à la publication, elle sera dans {forms}."


def _conflict(found: Round, section: str | None, typed: TypedSection) -> str:
    outline = store.working(db.session(), found)
    stored = outline.section(section) if section else None
    digest = digest_of_section(outline, section)
    typed = replace(typed, digest=digest)
    if stored is None:
        return _page(found, section, typed, is_gone=True)
    there = forms.of_section(forms.typed_section(stored, digest), typed)
    return _page(found, section, typed, there=there)


def _read(outline: Outline, section: str | None, typed: TypedSection) -> OutlineSection:
    published = comparability.section_codes(db.session())
    if section in published:
        typed = replace(typed, code=section or "")
    taken = {*published, *(one.code for one in outline.sections if one.code != section)}
    return forms.section_of(typed, taken)


def _page(
    found: Round,
    section: str | None,
    typed: TypedSection,
    errors: Sequence[OutlineError] = (),
    *,
    there: dict[str, str] | None = None,
    is_gone: bool = False,
) -> str:
    outline = store.working(db.session(), found)
    asked = _read(outline, section, typed)
    own, elsewhere = _split(errors, {section, asked.code})
    return render_template(
        "questionnaires/editor/section.html",
        typed=typed,
        stored=outline.section(section) if section else None,
        errors=own,
        elsewhere=elsewhere,
        there=there or {},
        is_gone=is_gone,
        is_published=section in comparability.section_codes(db.session()),
        **_forms(typed),
        **frame(found),
    )


def _split(
    errors: Sequence[OutlineError], codes: set[str | None]
) -> tuple[dict[str, str], list[OutlineError]]:
    """Return the first error of each field of the form, and what is wrong elsewhere."""
    own: dict[str, str] = {}
    elsewhere = []
    for error in errors:
        if error.question is None and error.section in codes and error.section is not None:
            own.setdefault(error.field, error.sentence)
        else:
            elsewhere.append(error)
    return own, elsewhere


def _forms(typed: TypedSection) -> dict[str, Any]:
    """Return the measures to tick, by axis, and how many forms each scope has."""
    measures = outline_scope.measures_in_force(db.session())
    codes = {measure.code.lower() for measure in measures}
    counts = {
        scope: outline_scope.form_count(OutlineSection("x", scope), measures) for scope in Scope
    }
    return {
        "axes": outline_scope.by_axis(measures),
        "chosen": {code.lower() for code in typed.measures},
        "retired": [code for code in typed.measures if code.lower() not in codes],
        "form_counts": counts,
    }
