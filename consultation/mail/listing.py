"""What the staff see of the outbox and of the local mailbox, a page at a time."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto import Unreadable, keyring
from consultation.mail import displayed_states, kinds, wording
from consultation.mail.addresses import masked
from consultation.mail.displayed_states import DisplayedState
from consultation.mail.maildir import Mailbox
from consultation.mail.models import WAITING, MessageStatus, OutboxMessage, Suppression
from consultation.web.paging import Paged, nearest, paged

PAGE_SIZE = 50


@dataclass(frozen=True)
class Owed:
    """One message as the staff may see it; `next_attempt_at` is None when none will come."""

    id: int
    created_at: datetime
    kind: str
    recipient: str
    status: MessageStatus
    state: DisplayedState
    attempts: int
    next_attempt_at: datetime | None
    reason: str


@dataclass(frozen=True)
class LocalMail:
    """One mail of the local mailbox; `text` is what it says."""

    key: str
    at: datetime
    sender: str
    recipient: str
    subject: str
    text: str


@dataclass(frozen=True)
class Stopped:
    """An address that is not written to, as the staff may see it."""

    public_id: str
    address: str
    reason: str
    created_at: datetime


def owed(
    session: Session, state: DisplayedState | None, kind: str | None, page: int
) -> Paged[Owed]:
    """Return a page of the messages in one state and of one kind, or of any, the newest first."""
    which = [
        *([displayed_states.column() == state.value] if state else []),
        *([OutboxMessage.kind == kind] if kind else []),
    ]
    wanted = (
        sa.select(
            OutboxMessage.id,
            OutboxMessage.created_at,
            OutboxMessage.kind,
            OutboxMessage.status,
            OutboxMessage.attempts,
            OutboxMessage.next_attempt_at,
            OutboxMessage.last_error,
            # Decrypted one by one: a row that no key opens must not take the page with it.
            sa.type_coerce(OutboxMessage.recipient, sa.LargeBinary).label("recipient"),
        )
        .where(*which)
        .order_by(OutboxMessage.id.desc())
    )
    found = paged(session, wanted, page, PAGE_SIZE)
    return found.showing([_owed(row) for row in found.rows])


def stopped(session: Session, page: int) -> Paged[Stopped]:
    """Return a page of the addresses that are not written to, the latest first."""
    wanted = (
        sa.select(
            Suppression.public_id,
            Suppression.reason,
            Suppression.created_at,
            sa.type_coerce(Suppression.address, sa.LargeBinary).label("address"),
        )
        .where(Suppression.lifted_at.is_(None))
        .order_by(Suppression.id.desc())
    )
    found = paged(session, wanted, page, PAGE_SIZE)
    return found.showing(
        [
            Stopped(row.public_id, _masked(row.address), wording.reason(row.reason), row.created_at)
            for row in found.rows
        ]
    )


def local_mails(box: Mailbox, page: int) -> Paged[LocalMail]:
    """Return a page of the local mailbox, the newest first."""
    names = box.names()
    page, page_count = nearest(page, len(names), PAGE_SIZE)
    found = [(key, box.get(key)) for key in names[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]]
    shown = [local_mail(key, mail) for key, mail in found if mail]
    return Paged(shown, page, page_count, len(names))


def local_mail(key: str, mail: EmailMessage) -> LocalMail:
    """Return what a page shows of a mail of ours."""
    body = mail.get_body(("plain",))
    return LocalMail(
        key=key,
        at=mail["Date"].datetime,
        sender=str(mail["From"]),
        recipient=str(mail["To"]),
        subject=str(mail["Subject"]),
        text=body.get_content() if body is not None else "",
    )


def _owed(row: Any) -> Owed:
    return Owed(
        id=row.id,
        created_at=row.created_at,
        kind=kinds.kind_labels().get(row.kind, row.kind),
        recipient=_masked(row.recipient),
        status=row.status,
        state=displayed_states.of(row.status, row.last_error),
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at if row.status in WAITING else None,
        reason=wording.reason(row.last_error),
    )


def _masked(recipient: bytes | None) -> str:
    if recipient is None:
        return "effacé"
    try:
        return masked(keyring.decrypt(recipient))
    except Unreadable:
        return "illisible"
