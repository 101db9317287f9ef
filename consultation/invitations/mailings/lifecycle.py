"""Mailings: from a draft to the last message, by a table of what may follow what."""

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.invitations.mailings import recipients
from consultation.invitations.models import Mailing, MailingGroup, MailingState, Purpose
from consultation.questionnaires.models import Round
from consultation.web.permissions import Actor, NotAllowed, Permission


class Step(enum.StrEnum):
    """What may be asked of a mailing; nobody asks for its end, it comes with the last message."""

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
    """Return a mailing as it stands; raise `NotAllowed`."""
    _check(actor)
    return session.scalars(
        sa.select(Mailing)
        .where(Mailing.public_id == public_id)
        .execution_options(populate_existing=True)
    ).one_or_none()


def start(session: Session, actor: Actor, mailing: Mailing, at: datetime) -> int:
    """Freeze the recipients and let the worker write to them; return how many are listed.

    Raise `StepRefused` or `NotAllowed`; to be called inside `writing`, as the others are.
    """
    _check(actor)
    lock(session, mailing)
    state = next_state(mailing.state, Step.START)
    check_round(session, mailing, at)
    if mailing.purpose is Purpose.REMINDER:
        _check_invited(session, mailing)
    count = recipients.list_them(session, mailing)
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
    """Let no new message be owed; those in the outbox leave.  Raise `StepRefused`."""
    _check(actor)
    lock(session, mailing)
    mailing.state = next_state(mailing.state, Step.PAUSE)
    session.flush()


def resume(session: Session, actor: Actor, mailing: Mailing, at: datetime) -> None:
    """Go on where the pause began, at the same pace; raise `StepRefused`."""
    _check(actor)
    lock(session, mailing)
    state = next_state(mailing.state, Step.RESUME)
    check_round(session, mailing, at)
    mailing.state, mailing.resumed_at = state, at
    session.flush()


def remind(session: Session, actor: Actor, mailing: Mailing, at: datetime) -> Mailing:
    """Return a new draft for the same groups, to those who have not answered when it leaves."""
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
    """Raise `StepRefused` unless the links would open a form that takes answers."""
    consultation_round = session.get_one(Round, mailing.round_id, populate_existing=True)
    if not consultation_round.is_open(at):
        raise StepRefused(
            "Le tour de ce message n'est pas ouvert : personne ne pourrait répondre. Ouvrez le"
            " tour, puis recommencez."
        )


def _check_invited(session: Session, reminder: Mailing) -> None:
    """Raise `StepRefused` while its groups are being written to: it would forget the last ones."""
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
    """Read a mailing again, and let nobody else change it before this transaction ends."""
    session.refresh(mailing, with_for_update=True)


def _check(actor: Actor) -> None:
    if not actor.may(Permission.INVITE):
        raise NotAllowed(Permission.INVITE)
