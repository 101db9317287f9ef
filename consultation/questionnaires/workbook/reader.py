"""Reader of the questionnaire workbook: a file to an outline, or to its errors."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from consultation.i18n import folded
from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.kinds.scales import ENDS
from consultation.questionnaires.models import Destination
from consultation.questionnaires.outline import conditions, validation
from consultation.questionnaires.outline.errors import OutlineError, check_code
from consultation.questionnaires.outline.structure import (
    Condition,
    Outline,
    OutlineOption,
    OutlineQuestion,
    OutlineSection,
    Scope,
)
from consultation.questionnaires.workbook.columns import (
    CHOICES,
    DESTINATION_OF,
    FLAGS,
    FORMER_OPTIONS_SHEET,
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
from consultation.spreadsheets.reader.workbook import Workbook, read_or_refuse
from consultation.web.typography import parse_number

LONGEST_QUOTE = 80
QUESTION_KEYS = [
    column.key
    for column in QUESTION_COLUMNS
    if column.key != "section" and column.key not in SECTION_KEYS
]
_SEPARATORS = re.compile(r"[,;\s]+")
Meaning = TypeVar("Meaning")


@dataclass
class Assembled:
    """The outline of the rows that can be read, with the row of each section and question."""

    outline: Outline = field(default_factory=Outline)
    section_rows: dict[str, Row] = field(default_factory=dict)
    question_rows: dict[str, Row] = field(default_factory=dict)


def assemble(rows: Sequence[Row], option_rows: Sequence[Row], measures: Iterable[str]) -> Assembled:
    """Return the outline of the rows of both sheets; errors are noted at their rows.

    `measures` are the codes of those in force, which a row may write in another case.
    """
    assembled = Assembled()
    code_by_folded = {folded(code): code for code in measures}
    sections: dict[str, OutlineSection] = {}
    for row in rows:
        code, question = row.text("section"), _question(row, assembled.question_rows)
        if code is None:
            continue
        first = assembled.section_rows.setdefault(code, row)
        if first is row:
            sections[code] = _section(code, row, code_by_folded)
        else:
            _check_same(row, first)
        if question is not None:
            section = sections[code]
            sections[code] = replace(section, questions=(*section.questions, question))
    listed = _listed_of(option_rows, assembled.question_rows if rows else None)
    assembled.outline = Outline(
        tuple(_with_listed(section, listed) for section in sections.values())
    )
    return assembled


def _section(code: str, row: Row, code_by_folded: Mapping[str, str]) -> OutlineSection:
    if not plain_text(row.raw.cells.get("scope")):
        row.note("scope", "la portée de la rubrique n'est pas dite", _choices_sentence("scope"))
    codes = _listed(row, "measures")
    return OutlineSection(
        code=code,
        scope=_word(row, "scope", SCOPE_OF) or Scope.MEASURE,
        title=row.localized("title"),
        intro=row.localized("intro"),
        measures=tuple(dict.fromkeys(code_by_folded.get(folded(it), it) for it in codes)),
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
    """Return the question of a row, None without one or without its kind."""
    if not any(plain_text(row.raw.cells.get(key)) for key in QUESTION_KEYS):
        return None
    code = _new_code(row, question_rows)
    if code is None:
        return None
    if not plain_text(row.raw.cells.get("kind")):
        row.note("kind", "le type de la question n'est pas dit", _choices_sentence("kind"))
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
    """Return the code of a question, unless an earlier row has it; note its error."""
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
    settings: dict[str, Any] = {name: _number(row, name) for name in ("minimum", "maximum")}
    settings |= {name: row.localized(name) for name in ENDS}
    settings |= {name: True for name in FLAGS if _word(row, name, TRUTH_OF)}
    return {name: value for name, value in settings.items() if value is not None}


def _number(row: Row, key: str) -> float | None:
    text = row.text(key)
    if text is None:
        return None
    number = parse_number(text)
    if number is None:
        row.note(
            key,
            f"« {text[:LONGEST_QUOTE]} » n'est pas un nombre",
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
    """Return the codes of a cell; a number cell is one code, or two with a comma."""
    cell = row.raw.cells.get(key)
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    text = plain_text(cell) if is_number and key == "measures" else row.text(key) or ""
    return list(dict.fromkeys(code for code in _SEPARATORS.split(text) if code))


Listed = Mapping[tuple[str, bool], Sequence[OutlineOption]]
"""Options by the code of their question and whether they are its rows."""


def _listed_of(rows: Sequence[Row], question_rows: Mapping[str, Row] | None) -> Listed:
    """Return the options and rows of each question; `question_rows`: None if they are unread."""
    listed: dict[tuple[str, bool], list[OutlineOption]] = {}
    first_rows: dict[tuple[str, bool, str], Row] = {}
    for row in rows:
        question, code = row.text("question"), row.text("code")
        label = row.localized("label") or {}
        if question and question_rows is not None and question not in question_rows:
            row.note(
                "question",
                f"aucune question n'a pour code « {question[:LONGEST_QUOTE]} »",
                "Corrigez ce code, ou ajoutez la question dans la feuille « Questions ».",
            )
        is_row = bool(_word(row, "is_row", TRUTH_OF))
        if not question or not code:
            continue
        if _is_new(row, code, first_rows.setdefault((question, is_row, code), row)):
            listed.setdefault((question, is_row), []).append(OutlineOption(code, label))
    return listed


def _is_new(row: Row, code: str, first: Row) -> bool:
    """Whether no earlier row gives the same option; note the error of its code."""
    if first is not row:
        row.note(
            "code",
            f"le code « {code[:LONGEST_QUOTE]} » est déjà celui de la ligne {first.number}",
            "Changez l'un des deux, ou supprimez une ligne.",
        )
        return False
    for error in check_code(code, lambda *parts: OutlineError(None, None, *parts)):
        row.note("code", error.what, error.remedy)
    return True


def _with_listed(section: OutlineSection, listed: Listed) -> OutlineSection:
    questions = []
    for question in section.questions:
        rows = listed.get((question.code, True), ())
        settings = dict(question.settings)
        if rows or KINDS[question.kind].has_rows:
            settings["rows"] = [{"code": row.code, "label": row.label} for row in rows]
        options = tuple(listed.get((question.code, False), ()))
        questions.append(replace(question, settings=settings, options=options))
    return replace(section, questions=tuple(questions))


def _word(row: Row, key: str, meanings: Mapping[str, Meaning]) -> Meaning | None:
    """Return the meaning of a word of a list; note one that is not in the list."""
    text = row.text(key)
    if text is None:
        return None
    if folded(text) in meanings:
        return meanings[folded(text)]
    near = get_close_matches(folded(text), meanings, n=1)
    nearest = next((word for word in CHOICES[key] if near and folded(word) == near[0]), "")
    guess = f"Vouliez-vous dire « {nearest} » ? " if nearest else ""
    row.note(
        key,
        f"« {text[:LONGEST_QUOTE]} » n'est pas un des mots attendus",
        guess + _choices_sentence(key),
    )
    return None


def _choices_sentence(key: str) -> str:
    listed = ", ".join(f"« {word} »" for word in CHOICES[key])
    return f"Écrivez l'un de ceux-ci : {listed}."


COLUMN_OF = {
    "section": "section", "condition": "condition_question", "options": "kind", "rows": "kind",
}  # fmt: skip
"""The column of each field of an error that no column is named after."""


@dataclass(frozen=True)
class ReadOutline:
    """The outline of a file, and the columns that were not read."""

    outline: Outline
    unread: Sequence[str] = ()


def read_outline(path: Path, indicator_counts: Mapping[str, int]) -> ReadOutline:
    """Return the outline that an XLSX or ODS file holds, free of errors.

    `indicator_counts` has the number of indicators of each measure in force, by its code.  Raise
    `SheetRefused` with every error: a file with one error gives nothing.
    """
    workbook = read_or_refuse(path)
    problems: list[Problem] = []
    questions = _sheet(workbook, QUESTIONS_SHEET, QUESTION_COLUMNS, problems)
    options = _sheet(workbook, OPTIONS_SHEET, OPTION_COLUMNS, problems, FORMER_OPTIONS_SHEET)
    assembled = assemble(_rows(questions), _rows(options), indicator_counts)
    if questions and options:
        _check(assembled, questions, options, indicator_counts)
    if problems:
        raise SheetRefused(_in_order(problems))
    return ReadOutline(assembled.outline, _unread(questions, options))


def _sheet(
    workbook: Workbook,
    name: str,
    columns: Sequence[FileColumn],
    problems: list[Problem],
    former: str = "",
) -> Sheet | None:
    """Return the sheet of that name or its `former` one, None when it is missing or lacks a column.

    Two sheets of these names are one too many.
    """
    names = {folded(name), folded(former)}
    matches = [sheet for sheet in workbook.sheets if folded(sheet) in names]
    if len(matches) == 1:
        source = Source(workbook.filename, matches[0], workbook.sheets[matches[0]])
        sheet = Sheet(source, columns, problems)
        return sheet if sheet.is_whole else None
    present = ", ".join(f"« {sheet} »" for sheet in workbook.sheets) or "aucune"
    what = "est en double" if matches else "manque"
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
    assembled: Assembled, questions: Sheet, options: Sheet, indicator_counts: Mapping[str, int]
) -> None:
    """Note the errors of the outline at their rows.

    Those that may only follow from a row that could not be read are left for the next upload.
    """
    is_partly_read = bool(questions.problems)
    wrong, wrong_options = _rows_with_problems(questions), _rows_with_problems(options)
    incomplete = {
        plain_text(raw.cells["question"])
        for raw in options.raw_rows()
        if raw.number in wrong_options
    }
    unread = incomplete | {
        code for code, row in assembled.question_rows.items() if row.number in wrong
    }
    for error in validation.find_all_errors(assembled.outline, indicator_counts):
        row = _row_of(error, assembled)
        is_doubtful = row.number in wrong if row else is_partly_read
        if error.field in ("options", "rows"):
            is_doubtful = is_doubtful or error.question in incomplete
        elif error.field == "condition":
            path = conditions.condition_path(assembled.outline, error.question or "")
            is_doubtful = not unread.isdisjoint(path)
        if not is_doubtful:
            _note(error, row, questions)


def _rows_with_problems(sheet: Sheet) -> set[int | None]:
    name = sheet.source.sheet
    return {problem.row for problem in sheet.problems if problem.sheet == name}


def _row_of(error: OutlineError, assembled: Assembled) -> Row | None:
    if error.question is not None:
        return assembled.question_rows.get(error.question)
    return assembled.section_rows.get(error.section or "")


def _note(error: OutlineError, row: Row | None, questions: Sheet) -> None:
    if row is None:
        questions.note(None, None, error.what, error.remedy)
        return
    is_section = error.question is None and error.field == "code"
    key = "section" if is_section else COLUMN_OF.get(error.field, error.field)
    row.note(key, error.what, error.remedy)


def _unread(*sheets: Sheet | None) -> tuple[str, ...]:
    """Name the columns that are no part of a questionnaire, for the preview to list them."""
    return tuple(
        f"feuille « {sheet.source.sheet} », colonne « {header} »"
        for sheet in sheets
        if sheet is not None
        for header in sheet.unread_headers()
    )


def _in_order(problems: Sequence[Problem]) -> list[Problem]:
    def place(problem: Problem) -> tuple[bool, int]:
        is_second = folded(problem.sheet or "") != folded(QUESTIONS_SHEET)
        return is_second, problem.row or 0

    return sorted(dict.fromkeys(problems), key=place)
