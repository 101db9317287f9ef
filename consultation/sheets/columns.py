"""The columns of a file that people fill in: what each is called, may hold, and how long."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

ENGLISH = "{header} (anglais)"

CODE_SIGNS = "Lettres sans accent, chiffres, tiret, point ou tiret bas"
CODE_NOTE = f"{CODE_SIGNS} ; jamais deux fois le même."


class Holds(enum.Enum):
    """What a cell is to hold; a figure may be a number of the spreadsheet, a text may not."""

    CODE = "code"
    LINE = "line"
    TEXT = "text"
    FIGURE = "figure"


@dataclass(frozen=True)
class Field:
    """One thing that a row says.

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


@dataclass(frozen=True)
class FileColumn:
    """One column of a sheet: a field in one language."""

    field: Field
    locale: str
    header: str

    @property
    def key(self) -> str:
        """The name of the column's texts in a row."""
        return self.field.name if self.locale == "fr" else f"{self.field.name}_{self.locale}"

    @property
    def is_filled(self) -> bool:
        """Say whether a blank is a fault; English texts may always be absent."""
        return self.field.is_filled and self.locale == "fr"

    @property
    def may_lack(self) -> bool:
        """Say whether a sheet without this column is whole."""
        return self.field.may_lack or self.locale != "fr"


def columns_of(fields: Sequence[Field], *, is_combined: bool = False) -> tuple[FileColumn, ...]:
    """Return the French columns, then the English ones."""
    headers = [
        (field.combined or field.header) if is_combined else field.header for field in fields
    ]
    named = list(zip(fields, headers, strict=True))
    french = (FileColumn(field, "fr", header) for field, header in named)
    english = (
        FileColumn(field, "en", ENGLISH.format(header=header))
        for field, header in named
        if field.is_translated
    )
    return tuple(chain(french, english))
