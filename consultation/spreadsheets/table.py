"""Table to write as a sheet: columns and rows, checked row by row."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain
from typing import Any, Literal

from consultation.spreadsheets.cells import (
    BoundedCache,
    Cell,
    Part,
    clean,
    is_short,
    is_too_long,
    plain,
    utf16_length,
)
from consultation.spreadsheets.style import Chart, Look, Tone

PLAIN_TYPES: frozenset[type] = frozenset({int, date, type(None)})
"""Types whose every value is plain; subclasses are not meant."""


class TextRefused(Exception):
    """A text is too long for a cell."""

    def __init__(self, value: object) -> None:
        self.text = value


def _plain(value: Cell) -> Cell:
    cell = plain(value)
    if isinstance(cell, str) and is_too_long(cell):
        raise TextRefused(value)
    return cell


@dataclass(frozen=True)
class Finish:
    """Conversion of a cell for a writer, checked on the way.

    `make` converts any cell; those of `PLAIN_TYPES` stay as they are, and False and True become
    those of `truths`.
    """

    make: Callable[[Cell], Any]
    truths: tuple[Any, Any]

    @classmethod
    def of_plain(cls, make: Callable[[Cell], Any]) -> "Finish":
        """Return the conversion that makes a cell plain first, then applies `make`."""
        return cls(lambda cell: make(_plain(cell)), (make(False), make(True)))


PLAIN = Finish(_plain, (False, True))


def convert_row(row: Sequence[Any], texts: BoundedCache, finish: Finish) -> list[Any]:
    """Convert each cell; inline, since a call for each would cost more than writing it."""
    make, truths = finish.make, finish.truths
    return [
        texts[cell]
        if (kind := type(cell)) is str
        else cell
        if kind in PLAIN_TYPES
        else truths[cell]
        if kind is bool
        else make(cell)
        for cell in row
    ]


MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
MAX_NAME = 31
FORBIDDEN_IN_NAMES = frozenset('[]:*?/\\<>|"')
WRAP_FROM = 40
"""Width, in characters, from which the texts of a column wrap."""

TEXT_SHEET_WIDTHS = (60, 80)
CHOICES_SHEET = "_choix"
"""Hidden sheet of an XLSX template that holds the lists of choices; the reader skips it."""

RESERVED_NAMES = frozenset({CHOICES_SHEET, "history"})


class TextTooLong(Exception):
    """A text is longer than a spreadsheet's cell can hold; nothing was written."""

    def __init__(self, sheet: str, column: str, row: int) -> None:
        super().__init__(
            f"Feuille « {sheet} », colonne « {column} », ligne {row} : "
            "ce texte dépasse 32 767 caractères, ce qu'une cellule peut contenir."
        )
        self.sheet = sheet
        self.column = column
        self.row = row

    def __reduce__(self) -> tuple[type["TextTooLong"], tuple[str, str, int]]:
        return TextTooLong, (self.sheet, self.column, self.row)


class TooManyRows(Exception):
    """A table has more rows than a sheet can hold; nothing was written."""

    def __init__(self, sheet: str) -> None:
        super().__init__(
            f"Feuille « {sheet} » : plus de 1 048 576 lignes, ce qu'une feuille peut contenir. "
            "Choisissez des filtres plus étroits."
        )
        self.sheet = sheet

    def __reduce__(self) -> tuple[type["TooManyRows"], tuple[str]]:
        return TooManyRows, (self.sheet,)


@dataclass(frozen=True)
class Column:
    """One column: its header and its display.

    `width` is in characters; from `WRAP_FROM` on, texts wrap.  `note` is displayed beside
    the header, and `choices` are offered in each cell, in XLSX only; so are the cells of the
    range `choices_from` of another sheet, and there another value is only warned about.
    `is_text` gives the cells the format Text, so that a typed 1.10 or 19 % stays as typed.
    `look` is how its numbers are displayed.  The research archive also has the stable `code`, the
    `meaning`, the `kind` of cells as the codebook names it, and the labels of its codes.
    """

    header: str
    width: int = 14
    note: str = ""
    choices: Sequence[str] = ()
    choices_from: str = ""
    is_text: bool = False
    look: Look = Look.PLAIN
    code: str = ""
    meaning: str = ""
    kind: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if any(is_too_long(text) for text in (self.header, self.note, *self.choices)):
            raise ValueError(f"column {self.header[:40]!r}: a text is too long for a cell")


@dataclass(frozen=True)
class ResearchOptions:
    """How the research archive holds a table.

    `is_keyed`: the first column identifies the rows; `refers_to`: it refers to those of the table
    of that name.
    """

    is_keyed: bool = False
    refers_to: str = ""
    is_for_spss: bool = False
    is_codebook: bool = False


