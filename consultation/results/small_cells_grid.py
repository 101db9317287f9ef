"""The lines and the crossed tables of figures, and what gives a hidden cell away in one."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

Cell = tuple[str, ...]
TOTAL: Cell = ()
Node = Cell | str
UP, DOWN = "all rows", "all columns"


@dataclass(frozen=True)
class Line:
    """Cells that add up to `total`."""

    total: Cell
    parts: Sequence[Cell]


@dataclass(frozen=True)
class Grid:
    """The cells `(question, value, side, code)` of one question and one side."""

    cells: Sequence[Cell]

    @staticmethod
    def totals_of(cell: Cell) -> tuple[Cell, Cell]:
        """Return the totals of the two lines in which a cell stands."""
        return cell[2:], cell[:2]

    def lines(self) -> Iterator[tuple[Cell, Sequence[Cell]]]:
        """Give each total with its parts."""
        yield from self._lines.items()

    def beside(self, cell: Cell) -> list[Cell]:
        """Return the cells of the two lines in which a cell stands."""
        return [other for total in self.totals_of(cell) for other in self._lines[total]]

    @cached_property
    def _lines(self) -> dict[Cell, list[Cell]]:
        lines: dict[Cell, list[Cell]] = {}
        for cell in self.cells:
            for total in self.totals_of(cell):
                lines.setdefault(total, []).append(cell)
        return lines


def lines_of(counts: Iterable[Cell]) -> list[Line]:
    """Return the distributions among all cells, each adding up to the number of responses."""
    parts: dict[str, list[Cell]] = {}
    for cell in counts:
        if len(cell) == 2:
            parts.setdefault(cell[0], []).append(cell)
    return [Line(TOTAL, cells) for cells in parts.values()]


def grids_of(counts: Iterable[Cell]) -> list[Grid]:
    """Return the crossed tables among all cells."""
    cells: dict[tuple[str, str], list[Cell]] = {}
    for cell in counts:
        if len(cell) == 4:
            cells.setdefault((cell[0], cell[2]), []).append(cell)
    return [Grid(tuple(found)) for found in cells.values()]


def fixed_cells(
    grid: Grid, counts: Mapping[Cell, int], unknown: Collection[Cell]
) -> Iterator[Cell]:
    """Give the unknown cells that hold something and could hold nothing else.

    One more in a cell is one less beside it and so on, around a loop of unknown cells, none of
    which may fall below nothing.  Such a loop is a way through a graph: a row leads to a column
    where their cell may grow, the column to the row where it may shrink; totals are the same
    between the rows, or the columns, and a place that stands for all of them.  A cell without a
    loop is fixed: this is exact, the flows of a network being whole numbers.
    """
    ways = _ways(grid, counts, unknown)
    for cell in grid.cells:
        if cell in unknown and counts[cell]:
            row, column = grid.totals_of(cell)
            may_grow = _leads(ways, column, row, cell)
            if not may_grow and not _leads(ways, row, column, cell):
                yield cell


Ways = dict[Node, list[tuple[Node, Cell]]]


def _ways(grid: Grid, counts: Mapping[Cell, int], unknown: Collection[Cell]) -> Ways:
    steps: dict[Cell, tuple[Node, Node]] = {}
    for cell in grid.cells:
        row, column = grid.totals_of(cell)
        steps |= {cell: (row, column), row: (UP, row), column: (column, DOWN)}
    ways: Ways = {}
    for cell, (start, end) in steps.items():
        if cell in unknown:
            ways.setdefault(start, []).append((end, cell))
            if counts[cell]:
                ways.setdefault(end, []).append((start, cell))
    return ways


def _leads(ways: Ways, start: Node, end: Node, without: Cell) -> bool:
    """Say whether there is a way from `start` to `end` that does not pass through a cell."""
    seen, waiting = {start}, [start]
    while waiting:
        for place, through in ways.get(waiting.pop(), ()):
            if place == end and through != without:
                return True
            if through != without and place not in seen:
                seen.add(place)
                waiting.append(place)
    return False
