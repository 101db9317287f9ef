"""The form of a question as it was typed: every field a text, until it is read as a question."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from itertools import zip_longest
from typing import Any

from werkzeug.datastructures import MultiDict

from consultation.i18n import Localized
from consultation.questionnaires.kinds import numbers
from consultation.questionnaires.models import QuestionKind
from consultation.questionnaires.outline import Condition, OutlineOption, OutlineQuestion
from consultation.questionnaires.proposing import proposed_code
from consultation.questionnaires.question_soundness import CHOICES, ENDS, TEXTS
from consultation.text import clean, clean_line


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


def read(sent: MultiDict[str, str]) -> TypedQuestion:
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


def typed_of(question: OutlineQuestion, section: str, digest: str) -> TypedQuestion:
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
    label = _localized(read_text(typed.label), read_text(typed.label_en))
    condition = Condition(typed.controller, typed.any_of) if typed.controller else None
    question = OutlineQuestion(
        code=clean_line(typed.code) or proposed_code(label.get("fr", ""), taken, "question"),
        kind=kind,
        label=label,
        hint=_localized(clean_line(typed.hint), clean_line(typed.hint_en)) or None,
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


def _localized(french: str, english: str) -> Localized:
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
                found[end] = _localized(*map(clean_line, words)) or None
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
        found.append(OutlineOption(code, _localized(clean_line(row.fr), clean_line(row.en))))
    return tuple(found)
