"""Edits of an outline, as pure functions.

Each returns another outline, or raises what forbids the edit.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from consultation.i18n import DEFAULT_LOCALE
from consultation.questionnaires.outline.conditions import dependents
from consultation.questionnaires.outline.structure import (
    Condition,
    Outline,
    OutlineQuestion,
    OutlineSection,
    dump,
    load,
)


class NotInOutline(Exception):
    """The outline has no question or section of that code."""


class StillNeeded(Exception):
    """Other questions depend on what would be removed; `questions` are those."""

    def __init__(self, questions: Sequence[OutlineQuestion]) -> None:
        super().__init__(", ".join(question.code for question in questions))
        self.questions = questions


def add_question(outline: Outline, section: str, question: OutlineQuestion) -> Outline:
    """Add a question at the end of a section."""
    holder = _require_section(outline, section)
    return outline.with_section(replace(holder, questions=(*holder.questions, question)))


def change_question(
    outline: Outline, code: str, question: OutlineQuestion, section: str
) -> Outline:
    """Replace the question of `code`, in its place or at the end of another section.

    Conditions that name the former code follow to the new one.
    """
    holder = outline.section_of(code)
    if holder is None:
        raise NotInOutline(code)
    if holder.code == section:
        changed = outline.with_section(
            replace(
                holder,
                questions=tuple(
                    question if other.code == code else other for other in holder.questions
                ),
            )
        )
    else:
        changed = add_question(_remove_questions(outline, {code}), section, question)
    return _edit_conditions(
        changed, lambda it: replace(it, question=question.code) if it.question == code else it
    )


def narrow_conditions(outline: Outline, code: str, offered: Collection[str]) -> Outline:
    """Remove from conditions on `code` the replies that are no longer offered.

    A condition without replies is removed: its question is then always asked.
    """

    def narrow(condition: Condition) -> Condition | None:
        if condition.question != code:
            return condition
        left = tuple(reply for reply in condition.any_of if reply in offered)
        return replace(condition, any_of=left) if left else None

    return _edit_conditions(outline, narrow)


def remove_question(outline: Outline, code: str, *, with_conditions: bool = False) -> Outline:
    """Remove a question; raise `StillNeeded` unless conditions that name it are removed as well."""
    if outline.question(code) is None:
        raise NotInOutline(code)
    return _remove_with_conditions(
        outline, {code}, _remove_questions(outline, {code}), with_conditions
    )


def move_question(outline: Outline, code: str, step: int) -> Outline:
    """Move a question up (-1) or down (+1) in its section, if there is room."""
    holder = outline.section_of(code)
    if holder is None:
        raise NotInOutline(code)
    codes = [question.code for question in holder.questions]
    return outline.with_section(
        replace(holder, questions=move_item(holder.questions, codes.index(code), step))
    )


def add_section(outline: Outline, section: OutlineSection) -> Outline:
    """Add a section after the others of its scope, else at the end."""
    same = [
        place for place, other in enumerate(outline.sections, 1) if other.scope is section.scope
    ]
    place = same[-1] if same else len(outline.sections)
    return replace(
        outline, sections=(*outline.sections[:place], section, *outline.sections[place:])
    )


def change_section(outline: Outline, code: str, section: OutlineSection) -> Outline:
    """Replace the section of `code` and keep its questions."""
    questions = _require_section(outline, code).questions
    return replace(
        outline,
        sections=tuple(
            replace(section, questions=questions) if other.code == code else other
            for other in outline.sections
        ),
    )


def remove_section(outline: Outline, code: str, *, with_conditions: bool = False) -> Outline:
    """Remove a section with its questions; raise `StillNeeded` as for a question."""
    codes = {question.code for question in _require_section(outline, code).questions}
    left = replace(
        outline, sections=tuple(section for section in outline.sections if section.code != code)
    )
    return _remove_with_conditions(outline, codes, left, with_conditions)


def move_section(outline: Outline, code: str, step: int) -> Outline:
    """Move a section up (-1) or down (+1), if there is room."""
    place = outline.sections.index(_require_section(outline, code))
    return replace(outline, sections=move_item(outline.sections, place, step))


def keep_texts(outline: Outline, former: Outline, locales: Collection[str]) -> Outline:
    """Return the outline with what `former` says in other languages than these of the same.

    A text of its own stays as it is.
    """
    content, known = dump(outline), dump(former)
    questions = [it for section in known["sections"] for it in section["questions"]]
    for section in known["sections"]:
        section["questions"] = questions  # a question may have moved to another section
    return load(_with_texts(content, known, locales))


def _with_texts(content: Any, known: Any, locales: Collection[str]) -> Any:
    """Return JSON values with the texts of others of the same names and codes."""
    if isinstance(content, Mapping) and isinstance(known, Mapping):
        if DEFAULT_LOCALE in content:
            return {tag: it for tag, it in known.items() if tag not in locales} | dict(content)
        return {name: _with_texts(it, known.get(name), locales) for name, it in content.items()}
    if isinstance(content, list) and isinstance(known, list):
        by_code = {it["code"]: it for it in known if isinstance(it, Mapping)}
        return [
            _with_texts(it, by_code.get(it["code"]), locales) if isinstance(it, Mapping) else it
            for it in content
        ]
    return content


Item = TypeVar("Item")


def move_item(items: Sequence[Item], place: int, step: int) -> tuple[Item, ...]:
    """Return `items` with that at `place` one step further, if there is room."""
    moved = list(items)
    if 0 <= place + step < len(moved):
        moved[place], moved[place + step] = moved[place + step], moved[place]
    return tuple(moved)


def find_dependents(outline: Outline, codes: Collection[str]) -> list[OutlineQuestion]:
    """Return the questions outside `codes` whose condition names one of them."""
    return [
        question
        for code in sorted(codes)
        for question in dependents(outline, code)
        if question.code not in codes
    ]


def _remove_with_conditions(
    before: Outline, codes: Collection[str], left: Outline, with_conditions: bool
) -> Outline:
    waiting = find_dependents(before, codes)
    if waiting and not with_conditions:
        raise StillNeeded(waiting)
    return _edit_conditions(
        left, lambda condition: None if condition.question in codes else condition
    )


def _require_section(outline: Outline, code: str) -> OutlineSection:
    section = outline.section(code)
    if section is None:
        raise NotInOutline(code)
    return section


def _remove_questions(outline: Outline, codes: Collection[str]) -> Outline:
    return replace(
        outline,
        sections=tuple(
            replace(
                section,
                questions=tuple(
                    question for question in section.questions if question.code not in codes
                ),
            )
            for section in outline.sections
        ),
    )


def _edit_conditions(outline: Outline, edit: Callable[[Condition], Condition | None]) -> Outline:
    return replace(
        outline,
        sections=tuple(
            replace(
                section,
                questions=tuple(
                    replace(question, condition=edit(question.condition))
                    if question.condition
                    else question
                    for question in section.questions
                ),
            )
            for section in outline.sections
        ),
    )
