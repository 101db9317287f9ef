"""Make the form of one measure from the outline: its common core, and a block per indicator."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from consultation.plan.models import Indicator, Measure
from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.models import Option, Question, Questionnaire, Section
from consultation.questionnaires.outline import (
    Outline,
    OutlineQuestion,
    OutlineSection,
    Scope,
    written_question,
)

TOOL_TITLE = {
    "fr": "L'outil d'évaluation dans son ensemble",
    "en": "The assessment tool as a whole",
}

Part = tuple[OutlineSection, Indicator | None]
"""A section of a form, and the indicator that it is about."""


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
            about and [about.code, about.version.number],
        ]
        for section, about in parts_for(outline, measure)
    ]
    content = json.dumps([title_for(measure), asked], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def add_content(
    session: Session, questionnaire: Questionnaire, outline: Outline, measure: Measure | None
) -> None:
    """Add to a questionnaire that has its id all that is asked about `measure`."""
    parts = parts_for(outline, measure)
    sections = [
        Section(
            questionnaire_id=questionnaire.id,
            code=f"{part.code}.{about.code}" if about else part.code,
            position=number,
            title=about.version.label if about else part.title,
            intro=part.intro,
        )
        for number, (part, about) in enumerate(parts, 1)
    ]
    session.add_all(sections)
    session.flush()
    asked = [
        (question, section.id, about)
        for section, (part, about) in zip(sections, parts, strict=True)
        for question in part.questions
    ]
    session.add_all(
        _question(question, questionnaire.id, section_id, position, about)
        for position, (question, section_id, about) in enumerate(asked, 1)
    )


def _question(
    asked: OutlineQuestion,
    questionnaire_id: int,
    section_id: int,
    position: int,
    about: Indicator | None,
) -> Question:
    return Question(
        questionnaire_id=questionnaire_id,
        section_id=section_id,
        indicator_version_id=about.version.id if about else None,
        code=asked.code,
        kind=asked.kind,
        destination=asked.destination,
        position=position,
        label=asked.label,
        hint=asked.hint,
        is_required=asked.is_required,
        needs_care=asked.needs_care,
        settings=dict(asked.settings),
        condition=written_question(asked)["condition"],
        options=_options(asked),
    )


def _options(asked: OutlineQuestion) -> list[Option]:
    own = [(option.code, option.label) for option in asked.options]
    offered: Sequence[tuple[str, dict[str, str]]] = [*KINDS[asked.kind].offers, *own]
    return [
        Option(code=code, position=position, label=label)
        for position, (code, label) in enumerate(offered, 1)
    ]
