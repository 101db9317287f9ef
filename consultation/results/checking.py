"""Says where the tallies are not what the answers say, in French."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.plan.models import Indicator, Measure
from consultation.questionnaires.models import Questionnaire, Round
from consultation.results.cells import Cell
from consultation.results.instant import one_instant
from consultation.results.maintaining import Counted, Difference, differences, waiting
from consultation.results.models import Tally

TOOL = "outil"


@dataclass(frozen=True)
class Checked:
    """What the check says, line by line, and whether anything differs."""

    said: Sequence[str]
    differ: bool


def check(session: Session, chosen: Round | None) -> Checked:
    """Compare a round, or all of them, with the answers.  What waits to be counted is not wrong."""
    with one_instant(session) as instant:
        late = set(waiting(instant))
        every = _everything(instant, chosen)
        lines = [line for one in every if one not in late for line in _lines(instant, one)]
    waiting_here = len(late & set(every))
    differ = bool(lines)
    if not differ:
        checked = len(every) - waiting_here
        verified = "formulaire vérifié" if checked < 2 else "formulaires vérifiés"
        lines = [f"Les comptes sont ceux des réponses : {checked} {verified}."]
    if waiting_here:
        late_ones = "formulaires attendent d'être recomptés"
        if waiting_here == 1:
            late_ones = "formulaire attend d'être recompté"
        lines.append(
            f"{waiting_here} {late_ones} :"
            " « consultation results refresh », puis vérifiez de nouveau."
        )
    return Checked(lines, differ)


def _everything(session: Session, chosen: Round | None) -> list[Counted]:
    """Return what was asked, and what is counted without having been."""
    of_round = [] if chosen is None else [chosen.id]
    found: set[Counted] = set()
    for table in (Questionnaire, Tally):
        rows = sa.select(table.round_id, table.measure_id).distinct()
        if of_round:
            rows = rows.where(table.round_id.in_(of_round))
        found.update(Counted(*row) for row in session.execute(rows))
    return sorted(found, key=lambda one: (one.round_id, one.measure_id or 0))


def _lines(session: Session, counted: Counted) -> Iterator[str]:
    found = differences(session, counted)
    if not found:
        return
    tour = session.get_one(Round, counted.round_id).code
    measure = session.get(Measure, counted.measure_id) if counted.measure_id else None
    for one in sorted(found, key=_order):
        stored = one.stored.count if one.stored else 0
        where = f"{tour}, {measure.code if measure else TOOL}{_named(session, one.cell)}"
        yield f"{where} : {stored} au lieu de {one.counted}"


def _order(one: Difference) -> tuple[int, str, str, str, str]:
    cell = one.cell
    return cell.indicator_id or 0, cell.question, cell.value, cell.side, cell.side_code


def _named(session: Session, cell: Cell) -> str:
    indicator = session.get_one(Indicator, cell.indicator_id).code if cell.indicator_id else ""
    parts = (indicator, cell.question or "contributions", cell.value, cell.side, cell.side_code)
    return "".join(f" · {part}" for part in parts if part)
