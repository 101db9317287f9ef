"""Maintenance of tallies: refreshed as responses come, compared with the answers.

The database itself notes what changes (see `triggers`).  A measure is counted whole, outside any
write; only what differs is then written, together with the removal of the changes that were read.
A change that comes in between stays in the list.  Whoever finds that another worker has already
removed one of those changes writes nothing: what it counted may be older than what stands.

The migrations make these triggers; a test compares what the database holds with this list.
A batch rebuild on SQLite drops the triggers of the table that it rebuilds, and fails on those of
other tables that read it: a migration that rebuilds one of these tables first drops all of them,
and makes them again.

No trigger follows new answers: they are stored with their response, in its transaction.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db.base import Base, snapshot_session, writing
from consultation.jobs.worker import Task
from consultation.plan.models import Indicator, Measure
from consultation.questionnaires.models import Questionnaire, Round
from consultation.responses.models import Response
from consultation.results.models import TALLY_SIDE, Tally, TallyChange
from consultation.results.tallies import count
from consultation.results.tallies.queries import Cell

EVERY_SECONDS = 3.0
REST = 4
"""How many times as long as the last refresh took it rests: a fifth of one processor at most."""
IDS_AT_A_TIME = 500

_OF_CELL = (
    Tally.measure_id, Tally.indicator_id, Tally.question, Tally.value, TALLY_SIDE, Tally.side_code
)  # fmt: skip


class Counted(NamedTuple):
    """What is counted and written at once: a measure in a round, or the tool without measure."""

    round_id: int
    measure_id: int | None


@dataclass(frozen=True)
class Stored:
    """A tally as it stands."""

    id: int
    count: int


@dataclass(frozen=True)
class Difference:
    """A cell where what stands (None: nothing) is not what the answers say (0: nothing)."""

    cell: Cell
    stored: Stored | None
    counted: int


def refresh(session: Session) -> int:
    """Count again what has changed; return how many measures were.  Each is a write of its own.

    Any number of workers may call this at once.
    """
    found = waiting(session)
    session.rollback()
    return sum(_refresh_one(session, one) for one in found)


def waiting(session: Session) -> Sequence[Counted]:
    """Return what has changed since it was counted."""
    if session.scalar(sa.select(TallyChange.id).limit(1)) is None:
        return []
    rows = session.execute(
        sa.select(Questionnaire.round_id, Questionnaire.measure_id)
        .join(Response, Response.questionnaire_id == Questionnaire.id)
        .join(TallyChange, TallyChange.response_id == Response.id)
        .distinct()
    )
    return [Counted(round_id, measure_id) for round_id, measure_id in rows]


def differences(session: Session, counted: Counted) -> list[Difference]:
    """Return where the tallies are not what the answers say, by one reading of both."""
    cells = count.count(session, counted.round_id, measures=[counted.measure_id])
    stored = _stored(session, counted)
    return [
        Difference(cell, stored.get(cell), cells[cell])
        for cell in {**cells, **stored}
        if cells[cell] != (stored[cell].count if cell in stored else 0)
    ]


def task() -> Task:
    """Return what the worker does; apart, since a large measure would delay mail."""
    return Task("tallies", EVERY_SECONDS, _Turns().take, has_own_thread=True)


class _Turns:
    """The worker's turns: the longer one took, the longer the next ones are left out."""

    def __init__(self) -> None:
        self._not_before = 0.0

    def take(self, session: Session) -> int:
        began = time.monotonic()
        if began < self._not_before:
            return 0
        count = refresh(session)
        took = time.monotonic() - began
        self._not_before = began + took * (1 + REST)
        return count


def _refresh_one(session: Session, counted: Counted) -> bool:
    with snapshot_session(session) as instant:
        change_ids = _changes(instant, counted)
        found = differences(instant, counted) if change_ids else []
    with writing(session):
        if not change_ids or not _remove(session, change_ids):
            return False
        _write(session, counted, found)
    return True


def _changes(session: Session, counted: Counted) -> Sequence[int]:
    return session.scalars(
        sa.select(TallyChange.id)
        .join(Response, Response.id == TallyChange.response_id)
        .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
        .where(*_is(counted, Questionnaire))
        .order_by(TallyChange.id)
    ).all()


def _remove(session: Session, change_ids: Sequence[int]) -> bool:
    """Remove the changes, and say whether all of them still were there and are nobody else's."""
    batches = list(_batched(change_ids, IDS_AT_A_TIME))
    held = sum(
        len(
            session.scalars(
                sa.select(TallyChange.id)
                .where(TallyChange.id.in_(batch))
                .order_by(TallyChange.id)
                .with_for_update(skip_locked=True)
            ).all()
        )
        for batch in batches
    )
    if held < len(change_ids):
        return False
    for batch in batches:
        session.execute(sa.delete(TallyChange).where(TallyChange.id.in_(batch)))
    return True


def _write(session: Session, counted: Counted, found: Sequence[Difference]) -> None:
    table = Base.metadata.tables[Tally.__tablename__]  # the model would be flushed row by row
    gone = [one.stored.id for one in found if one.stored and not one.counted]
    for batch in _batched(gone, IDS_AT_A_TIME):
        session.execute(sa.delete(table).where(table.c.id.in_(batch)))
    changed = [
        {"this": one.stored.id, "now": one.counted} for one in found if one.stored and one.counted
    ]
    if changed:
        update = sa.update(table).where(table.c.id == sa.bindparam("this"))
        session.execute(update.values(count=sa.bindparam("now")), changed)
    columns = ("round_id", *Cell._fields, "count")
    added = [
        dict(zip(columns, (counted.round_id, *one.cell, one.counted), strict=True))
        for one in found
        if one.stored is None
    ]
    if added:
        session.execute(sa.insert(table), added)


def _stored(session: Session, counted: Counted) -> Mapping[Cell, Stored]:
    rows = session.execute(sa.select(*_OF_CELL, Tally.id, Tally.count).where(*_is(counted, Tally)))
    return {Cell(*row[:-2]): Stored(*row[-2:]) for row in rows}


def _is(
    counted: Counted, table: type[Questionnaire | Tally]
) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Return the conditions that a row is of what is counted."""
    measure_id = counted.measure_id
    return (
        table.round_id == counted.round_id,
        table.measure_id.is_(None) if measure_id is None else table.measure_id == measure_id,
    )


def _batched(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


TOOL = "outil"


@dataclass(frozen=True)
class Checked:
    """What the check says, line by line, and whether anything differs."""

    said: Sequence[str]
    differ: bool


def check(session: Session, chosen: Round | None) -> Checked:
    """Compare a round, or all of them, with the answers.  What waits to be counted is not wrong."""
    with snapshot_session(session) as instant:
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


class Trigger(NamedTuple):
    """A trigger that runs after `event` on each row of `table`."""

    name: str
    event: str
    table: str


TRIGGERS = (
    Trigger("tally_response_added", "INSERT", "response"),
    Trigger("tally_response_moved", "UPDATE OF superseded_at, withdrawn_at", "response"),
    Trigger(
        "tally_respondent_changed",
        "UPDATE OF capacity, organisation, territory, channel, standing",
        "respondent",
    ),
    Trigger("tally_aside_added", "INSERT", "response_set_aside"),
    Trigger("tally_aside_changed", "UPDATE", "response_set_aside"),
    Trigger("tally_aside_removed", "DELETE", "response_set_aside"),
    Trigger("tally_answer_changed", "UPDATE OF option_id, number, date", "answer"),
    Trigger("tally_answer_removed", "DELETE", "answer"),
)
