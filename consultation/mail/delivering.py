"""Delivering: claim, commit, send, mark; the worker's loop over what is due."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from consultation import clock
from consultation.database import StorageUnavailable, writing
from consultation.mail.claiming import Claimed, claim_next
from consultation.mail.models import Delivery, MessageStatus, OutboxMessage
from consultation.mail.opening import mail_of
from consultation.mail.outcomes import NotNow, Refused, Transport
from consultation.mail.transport import open_transport

LONGEST_DELAY = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=4)
JITTER = 0.2
MARKING_TRIES = 6
"""How often a mail that left is noted, against ten seconds of a locked database each time."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Rules:
    """What the settings say about delivering."""

    sender: str
    daily_cap: int
    retry_first: timedelta

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Rules":
        """Read them."""
        return cls(
            sender=settings["MAIL_SENDER"],
            daily_cap=settings["MAIL_DAILY_CAP"],
            retry_first=timedelta(seconds=max(1, settings["MAIL_RETRY_FIRST"])),
        )


@dataclass(frozen=True)
class DeliveryCount:
    """How many mails a pass sent and postponed, and how many messages it gave up."""

    sent: int = 0
    postponed: int = 0
    undeliverable: int = 0

    def __add__(self, other: "DeliveryCount") -> "DeliveryCount":
        return DeliveryCount(
            self.sent + other.sent,
            self.postponed + other.postponed,
            self.undeliverable + other.undeliverable,
        )


def deliver(
    session: Session,
    settings: Mapping[str, Any],
    should_stop: Callable[[], bool] = lambda: False,
) -> DeliveryCount:
    """Send what is due as the settings say; `should_stop` is asked between two mails.

    Needs the application's context, for templates and the mail server's settings.
    """
    with open_transport(settings) as transport:
        return deliver_due(session, transport, Rules.of(settings), should_stop)


def deliver_due(
    session: Session,
    transport: Transport,
    rules: Rules,
    should_stop: Callable[[], bool] = lambda: False,
) -> DeliveryCount:
    """Send what is due, one committed unit at a time; several workers may do so at once.

    Ends early when the server, rather than a message, is the problem.
    """
    total, goes_on = DeliveryCount(), True
    while goes_on and not should_stop():
        claimed = claim_next(session, sender=rules.sender, cap=rules.daily_cap, at=clock.now())
        if claimed is None:
            break
        count, goes_on = _deliver(session, claimed, transport, rules)
        total += count
    return total


def delay_before_next(attempt: int, first: timedelta) -> timedelta:
    """Return how long to wait after that attempt: doubled each time, up to an hour and a bit."""
    delay = min(first * (1 << min(attempt - 1, 20)), LONGEST_DELAY)
    return delay * random.uniform(1, 1 + JITTER)


def _deliver(
    session: Session, claimed: Claimed, transport: Transport, rules: Rules
) -> tuple[DeliveryCount, bool]:
    """Send one claimed mail; return what became of it and whether others may follow."""
    mail, broken = mail_of(claimed, rules.sender)
    count = DeliveryCount(undeliverable=len(broken))
    if broken:
        claimed = _set_aside(session, claimed, broken)
    if mail is None:
        return count, True
    try:
        transport.send(mail)
    except Refused as refusal:
        return count + _give_up(session, claimed, refusal.reason), True
    except NotNow as delay:
        return count + _postpone(session, claimed, delay.reason, rules), not delay.stop
    return count + _note_sent(session, claimed), True


def _note_sent(session: Session, claimed: Claimed) -> DeliveryCount:
    """Note that the mail left.  Trying again for a minute spares the recipient a repeat."""
    for tries_left in reversed(range(MARKING_TRIES)):
        try:
            with writing(session):
                _mark(session, claimed, status=MessageStatus.SENT, sent_at=clock.now())
            break
        except StorageUnavailable:
            if not tries_left:
                raise
    log.info("mail sent", delivery=claimed.delivery_id, kind=claimed.kind, attempt=claimed.attempt)
    return DeliveryCount(sent=1)


def _postpone(session: Session, claimed: Claimed, reason: str, rules: Rules) -> DeliveryCount:
    """Let the same mail be tried again later, or give it up when it has been tried for days."""
    now = clock.now()
    if now >= claimed.first_tried_at + GIVE_UP_AFTER:
        return _give_up(session, claimed, reason)
    with writing(session):
        _mark(
            session,
            claimed,
            status=MessageStatus.QUEUED,
            next_attempt_at=now + delay_before_next(claimed.attempt, rules.retry_first),
            last_error=reason,
        )
    log.warning(
        "mail postponed", delivery=claimed.delivery_id, error=reason, attempt=claimed.attempt
    )
    return DeliveryCount(postponed=1)


def _give_up(session: Session, claimed: Claimed, reason: str) -> DeliveryCount:
    with writing(session):
        _mark(session, claimed, status=MessageStatus.UNDELIVERABLE, last_error=reason)
    log.error("mail undeliverable", delivery=claimed.delivery_id, error=reason)
    return DeliveryCount(undeliverable=len(claimed.messages))


def _set_aside(session: Session, claimed: Claimed, broken: Sequence[int]) -> Claimed:
    """Take messages out of the mail and out of the queue; return the mail without them."""
    left = [message for message in claimed.messages if message.id not in broken]
    with writing(session):
        session.execute(
            sa.update(OutboxMessage)
            .where(OutboxMessage.id.in_(broken))
            .values(
                status=MessageStatus.UNDELIVERABLE, last_error="unrenderable", delivery_id=None
            ),
            execution_options={"synchronize_session": False},
        )
        if not left:
            session.execute(sa.delete(Delivery).where(Delivery.id == claimed.delivery_id))
    return replace(claimed, messages=left)


def _mark(session: Session, claimed: Claimed, **values: Any) -> None:
    """Write what became of the mail, unless its lease ended and another worker has it.

    That a mail left is true whoever has it now.
    """
    which = [OutboxMessage.delivery_id == claimed.delivery_id]
    if values["status"] is MessageStatus.SENT:
        which.append(OutboxMessage.status != MessageStatus.SENT)
    else:
        which.append(OutboxMessage.status == MessageStatus.SENDING)
        which.append(OutboxMessage.next_attempt_at == claimed.lease_ends_at)
    session.execute(
        sa.update(OutboxMessage).where(*which).values(**values),
        execution_options={"synchronize_session": False},
    )
