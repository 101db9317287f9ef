"""Structure of an outline: sections, questions and options as dataclasses, and their JSON."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from consultation.i18n import Labelled, Localized
from consultation.questionnaires.models import Destination, QuestionKind
from consultation.web.locale import with_translations


class Scope(Labelled):
    """The forms that have a section."""

    INDICATOR = "indicator", "Pour chaque indicateur"
    """Those of the measures, once for each indicator in force."""
    MEASURE = "measure", "Dans toutes les mesures"
    """Those of all measures."""
    INSERT = "insert", "Seulement dans certaines mesures"
    """Those of the measures that the section names."""
    TOOL = "tool", "Pour l'ensemble des indicateurs"
    """That of the tool as a whole."""
    EVERYONE = "everyone", "Partout"
    """All forms, that of the tool included."""


@dataclass(frozen=True)
class OutlineOption:
    """An option of a single or multiple choice."""

    code: str
    label: Localized


@dataclass(frozen=True)
class Condition:
    """Ask a question only if one of `any_of` was chosen at an earlier `question`, by code."""

    question: str
    any_of: tuple[str, ...]


@dataclass(frozen=True)
class OutlineQuestion:
    """A question; `options` leaves out those that its kind always offers."""

    code: str
    kind: QuestionKind
    label: Localized
    destination: Destination = Destination.ANSWER
    hint: Localized | None = None
    is_required: bool = False
    needs_care: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    condition: Condition | None = None
    options: tuple[OutlineOption, ...] = ()


@dataclass(frozen=True)
class OutlineSection:
    """A titled group of questions; `measures` are codes, for scope `INSERT` only.

    A section for indicators has no title: it is repeated under the label of each indicator.
    """

    code: str
    scope: Scope
    title: Localized | None = None
    intro: Localized | None = None
    measures: tuple[str, ...] = ()
    questions: tuple[OutlineQuestion, ...] = ()

    def names(self, measure: str) -> bool:
        """Compare the codes in any case, since the plan may have changed theirs."""
        return measure.lower() in (code.lower() for code in self.measures)

    def is_for(self, measure: str | None) -> bool:
        """Tell by its code whether the form of a measure (None: of the tool) has the section."""
        match self.scope:
            case Scope.EVERYONE:
                return True
            case Scope.TOOL:
                return measure is None
            case Scope.INSERT:
                return measure is not None and self.names(measure)
            case _:
                return measure is not None


@dataclass(frozen=True)
class Outline:
    """The sections in the order of the forms.

    Codes of sections are unique, and so are those of questions, across all sections.
    """

    sections: tuple[OutlineSection, ...] = ()

    @property
    def questions(self) -> tuple[OutlineQuestion, ...]:
        """Every question, section by section."""
        return tuple(question for section in self.sections for question in section.questions)

    def section(self, code: str) -> OutlineSection | None:
        return next((section for section in self.sections if section.code == code), None)

    def question(self, code: str) -> OutlineQuestion | None:
        return next((question for question in self.questions if question.code == code), None)

    def section_of(self, code: str) -> OutlineSection | None:
        """Return the section of the question of that code, if any."""
        return next(
            (
                section
                for section in self.sections
                if any(question.code == code for question in section.questions)
            ),
            None,
        )

    def with_section(self, changed: OutlineSection) -> "Outline":
        """Return the outline with the section of that code replaced."""
        return replace(
            self,
            sections=tuple(
                changed if section.code == changed.code else section for section in self.sections
            ),
        )


def dump(outline: Outline) -> dict[str, Any]:
    """Return an outline as JSON values, equal for equal outlines."""
    return {"sections": [_dump_section(section) for section in outline.sections]}


def _dump_section(section: OutlineSection) -> dict[str, Any]:
    return {
        "code": section.code,
        "scope": section.scope.value,
        "title": section.title,
        "intro": section.intro,
        "measures": list(section.measures),
        "questions": [dump_question(question) for question in section.questions],
    }


def dump_question(question: OutlineQuestion) -> dict[str, Any]:
    """Return a question as JSON values."""
    condition = question.condition
    return {
        "code": question.code,
        "kind": question.kind.value,
        "destination": question.destination.value,
        "label": question.label,
        "hint": question.hint,
        "is_required": question.is_required,
        "needs_care": question.needs_care,
        "settings": dict(question.settings),
        "condition": condition
        and {"question": condition.question, "any_of": list(condition.any_of)},
        "options": [{"code": option.code, "label": option.label} for option in question.options],
    }


def load(content: Mapping[str, Any]) -> Outline:
    """Return the outline of JSON values that `dump` returned."""
    return Outline(tuple(_load_section(section) for section in content["sections"]))


def _load_section(content: Mapping[str, Any]) -> OutlineSection:
    return OutlineSection(
        code=content["code"],
        scope=Scope(content["scope"]),
        title=content["title"],
        intro=content["intro"],
        measures=tuple(content["measures"]),
        questions=tuple(_load_question(question) for question in content["questions"]),
    )


def _load_question(content: Mapping[str, Any]) -> OutlineQuestion:
    condition = content["condition"]
    return OutlineQuestion(
        code=content["code"],
        kind=QuestionKind(content["kind"]),
        destination=Destination(content["destination"]),
        label=content["label"],
        hint=content["hint"],
        is_required=content["is_required"],
        needs_care=content["needs_care"],
        settings=content["settings"],
        condition=condition and Condition(condition["question"], tuple(condition["any_of"])),
        options=tuple(
            OutlineOption(option["code"], option["label"]) for option in content["options"]
        ),
    )


@cache
def default() -> Outline:
    """Return the outline of the shipped questionnaire."""
    text = Path(__file__).with_name("default.json").read_text("utf-8")
    return load(with_translations(json.loads(text)))


@cache
def evaluation() -> Outline:
    """Return the outline of the shipped questionnaire that asks for values of indicators.

    Its file names the sections that it shares with the default one.
    """
    text = Path(__file__).with_name("evaluation.json").read_text("utf-8")
    shared = {section.code: section for section in default().sections}
    return Outline(
        tuple(
            shared[section] if isinstance(section, str) else _load_section(section)
            for section in with_translations(json.loads(text))["sections"]
        )
    )


SHIPPED_BEFORE = frozenset({"adfa2c722ac0519a1fbe54dbf6eb44e3b27c0f6f5cf12f1aa8116116360b1a03"})
"""The hashes of the questionnaires that earlier releases shipped."""


def was_shipped(outline: Outline) -> bool:
    """Return whether an outline is that of an earlier release, to the letter."""
    content = json.dumps(dump(outline), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest() in SHIPPED_BEFORE


def destination_labels(
    destination: Destination, outlines: Sequence[Outline] = ()
) -> dict[str, Mapping[str, str]]:
    """Return the labels of the options of a destination by code, the last outline winning.

    The shipped questionnaire comes first.
    """
    return {
        option.code: option.label
        for outline in (default(), *outlines)
        for question in outline.questions
        if question.destination is destination
        for option in question.options
    }
