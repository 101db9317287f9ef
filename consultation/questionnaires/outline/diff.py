"""Outline diff: what changed between two outlines, field by field."""

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from consultation.questionnaires.outline.labels import (
    DESTINATION_WORDS,
    KIND_LABELS,
    YES_NO,
    asked_in,
    condition_words,
    french,
    named,
    setting_words,
    title_of,
)
from consultation.questionnaires.outline.model import Outline, OutlineQuestion, OutlineSection

SETTING_WORDS = {
    "minimum": "plus petit nombre",
    "maximum": "plus grand nombre",
    "low": "bas de l'échelle",
    "middle": "milieu de l'échelle",
    "high": "haut de l'échelle",
    "statement": "phrase à cocher",
    "no_opinion": "« sans avis »",
}


@dataclass(frozen=True)
class FieldChange:
    """One field in words, with what it was and what it becomes; nothing is an empty text."""

    words: str
    before: str
    after: str


def of_section(before: OutlineSection, after: OutlineSection) -> list[FieldChange]:
    """Return what changes of a section itself, its questions apart."""
    return [
        *_texts("titre", before.title, after.title),
        *_texts("introduction", before.intro, after.intro),
        *_change("posée dans", asked_in(before), asked_in(after)),
    ]


def of_question(before: OutlineQuestion, after: OutlineQuestion) -> list[FieldChange]:
    """Return what changes of a question, its place apart."""
    return [
        *_texts("intitulé", before.label, after.label),
        *_texts("aide", before.hint, after.hint),
        *_change("sorte", KIND_LABELS[before.kind], KIND_LABELS[after.kind]),
        *_change(
            "ce que la réponse remplit",
            DESTINATION_WORDS[before.destination],
            DESTINATION_WORDS[after.destination],
        ),
        *_change("obligatoire", YES_NO[before.is_required], YES_NO[after.is_required]),
        *_change("mise en garde", YES_NO[before.needs_care], YES_NO[after.needs_care]),
        *_settings(before, after),
        *_change("condition", condition_words(before.condition), condition_words(after.condition)),
        *_options(before, after),
    ]


def _change(words: str, before: str, after: str) -> Iterator[FieldChange]:
    if before != after:
        yield FieldChange(words, before, after)


def _texts(
    words: str, before: Mapping[str, str] | None, after: Mapping[str, str] | None
) -> Iterator[FieldChange]:
    yield from _change(words, french(before), french(after))
    english = [(text or {}).get("en") or "" for text in (before, after)]
    yield from _change(f"{words} (anglais)", *english)


def _settings(before: OutlineQuestion, after: OutlineQuestion) -> Iterator[FieldChange]:
    for name in dict.fromkeys((*SETTING_WORDS, *before.settings, *after.settings)):
        words = SETTING_WORDS.get(name, name)
        was, becomes = before.settings.get(name), after.settings.get(name)
        if isinstance(was, Mapping) or isinstance(becomes, Mapping):
            yield from _texts(words, was, becomes)
        else:
            yield from _change(words, setting_words(was), setting_words(becomes))


def _options(before: OutlineQuestion, after: OutlineQuestion) -> Iterator[FieldChange]:
    old = {option.code: option.label for option in before.options}
    new = {option.code: option.label for option in after.options}
    for code, label in new.items():
        if code not in old:
            yield FieldChange("modalité ajoutée", "", french(label) or code)
        else:
            yield from _texts(f"modalité « {code} »", old[code], label)
    for code, label in old.items():
        if code not in new:
            yield FieldChange("modalité retirée", french(label) or code, "")
    orders = [[code for code in these if code in old and code in new] for these in (old, new)]
    if orders[0] != orders[1]:
        texts = [" · ".join(french(new[code]) for code in order) for order in orders]
        yield FieldChange("ordre des modalités", *texts)


class ChangeKind(enum.StrEnum):
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
    kind: ChangeKind
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
        change = Change(code, title_of(section), ChangeKind.ADDED, known, section)
        if known is None:
            found.append(change)
            continue
        above = [_heading_above(outline, code) for outline in (before, after)]
        place = [FieldChange("place", *map(_below, above))] if code in moved else []
        found += _changed(change, of_section(known, section), place)
    removed = [section for code, section in old.items() if code not in new]
    return [*found, *(Change(s.code, title_of(s), ChangeKind.REMOVED, s, None) for s in removed)]


def _questions(before: Outline, after: Outline) -> list[Change]:
    old, new = _placed(before), _placed(after)
    moved = _moved_within_sections(before, after)
    found = []
    for code, placed in new.items():
        known = old.get(code)
        section = known.section if known else None
        change = Change(code, named(placed.question), ChangeKind.ADDED, section, placed.section)
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
            Change(one.question.code, named(one.question), ChangeKind.REMOVED, one.section, None)
            for one in removed
        ),
    ]


def _changed(
    change: Change, fields: Sequence[FieldChange], place: Sequence[FieldChange]
) -> list[Change]:
    if not fields and not place:
        return []
    kind = ChangeKind.CHANGED if fields else ChangeKind.MOVED
    return [replace(change, kind=kind, fields=(*fields, *place))]


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
