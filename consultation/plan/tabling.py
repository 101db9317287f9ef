"""A plan as the tables of a file: the same columns for the template, the export and the reader."""

from collections.abc import Iterator, Mapping, Sequence

from consultation.plan.columns import (
    COMBINED_INDICATOR_COLUMNS,
    COMBINED_MEASURE_COLUMNS,
    INDICATOR_COLUMNS,
    INDICATORS_SHEET,
    MEASURE_COLUMNS,
    MEASURES_SHEET,
)
from consultation.plan.drafts import AxisDraft, IndicatorDraft, MeasureDraft, PlanDraft
from consultation.sheets.columns import FileColumn, Holds
from consultation.sheets.tables import Column, Table

Texts = Mapping[str, str]
"""The texts of one row of a file, by the key of their column."""

COMBINED_SHEET = "Plan"

_CODES = "ABCDEFGHI"[[column.key for column in MEASURE_COLUMNS].index("code")]
MEASURE_CODES = f"'{MEASURES_SHEET}'!${_CODES}$2:${_CODES}$501"
"""Where the codes of the measures stand, offered to the indicators."""

_INDICATOR_PART = tuple(
    column for column in COMBINED_INDICATOR_COLUMNS if column.field.name != "measure"
)


def measure_texts(measure: MeasureDraft, axis: AxisDraft) -> Texts:
    """Return what the row of a measure holds."""
    return _texts({**vars(measure), "axis_title": axis.title}, MEASURE_COLUMNS)


def indicator_texts(indicator: IndicatorDraft, measure: MeasureDraft) -> Texts:
    """Return what the row of an indicator holds."""
    return _texts({**vars(indicator), "measure": measure.code}, INDICATOR_COLUMNS)


def measure_rows(draft: PlanDraft) -> list[Texts]:
    """Return the rows of the measures, in order."""
    axes = {axis.code: axis for axis in draft.axes}
    return [measure_texts(measure, axes[measure.axis]) for measure in draft.measures]


def indicator_rows(draft: PlanDraft) -> list[Texts]:
    """Return the rows of the indicators, measure by measure."""
    return [
        indicator_texts(indicator, measure)
        for measure in draft.measures
        for indicator in measure.indicators
    ]


def tables(draft: PlanDraft) -> list[Table]:
    """Return the sheets *Mesures* and *Indicateurs* of a plan."""
    return [
        _table(MEASURES_SHEET, MEASURE_COLUMNS, measure_rows(draft)),
        _table(INDICATORS_SHEET, INDICATOR_COLUMNS, indicator_rows(draft)),
    ]


def combined_table(draft: PlanDraft) -> Table:
    """Return the one sheet of a CSV: a row for each indicator, or for a measure without any."""
    columns = _columns(COMBINED_MEASURE_COLUMNS) + _columns(_INDICATOR_PART)
    rows = [
        _cells(first, MEASURE_COLUMNS) + _cells(second, _INDICATOR_PART)
        for first, second in _pairs(draft)
    ]
    return Table(COMBINED_SHEET, columns, lambda: rows)


def _pairs(draft: PlanDraft) -> Iterator[tuple[Texts, Texts]]:
    """Yield the two parts of each row; a measure speaks on its first row, then only by its code."""
    for measure, texts in zip(draft.measures, measure_rows(draft), strict=True):
        rows = [indicator_texts(indicator, measure) for indicator in measure.indicators] or [{}]
        yield texts, rows[0]
        for row in rows[1:]:
            yield {"code": measure.code}, row


def _texts(values: Mapping[str, object], columns: Sequence[FileColumn]) -> Texts:
    return {column.key: _text(values[column.field.name], column.locale) for column in columns}


def _text(value: object, locale: str) -> str:
    if isinstance(value, Mapping):
        return str(value.get(locale) or "")
    return str(value) if value else ""


def _table(name: str, columns: Sequence[FileColumn], rows: Sequence[Texts]) -> Table:
    return Table(name, _columns(columns), lambda: [_cells(row, columns) for row in rows])


def _columns(columns: Sequence[FileColumn]) -> list[Column]:
    return [
        Column(
            column.header,
            column.field.width,
            column.field.note,
            choices_from=MEASURE_CODES if column.key == "measure" else "",
            is_text=column.field.holds in (Holds.CODE, Holds.FIGURE),
        )
        for column in columns
    ]


def _cells(texts: Texts, columns: Sequence[FileColumn]) -> list[str | None]:
    return [texts.get(column.key) or None for column in columns]
