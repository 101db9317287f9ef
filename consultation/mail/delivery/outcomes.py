"""Outcomes of delivery attempts, written in the same transaction as the next claim."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from consultation import clock
from consultation.db.base import Base
from consultation.mail import kinds, retention, transport
from consultation.mail.delivery import breakers
from consultation.mail.delivery.claim import ClaimedMail
from consultation.mail.models import Breaker, Delivery, MessageStatus, OutboxMessage
from consultation.mail.transport import KEPT_HERE, NotNow

GIVE_UP_AFTER = timedelta(days=4)

_MESSAGES = Base.metadata.tables[OutboxMessage.__tablename__]
_DELIVERIES = Base.metadata.tables[Delivery.__tablename__]
# Runs for every batch: built once, on a plain table.
_SENT = (
    sa.update(_MESSAGES)
    .where(
        _MESSAGES.c.id.in_(sa.bindparam("carried", expanding=True)),
        _MESSAGES.c.delivery_id.in_(sa.bindparam("deliveries", expanding=True)),
        _MESSAGES.c.status != MessageStatus.SENT,
    )
    .values(
        status=MessageStatus.SENT, sent_at=sa.bindparam("at"), last_error=sa.bindparam("reason")
    )
)

log = structlog.get_logger()


@dataclass(frozen=True)
class DeliveryCount:
    """Counts of a pass: mails sent, mails postponed, messages given up."""

    sent: int = 0
    postponed: int = 0
    undeliverable: int = 0

    def __add__(self, other: "DeliveryCount") -> "DeliveryCount":
        return DeliveryCount(
            self.sent + other.sent,
            self.postponed + other.postponed,
            self.undeliverable + other.undeliverable,
        )


@dataclass(frozen=True)
class DeliveryOutcome:
    """Outcome of the attempt to send a claimed mail: sent, refused or delayed, else not tried.

    Messages that are `broken` could not be rendered and were not in it. A mail that `is_kept` went
    no further than the local mailbox.
    """

    claimed: ClaimedMail
    broken: Sequence[int] = ()
    is_sent: bool = False
    is_kept: bool = False
    refused: str = ""
    delay: NotNow | None = None

    @property
    def is_untried(self) -> bool:
        """Whether the mail is to be tried as if it had not been claimed."""
        return not (self.broken or self.is_sent or self.refused or self.delay)


def write(
    session: Session, outcomes: Sequence[DeliveryOutcome], first_delay: timedelta
) -> DeliveryCount:
    """Write outcomes in the order of their attempts, within the caller's transaction.

    Mails not tried wait again first: the failure of another may give up all of its domain.
    """
    count = DeliveryCount()
    for outcome in outcomes:
        if outcome.is_untried:
            _release(session, outcome.claimed)
    tried = (outcome for outcome in outcomes if not outcome.is_untried)
    for is_sent, run in groupby(tried, key=lambda outcome: outcome.is_sent):
        if is_sent:
            count += _note_sent(session, list(run))
        else:
            for outcome in run:
                count += _note_failure(session, outcome, first_delay)
    forgotten = kinds.forgotten_names()
    written = [
        message.id
        for outcome in outcomes
        if outcome.claimed.kind in forgotten
        for message in outcome.claimed.messages
    ]
    if written:
        retention.blank_forgotten(session, OutboxMessage.id.in_(written))
    return count


def _note_sent(session: Session, sent: Sequence[DeliveryOutcome]) -> DeliveryCount:
    count = DeliveryCount(sent=len(sent))
    for outcome in sent:
        count += _drop_broken(session, outcome)
    reason = KEPT_HERE if sent[0].is_kept else None
    # Even if another worker has claimed it since: the mail left. What was erased was not in it.
    values = {
        "carried": [message.id for outcome in sent for message in outcome.claimed.messages],
        "deliveries": [outcome.claimed.delivery_id for outcome in sent],
        "at": clock.now(),
        "reason": reason,
    }
    session.execute(_SENT, values)
    breakers.close(session, breakers.SERVER, *{it.claimed.domain_index for it in sent})
    return count


def log_sent(outcomes: Sequence[DeliveryOutcome]) -> None:
    """Log the mails that left, once that is stored."""
    for outcome in outcomes:
        if outcome.is_sent:
            mail, event = outcome.claimed, "mail kept here" if outcome.is_kept else "mail sent"
            log.info(event, delivery=mail.delivery_id, kind=mail.kind, attempt=mail.attempt)


def _note_failure(
    session: Session, outcome: DeliveryOutcome, first_delay: timedelta
) -> DeliveryCount:
    claimed, broken = outcome.claimed, outcome.broken
    count = _drop_broken(session, outcome)
    if outcome.refused:
        return count + _note_refused(session, claimed, outcome.refused, len(broken))
    if outcome.delay is not None:
        return count + _postpone(session, claimed, outcome.delay, first_delay, broken)
    return count


def _note_refused(
    session: Session, claimed: ClaimedMail, reason: str, broken_count: int
) -> DeliveryCount:
    # A server that replies is up, although it refuses this mailbox.
    if reason.startswith(transport.REPLY):
        breakers.close(session, breakers.SERVER, claimed.domain_index)
    return _give_up(session, claimed, reason, broken_count)


def _postpone(
    session: Session,
    claimed: ClaimedMail,
    delay: NotNow,
    first: timedelta,
    broken: Sequence[int],
) -> DeliveryCount:
    """Postpone the mail, or give it up once its server has deferred it for days."""
    now = clock.now()
    if not delay.is_about_mail:
        until = breakers.note_failure(session, breakers.SERVER, delay.reason, now, first)
        # The server takes no mail at all: this was no attempt to send this one.
        attempts = OutboxMessage.attempts - 1
        return _try_again(session, claimed, delay.reason, until, attempts=attempts)
    if claimed.domain_index and not delay.stop:
        breakers.note_failure(session, claimed.domain_index, delay.reason, now, first)
    if now >= _first_deferral(session, claimed, now) + GIVE_UP_AFTER:
        others = _give_up_domain(session, claimed.domain_index, delay.reason, now)
        return _give_up(session, claimed, delay.reason, len(broken)) + others
    until = now + breakers.delay_after(claimed.attempt, first)
    return _try_again(session, claimed, delay.reason, until)


def _try_again(
    session: Session, claimed: ClaimedMail, reason: str, at: datetime, **values: Any
) -> DeliveryCount:
    values |= {"next_attempt_at": at, "last_error": reason}
    _mark(session, claimed, status=MessageStatus.RETRYING, **values)
    log.warning(
        "mail postponed", delivery=claimed.delivery_id, error=reason, attempt=claimed.attempt
    )
    return DeliveryCount(postponed=1)


def _first_deferral(session: Session, claimed: ClaimedMail, now: datetime) -> datetime:
    """Return when the mail was first deferred, recording it when that is now.

    The days count anew after as long in which nothing was tried: the machine was off, or its
    clock has jumped.  While its domain takes nothing, a mail queued before counts as deferred with
    the others.
    """
    delivery = session.get_one(Delivery, claimed.delivery_id, populate_existing=True)
    is_anew = claimed.due_at <= now - GIVE_UP_AFTER
    if delivery.deferred_at is None or delivery.deferred_at > now or is_anew:
        delivery.deferred_at = now
        session.flush()
    breaker = _breaker_of(session, claimed.domain_index, now)
    if breaker is None:
        return delivery.deferred_at
    queued_at = session.scalar(
        sa.select(sa.func.min(OutboxMessage.created_at, type_=OutboxMessage.created_at.type)).where(
            OutboxMessage.delivery_id == claimed.delivery_id
        )
    )
    return min(delivery.deferred_at, max(queued_at or now, breaker.since))


def _breaker_of(session: Session, domain_index: str | None, now: datetime) -> Breaker | None:
    return breakers.find_ongoing(session, domain_index, now) if domain_index else None


def _give_up(
    session: Session, claimed: ClaimedMail, reason: str, broken_count: int
) -> DeliveryCount:
    _mark(session, claimed, status=MessageStatus.UNDELIVERABLE, last_error=reason)
    log.error("mail undeliverable", delivery=claimed.delivery_id, error=reason)
    return DeliveryCount(undeliverable=len(claimed.messages) - broken_count)


def _give_up_domain(
    session: Session, domain_index: str | None, reason: str, now: datetime
) -> DeliveryCount:
    """Give up the messages that have waited for days on a domain that took nothing for as long.

    A paused domain is tried once an hour: with many mails queued for it, the last would be given
    up weeks later.
    """
    days_ago = now - GIVE_UP_AFTER
    breaker = _breaker_of(session, domain_index, now)
    if breaker is None or breaker.since > days_ago:
        return DeliveryCount()
    gone = session.execute(
        sa.update(OutboxMessage)
        .where(
            OutboxMessage.domain_index == domain_index,
            OutboxMessage.status.in_((MessageStatus.QUEUED, MessageStatus.RETRYING)),
            OutboxMessage.created_at <= days_ago,
        )
        .values(status=MessageStatus.UNDELIVERABLE, last_error=reason)
        .returning(OutboxMessage.id)
        .execution_options(synchronize_session=False)
    )
    count = len(gone.all())
    if count:
        retention.blank_forgotten(session)
    return DeliveryCount(undeliverable=count)


def _drop_broken(session: Session, outcome: DeliveryOutcome) -> DeliveryCount:
    """Take messages that can't be rendered out of the mail and out of the queue."""
    if outcome.broken:
        session.execute(
            sa.update(OutboxMessage)
            .where(OutboxMessage.id.in_(outcome.broken))
            .values(
                status=MessageStatus.UNDELIVERABLE, last_error="unrenderable", delivery_id=None
            ),
            execution_options={"synchronize_session": False},
        )
    if len(outcome.broken) == len(outcome.claimed.messages):
        _delete_empty(session, outcome.claimed)
    return DeliveryCount(undeliverable=len(outcome.broken))


