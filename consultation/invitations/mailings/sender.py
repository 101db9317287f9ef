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
from consultation.invitations.mailings import audiences
from consultation.invitations.mailings.audiences import StepRefused
from consultation.invitations.mailings.lifecycle import (
    Step,
    lock,
    next_state,
    refuse_without_server,
)
from consultation.invitations.models import Mailing, MailingState
from consultation.jobs.worker import Task
from consultation.mail import circulars
from consultation.mail.delivery import breakers


class MailingProgress(enum.Enum):
    """The result of one step of a mailing."""

    QUEUED = "queued"
    SKIPPED = "skipped"
    NOTHING = "nothing"


TASK = "invitations"
EVERY_SECONDS = 30
CATCHING_UP = 2
"""Factor on the pace of a mailing while it catches up after a pause of the worker."""


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
    return sum(_send(session, id, pace, settings) for id, pace in under_way)


def _send(session: Session, mailing_id: int, pace: int, settings: Mapping[str, Any]) -> int:
    queued, most = 0, math.ceil(pace * EVERY_SECONDS * CATCHING_UP / 3600)
    while queued < most:
        with writing(session):
            progress = _advance(session, mailing_id, settings, clock.now())
        if progress is MailingProgress.NOTHING:
            break
        queued += progress is MailingProgress.QUEUED
    return queued


def _advance(
    session: Session, mailing_id: int, settings: Mapping[str, Any], at: datetime
) -> MailingProgress:
    """Enqueue the message of the next recipient, or skip them, if the mailing may go on."""
    mailing = session.get_one(Mailing, mailing_id)
    lock(session, mailing)
    if mailing.state is not MailingState.SENDING or _has_to_pause(session, mailing, settings, at):
        return MailingProgress.NOTHING
    audience = audiences.of(mailing)
    if not session.scalar(sa.select(audience.waiting(mailing).exists())):
        mailing.state, mailing.finished_at = next_state(mailing.state, Step.FINISH), at
        return MailingProgress.NOTHING
    if _count_queued(session, mailing) >= allowed(mailing, at):
        return MailingProgress.NOTHING
    mail = audience.mail_of_next(session, mailing, settings["BASE_URL"], at)
    if mail is None:
        return MailingProgress.SKIPPED
    circulars.enqueue(session, audience.kind, mail, at)
    return MailingProgress.QUEUED


def allowed(mailing: Mailing, at: datetime) -> int:
    """Return how many messages may be queued since the start or pause, the first at once."""
    if mailing.resumed_at is None:
        return 0
    seconds = (at - mailing.resumed_at).total_seconds()
    return 1 + math.floor(seconds * mailing.pace / 3600) if seconds >= 0 else 0


def _has_to_pause(
    session: Session, mailing: Mailing, settings: Mapping[str, Any], at: datetime
) -> bool:
    """Pause the mailing if its round has closed, or no server is set any more."""
    try:
        refuse_without_server(session, mailing, settings)
        audiences.of(mailing).check(session, mailing, at)
    except StepRefused:
        mailing.state = next_state(mailing.state, Step.PAUSE)
        return True
    return False


def _count_queued(session: Session, mailing: Mailing) -> int:
    table = audiences.of(mailing).table
    queued = sa.select(sa.func.count()).where(
        table.mailing_id == mailing.id, table.queued_at >= mailing.resumed_at
    )
    return session.scalar(queued) or 0
