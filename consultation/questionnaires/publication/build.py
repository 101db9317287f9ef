"""Building of forms: rows or unsaved instruments, from the outline."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.accounts.models import AuditEvent
from consultation.plan.models import Indicator, Measure
from consultation.questionnaires.form.instrument import IndicatorShown, Instrument
from consultation.questionnaires.form.instrument import Option as Option_
from consultation.questionnaires.form.instrument import Question as Question_
from consultation.questionnaires.form.instrument import Section as Section_
from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.models import Option, Question, Round, Section
from consultation.questionnaires.outline.model import (
    Outline,
    OutlineQuestion,
    OutlineSection,
    Scope,
    dump,
    dump_question,
)

TOOL_TITLE = {
    "fr": "L'outil d'évaluation dans son ensemble",
    "en": "The assessment tool as a whole",
}

Part = tuple[OutlineSection, Indicator | None]
"""A section of a form, and the indicator that it is about."""


LONGEST_CODE = 60
"""What the column of a section's code holds."""


def code_for(section: OutlineSection, about: Indicator | None) -> str:
    """Return the code of a section in a form, of its own for each indicator.

    Of two long codes, that of the section gives way to a mark that is as much its own.
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
    """Return the sections to ask in order, each with the indicator that it is about."""
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
    """Return the hash of all that the form of `measure` would ask."""
    asked = [
        [
            section.code,
            section.title,
            section.intro,
            [dump_question(question) for question in section.questions],
            about and _asked_about(about),
        ]
        for section, about in parts_for(outline, measure)
    ]
    content = json.dumps([title_for(measure), asked], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def _asked_about(about: Indicator) -> list[str | int]:
    """Return what a form says of an indicator; of an example, also that it is one."""
    return [about.code, about.version.number, *(["example"] if about.is_shipped else [])]


def digest_of(outline: Outline) -> str:
    """Return the hash of an outline, by which a page says which one it showed."""
    content = json.dumps(dump(outline), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def add_contents(
    session: Session, outline: Outline, measures: Mapping[int, Measure | None]
) -> None:
    """Add to new questionnaires, by their id, all that is asked about the measure of each.

    All of them together take a few statements, however much they ask.
    """
    parts = [
        (questionnaire_id, position, part)
        for questionnaire_id, measure in measures.items()
        for position, part in enumerate(parts_for(outline, measure), 1)
    ]
    _insert(session, Section, [_section_row(*each) for each in parts])
    section_ids = _ids(session, Section, measures)
    numbers = {questionnaire_id: count(1) for questionnaire_id in measures}
    asked = [
        _Asked(each, section_ids[each, position], next(numbers[each]), about, question)
        for each, position, (section, about) in parts
        for question in section.questions
    ]
    _insert(session, Question, [_question_row(one) for one in asked])
    question_ids = _ids(session, Question, measures)
    options = [
        option
        for one in asked
        for option in _options(one.question, question_ids[one.questionnaire_id, one.position])
    ]
    _insert(session, Option, options)


@dataclass(frozen=True)
class _Asked:
    """One question and where it stands."""

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


def _ids(
    session: Session, model: type[Section | Question], questionnaire_ids: Collection[int]
) -> dict[tuple[int, int], int]:
    """Return the ids of what the questionnaires hold, by questionnaire and position."""
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


def _question_row(one: _Asked) -> dict[str, Any]:
    asked = one.question
    return {
        "questionnaire_id": one.questionnaire_id,
        "section_id": one.section_id,
        "indicator_version_id": one.about.version.id if one.about else None,
        "code": asked.code,
        "kind": asked.kind,
        "destination": asked.destination,
        "position": one.position,
        "label": asked.label,
        "hint": asked.hint,
        "is_required": asked.is_required,
        "needs_care": asked.needs_care,
        "settings": dict(asked.settings),
        "condition": dump_question(asked)["condition"],
    }


def _options(asked: OutlineQuestion, question_id: int) -> list[dict[str, Any]]:
    return [
        {"question_id": question_id, "code": code, "position": position, "label": label}
        for position, (code, label) in enumerate(options_of(asked), 1)
    ]


def options_of(asked: OutlineQuestion) -> list[tuple[str, Mapping[str, str]]]:
    """Return the codes and labels that a question offers: first those of its kind, then its own."""
    own = [(option.code, option.label) for option in asked.options]
    return [*KINDS[asked.kind].offers, *own]


NOTED_EVERY = timedelta(hours=1)
NOTE = "form_previewed"


def instrument_for(
    outline: Outline, consultation_round: Round, measure: Measure | None
) -> Instrument:
    """Return the form; its ids are those of this form alone, and of no row."""
    ids = count(1)
    return Instrument(
        id=0,
        public_id="",
        round_id=consultation_round.id,
        measure_id=measure.id if measure else None,
        version=0,
        title=title_for(measure),
        sections=tuple(_section_shown(*part, ids) for part in parts_for(outline, measure)),
    )


def note_opened(
    session: Session, actor_id: int, consultation_round: Round, width: str, at: datetime
) -> None:
    """Note that an account looked at a form at a width, once an hour at most."""
    seen = session.scalars(
        sa.select(AuditEvent.details).where(
            AuditEvent.account_id == actor_id,
            AuditEvent.action == NOTE,
            AuditEvent.subject == consultation_round.code,
            AuditEvent.happened_at > at - NOTED_EVERY,
        )
    )
    if not any((details or {}).get("width") == width for details in seen):
        audit_log.record(session, actor_id, NOTE, consultation_round.code, {"width": width}, at=at)


def _section_shown(
    section: OutlineSection, about: Indicator | None, ids: Iterator[int]
) -> Section_:
    return Section_(
        code=code_for(section, about),
        title=about.version.label if about else section.title or {},
        intro=section.intro,
        questions=tuple(_question_shown(question, about, ids) for question in section.questions),
        indicator=_shown(about) if about else None,
    )


def _shown(about: Indicator) -> IndicatorShown:
    version = about.version
    return IndicatorShown(
        code=about.code,
        is_shipped=about.is_shipped,
        label=version.label,
        definition=version.definition,
        unit=version.unit,
        data_source=version.data_source,
        baseline=version.baseline,
    )


def _question_shown(
    asked: OutlineQuestion, about: Indicator | None, ids: Iterator[int]
) -> Question_:
    return Question_(
        id=next(ids),
        code=asked.code,
        kind=asked.kind,
        destination=asked.destination,
        label=asked.label,
        hint=asked.hint,
        is_required=asked.is_required,
        needs_care=asked.needs_care,
        settings=asked.settings,
        condition=dump_question(asked)["condition"],
        block=about.version.id if about else None,
        options=tuple(
            Option_(number, code, label)
            for number, (code, label) in enumerate(options_of(asked), 1)
        ),
    )
