"""Displayed states of messages: their status, and whether a mail was only kept on this machine."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.i18n import Labelled
from consultation.mail.models import Delivery, MessageStatus, OutboxMessage
from consultation.mail.transport import KEPT_HERE, mailbox_of

AT_ONCE = 500
_STATUS = OutboxMessage.__table__.c.status
_REASON = OutboxMessage.__table__.c.last_error


class DisplayedState(Labelled):
    """A `MessageStatus`, except that a message sent into the local mailbox is `KEPT`."""

    QUEUED = "queued", "en attente"
    SENDING = "sending", "en cours d'envoi"
    RETRYING = "retrying", "à réessayer"
    SENT = "sent", "parti"
    KEPT = "kept", "gardé sur cette machine"
    UNDELIVERABLE = "undeliverable", "impossible à remettre"
    SUPPRESSED = "suppressed", "non envoyé"


def of(status: MessageStatus, reason: str | None) -> DisplayedState:
    """Return the state of a message from its row."""
    is_kept = status is MessageStatus.SENT and reason == KEPT_HERE
    return DisplayedState.KEPT if is_kept else DisplayedState(status.value)


def column() -> sa.ColumnElement[str | None]:
    """Return the same in a query, as the state's value; nothing where there is no message."""
    status: sa.ColumnElement[str | None] = sa.cast(_STATUS, sa.String)
    return sa.case((is_kept(), DisplayedState.KEPT.value), else_=status)


def is_kept() -> sa.ColumnElement[bool]:
    """Return the condition that a message went no further than the local mailbox."""
    return sa.and_(_STATUS == MessageStatus.SENT, _REASON == KEPT_HERE)


def counts(session: Session) -> dict[DisplayedState, int]:
    """Return how many messages are in each state; every state is there."""
    state = column()
    rows = session.execute(
        sa.select(state, sa.func.count()).select_from(OutboxMessage).group_by(state)
    )
    stored = {DisplayedState(value): count for value, count in rows if value}
    return dict.fromkeys(DisplayedState, 0) | stored


def mark_kept_mails(session: Session, settings: Mapping[str, Any]) -> int:
    """Mark the messages of mails in the local mailbox as kept; return how many.

    Earlier versions recorded no reason for them.
    """
    unknown = sa.select(OutboxMessage.id).where(_STATUS == MessageStatus.SENT, _REASON.is_(None))
    if settings["MAIL_SERVER"] or session.scalar(unknown.limit(1)) is None:
        return 0
    names = list(mailbox_of(settings).keys_by_message_id())
    return sum(
        _mark(session, unknown, names[start : start + AT_ONCE])
        for start in range(0, len(names), AT_ONCE)
    )


def _mark(session: Session, unknown: sa.Select[int], message_ids: list[str]) -> int:
    ids = session.scalars(
        unknown.join(Delivery, Delivery.id == OutboxMessage.delivery_id).where(
            Delivery.message_id.in_(message_ids)
        )
    ).all()
    session.execute(
        sa.update(OutboxMessage).where(OutboxMessage.id.in_(ids)).values(last_error=KEPT_HERE),
        execution_options={"synchronize_session": False},
    )
    return len(ids)
