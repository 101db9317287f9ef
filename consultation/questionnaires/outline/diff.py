"""Diff of two outlines, field by field."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from consultation.i18n import NAMES, OTHER_LOCALES, Labelled
from consultation.questionnaires.kinds import KINDS, Rows
from consultation.questionnaires.outline.labels import (
    YES_NO,
    condition_label,
    french,
    question_label,
    scope_label,
    setting_label,
    title_of,
)
from consultation.questionnaires.outline.structure import Outline, OutlineQuestion, OutlineSection

SETTING_LABELS = {
    "minimum": "plus petit nombre",
    "maximum": "plus grand nombre",
    "low": "bas de l'échelle",
    "middle": "milieu de l'échelle",
    "high": "haut de l'échelle",
    "statement": "phrase à cocher",
    "no_opinion": "« je ne sais pas »",
}


@dataclass(frozen=True)
class FieldChange:
    """A field by its French label, with its French text before and after; empty for none."""

    label: str
    before: str
    after: str


def of_section(before: OutlineSection, after: OutlineSection) -> list[FieldChange]:
    """Return the changes of a section, without its questions."""
    return [
        *_texts("titre", before.title, after.title),
        *_texts("introduction", before.intro, after.intro),
        *_change("posée dans", scope_label(before), scope_label(after)),
    ]


def of_question(before: OutlineQuestion, after: OutlineQuestion) -> list[FieldChange]:
    """Return the changes of a question, without its place."""
    return [
        *_texts("intitulé", before.label, after.label),
        *_texts("aide", before.hint, after.hint),
        *_change("type", before.kind.label, after.kind.label),
        *_change(
            "ce que la réponse remplit",
            before.destination.label,
            after.destination.label,
        ),
        *_change("obligatoire", YES_NO[before.is_required], YES_NO[after.is_required]),
        *_change("mise en garde", YES_NO[before.needs_care], YES_NO[after.needs_care]),
        *_settings(before, after),
        *_change("condition", condition_label(before.condition), condition_label(after.condition)),
        *_listed(_rows(before), _rows(after), ("ligne", "lignes")),
        *_listed(_options(before), _options(after), ("réponse proposée", "réponses proposées")),
    ]


def _change(label: str, before: str, after: str) -> Iterator[FieldChange]:
    if before != after:
        yield FieldChange(label, before, after)


def _texts(
    label: str, before: Mapping[str, str] | None, after: Mapping[str, str] | None
) -> Iterator[FieldChange]:
    yield from _change(label, french(before), french(after))
    for tag in OTHER_LOCALES:
        was, becomes = ((text or {}).get(tag) or "" for text in (before, after))
        yield from _change(f"{label} ({NAMES[tag]})", was, becomes)


def _settings(before: OutlineQuestion, after: OutlineQuestion) -> Iterator[FieldChange]:
    names = dict.fromkeys((*SETTING_LABELS, *before.settings, *after.settings))
    for name in (name for name in names if name != "rows"):
        label = SETTING_LABELS.get(name, name)
        was, becomes = before.settings.get(name), after.settings.get(name)
        if isinstance(was, Mapping) or isinstance(becomes, Mapping):
            yield from _texts(label, was, becomes)
        else:
            yield from _change(label, setting_label(was), setting_label(becomes))


def _options(question: OutlineQuestion) -> Rows:
    return {option.code: option.label for option in question.options}


def _rows(question: OutlineQuestion) -> Rows:
    return KINDS[question.kind].rows(question.settings)


def _listed(old: Rows, new: Rows, nouns: tuple[str, str]) -> Iterator[FieldChange]:
    """Compare what a question lists by code and text: its options, or its rows."""
    for code, label in new.items():
        if code not in old:
            yield FieldChange(f"{nouns[0]} ajoutée", "", french(label) or code)
        else:
            yield from _texts(f"{nouns[0]} « {code} »", old[code], label)
    for code, label in old.items():
        if code not in new:
            yield FieldChange(f"{nouns[0]} retirée", french(label) or code, "")
    orders = [[code for code in these if code in old and code in new] for these in (old, new)]
    if orders[0] != orders[1]:
        texts = [" · ".join(french(new[code]) for code in order) for order in orders]
        yield FieldChange(f"ordre des {nouns[1]}", *texts)


class ChangeKind(Labelled):
    """What happens to a section or question; what both changes and moves counts as changed."""

    ADDED = "added", "ajoutée"
    CHANGED = "changed", "modifiée"
    MOVED = "moved", "déplacée"
    REMOVED = "removed", "retirée"


@dataclass(frozen=True)
class Change:
    """A change of a section or of a question.

    `before` and `after` are the section itself, or the one that holds the question; `label` is its
    last French text.
    """

    code: str
    label: str
    kind: ChangeKind
    before: OutlineSection | None
    after: OutlineSection | None
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True)
class OutlineChanges:
    """All changes in the order of the new outline, removals last."""

    sections: tuple[Change, ...] = ()
    questions: tuple[Change, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.sections and not self.questions


@dataclass(frozen=True)
class _Placed:
    """A question with the section that holds it and the question just above it there."""

    question: OutlineQuestion
    section: OutlineSection
    above: str | None


def compare(before: Outline | None, after: Outline) -> OutlineChanges:
    """Return the changes from one outline to another; without the first, all is added."""
    before = before or Outline()
    return OutlineChanges(tuple(_sections(before, after)), tuple(_questions(before, after)))


def _sections(before: Outline, after: Outline) -> list[Change]:
    old = {section.code: section for section in before.sections}
    new = {section.code: section for section in after.sections}
    moved = _moved(list(old), list(new))
    changes = []
    for code, section in new.items():
        known = old.get(code)
        change = Change(code, title_of(section), ChangeKind.ADDED, known, section)
        if known is None:
            changes.append(change)
            continue
        above = [_heading_above(outline, code) for outline in (before, after)]
        place = [FieldChange("place", *map(_below, above))] if code in moved else []
        changes += _changed(change, of_section(known, section), place)
    removed = [section for code, section in old.items() if code not in new]
    return [*changes, *(Change(s.code, title_of(s), ChangeKind.REMOVED, s, None) for s in removed)]


def _questions(before: Outline, after: Outline) -> list[Change]:
    old, new = _placed(before), _placed(after)
    moved = _moved_within_sections(before, after)
    changes = []
    for code, placed in new.items():
        known = old.get(code)
        section = known.section if known else None
        change = Change(
            code, question_label(placed.question), ChangeKind.ADDED, section, placed.section
        )
        if known is None:
            changes.append(change)
            continue
        is_elsewhere = known.section.code != placed.section.code
        place = [_place(known, placed)] if is_elsewhere or code in moved else []
        changes += _changed(change, of_question(known.question, placed.question), place)
    removed = [former for code, former in old.items() if code not in new]
    return [
        *changes,
        *(
            Change(
                former.question.code,
                question_label(former.question),
                ChangeKind.REMOVED,
                former.section,
                None,
            )
            for former in removed
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
            (None, *map(question_label, section.questions)), section.questions, strict=False
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
    """Return the fewest codes whose moves explain the new order of those in both lists."""
    common = set(before) & set(after)
    old = [code for code in before if code in common]
    new = [code for code in after if code in common]
    blocks = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    still = {code for block in blocks for code in old[block.a : block.a + block.size]}
    return common - still


def _place(before: _Placed, after: _Placed) -> FieldChange:
    if before.section.code != after.section.code:
        headings = (f"« {title_of(placed.section)} »" for placed in (before, after))
        return FieldChange("rubrique", *headings)
    return FieldChange("place", _below(before.above), _below(after.above))


def _heading_above(outline: Outline, code: str) -> str | None:
    number = [section.code for section in outline.sections].index(code)
    return title_of(outline.sections[number - 1]) if number else None


def _below(above: str | None) -> str:
    return f"après « {above} »" if above else "en tête"
