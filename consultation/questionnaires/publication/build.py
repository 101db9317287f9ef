"""Forms built from the outline: rows of new questionnaires, or unsaved instruments to preview."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.accounts.models import AuditEvent
from consultation.plan.models import Indicator, Measure
from consultation.questionnaires.form.instrument import IndicatorWording, Instrument
from consultation.questionnaires.form.instrument import Option as Option_
from consultation.questionnaires.form.instrument import Question as Question_
from consultation.questionnaires.form.instrument import Section as Section_
from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.models import Option, Question, Round, Section
from consultation.questionnaires.outline.structure import (
    Outline,
    OutlineQuestion,
    OutlineSection,
    Scope,
    dump,
    dump_question,
)
from consultation.web.locale import in_each_language
from consultation.work.services import Work

TOOL_TITLE = in_each_language("L'ensemble des indicateurs")

Part = tuple[OutlineSection, Indicator | None]
"""A section of a form, and the indicator that it is about."""


LONGEST_CODE = 60
"""The length of the column of a section's code."""


def code_for(section: OutlineSection, about: Indicator | None) -> str:
    """Return the code of a section in a form, with that of the indicator it is repeated for.

    Where the two are too long, a hash stands for the code of the section.
    """
    if about is None:
        return section.code
    code = f"{section.code}.{about.code}"
    mark = hashlib.sha256(section.code.encode()).hexdigest()[:16]
    return code if len(code) <= LONGEST_CODE else f"{mark}.{about.code}"


def title_for(measure: Measure | None) -> Mapping[str, str]:
    """Return the title of the form of a measure, or of the tool as a whole."""
    return TOOL_TITLE if measure is None else measure.title


def parts_for(outline: Outline, measure: Measure | None) -> list[Part]:
    """Return the sections of a form in order, each with the indicator that it is about."""
    in_force = [
        indicator
        for indicator in (measure.indicators if measure else ())
        if indicator.retired_at is None
    ]
    parts: list[Part] = []
    for section in outline.sections:
        if section.is_for(measure.code if measure else None) and section.questions:
            is_repeated = section.scope is Scope.INDICATOR
            parts.extend((section, about) for about in (in_force if is_repeated else [None]))
    return parts


