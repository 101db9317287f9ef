"""What somebody types of a measure or an indicator on a page, under the rules of the file."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from consultation.i18n import Localized
from consultation.plan.columns import INDICATOR_FIELDS, MEASURE_FIELDS
from consultation.plan.drafts import IndicatorDraft, MeasureDraft
from consultation.plan.placing import WORDING
from consultation.sheets.columns import Field, FileColumn, Holds, columns_of
from consultation.sheets.problems import Problem
from consultation.sheets.rows import RawRow, Sheet, Source

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
