"""How much came in on each day of a round, as a calendar in Paris counts days."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import in_paris
from consultation.questionnaires.models import Questionnaire, Round
from consultation.responses.models import Draft, Response
from consultation.results.coverage import check
from consultation.results.tallies import counts_in
from consultation.web.permissions import Actor


@dataclass(frozen=True)
class Day:
    """A day and how many responses it brought, each counted on the day of its last revision."""

    on: date
    count: int


def per_day(session: Session, actor: Actor, consultation_round: Round, at: datetime) -> list[Day]:
    """Return the days of a round until now, empty ones included; raise `NotAllowed`."""
    check(actor)
    by_day = _by_day(session, consultation_round.id)
    last = min(consultation_round.closes_at - timedelta(microseconds=1), at)
    first_on, last_on = in_paris(consultation_round.opens_at).date(), in_paris(last).date()
    if by_day:  # a form sent in the minutes of grace, or by mail
        first_on, last_on = min(first_on, *by_day), max(last_on, *by_day)
    length = (last_on - first_on).days + 1
    days = (first_on + timedelta(days=number) for number in range(length))
    return [Day(day, by_day.get(day, 0)) for day in days]


def drafts(session: Session, actor: Actor, consultation_round: Round) -> Mapping[int | None, int]:
    """Return how many forms are begun and not sent, by measure (None: the tool)."""
    check(actor)
    rows: Sequence[tuple[int | None, int]] = [
        (measure_id, count)
        for measure_id, count in session.execute(
            sa.select(Questionnaire.measure_id, sa.func.count())
            .select_from(Draft)
            .join(Questionnaire, Questionnaire.id == Draft.questionnaire_id)
            .where(Questionnaire.round_id == consultation_round.id)
            .group_by(Questionnaire.measure_id)
        )
    ]
    return dict(rows)


def _by_day(session: Session, round_id: int) -> Mapping[date, int]:
    """Count by hour in SQL, which knows no time zone everywhere, and by day in Paris here."""
    hour = [sa.extract(part, Response.submitted_at) for part in ("year", "month", "day", "hour")]
    rows = session.execute(
        sa.select(*hour, sa.func.count())
        .select_from(Response)
        .join(Response.questionnaire)
        .where(counts_in(round_id))
        .group_by(*hour)
    )
    found: Counter[date] = Counter()
    for *parts, count in rows:
        year, month, day, hour_of_day = map(int, parts)
        moment = datetime(year, month, day, hour_of_day, tzinfo=UTC)
        found[in_paris(moment).date()] += count
    return found
