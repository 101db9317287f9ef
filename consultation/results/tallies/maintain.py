"""Maintenance of tallies: refresh after changes, check against the answers.

Triggers of the database note what changes (see `TRIGGERS`).  A measure is counted whole, outside
any write; only the differences are then written, in one transaction with the removal of the changes
that were read.  A change that comes in between stays noted.  A worker that finds one of its changes
removed by another worker writes nothing: its count may be older than the stored one.

Migrations create the triggers; a test compares those of the database with `TRIGGERS`.  A batch
rebuild on SQLite drops the triggers of the table that it rebuilds, and fails on those of other
tables that read it: a migration that rebuilds one of these tables drops all triggers first, and
creates them again.

No trigger is on new answers: they are stored with their response, in its transaction.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db.base import Base, snapshot_session, writing
from consultation.i18n import form_for
from consultation.jobs.progress import Report
from consultation.jobs.worker import Task
from consultation.plan.models import Indicator, Measure
from consultation.questionnaires.models import Questionnaire, Round
from consultation.responses.models import Response
from consultation.results.models import TALLY_SIDE, Tally, TallyChange
from consultation.results.tallies import count
from consultation.results.tallies.queries import Cell

EVERY_SECONDS = 3.0
REST = 4
"""Pause after a refresh, in multiples of its duration: a fifth of one processor at most."""
IDS_AT_A_TIME = 500

_OF_CELL = (
    Tally.measure_id, Tally.indicator_id, Tally.question, Tally.value, TALLY_SIDE, Tally.side_code
)  # fmt: skip


class Scope(NamedTuple):
    """What is counted at once: a measure of a round, or its tool if `measure_id` is None."""

    round_id: int
    measure_id: int | None


@dataclass(frozen=True)
class Stored:
    id: int
    count: int


@dataclass(frozen=True)
class Difference:
    """A cell whose stored tally, if any, is not the number of its answers."""

    cell: Cell
    stored: Stored | None
    counted: int


def refresh(session: Session, report: Report = lambda step: None) -> int:
    """Count again what has changed, one transaction each; return how many measures were written.

    Any number of workers may call this at once.  `report` is called with each step.
    """
    changed = waiting(session)
    session.rollback()
    count = 0
    for number, scope in enumerate(changed, 1):
        report(f"Comptage des réponses : formulaire {number} sur {len(changed)}")
        count += _refresh_scope(session, scope)
    return count


def waiting(session: Session) -> Sequence[Scope]:
    """Return the scopes that have changed since they were last counted."""
    if session.scalar(sa.select(TallyChange.id).limit(1)) is None:
        return []
    rows = session.execute(
        sa.select(Questionnaire.round_id, Questionnaire.measure_id)
        .join(Response, Response.questionnaire_id == Questionnaire.id)
        .join(TallyChange, TallyChange.response_id == Response.id)
        .distinct()
    )
    return [Scope(round_id, measure_id) for round_id, measure_id in rows]


def differences(session: Session, scope: Scope) -> list[Difference]:
    """Compare tallies and answers; `session` has to be one snapshot of both."""
    cells = count.count(session, scope.round_id, measures=[scope.measure_id])
    stored = _stored(session, scope)
    return [
        Difference(cell, stored.get(cell), cells[cell])
        for cell in {**cells, **stored}
        if cells[cell] != (stored[cell].count if cell in stored else 0)
    ]


def task() -> Task:
    """Return the task that refreshes; in its own thread, as a large measure would delay mail."""
    return Task("tallies", EVERY_SECONDS, _Turns().take, has_own_thread=True)


class _Turns:
    """Calls of the task; after a long refresh the next ones are skipped."""

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


def _refresh_scope(session: Session, scope: Scope) -> bool:
    with snapshot_session(session) as snapshot:
        change_ids = _changes(snapshot, scope)
        differing = differences(snapshot, scope) if change_ids else []
    with writing(session):
        if not change_ids or not _remove(session, change_ids):
            return False
        _write(session, scope, differing)
    return True


def _changes(session: Session, scope: Scope) -> Sequence[int]:
    return session.scalars(
        sa.select(TallyChange.id)
        .join(Response, Response.id == TallyChange.response_id)
        .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
        .where(*_is(scope, Questionnaire))
        .order_by(TallyChange.id)
    ).all()


def _remove(session: Session, change_ids: Sequence[int]) -> bool:
    """Remove the changes; return False if another worker has removed or locked any of them."""
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


def _write(session: Session, scope: Scope, differing: Sequence[Difference]) -> None:
    table = Base.metadata.tables[Tally.__tablename__]  # the model would be flushed row by row
    gone = [it.stored.id for it in differing if it.stored and not it.counted]
    for batch in _batched(gone, IDS_AT_A_TIME):
        session.execute(sa.delete(table).where(table.c.id.in_(batch)))
    changed = [
        {"this": it.stored.id, "now": it.counted} for it in differing if it.stored and it.counted
    ]
    if changed:
        update = sa.update(table).where(table.c.id == sa.bindparam("this"))
        session.execute(update.values(count=sa.bindparam("now")), changed)
    columns = ("round_id", *Cell._fields, "count")
    added = [
        dict(zip(columns, (scope.round_id, *it.cell, it.counted), strict=True))
        for it in differing
        if it.stored is None
    ]
    if added:
        session.execute(sa.insert(table), added)


def _stored(session: Session, scope: Scope) -> Mapping[Cell, Stored]:
    rows = session.execute(sa.select(*_OF_CELL, Tally.id, Tally.count).where(*_is(scope, Tally)))
    return {Cell(*row[:-2]): Stored(*row[-2:]) for row in rows}


def _is(
    scope: Scope, table: type[Questionnaire | Tally]
) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Return the conditions that a row is of the scope."""
    measure_id = scope.measure_id
    return (
        table.round_id == scope.round_id,
        table.measure_id.is_(None) if measure_id is None else table.measure_id == measure_id,
    )


