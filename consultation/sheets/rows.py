"""The rows of one sheet that somebody filled in: its header found, its cells turned into texts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from consultation.i18n import Localized, folded
from consultation.sheets.cell_texts import CellRefused, plain_text, text_of
from consultation.sheets.columns import FileColumn
from consultation.sheets.problems import Problem
from consultation.sheets.reading import CellValue


@dataclass(frozen=True)
class Source:
    """A sheet as it was found; a CSV has no name for its only sheet."""

    file: str
    sheet: str | None
    rows: Sequence[Sequence[CellValue]]


@dataclass(frozen=True)
class RawRow:
    """The cells of one row, by the key of their column."""

    number: int
    cells: Mapping[str, CellValue]


class Sheet:
    """One sheet read by its columns; what is wrong in it goes to `problems`.

    `is_whole` is false when a column is missing or stands twice: its rows then say nothing.
    """

    def __init__(
        self, source: Source, columns: Sequence[FileColumn], problems: list[Problem]
    ) -> None:
        self.source = source
        self.problems = problems
        self._columns = {column.key: column for column in columns}
        self._header = self._header_row()
        names = self._names()
        self._places = {
            column.key: [place for place, name in names.items() if folded(name) == wanted]
            for column in columns
            for wanted in [folded(column.header)]
        }
        self._headers = {key: names[found[0]] for key, found in self._places.items() if found}
        self.is_whole = self._check_header(list(names.values()))

    def unread_headers(self) -> list[str]:
        """Return the headers that are no column of ours."""
        read = {place for found in self._places.values() for place in found}
        return [name for place, name in self._names().items() if place not in read]

    def raw_rows(self) -> Iterator[RawRow]:
        """Yield the rows below the header in which a column of ours says something."""
        for number, row in enumerate(self.source.rows, start=1):
            if number <= self._header:
                continue
            cells = {key: row[found[0]] for key, found in self._places.items() if found}
            if any(plain_text(cell) for cell in cells.values()):
                yield RawRow(number, cells)

    def read(self, raw: RawRow) -> "Row":
        """Return the texts of a row; each cell that can't be taken is noted and left empty."""
        return Row(self, raw, {key: self._text(raw, key, cell) for key, cell in raw.cells.items()})

    def note(self, number: int | None, key: str | None, what: str, remedy: str) -> None:
        """Add a problem at a row and a column, said as the file names them."""
        header = self._headers.get(key) if key else None
        file, sheet = self.source.file, self.source.sheet
        self.problems.append(Problem(file, sheet, number, header, what, remedy))

    def _text(self, raw: RawRow, key: str, cell: CellValue) -> str:
        column = self._columns[key]
        try:
            text = text_of(cell, column)
        except CellRefused as refused:
            self.note(raw.number, key, refused.what, refused.remedy)
            return ""
        if not text and column.is_filled:
            self.note(raw.number, key, "la cellule est vide", "Remplissez-la.")
        return text

    def _header_row(self) -> int:
        """Return the number of the first row that says something, 0 in an empty sheet."""
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
        twice = [self._headers[key] for key, found in self._places.items() if len(found) > 1]
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
    """The texts of one row, by the key of their column; a column that lacks has none."""

    sheet: Sheet
    raw: RawRow
    texts: Mapping[str, str]

    @property
    def number(self) -> int:
        """The number that a spreadsheet shows for the row."""
        return self.raw.number

    def text(self, key: str) -> str | None:
        """Return the text of a column, None for a blank."""
        return self.texts.get(key) or None

    def localized(self, key: str) -> Localized | None:
        """Return a text in its languages, noting an English one without its French."""
        french, english = self.text(key), self.text(f"{key}_en")
        if english and not french and not plain_text(self.raw.cells.get(key)):
            self.note(
                f"{key}_en",
                "le texte anglais est là sans le texte français",
                "Écrivez aussi le texte français, ou effacez le texte anglais.",
            )
        if not french:
            return None
        return {"fr": french, "en": english} if english else {"fr": french}

    def note(self, key: str, what: str, remedy: str) -> None:
        """Add a problem at a column of this row."""
        self.sheet.note(self.number, key, what, remedy)


def _listed(one: str, many: str, names: Sequence[str]) -> str:
    """Return « one « a » » or « many « a », « b » », nothing when there is no name."""
    quoted = ", ".join(f"« {name} »" for name in names)
    return f"{one if len(names) == 1 else many} {quoted}" if names else ""
