"""Annotation of an uploaded workbook: its errors marked and explained in the cells."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from xlsxwriter import Workbook as Written
from xlsxwriter.worksheet import Worksheet

from consultation.i18n import folded
from consultation.spreadsheets.cells import MAX_TEXT, Cell, plain, utf16_length
from consultation.spreadsheets.reader.problems import Problem
from consultation.spreadsheets.reader.rows import plain_text
from consultation.spreadsheets.reader.workbook import CellValue, Workbook
from consultation.spreadsheets.table import FORBIDDEN_IN_NAMES, MAX_NAME, RESERVED_NAMES, WRAP_FROM
from consultation.spreadsheets.xlsx.rows import Formats
from consultation.spreadsheets.xlsx.writer import PlainWorksheet, formats_of, opened, write_cell
from consultation.text import capitalized
from consultation.web.typography import counted

ERRORS_SHEET = "Erreurs"
HEADERS = ("Feuille", "Ligne", "Colonne", "Erreur", "Que faire")
WIDTHS = (16, 8, 26, 60, 60)
RED = "#F8CFCB"
NARROWEST, WIDEST = 12, 60
ROWS_MEASURED = 200
"""How many rows set the width of a column."""

COMMENT_SIZE = {"width": 320, "height": 130}
CUT = "Ce texte est coupé ici : une cellule ne peut pas en contenir davantage."

Rows = Sequence[Sequence[CellValue]]
Place = tuple[int, int]
"""A row and a column, both counted from zero."""


@dataclass(frozen=True)
class _CellFormats:
    """The formats of cells: for texts and for other values, as they were or marked."""

    text: Formats
    other: Formats
    wrong_text: Formats
    wrong: Formats


def annotate(workbook: Workbook, problems: Sequence[Problem], path: Path) -> None:
    """Write an XLSX file with the sheets of `workbook`, its wrong cells in red and commented.

    An error is marked in the cell that it names; one that only has a row, in the row's first cell;
    one that has neither is only in the first sheet, which lists them all.  Cells are typed and
    never formulas.  Corrected, the file can be read like the one that it comes from; that of a
    CSV has its one sheet, to be saved as CSV again.  Raise OSError.
    """
    sheets = {name: rows for name, rows in workbook.sheets.items() if not _is_ours(name, rows)}
    names = _names(sheets)
    notes = _notes(sheets, problems)
    with opened(path) as written:
        formats = _cell_formats(written)
        _write_errors(written, workbook, problems, formats)
        for name, rows in sheets.items():
            sheet = written.add_worksheet(names[name], worksheet_class=PlainWorksheet)
            _write_rows(sheet, rows, notes[name], formats)


def is_csv(workbook: Workbook) -> bool:
    """Whether the file has only one sheet, named after the file, as the reader does for CSV."""
    name = Path(workbook.filename)
    return list(workbook.sheets) == [name.stem] and name.suffix.lower() not in (".xlsx", ".ods")


def _is_ours(name: str, rows: Rows) -> bool:
    """Whether a sheet is the list of errors of an earlier annotation of the file."""
    is_named_so = folded(name).startswith(folded(ERRORS_SHEET))
    return is_named_so and any(list(row[: len(HEADERS)]) == list(HEADERS) for row in rows[:6])


def _names(sheets: Mapping[str, Rows]) -> dict[str, str]:
    """Return unique names that XLSX accepts, by the name in the file."""
    taken = {ERRORS_SHEET.casefold(), *RESERVED_NAMES}
    names = {}
    for name in sheets:
        kept = "".join("_" if character in FORBIDDEN_IN_NAMES else character for character in name)
        base = str(plain(kept) or "").strip("'").strip() or "Feuille"
        chosen, number = _cut(base, MAX_NAME), 1
        while chosen.casefold() in taken:
            number += 1
            ending = f" ({number})"
            chosen = _cut(base, MAX_NAME - len(ending)) + ending
        taken.add(chosen.casefold())
        names[name] = chosen
    return names


def _notes(
    sheets: Mapping[str, Rows], problems: Sequence[Problem]
) -> dict[str, dict[Place, list[str]]]:
    """Return the comments of each cell of each sheet."""
    notes: dict[str, dict[Place, list[str]]] = {name: {} for name in sheets}
    columns = {name: _columns(rows) for name, rows in sheets.items()}
    for problem in problems:
        name = _sheet_of(problem, sheets)
        if name is None or problem.row is None:
            continue
        column = columns[name].get(folded(problem.column or ""), 0)
        notes[name].setdefault((problem.row - 1, column), []).append(_sentence(problem))
    return notes


def _sheet_of(problem: Problem, sheets: Mapping[str, Rows]) -> str | None:
    """Return the sheet that a problem names; that of a CSV has no name."""
    if problem.sheet is None:
        return next(iter(sheets)) if len(sheets) == 1 else None
    return next((name for name in sheets if folded(name) == folded(problem.sheet)), None)


def _columns(rows: Rows) -> dict[str, int]:
    """Return the place of each header, in the first row that is not blank."""
    header = next((row for row in rows if any(plain_text(cell) for cell in row)), ())
    places: dict[str, int] = {}
    for place, cell in enumerate(header):
        if text := plain_text(cell):
            places.setdefault(folded(text), place)
    return places


def _sentence(problem: Problem) -> str:
    what = capitalized(problem.what)
    return f"{what}. {problem.remedy}" if problem.remedy else what


def _cell_formats(written: Written) -> _CellFormats:
    return _CellFormats(
        text=formats_of(written, {"num_format": "@"}),
        other=formats_of(written),
        wrong_text=formats_of(written, {"num_format": "@", "bg_color": RED}),
        wrong=formats_of(written, {"bg_color": RED}),
    )


def _write_errors(
    written: Written, workbook: Workbook, problems: Sequence[Problem], formats: _CellFormats
) -> None:
    sheet = written.add_worksheet(ERRORS_SHEET, worksheet_class=PlainWorksheet)
    for place, width in enumerate(WIDTHS):
        sheet.set_column(place, place, width)
    lines = list(_preface(workbook, problems))
    for number, line in enumerate(lines):
        write_cell(sheet, (number, 0), plain(line), "other" if number else "title", formats.other)
    for place, header in enumerate(HEADERS):
        sheet.write_string(len(lines), place, header, formats.other["header"])
    for number, problem in enumerate(problems, start=len(lines) + 1):
        cells = (problem.sheet, problem.row, problem.column, problem.what, problem.remedy)
        for place, cell in enumerate(cells):
            value, _ = _fitting(cell)
            look = "wrapped" if WIDTHS[place] >= WRAP_FROM else "text"
            write_cell(sheet, (number, place), value, look, formats.other)
    sheet.freeze_panes(len(lines) + 1, 0)
    sheet.autofilter(len(lines), 0, len(lines) + max(len(problems), 1), len(HEADERS) - 1)


def _preface(workbook: Workbook, problems: Sequence[Problem]) -> Iterator[str]:
    count = len(problems)
    yield f"{counted(count, 'erreur', 'erreurs')} dans « {workbook.filename} »"
    yield (
        "Les cellules à corriger sont en rouge dans les feuilles qui suivent ; chacune porte en "
        "commentaire l'erreur et ce qu'il faut faire."
    )
    if is_csv(workbook):
        yield (
            "Ce fichier était un CSV : une fois la feuille corrigée, enregistrez-la au format CSV "
            "(UTF-8), puis envoyez ce nouveau fichier."
        )
    else:
        yield "Corrigez, enregistrez, puis envoyez ce classeur : cette feuille-ci n'est pas lue."


def _write_rows(
    sheet: Worksheet, rows: Rows, notes: Mapping[Place, Sequence[str]], formats: _CellFormats
) -> None:
    widths = _widths(rows)
    for place, width in enumerate(widths):
        is_text = _holds_only_texts([row[place] for row in rows])
        sheet.set_column(place, place, width, formats.text["other"] if is_text else None)
    by_row: dict[int, dict[int, list[str]]] = {}
    for (number, place), notes_of_cell in notes.items():
        by_row.setdefault(number, {})[place] = list(notes_of_cell)
    for number, row in enumerate(rows):
        _write_row(sheet, number, row, by_row.get(number, {}), formats)
    sheet.freeze_panes(_header_number(rows), 0)


def _write_row(
    sheet: Worksheet,
    number: int,
    row: Sequence[CellValue],
    notes: Mapping[int, list[str]],
    formats: _CellFormats,
) -> None:
    for place, cell in enumerate(row):
        value, is_cut = _fitting(cell)
        comments = [*notes.get(place, ()), *([CUT] if is_cut else [])]
        if comments:
            _mark(sheet, (number, place), value, comments, formats)
        elif value is not None:
            by_name = formats.text if isinstance(value, str) else formats.other
            write_cell(sheet, (number, place), value, "wrapped", by_name)


def _mark(
    sheet: Worksheet, place: Place, value: Cell, comments: Sequence[str], formats: _CellFormats
) -> None:
    """Write a cell in red; as a text, unless it holds a date, so that corrections stay as typed."""
    if value is None:
        sheet.write_blank(*place, None, formats.wrong_text["other"])
    else:
        is_typed = isinstance(value, str | int | float) and not isinstance(value, bool)
        by_name = formats.wrong_text if is_typed else formats.wrong
        write_cell(sheet, place, value, "wrapped", by_name)
    comment, _ = _fitting("\n\n".join(dict.fromkeys(comments)))
    sheet.write_comment(*place, comment, COMMENT_SIZE)


def _fitting(cell: CellValue) -> tuple[Cell, bool]:
    """Return a cell as XLSX can hold it, and whether its text was cut."""
    value = plain(cell)
    if isinstance(value, str) and utf16_length(value) > MAX_TEXT:
        return _cut(value, MAX_TEXT), True
    return value, False


def _cut(text: str, units: int) -> str:
    """Return the beginning of a text, of at most `units` UTF-16 units."""
    return text.encode("utf-16-le")[: units * 2].decode("utf-16-le", "ignore")


def _header_number(rows: Rows) -> int:
    filled = (
        number for number, row in enumerate(rows, start=1) if any(plain_text(cell) for cell in row)
    )
    return next(filled, 0)


def _widths(rows: Rows) -> list[int]:
    return [
        min(WIDEST, max(NARROWEST, *(len(plain_text(cell)) for cell in column)) + 2)
        for column in zip(*rows[:ROWS_MEASURED], strict=False)
    ]


def _holds_only_texts(column: Sequence[CellValue]) -> bool:
    """Whether a column holds texts and nothing else; its blanks are then formatted as texts."""
    return {isinstance(cell, str) for cell in column if cell is not None} == {True}
