"""Reads a sheet of judgements: all of them, or all that is wrong with the file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from consultation.i18n import folded
from consultation.plan.models import Measure
from consultation.plan.status_sheets import READ_COLUMNS, SHEET, TITLE
from consultation.plan.status_values import (
    ValueRefused,
    assessor_of,
    date_of,
    level_of,
    link_of,
    one_line,
)
from consultation.plan.statuses import Judgement
from consultation.sheets.cell_texts import is_doubtful_percentage, plain_text
from consultation.sheets.problems import Problem, SheetRefused
from consultation.sheets.reading import UnreadableWorkbook, Workbook, read_workbook
from consultation.sheets.rows import RawRow, Row, Sheet, Source

WORKBOOK_SUFFIXES = (".xlsx", ".ods")
SAYING = ("assessed_on", "level", "evidence", "evidence_en", "source_url")
"""The columns of which one at least is filled when a row says something."""

SHOWN = 60
Value = TypeVar("Value")


@dataclass(frozen=True)
class StatusDraft:
    """What one row says; `columns` are those that the sheet has, empty cells included."""

    measure_id: int
    judgement: Judgement
    columns: frozenset[str]


@dataclass(frozen=True)
class StatusList:
    """The judgements of a file, and the headers that say nothing here."""

    drafts: Sequence[StatusDraft]
    unread: Sequence[str]


class FileRefused(SheetRefused):
    """A file has faults; `workbook` is what could be read of it, to be annotated, if anything."""

    def __init__(self, problems: Sequence[Problem], workbook: Workbook | None) -> None:
        super().__init__(problems)
        self.workbook = workbook


def read_statuses(path: Path, measures: Sequence[Measure], today: date) -> StatusList:
    """Return the judgements that an XLSX, ODS or CSV file holds of `measures`.

    Raise `FileRefused` with every fault found: a file with one fault gives nothing.
    """
    try:
        workbook = read_workbook(path)
    except UnreadableWorkbook as refusal:
        problem = Problem(path.name, None, None, None, str(refusal), "")
        raise FileRefused([problem], None) from None
    problems: list[Problem] = []
    source = _source(workbook, path, problems)
    sheet = Sheet(source, READ_COLUMNS, problems) if source else None
    known = {folded(measure.code): measure for measure in measures}
    drafts = _drafts(sheet, known, today) if sheet and sheet.is_whole else []
    if sheet and not drafts and not problems:
        sheet.note(None, None, "aucune évaluation n'est remplie", "Remplissez une ligne au moins.")
    if problems:
        raise FileRefused(sorted(problems, key=lambda problem: problem.row or 0), workbook)
    unread = sheet.unread_headers() if sheet else []
    return StatusList(drafts, [name for name in unread if folded(name) != folded(TITLE.header)])


def _source(workbook: Workbook, path: Path, problems: list[Problem]) -> Source | None:
    """Return the sheet of that name, or the only one there is."""
    names = list(workbook.sheets)
    named = [name for name in names if folded(name) == folded(SHEET)]
    if len(named) != 1 and len(names) != 1:
        found = ", ".join(f"« {name} »" for name in names) or "aucune"
        what = f"la feuille « {SHEET} » {'est en double' if named else 'manque'}"
        remedy = f"Nommez « {SHEET} » la feuille qui porte les évaluations, une seule fois."
        told = f"{what} ; feuilles trouvées : {found}"
        problems.append(Problem(workbook.filename, None, None, None, told, remedy))
        return None
    name = (named or names)[0]
    is_csv = names == [path.stem] and path.suffix.lower() not in WORKBOOK_SUFFIXES
    return Source(workbook.filename, None if is_csv else name, workbook.sheets[name])


def _drafts(sheet: Sheet, known: Mapping[str, Measure], today: date) -> list[StatusDraft]:
    first_row: dict[tuple[object, ...], int] = {}
    found = []
    for raw in sheet.raw_rows():
        if not any(plain_text(raw.cells.get(key)) for key in SAYING):
            continue
        row = sheet.read(_with_written_date(raw))
        draft = _draft(row, known, today)
        if draft is None:
            continue
        judgement = draft.judgement
        place = (draft.measure_id, judgement.assessor, judgement.assessed_on)
        if first_row.setdefault(place, row.number) != row.number:
            _note_twice(row, first_row[place])
        found.append(draft)
    return found


def _with_written_date(raw: RawRow) -> RawRow:
    """Return the row, a date of the spreadsheet being written as a person may type it."""
    cell = raw.cells.get("assessed_on")
    if not isinstance(cell, date):
        return raw
    day = cell.date() if isinstance(cell, datetime) else cell
    return replace(raw, cells={**raw.cells, "assessed_on": day.isoformat()})


def _draft(row: Row, known: Mapping[str, Measure], today: date) -> StatusDraft | None:
    """Return what a row says, None when it lacks something: that is then among the problems."""
    measure = _measure(row, known)
    assessor = _value(row, "assessor", assessor_of)
    assessed_on = _needed(row, "assessed_on", partial(date_of, today=today))
    level = _needed(row, "level", level_of)
    link = _value(row, "source_url", lambda text: link_of(one_line(text)))
    evidence = row.localized("evidence")
    _note_percentages(row)
    if measure is None or assessor is None or assessed_on is None or level is None:
        return None
    judgement = Judgement(assessor, assessed_on, level, evidence, link)
    return StatusDraft(measure.id, judgement, frozenset(row.raw.cells))


def _measure(row: Row, known: Mapping[str, Measure]) -> Measure | None:
    code = row.text("measure")
    if code is None:
        return None
    found = known.get(folded(code))
    if found is None:
        row.note(
            "measure",
            f"aucune mesure en vigueur n'a pour code « {code[:SHOWN]} »",
            "Écrivez le code comme il est dans le plan, ou supprimez la ligne.",
        )
    return found


def _needed(row: Row, key: str, read: Callable[[str], Value]) -> Value | None:
    """Return the value of a cell that a row may not leave empty."""
    if not plain_text(row.raw.cells.get(key)):
        row.note(
            key,
            "la cellule est vide alors que la ligne dit quelque chose",
            "Remplissez-la, ou videz la date, le niveau, les éléments et le lien de la ligne.",
        )
    return _value(row, key, read)


def _value(row: Row, key: str, read: Callable[[str], Value]) -> Value | None:
    text = row.text(key)
    if text is None:
        return None
    try:
        return read(text)
    except ValueRefused as refused:
        row.note(key, refused.what, refused.remedy)
        return None


def _note_percentages(row: Row) -> None:
    """A spreadsheet keeps 19 % as 0.19, which nobody wrote."""
    for key in ("evidence", "evidence_en"):
        cell = row.raw.cells.get(key)
        if is_doubtful_percentage(cell, ""):
            row.note(
                key,
                f"un nombre ({plain_text(cell)}) se trouve là où un texte est attendu",
                "Mettez la cellule au format Texte et écrivez une phrase.",
            )


def _note_twice(row: Row, first: int) -> None:
    row.note(
        "assessed_on",
        f"la ligne {first} donne déjà une évaluation de cette mesure, du même évaluateur et du"
        " même jour",
        f"Gardez une seule des lignes {first} et {row.number}, ou changez une date.",
    )
