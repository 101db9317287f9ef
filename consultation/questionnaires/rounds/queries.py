"""Queries of rounds: the one that a visitor meets, the last ones, the number of the next."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from consultation.clock import PARIS, in_paris
from consultation.i18n import DEFAULT_LOCALE, Localized, localized
from consultation.questionnaires.models import IS_LISTED, Questionnaire, Round
from consultation.questionnaires.rounds import lifecycle
from consultation.web.locale import in_each_language

ROUND_DAYS = 90
NONE_YET = "Aucun tour de consultation : l'équipe en prépare un sur la page « Tours »."

_IS_TRIED_OUT = sa.and_(Round.is_trial, Round.announced_at.is_not(None))


class NoRound(Exception):
    """There is no round to act on."""


def current(session: Session, at: datetime) -> Round | None:
    """Return the announced round that is open, else the next to open, else the last that closed."""
    return current_of(lifecycle.announced(session), at)


def current_of(announced: Sequence[Round], at: datetime) -> Round | None:
    """Return the current one of the announced rounds, the first to open first."""
    is_over = [candidate.closes_at <= at for candidate in announced]
    if all(is_over):
        return announced[-1] if announced else None
    return announced[is_over.index(False)]


def last_closed(session: Session, at: datetime) -> Round | None:
    latest_first = reversed(lifecycle.announced(session))
    return next((candidate for candidate in latest_first if candidate.closes_at <= at), None)


def latest_first(session: Session) -> Sequence[Round]:
    """Return all rounds, those in preparation included, the latest first."""
    listed = sa.select(Round).where(IS_LISTED)
    return session.scalars(listed.order_by(Round.opens_at.desc(), Round.id.desc())).all()


def trial(session: Session) -> Round | None:
    """Return the round that is tried out, if one is."""
    running = sa.select(Round).where(_IS_TRIED_OUT)
    return session.scalars(running.order_by(Round.id).limit(1)).first()


def is_tried_out(connection: Connection) -> bool:
    return connection.scalar(sa.select(Round.id).where(_IS_TRIED_OUT).limit(1)) is not None


def names_of(session: Session, codes: Collection[str]) -> dict[str, str]:
    rows = session.execute(sa.select(Round.code, Round.title).where(Round.code.in_(codes)))
    return {code: f"« {localized(title, DEFAULT_LOCALE)} »" for code, title in rows}


def last_opened(session: Session, at: datetime) -> Round | None:
    """Return the announced round that opened last, be it open still or closed."""
    latest_first = reversed(lifecycle.announced(session))
    return next((candidate for candidate in latest_first if candidate.opens_at <= at), None)


def in_force(session: Session, at: datetime) -> Round:
    """Return the round that a visitor meets; raise `NoRound`."""
    current_round = current(session, at)
    if current_round is None:
        raise NoRound(NONE_YET)
    return current_round


def last(session: Session) -> Round:
    """Return the latest round that was announced; raise `NoRound`."""
    announced = lifecycle.announced(session)
    if not announced:
        raise NoRound(NONE_YET)
    return announced[-1]


def by_code(session: Session, code: str) -> Round:
    """Return the round of that code; raise `NoRound`."""
    of_code = sa.select(Round).where(Round.code == code, IS_LISTED)
    consultation_round = session.scalars(of_code).one_or_none()
    if consultation_round is None:
        listed = sa.select(Round.code).where(IS_LISTED)
        codes = ", ".join(session.scalars(listed.order_by(Round.opens_at)))
        raise NoRound(f"Aucun tour « {code} » ; il y a : {codes or 'aucun tour'}.")
    return consultation_round


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
    listed = sa.select(sa.func.count()).select_from(Round).where(IS_LISTED)
    number = (session.scalar(listed) or 0) + 1
    while session.scalar(sa.select(Round.id).where(Round.code == f"tour-{number}")):
        number += 1
    return f"tour-{number}", in_each_language("Tour %(number)d de la consultation", number=number)
