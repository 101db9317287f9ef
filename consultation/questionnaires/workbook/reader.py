"""Questionnaire reader: a workbook to an outline, or its faults."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from consultation.i18n import folded
from consultation.questionnaires.kinds.numbers import parse
from consultation.questionnaires.models import Destination
from consultation.questionnaires.outline import question_validation, validation
from consultation.questionnaires.outline.errors import OutlineError, check_code
from consultation.questionnaires.outline.model import (
    Condition,
    Outline,
    OutlineOption,
    OutlineQuestion,
    OutlineSection,
    Scope,
)
from consultation.questionnaires.outline.question_validation import ENDS
from consultation.questionnaires.workbook.columns import (
    CHOICES,
    DESTINATION_OF,
    FLAGS,
    KIND_OF,
    OPTION_COLUMNS,
    OPTIONS_SHEET,
    QUESTION_COLUMNS,
    QUESTIONS_SHEET,
    SCOPE_OF,
    SECTION_KEYS,
    TRUTH_OF,
)
from consultation.spreadsheets.reader.problems import Problem, SheetRefused
from consultation.spreadsheets.reader.rows import FileColumn, Row, Sheet, Source, plain_text
from consultation.spreadsheets.reader.workbook import UnreadableWorkbook, Workbook, read_workbook

SHOWN = 80
QUESTION_KEYS = [
    column.key
    for column in QUESTION_COLUMNS
    if column.key != "section" and column.key not in SECTION_KEYS
]
_SEPARATORS = re.compile(r"[,;\s]+")
Meant = TypeVar("Meant")


@dataclass
class Assembled:
    """The outline that rows make as far as they can be read, and the row of each thing."""

    outline: Outline = field(default_factory=Outline)
    section_rows: dict[str, Row] = field(default_factory=dict)
    question_rows: dict[str, Row] = field(default_factory=dict)


def assemble(rows: Sequence[Row], option_rows: Sequence[Row], measures: Iterable[str]) -> Assembled:
    """Return the outline of the rows of both sheets; what is wrong in one is noted at it.

    `measures` are the codes of those in force, which a row may write in another case.
    """
    found = Assembled()
    code_by_folded = {folded(code): code for code in measures}
    sections: dict[str, OutlineSection] = {}
    for row in rows:
        code, question = row.text("section"), _question(row, found.question_rows)
        if code is None:
            continue
        first = found.section_rows.setdefault(code, row)
        if first is row:
            sections[code] = _section(code, row, code_by_folded)
        else:
            _check_same(row, first)
        if question is not None:
            known = sections[code]
            sections[code] = replace(known, questions=(*known.questions, question))
    options = _options(option_rows, found.question_rows if rows else None)
    found.outline = Outline(tuple(_with_options(one, options) for one in sections.values()))
    return found


def _section(code: str, row: Row, code_by_folded: Mapping[str, str]) -> OutlineSection:
    if not plain_text(row.raw.cells.get("scope")):
        row.note("scope", "la portée de la rubrique n'est pas dite", _one_of("scope"))
    written = _listed(row, "measures")
    return OutlineSection(
        code=code,
        scope=_word(row, "scope", SCOPE_OF) or Scope.MEASURE,
        title=row.localized("title"),
        intro=row.localized("intro"),
        measures=tuple(dict.fromkeys(code_by_folded.get(folded(one), one) for one in written)),
    )


def _check_same(row: Row, first: Row) -> None:
    for key in SECTION_KEYS:
        text = row.text(key)
        if text and text != first.text(key):
            row.note(
                key,
                f"ce n'est pas ce que dit la ligne {first.number}, la première de la même rubrique",
                "Écrivez-le sur la première ligne ; laissez les suivantes vides ou identiques.",
            )


def _question(row: Row, question_rows: dict[str, Row]) -> OutlineQuestion | None:
    """Return the question of a row, if it holds one whose kind can be told."""
    if not any(plain_text(row.raw.cells.get(key)) for key in QUESTION_KEYS):
        return None
    code = _new_code(row, question_rows)
    if code is None:
        return None
    if not plain_text(row.raw.cells.get("kind")):
        row.note("kind", "la sorte de la question n'est pas dite", _one_of("kind"))
    kind = _word(row, "kind", KIND_OF)
    if kind is None:
        return None
    return OutlineQuestion(
        code=code,
        kind=kind,
        label=row.localized("label") or {},
        destination=_word(row, "destination", DESTINATION_OF) or Destination.ANSWER,
        hint=row.localized("hint"),
        is_required=bool(_word(row, "is_required", TRUTH_OF)),
        needs_care=bool(_word(row, "needs_care", TRUTH_OF)),
        settings=_settings(row),
        condition=_condition(row),
    )


def _new_code(row: Row, question_rows: dict[str, Row]) -> str | None:
    """Return the code of a question, which no earlier row has; note what is wrong with it."""
    code = row.text("code")
    if code is None:
        if not plain_text(row.raw.cells.get("code")):
            row.note("code", "la question n'a pas de code", "Donnez-lui en un, à elle seule.")
        return None
    first = question_rows.setdefault(code, row)
    if first is row:
        return code
    row.note(
        "code",
        f"le code « {code} » est déjà celui de la question de la ligne {first.number}",
        "Donnez un autre code à l'une des deux, ou supprimez une ligne.",
    )
    return None


def _settings(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = {name: _number(row, name) for name in ("minimum", "maximum")}
    found |= {name: row.localized(name) for name in ENDS}
    found |= {name: True for name in FLAGS if _word(row, name, TRUTH_OF)}
    return {name: value for name, value in found.items() if value is not None}


def _number(row: Row, key: str) -> float | None:
    text = row.text(key)
    if text is None:
        return None
    number = parse(text)
    if number is None:
        row.note(
            key,
            f"« {text[:SHOWN]} » n'est pas un nombre",
            "Écrivez-le en chiffres, par exemple 12 ou 3,5, ou laissez vide.",
        )
        return None
    return int(number) if number.is_integer() else number


def _condition(row: Row) -> Condition | None:
    question, codes = row.text("condition_question"), _listed(row, "condition_options")
    if question is None:
        if codes and not plain_text(row.raw.cells.get("condition_question")):
            row.note(
                "condition_question",
                "des réponses sont données sans la question dont celle-ci dépend",
                "Écrivez le code de cette question, ou effacez les réponses.",
            )
        return None
    return Condition(question, tuple(codes))


def _listed(row: Row, key: str) -> list[str]:
    """Return the codes of a cell; a number of the spreadsheet is one code, or two with a comma."""
    cell = row.raw.cells.get(key)
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    text = plain_text(cell) if is_number and key == "measures" else row.text(key) or ""
    return list(dict.fromkeys(code for code in _SEPARATORS.split(text) if code))


def _options(
    rows: Sequence[Row], question_rows: Mapping[str, Row] | None
) -> dict[str, list[OutlineOption]]:
    """Return the options by their question; `question_rows` is None when those are not known."""
    found: dict[str, list[OutlineOption]] = {}
    first_rows: dict[tuple[str, str], Row] = {}
    for row in rows:
        question, code = row.text("question"), row.text("code")
        label = row.localized("label") or {}
        if question and question_rows is not None and question not in question_rows:
            row.note(
                "question",
                f"aucune question n'a pour code « {question[:SHOWN]} »",
                "Corrigez ce code, ou ajoutez la question dans la feuille « Questions ».",
            )
        if question and code and _is_new(row, code, first_rows.setdefault((question, code), row)):
            found.setdefault(question, []).append(OutlineOption(code, label))
    return found


def _is_new(row: Row, code: str, first: Row) -> bool:
    """Say whether no earlier row gives the same option; note what is wrong with its code."""
    if first is not row:
        row.note(
            "code",
            f"le code « {code[:SHOWN]} » est déjà celui de la ligne {first.number}",
            "Changez l'un des deux, ou supprimez une ligne.",
        )
        return False
    for error in check_code(code, lambda *said: OutlineError(None, None, *said)):
        row.note("code", error.what, error.remedy)
    return True


def _with_options(
    section: OutlineSection, options: Mapping[str, list[OutlineOption]]
) -> OutlineSection:
    questions = (
        replace(question, options=tuple(options.get(question.code, ())))
        for question in section.questions
    )
    return replace(section, questions=tuple(questions))


def _word(row: Row, key: str, load_meanings: Mapping[str, Meant]) -> Meant | None:
    """Return what a word of a list stands for; note one that is not in the list."""
    text = row.text(key)
    if text is None:
        return None
    if folded(text) in load_meanings:
        return load_meanings[folded(text)]
    near = get_close_matches(folded(text), load_meanings, n=1)
    meant = next((word for word in CHOICES[key] if near and folded(word) == near[0]), "")
    guess = f"Vouliez-vous dire « {meant} » ? " if meant else ""
    row.note(key, f"« {text[:SHOWN]} » n'est pas un des mots attendus", guess + _one_of(key))
    return None


def _one_of(key: str) -> str:
    listed = ", ".join(f"« {word} »" for word in CHOICES[key])
    return f"Écrivez l'un de ceux-ci : {listed}."


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
    question_label = [sheet for sheet in workbook.sheets if folded(sheet) == folded(name)]
    if len(question_label) == 1:
        source = Source(workbook.filename, question_label[0], workbook.sheets[question_label[0]])
        sheet = Sheet(source, columns, problems)
        return sheet if sheet.is_whole else None
    present = ", ".join(f"« {sheet} »" for sheet in workbook.sheets) or "aucune"
    what = "est en double" if question_label else "manque"
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
    for error in validation.find_all_errors(found.outline, indicator_counts):
        row = _row_of(error, found)
        is_doubtful = row.number in wrong if row else is_partly_read
        if error.field == "options":
            is_doubtful = is_doubtful or error.question in halved
        elif error.field == "condition":
            path = question_validation.condition_path(found.outline, error.question or "")
            is_doubtful = not unread.isdisjoint(path)
        if not is_doubtful:
            _note(error, row, questions)


def _rows_with_problems(sheet: Sheet) -> set[int | None]:
    name = sheet.source.sheet
    return {problem.row for problem in sheet.problems if problem.sheet == name}


def _row_of(error: OutlineError, found: Assembled) -> Row | None:
    if error.question is not None:
        return found.question_rows.get(error.question)
    return found.section_rows.get(error.section or "")


def _note(error: OutlineError, row: Row | None, questions: Sheet) -> None:
    if row is None:
        questions.note(None, None, error.what, error.remedy)
        return
    is_section = error.question is None and error.field == "code"
    key = "section" if is_section else COLUMN_OF.get(error.field, error.field)
    row.note(key, error.what, error.remedy)


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
