"""The moves of a round, from preparation to closing, and what each one refuses.

Each is noted in the trail; `by` is the account that made it, None from the command line.  Whoever
moves a round calls `hold` first, or `hold_to_publish`.
"""

import enum
import hashlib
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.clock import in_paris
from consultation.crypto.keyring import keyring
from consultation.i18n import Localized
from consultation.mail import outbox
from consultation.plan import apply
from consultation.questionnaires.models import Round

SHORTEST = timedelta(microseconds=1)
"""A round that is closed in the instant in which it opened was open for so long."""


class RoundStateRefused(Exception):
    """The round is in no state for what was asked, or `other` is in its way."""

    def __init__(self, sentence: str, other: Round | None = None) -> None:
        super().__init__(sentence)
        self.other = other


class RoundState(enum.StrEnum):
    """How far a round has come."""

    PREPARED = "prepared"
    ANNOUNCED = "announced"
    OPEN = "open"
    CLOSED = "closed"


WHY_NOT = {
    RoundState.PREPARED: "Ce tour est encore en préparation.",
    RoundState.ANNOUNCED: "Ce tour est déjà annoncé.",
    RoundState.OPEN: "Ce tour est déjà ouvert.",
    RoundState.CLOSED: "Ce tour est clos.",
}
CLOSING_IS_PAST = "La clôture doit être à venir : donnez une date plus tardive."


def state_of(consultation_round: Round, at: datetime) -> RoundState:
    """Return how far a round has come at that moment."""
    if consultation_round.announced_at is None:
        return RoundState.PREPARED
    if at < consultation_round.opens_at:
        return RoundState.ANNOUNCED
    return RoundState.OPEN if at < consultation_round.closes_at else RoundState.CLOSED


def announced(session: Session) -> Sequence[Round]:
    """Return the rounds that are not in preparation, in the order of their dates."""
    known = sa.select(Round).where(Round.announced_at.is_not(None))
    return session.scalars(known.order_by(Round.opens_at, Round.id)).all()


def hold(session: Session) -> None:
    """Let one move at a time look at all rounds and change one."""
    outbox.lock(session, keyring.blind_index("lock", "rounds"))


def hold_to_publish(session: Session) -> None:
    """Do so for a move after which forms are published, which reads the plan.

    The plan is held before the round is written, as by `publishing.lock`: two that wait for each
    other would never end.
    """
    apply.lock_plan(session)
    hold(session)


def announce(
    session: Session, consultation_round: Round, at: datetime, *, by: int | None = None
) -> None:
    """Make the dates public: the round opens by itself.  Raise `RoundStateRefused`."""
    refuse_announcing(session, consultation_round, at)
    consultation_round.announced_at = at
    _note(session, consultation_round, "round_announced", at, by)


def open_now(
    session: Session,
    consultation_round: Round,
    at: datetime,
    closes_at: datetime | None = None,
    *,
    by: int | None = None,
) -> None:
    """Open a round that waits, until `closes_at` or as it says.  Raise `RoundStateRefused`."""
    closes_at = closes_at or consultation_round.closes_at
    refuse_opening(session, consultation_round, at, closes_at)
    consultation_round.opens_at, consultation_round.closes_at = at, closes_at
    consultation_round.announced_at = consultation_round.announced_at or at
    _note(session, consultation_round, "round_opened", at, by)


def close_now(
    session: Session, consultation_round: Round, at: datetime, *, by: int | None = None
) -> None:
    """Close an open round at once.  Raise `RoundStateRefused`."""
    _refuse_unless(consultation_round, at, RoundState.OPEN)
    consultation_round.closes_at = max(at, consultation_round.opens_at + SHORTEST)
    _note(session, consultation_round, "round_closed", at, by)


def reopen(
    session: Session,
    consultation_round: Round,
    closes_at: datetime,
    at: datetime,
    *,
    by: int | None = None,
) -> None:
    """Let a closed round take responses again until `closes_at`.  Raise `RoundStateRefused`."""
    refuse_reopening(session, consultation_round, at, closes_at)
    closed_at, consultation_round.closes_at = consultation_round.closes_at, closes_at
    _note(session, consultation_round, "round_reopened", at, by, closed_at=closed_at.isoformat())


def refuse_announcing(session: Session, consultation_round: Round, at: datetime) -> None:
    """Raise `RoundStateRefused` when the round can't be announced."""
    _refuse_unless(consultation_round, at, RoundState.PREPARED)
    opens_at, closes_at = consultation_round.opens_at, consultation_round.closes_at
    if opens_at <= at:
        raise RoundStateRefused(
            "L'ouverture prévue est passée : changez sa date, ou ouvrez le tour maintenant."
        )
    refuse_overlap(session, consultation_round, opens_at, closes_at)


def refuse_opening(
    session: Session, consultation_round: Round, at: datetime, closes_at: datetime
) -> None:
    """Raise `RoundStateRefused` when the round can't open at once, until `closes_at`."""
    _refuse_unless(consultation_round, at, RoundState.PREPARED, RoundState.ANNOUNCED)
    if closes_at <= at:
        raise RoundStateRefused(CLOSING_IS_PAST)
    refuse_overlap(session, consultation_round, at, closes_at)


def refuse_reopening(
    session: Session, consultation_round: Round, at: datetime, closes_at: datetime
) -> None:
    """Raise `RoundStateRefused` when the round can't open again until `closes_at`."""
    _refuse_unless(consultation_round, at, RoundState.CLOSED)
    if closes_at <= at:
        raise RoundStateRefused(CLOSING_IS_PAST)
    refuse_overlap(session, consultation_round, consultation_round.opens_at, closes_at)


def refuse_overlap(
    session: Session, consultation_round: Round | None, opens_at: datetime, closes_at: datetime
) -> None:
    """Raise `RoundStateRefused` when another announced round has a moment in common."""
    for other in announced(session):
        is_same = consultation_round is not None and other.id == consultation_round.id
        if not is_same and other.opens_at < closes_at and opens_at < other.closes_at:
            first, end = in_paris(other.opens_at), in_paris(other.closes_at)
            raise RoundStateRefused(
                f"Deux tours ne se chevauchent pas : « {other.title['fr']} » va du"
                f" {first:%d/%m/%Y à %-H h %M} au {end:%d/%m/%Y à %-H h %M}. Fermez ce tour-là, ou"
                " changez les dates de l'un des deux.",
                other,
            )


def _refuse_unless(consultation_round: Round, at: datetime, *states: RoundState) -> None:
    state = state_of(consultation_round, at)
    if state not in states:
        raise RoundStateRefused(WHY_NOT[state])


def _note(
    session: Session,
    consultation_round: Round,
    action: str,
    at: datetime,
    by: int | None,
    **details: str,
) -> None:
    session.flush()
    details |= {
        "opens_at": consultation_round.opens_at.isoformat(),
        "closes_at": consultation_round.closes_at.isoformat(),
    }
    audit_log.record(session, by, action, consultation_round.code, details, at=at)


@dataclass(frozen=True)
class RoundTyped:
    """The fields as they were typed."""

    title: str = ""
    title_en: str = ""
    code: str = ""
    opens_day: str = ""
    opens_hour: str = ""
    closes_day: str = ""
    closes_hour: str = ""
    document_url: str = ""

    @property
    def digest(self) -> str:
        """A hash of all fields: who edits says by it what they saw."""
        return hashlib.sha256("\n".join(astuple(self)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class RoundDraft:
    """What was typed, read and found right."""

    title: Localized
    code: str
    opens_at: datetime
    closes_at: datetime
    document_url: str | None
