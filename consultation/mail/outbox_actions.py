"""Actions of the staff on the outbox: resend, cancel and release messages.

Also the rows of the outbox pages, and the test mail.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto.keyring import Unreadable, keyring, new_id
from consultation.i18n import DEFAULT_LOCALE
from consultation.mail import displayed_states, kinds, labels, outbox
from consultation.mail.addresses import masked
from consultation.mail.delivery import breakers
from consultation.mail.displayed_states import DisplayedState
from consultation.mail.kinds import MessageKind, kind_named
from consultation.mail.models import WAITING, Delivery, MessageStatus, OutboxMessage, Suppression
from consultation.mail.transport import Mailbox, moment_of
from consultation.web.navigation import Paged, nearest, paged
from consultation.web.permissions import Permission
from consultation.web.typography import moment
from consultation.work.services import Work, needs

RESENDABLE = (MessageStatus.RETRYING, MessageStatus.UNDELIVERABLE, MessageStatus.SUPPRESSED)
CANCELLABLE = (MessageStatus.QUEUED, MessageStatus.RETRYING)
CANCELLED = "cancelled"


class NotPossible(Exception):
    """The message can't be resent or cancelled; the text says why, in French."""


def resend(work: Work, number: int) -> OutboxMessage:
    """Queue a message that did not leave for an attempt now; raise `NotPossible`.

    It keeps its mail and `Message-ID`; the messages that share the mail go along.
    """
    message = _find(work, number)
    _check_resendable(work.session, message)
    if message.domain_index:
        # Staff expect the domain to take mail now; its failures of days are not this message's.
        breakers.close(work.session, message.domain_index)
    _update(
        work.session,
        # Messages that were cancelled and blanked since stay so.
        _mail_of(message) & OutboxMessage.parameters.is_not(None),
        RESENDABLE,
        status=MessageStatus.RETRYING if message.delivery_id else MessageStatus.QUEUED,
        next_attempt_at=work.at,
    )
    if message.delivery_id:
        work.session.execute(
            sa.update(Delivery).where(Delivery.id == message.delivery_id).values(deferred_at=None)
        )
    return message


def cancel(work: Work, number: int) -> OutboxMessage:
    """Cancel a message, with all that shares its mail; raise `NotPossible`."""
    message = _find(work, number)
    if message.status not in CANCELLABLE:
        raise NotPossible("Ce courriel n'attend plus : il ne peut pas être annulé.")
    _update(
        work.session,
        _mail_of(message),
        CANCELLABLE,
        status=MessageStatus.SUPPRESSED,
        last_error=CANCELLED,
    )
    return message


@needs(Permission.DIRECT_OUTBOX)
def release_answers(work: Work) -> bool:
    """Release the acknowledgements that a flood stopped; return whether any waited."""
    if not breakers.release_answers(work.session, work.at):
        return False
    work.session.execute(
        sa.update(OutboxMessage)
        .where(
            OutboxMessage.status == MessageStatus.QUEUED,
            OutboxMessage.last_error == breakers.FLOOD,
        )
        .values(next_attempt_at=work.at, last_error=None),
        execution_options={"synchronize_session": False},
    )
    return True


def _check_resendable(session: Session, message: OutboxMessage) -> None:
    if displayed_states.of(message.status, message.last_error) is DisplayedState.KEPT:
        raise NotPossible(
            "Ce courriel est gardé sur cette machine : « Envoyer ce qui est gardé » le fait partir."
        )
    if message.status not in RESENDABLE:
        raise NotPossible("Ce courriel est parti, ou partira de lui-même : il n'y a rien à faire.")
    if message.recipient is None or message.parameters is None:
        raise NotPossible("Son contenu a été effacé, comme prévu : il ne peut plus partir.")
    refusal = outbox.refusal(session, kind_named(message.kind).reach, message.recipient)
    if refusal:
        raise NotPossible(
            "Cette adresse ne doit plus recevoir de courriel : levez d'abord l'interdiction."
        )


def _mail_of(message: OutboxMessage) -> sa.ColumnElement[bool]:
    """Return the condition of the messages that share the mail: a frozen one is indivisible."""
    if message.delivery_id is None:
        return OutboxMessage.id == message.id
    return OutboxMessage.delivery_id == message.delivery_id


@needs(Permission.DIRECT_OUTBOX)
def _find(work: Work, number: int) -> OutboxMessage:
    message = work.session.get(OutboxMessage, number, populate_existing=True)
    if message is None:
        raise NotPossible("Ce courriel n'existe pas, ou n'existe plus.")
    return message


def _update(
    session: Session,
    which: sa.ColumnElement[bool],
    states: tuple[MessageStatus, ...],
    **values: object,
) -> None:
    """Change messages that are still in one of `states`: a worker may have been faster."""
    session.execute(
        sa.update(OutboxMessage).where(which, OutboxMessage.status.in_(states)).values(**values),
        execution_options={"synchronize_session": False},
    )


