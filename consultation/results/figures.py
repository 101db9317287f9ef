"""The counts of a measure as the rule of small cells takes them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.results import cells as counted
from consultation.results.cells import ANSWERED, RESPONSES, Cells
from consultation.results.consensus import HIGH as HIGH_NOTES
from consultation.results.consensus import LOW as LOW_NOTES
from consultation.results.models import TALLY_SIDE, Tally, TallySide
from consultation.results.reported import HIGH, LOW, MIDDLE, Reported, ReportedQuestion, in_order
from consultation.results.small_cells import NO_ANSWER
from consultation.results.small_cells_grid import TOTAL, Cell

CROSSED = TallySide.CAPACITY
"""The side by which questions are crossed in public; by territory, nearly all would be hidden."""
CHOSEN = "chosen"
"""The value of each of several values that were chosen; `NO_ANSWER` that of who did not."""


@dataclass(frozen=True)
class Figures:
    """Counts by cell, and for each question on a scale how often each note."""

    counts: Mapping[Cell, int]
    notes: Mapping[str, Mapping[int, int]]
    together: Sequence[Collection[Cell]] = ()
    """The cells of each question of which every response had to choose at least one value."""


Said = Mapping[tuple[str, str], Mapping[tuple[int | None, str], Mapping[str, int]]]


def figures_of(reported: Reported, cells: Cells) -> Figures:
    """Return the figures of a measure from the cells that were counted of it."""
    said = _said(cells)
    counts = {TOTAL: _responses(said, TallySide.ALL, "")}
    for side, labels in reported.sides.items():
        found = [code for of, code in said if of == side and code not in labels]
        for code in [*labels, *sorted(found)]:
            counts[side.value, code] = _responses(said, side, code)
    codes = [cell[1] for cell in counts if cell and cell[0] == CROSSED.value]
    notes = {}
    for question in in_order(reported):
        counted = _several if question.is_several else _distribution
        counts |= counted(said, question, TallySide.ALL, "")
        for code in codes if question.is_crossed else ():
            counts |= counted(said, question, CROSSED, code)
        if question.is_scale:
            notes[question.key] = _notes(_values(said, question, TallySide.ALL, ""))
    return Figures(counts, notes, [_cells_of(one, counts) for one in _bound(reported)])


def _bound(reported: Reported) -> list[ReportedQuestion]:
    return [one for one in in_order(reported) if not one.is_crossed]


def _cells_of(question: ReportedQuestion, counts: Iterable[Cell]) -> list[Cell]:
    start = question.key_of("")
    return [cell for cell in counts if len(cell) == 2 and cell[0].startswith(start)]


def stored_cells(
    session: Session, round_id: int, measure_id: int | None, sides: Iterable[TallySide]
) -> Cells:
    """Return the cells of a measure as the worker keeps them counted.  One query."""
    rows = session.execute(
        sa.select(
            Tally.measure_id, Tally.indicator_id, Tally.question, Tally.value, TALLY_SIDE,
            Tally.side_code, Tally.count,
        ).where(
            Tally.round_id == round_id,
            Tally.measure_id.is_(None) if measure_id is None else Tally.measure_id == measure_id,
            Tally.side.in_(list(sides)),
        )
    )  # fmt: skip
    return Counter({counted.Cell(*row[:-1]): row[-1] for row in rows})


def _said(cells: Cells) -> Said:
    said: dict[tuple[str, str], dict[tuple[int | None, str], dict[str, int]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for cell, count in cells.items():
        said[cell.side, cell.side_code][cell.indicator_id, cell.question][cell.value] = count
    return said


def _responses(said: Said, side: TallySide, code: str) -> int:
    return said.get((side, code), {}).get((None, RESPONSES), {}).get(ANSWERED, 0)


def _values(
    said: Said, question: ReportedQuestion, side: TallySide, code: str
) -> Mapping[str, int]:
    return said.get((side, code), {}).get((question.indicator_id, question.code), {})


def _distribution(
    said: Said, question: ReportedQuestion, side: TallySide, code: str
) -> dict[Cell, int]:
    """Return how often each value was given, those without an answer being one of them."""
    counts: Counter[str] = Counter(dict.fromkeys(question.values, 0))
    for value, count in _values(said, question, side, code).items():
        if value != ANSWERED:
            counts[_third(value) if question.is_rated else value] += count
    counts[NO_ANSWER] = _responses(said, side, code) - counts.total()
    of_side = _of_side(side, code)
    return {(question.key, value, *of_side): count for value, count in counts.items()}


def _several(said: Said, question: ReportedQuestion, side: TallySide, code: str) -> dict[Cell, int]:
    """Return how many chose each value and how many did not, as of as many questions.

    Who answered at all is not counted: with how often the other values were chosen, it would say
    of a hidden one how often at least.
    """
    responses, of_side = _responses(said, side, code), _of_side(side, code)
    by_value = _values(said, question, side, code)
    counts: dict[Cell, int] = {}
    for value in {**question.values, **dict.fromkeys(by_value)}:
        if value != ANSWERED:
            key, chosen = question.key_of(value), by_value.get(value, 0)
            counts[key, CHOSEN, *of_side] = chosen
            counts[key, NO_ANSWER, *of_side] = responses - chosen
    return counts


def _of_side(side: TallySide, code: str) -> tuple[str, ...]:
    return (side.value, code) if side is not TallySide.ALL else ()


def _notes(by_value: Mapping[str, int]) -> Mapping[int, int]:
    return {int(value): count for value, count in by_value.items() if value.isdecimal()}


def _third(value: str) -> str:
    if not value.isdecimal():
        return value
    note = int(value)
    return LOW if note in LOW_NOTES else HIGH if note in HIGH_NOTES else MIDDLE
