"""Disclosure control: which cells of a table are hidden, so that none can be worked out.

A cell is named by a tuple: `()` is the number of responses; `(side, code)` those of a capacity or
a territory; `(question, value)` those that gave a value, « no answer » being one of them;
`(question, value, side, code)` both.  So the parts of every line add up to its total, whatever
the table, and a cell that tables share is the same cell, hidden or not, in all of them.

A question may also be published in two classes (`TwoClasses`): `(question, CLASS, code)` are the
sums of some of its values.  The classes are then the parts of the number of responses, and the
values those of their class.

**At one moment.**  A count from 1 to `small - 1` is hidden.  In a line that hides something at
least two cells are hidden, which together hold at least `small` and more than one each, else more
are hidden.  Where a total is hidden so are its parts, zeros too: they would reveal the answers of
the few.  In a crossed table, zeros at the crossing of lines that hide something are hidden as
well, and the grid of a table is checked last: each hidden cell has at least `small` possible
values.

**Over time.**  A cell that was published moves only when at least `small` responses joined or left
it; else it stays as it was published.  Those that stay or are hidden do not add up, within their
line, to a move from 1 to `small - 1` since any earlier publication, else more of them stay.  A
cell that was hidden is shown once it holds `2 * small - 1` (or nothing), by which at least `small`
joined however few it held: what it held before then has no part in any decision.

A question that was published without classes, and hid a value, has none afterwards: two ways of
hiding, set against each other, would reveal it.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

Cell = tuple[str, ...]
TOTAL: Cell = ()
Node = Cell | str
UP, DOWN = "all rows", "all columns"


CLASS = "class"
NO_ANSWER = ""
"""Value of a question for the responses without an answer to it."""


@dataclass(frozen=True)
class TwoClasses:
    """A question of which the value `first` and those of `second`, added up, are published too.

    All other values are the rest; it is named as `NO_ANSWER` is, which it always holds.
    """

    question: str
    first: str
    second: Collection[str]

    @property
    def second_cell(self) -> Cell:
        return (self.question, CLASS, "second")

    @property
    def rest_cell(self) -> Cell:
        """Cell of the responses in neither class."""
        return (self.question, CLASS, NO_ANSWER)

    @property
    def cells(self) -> tuple[Cell, Cell, Cell]:
        """The three parts of the number of responses."""
        return (self.question, self.first), self.second_cell, self.rest_cell

    def lines(self, values: Iterable[Cell]) -> list["Line"]:
        """Return the line of the classes, and that of the values of each."""
        others = [cell for cell in values if cell[1] != self.first]
        second = [cell for cell in others if cell[1] in self.second]
        rest = [cell for cell in others if cell[1] not in self.second]
        of_classes = Line(TOTAL, self.cells)
        return [of_classes, Line(self.second_cell, second), Line(self.rest_cell, rest)]

    def added_to(self, counts: Mapping[Cell, int]) -> dict[Cell, int]:
        """Return counts with those of the classes."""
        sums = self.lines(self._values(counts))[1:]
        return dict(counts) | {it.total: sum(counts[cell] for cell in it.parts) for it in sums}

    def may_follow(self, earlier: "Publication") -> bool:
        """Return whether an earlier publication has the classes, or hides none of their values."""
        return self.rest_cell in earlier.counts or earlier.unknown.isdisjoint(
            self._values(earlier.counts)
        )

    def added_to_publication(self, earlier: "Publication") -> "Publication":
        """Return a publication that they may follow with the classes that it lacks."""
        if self.rest_cell in earlier.counts or not self._values(earlier.counts):
            return earlier
        counts = self.added_to(earlier.counts)
        sums = {cell: counts[cell] for cell in self.cells[1:]}
        return Publication(counts, {**earlier.published, **sums}, earlier.unknown)

    def _values(self, cells: Iterable[Cell]) -> list[Cell]:
        return [cell for cell in cells if len(cell) == 2 and cell[0] == self.question]


@dataclass(frozen=True)
class Line:
    """Cells that add up to `total`."""

    total: Cell
    parts: Sequence[Cell]


@dataclass(frozen=True)
class Grid:
    """The cells `(question, value, side, code)` of one question and one side.

    `classes` are the classes of the values that have one.
    """

    cells: Sequence[Cell]
    classes: Mapping[Cell, Cell] = field(default_factory=dict)

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


def grids_of(counts: Iterable[Cell], classes: Mapping[Cell, Cell]) -> list[Grid]:
    """Return the crossed tables among all cells; `classes` are those of all values."""
    cells: dict[tuple[str, str], list[Cell]] = {}
    for cell in counts:
        if len(cell) == 4:
            cells.setdefault((cell[0], cell[2]), []).append(cell)
    return [Grid(tuple(of_grid), classes) for of_grid in cells.values()]


def narrow_cells(
    grid: Grid, counts: Mapping[Cell, int], unknown: Collection[Cell], wanted: int
) -> Iterator[Cell]:
    """Yield the unknown cells that have fewer than `wanted` possible values.

    One more in a cell is one less beside it and so on, around a loop of unknown cells, none of
    which may fall below zero.  Such a loop is a way through a graph: a row leads to a column
    where their cell may grow, the column to the row where it may shrink; totals are the same
    between the rows, or the columns, and a node that represents all of them.  How far a cell may
    grow or shrink is what flows through all its loops: this is exact, the flows of a network
    being whole numbers.
    """
    ways = _ways(grid, counts, unknown)
    for cell in grid.cells:
        if cell in unknown:
            row, column = grid.totals_of(cell)
            lacking = (
                wanted - 1 - min(counts[cell], _flow(ways, counts, (row, column), cell, wanted))
            )
            if lacking > 0 and _flow(ways, counts, (column, row), cell, lacking) < lacking:
                yield cell


Step = tuple[Node, Cell, int]
"""Where a way leads, through which cell, which grows by 1 or shrinks by -1."""
Ways = dict[Node, list[Step]]


def _ways(grid: Grid, counts: Mapping[Cell, int], unknown: Collection[Cell]) -> Ways:
    steps: dict[Cell, tuple[Node, Node]] = {}
    for cell in grid.cells:
        row, column = grid.totals_of(cell)
        steps |= {cell: (row, column), row: (UP, row), column: (column, DOWN)}
        if column in grid.classes:
            of_column = grid.classes[column]
            steps |= {column: (column, of_column), of_column: (of_column, DOWN)}
    ways: Ways = {}
    for cell, (start, end) in steps.items():
        if cell in unknown:
            ways.setdefault(start, []).append((end, cell, 1))
            ways.setdefault(end, []).append((start, cell, -1))
    return ways


def _flow(
    ways: Ways, counts: Mapping[Cell, int], ends: tuple[Node, Node], without: Cell, enough: int
) -> int:
    """Return how much flows from one end to the other beside a cell, `enough` at most."""
    held: dict[Cell, int] = {}
    flow = 0
    while flow < enough:
        path = _path(ways, ends, without, lambda cell: held.get(cell, counts[cell]))
        if path is None:
            return flow
        shrinking = [held.get(cell, counts[cell]) for cell, change in path if change < 0]
        width = min([enough - flow, *shrinking])
        for cell, change in path:
            held[cell] = held.get(cell, counts[cell]) + change * width
        flow += width
    return flow


def _path(
    ways: Ways, ends: tuple[Node, Node], without: Cell, held: Callable[[Cell], int]
) -> list[tuple[Cell, int]] | None:
    """Return the cells that change along the shortest path, None where there is none."""
    start, end = ends
    came: dict[Node, tuple[Node, Cell, int]] = {}
    waiting = deque([start])
    while waiting and end not in came:
        here = waiting.popleft()
        for place, through, change in ways.get(here, ()):
            is_open = through != without and (change > 0 or held(through) > 0)
            if is_open and place not in came and place != start:
                came[place] = here, through, change
                waiting.append(place)
    if end not in came:
        return None
    path, node = [], end
    while node != start:
        node, through, change = came[node]
        path.append((through, change))
    return path


@dataclass(frozen=True)
class Publication:
    """One publication of figures: `published` has None for a hidden cell.

    `counts` are the counts at that moment, and `unknown` the cells whose count the public cannot
    know: the hidden ones, and those that stayed as published before.
    """

    counts: Mapping[Cell, int]
    published: Mapping[Cell, int | None]
    unknown: frozenset[Cell]


def publishable(
    counts: Mapping[Cell, int],
    earlier: Sequence[Publication],
    small: int,
    together: Iterable[Collection[Cell]] = (),
    classed: Iterable[TwoClasses] = (),
) -> Publication:
    """Return the publication of `counts` after `earlier` ones, the latest last.

    `together` are groups of cells of which all are unknown where one is.  `classed` are the
    questions that may be published in classes.
    """
    known = dict.fromkeys(earlier[-1].counts, 0) if earlier else {}
    of_values = {cell: 0 for cell in known if cell[1:2] != (CLASS,)}
    whole = {TOTAL: 0} | of_values | dict(counts)
    return _Decision(whole, earlier, small, classed).decided(together)


class _Decision:
    """State of the decisions: a cell can become hidden or kept, and never be freed again."""

    def __init__(
        self,
        counts: Mapping[Cell, int],
        earlier: Sequence[Publication],
        small: int,
        classed: Iterable[TwoClasses],
    ) -> None:
        self.small = small
        self.classed = {it.question: it for it in classed if all(map(it.may_follow, earlier))}
        self.counts, self.earlier = counts, earlier
        for classes in self.classed.values():
            self.counts = classes.added_to(self.counts)
            self.earlier = [classes.added_to_publication(before) for before in self.earlier]
        self.latest: Mapping[Cell, int | None] = self.earlier[-1].published if earlier else {}
        self.classes: dict[Cell, Cell] = {}
        """Classes of the values of questions that are published in classes."""
        self.hidden: set[Cell] = set()
        self.unknown: set[Cell] = set()
        self.order = {cell: place for place, cell in enumerate(self.counts)}

    def decided(self, together: Iterable[Collection[Cell]]) -> Publication:
        self._judge(TOTAL)
        for line in lines_of(self.counts):
            classes = self.classed.get(line.parts[0][0])
            self._settle_classes(line, classes) if classes else self._settle(line)
        for cells in together:
            self._unite(cells)
        if TOTAL in self.unknown:  # one of the lines may only just have hidden it
            for cell in self.counts:
                self._follow(cell, [TOTAL])
        else:
            for grid in grids_of(self.counts, self.classes):
                self._settle_grid(grid)
        published: dict[Cell, int | None] = {}
        for cell, count in self.counts.items():
            published[cell] = self.latest.get(cell) if cell in self.unknown else count
        published |= dict.fromkeys(self.hidden)
        return Publication(dict(self.counts), published, frozenset(self.unknown))

    # One cell

    def _judge(self, cell: Cell) -> None:
        """Decide on a cell by its count and its last published value."""
        count, small = self.counts[cell], self.small
        if cell not in self.latest:
            if 0 < count < small:
                self._hide(cell)
            return
        was = self.latest[cell]
        if was is None:
            if 0 < count < 2 * small - 1:
                self._hide(cell)
        elif 0 < abs(count - was) < small or (0 < count < small and was < 2 * small - 1):
            self._keep(cell)  # hiding it would reveal that it lost at least `small`
        elif 0 < count < small:
            self._hide(cell)

    def _hide(self, cell: Cell) -> None:
        self.hidden.add(cell)
        self.unknown.add(cell)

    def _keep(self, cell: Cell) -> None:
        """Keep a cell as last published; hide it where it was hidden or not published."""
        self.unknown.add(cell)
        if self.latest.get(cell) is None:
            self.hidden.add(cell)

    def _follow(self, cell: Cell, totals: Iterable[Cell]) -> None:
        """Hide or keep a part as its totals are, of which one is unknown."""
        self._hide(cell) if not self.hidden.isdisjoint(totals) else self._keep(cell)

    # One question in classes

    def _settle_classes(self, line: Line, classes: TwoClasses) -> None:
        lines = classes.lines(line.parts)
        for of_class in lines[1:]:
            self.classes |= dict.fromkeys(of_class.parts, of_class.total)
        is_settled = False
        while not is_settled:
            before = len(self.unknown), len(self.hidden)
            for each in lines:
                self._settle(each)
            is_settled = before == (len(self.unknown), len(self.hidden))

    # One line

    def _unite(self, cells: Collection[Cell]) -> None:
        if not self.unknown.isdisjoint(cells):
            for cell in cells:
                self._follow(cell, cells)

    def _settle(self, line: Line) -> None:
        for cell in line.parts:
            self._follow(cell, [line.total]) if line.total in self.unknown else self._judge(cell)
        self._complete(line, strictly=True)

    def _complete(self, line: Line, *, strictly: bool) -> bool:
        """Hide and keep more cells until the line reveals none; return whether any was."""
        changed = False
        while line.total not in self.unknown:
            if not self._hides_enough(line, strictly):
                if not self._hide_one_more(line.parts):
                    if strictly:
                        self._keep(line.total)
                    return changed
            elif not self._moves_enough(line) or not self._hides_enough(line, strictly, kept=True):
                if not self._keep_one_more(line.parts):
                    return changed
            else:
                return changed
            changed = True
        return changed

    def _hides_enough(self, line: Line, strictly: bool, *, kept: bool = False) -> bool:
        """Return whether the hidden cells, and the kept ones if `kept`, protect each other.

        Their sum reveals cells that all hold the most a hidden one can; and, `strictly`, where
        zeros are published, cells that hold one each.
        """
        unknown = self.unknown if kept else self.hidden
        held = [self.counts[cell] for cell in line.parts if cell in unknown]
        if not held or not self.counts[line.total]:
            return True
        if len(held) == 1 or sum(held) < self.small or (strictly and sum(held) == len(held)):
            return False
        return any(count != self.small - 1 for count in held)

    def _moves_enough(self, line: Line) -> bool:
        """Return whether the sum of unknown cells moved by zero or by at least `small`."""
        for before in self.earlier:
            if line.total in before.unknown:
                continue
            unknown = [
                part for part in line.parts if part in self.unknown or part in before.unknown
            ]
            moved = sum(self.counts[part] - before.counts.get(part, 0) for part in unknown)
            if len(unknown) < len(line.parts) and 0 < abs(moved) < self.small:
                return False
        return True

    def _hide_one_more(self, cells: Iterable[Cell]) -> bool:
        """Hide the next cell that is not zero, else a zero that no total reveals."""
        known = [
            cell for cell in cells if cell not in self.hidden and not self._is_in_empty_line(cell)
        ]
        if known:
            self._hide(min(known, key=lambda cell: (not self.counts[cell], self._rank(cell))))
        return bool(known)

    def _is_in_empty_line(self, cell: Cell) -> bool:
        """Return whether nobody is in a line of a crossed table, and its total says so."""
        totals = Grid.totals_of(cell) if len(cell) == 4 else ()
        return any(total not in self.unknown and not self.counts[total] for total in totals)

    def _keep_one_more(self, cells: Iterable[Cell]) -> bool:
        """Keep the next cell that moved, else one that did not; no zero that a total reveals."""
        known = [
            cell for cell in cells if cell not in self.unknown and not self._is_in_empty_line(cell)
        ]
        if known:
            self._keep(min(known, key=lambda cell: (not self._moved(cell), self._rank(cell))))
        return bool(known)

    def _rank(self, cell: Cell) -> tuple[bool, int]:
        """Return the rank of a cell to hide: no answer first, then the last in order.

        Independent of the counts: a choice by size would reveal sizes.
        """
        return NO_ANSWER not in cell, -self.order[cell]

    def _moved(self, cell: Cell) -> bool:
        return self.counts[cell] != (self.latest.get(cell) or 0)

    # One crossed table

    def _settle_grid(self, grid: Grid) -> None:
        for cell in grid.cells:
            totals = grid.totals_of(cell)
            if self._is_in_empty_line(cell):
                continue
            if self.unknown.isdisjoint(totals):
                self._judge(cell)
            else:
                self._follow(cell, totals)
        while self._complete_grid(grid):
            pass

    def _complete_grid(self, grid: Grid) -> bool:
        """Check the table once; return whether more cells are hidden or kept."""
        changed = False
        for total, parts in grid.lines():
            changed |= self._complete(Line(total, parts), strictly=False)
        return changed or self._hide_zeros(grid) or self._loosen(grid)

    def _hide_zeros(self, grid: Grid) -> bool:
        hiding = {total for cell in self.hidden.intersection(grid.cells)
                  for total in grid.totals_of(cell)}  # fmt: skip
        zeros = [
            cell
            for cell in grid.cells
            if cell not in self.unknown
            and not self.counts[cell]
            and hiding.issuperset(grid.totals_of(cell))
        ]
        self.hidden.update(zeros)
        self.unknown.update(zeros)
        return bool(zeros)

    def _loosen(self, grid: Grid) -> bool:
        """Hide one more cell where a hidden one has fewer than `small` possible values.

        Or keep one more where one that stayed as it was has a single one.  Zeros come last.
        """
        narrow = narrow_cells(grid, self.counts, self.hidden, self.small)
        single = narrow_cells(grid, self.counts, self.unknown, 2)
        return self._add_beside(grid, narrow, self._hide_one_more) or self._add_beside(
            grid, (cell for cell in single if self.counts[cell]), self._keep_one_more
        )

    def _add_beside(
        self, grid: Grid, cells: Iterable[Cell], one_more: Callable[[Iterable[Cell]], bool]
    ) -> bool:
        for cell in cells:
            around = [grid.beside(cell), grid.cells]
            held = [[other for other in near if self.counts[other]] for near in around]
            if any(map(one_more, held + around)):
                return True
        return False
