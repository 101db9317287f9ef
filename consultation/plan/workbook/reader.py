"""Reader of the plan file: turns it into a draft of the plan, or lists its errors."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from consultation.i18n import DEFAULT_LOCALE, LOCALES, folded, key_of
from consultation.plan.drafts import AxisDraft, IndicatorDraft, MeasureDraft, PlanDraft
from consultation.plan.measurement import texts as measurement_texts
from consultation.plan.measurement.texts import TEXT_OF_POINT
from consultation.plan.models import Point
from consultation.plan.workbook.columns import (
    COMBINED_INDICATOR_COLUMNS,
    COMBINED_MEASURE_COLUMNS,
    INDICATOR_COLUMNS,
    INDICATORS_SHEET,
    MEASURE_COLUMNS,
    MEASURES_SHEET,
    TOOL_CODE,
)
from consultation.plan.workbook.examples import EXAMPLES, is_example
from consultation.plan.workbook.writer import Texts, indicator_rows, measure_rows
from consultation.records.files import values_of
from consultation.spreadsheets.reader.problems import Problem, SheetRefused
from consultation.spreadsheets.reader.rows import (
    FileColumn,
    RawRow,
    Row,
    Sheet,
    Source,
    is_csv,
    is_doubtful_percentage,
    plain_text,
)
from consultation.spreadsheets.reader.workbook import Workbook, read_or_refuse

Described = Mapping[str, Sequence[IndicatorDraft]]
"""The indicators of each measure, by its folded code."""

_FIGURES = tuple(TEXT_OF_POINT.values())
_VALUES = tuple(f"{point.value}_value" for point in Point)


def first_rows(sheet: Sheet) -> Iterator[RawRow]:
    """Yield the first row of each measure of a CSV, noting later ones that contradict it."""
    first_by_code: dict[str, RawRow] = {}
    for raw in sheet.raw_rows():
        code = folded(plain_text(raw.cells["code"]))
        first = first_by_code.setdefault(code, raw) if code else raw
        if first is raw:
            yield raw
            continue
        for key, cell in raw.cells.items():
            text = plain_text(cell)
            if key != "code" and text and text != plain_text(first.cells[key]):
                sheet.note(
                    raw.number,
                    key,
                    f"le texte n'est pas celui de la ligne {first.number}, "
                    "la première de la même mesure",
                    "Écrivez-le sur la première ligne ; "
                    "sur les suivantes, laissez-le vide ou identique.",
                )


def rows_with_indicators(sheet: Sheet) -> Iterator[RawRow]:
    """Yield the rows of a CSV that hold an indicator."""
    for raw in sheet.raw_rows():
        if any(plain_text(cell) for key, cell in raw.cells.items() if key != "measure"):
            yield raw


def without_examples(rows: Iterable[Row], examples: Sequence[Texts]) -> list[Row]:
    """Return the rows that are no examples, noting examples that were edited in the file."""
    kept = []
    for row in rows:
        if not is_example(row.text("code") or ""):
            kept.append(row)
        elif not any(_is_unchanged(row, example) for example in examples):
            row.note(
                "code",
                "cette ligne d'exemple a été modifiée, mais garde son code d'exemple",
                "Donnez-lui son vrai code, ou supprimez la ligne.",
            )
    return kept


def axes(rows: Sequence[Row]) -> dict[str, AxisDraft]:
    """Return the axes by their folded code, in the order of the file."""
    first_by_code: dict[str, Row] = {}
    for row in rows:
        if code := row.text("axis"):
            first_by_code.setdefault(folded(code), row)
    titles = {tag: _axis_titles(rows, key_of("axis_title", tag)) for tag in LOCALES}
    axis_by_code = {}
    for code, row in first_by_code.items():
        written = {tag: it[code] for tag, it in titles.items() if it.get(code)}
        if DEFAULT_LOCALE not in written:
            _note_axis_without_title(row, rows)
        axis_by_code[code] = AxisDraft(row.text("axis") or "", written)
    return axis_by_code


def measure_drafts(
    rows: Sequence[Row], axis_by_code: Mapping[str, AxisDraft], described: Described
) -> tuple[MeasureDraft, ...]:
    """Return the measures, each with its indicators, noting codes that occur twice."""
    check_codes(rows)
    drafts = []
    for row in rows:
        code, axis = row.text("code"), row.text("axis")
        if code and folded(code) == TOOL_CODE:
            what = f"le code « {code} » est celui de l'ensemble des indicateurs"
            row.note("code", what, "Choisissez un autre code.")
        values = values_of(row, MeasureDraft, {})
        if code and axis and values["title"]:
            draft = MeasureDraft(
                **values,
                axis=axis_by_code[folded(axis)].code,
                keeps_tags="tags" not in row.raw.cells,
                indicators=tuple(described.get(folded(code), ())),
            )
            drafts.append(draft)
    return tuple(drafts)


def indicators(rows: Sequence[Row], known: Collection[str] | None) -> Described:
    """Return the indicators by the folded code of their measure.

    `known` holds the folded codes of the file's measures, None when they could not be read.
    """
    check_codes(rows)
    described: dict[str, list[IndicatorDraft]] = {}
    for row in rows:
        measure, draft = row.text("measure"), _indicator(row)
        if measure and known is not None and folded(measure) not in known:
            row.note(
                "measure",
                f"aucune mesure ne porte le code « {measure} »",
                "Corrigez ce code, ou ajoutez la mesure dans la feuille « Mesures ».",
            )
        elif measure and draft:
            described.setdefault(folded(measure), []).append(draft)
    return described


def check_codes(rows: Sequence[Row]) -> None:
    """Note each code that an earlier row already has, whatever its case."""
    row_by_code: dict[str, Row] = {}
    for row in rows:
        code = row.text("code")
        if not code:
            continue
        first = row_by_code.setdefault(folded(code), row)
        if first is not row:
            row.note(
                "code",
                f"le code « {code} » est déjà celui de la ligne {first.number}",
                _code_remedy(row),
            )


def _code_remedy(row: Row) -> str:
    remedy = "Donnez à chaque ligne un code à elle, ou supprimez la ligne en trop."
    if isinstance(row.raw.cells.get("code"), str):
        return remedy
    return f"{remedy} Dans une cellule qui n'est pas au format Texte, « 1.10 » devient « 1.1 »."


def _is_unchanged(row: Row, example: Texts) -> bool:
    return all(example.get(key, "") == text for key, text in row.texts.items())


def _axis_titles(rows: Sequence[Row], key: str) -> dict[str, str]:
    """Return the titles by the folded code of their axis, noting an axis that has two."""
    row_by_axis: dict[str, Row] = {}
    for row in rows:
        code, title = row.text("axis"), row.text(key)
        if not code or not title:
            continue
        first = row_by_axis.setdefault(folded(code), row)
        if title != first.text(key):
            row.note(
                key,
                f"l'axe « {code} » a un autre intitulé sur la ligne {first.number}",
                "Gardez le même intitulé pour toutes les lignes d'un axe, "
                "ou ne l'écrivez qu'une fois.",
            )
    return {code: row.texts[key] for code, row in row_by_axis.items()}


def _note_axis_without_title(first: Row, rows: Sequence[Row]) -> None:
    """Note an axis without a title, unless it has one that was refused for another error."""
    code = first.texts["axis"]
    if not any(
        plain_text(row.raw.cells["axis_title"])
        for row in rows
        if folded(row.text("axis") or "") == folded(code)
    ):
        first.note(
            "axis_title",
            f"l'axe « {code} » n'a d'intitulé sur aucune ligne",
            "Écrivez-le au moins une fois.",
        )


def _indicator(row: Row) -> IndicatorDraft | None:
    values = values_of(row, IndicatorDraft, {})
    _check_percentages(row)
    measurement = measurement_texts.read(
        row.texts, lambda key, refused: row.note(key, refused.what, refused.remedy)
    )
    if not values["code"] or not values["label"] or measurement is None:
        return None
    return IndicatorDraft(
        **values,
        measurement=measurement,
        keeps_measurement=not set(measurement_texts.FIELDS) & set(row.raw.cells),
    )


def _check_percentages(row: Row) -> None:
    for key in (*(key_of(name, tag) for name in _FIGURES for tag in LOCALES), *_VALUES):
        cell = row.raw.cells.get(key)
        if is_doubtful_percentage(cell, row.text("unit") or ""):
            row.note(
                key,
                f"le nombre {row.text(key)} est peut-être un pourcentage, "
                "qu'un tableur enregistre divisé par cent",
                "Mettez la cellule au format Texte, puis écrivez la valeur en toutes lettres, "
                "par exemple « 19 % » ou « 0,19 ».",
            )


@dataclass(frozen=True)
class _Parts:
    """Sheets of the measures and of the indicators; None when missing or not whole.

    In a CSV both are the same rows, read by other columns.
    """

    measures: Sheet | None
    indicators: Sheet | None
    is_combined: bool


def read_plan(path: Path) -> PlanDraft:
    """Return the plan that an XLSX, ODS or CSV file holds.

    Raise `SheetRefused` with all errors: a file with one error gives nothing.
    """
    workbook = read_or_refuse(path)
    problems: list[Problem] = []
    parts = _parts(workbook, path, problems)
    draft = _draft(parts, _unread_columns(workbook, parts), problems)
    if problems:
        raise SheetRefused(_in_order(problems))
    return draft


def _parts(workbook: Workbook, path: Path, problems: list[Problem]) -> _Parts:
    is_combined = is_csv(workbook, path)
    if is_combined:
        source = Source(workbook.filename, None, workbook.sheets[path.stem])
        measures = Sheet(source, COMBINED_MEASURE_COLUMNS, problems)
        indicators = Sheet(source, COMBINED_INDICATOR_COLUMNS, problems)
        return _Parts(_whole(measures), _whole(indicators), is_combined)
    return _Parts(
        _sheet(workbook, MEASURES_SHEET, MEASURE_COLUMNS, problems),
        _sheet(workbook, INDICATORS_SHEET, INDICATOR_COLUMNS, problems),
        is_combined,
    )


def _sheet(
    workbook: Workbook, name: str, columns: Sequence[FileColumn], problems: list[Problem]
) -> Sheet | None:
    matches = [sheet for sheet in workbook.sheets if folded(sheet) == folded(name)]
    if len(matches) == 1:
        source = Source(workbook.filename, matches[0], workbook.sheets[matches[0]])
        return _whole(Sheet(source, columns, problems))
    names = ", ".join(f"« {sheet} »" for sheet in workbook.sheets) or "aucune"
    what = "manque" if not matches else "est en double"
    problems.append(
        Problem(
            workbook.filename,
            None,
            None,
            None,
            f"la feuille « {name} » {what} ; feuilles trouvées : {names}",
            f"Le classeur doit avoir une feuille « {MEASURES_SHEET} » "
            f"et une feuille « {INDICATORS_SHEET} » : renommez les vôtres ainsi.",
        )
    )
    return None


def _whole(sheet: Sheet) -> Sheet | None:
    return sheet if sheet.is_whole else None


def _draft(parts: _Parts, unread: tuple[str, ...], problems: list[Problem]) -> PlanDraft:
    rows = _measure_rows(parts)
    known = {folded(plain_text(row.raw.cells["code"])) for row in rows} if parts.measures else None
    described = indicators(_indicator_rows(parts), known)
    axis_by_code = axes(rows)
    measures = measure_drafts(rows, axis_by_code, described)
    if parts.measures and not rows and not problems:
        parts.measures.note(
            None,
            None,
            "aucune mesure n'est remplie",
            "Écrivez une mesure par ligne, sous les en-têtes. "
            "Les lignes d'exemple du modèle ne comptent pas.",
        )
    return PlanDraft(tuple(axis_by_code.values()), measures, unread)


def _measure_rows(parts: _Parts) -> list[Row]:
    sheet = parts.measures
    if sheet is None:
        return []
    raws = first_rows(sheet) if parts.is_combined else sheet.raw_rows()
    return without_examples(map(sheet.read, raws), measure_rows(EXAMPLES))


def _indicator_rows(parts: _Parts) -> list[Row]:
    sheet = parts.indicators
    if sheet is None:
        return []
    raws = rows_with_indicators(sheet) if parts.is_combined else sheet.raw_rows()
    return without_examples(map(sheet.read, raws), indicator_rows(EXAMPLES))


def _unread_columns(workbook: Workbook, parts: _Parts) -> tuple[str, ...]:
    """Name, in French, the columns that are not of a plan: none is ignored silently."""
    sheets = [sheet for sheet in (parts.measures, parts.indicators) if sheet is not None]
    if parts.is_combined and len(sheets) == 2:
        others = set(sheets[1].unread_headers())
        return tuple(f"colonne « {name} »" for name in sheets[0].unread_headers() if name in others)
    return tuple(
        f"feuille « {sheet.source.sheet} », colonne « {name} »"
        for sheet in sheets
        for name in sheet.unread_headers()
    )


def _in_order(problems: Sequence[Problem]) -> list[Problem]:
    """Sort the problems by place, without duplicates: a CSV is read by two sets of columns."""

    def place(problem: Problem) -> tuple[bool, int]:
        is_second = problem.sheet is not None and folded(problem.sheet) != folded(MEASURES_SHEET)
        return is_second, problem.row or 0

    return sorted(dict.fromkeys(problems), key=place)
