"""Lifecycle of a round: its states and the steps between them.

Who may take a step, and the audit log, are the business of `rounds/service`.  A step is taken
under `lock`, or `lock_to_publish`.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import in_paris
from consultation.crypto.keyring import keyring
from consultation.db.stale import digest
from consultation.i18n import Labelled, Localized
from consultation.mail import outbox
from consultation.plan import apply
from consultation.questionnaires.models import Round

SHORTEST = timedelta(microseconds=1)
"""How long a round was open that is closed at the very moment at which it opened."""


class RoundStateRefused(Exception):
    """The round is in no state for a step, or `other` is in its way."""

    def __init__(self, sentence: str, other: Round | None = None) -> None:
        super().__init__(sentence)
        self.other = other


class RoundRefused(Exception):
    """A round can't have these values; `errors` says why by the name of the form's field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


class RoundState(Labelled):
    """How far a round has come."""

    PREPARED = "prepared", "en préparation"
    TRIAL = "trial", "à l'essai"
    ANNOUNCED = "announced", "annoncé"
    OPEN = "open", "ouvert"
    CLOSED = "closed", "fermé"


NOT_YET_OPEN = (RoundState.PREPARED, RoundState.ANNOUNCED)


class Step(enum.StrEnum):
    """A step of a round from state to state, or its removal."""

    TRY_OUT = "try_out"
    END_TRIAL = "end_trial"
    ANNOUNCE = "announce"
    OPEN = "open"
    CLOSE = "close"
    REOPEN = "reopen"
    REMOVE = "remove"


POSSIBLE = {
    RoundState.PREPARED: (Step.TRY_OUT, Step.ANNOUNCE, Step.OPEN, Step.REMOVE),
    RoundState.TRIAL: (Step.END_TRIAL,),
    RoundState.ANNOUNCED: (Step.OPEN,),
    RoundState.OPEN: (Step.CLOSE,),
    RoundState.CLOSED: (Step.REOPEN,),
}
"""The steps that each state leads to."""

PUBLISHING = (Step.TRY_OUT, Step.ANNOUNCE, Step.OPEN)
"""The steps that publish what was prepared, forms included."""

EDITABLE = {
    RoundState.PREPARED: {"title", "code", "opens_at", "closes_at", "document_url", "languages"},
    RoundState.TRIAL: {"title", "closes_at", "document_url", "languages"},
    RoundState.ANNOUNCED: {"title", "opens_at", "closes_at", "document_url", "languages"},
    RoundState.OPEN: {"title", "closes_at", "document_url", "languages"},
    RoundState.CLOSED: {"title", "document_url", "languages"},
}
"""The values of a `RoundDraft` that each state lets change."""

WHY_NOT = {
    RoundState.PREPARED: "Ce tour est encore en préparation.",
    RoundState.TRIAL: "Ce tour est à l'essai : terminez d'abord l'essai.",
    RoundState.ANNOUNCED: "Ce tour est déjà annoncé.",
    RoundState.OPEN: "Ce tour est déjà ouvert.",
    RoundState.CLOSED: "Ce tour est fermé.",
}
CLOSING_IS_PAST = "La fermeture doit être à venir : donnez une date plus tardive."
OPENING_IS_PAST = (
    "L'ouverture doit être à venir. Pour ne plus attendre, utilisez « Ouvrir maintenant » sur la"
    " page du tour."
)


@dataclass(frozen=True)
class RoundDraft:
    """The values of a round that organisers write."""

    title: Localized
    code: str
    opens_at: datetime
    closes_at: datetime
    document_url: str | None
    languages: list[str] | None = None
    """As they are stored: None for all of the site, those to come included."""

    @property
    def digest(self) -> str:
        title = sorted(self.title.items())  # PostgreSQL gives back its keys in another order
        dates = (self.opens_at, self.closes_at)
        return digest(title, self.code, *dates, self.document_url, self.languages)


def draft_of(consultation_round: Round) -> RoundDraft:
    return RoundDraft(
        consultation_round.title,
        consultation_round.code,
        consultation_round.opens_at,
        consultation_round.closes_at,
        consultation_round.document_url,
        consultation_round.languages,
    )


