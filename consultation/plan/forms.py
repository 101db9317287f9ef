"""Plan forms: typed fields of a measure, under the rules of the file's columns."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from flask import request

from consultation.extensions import db
from consultation.i18n import Localized, folded
from consultation.plan import drafts, queries
from consultation.plan.drafts import AxisDraft, IndicatorDraft, MeasureDraft, PlanDraft
from consultation.plan.models import WORDING
from consultation.plan.workbook import writer
from consultation.plan.workbook.columns import (
    INDICATOR_FIELDS,
    MEASURE_FIELDS,
    TOOL_CODE,
    is_example,
)
from consultation.spreadsheets.reader.problems import Problem
from consultation.spreadsheets.reader.rows import (
    Field,
    FileColumn,
    Holds,
    RawRow,
    Sheet,
    Source,
    columns_of,
)

HINTS = {
    "axis": "Le code d'un axe : lettres sans accent, chiffres, tiret, point ou tiret bas.",
    "axis_title": "L'intitulé de cet axe dans le plan.",
    "reason": "Pourquoi le texte de l'indicateur change. Ce motif se lit avec la nouvelle version.",
    **dict.fromkeys(
        ("baseline", "midterm_target", "final_target"),
        "Un texte, avec l'année s'il y a lieu, par exemple « 19 % (2025) ». Peut rester vide.",
    ),
}
"""What a page says under a field where the note of the file speaks of cells and rows."""

LABELS = {"axis": "Code du nouvel axe"}
"""What a page calls a field where the header of the file would not do."""


@dataclass(frozen=True)
class TypedField:
    """A field of a page: its columns are its texts in French, and in English if it has one."""

    field: Field
    columns: tuple[FileColumn, ...]

    @property
    def hint(self) -> str:
        """The one line under the field."""
        return HINTS.get(self.field.name, self.field.note)

    def label(self, column: FileColumn) -> str:
        """What the page calls the text of one of the columns."""
        return LABELS.get(self.field.name, column.header)

    @property
    def is_long(self) -> bool:
        """Say whether the text may have several lines."""
        return self.field.holds in (Holds.TEXT, Holds.FIGURE)


def measure_fields(*names: str) -> list[TypedField]:
    """Return fields of a measure as a page asks them."""
    return _asked(MEASURE_FIELDS, names)


def indicator_fields(*names: str) -> list[TypedField]:
    """Return fields of an indicator as a page asks them."""
    return _asked(INDICATOR_FIELDS, names)


class Typed:
    """The texts of some fields, read as the one row of a sheet would be; the keys are the same.

    `faults` are the sentences for what is wrong, by key.
    """

    def __init__(self, fields: Iterable[TypedField], texts: Mapping[str, str]) -> None:
        columns = [column for asked in fields for column in asked.columns]
        self._problems: list[Problem] = []
        headers: Sequence[str] = [column.header for column in columns]
        sheet = Sheet(Source("", None, [headers]), columns, self._problems)
        cells = {column.key: texts.get(column.key, "") or None for column in columns}
        self._row = sheet.read(RawRow(2, cells))
        self._localized = {
            asked.field.name: self._row.localized(asked.field.name)
            for asked in fields
            if asked.field.is_translated
        }
        key_by_header = {column.header: column.key for column in columns}
        self.faults: dict[str, str] = {}
        for problem in self._problems:
            key = key_by_header[problem.column or ""]
            is_blank = not (texts.get(key) or "").strip()
            self.faults.setdefault(key, _BLANK if is_blank else _sentence(problem))

    def text(self, key: str) -> str | None:
        """Return the cleaned text of a field, None for a blank."""
        return self._row.text(key)

    def localized(self, name: str) -> Localized | None:
        """Return a text in its languages, None for a blank."""
        return self._localized[name]


def measure_typed(measure: MeasureDraft) -> dict[str, str]:
    """Return what the fields of a measure hold, by their key."""
    translated = {"title": measure.title, "summary": measure.summary}
    return {**_keyed(translated), "lead": measure.lead or "", "axis": measure.axis}


def indicator_typed(indicator: IndicatorDraft) -> dict[str, str]:
    """Return what the fields of an indicator hold, by their key."""
    return _keyed({name: getattr(indicator, name) for name in WORDING})


def digest_of(texts: Mapping[str, str], *, is_shipped: bool = False) -> str:
    """Return the mark of a stored content: another one means that somebody has changed it."""
    content = repr((sorted(texts.items()), is_shipped))
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]


_BLANK = "Ce champ est vide : remplissez-le."


def _asked(fields: Sequence[Field], names: Sequence[str]) -> list[TypedField]:
    known = {field.name: field for field in fields}
    return [TypedField(known[name], columns_of([known[name]])) for name in names]


def _keyed(texts: Mapping[str, Localized | None]) -> dict[str, str]:
    keyed = {name: (text or {}).get("fr", "") for name, text in texts.items()}
    return keyed | {f"{name}_en": (text or {}).get("en", "") for name, text in texts.items()}


def _sentence(problem: Problem) -> str:
    return f"{problem.what[:1].upper()}{problem.what[1:]}. {problem.remedy}"


TEXTS = ("title", "summary", "lead")
NEW_AXIS = ("axis", "axis_title")
KEYS = ("title", "title_en", "summary", "summary_en", "lead")
AXIS_KEYS = ("chosen_axis", "axis", "axis_title", "axis_title_en")
TRAVELLING = (*KEYS, *AXIS_KEYS, "code", "is_shipped", "digest")
"""What goes through the page that asks for a confirmation."""

BLANK = "Ce champ est vide : remplissez-le."
_GONE_AXIS = "Cet axe n'est plus dans le plan : choisissez-en un autre."


def kept_texts(stored: MeasureDraft) -> dict[str, str]:
    """Return what was typed, and the stored text of each field whose stored text is to be kept."""
    held = {**measure_typed(stored), "chosen_axis": stored.axis}
    kept = {key: held[key] for key in request.form.getlist("keep") if key in held}
    return {**request.form.to_dict(), **kept}


def typed_with_axis(
    fields: list[TypedField], texts: Mapping[str, str]
) -> tuple[AxisDraft | None, Typed, dict[str, str]]:
    """Return the axis that was chosen or named, what else was typed, and all faults."""
    draft = writer.draft_of(db.session())
    chosen = next((one for one in draft.axes if one.code == texts.get("chosen_axis")), None)
    asked = fields if chosen else [*fields, *measure_fields(*NEW_AXIS)]
    typed = Typed(asked, texts)
    faults = dict(typed.faults)
    if chosen:
        return chosen, typed, faults
    if texts.get("chosen_axis"):
        faults = {**Typed(fields, texts).faults, "chosen_axis": _GONE_AXIS}
        return None, typed, faults
    code, title = typed.text("axis"), typed.localized("axis_title")
    if code and any(folded(one.code) == folded(code) for one in draft.axes):
        faults["axis"] = f"L'axe « {code} » existe déjà : choisissez-le dans la liste."
    if title is None:
        faults.setdefault("axis_title", BLANK)
    return (AxisDraft(code, title) if code and title else None), typed, faults


def edited(before: MeasureDraft, typed: Typed, texts: Mapping[str, str]) -> MeasureDraft:
    """Return a measure with the texts that were typed."""
    changed = replace(
        before,
        title=typed.localized("title") or before.title,
        summary=typed.localized("summary"),
        lead=typed.text("lead"),
    )
    is_made_official = before.is_shipped and not texts.get("is_shipped")
    return drafts.as_official(changed) if is_made_official else changed


def known_axis(draft: PlanDraft, axis: AxisDraft) -> AxisDraft:
    """Return the axis as the plan has it, else as it was typed or stored."""
    return next((one for one in draft.axes if one.code == axis.code), axis)


def taken(code: str) -> str:
    """Return why a code can't be that of a new measure, nothing when it can."""
    if is_example(code):
        return "Ce code est réservé aux lignes d'exemple du modèle : choisissez-en un autre."
    if folded(code) == TOOL_CODE:
        return f"Le code « {code} » est celui de l'outil entier : choisissez-en un autre."
    found = queries.stored_measure(db.session(), code)
    if found is None:
        return ""
    if found.retired_at is not None:
        return (
            f"« {found.code} » est une mesure retirée : remettez-la, ou choisissez un autre code."
        )
    return f"Le code « {found.code} » est déjà celui d'une mesure : choisissez-en un autre."


def digest_of_measure(stored: MeasureDraft) -> str:
    """Return the mark of what the form of a measure is filled in from."""
    return digest_of(measure_typed(stored), is_shipped=stored.is_shipped)
