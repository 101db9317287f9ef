"""Rounds: which one a visitor meets, a new one, and what the command line opens and closes."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.clock import PARIS, in_paris
from consultation.i18n import Localized
from consultation.questionnaires.models import Questionnaire, Round
from consultation.questionnaires.outline import store
from consultation.questionnaires.rounds import lifecycle, texts
from consultation.questionnaires.rounds.lifecycle import CLOSING_IS_PAST, RoundStateRefused

ROUND_DAYS = 90
NONE_YET = "Aucun tour de consultation : « consultation round open » en ouvre un."


class NoRound(Exception):
    """There is no round to act on."""


def current(session: Session, at: datetime) -> Round | None:
    """Return the announced round that is open, else the next to open, else the last that closed."""
    rounds = lifecycle.announced(session)
    for candidate in rounds:
        if at < candidate.closes_at:
            return candidate
    return rounds[-1] if rounds else None


def last_closed(session: Session, at: datetime) -> Round | None:
    """Return the round that closed last, if any has."""
    return next(
        (one for one in reversed(lifecycle.announced(session)) if one.closes_at <= at), None
    )


def in_force(session: Session, at: datetime) -> Round:
    """Return the round that a visitor meets; raise `NoRound`."""
    found = current(session, at)
    if found is None:
        raise NoRound(NONE_YET)
    return found


def last(session: Session) -> Round:
    """Return the latest round that was announced; raise `NoRound`."""
    found = lifecycle.announced(session)
    if not found:
        raise NoRound(NONE_YET)
    return found[-1]


def by_code(session: Session, code: str) -> Round:
    """Return the round of that code; raise `NoRound`."""
    found = session.scalars(sa.select(Round).where(Round.code == code)).one_or_none()
    if found is None:
        known = ", ".join(session.scalars(sa.select(Round.code).order_by(Round.opens_at)))
        raise NoRound(f"Aucun tour « {code} » ; il y a : {known or 'aucun tour'}.")
    return found


def questionnaire_for(
    session: Session, consultation_round: Round, measure_id: int | None
) -> str | None:
    """Return the public id of the form in force of a measure (None: of the tool), if any."""
    return session.scalar(
        sa.select(Questionnaire.public_id).where(
            Questionnaire.round_id == consultation_round.id,
            Questionnaire.measure_id.is_(None)
            if measure_id is None
            else Questionnaire.measure_id == measure_id,
            Questionnaire.closed_at.is_(None),
            Questionnaire.published_at.is_not(None),
        )
    )


def end_of_day_in_paris(at: datetime, days: int) -> datetime:
    """Return the last minute, in Paris, of the day that comes `days` after `at`."""
    day = in_paris(at).date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, 23, 59, tzinfo=PARIS)


def numbered(session: Session) -> tuple[str, Localized]:
    """Return the code and the title of one more round, by how many there are."""
    number = (session.scalar(sa.select(sa.func.count()).select_from(Round)) or 0) + 1
    while session.scalar(sa.select(Round.id).where(Round.code == f"tour-{number}")):
        number += 1
    return f"tour-{number}", {
        "fr": f"Tour {number} de la consultation",
        "en": f"Consultation round {number}",
    }


def add(session: Session, new: Round, at: datetime, *, by: int | None = None) -> Round:
    """Store a round in preparation, which asks and says what the last announced one does."""
    earlier = next(iter(reversed(lifecycle.announced(session))), None)
    session.add(new)
    session.flush()
    store.start_from(session, new, earlier, at)
    if earlier is not None:
        texts.copy(session, earlier, new, by=by, at=at)
    details = {"round_id": new.id, "from": earlier and earlier.code}
    audit_log.record(session, by, "round_created", new.code, details, at=at)
    session.flush()
    return new


def open_round(
    session: Session, at: datetime, closes_at: datetime | None = None, code: str | None = None
) -> Round:
    """Open at once the round of that code, else the announced one that waits, else a new one.

    A new one lasts `ROUND_DAYS` unless told otherwise.  Its forms are published next, by the
    caller.  Raise `NoRound` or `RoundStateRefused`.
    """
    lifecycle.hold_to_publish(session)
    chosen = by_code(session, code) if code else current(session, at)
    if code is None and chosen is not None:
        if chosen.is_open(at):
            raise RoundStateRefused("Un tour est déjà ouvert : fermez-le d'abord.")
        chosen = chosen if at < chosen.opens_at else None
    if chosen is None:
        _refuse_prepared(session)
        closes_at = closes_at or end_of_day_in_paris(at, ROUND_DAYS)
        if closes_at <= at:
            raise RoundStateRefused(CLOSING_IS_PAST)
        code, title = numbered(session)
        chosen = add(session, Round(code=code, title=title, opens_at=at, closes_at=closes_at), at)
    lifecycle.open_now(session, chosen, at, closes_at)
    return chosen


def close_round(session: Session, at: datetime) -> Round:
    """Close the open round at once; raise `NoRound` or `RoundStateRefused`."""
    lifecycle.hold(session)
    found = in_force(session, at)
    if not found.is_open(at):
        raise RoundStateRefused("Aucun tour n'est ouvert.")
    lifecycle.close_now(session, found, at)
    return found


def _refuse_prepared(session: Session) -> None:
    """Refuse to pass over a round in preparation, which somebody may be writing."""
    code = session.scalar(
        sa.select(Round.code).where(Round.announced_at.is_(None)).order_by(Round.id).limit(1)
    )
    if code is not None:
        raise RoundStateRefused(
            f"Le tour « {code} » est en préparation : « consultation round open --round {code} »"
            " l'ouvre."
        )
