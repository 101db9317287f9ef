"""Expand the default questionnaire: its common core, and a block for each indicator."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from consultation.plan.models import Indicator, Measure
from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.models import (
    Destination,
    Option,
    Question,
    QuestionKind,
    Questionnaire,
    Section,
)

TOOL_TITLE = {
    "fr": "L'outil d'évaluation dans son ensemble",
    "en": "The assessment tool as a whole",
}


@cache
def _wording() -> Mapping[str, Any]:
    text = Path(__file__).with_name("default.json").read_text("utf-8")
    wording: Mapping[str, Any] = json.loads(text)
    return wording


def labels_of(destination: Destination) -> Mapping[str, Mapping[str, str]]:
    """Return the labels by code of what the default questionnaire offers for a destination."""
    return {
        option["code"]: option["label"]
        for part in _wording()["sections"]
        for question in part["questions"]
        if question["destination"] == destination
        for option in question["options"]
    }


def title_for(measure: Measure | None) -> Mapping[str, str]:
    """Return the title of the form of a measure, or of the tool as a whole."""
    return TOOL_TITLE if measure is None else measure.title


def parts_for(measure: Measure | None) -> list[tuple[Mapping[str, Any], Indicator | None]]:
    """Return the sections to ask in order, each with the indicator that it is about."""
    wording = _wording()
    if measure is None:
        respondent = [part for part in wording["sections"] if part["code"] == "respondent"]
        return [(part, None) for part in [*wording["tool"]["sections"], *respondent]]
    live = [indicator for indicator in measure.indicators if indicator.retired_at is None]
    parts: list[tuple[Mapping[str, Any], Indicator | None]] = []
    for part in wording["sections"]:
        parts.extend((part, about) for about in (live if "repeat" in part else [None]))
    return parts


def digest_for(measure: Measure | None) -> str:
    """Return the hash of all that the form of `measure` would ask now."""
    asked = [
        [part, about and [about.code, about.version.number]] for part, about in parts_for(measure)
    ]
    content = json.dumps([title_for(measure), asked], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def add_content(session: Session, questionnaire: Questionnaire, measure: Measure | None) -> None:
    """Add to a questionnaire that has its id all that is asked about `measure`."""
    parts = parts_for(measure)
    sections = [
        Section(
            questionnaire_id=questionnaire.id,
            code=about.code if about else part["code"],
            position=number,
            title=about.version.label if about else part["title"],
            intro=part.get("intro"),
        )
        for number, (part, about) in enumerate(parts, 1)
    ]
    session.add_all(sections)
    session.flush()
    wordings = [
        (wording, section.id, about)
        for section, (part, about) in zip(sections, parts, strict=True)
        for wording in part["questions"]
    ]
    session.add_all(
        _question(wording, questionnaire.id, section_id, position, about)
        for position, (wording, section_id, about) in enumerate(wordings, 1)
    )


def _question(
    wording: Mapping[str, Any],
    questionnaire_id: int,
    section_id: int,
    position: int,
    about: Indicator | None,
) -> Question:
    kind = QuestionKind(wording["kind"])
    return Question(
        questionnaire_id=questionnaire_id,
        section_id=section_id,
        indicator_version_id=about.version.id if about else None,
        code=wording["code"],
        kind=kind,
        destination=Destination(wording["destination"]),
        position=position,
        label=wording["label"],
        hint=wording["hint"],
        is_required=wording["required"],
        needs_care=wording["care"],
        settings=wording["settings"],
        condition=wording["condition"],
        options=_options(kind, wording["options"]),
    )


def _options(kind: QuestionKind, wordings: Sequence[Mapping[str, Any]]) -> list[Option]:
    own = [(wording["code"], wording["label"]) for wording in wordings]
    return [
        Option(code=code, position=position, label=label)
        for position, (code, label) in enumerate([*KINDS[kind].offers, *own], 1)
    ]
