"""Reads a questionnaire's workbook: a whole outline, or all that is wrong with the file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from consultation.i18n import folded
from consultation.questionnaires import depending, soundness
from consultation.questionnaires.faults import Fault
from consultation.questionnaires.interchange_columns import (
    OPTION_COLUMNS,
    OPTIONS_SHEET,
    QUESTION_COLUMNS,
    QUESTIONS_SHEET,
)
from consultation.questionnaires.interchange_rows import Assembled, assemble
from consultation.questionnaires.outline import Outline
from consultation.sheets.cell_texts import plain_text
from consultation.sheets.columns import FileColumn
from consultation.sheets.problems import Problem, SheetRefused
from consultation.sheets.reading import UnreadableWorkbook, Workbook, read_workbook
from consultation.sheets.rows import Row, Sheet, Source

COLUMN_OF = {"section": "section", "condition": "condition_question", "options": "kind"}
"""The column of a part of a question that has no column of its own name."""


@dataclass(frozen=True)
class ReadOutline:
    """The outline of a file, and the columns in it that say nothing here."""

    outline: Outline
    unread: Sequence[str] = ()


def read_outline(path: Path, indicator_counts: Mapping[str, int]) -> ReadOutline:
    """Return the outline that an XLSX or ODS file holds; it has no fault.

    `indicator_counts` says how many indicators each measure in force has, by its code.  Raise
    `SheetRefused` with every fault found: a file with one fault gives nothing.
    """
    try:
        workbook = read_workbook(path)
    except UnreadableWorkbook as refusal:
        raise SheetRefused([Problem(path.name, None, None, None, str(refusal), "")]) from None
    problems: list[Problem] = []
    questions = _sheet(workbook, QUESTIONS_SHEET, QUESTION_COLUMNS, problems)
    options = _sheet(workbook, OPTIONS_SHEET, OPTION_COLUMNS, problems)
    found = assemble(_rows(questions), _rows(options), indicator_counts)
    if questions and options:
        _check(found, questions, options, indicator_counts)
    if problems:
        raise SheetRefused(_in_order(problems))
    return ReadOutline(found.outline, _unread(questions, options))


def _sheet(
    workbook: Workbook, name: str, columns: Sequence[FileColumn], problems: list[Problem]
) -> Sheet | None:
    """Return the sheet of that name, None when it is missing or lacks a column."""
    named = [sheet for sheet in workbook.sheets if folded(sheet) == folded(name)]
    if len(named) == 1:
        source = Source(workbook.filename, named[0], workbook.sheets[named[0]])
        sheet = Sheet(source, columns, problems)
        return sheet if sheet.is_whole else None
    present = ", ".join(f"« {sheet} »" for sheet in workbook.sheets) or "aucune"
    what = "est en double" if named else "manque"
    problems.append(
        Problem(
            workbook.filename,
            None,
            None,
            None,
            f"la feuille « {name} » {what} ; feuilles trouvées : {present}",
            f"Le classeur, XLSX ou ODS, doit avoir une feuille « {QUESTIONS_SHEET} » et une feuille"
            f" « {OPTIONS_SHEET} » : téléchargez le questionnaire pour en avoir le modèle.",
        )
    )
    return None


def _rows(sheet: Sheet | None) -> list[Row]:
    return [sheet.read(raw) for raw in sheet.raw_rows()] if sheet else []


def _check(
    found: Assembled, questions: Sheet, options: Sheet, indicator_counts: Mapping[str, int]
) -> None:
    """Note the faults of the outline at their rows.

    Those that may only follow from a row that could not be read are left for the next reading.
    """
    is_partly_read = bool(questions.problems)
    wrong, wrong_options = _rows_with_problems(questions), _rows_with_problems(options)
    halved = {
        plain_text(raw.cells["question"])
        for raw in options.raw_rows()
        if raw.number in wrong_options
    }
    unread = halved | {code for code, row in found.question_rows.items() if row.number in wrong}
    for fault in soundness.all_faults(found.outline, indicator_counts):
        row = _row_of(fault, found)
        is_doubtful = row.number in wrong if row else is_partly_read
        if fault.field == "options":
            is_doubtful = is_doubtful or fault.question in halved
        elif fault.field == "condition":
            path = depending.path_of(found.outline, fault.question or "")
            is_doubtful = not unread.isdisjoint(path)
        if not is_doubtful:
            _note(fault, row, questions)


def _rows_with_problems(sheet: Sheet) -> set[int | None]:
    name = sheet.source.sheet
    return {problem.row for problem in sheet.problems if problem.sheet == name}


def _row_of(fault: Fault, found: Assembled) -> Row | None:
    if fault.question is not None:
        return found.question_rows.get(fault.question)
    return found.section_rows.get(fault.section or "")


def _note(fault: Fault, row: Row | None, questions: Sheet) -> None:
    if row is None:
        questions.note(None, None, fault.what, fault.remedy)
        return
    is_section = fault.question is None and fault.field == "code"
    key = "section" if is_section else COLUMN_OF.get(fault.field, fault.field)
    row.note(key, fault.what, fault.remedy)


def _unread(*sheets: Sheet | None) -> tuple[str, ...]:
    """Name the columns that are no part of a questionnaire, so that nothing is left out unsaid."""
    return tuple(
        f"feuille « {sheet.source.sheet} », colonne « {header} »"
        for sheet in sheets
        if sheet is not None
        for header in sheet.unread_headers()
    )


def _in_order(problems: Sequence[Problem]) -> list[Problem]:
    def place(problem: Problem) -> tuple[bool, int]:
        is_second = folded(problem.sheet or "") == folded(OPTIONS_SHEET)
        return is_second, problem.row or 0

    return sorted(dict.fromkeys(problems), key=place)