def _batched(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


TOOL = "outil"


@dataclass(frozen=True)
class CheckResult:
    """The lines of a check in French, and whether anything differs."""

    lines: Sequence[str]
    differ: bool


def check(
    session: Session, chosen: Round | None, report: Report = lambda step: None
) -> CheckResult:
    """Check the tallies of a round, or of all; what waits to be counted again is no error."""
    with snapshot_session(session) as snapshot:
        late = set(waiting(snapshot))
        every = _everything(snapshot, chosen)
        lines: list[str] = []
        for number, scope in enumerate(every, 1):
            report(f"Vérification : formulaire {number} sur {len(every)}")
            if scope not in late:
                lines += _differing_lines(snapshot, scope)
    waiting_here = len(late & set(every))
    differ = bool(lines)
    if not differ:
        checked = len(every) - waiting_here
        verified = form_for(checked, "formulaire vérifié", "formulaires vérifiés")
        lines = [f"Les comptes sont ceux des réponses : {checked} {verified}."]
    if waiting_here:
        late_ones = form_for(
            waiting_here,
            "formulaire attend d'être recompté",
            "formulaires attendent d'être recomptés",
        )
        lines.append(
            f"{waiting_here} {late_ones} :"
            " « consultation results refresh », puis vérifiez de nouveau."
        )
    return CheckResult(lines, differ)


def _everything(session: Session, chosen: Round | None) -> list[Scope]:
    """Return the scopes of all questionnaires and of all tallies."""
    of_round = [] if chosen is None else [chosen.id]
    everything: set[Scope] = set()
    for table in (Questionnaire, Tally):
        rows = sa.select(table.round_id, table.measure_id).distinct()
        if of_round:
            rows = rows.where(table.round_id.in_(of_round))
        everything.update(Scope(*row) for row in session.execute(rows))
    return sorted(everything, key=lambda scope: (scope.round_id, scope.measure_id or 0))


def _differing_lines(session: Session, scope: Scope) -> Iterator[str]:
    differing = differences(session, scope)
    if not differing:
        return
    round_code = session.get_one(Round, scope.round_id).code
    measure = session.get(Measure, scope.measure_id) if scope.measure_id else None
    for difference in sorted(differing, key=_order):
        stored = difference.stored.count if difference.stored else 0
        where = (
            f"{round_code}, {measure.code if measure else TOOL}{_named(session, difference.cell)}"
        )
        yield f"{where} : {stored} au lieu de {difference.counted}"


def _order(difference: Difference) -> tuple[int, str, str, str, str]:
    cell = difference.cell
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
    Trigger("tally_answer_changed", "UPDATE OF option_id, number, date, row_code, rank", "answer"),
    Trigger("tally_answer_removed", "DELETE", "answer"),
)
