"""Rows of an uploaded sheet: header detection, columns, cells converted to text or refused."""

import enum
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

from consultation.i18n import DEFAULT_LOCALE, LOCALES, NAMES, Labelled, Localized, folded, key_of
from consultation.spreadsheets.reader.problems import Problem, SheetRefused
from consultation.spreadsheets.reader.workbook import CellValue, Workbook, read_or_refuse
from consultation.text import CODE, capitalized, clean_line, clean_text, length


def alone(tag: str) -> tuple[str, str]:
    """Problem and remedy of a text in another language without its French one."""
    name = NAMES[tag]
    return (
        f"le texte {name} est là sans le texte français",
        f"Écrivez aussi le texte français, ou effacez le texte {name}.",
    )


CODE_CHARACTERS = "Lettres sans accent, chiffres, tiret, point ou tiret bas"
CODE_NOTE = f"{CODE_CHARACTERS} ; jamais deux fois le même."


SAMPLES = 3


class Holds(enum.Enum):
    """The content that a column expects; a figure may be a number cell, a value any cell."""

    CODE = "code"
    LINE = "line"
    TEXT = "text"
    FIGURE = "figure"
    VALUE = "value"


@dataclass(frozen=True)
class Field:
    """One value of a row.

    `name` is that of the draft's attribute, `limit` a number of UTF-16 units.  `combined` is the
    header where two kinds of row share a sheet, if it is another.
    """

    name: str
    header: str
    holds: Holds
    limit: int
    combined: str = ""
    note: str = ""
    width: int = 14
    is_filled: bool = False
    is_translated: bool = False
    may_lack: bool = False
    choices: tuple[str, ...] = ()
    """What the column offers to choose from."""
    synonyms: tuple[str, ...] = ()
    """Other headers of the French column, which are looked for first, in their order."""


@dataclass(frozen=True)
class FileColumn:
    """One column of a sheet: a field in one language."""

    field: Field
    locale: str
    header: str

    @property
    def key(self) -> str:
        """The name of the column's texts in a row."""
        return key_of(self.field.name, self.locale)

    @property
    def names(self) -> tuple[str, ...]:
        """The headers by which it is known, the first that is there being meant."""
        return (*(self.field.synonyms if self.locale == DEFAULT_LOCALE else ()), self.header)

    @property
    def is_filled(self) -> bool:
        """Whether a blank is an error; texts in other languages may always be absent."""
        return self.field.is_filled and self.locale == DEFAULT_LOCALE

    @property
    def may_lack(self) -> bool:
        """Whether a sheet may come without this column."""
        return self.field.may_lack or self.locale != DEFAULT_LOCALE


def columns_of(fields: Sequence[Field], *, is_combined: bool = False) -> tuple[FileColumn, ...]:
    """Return the French columns, then those of each other language."""
    headers = [
        (field.combined or field.header) if is_combined else field.header for field in fields
    ]
    named = list(zip(fields, headers, strict=True))
    french = (FileColumn(field, DEFAULT_LOCALE, header) for field, header in named)
    others = (
        FileColumn(field, tag, f"{header} ({name})")
        for tag, name in NAMES.items()
        for field, header in named
        if field.is_translated and tag != DEFAULT_LOCALE
    )
    return tuple(chain(french, others))


