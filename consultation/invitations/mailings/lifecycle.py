"""Lifecycle of a mailing: its state machine, from draft to done."""

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.invitations.mailings import audiences
from consultation.invitations.mailings.audiences import StepRefused
from consultation.invitations.models import Mailing, MailingState, Purpose
from consultation.web.permissions import Actor, NotAllowed, Permission


class Step(enum.StrEnum):
    """A step of a mailing; staff take all but FINISH, which follows the last message."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    FINISH = "finish"


TRANSITIONS = {
    (MailingState.DRAFT, Step.START): MailingState.SENDING,
    (MailingState.SENDING, Step.PAUSE): MailingState.PAUSED,
    (MailingState.PAUSED, Step.RESUME): MailingState.SENDING,
    (MailingState.SENDING, Step.FINISH): MailingState.DONE,
}
WHY_NOT = {
    Step.START: "Cet envoi a déjà commencé : la page montre où il en est.",
    Step.PAUSE: "Cet envoi n'est pas en cours : il n'y a rien à suspendre.",
    Step.RESUME: "Cet envoi n'est pas suspendu : il n'y a rien à reprendre.",
    Step.FINISH: "Cet envoi n'est pas en cours.",
}
_AGAIN = {"fr": "Rappel : ", "en": "Reminder: "}


def next_state(state: MailingState, step: Step) -> MailingState:
    """Return the state that a step leads to; raise `StepRefused`."""
    try:
        return TRANSITIONS[state, step]
    except KeyError:
        raise StepRefused(WHY_NOT[step]) from None


def find(session: Session, actor: Actor, public_id: str) -> Mailing | None:
    """Return a mailing as it is stored now, or None; raise `NotAllowed`."""
    _check(actor)
    return session.scalars(
        sa.select(Mailing)
        .where(Mailing.public_id == public_id)
        .execution_options(populate_existing=True)
    ).one_or_none()


def start(session: Session, actor: Actor, mailing: Mailing, at: datetime) -> int:
    """Freeze the recipients, and let the worker write to them; return how many there are.

    Raise `StepRefused` or `NotAllowed`; to be called inside `writing`, as the other steps.
    """
    _check(actor)
    lock(session, mailing)
    state = next_state(mailing.state, Step.START)
    audience = audiences.of(mailing)
    audience.check(session, mailing, at)
    count = audience.freeze(session, mailing)
    if not count:
        raise StepRefused(audience.no_recipients(mailing))
    mailing.state, mailing.started_at, mailing.resumed_at = state, at, at
    session.flush()
    return count


def pause(session: Session, actor: Actor, mailing: Mailing) -> None:
    """Stop enqueuing messages; those in the outbox leave.  Raise `StepRefused`."""
    _check(actor)
    lock(session, mailing)
    mailing.state = next_state(mailing.state, Step.PAUSE)
    session.flush()


def resume(session: Session, actor: Actor, mailing: Mailing, at: datetime) -> None:
    """Go on enqueuing where the pause began, at the same pace; raise `StepRefused`."""
    _check(actor)
    lock(session, mailing)
    state = next_state(mailing.state, Step.RESUME)
    audiences.of(mailing).check(session, mailing, at)
    mailing.state, mailing.resumed_at = state, at
    session.flush()


def remind(session: Session, actor: Actor, mailing: Mailing, at: datetime) -> Mailing:
    """Add a draft to the same groups; it will skip invitees who have answered."""
    _check(actor)
    if mailing.state is MailingState.DRAFT:
        raise StepRefused("Ce message n'est pas encore parti : envoyez-le avant de relancer.")
    if mailing.purpose is Purpose.EDITION:
        raise StepRefused("Ce message n'attend pas de réponse : il n'y a personne à relancer.")
    reminder = Mailing(
        round_id=mailing.round_id,
        purpose=Purpose.REMINDER,
        subject={
            locale: text if mailing.purpose is Purpose.REMINDER else f"{_AGAIN[locale]}{text}"
            for locale, text in mailing.subject.items()
        },
        body=dict(mailing.body),
        pace=mailing.pace,
        created_at=at,
        groups=list(mailing.groups),
    )
    session.add(reminder)
    session.flush()
    return reminder


def lock(session: Session, mailing: Mailing) -> None:
    """Read a mailing again, and lock it until the transaction ends."""
    session.refresh(mailing, with_for_update=True)


def _check(actor: Actor) -> None:
    if not actor.may(Permission.INVITE):
        raise NotAllowed(Permission.INVITE)
