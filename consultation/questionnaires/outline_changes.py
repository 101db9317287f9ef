"""What a new outline changes: sections and questions added, changed, moved or removed."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from consultation.questionnaires.outline import Outline, OutlineQuestion, OutlineSection
from consultation.questionnaires.outline_fields import FieldChange, of_question, of_section
from consultation.questionnaires.outline_words import named, title_of


class Fate(enum.StrEnum):
    """What becomes of a section or of a question; what both changes and moves is changed."""

    ADDED = "added"
    CHANGED = "changed"
    MOVED = "moved"
    REMOVED = "removed"


@dataclass(frozen=True)
class Change:
    """A section or a question, and what of it changes.

    `before` and `after` are the section that it is or stands in; `label` is its last French text.
    """

    code: str
    label: str
    fate: Fate
    before: OutlineSection | None
    after: OutlineSection | None
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True)
class OutlineChanges:
    """All changes, in the order of the new outline; what is removed comes last."""

    sections: tuple[Change, ...] = ()
    questions: tuple[Change, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Say whether the two outlines ask the same."""
        return not self.sections and not self.questions


@dataclass(frozen=True)
class _Placed:
    """A question with the section that holds it and the question just above it there."""

    question: OutlineQuestion
    section: OutlineSection
    above: str | None


def compare(before: Outline | None, after: Outline) -> OutlineChanges:
    """Return what changes from one outline to another; from nothing, all is added."""
    before = before or Outline()
    return OutlineChanges(tuple(_sections(before, after)), tuple(_questions(before, after)))


def _sections(before: Outline, after: Outline) -> list[Change]:
    old = {section.code: section for section in before.sections}
    new = {section.code: section for section in after.sections}
    moved = _moved(list(old), list(new))
    found = []
    for code, section in new.items():
        known = old.get(code)
        change = Change(code, title_of(section), Fate.ADDED, known, section)
        if known is None:
            found.append(change)
            continue
        above = [_heading_above(outline, code) for outline in (before, after)]
        place = [FieldChange("place", *map(_below, above))] if code in moved else []
        found += _changed(change, of_section(known, section), place)
    removed = [section for code, section in old.items() if code not in new]
    return [*found, *(Change(s.code, title_of(s), Fate.REMOVED, s, None) for s in removed)]


def _questions(before: Outline, after: Outline) -> list[Change]:
    old, new = _placed(before), _placed(after)
    moved = _moved_within_sections(before, after)
    found = []
    for code, placed in new.items():
        known = old.get(code)
        section = known.section if known else None
        change = Change(code, named(placed.question), Fate.ADDED, section, placed.section)
        if known is None:
            found.append(change)
            continue
        is_elsewhere = known.section.code != placed.section.code
        place = [_place(known, placed)] if is_elsewhere or code in moved else []
        found += _changed(change, of_question(known.question, placed.question), place)
    removed = [one for code, one in old.items() if code not in new]
    return [
        *found,
        *(
            Change(one.question.code, named(one.question), Fate.REMOVED, one.section, None)
            for one in removed
        ),
    ]


def _changed(
    change: Change, fields: Sequence[FieldChange], place: Sequence[FieldChange]
) -> list[Change]:
    if not fields and not place:
        return []
    fate = Fate.CHANGED if fields else Fate.MOVED
    return [replace(change, fate=fate, fields=(*fields, *place))]


def _placed(outline: Outline) -> dict[str, _Placed]:
    return {
        question.code: _Placed(question, section, above)
        for section in outline.sections
        for above, question in zip(
            (None, *map(named, section.questions)), section.questions, strict=False
        )
    }


def _moved_within_sections(before: Outline, after: Outline) -> set[str]:
    codes = {
        section.code: [question.code for question in section.questions]
        for section in before.sections
    }
    return {
        code
        for section in after.sections
        for code in _moved(
            codes.get(section.code, []), [question.code for question in section.questions]
        )
    }


def _moved(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """Return the codes of both that stand in another order, as few as can be told."""
    common = set(before) & set(after)
    old = [code for code in before if code in common]
    new = [code for code in after if code in common]
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    still = {code for block in blocks for code in old[block.a : block.a + block.size]}
    return common - still


def _place(before: _Placed, after: _Placed) -> FieldChange:
    if before.section.code != after.section.code:
        headings = (f"« {title_of(one.section)} »" for one in (before, after))
        return FieldChange("rubrique", *headings)
    return FieldChange("place", _below(before.above), _below(after.above))


def _heading_above(outline: Outline, code: str) -> str | None:
    number = [section.code for section in outline.sections].index(code)
    return title_of(outline.sections[number - 1]) if number else None


def _below(above: str | None) -> str:
    return f"après « {above} »" if above else "en tête"
