"""Lifecycle of a mailing: its state machine, from draft to done."""

import enum
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.i18n import localized
from consultation.invitations.mailings import audiences
from consultation.invitations.mailings.audiences import StepRefused
from consultation.invitations.models import (
    Mailing,
    MailingGroup,
    MailingRecipient,
    MailingState,
    Purpose,
)
from consultation.jobs import erase_copies
from consultation.questionnaires.models import Round
from consultation.settings import is_local
from consultation.web.locale import in_each_language
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


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
NO_SERVER = (
    "Aucun serveur d'envoi n'est réglé : rien ne partirait, et ces personnes compteraient comme"
    " invitées. La personne qui administre le serveur donne son nom au réglage"
    " CONSULTATION_MAIL_SERVER et relance le site ; l'envoi peut ensuite être lancé d'ici."
)
MOST_GIVEN_BACK = 200
"""Contacts that are given back at once: others wait to write meanwhile."""
_AGAIN = in_each_language("Rappel : %(subject)s")


def next_state(state: MailingState, step: Step) -> MailingState:
    """Return the state that a step leads to; raise `StepRefused`."""
    try:
        return TRANSITIONS[state, step]
    except KeyError:
        raise StepRefused(WHY_NOT[step]) from None


@needs(Permission.INVITE)
def find(work: Work, public_id: str) -> Mailing | None:
    """Return a mailing as it is stored now, or None; raise `NotAllowed`."""
    return work.session.scalars(
        sa.select(Mailing)
        .where(Mailing.public_id == public_id)
        .execution_options(populate_existing=True)
    ).one_or_none()


def may_leave(session: Session, mailing: Mailing, settings: Mapping[str, Any]) -> bool:
    """Return whether mail would reach anybody, or is to stay in a trial on this machine."""
    if settings["MAIL_SERVER"]:
        return True
    is_trial = session.scalar(sa.select(Round.is_trial).where(Round.id == mailing.round_id))
    return bool(is_trial) and is_local(settings["BASE_URL"])


@needs(Permission.INVITE)
def start(work: Work, mailing: Mailing, settings: Mapping[str, Any]) -> int:
    """Freeze the recipients, and let the worker write to them; return how many there are.

    Raise `StepRefused` or `NotAllowed`; to be called inside `writing`, as the other steps.
    """
    lock(work.session, mailing)
    state = next_state(mailing.state, Step.START)
    refuse_without_server(work.session, mailing, settings)
    audience = audiences.of(mailing)
    audience.check(work.session, mailing, work.at)
    count = audience.freeze(work.session, mailing)
    if not count:
        raise StepRefused(audience.no_recipients(mailing))
    mailing.state, mailing.started_at, mailing.resumed_at = state, work.at, work.at
    work.session.flush()
    return count


@needs(Permission.INVITE)
def pause(work: Work, mailing: Mailing) -> None:
    """Stop enqueuing messages; those in the outbox leave.  Raise `StepRefused`."""
    lock(work.session, mailing)
    mailing.state = next_state(mailing.state, Step.PAUSE)
    work.session.flush()


@needs(Permission.INVITE)
def resume(work: Work, mailing: Mailing, settings: Mapping[str, Any]) -> None:
    """Go on enqueuing where the pause began, at the same pace; raise `StepRefused`."""
    lock(work.session, mailing)
    state = next_state(mailing.state, Step.RESUME)
    refuse_without_server(work.session, mailing, settings)
    audiences.of(mailing).check(work.session, mailing, work.at)
    mailing.state, mailing.resumed_at = state, work.at
    work.session.flush()


@needs(Permission.INVITE)
def remind(work: Work, mailing: Mailing) -> Mailing:
    """Add a draft to the same groups; it will skip invitees who have answered."""
    if mailing.state is MailingState.DRAFT:
        raise StepRefused("Ce message n'est pas encore parti : envoyez-le avant de relancer.")
    if mailing.purpose is Purpose.EDITION:
        raise StepRefused("Ce message n'attend pas de réponse : il n'y a personne à relancer.")
    reminder = Mailing(
        round_id=mailing.round_id,
        purpose=Purpose.REMINDER,
        subject={
            locale: text
            if mailing.purpose is Purpose.REMINDER
            else localized(_AGAIN, locale) % {"subject": text}
            for locale, text in mailing.subject.items()
        },
        body=dict(mailing.body),
        pace=mailing.pace,
        created_at=work.at,
        groups=list(mailing.groups),
    )
    work.session.add(reminder)
    work.session.flush()
    return reminder


@needs(Permission.INVITE)
def give_back(work: Work, mailing: Mailing) -> int:
    """Let other mailings write to recipients whose mail was only kept here; return how many.

    At most `MOST_GIVEN_BACK` at a time.  Raise `StepRefused` while the mailing is under way.
    """
    lock(work.session, mailing)
    if mailing.state in (MailingState.DRAFT, MailingState.SENDING):
        raise StepRefused("Suspendez d'abord cet envoi, ou attendez qu'il soit terminé.")
    count = audiences.of(mailing).give_back(work.session, mailing, MOST_GIVEN_BACK, work.at)
    if count:
        erase_copies.order(work.session, work.at)
    return count


def move_drafts(session: Session, before: int, after: int) -> None:
    """Give the messages about a round that have not started to the round in its place."""
    session.execute(
        sa.update(Mailing)
        .where(Mailing.round_id == before, Mailing.state == MailingState.DRAFT)
        .values(round_id=after),
        execution_options={"synchronize_session": False},
    )


def remove_of_trials(session: Session) -> None:
    """Remove the mailings of ended trials, whose mail is blanked; their contacts stay."""
    ended = sa.select(Round.id).where(Round.is_trial, Round.announced_at.is_(None))
    ids = session.scalars(
        sa.select(Mailing.id).where(Mailing.round_id.in_(ended), Mailing.purpose != Purpose.EDITION)
    ).all()
    for table, column in (
        (MailingRecipient, MailingRecipient.mailing_id),
        (MailingGroup, MailingGroup.mailing_id),
        (Mailing, Mailing.id),
    ):
        session.execute(
            sa.delete(table).where(column.in_(ids)),
            execution_options={"synchronize_session": False},
        )


def lock(session: Session, mailing: Mailing) -> None:
    """Read a mailing again, and lock it until the transaction ends."""
    session.refresh(mailing, with_for_update=True)


def refuse_without_server(session: Session, mailing: Mailing, settings: Mapping[str, Any]) -> None:
    """Raise `StepRefused` where no mail could leave."""
    if not may_leave(session, mailing, settings):
        raise StepRefused(NO_SERVER)
