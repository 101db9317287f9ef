"""Lifecycle of a mailing: its state machine, from draft to done."""

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.invitations.mailings import recipients
from consultation.invitations.models import Mailing, MailingGroup, MailingState, Purpose
from consultation.questionnaires.models import Round
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


class StepRefused(Exception):
    """A mailing can't take this step; the message is a French sentence."""


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
    check_round(session, mailing, at)
    if mailing.purpose is Purpose.REMINDER:
        _check_invited(session, mailing)
    count = recipients.freeze(session, mailing)
    if not count:
        raise StepRefused(
            "Les groupes choisis n'ont personne à relancer : personne n'y a encore été invité."
            if mailing.purpose is Purpose.REMINDER
            else "Les groupes choisis n'ont aucun contact : importez-en, ou choisissez d'autres"
            " groupes."
        )
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
    check_round(session, mailing, at)
    mailing.state, mailing.resumed_at = state, at
    session.flush()


def remind(session: Session, actor: Actor, mailing: Mailing, at: datetime) -> Mailing:
    """Add a draft to the same groups; it will skip invitees who have answered."""
    _check(actor)
    if mailing.state is MailingState.DRAFT:
        raise StepRefused("Ce message n'est pas encore parti : envoyez-le avant de relancer.")
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


def check_round(session: Session, mailing: Mailing, at: datetime) -> None:
    """Raise `StepRefused` unless the round is open, so that the links open a form."""
    consultation_round = session.get_one(Round, mailing.round_id, populate_existing=True)
    if not consultation_round.is_open(at):
        raise StepRefused(
            "Le tour de ce message n'est pas ouvert : personne ne pourrait répondre. Ouvrez le"
            " tour, puis recommencez."
        )


def _check_invited(session: Session, reminder: Mailing) -> None:
    """Raise `StepRefused` while a mailing to its groups is sending.

    The reminder would miss the invitees whose invitation has not been queued.
    """
    under_way = session.scalar(
        sa.select(Mailing.subject)
        .join(MailingGroup)
        .where(
            Mailing.round_id == reminder.round_id,
            Mailing.state == MailingState.SENDING,
            MailingGroup.group_id.in_([group.id for group in reminder.groups]),
        )
        .limit(1)
    )
    if under_way is not None:
        raise StepRefused(
            f"« {under_way['fr']} » part encore à ces groupes : la relance oublierait les personnes"
            " à qui il n'est pas encore parti. Lancez-la une fois cet envoi terminé ou suspendu."
        )


def lock(session: Session, mailing: Mailing) -> None:
    """Read a mailing again, and lock it until the transaction ends."""
    session.refresh(mailing, with_for_update=True)


def _check(actor: Actor) -> None:
    if not actor.may(Permission.INVITE):
        raise NotAllowed(Permission.INVITE)