PAGE_SIZE = 50


@dataclass(frozen=True)
class OutboxRow:
    """A message as staff may see it; `next_attempt_at` is None when no attempt is due."""

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
    """A mail of the local mailbox."""

    key: str
    at: datetime
    sender: str
    recipient: str
    subject: str
    text: str


@dataclass(frozen=True)
class SuppressedAddress:
    """A suppressed address as staff may see it."""

    public_id: str
    address: str
    reason: str
    created_at: datetime


def messages(
    session: Session, state: DisplayedState | None, kind: str | None, page: int
) -> Paged[OutboxRow]:
    """Return a page of the messages, of one state and kind or of any, the newest first."""
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
    page_of_rows = paged(session, wanted, page, PAGE_SIZE)
    return page_of_rows.with_rows([_outbox_row(row) for row in page_of_rows.rows])


def names_of(session: Session, numbers: Collection[str]) -> dict[str, str]:
    """Name messages by their kind and when they were queued, never by an address."""
    rows = session.execute(
        sa.select(OutboxMessage.id, OutboxMessage.kind, OutboxMessage.created_at).where(
            OutboxMessage.id.in_([int(it) for it in numbers if it.isdecimal()])
        )
    )
    of_kind = kinds.kind_labels()
    return {
        str(number): f"« {of_kind.get(kind, kind)} », le {moment(at)}" for number, kind, at in rows
    }


def local_mail_names(_session: Session, keys: Collection[str]) -> dict[str, str]:
    """Name mails of the local mailbox by when they were kept there."""
    seconds = {key: moment_of(key)[0] for key in keys}
    return {
        key: f"gardé le {moment(datetime.fromtimestamp(it, UTC))}"
        for key, it in seconds.items()
        if it
    }


def suppression_names(session: Session, public_ids: Collection[str]) -> dict[str, str]:
    """Name suppressed addresses by the day on which they were: the address stays out."""
    rows = session.execute(
        sa.select(Suppression.public_id, Suppression.created_at).where(
            Suppression.public_id.in_(public_ids)
        )
    )
    return {public_id: f"arrêtée le {moment(at)}" for public_id, at in rows}


def suppressed_addresses(session: Session, page: int) -> Paged[SuppressedAddress]:
    """Return a page of the suppressed addresses, the latest first."""
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
    page_of_rows = paged(session, wanted, page, PAGE_SIZE)
    return page_of_rows.with_rows(
        [
            SuppressedAddress(
                row.public_id, _masked(row.address), labels.reason(row.reason), row.created_at
            )
            for row in page_of_rows.rows
        ]
    )


def local_mails(box: Mailbox, page: int) -> Paged[LocalMail]:
    """Return a page of the local mailbox, the newest first."""
    names = box.names()
    page, page_count = nearest(page, len(names), PAGE_SIZE)
    mails = [(key, box.get(key)) for key in names[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]]
    rows = [local_mail(key, mail) for key, mail in mails if mail]
    return Paged(rows, page, page_count, len(names))


def local_mail(key: str, mail: EmailMessage) -> LocalMail:
    """Return a mail of the local mailbox as a page displays it."""
    body = mail.get_body(("plain",))
    return LocalMail(
        key=key,
        at=mail["Date"].datetime,
        sender=str(mail["From"]),
        recipient=str(mail["To"]),
        subject=str(mail["Subject"]),
        text=body.get_content() if body is not None else "",
    )


def _outbox_row(row: Any) -> OutboxRow:
    return OutboxRow(
        id=row.id,
        created_at=row.created_at,
        kind=kinds.kind_labels().get(row.kind, row.kind),
        recipient=_masked(row.recipient),
        status=row.status,
        state=displayed_states.of(row.status, row.last_error),
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at if row.status in WAITING else None,
        reason=labels.reason(row.last_error),
    )


def _masked(recipient: bytes | None) -> str:
    if recipient is None:
        return "effacé"
    try:
        return masked(keyring.decrypt(recipient))
    except Unreadable:
        return "illisible"


@dataclass(frozen=True)
class Trial:
    """When the mail was asked for (ISO, UTC)."""

    asked_at: str

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.asked_at)


KIND = MessageKind("test", "test", Trial, "Message d'essai")


def enqueue_test(session: Session, address: str, at: datetime) -> OutboxMessage:
    """Enqueue a test message; raise ValueError when the address is not of one recipient."""
    return outbox.enqueue(
        session,
        KIND.name,
        dedup_key=f"test:{new_id()}",
        recipient=address,
        locale=DEFAULT_LOCALE,
        parameters=Trial(at.isoformat()),
        at=at,
    )
