"""Reminders of replies: one mail to each institution, some days before its last day."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import in_paris, now
from consultation.institutions.replies import message, requests
from consultation.institutions.replies.message import REMINDER
from consultation.institutions.replies.models import Reply, ReplyRequest
from consultation.jobs.worker import Task
from consultation.mail import circulars
from consultation.mail.circulars import Mail

TASK = "reply reminders"
EVERY_SECONDS = 3600
AFTER_THE_REQUEST = timedelta(days=2)
"""A request of yesterday is not reminded of yet, however near its last day is."""


def task(settings: Mapping[str, Any]) -> Task:
    return Task(TASK, EVERY_SECONDS, partial(enqueue_due, settings=settings))


def enqueue_due(session: Session, settings: Mapping[str, Any]) -> int:
    """Enqueue the reminders that are due; return how many will leave."""
    due = _due(settings, now()).with_only_columns(ReplyRequest.public_id)
    return circulars.enqueue_each(session, REMINDER, due, partial(_mail, session, settings))


def _due(settings: Mapping[str, Any], at: datetime) -> sa.Select[ReplyRequest]:
    """Return the statement for requests to remind of: open, without a reply or a reminder."""
    today = in_paris(at).date()
    last = today + timedelta(days=settings["REPLY_REMINDER_DAYS"])
    return sa.select(ReplyRequest).where(
        ReplyRequest.due_on.between(today, last),
        ReplyRequest.sent_at <= at - AFTER_THE_REQUEST,
        ReplyRequest.withdrawn_at.is_(None),
        ReplyRequest.published_at.is_(None),
        ReplyRequest.address.is_not(None),
        ~sa.exists().where(Reply.request_id == ReplyRequest.id),
        ~circulars.is_written(REMINDER, ReplyRequest.public_id),
    )


def _mail(
    session: Session, settings: Mapping[str, Any], public_id: str, at: datetime
) -> Mail | None:
    """Return the reminder of a request, locked, if it still is due."""
    request = requests.locked(session, public_id)
    still = _due(settings, at).where(ReplyRequest.public_id == public_id)
    if request is None or session.scalars(still).one_or_none() is None:
        return None
    return message.mail_of(REMINDER, request, settings)
