"""Reads a list of contacts: all of them, or all that is wrong with the file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import email_validator

from consultation.i18n import folded
from consultation.invitations.columns import COLUMNS, SHEET
from consultation.invitations.vocabulary import Vocabulary, Words
from consultation.mail.addresses import LONGEST_TYPED, is_robot, is_sendable
from consultation.mail.boxes import Box
from consultation.sheets.cell_texts import plain_text
from consultation.sheets.problems import Problem, SheetRefused
from consultation.sheets.reading import CellValue, UnreadableWorkbook, Workbook, read_workbook
from consultation.sheets.rows import Row, Sheet, Source

WORKBOOK_SUFFIXES = (".xlsx", ".ods")
SHOWN = 80
_SEPARATORS = re.compile(r"[,;\n]")


@dataclass(frozen=True)
class InviteeDraft:
    """What one row says of an invitee; None is what it does not say."""

    address: str
    box: Box
    name: str | None
    organisation: str | None
    capacity: str | None
    territory: str | None
    locale: str | None
    measure_ids: tuple[int, ...]


@dataclass(frozen=True)
class InviteeList:
    """The invitees of a file, and the headers that say nothing here."""

    drafts: Sequence[InviteeDraft]
    unread: Sequence[str]


def read_invitees(path: Path, measure_by_code: Mapping[str, int], words: Words) -> InviteeList:
    """Return the invitees that an XLSX, ODS or CSV file lists.

    `measure_by_code` has the ids of the measures in force by their folded code.  Raise
    `SheetRefused` with every fault found: a file with one fault gives nothing.
    """
    try:
        workbook = read_workbook(path)
    except UnreadableWorkbook as refusal:
        raise SheetRefused([Problem(path.name, None, None, None, str(refusal), "")]) from None
    problems: list[Problem] = []
    source = _source(workbook, path, problems)
    sheet = Sheet(source, COLUMNS, problems) if source else None
    drafts = _drafts(sheet, measure_by_code, words) if sheet and sheet.is_whole else []
    if sheet and not drafts and not problems:
        sheet.note(
            None,
            None,
            "aucun contact n'est rempli",
            "Écrivez un contact par ligne, sous l'en-tête.",
        )
    if problems:
        raise SheetRefused(sorted(problems, key=lambda problem: problem.row or 0))
    return InviteeList(drafts, sheet.unread_headers() if sheet else [])


def _source(workbook: Workbook, path: Path, problems: list[Problem]) -> Source | None:
    """Return the sheet of that name, or the only one there is."""
    names = list(workbook.sheets)
    named = [name for name in names if folded(name) == folded(SHEET)]
    if len(named) != 1 and len(names) != 1:
        problems.append(_no_sheet(workbook.filename, names, is_double=bool(named)))
        return None
    name = (named or names)[0]
    is_csv = names == [path.stem] and path.suffix.lower() not in WORKBOOK_SUFFIXES
    rows = [[_as_text(cell) for cell in row] for row in workbook.sheets[name]]
    return Source(workbook.filename, None if is_csv else name, rows)


def _no_sheet(filename: str, names: Sequence[str], *, is_double: bool) -> Problem:
    found = ", ".join(f"« {name} »" for name in names) or "aucune"
    what = "est en double" if is_double else "manque"
    return Problem(
        filename,
        None,
        None,
        None,
        f"la feuille « {SHEET} » {what} ; feuilles trouvées : {found}",
        f"Nommez « {SHEET} » la feuille qui porte la liste, ou gardez cette seule feuille.",
    )


def _as_text(cell: CellValue) -> CellValue:
    """Return a number as it would be typed."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return plain_text(cell)
    return cell


def _drafts(sheet: Sheet, measure_by_code: Mapping[str, int], words: Words) -> list[InviteeDraft]:
    first_row: dict[Box, int] = {}
    found = []
    for row in map(sheet.read, sheet.raw_rows()):
        address = _address(row)
        box = Box.of(address or "")
        if address and first_row.setdefault(box, row.number) != row.number:
            _note_twice(row, address, first_row[box])
        found.append(
            InviteeDraft(
                address=address or "",
                box=box,
                name=row.text("name"),
                organisation=row.text("organisation"),
                capacity=_word(row, "capacity", words.capacity),
                territory=_word(row, "territory", words.territory),
                locale=_word(row, "locale", words.locale),
                measure_ids=_measures(row, measure_by_code),
            )
        )
    return found


def _normalized(text: str) -> str:
    if len(text) > LONGEST_TYPED:
        return ""
    try:
        return email_validator.validate_email(text, check_deliverability=False).normalized
    except email_validator.EmailNotValidError:
        return ""


def _address(row: Row) -> str | None:
    text = row.text("address")
    if text is None:
        return None
    address = _normalized(text)
    if not address or not is_sendable(address):
        row.note(
            "address",
            f"« {text[:SHOWN]} » n'est pas une adresse complète",
            "Écrivez-la comme prenom@association.fr, une seule par ligne, sans rien autour.",
        )
        return None
    if is_robot(address):
        row.note(
            "address",
            f"« {address[:SHOWN]} » est l'adresse d'un automate : personne ne la lit",
            "Donnez l'adresse d'une personne, ou supprimez la ligne.",
        )
        return None
    return address


def _note_twice(row: Row, address: str, first: int) -> None:
    row.note(
        "address",
        f"« {address[:SHOWN]} » désigne la même boîte que la ligne {first}",
        f"Gardez une seule des lignes {first} et {row.number}.",
    )


def _word(row: Row, key: str, vocabulary: Vocabulary) -> str | None:
    word = row.text(key)
    if word is None:
        return None
    code = vocabulary.code(word)
    if code is None:
        nearest = vocabulary.nearest(word)
        meant = f"Vouliez-vous dire « {nearest} » ? " if nearest else ""
        row.note(
            key,
            f"« {word[:SHOWN]} » n'est pas {vocabulary.thing}",
            f"{meant}Les mots attendus sont dans le modèle à télécharger ; la cellule peut aussi"
            " rester vide.",
        )
    return code


def _measures(row: Row, measure_by_code: Mapping[str, int]) -> tuple[int, ...]:
    written = [part.strip() for part in _SEPARATORS.split(row.text("measures") or "")]
    codes = [code for code in written if code]
    unknown = [code for code in codes if folded(code) not in measure_by_code]
    if unknown:
        listed = ", ".join(f"« {code[:SHOWN]} »" for code in dict.fromkeys(unknown))
        row.note(
            "measures",
            f"aucune mesure du plan n'a pour code {listed}",
            "Écrivez les codes comme ils sont sur la page des mesures, séparés par des virgules.",
        )
    known = (measure_by_code.get(folded(code)) for code in codes)
    return tuple(dict.fromkeys(found for found in known if found is not None))
