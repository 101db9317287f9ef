"""Columns made from a frame: one line says what a column is and where its cells come from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consultation.exporting.variables import Variable, word_for
from consultation.sheets.cells import Cell, Part, Remembered

Cells = Callable[[Mapping[str, Sequence[Any]]], Sequence[Cell]]


@dataclass(frozen=True)
class FrameColumn:
    """A variable, and how a frame gives its cells."""

    variable: Variable
    cells: Cells


def stored(name: str) -> Cells:
    """Return the cells of a frame's column as they are."""
    return lambda frame: frame[name]


def mapped(name: str, cell: Callable[[Any], Cell]) -> Cells:
    """Return `cell` of each value of a frame's column; what is missing stays so."""
    known = Remembered(lambda value: None if value is None else cell(value))
    return lambda frame: list(map(known.__getitem__, frame[name]))


def labelled(name: str, labels: Mapping[str, str]) -> Cells:
    """Return the label of each code of a frame's column."""
    return mapped(name, lambda code: word_for(code, labels))


def rows_of(
    frame: Mapping[str, Sequence[Any]], columns: Sequence[FrameColumn]
) -> Iterator[Sequence[Cell]]:
    """Yield the rows of a sheet."""
    return zip(*(column.cells(frame) for column in columns), strict=True)


def part_of(names: Sequence[str], columns: Sequence[FrameColumn]) -> Remembered:
    """Return what gives the part of a row that `columns` fill, by the values that `names` name.

    It is made once for values that keep coming back.
    """

    def made(values: Sequence[Any]) -> Part:
        frame = {name: (value,) for name, value in zip(names, values, strict=True)}
        return Part([column.cells(frame)[0] for column in columns])

    return Remembered(made)