def state_of(consultation_round: Round, at: datetime) -> RoundState:
    """Return how far a round has come at that moment; a trial is one until it is ended."""
    if consultation_round.is_trial:
        return RoundState.TRIAL
    if consultation_round.announced_at is None:
        return RoundState.PREPARED
    if at < consultation_round.opens_at:
        return RoundState.ANNOUNCED
    return RoundState.OPEN if at < consultation_round.closes_at else RoundState.CLOSED


def announced(session: Session) -> Sequence[Round]:
    """Return the rounds that are not in preparation, in the order of their dates."""
    query = sa.select(Round).where(Round.announced_at.is_not(None))
    return session.scalars(query.order_by(Round.opens_at, Round.id)).all()


def lock(session: Session) -> None:
    """Let one transaction at a time look at all rounds and change one."""
    outbox.lock(session, keyring.blind_index("lock", "rounds"))


def lock_to_publish(session: Session) -> None:
    """Lock the plan, then the rounds, for a step after which forms are published.

    The order is that of `publish.lock`: in another one, two transactions would wait for each
    other.
    """
    apply.lock_plan(session)
    lock(session)


def announce(session: Session, consultation_round: Round, at: datetime) -> None:
    """Make the dates public: the round opens by itself.  Raise `RoundStateRefused`."""
    refuse_announcing(session, consultation_round, at)
    consultation_round.announced_at = at


def try_out(session: Session, consultation_round: Round, at: datetime) -> None:
    """Open a round in preparation as a trial.  Raise `RoundStateRefused`."""
    refuse_trial(session, consultation_round, at)
    planned = consultation_round.opens_at
    consultation_round.is_trial = True
    consultation_round.planned_opening = planned if planned > at else None
    consultation_round.opens_at = consultation_round.announced_at = at


def open_now(
    session: Session, consultation_round: Round, at: datetime, closes_at: datetime | None = None
) -> None:
    """Open a round that waits, until `closes_at` or as it says.  Raise `RoundStateRefused`."""
    closes_at = closes_at or consultation_round.closes_at
    refuse_opening(session, consultation_round, at, closes_at)
    consultation_round.opens_at, consultation_round.closes_at = at, closes_at
    consultation_round.announced_at = consultation_round.announced_at or at


def close_now(consultation_round: Round, at: datetime) -> None:
    """Close an open round at once.  Raise `RoundStateRefused`."""
    _refuse_unless(consultation_round, at, RoundState.OPEN)
    consultation_round.closes_at = max(at, consultation_round.opens_at + SHORTEST)


def reopen(session: Session, consultation_round: Round, closes_at: datetime, at: datetime) -> None:
    """Let a closed round take responses again until `closes_at`.  Raise `RoundStateRefused`."""
    refuse_reopening(session, consultation_round, at, closes_at)
    consultation_round.closes_at = closes_at


def refusal(
    session: Session, consultation_round: Round, step: Step, at: datetime
) -> RoundStateRefused | None:
    """Return why a step to which the state leads would be refused now, or None.

    Errors of the questionnaire are not looked at: see `service.error_count`.
    """
    try:
        if step is Step.TRY_OUT:
            refuse_trial(session, consultation_round, at)
        elif step is Step.ANNOUNCE:
            refuse_announcing(session, consultation_round, at)
        elif step is Step.OPEN:
            refuse_opening(session, consultation_round, at, consultation_round.closes_at)
        elif step is Step.REOPEN:
            refuse_reopening(session, consultation_round, at, at + SHORTEST)
    except RoundStateRefused as refused:
        return refused
    return None


def refuse_trial(session: Session, consultation_round: Round, at: datetime) -> None:
    """Raise `RoundStateRefused` when the round can't be tried out."""
    _refuse_unless(consultation_round, at, RoundState.PREPARED)
    if consultation_round.closes_at <= at:
        raise RoundStateRefused(CLOSING_IS_PAST)
    refuse_overlap(session, consultation_round, at, consultation_round.closes_at)


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


def date_errors(draft: RoundDraft, state: RoundState, at: datetime) -> dict[str, str]:
    """Return the errors of the dates that the state lets change, by field of the form."""
    if state is RoundState.CLOSED:
        return {}
    if draft.closes_at <= at:
        return {"closes_day": CLOSING_IS_PAST}
    if draft.closes_at <= draft.opens_at:
        return {"closes_day": "La fermeture doit venir après l'ouverture."}
    if state is RoundState.ANNOUNCED and draft.opens_at <= at:
        return {"opens_day": OPENING_IS_PAST}
    return {}
