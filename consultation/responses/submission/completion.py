"""Completion times: how many forms took how many minutes, and nothing of whose they are."""

from datetime import datetime
from functools import partial
from math import ceil
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from consultation.db.statements import Statement
from consultation.questionnaires.form import duration
from consultation.questionnaires.form.instrument import Instrument, InstrumentCache
from consultation.responses.models import CompletionCount
from consultation.responses.submission import context
from consultation.responses.submission.key import SubmissionKey

ENOUGH = 30
"""Completions from which their median is shown in place of the estimate."""
LONGEST = 60
"""Minutes; a form that was open for longer was put aside in between, and counts as this."""


def count(
    session: Session, form: Instrument, key: SubmissionKey, at: datetime, *, is_in_space: bool
) -> None:
    """Count a form that is stored in this transaction as the first of its respondent on a measure.

    It took from its page to here: a draft that was gone on with counts from when it was opened
    again.
    """
    minutes = ceil((at - key.issued_at).total_seconds() / 60)
    values = {
        "round_id": form.round_id,
        "indicator_count": form.indicator_count,
        "is_in_space": is_in_space,
        "minutes": min(max(minutes, 1), LONGEST),
        "count": 1,
    }
    _COUNT_ONE.rows(session, values)


def median(session: Session, form: Instrument, *, is_in_space: bool) -> int | None:
    """Return the median of the minutes that forms of this length took in the round.

    None before `ENOUGH` were counted.
    """
    counts = session.execute(
        sa.select(CompletionCount.minutes, CompletionCount.count)
        .where(
            CompletionCount.round_id == form.round_id,
            CompletionCount.indicator_count == form.indicator_count,
            CompletionCount.is_in_space.is_(is_in_space),
        )
        .order_by(CompletionCount.minutes)
    ).all()
    total = sum(times for _minutes, times in counts)
    if total < ENOUGH:
        return None
    seen = 0
    for minutes, times in counts:
        seen += times
        if 2 * seen >= total:
            return int(minutes)
    raise AssertionError


def minutes_of(session: Session, form: Instrument, *, is_in_space: bool) -> int:
    """Return how many minutes a form takes: as it did, else by an estimate."""
    taken = median(session, form, is_in_space=is_in_space)
    return taken or duration.minutes_for(form, is_known=is_in_space)


def announced_minutes(
    session: Session, shelf: InstrumentCache, code: str, at: datetime, *, is_in_space: bool
) -> int | None:
    """Return the minutes that the form on a measure says it takes, None where there is none."""
    given = context.load(session, shelf, code, at)
    return minutes_of(session, given.instrument, is_in_space=is_in_space) if given else None


def _upsert(table: sa.Table, dialect: str) -> sa.ClauseElement:
    insert: Any = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    counted: sa.ClauseElement = insert.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={"count": table.c.count + insert.excluded.count},
    )
    return counted


_TABLE = CompletionCount.metadata.tables[CompletionCount.__tablename__]
_COUNT_ONE = Statement(partial(_upsert, _TABLE), tuple(column.name for column in _TABLE.columns))
