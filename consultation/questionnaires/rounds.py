"""Rounds: which one a visitor meets, and their opening and closing."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import PARIS, in_paris
from consultation.questionnaires.models import Questionnaire, Round

ROUND_DAYS = 90


class NoRound(Exception):
    """There is no round to act on."""


class RoundStateRefused(Exception):
    """The round is already in the state asked for, or another one is open."""


def current(session: Session, at: datetime) -> Round | None:
    """Return the announced round that is open, else the next to open, else the last that closed."""
    announced = sa.select(Round).where(Round.announced_at.is_not(None))
    rounds = session.scalars(announced.order_by(Round.opens_at)).all()
    for candidate in rounds:
        if at < candidate.closes_at:
            return candidate
    return rounds[-1] if rounds else None


def last(session: Session) -> Round:
    """Return the latest round; raise `NoRound`."""
    found = session.scalars(sa.select(Round).order_by(Round.opens_at.desc()).limit(1)).first()
    if found is None:
        raise NoRound("Aucun tour de consultation : « consultation round open » en ouvre un.")
    return found


def end_of_day_in_paris(at: datetime, days: int) -> datetime:
    """Return the last minute, in Paris, of the day that comes `days` after `at`."""
    day = in_paris(at).date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, 23, 59, tzinfo=PARIS)


def open_round(session: Session, at: datetime, closes_at: datetime | None = None) -> Round:
    """Open the next round at once: the one that waits, else a new one.

    Without `closes_at` it lasts `ROUND_DAYS`.  Raise `RoundStateRefused`.
    """
    latest = session.scalars(sa.select(Round).order_by(Round.opens_at.desc()).limit(1)).first()
    if latest is not None and latest.is_open(at):
        raise RoundStateRefused("Un tour est déjà ouvert : fermez-le d'abord.")
    closes_at = closes_at or end_of_day_in_paris(at, ROUND_DAYS)
    if closes_at <= at:
        raise RoundStateRefused("La clôture doit être à venir : donnez une date plus tardive.")
    if latest is not None and at < latest.opens_at:
        latest.opens_at, latest.closes_at, latest.announced_at = at, closes_at, at
        session.flush()
        return latest
    number = (session.scalar(sa.select(sa.func.count()).select_from(Round)) or 0) + 1
    opened = Round(
        code=f"tour-{number}",
        title={"fr": f"Tour {number} de la consultation", "en": f"Consultation round {number}"},
        opens_at=at,
        closes_at=closes_at,
        announced_at=at,
    )
    session.add(opened)
    session.flush()
    return opened


def close_round(session: Session, at: datetime) -> Round:
    """Close the open round at once; raise `NoRound` or `RoundStateRefused`."""
    latest = last(session)
    if not latest.is_open(at):
        raise RoundStateRefused("Aucun tour n'est ouvert.")
    latest.closes_at = at
    session.flush()
    return latest


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


def by_code(session: Session, code: str) -> Round:
    """Return the round of that code; raise `NoRound`."""
    found = session.scalars(sa.select(Round).where(Round.code == code)).one_or_none()
    if found is None:
        known = ", ".join(session.scalars(sa.select(Round.code).order_by(Round.opens_at)))
        raise NoRound(f"Aucun tour « {code} » ; il y a : {known or 'aucun tour'}.")
    return found