@dataclass(frozen=True)
class Table:
    """One sheet.

    `rows` is called once, when the sheet is written, and its rows are written as they come.
    A "data" sheet has its headers in row 1, frozen, with filters, and data from row 2; each
    row has one cell for each column.  A "text" sheet is for reading: no header,
    at most two cells in a row, the first row as title; its columns, if any, give widths, and
    a row that is one of `headings` alone begins a part of it.
    With `is_in_parts`, rows are made of parts, and not of cells; otherwise `finish` converts their
    cells.  `kept_columns` of a data sheet stay in sight as its header does; `tone` colours the
    tab and `charts` are drawn in XLSX only, from its own rows or those of `drawn_from`, a data
    sheet of the same workbook.
    Raise ValueError for a name that a spreadsheet or a file name refuses.
    """

    name: str
    columns: Sequence[Column]
    rows: Callable[[], Iterable[Sequence[Any]]]
    kind: Literal["data", "text"] = "data"
    kept_columns: int = 0
    tone: Tone | None = None
    charts: Sequence[Chart] = ()
    drawn_from: "Table | None" = None
    headings: Collection[str] = ()
    package: ResearchOptions | None = None
    is_in_parts: bool = False
    finish: Finish = PLAIN

    def __post_init__(self) -> None:
        _check_name(self.name)
        if self.kind not in ("data", "text"):
            raise ValueError(f"sheet {self.name!r}: a table is of kind data or text")
        if self.kind == "data" and not 1 <= len(self.columns) <= MAX_COLUMNS:
            raise ValueError(f"sheet {self.name!r}: a data sheet has 1 to {MAX_COLUMNS} columns")

    def headers(self) -> list[str]:
        """Return the headers as they are written; a text sheet has none."""
        return [clean(column.header) for column in self.columns] if self.kind == "data" else []

    def widths(self) -> list[int]:
        """Return the columns' widths, in characters."""
        return [column.width for column in self.columns] or list(TEXT_SHEET_WIDTHS)

    def is_heading(self, row: Sequence[Cell]) -> bool:
        """Whether a row of a text sheet begins a section of it."""
        return len(row) == 1 and row[0] in self.headings

    def first_row(self) -> int:
        """Return the number of the first row of `rows`, counted from 1."""
        return 2 if self.kind == "data" else 1

    def flat(self) -> "Table":
        """Return the same sheet with rows of cells, for writers that know no parts."""
        if not self.is_in_parts:
            return self
        return replace(self, rows=lambda: map(_flat, self.rows()), is_in_parts=False)

    def checked_rows(self) -> Iterator[Sequence[Any]]:
        """Yield the rows, each cell plain or converted, each row fitting the sheet.

        Raises TextTooLong, TooManyRows, ValueError for a row that does not fit its columns,
        and TypeError for a cell of another type.
        """
        return self._checked_parts() if self.is_in_parts else self._checked_cells()

    def _checked_parts(self) -> Iterator[Sequence[Part]]:
        texts = BoundedCache(PLAIN.make, is_short)
        for number, row in enumerate(self.rows(), start=self.first_row()):
            if number > MAX_ROWS:
                raise TooManyRows(self.name)
            for part in row:
                if not part.is_plain:
                    self._make_plain(row, number, texts)
            yield row

    def _make_plain(self, row: Sequence[Part], number: int, texts: BoundedCache) -> None:
        self._check_fit(sum([len(part.cells) for part in row]), number)
        for part in row:
            if not part.is_plain:
                try:
                    part.cells = convert_row(part.cells, texts, PLAIN)
                except (TypeError, TextRefused):
                    self._made_cells(_flat(row), number, texts)  # names the place in the row
                    raise
                part.is_plain = True

    def finished(self, rows: Iterable[Sequence[Cell]]) -> Iterator[list[Any]]:
        """Convert plain rows by `finish`, for callers that had to read them before."""
        texts = BoundedCache(self.finish.make, is_short)
        return (convert_row(row, texts, self.finish) for row in rows)

    def _checked_cells(self) -> Iterator[list[Any]]:
        texts = BoundedCache(self.finish.make, is_short)
        for number, row in enumerate(self.rows(), start=self.first_row()):
            self._check_fit(len(row), number)
            yield self._made_cells(row, number, texts)

    def _made_cells(self, row: Sequence[Cell], number: int, texts: BoundedCache) -> list[Any]:
        try:
            return convert_row(row, texts, self.finish)
        except TypeError as error:
            error.add_note(f"sheet {self.name!r}, row {number}")
            raise
        except TextRefused as refused:
            position = next(place for place, cell in enumerate(row) if cell is refused.text)
            raise TextTooLong(self.name, self._column_name(position), number) from None

    def _check_fit(self, width: int, number: int) -> None:
        if number > MAX_ROWS:
            raise TooManyRows(self.name)
        fits = width == len(self.columns) if self.kind == "data" else width <= 2
        if not fits:
            raise ValueError(f"sheet {self.name!r}, row {number}: {width} cells do not fit")

    def _column_name(self, position: int) -> str:
        header = self.headers()[position] if self.kind == "data" else ""
        return header or str(position + 1)


def _flat(row: Sequence[Part]) -> list[Cell]:
    return list(chain.from_iterable([part.cells for part in row]))


RowsOf = Callable[[Table], Iterator[Sequence[Any]]]
"""Returns a table's rows, checked and counted on their way to a writer."""


def _check_name(name: str) -> None:
    if not name.strip() or utf16_length(name) > MAX_NAME:
        raise ValueError(f"sheet {name!r}: a name has 1 to {MAX_NAME} characters")
    if FORBIDDEN_IN_NAMES & set(name) or clean(name) != name or "\n" in name or "\t" in name:
        raise ValueError(f"sheet {name!r}: a character is forbidden in names")
    if name.startswith("'") or name.endswith("'") or name.casefold() in RESERVED_NAMES:
        raise ValueError(f"sheet {name!r}: this name is not allowed")
