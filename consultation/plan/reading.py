"""Reads a plan's file: a whole draft, or all that is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from consultation.i18n import folded
from consultation.plan import assembling
from consultation.plan.columns import (
    COMBINED_INDICATOR_COLUMNS,
    COMBINED_MEASURE_COLUMNS,
    INDICATOR_COLUMNS,
    INDICATORS_SHEET,
    MEASURE_COLUMNS,
    MEASURES_SHEET,
)
from consultation.plan.drafts import PlanDraft
from consultation.plan.examples import EXAMPLES
from consultation.plan.tabling import indicator_rows, measure_rows
from consultation.sheets.cell_texts import plain_text
from consultation.sheets.columns import FileColumn
from consultation.sheets.problems import Problem, SheetRefused
from consultation.sheets.reading import UnreadableWorkbook, Workbook, read_workbook
from consultation.sheets.rows import Row, Sheet, Source

WORKBOOK_SUFFIXES = (".xlsx", ".ods")


@dataclass(frozen=True)
class _Parts:
    """The sheets that hold the measures and the indicators; None: missing, or not whole.

    In a CSV both are the same rows, seen through other columns.
    """

    measures: Sheet | None
    indicators: Sheet | None
    is_combined: bool


def read_plan(path: Path) -> PlanDraft:
    """Return the plan that an XLSX, ODS or CSV file holds.

    Raise `SheetRefused` with every fault found: a file with one fault gives nothing.
    """
    try:
        workbook = read_workbook(path)
    except UnreadableWorkbook as refusal:
        problem = Problem(path.name, None, None, None, str(refusal), "")
        raise SheetRefused([problem]) from None
    problems: list[Problem] = []
    parts = _parts(workbook, path, problems)
    draft = _draft(parts, _unread(workbook, parts), problems)
    if problems:
        raise SheetRefused(_in_order(problems))
    return draft


def _parts(workbook: Workbook, path: Path, problems: list[Problem]) -> _Parts:
    is_combined = _is_csv(workbook, path)
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


def _is_csv(workbook: Workbook, path: Path) -> bool:
    return list(workbook.sheets) == [path.stem] and path.suffix.lower() not in WORKBOOK_SUFFIXES


def _sheet(
    workbook: Workbook, name: str, columns: Sequence[FileColumn], problems: list[Problem]
) -> Sheet | None:
    found = [sheet for sheet in workbook.sheets if folded(sheet) == folded(name)]
    if len(found) == 1:
        source = Source(workbook.filename, found[0], workbook.sheets[found[0]])
        return _whole(Sheet(source, columns, problems))
    names = ", ".join(f"« {sheet} »" for sheet in workbook.sheets) or "aucune"
    what = "manque" if not found else "est en double"
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
    described = assembling.indicators(_indicator_rows(parts), known)
    axis_by_code = assembling.axes(rows)
    measures = assembling.measures(rows, axis_by_code, described)
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
    raws = assembling.first_rows(sheet) if parts.is_combined else sheet.raw_rows()
    return assembling.without_examples(map(sheet.read, raws), measure_rows(EXAMPLES))


def _indicator_rows(parts: _Parts) -> list[Row]:
    sheet = parts.indicators
    if sheet is None:
        return []
    raws = assembling.rows_with_indicators(sheet) if parts.is_combined else sheet.raw_rows()
    return assembling.without_examples(map(sheet.read, raws), indicator_rows(EXAMPLES))


def _unread(workbook: Workbook, parts: _Parts) -> tuple[str, ...]:
    """Name the columns that are no part of a plan, so that nothing is left out unsaid."""
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
    """Return the problems by place, each once: a CSV is read through two sets of columns."""

    def place(problem: Problem) -> tuple[bool, int]:
        is_second = problem.sheet is not None and folded(problem.sheet) != folded(MEASURES_SHEET)
        return is_second, problem.row or 0

    return sorted(dict.fromkeys(problems), key=place)
