"""Columns made from a frame: one line says what a column is and where its cells come from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consultation.exporting.variables import Variable, word_for
from consultation.sheets.cells import Cell

if TYPE_CHECKING:
    from pandas import DataFrame, Series

    Cells = Callable[[DataFrame], Series[Any]]


@dataclass(frozen=True)
class FrameColumn:
    """A variable, and how a frame gives its cells."""

    variable: Variable
    cells: "Cells"


def stored(name: str) -> "Cells":
    """Return the cells of a frame's column as they are."""
    return lambda frame: frame[name].astype(object)


def mapped(name: str, cell: Callable[[Any], Cell]) -> "Cells":
    """Return `cell` of each value of a frame's column; what is missing stays so."""

    def cells(frame: "DataFrame") -> "Series[Any]":
        return frame[name].astype(object).map(cell, na_action="ignore").astype(object)

    return cells


def labelled(name: str, labels: Mapping[str, str]) -> "Cells":
    """Return the label of each code of a frame's column."""
    return mapped(name, lambda code: word_for(code, labels))


def rows_of(frame: "DataFrame", columns: Sequence[FrameColumn]) -> Iterator[Sequence[Cell]]:
    """Yield the rows of a sheet."""
    import pandas as pd

    cells = pd.DataFrame({n: column.cells(frame) for n, column in enumerate(columns)})
    yield from cells.itertuples(index=False, name=None)
