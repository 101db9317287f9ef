"""Wordings of an outline: each of its translated texts, by where it stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from consultation.i18n import Labelled, Localized
from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.outline import edits
from consultation.questionnaires.outline.edits import NotInOutline
from consultation.questionnaires.outline.structure import Outline, OutlineQuestion


class Part(Labelled):
    """What a text belongs to."""

    SECTION = "section", "rubrique"
    QUESTION = "question", "question"
    OPTION = "option", "réponse proposée"
    ROW = "row", "ligne"
    SETTING = "setting", "échelle"


@dataclass(frozen=True)
class Spot:
    """Where a text stands: `code` is that of the section or the question, `name` its own there."""

    part: Part
    code: str
    name: str


def texts(outline: Outline) -> Iterator[tuple[Spot, Localized]]:
    """Yield the texts in the order of the forms; one that nobody wrote is left out."""
    for section in outline.sections:
        for name, text in (("title", section.title), ("intro", section.intro)):
            if text:
                yield Spot(Part.SECTION, section.code, name), text
        for question in section.questions:
            yield from texts_of(question)


def texts_of(question: OutlineQuestion) -> Iterator[tuple[Spot, Localized]]:
    """Yield the texts of a question in the same way."""

    def spot(part: Part, name: str) -> Spot:
        return Spot(part, question.code, name)

    yield spot(Part.QUESTION, "label"), question.label
    if question.hint:
        yield spot(Part.QUESTION, "hint"), question.hint
    for option in question.options:
        yield spot(Part.OPTION, option.code), option.label
    for code, label in KINDS[question.kind].rows(question.settings).items():
        yield spot(Part.ROW, code), dict(label)
    for name, value in question.settings.items():
        if isinstance(value, Mapping):
            yield spot(Part.SETTING, name), dict(value)


def put(outline: Outline, spot: Spot, text: Localized) -> Outline:
    """Put a text in its place; raise `NotInOutline`."""
    section = outline.section(spot.code)
    if spot.part is Part.SECTION:
        if section is None:
            raise NotInOutline(spot.code)
        named: dict[str, Any] = {spot.name: text}
        return outline.with_section(replace(section, **named))
    question, holder = outline.question(spot.code), outline.section_of(spot.code)
    if question is None or holder is None:
        raise NotInOutline(spot.code)
    return edits.change_question(outline, spot.code, _reworded(question, spot, text), holder.code)


def changes(before: Outline, after: Outline) -> Iterator[tuple[Localized | None, Localized]]:
    """Yield each text of `after` with what stood in its place."""
    earlier = dict(texts(before))
    for spot, text in texts(after):
        yield earlier.get(spot), text


def _reworded(question: OutlineQuestion, spot: Spot, text: Localized) -> OutlineQuestion:
    settings = dict(question.settings)
    match spot.part:
        case Part.OPTION:
            options = (
                replace(it, label=text) if it.code == spot.name else it for it in question.options
            )
            return replace(question, options=tuple(options))
        case Part.ROW:
            rows = settings["rows"]
            settings["rows"] = [
                {**it, "label": text} if it["code"] == spot.name else it for it in rows
            ]
        case Part.SETTING:
            settings[spot.name] = text
        case _:
            named: dict[str, Any] = {spot.name: text}
            return replace(question, **named)
    return replace(question, settings=settings)
