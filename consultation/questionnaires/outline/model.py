"""What a round asks, as plain values: the sections from which the form of each measure is made."""

import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from consultation.i18n import Localized
from consultation.questionnaires.models import Destination, QuestionKind


class Scope(enum.StrEnum):
    """The forms that hold a section."""

    INDICATOR = "indicator"
    """Those of the measures, once for each indicator in force."""
    MEASURE = "measure"
    """Those of all measures."""
    INSERT = "insert"
    """Those of the measures that the section names."""
    TOOL = "tool"
    """That of the tool as a whole."""
    EVERYONE = "everyone"
    """All forms, that of the tool included."""


@dataclass(frozen=True)
class OutlineOption:
    """One possible reply to a question of choice."""

    code: str
    label: Localized


@dataclass(frozen=True)
class Condition:
    """A question is asked when one of `any_of` was chosen at an earlier one of its section."""

    question: str
    any_of: tuple[str, ...]


@dataclass(frozen=True)
class OutlineQuestion:
    """One thing to ask; `options` are its own, without those that its kind always offers."""

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
    """A heading and its questions; `measures` are codes, of a section of scope `INSERT` only.

    A section for indicators has no title: it takes the label of each indicator.
    """

    code: str
    scope: Scope
    title: Localized | None = None
    intro: Localized | None = None
    measures: tuple[str, ...] = ()
    questions: tuple[OutlineQuestion, ...] = ()

    def names(self, measure: str) -> bool:
        """Say whether the section names that code: the plan may write it in another case since."""
        return measure.lower() in (code.lower() for code in self.measures)

    def is_for(self, measure: str | None) -> bool:
        """Say whether the form of the measure of that code (None: of the tool) holds it."""
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

    No two sections have one code, nor two questions, wherever they stand.
    """

    sections: tuple[OutlineSection, ...] = ()

    @property
    def questions(self) -> tuple[OutlineQuestion, ...]:
        """Every question, section by section."""
        return tuple(question for section in self.sections for question in section.questions)

    def section(self, code: str) -> OutlineSection | None:
        """Return the section of that code, if any."""
        return next((section for section in self.sections if section.code == code), None)

    def question(self, code: str) -> OutlineQuestion | None:
        """Return the question of that code, if any."""
        return next((question for question in self.questions if question.code == code), None)

    def section_of(self, code: str) -> OutlineSection | None:
        """Return the section that holds the question of that code, if any."""
        return next(
            (
                section
                for section in self.sections
                if any(question.code == code for question in section.questions)
            ),
            None,
        )

    def with_section(self, changed: OutlineSection) -> "Outline":
        """Return the outline with another section in the place of that of the same code."""
        return replace(
            self,
            sections=tuple(
                changed if section.code == changed.code else section for section in self.sections
            ),
        )


def written(outline: Outline) -> dict[str, Any]:
    """Return the outline as JSON values, the same for the same outline."""
    return {"sections": [_written_section(section) for section in outline.sections]}


def _written_section(section: OutlineSection) -> dict[str, Any]:
    return {
        "code": section.code,
        "scope": section.scope.value,
        "title": section.title,
        "intro": section.intro,
        "measures": list(section.measures),
        "questions": [written_question(question) for question in section.questions],
    }


def written_question(question: OutlineQuestion) -> dict[str, Any]:
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


def read(content: Mapping[str, Any]) -> Outline:
    """Return the outline that `written` gave."""
    return Outline(tuple(_read_section(section) for section in content["sections"]))


def _read_section(content: Mapping[str, Any]) -> OutlineSection:
    return OutlineSection(
        code=content["code"],
        scope=Scope(content["scope"]),
        title=content["title"],
        intro=content["intro"],
        measures=tuple(content["measures"]),
        questions=tuple(_read_question(question) for question in content["questions"]),
    )


def _read_question(content: Mapping[str, Any]) -> OutlineQuestion:
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
    """Return the questionnaire that every installation starts with."""
    text = Path(__file__).with_name("default.json").read_text("utf-8")
    return read(json.loads(text))


def labels_of(
    destination: Destination, outlines: Sequence[Outline] = ()
) -> dict[str, Mapping[str, str]]:
    """Return the labels by code of what is offered for a destination: the default's, then others'.

    Of two labels for one code the last wins.
    """
    return {
        option.code: option.label
        for one in (default(), *outlines)
        for question in one.questions
        if question.destination is destination
        for option in question.options
    }
