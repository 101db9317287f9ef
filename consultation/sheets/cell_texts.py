"""What one cell of a file that somebody filled in says as text, or why it can't be taken."""

import re
from datetime import date

from consultation.sheets.columns import Field, FileColumn, Holds
from consultation.sheets.reading import CellValue
from consultation.text import clean, clean_line, length

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""What an address holds without escapes, and never `.` or `..`, which browsers resolve."""

_ERROR = re.compile(r"#[\w/]+[!?]|#N/A|#NV|#N/D|Err:\d+", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?(?=[\s.,]*\d)[\d\s.,]+")
_DATE = re.compile(r"\d{1,4}([/.-])\d{1,2}\1\d{1,4}([ T][\d:.]+)?")

_AS_TEXT = "Mettez la cellule au format Texte, puis écrivez de nouveau ce qu'elle doit contenir."
_EXPECTED = {
    Holds.CODE: "un code",
    Holds.LINE: "un texte",
    Holds.TEXT: "un texte",
    Holds.FIGURE: "un texte ou un nombre",
}


class CellRefused(Exception):
    """A cell holds what its column can't take; `what` and `remedy` are those of a problem."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy


def text_of(cell: CellValue, column: FileColumn) -> str:
    """Return the cleaned text of a cell, empty for a blank; raise `CellRefused`."""
    if cell is None:
        return ""
    text = _written(cell, column)
    if text:
        _check(text, column.field)
    return text


def plain_text(cell: CellValue) -> str:
    """Return what a cell says, whatever its type, to name it or to compare it."""
    if isinstance(cell, bool):
        return "VRAI" if cell else "FAUX"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, int | float):
        return _digits(cell)
    return "" if cell is None else clean_line(cell)


def is_doubtful_percentage(cell: CellValue, unit: str) -> bool:
    """Say whether a number may be a percentage: a spreadsheet stores 19 % as 0.19."""
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not 0 < abs(cell) <= 1:
        return False
    return abs(cell) < 1 or "%" in unit


def _written(cell: CellValue, column: FileColumn) -> str:
    holds = column.field.holds
    if isinstance(cell, str):
        return clean_line(cell) if holds in (Holds.CODE, Holds.LINE) else clean(cell).strip()
    if isinstance(cell, bool | date) or holds not in (Holds.CODE, Holds.FIGURE):
        raise _wrong_type(cell, holds)
    text = _digits(cell) if cell is not None else ""
    return text.replace(".", ",") if holds is Holds.FIGURE and column.locale == "fr" else text


def _digits(number: float) -> str:
    """Return 12 for 12.0 and 0 for -0.0; a spreadsheet shows fifteen digits at most."""
    return f"{number:.15g}" if number % 1 else f"{number + 0:.0f}"


def _wrong_type(cell: CellValue, holds: Holds) -> CellRefused:
    kinds = {bool: "une valeur logique", float: "un nombre", int: "un nombre"}
    kind = kinds.get(type(cell), "une date")
    what = f"{kind} ({plain_text(cell)}) se trouve là où {_EXPECTED[holds]} est attendu"
    return CellRefused(what, _AS_TEXT)


def _check(text: str, field: Field) -> None:
    if _ERROR.fullmatch(text):
        raise CellRefused(
            f"la formule de la cellule donne une erreur ({text})",
            "Corrigez la formule, ou remplacez-la par le texte lui-même.",
        )
    if field.holds is Holds.CODE:
        _check_code(text)
    elif field.holds is not Holds.FIGURE:
        _check_words(text)
    if length(text) > field.limit:
        raise CellRefused(
            f"le texte compte {length(text)} caractères, la limite est de {field.limit}",
            "Raccourcissez-le.",
        )


def _check_code(text: str) -> None:
    if not CODE.fullmatch(text):
        raise CellRefused(
            f"le code « {text[:60]} » ne peut pas figurer dans une adresse",
            "Utilisez des lettres sans accent, des chiffres, « - », « . » ou « _ », "
            "en commençant par une lettre ou un chiffre.",
        )


def _check_words(text: str) -> None:
    """Refuse a text that is only a number or a date: in CSV, every cell is a text."""
    kind = "un nombre" if _NUMBER.fullmatch(text) else "une date" if _DATE.fullmatch(text) else ""
    if kind:
        raise CellRefused(
            f"{kind} ({text}) se trouve là où un texte est attendu",
            "Écrivez le texte en toutes lettres, ou vérifiez que la colonne est la bonne.",
        )