def _release(session: Session, claimed: ClaimedMail) -> None:
    """Give back a mail that this worker did not try; one never tried is no mail yet."""
    values: dict[str, Any] = (
        {"status": MessageStatus.QUEUED, "delivery_id": None}
        if claimed.is_new
        else {"status": MessageStatus.RETRYING}
    )
    attempts = OutboxMessage.attempts - 1
    _mark(session, claimed, next_attempt_at=claimed.due_at, attempts=attempts, **values)
    if claimed.is_new:
        _delete_empty(session, claimed)


def _delete_empty(session: Session, claimed: ClaimedMail) -> None:
    """Delete the row of a mail, unless it has messages, such as those cancelled meanwhile."""
    is_empty = ~sa.exists().where(_MESSAGES.c.delivery_id == _DELIVERIES.c.id)
    session.execute(sa.delete(_DELIVERIES).where(_DELIVERIES.c.id == claimed.delivery_id, is_empty))


def _mark(session: Session, claimed: ClaimedMail, **values: Any) -> None:
    """Change the messages of the mail, unless its lease ended and another worker has claimed it."""
    session.execute(
        sa.update(OutboxMessage)
        .where(
            OutboxMessage.delivery_id == claimed.delivery_id,
            OutboxMessage.status == MessageStatus.SENDING,
            OutboxMessage.next_attempt_at == claimed.lease_ends_at,
        )
        .values(**values),
        execution_options={"synchronize_session": False},
    )
