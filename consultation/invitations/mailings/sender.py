"""Sender of mailings: the worker enqueues messages at the pace of each, one per transaction."""

import enum
import math
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation import clock
from consultation.db.base import writing
from consultation.invitations.mailings import invitations, message, recipients
from consultation.invitations.mailings.lifecycle import (
    Step,
    StepRefused,
    check_round,
    lock,
    next_state,
)
from consultation.invitations.models import Invitee, Mailing, MailingRecipient, MailingState
from consultation.jobs.worker import Task
from consultation.mail import outbox
from consultation.mail.delivery import breakers
from consultation.questionnaires.models import Round

TASK = "invitations"
EVERY_SECONDS = 30
CATCHING_UP = 2
"""Factor on the pace of a mailing while it catches up after a pause of the worker."""

_WAITS = (MailingRecipient.queued_at.is_(None), MailingRecipient.skipped.is_(None))


class Progress(enum.Enum):
    """The result of one step of a mailing."""

    QUEUED = "queued"
    SKIPPED = "skipped"
    NOTHING = "nothing"


def task(settings: Mapping[str, Any]) -> Task:
    """Return the worker's task that sends mailings."""
    return Task(TASK, EVERY_SECONDS, partial(send_due, settings=settings))


def send_due(session: Session, settings: Mapping[str, Any]) -> int:
    """Enqueue the messages that the pace of each mailing allows by now; return how many.

    None while the mail server is paused: all that was queued would leave at once afterwards.
    Several workers may call it at once.
    """
    if breakers.current(session, clock.now()).is_server_paused:
        return 0
    under_way = session.execute(
        sa.select(Mailing.id, Mailing.pace)
        .where(Mailing.state == MailingState.SENDING)
        .order_by(Mailing.id)  # an invitee of two mailings is invited by the first
    ).all()
    return sum(_send(session, id, pace, settings["BASE_URL"]) for id, pace in under_way)


def _send(session: Session, mailing_id: int, pace: int, base_url: str) -> int:
    queued, most = 0, math.ceil(pace * EVERY_SECONDS * CATCHING_UP / 3600)
    while queued < most:
        with writing(session):
            progress = _advance(session, mailing_id, base_url, clock.now())
        if progress is Progress.NOTHING:
            break
        queued += progress is Progress.QUEUED
    return queued


def _advance(session: Session, mailing_id: int, base_url: str, at: datetime) -> Progress:
    """Enqueue the message of the next recipient, or skip them, if the mailing may go on."""
    mailing = session.get_one(Mailing, mailing_id)
    lock(session, mailing)
    if mailing.state is not MailingState.SENDING or _stops_with_its_round(session, mailing, at):
        return Progress.NOTHING
    invitee_id = session.scalar(
        sa.select(MailingRecipient.invitee_id)
        .where(MailingRecipient.mailing_id == mailing.id, *_WAITS)
        .order_by(MailingRecipient.invitee_id)
        .limit(1)
    )
    if invitee_id is None:
        mailing.state, mailing.finished_at = next_state(mailing.state, Step.FINISH), at
        return Progress.NOTHING
    if _count_queued(session, mailing) >= allowed(mailing, at):
        return Progress.NOTHING
    invitee = session.get_one(Invitee, invitee_id, populate_existing=True, with_for_update=True)
    reason = recipients.reason_to_skip(session, mailing, invitee.id)
    if reason is not None:
        _mark(session, mailing, invitee, skipped=reason)
        return Progress.SKIPPED
    if _mark(session, mailing, invitee, queued_at=at):
        _enqueue(session, mailing, invitee, base_url, at)
    return Progress.QUEUED


def allowed(mailing: Mailing, at: datetime) -> int:
    """Return how many messages may be queued since the start or pause, the first at once."""
    if mailing.resumed_at is None:
        return 0
    seconds = (at - mailing.resumed_at).total_seconds()
    return 1 + math.floor(seconds * mailing.pace / 3600) if seconds >= 0 else 0


def dedup_key(mailing: Mailing, invitee: Invitee) -> str:
    """Return the outbox key, of which there is one for each mailing and invitee."""
    return f"{message.KIND.name}:{mailing.public_id}:{invitee.public_id}"


def _stops_with_its_round(session: Session, mailing: Mailing, at: datetime) -> bool:
    """Pause the mailing if its round has closed; return whether it has."""
    try:
        check_round(session, mailing, at)
    except StepRefused:
        mailing.state = next_state(mailing.state, Step.PAUSE)
        return True
    return False


def _count_queued(session: Session, mailing: Mailing) -> int:
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(MailingRecipient)
            .where(
                MailingRecipient.mailing_id == mailing.id,
                MailingRecipient.queued_at >= mailing.resumed_at,
            )
        )
        or 0
    )


def _mark(session: Session, mailing: Mailing, invitee: Invitee, **values: Any) -> bool:
    """Update a recipient who waits; return whether they still did."""
    marked = session.execute(
        sa.update(MailingRecipient)
        .where(
            MailingRecipient.mailing_id == mailing.id,
            MailingRecipient.invitee_id == invitee.id,
            *_WAITS,
        )
        .values(**values)
        .returning(MailingRecipient.invitee_id),
        execution_options={"synchronize_session": False},
    )
    return marked.first() is not None


def _enqueue(
    session: Session, mailing: Mailing, invitee: Invitee, base_url: str, at: datetime
) -> None:
    invitation = invitations.invite(session, mailing.round_id, invitee, at)
    locale = message.locale_for(mailing, invitee.locale)
    outbox.enqueue(
        session,
        message.KIND.name,
        dedup_key=dedup_key(mailing, invitee),
        recipient=invitee.address or "",
        locale=locale,
        parameters=message.letter_for(
            mailing,
            invitee,
            locale=locale,
            link=invitations.link_for(session, invitation, invitee, base_url, at),
            of_round=session.get_one(Round, mailing.round_id),
        ),
        at=at,
    )
