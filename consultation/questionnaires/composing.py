"""Make the form of one measure from the outline: its common core, and a block per indicator."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.plan.models import Indicator, Measure
from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.models import Option, Question, Section
from consultation.questionnaires.outline import (
    Outline,
    OutlineQuestion,
    OutlineSection,
    Scope,
    written,
    written_question,
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
            [written_question(question) for question in section.questions],
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
    content = json.dumps(written(outline), sort_keys=True, ensure_ascii=False)
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
    _insert(session, Section, [_section(*each) for each in parts])
    section_ids = _ids(session, Section, measures)
    numbers = {questionnaire_id: count(1) for questionnaire_id in measures}
    asked = [
        _Asked(each, section_ids[each, position], next(numbers[each]), about, question)
        for each, position, (section, about) in parts
        for question in section.questions
    ]
    _insert(session, Question, [_question(one) for one in asked])
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


def _section(questionnaire_id: int, position: int, part: Part) -> dict[str, Any]:
    section, about = part
    return {
        "questionnaire_id": questionnaire_id,
        "code": code_for(section, about),
        "position": position,
        "title": about.version.label if about else section.title,
        "intro": section.intro,
    }


def _question(one: _Asked) -> dict[str, Any]:
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
        "condition": written_question(asked)["condition"],
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
