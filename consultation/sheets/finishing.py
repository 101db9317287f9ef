"""What a writer makes of each cell of a table, in one go with the checks of the cell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from consultation.sheets.cells import Cell, Remembered, is_too_long, plain

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
    """What a writer makes of a cell, which it checks in the same go.

    `make` takes any cell, and a plain one for what it is; those of `PLAIN_TYPES` stay as they are,
    and no and yes become those of `truths`.
    """

    make: Callable[[Cell], Any]
    truths: tuple[Any, Any]

    @classmethod
    def of_plain(cls, make: Callable[[Cell], Any]) -> "Finish":
        """Return what makes plain, and then what `make` says."""
        return cls(lambda cell: make(_plain(cell)), (make(False), make(True)))


PLAIN = Finish(_plain, (False, True))


def made_row(row: Sequence[Any], texts: Remembered, finish: Finish) -> list[Any]:
    """Return what is made of each cell; calling that for each would cost more than writing it."""
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
