"""Reminders of replies: one mail to each institution, some days before its last day."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import in_paris, now
from consultation.db.base import writing
from consultation.institutions.replies import message, requests
from consultation.institutions.replies.models import Reply, ReplyRequest
from consultation.jobs.worker import Task
from consultation.mail.models import OutboxMessage

TASK = "reply reminders"
EVERY_SECONDS = 3600
AFTER_THE_REQUEST = timedelta(days=2)
"""A request of yesterday is not reminded of yet, however near its last day is."""


def task(settings: Mapping[str, Any]) -> Task:
    """Return the worker's task."""
    return Task(TASK, EVERY_SECONDS, partial(enqueue_due, settings=settings))


def enqueue_due(session: Session, settings: Mapping[str, Any]) -> int:
    """Enqueue the reminders that are due, each in its own transaction; return how many.

    Several workers may run it at once.
    """
    due = session.scalars(_due(settings, now()).with_only_columns(ReplyRequest.public_id)).all()
    session.rollback()
    for public_id in due:
        with writing(session):
            _enqueue(session, settings, public_id, now())
    return len(due)


def _due(settings: Mapping[str, Any], at: datetime) -> sa.Select[ReplyRequest]:
    """Return the statement for requests to remind of: open, without a reply or a reminder."""
    today = in_paris(at).date()
    last = today + timedelta(days=settings["REPLY_REMINDER_DAYS"])
    key = sa.literal(f"{message.REMINDER.name}:") + ReplyRequest.public_id
    return sa.select(ReplyRequest).where(
        ReplyRequest.due_on.between(today, last),
        ReplyRequest.sent_at <= at - AFTER_THE_REQUEST,
        ReplyRequest.withdrawn_at.is_(None),
        ReplyRequest.published_at.is_(None),
        ReplyRequest.address.is_not(None),
        ~sa.exists().where(Reply.request_id == ReplyRequest.id),
        ~sa.exists().where(OutboxMessage.dedup_key == key),
    )


def _enqueue(session: Session, settings: Mapping[str, Any], public_id: str, at: datetime) -> None:
    """Enqueue one reminder if it still is due once the request is locked."""
    request = requests.locked(session, public_id)
    still = _due(settings, at).where(ReplyRequest.public_id == public_id)
    if request is not None and session.scalars(still).one_or_none() is not None:
        message.enqueue(session, message.REMINDER, request, settings, at)
