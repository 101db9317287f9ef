"""Edit an outline: each function returns another one, or raises what forbids it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import TypeVar

from consultation.questionnaires.outline.model import (
    Condition,
    Outline,
    OutlineQuestion,
    OutlineSection,
)
from consultation.questionnaires.outline.question_validation import dependents


class NotInOutline(Exception):
    """The question or the section of that code is not there, or no longer."""


class StillNeeded(Exception):
    """Other questions depend on what would be removed; `questions` are those."""

    def __init__(self, questions: Sequence[OutlineQuestion]) -> None:
        super().__init__(", ".join(question.code for question in questions))
        self.questions = questions


def add_question(outline: Outline, section: str, question: OutlineQuestion) -> Outline:
    """Put a new question at the end of a section."""
    holder = _section(outline, section)
    return outline.with_section(replace(holder, questions=(*holder.questions, question)))


def change_question(
    outline: Outline, code: str, question: OutlineQuestion, section: str
) -> Outline:
    """Put `question` in the place of that of `code`, or at the end of another section.

    The conditions that named the former code name the new one.
    """
    holder = outline.section_of(code)
    if holder is None:
        raise NotInOutline(code)
    if holder.code == section:
        changed = outline.with_section(
            replace(
                holder,
                questions=tuple(question if one.code == code else one for one in holder.questions),
            )
        )
    else:
        changed = add_question(_without(outline, {code}), section, question)
    return _with_conditions(changed, lambda condition: _renamed(condition, code, question.code))


def narrow_conditions(outline: Outline, code: str, offered: Collection[str]) -> Outline:
    """Take from the conditions that name `code` the replies that are not offered any more.

    A condition of which no reply is left goes: the question is then always asked.
    """

    def narrowed(condition: Condition) -> Condition | None:
        if condition.question != code:
            return condition
        left = tuple(one for one in condition.any_of if one in offered)
        return replace(condition, any_of=left) if left else None

    return _with_conditions(outline, narrowed)


def remove_question(outline: Outline, code: str, *, with_conditions: bool = False) -> Outline:
    """Take a question out; raise `StillNeeded`, unless the conditions that name it go as well."""
    if outline.question(code) is None:
        raise NotInOutline(code)
    return _remove(outline, {code}, _without(outline, {code}), with_conditions)


def move_question(outline: Outline, code: str, step: int) -> Outline:
    """Move a question up (-1) or down (+1) in its section; at the end of it nothing happens."""
    holder = outline.section_of(code)
    if holder is None:
        raise NotInOutline(code)
    codes = [question.code for question in holder.questions]
    return outline.with_section(
        replace(holder, questions=moved(holder.questions, codes.index(code), step))
    )


def add_section(outline: Outline, section: OutlineSection) -> Outline:
    """Put a new section after the others of its scope, else at the end."""
    same = [place for place, one in enumerate(outline.sections, 1) if one.scope is section.scope]
    place = same[-1] if same else len(outline.sections)
    return replace(
        outline, sections=(*outline.sections[:place], section, *outline.sections[place:])
    )


def change_section(outline: Outline, code: str, section: OutlineSection) -> Outline:
    """Put `section` in the place of that of `code`, with the questions that this one holds."""
    questions = _section(outline, code).questions
    return replace(
        outline,
        sections=tuple(
            replace(section, questions=questions) if one.code == code else one
            for one in outline.sections
        ),
    )


def remove_section(outline: Outline, code: str, *, with_conditions: bool = False) -> Outline:
    """Take a section out with its questions; raise `StillNeeded` as for a question."""
    codes = {question.code for question in _section(outline, code).questions}
    left = replace(
        outline, sections=tuple(section for section in outline.sections if section.code != code)
    )
    return _remove(outline, codes, left, with_conditions)


def move_section(outline: Outline, code: str, step: int) -> Outline:
    """Move a section up (-1) or down (+1); at the end nothing happens."""
    place = outline.sections.index(_section(outline, code))
    return replace(outline, sections=moved(outline.sections, place, step))


Thing = TypeVar("Thing")


def moved(things: Sequence[Thing], place: int, step: int) -> tuple[Thing, ...]:
    """Return `things` with the one at `place` one step further, if there is room."""
    found = list(things)
    if 0 <= place + step < len(found):
        found[place], found[place + step] = found[place + step], found[place]
    return tuple(found)


def waiting_for(outline: Outline, codes: Collection[str]) -> list[OutlineQuestion]:
    """Return the other questions that depend on one of `codes`, each once."""
    return [
        question
        for code in sorted(codes)
        for question in dependents(outline, code)
        if question.code not in codes
    ]


def _remove(
    before: Outline, codes: Collection[str], left: Outline, with_conditions: bool
) -> Outline:
    waiting = waiting_for(before, codes)
    if waiting and not with_conditions:
        raise StillNeeded(waiting)
    return _with_conditions(
        left, lambda condition: None if condition.question in codes else condition
    )


def _section(outline: Outline, code: str) -> OutlineSection:
    found = outline.section(code)
    if found is None:
        raise NotInOutline(code)
    return found


def _without(outline: Outline, codes: Collection[str]) -> Outline:
    return replace(
        outline,
        sections=tuple(
            replace(
                section,
                questions=tuple(one for one in section.questions if one.code not in codes),
            )
            for section in outline.sections
        ),
    )


def _renamed(condition: Condition, former: str, code: str) -> Condition:
    return replace(condition, question=code) if condition.question == former else condition


def _with_conditions(outline: Outline, edit: Callable[[Condition], Condition | None]) -> Outline:
    return replace(
        outline,
        sections=tuple(
            replace(
                section,
                questions=tuple(
                    replace(one, condition=edit(one.condition)) if one.condition else one
                    for one in section.questions
                ),
            )
            for section in outline.sections
        ),
    )