_ERROR = re.compile(r"#[\w/]+[!?]|#N/A|#NV|#N/D|Err:\d+", re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?(?=[\s.,]*\d)[\d\s.,]+")
_DATE = re.compile(r"\d{1,4}([/.-])\d{1,2}\1\d{1,4}([ T][\d:.]+)?")

_AS_TEXT = "Mettez la cellule au format Texte, puis écrivez de nouveau ce qu'elle doit contenir."
_EXPECTED = {
    Holds.CODE: "un code",
    Holds.LINE: "un texte",
    Holds.TEXT: "un texte",
    Holds.FIGURE: "un texte ou un nombre",
    Holds.VALUE: "une valeur",
}


class ValueRefused(Exception):
    """A cell or a field holds what it can't; `what` and `remedy` are those of a `Problem`."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    @property
    def sentence(self) -> str:
        """The refusal as a form displays it beside its field."""
        return f"{capitalized(self.what)}. {self.remedy}"


Named = TypeVar("Named", bound=Labelled)
Parsed = TypeVar("Parsed")

QUOTED = 60
"""Characters of a refused text that the refusal quotes."""


def named(
    text: str,
    values: type[Named],
    refusal: str,
    others: Mapping[str, enum.StrEnum] | None = None,
) -> Named:
    """Return the value that a text names, by its label, its stored value or one of `others`.

    Raise `ValueRefused` with the labels; `refusal` begins it, before the text.
    """
    wanted = folded(text)
    for value in values:
        if wanted in (folded(value.label), value.value) or (others or {}).get(wanted) is value:
            return value
    quoted = [f"« {label} »" for label in values.labels()]
    remedy = f"Écrivez {', '.join(quoted[:-1])} ou {quoted[-1]}."
    raise ValueRefused(f"{refusal} « {text[:QUOTED]} »", remedy)


def text_of(cell: CellValue, column: FileColumn) -> str:
    """Return the cleaned text of a cell, empty for a blank; raise `ValueRefused`."""
    if cell is None:
        return ""
    text = _written(cell, column)
    if text:
        _check(text, column.field)
    return text


def plain_text(cell: CellValue) -> str:
    """Return a cell of any type as text, to name it or to compare it."""
    if isinstance(cell, bool):
        return "VRAI" if cell else "FAUX"
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, int | float):
        return _digits(cell)
    return "" if cell is None else clean_line(cell)


def is_doubtful_percentage(cell: CellValue, unit: str) -> bool:
    """Whether a number may be a percentage: a spreadsheet stores 19 % as 0.19."""
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not 0 < abs(cell) <= 1:
        return False
    return abs(cell) < 1 or "%" in unit


def _written(cell: CellValue, column: FileColumn) -> str:
    holds = column.field.holds
    if holds is Holds.VALUE:
        return plain_text(cell)
    if isinstance(cell, str):
        return clean_line(cell) if holds in (Holds.CODE, Holds.LINE) else clean_text(cell).strip()
    if isinstance(cell, bool | date) or holds not in (Holds.CODE, Holds.FIGURE):
        raise _wrong_type(cell, holds)
    text = _digits(cell) if cell is not None else ""
    is_french_figure = holds is Holds.FIGURE and column.locale == DEFAULT_LOCALE
    return text.replace(".", ",") if is_french_figure else text


def _digits(number: float) -> str:
    """Return 12 for 12.0 and 0 for -0.0; a spreadsheet displays fifteen digits at most."""
    return f"{number:.15g}" if number % 1 else f"{number + 0:.0f}"


def _wrong_type(cell: CellValue, holds: Holds) -> ValueRefused:
    kinds = {bool: "une valeur logique", float: "un nombre", int: "un nombre"}
    kind = kinds.get(type(cell), "une date")
    what = f"{kind} ({plain_text(cell)}) se trouve là où {_EXPECTED[holds]} est attendu"
    return ValueRefused(what, _AS_TEXT)


def _check(text: str, field: Field) -> None:
    if _ERROR.fullmatch(text):
        raise ValueRefused(
            f"la formule de la cellule donne une erreur ({text})",
            "Corrigez la formule, ou remplacez-la par le texte lui-même.",
        )
    if field.holds is Holds.CODE:
        _check_code(text)
    elif field.holds not in (Holds.FIGURE, Holds.VALUE):
        _check_prose(text)
    if length(text) > field.limit:
        raise ValueRefused(
            f"le texte compte {length(text)} caractères, la limite est de {field.limit}",
            "Raccourcissez-le.",
        )


def _check_code(text: str) -> None:
    if not CODE.fullmatch(text):
        raise ValueRefused(
            f"le code « {text[:60]} » ne peut pas figurer dans une adresse",
            "Utilisez des lettres sans accent, des chiffres, « - », « . » ou « _ », "
            "en commençant par une lettre ou un chiffre.",
        )


def _check_prose(text: str) -> None:
    """Refuse a text that is only a number or a date: in CSV, every cell is a text."""
    kind = "un nombre" if _NUMBER.fullmatch(text) else "une date" if _DATE.fullmatch(text) else ""
    if kind:
        raise ValueRefused(
            f"{kind} ({text}) se trouve là où un texte est attendu",
            "Écrivez le texte en toutes lettres, ou vérifiez que la colonne est la bonne.",
        )


@dataclass(frozen=True)
class Source:
    """The rows of a sheet; that of a CSV has no name."""

    file: str
    sheet: str | None
    rows: Sequence[Sequence[CellValue]]


@dataclass(frozen=True)
class RawRow:
    """The cells of one row, by the key of their column."""

    number: int
    cells: Mapping[str, CellValue]

    def has(self, keys: Collection[str]) -> bool:
        """Return whether one of these cells is filled."""
        return any(plain_text(self.cells.get(key)) for key in keys)

    def with_written_dates(self, keys: Collection[str]) -> "RawRow":
        """Return the row with dates of the spreadsheet in these cells as ISO texts."""
        dates = {key: _iso(it) for key in keys if isinstance(it := self.cells.get(key), date)}
        return replace(self, cells={**self.cells, **dates})


def _iso(day: date) -> str:
    return (day.date() if isinstance(day, datetime) else day).isoformat()


@dataclass(frozen=True)
class Header:
    """A header at its place in the row, the key of its column or "", and a few texts below it."""

    place: int
    name: str
    key: str
    samples: Sequence[str]


class Sheet:
    """One sheet read by its columns; its errors are added to `problems`.

    `is_whole` is false when a column is missing or there twice: its rows are then not read.
    Columns are found by their headers, or given as `places` in the row by their keys.
    """

    def __init__(
        self,
        source: Source,
        columns: Sequence[FileColumn],
        problems: list[Problem],
        places: Mapping[str, int] | None = None,
    ) -> None:
        self.source = source
        self.problems = problems
        self._columns = {column.key: column for column in columns}
        self._header = self._header_row()
        names = self._names()
        if places is None:
            comparable = {place: folded(name) for place, name in names.items()}
            self._places = {column.key: _places_of(column, comparable) for column in columns}
        else:
            self._places = {
                column.key: [places[column.key]] if places.get(column.key) in names else []
                for column in columns
            }
        self._headers = {key: names[places[0]] for key, places in self._places.items() if places}
        self.is_whole = self._check_header(list(names.values()))

    def headers(self) -> list[Header]:
        """Return the headers, with the column that each is read as and what it has below."""
        key_by_place = {places[0]: key for key, places in self._places.items() if places}
        below = self.source.rows[self._header :]
        return [
            Header(place, name, key_by_place.get(place, ""), _first_texts(below, place))
            for place, name in self._names().items()
        ]

    def unread_headers(self) -> list[str]:
        read = {place for places in self._places.values() for place in places}
        return [name for place, name in self._names().items() if place not in read]

    def raw_rows(self) -> Iterator[RawRow]:
        """Yield the rows below the header that have a value in one of the columns."""
        for number, row in enumerate(self.source.rows, start=1):
            if number <= self._header:
                continue
            cells = {key: row[places[0]] for key, places in self._places.items() if places}
            if any(plain_text(cell) for cell in cells.values()):
                yield RawRow(number, cells)

    def read(self, raw: RawRow) -> "Row":
        """Return the texts of a row; each refused cell is noted and left empty."""
        return Row(self, raw, {key: self._text(raw, key, cell) for key, cell in raw.cells.items()})

    def note(self, number: int | None, key: str | None, what: str, remedy: str) -> None:
        """Add a problem at a row and a column."""
        header = self._headers.get(key) if key else None
        file, sheet = self.source.file, self.source.sheet
        self.problems.append(Problem(file, sheet, number, header, what, remedy))

    def _text(self, raw: RawRow, key: str, cell: CellValue) -> str:
        column = self._columns[key]
        try:
            text = text_of(cell, column)
        except ValueRefused as refused:
            self.note(raw.number, key, refused.what, refused.remedy)
            return ""
        if not text and column.is_filled:
            self.note(raw.number, key, "la cellule est vide", "Remplissez-la.")
        return text

    def _header_row(self) -> int:
        """Return the number of the first row that is not blank, 0 in an empty sheet."""
        filled = (
            number
            for number, row in enumerate(self.source.rows, start=1)
            if any(plain_text(cell) for cell in row)
        )
        return next(filled, 0)

    def _names(self) -> dict[int, str]:
        """Return the headers by their place in the row."""
        row = self.source.rows[self._header - 1] if self._header else ()
        return {place: plain_text(cell) for place, cell in enumerate(row) if plain_text(cell)}

    def _check_header(self, names: Sequence[str]) -> bool:
        missing = [
            column.header
            for key, column in self._columns.items()
            if not self._places[key] and not column.may_lack
        ]
        twice = [self._headers[key] for key, places in self._places.items() if len(places) > 1]
        if missing:
            self._note_header(
                f"il manque {_listed('la colonne', 'les colonnes', missing)} ; "
                f"{_listed('colonne trouvée :', 'colonnes trouvées :', names) or 'rien trouvé'}",
                "Ajoutez ce qui manque, écrit ainsi dans la première ligne du tableau.",
            )
        if twice:
            self._note_header(
                f"{_listed('une colonne figure', 'des colonnes figurent', twice)} deux fois",
                "Gardez-en une seule de chaque nom.",
            )
        return not missing and not twice

    def _note_header(self, what: str, remedy: str) -> None:
        self.note(self._header or None, None, what, remedy)


@dataclass(frozen=True)
class Row:
    """The texts of one row, by the key of their column; missing columns have none."""

    sheet: Sheet
    raw: RawRow
    texts: Mapping[str, str]

    @property
    def number(self) -> int:
        """The number of the row in the spreadsheet, counted from 1."""
        return self.raw.number

    def text(self, key: str) -> str | None:
        """Return the text of a column, None for a blank."""
        return self.texts.get(key) or None

    def value(self, key: str, parse: Callable[[str], Parsed]) -> Parsed | None:
        """Return the value of a text, None for a blank and for what `parse` refuses, as noted."""
        text = self.text(key)
        if text is None:
            return None
        try:
            return parse(text)
        except ValueRefused as refused:
            self.note(key, refused.what, refused.remedy)
            return None

    def localized(self, key: str) -> Localized | None:
        """Return a text in its languages, noting one that comes without its French."""
        texts = {tag: text for tag in LOCALES if (text := self.text(key_of(key, tag)))}
        if DEFAULT_LOCALE in texts:
            return texts
        if not plain_text(self.raw.cells.get(key)):
            for tag in texts:
                self.note(key_of(key, tag), *alone(tag))
        return None

    def note(self, key: str, what: str, remedy: str) -> None:
        """Add a problem at a column of this row."""
        self.sheet.note(self.number, key, what, remedy)


def _first_texts(rows: Sequence[Sequence[CellValue]], place: int) -> list[str]:
    texts = (plain_text(row[place]) for row in rows if place < len(row))
    return list(islice((text for text in texts if text), SAMPLES))


def _places_of(column: FileColumn, folded_names: Mapping[int, str]) -> list[int]:
    """Return the places of the header of a column: of the first of its names that is there."""
    for wanted in map(folded, column.names):
        places = [place for place, name in folded_names.items() if name == wanted]
        if places:
            return places
    return []


def _listed(singular: str, plural: str, names: Sequence[str]) -> str:
    """Return « singular « a » » or « plural « a », « b » », nothing when there is no name."""
    quoted = ", ".join(f"« {name} »" for name in names)
    return f"{singular if len(names) == 1 else plural} {quoted}" if names else ""


WORKBOOK_SUFFIXES = (".xlsx", ".ods")


def is_csv(workbook: Workbook, path: Path) -> bool:
    """Return whether a file is one plain table, whose sheet has the name of the file."""
    return list(workbook.sheets) == [path.stem] and path.suffix.lower() not in WORKBOOK_SUFFIXES


@dataclass(frozen=True)
class ListSheet:
    """The one sheet of a file: its name, its columns, and how sentences call what it lists.

    `unread` are its columns that are there to find one's way.
    """

    name: str
    columns: Sequence[FileColumn]
    listed: str
    empty: tuple[str, str]
    unread: Sequence[Field] = ()

    def read(
        self, path: Path, drafts: Callable[[Sheet], list[Parsed]]
    ) -> tuple[list[Parsed], list[str]]:
        """Return the drafts of a file, and the headers of the columns that were not read.

        Raise `SheetRefused` with all errors: a file with one error gives nothing.
        """
        workbook = read_or_refuse(path)
        problems: list[Problem] = []
        source = self._source(workbook, path, problems)
        sheet = Sheet(source, self.columns, problems) if source else None
        rows = drafts(sheet) if sheet and sheet.is_whole else []
        if sheet and not rows and not problems:
            sheet.note(None, None, *self.empty)
        if problems:
            raise SheetRefused(sorted(problems, key=lambda problem: problem.row or 0))
        known = {folded(field.header) for field in self.unread}
        unread = sheet.unread_headers() if sheet else []
        return rows, [name for name in unread if folded(name) not in known]

    def _source(self, workbook: Workbook, path: Path, problems: list[Problem]) -> Source | None:
        """Return the sheet of that name, or the only sheet, whatever its name."""
        names = list(workbook.sheets)
        named = [name for name in names if folded(name) == folded(self.name)]
        if len(named) != 1 and len(names) != 1:
            quoted = ", ".join(f"« {name} »" for name in names) or "aucune"
            what = f"la feuille « {self.name} » {'est en double' if named else 'manque'}"
            remedy = f"Nommez « {self.name} » la feuille qui porte {self.listed}, une seule fois."
            message = f"{what} ; feuilles trouvées : {quoted}"
            problems.append(Problem(workbook.filename, None, None, None, message, remedy))
            return None
        name = (named or names)[0]
        sheet = None if is_csv(workbook, path) else name
        return Source(workbook.filename, sheet, workbook.sheets[name])
