"""Editor forms: what was typed of a question or a section, and what is wrong with it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import zip_longest
from typing import Any

from werkzeug.datastructures import MultiDict

from consultation.i18n import Localized, folded
from consultation.questionnaires.editor.labels import KIND_WORDS, SCOPE_LABELS
from consultation.questionnaires.kinds import numbers
from consultation.questionnaires.models import QuestionKind
from consultation.questionnaires.outline.edits import moved
from consultation.questionnaires.outline.errors import LONGEST_CODE
from consultation.questionnaires.outline.model import (
    Condition,
    OutlineOption,
    OutlineQuestion,
    OutlineSection,
    Scope,
)
from consultation.questionnaires.outline.question_validation import CHOICES, ENDS, TEXTS
from consultation.text import clean, clean_line

ROOM_FOR_A_NUMBER = 5


def proposed_code(text: str, taken: Iterable[str], otherwise: str) -> str:
    """Return a code made from a text, none of those taken; `otherwise` where it has no letters."""
    words = re.sub(r"[^a-z0-9]+", "_", folded(text)).strip("_")
    base = words if words[:1].isalpha() else f"{otherwise}_{words}".strip("_")
    base = _cut(base)
    known = set(taken)
    candidates = (base, *(f"{base}_{number}" for number in range(2, len(known) + 3)))
    return next(code for code in candidates if code not in known)


def _cut(code: str) -> str:
    """Return a code short enough for a number to follow, cut between two words if possible."""
    longest = LONGEST_CODE - ROOM_FOR_A_NUMBER
    if len(code) <= longest:
        return code
    short = code[: longest + 1].rpartition("_")[0]
    return short if len(short) > longest // 2 else code[:longest].strip("_")


@dataclass(frozen=True)
class TypedOption:
    """One row of the options."""

    code: str = ""
    fr: str = ""
    en: str = ""

    @property
    def is_blank(self) -> bool:
        """Say whether nothing was typed in the row."""
        return not (self.code.strip() or self.fr.strip() or self.en.strip())


@dataclass(frozen=True)
class TypedQuestion:
    """What stands in the fields; a box is `"1"` when it is ticked, else empty."""

    section: str = ""
    code: str = ""
    kind: str = QuestionKind.LONG_TEXT
    shown_kind: str = QuestionKind.LONG_TEXT
    """The kind whose settings were on the page."""
    label: str = ""
    label_en: str = ""
    hint: str = ""
    hint_en: str = ""
    is_required: str = ""
    needs_care: str = ""
    minimum: str = ""
    maximum: str = ""
    low: str = ""
    low_en: str = ""
    middle: str = ""
    middle_en: str = ""
    high: str = ""
    high_en: str = ""
    statement: str = ""
    controller: str = ""
    shown_controller: str = ""
    """The question whose replies were on the page."""
    new_code: str = ""
    digest: str = ""
    any_of: tuple[str, ...] = ()
    options: tuple[TypedOption, ...] = ()

    @property
    def question_kind(self) -> QuestionKind:
        """The kind that was chosen."""
        return QuestionKind(self.kind)


TEXT_FIELDS = tuple(
    one.name for one in fields(TypedQuestion) if one.name not in ("any_of", "options")
)


def read_question(sent: MultiDict[str, str]) -> TypedQuestion:
    """Return what was typed, to the letter."""
    rows = zip_longest(
        *(sent.getlist(f"option_{name}") for name in ("code", "fr", "en")), fillvalue=""
    )
    typed = TypedQuestion(
        **{name: sent.get(name, "") for name in TEXT_FIELDS},
        any_of=tuple(sent.getlist("any_of")),
        options=tuple(TypedOption(*row) for row in rows),
    )
    known = set(QuestionKind)
    return replace(
        typed,
        kind=typed.kind if typed.kind in known else QuestionKind.LONG_TEXT,
        shown_kind=typed.shown_kind if typed.shown_kind in known else "",
    )


def typed_question(question: OutlineQuestion, section: str, digest: str) -> TypedQuestion:
    """Return the fields of a question that is there."""
    condition = question.condition
    controller = condition.question if condition else ""
    return TypedQuestion(
        section=section,
        code=question.code,
        kind=question.kind,
        shown_kind=question.kind,
        **_texts_of(question),
        **_boxes_of(question),
        minimum=_written(question.settings.get("minimum")),
        maximum=_written(question.settings.get("maximum")),
        controller=controller,
        shown_controller=controller,
        digest=digest,
        any_of=condition.any_of if condition else (),
        options=tuple(
            TypedOption(one.code, _in(one.label, "fr"), _in(one.label, "en"))
            for one in question.options
        ),
    )


def _texts_of(question: OutlineQuestion) -> dict[str, str]:
    texts = {"label": question.label, "hint": question.hint}
    texts |= {end: question.settings.get(end) for end in ENDS}
    french = {name: _in(text, "fr") for name, text in texts.items()}
    return french | {f"{name}_en": _in(text, "en") for name, text in texts.items()}


def _boxes_of(question: OutlineQuestion) -> dict[str, str]:
    boxes = {
        "is_required": question.is_required,
        "needs_care": question.needs_care,
        "statement": question.settings.get("statement"),
    }
    return {name: "1" if is_ticked else "" for name, is_ticked in boxes.items()}


def _in(text: Mapping[str, str] | None, locale: str) -> str:
    return (text or {}).get(locale, "")


def _written(number: Any) -> str:
    return "" if number is None else str(number).replace(".", ",")


def question_of(
    typed: TypedQuestion, base: OutlineQuestion | None, taken: Iterable[str]
) -> OutlineQuestion:
    """Return what was typed as a question; what can't be read stays as it is, for `soundness`.

    A code left empty is made from the label, and is none of those `taken`.
    """
    kind = typed.question_kind
    read_text = clean_text if kind is QuestionKind.NOTE else clean_line
    label = _localized_kept(read_text(typed.label), read_text(typed.label_en))
    condition = Condition(typed.controller, typed.any_of) if typed.controller else None
    question = OutlineQuestion(
        code=clean_line(typed.code) or proposed_code(label.get("fr", ""), taken, "question"),
        kind=kind,
        label=label,
        hint=_localized_kept(clean_line(typed.hint), clean_line(typed.hint_en)) or None,
        is_required=bool(typed.is_required) and kind is not QuestionKind.NOTE,
        needs_care=bool(typed.needs_care) and kind in TEXTS,
        settings=_settings(typed, base),
        condition=condition,
        options=_options(typed) if kind in CHOICES else (),
    )
    return replace(question, destination=base.destination) if base else question


def clean_text(text: str) -> str:
    """Return a text of several lines without what nobody typed."""
    return clean(text).strip()


def _localized_kept(french: str, english: str) -> Localized:
    """Return a text; English without French stays, to be refused where it stands."""
    return {locale: text for locale, text in (("fr", french), ("en", english)) if text}


def _settings(typed: TypedQuestion, base: OutlineQuestion | None) -> dict[str, Any]:
    kind = typed.question_kind
    kept = base.settings if base and base.kind is kind else {}
    edited = _edited_settings(typed)
    return {name: value for name, value in kept.items() if name not in EDITED} | edited


EDITED = frozenset({"minimum", "maximum", "statement", *ENDS})


def _edited_settings(typed: TypedQuestion) -> dict[str, Any]:
    match typed.question_kind:
        case QuestionKind.SHORT_TEXT | QuestionKind.LONG_TEXT:
            found: dict[str, Any] = {"maximum": _number(typed.maximum)}
        case QuestionKind.NUMBER:
            found = {"minimum": _number(typed.minimum), "maximum": _number(typed.maximum)}
        case QuestionKind.SCALE:
            found = {"minimum": _number(typed.minimum), "maximum": _number(typed.maximum)}
            for end in ENDS:
                words = (getattr(typed, end), getattr(typed, f"{end}_en"))
                found[end] = _localized_kept(*map(clean_line, words)) or None
        case QuestionKind.YES_NO:
            found = {"statement": True if typed.statement else None}
        case _:
            found = {}
    return {name: value for name, value in found.items() if value is not None}


def _number(text: str) -> int | float | str | None:
    """Return the number that was typed, or what was typed when it is none."""
    line = clean_line(text)
    number = numbers.parse(line)
    if number is None:
        return line or None
    return int(number) if number.is_integer() else number


def _options(typed: TypedQuestion) -> tuple[OutlineOption, ...]:
    rows = [row for row in typed.options if not row.is_blank]
    taken = {clean_line(row.code) for row in rows}
    found = []
    for row in rows:
        code = clean_line(row.code) or proposed_code(row.fr, taken, "modalite")
        taken.add(code)
        found.append(OutlineOption(code, _localized_kept(clean_line(row.fr), clean_line(row.en))))
    return tuple(found)


@dataclass(frozen=True)
class TypedSection:
    """What stands in the fields."""

    code: str = ""
    scope: str = Scope.MEASURE
    title: str = ""
    title_en: str = ""
    intro: str = ""
    intro_en: str = ""
    measures: tuple[str, ...] = ()
    digest: str = ""


def read_section(sent: MultiDict[str, str]) -> TypedSection:
    """Return what was typed, to the letter."""
    names = ("code", "title", "title_en", "intro", "intro_en", "digest")
    scope = sent.get("scope", "")
    return TypedSection(
        **{name: sent.get(name, "") for name in names},
        scope=scope if scope in set(Scope) else Scope.MEASURE,
        measures=tuple(dict.fromkeys(sent.getlist("measures"))),
    )


def typed_section(section: OutlineSection, digest: str) -> TypedSection:
    """Return the fields of a section that is there."""
    title, intro = section.title or {}, section.intro or {}
    return TypedSection(
        code=section.code,
        scope=section.scope,
        title=title.get("fr", ""),
        title_en=title.get("en", ""),
        intro=intro.get("fr", ""),
        intro_en=intro.get("en", ""),
        measures=section.measures,
        digest=digest,
    )


def section_of(typed: TypedSection, taken: Iterable[str]) -> OutlineSection:
    """Return what was typed as a section without questions.

    A code left empty is made from the title, and is none of those `taken`.
    """
    scope = Scope(typed.scope)
    title = _localized_filled(clean_line(typed.title), clean_line(typed.title_en))
    return OutlineSection(
        code=clean_line(typed.code) or proposed_code(title.get("fr", ""), taken, "rubrique"),
        scope=scope,
        title=title or None,
        intro=_localized_filled(clean(typed.intro).strip(), clean(typed.intro_en).strip()) or None,
        measures=typed.measures if scope is Scope.INSERT else (),
    )


def _localized_filled(french: str, english: str) -> Localized:
    return {locale: text for locale, text in (("fr", french), ("en", english)) if text}


BOXES = frozenset({"is_required", "needs_care", "statement"})
NOT_SHOWN = frozenset({"shown_kind", "shown_controller", "new_code", "digest", "code"})


def of_question(
    stored: TypedQuestion, typed: TypedQuestion, titles: Mapping[str, str]
) -> dict[str, str]:
    """Return what is stored, in words, by the field that holds something else.

    `titles` are those of the sections by code.
    """
    found = {}
    for name in TEXT_FIELDS:
        there = getattr(stored, name)
        if name not in NOT_SHOWN and there != getattr(typed, name):
            found[name] = _words(name, there, titles)
    if stored.any_of != typed.any_of and stored.controller:
        found["controller"] = f"{stored.controller} : {', '.join(stored.any_of)}"
    if _filled(stored.options) != _filled(typed.options):
        found["options"] = "\n".join(map(_line, stored.options)) or "–"
    return found


def of_section(stored: TypedSection, typed: TypedSection) -> dict[str, str]:
    """Return what is stored, in words, by the field that holds something else."""
    found = {
        name: getattr(stored, name) or "–"
        for name in ("title", "title_en", "intro", "intro_en")
        if getattr(stored, name) != getattr(typed, name)
    }
    if stored.scope != typed.scope:
        found["scope"] = SCOPE_LABELS[Scope(stored.scope)]
    if set(stored.measures) != set(typed.measures):
        found["measures"] = ", ".join(stored.measures) or "–"
    return found


def _words(name: str, there: str, titles: Mapping[str, str]) -> str:
    if name in BOXES:
        return "oui" if there else "non"
    if name == "kind":
        return next(words for kind, words in KIND_WORDS.items() if kind == there)
    if name == "section":
        return titles.get(there, there)
    return there or "–"


def _filled(options: Sequence[TypedOption]) -> list[TypedOption]:
    return [option for option in options if not option.is_blank]


def _line(option: TypedOption) -> str:
    english = f" / {option.en}" if option.en else ""
    return f"{option.code} : {option.fr}{english}"


MORE_ROWS = 5
FIRST_ROWS = 3
"""How many blank rows wait at the end of the options."""
USUAL = {
    QuestionKind.SHORT_TEXT: ("", "200"),
    QuestionKind.LONG_TEXT: ("", "5000"),
    QuestionKind.SCALE: ("1", "9"),
}
"""The smallest and the largest number that the settings of a kind begin with."""


def redrawn(typed: TypedQuestion, action: str) -> TypedQuestion | None:
    """Return what the form shows next when `action` is a button that stores nothing, else None."""
    name, _, place = action.partition("-")
    number = int(place) if place.isascii() and place.isdecimal() else -1
    if name == "rows":
        return replace(typed, options=typed.options + (TypedOption(),) * MORE_ROWS)
    if name in ("up", "down"):
        step = -1 if name == "up" else 1
        in_reach = 0 <= number < len(typed.options)
        options = moved(typed.options, number, step) if in_reach else typed.options
        return replace(typed, options=options)
    if name == "drop":
        left = tuple(row for at, row in enumerate(typed.options) if at != number)
        return replace(typed, options=left)
    return typed if name == "redraw" else None


def has_unseen_settings(typed: TypedQuestion) -> bool:
    """Say whether it has usual settings of a kind that the form had not shown."""
    return typed.kind != typed.shown_kind and typed.question_kind in USUAL


def shown(typed: TypedQuestion) -> TypedQuestion:
    """Return the fields with what a page adds to them: usual settings, blank rows to fill in."""
    kind = typed.question_kind
    if typed.kind != typed.shown_kind:
        lowest, highest = USUAL.get(kind, ("", ""))
        typed = replace(typed, minimum=lowest, maximum=highest)
    if typed.controller != typed.shown_controller:
        typed = replace(typed, any_of=())
    if kind in CHOICES:
        blank = sum(row.is_blank for row in typed.options)
        rows = max(0, FIRST_ROWS - blank)
        typed = replace(typed, options=typed.options + (TypedOption(),) * rows)
    return replace(typed, shown_kind=typed.kind, shown_controller=typed.controller)