def digest_for(outline: Outline, measure: Measure | None) -> str:
    """Return the hash of all that the form of `measure` would ask, as stored with the form."""
    sections = [
        [
            section.code,
            section.title,
            section.intro,
            [dump_question(question) for question in section.questions],
            about
            and [about.code, about.version.number, *(["example"] if about.is_shipped else [])],
        ]
        for section, about in parts_for(outline, measure)
    ]
    content = json.dumps([title_for(measure), sections], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def digest_of(outline: Outline) -> str:
    """Return the hash of an outline, which a page sends back to name the one it displayed."""
    content = json.dumps(dump(outline), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def add_contents(
    session: Session, outline: Outline, measures: Mapping[int, Measure | None]
) -> None:
    """Insert sections, questions and options of new questionnaires, given by id with their measure.

    Takes a few statements for all of them together.
    """
    parts = [
        (questionnaire_id, position, part)
        for questionnaire_id, measure in measures.items()
        for position, part in enumerate(parts_for(outline, measure), 1)
    ]
    _insert(session, Section, [_section_row(*each) for each in parts])
    section_ids = _ids_by_position(session, Section, measures)
    numbers = {questionnaire_id: count(1) for questionnaire_id in measures}
    questions = [
        _QuestionRow(each, section_ids[each, position], next(numbers[each]), about, question)
        for each, position, (section, about) in parts
        for question in section.questions
    ]
    _insert(session, Question, [_question_row(row) for row in questions])
    question_ids = _ids_by_position(session, Question, measures)
    options = [
        option
        for row in questions
        for option in _option_rows(row.question, question_ids[row.questionnaire_id, row.position])
    ]
    _insert(session, Option, options)


@dataclass(frozen=True)
class _QuestionRow:
    questionnaire_id: int
    section_id: int
    position: int
    about: Indicator | None
    question: OutlineQuestion


def _insert(
    session: Session, model: type[Section | Question | Option], rows: list[dict[str, Any]]
) -> None:
    if rows:
        # Else there would be one statement for each run of rows that lack the same values.
        session.execute(sa.insert(model).execution_options(render_nulls=True), rows)


def _ids_by_position(
    session: Session, model: type[Section | Question], questionnaire_ids: Collection[int]
) -> dict[tuple[int, int], int]:
    rows = session.execute(
        sa.select(model.questionnaire_id, model.position, model.id).where(
            model.questionnaire_id.in_(questionnaire_ids)
        )
    )
    return {(questionnaire_id, position): id_ for questionnaire_id, position, id_ in rows}


def _section_row(questionnaire_id: int, position: int, part: Part) -> dict[str, Any]:
    section, about = part
    return {
        "questionnaire_id": questionnaire_id,
        "code": code_for(section, about),
        "position": position,
        "title": about.version.label if about else section.title,
        "intro": section.intro,
    }


def _question_row(row: _QuestionRow) -> dict[str, Any]:
    question = row.question
    return {
        "questionnaire_id": row.questionnaire_id,
        "section_id": row.section_id,
        "indicator_version_id": row.about.version.id if row.about else None,
        "code": question.code,
        "kind": question.kind,
        "destination": question.destination,
        "position": row.position,
        "label": question.label,
        "hint": question.hint,
        "is_required": question.is_required,
        "needs_care": question.needs_care,
        "settings": dict(question.settings),
        "condition": dump_question(question)["condition"],
    }


def _option_rows(question: OutlineQuestion, question_id: int) -> list[dict[str, Any]]:
    return [
        {"question_id": question_id, "code": code, "position": position, "label": label}
        for position, (code, label) in enumerate(options_of(question), 1)
    ]


def options_of(question: OutlineQuestion) -> list[tuple[str, Mapping[str, str]]]:
    """Return the options of a question as code and label: those of its kind, then its own."""
    own = [(option.code, option.label) for option in question.options]
    return [*KINDS[question.kind].offers, *own]


PREVIEW_LOG_INTERVAL = timedelta(hours=1)
PREVIEW_ACTION = "form_previewed"


def instrument_for(
    outline: Outline, consultation_round: Round, measure: Measure | None
) -> Instrument:
    """Return an unsaved form; its ids are numbered here and belong to no row."""
    ids = count(1)
    return Instrument(
        id=0,
        public_id="",
        round_id=consultation_round.id,
        measure_id=measure.id if measure else None,
        version=0,
        title=title_for(measure),
        sections=tuple(_build_section(*part, ids) for part in parts_for(outline, measure)),
    )


def log_preview(work: Work, consultation_round: Round, width: str) -> None:
    """Log that the actor previewed a form at a width, at most once an hour."""
    seen = work.session.scalars(
        sa.select(AuditEvent.details).where(
            AuditEvent.account_id == work.actor.id,
            AuditEvent.action == PREVIEW_ACTION,
            AuditEvent.subject == consultation_round.code,
            AuditEvent.happened_at > work.at - PREVIEW_LOG_INTERVAL,
        )
    )
    if not any((details or {}).get("width") == width for details in seen):
        audit_log.log(work, PREVIEW_ACTION, consultation_round.code, {"width": width})


def _build_section(
    section: OutlineSection, about: Indicator | None, ids: Iterator[int]
) -> Section_:
    return Section_(
        code=code_for(section, about),
        title=about.version.label if about else section.title or {},
        intro=section.intro,
        questions=tuple(_build_question(question, about, ids) for question in section.questions),
        indicator=_indicator_wording(about) if about else None,
    )


def _indicator_wording(about: Indicator) -> IndicatorWording:
    version = about.version
    return IndicatorWording(
        code=about.code,
        is_shipped=about.is_shipped,
        label=version.label,
        definition=version.definition,
        unit=version.unit,
        data_source=version.data_source,
        baseline=version.baseline,
    )


def _build_question(
    question: OutlineQuestion, about: Indicator | None, ids: Iterator[int]
) -> Question_:
    return Question_(
        id=next(ids),
        code=question.code,
        kind=question.kind,
        destination=question.destination,
        label=question.label,
        hint=question.hint,
        is_required=question.is_required,
        needs_care=question.needs_care,
        settings=question.settings,
        condition=dump_question(question)["condition"],
        block=about.version.id if about else None,
        options=tuple(
            Option_(number, code, label)
            for number, (code, label) in enumerate(options_of(question), 1)
        ),
    )
