"""What an administrator may do with mail that is owed: send it again, cancel it, let answers go."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.mail import breaking, displayed_states, outbox
from consultation.mail.displayed_states import DisplayedState
from consultation.mail.kinds import kind_named
from consultation.mail.models import Delivery, MessageStatus, OutboxMessage
from consultation.web.permissions import Actor, NotAllowed, Permission

RESENDABLE = (MessageStatus.RETRYING, MessageStatus.UNDELIVERABLE, MessageStatus.SUPPRESSED)
CANCELLABLE = (MessageStatus.QUEUED, MessageStatus.RETRYING)
CANCELLED = "cancelled"


class NotPossible(Exception):
    """The message is past what was asked for; the text says why, in French."""


def resend(session: Session, actor: Actor, number: int, at: datetime) -> OutboxMessage:
    """Let a message that did not leave be tried at once, and for days; raise `NotPossible`.

    It keeps its mail and `Message-ID`, and the mails of its box that wait in it go along.
    """
    message = _find(session, actor, number)
    _check_resendable(session, message)
    if message.domain_index:
        # Whoever sends again believes that it will be taken now, and days in vain are not its own.
        breaking.close(session, message.domain_index)
    _update(
        session,
        # What was called back and emptied meanwhile stays so.
        _mail_of(message) & OutboxMessage.parameters.is_not(None),
        RESENDABLE,
        status=MessageStatus.RETRYING if message.delivery_id else MessageStatus.QUEUED,
        next_attempt_at=at,
    )
    if message.delivery_id:
        session.execute(
            sa.update(Delivery).where(Delivery.id == message.delivery_id).values(deferred_at=None)
        )
    return message


def cancel(session: Session, actor: Actor, number: int) -> OutboxMessage:
    """Take a message out of the queue, with all that shares its mail; raise `NotPossible`."""
    message = _find(session, actor, number)
    if message.status not in CANCELLABLE:
        raise NotPossible("Ce courriel n'attend plus : il ne peut être annulé.")
    _update(
        session,
        _mail_of(message),
        CANCELLABLE,
        status=MessageStatus.SUPPRESSED,
        last_error=CANCELLED,
    )
    return message


def let_answers_go(session: Session, actor: Actor, at: datetime) -> bool:
    """Let the answers that were too many leave; return whether they were waiting for it."""
    _check(actor)
    if not breaking.let_answers_go(session, at):
        return False
    session.execute(
        sa.update(OutboxMessage)
        .where(
            OutboxMessage.status == MessageStatus.QUEUED,
            OutboxMessage.last_error == breaking.FLOOD,
        )
        .values(next_attempt_at=at, last_error=None),
        execution_options={"synchronize_session": False},
    )
    return True


def _check_resendable(session: Session, message: OutboxMessage) -> None:
    if displayed_states.of(message.status, message.last_error) is DisplayedState.KEPT:
        raise NotPossible("Ce courriel est gardé sur cette machine : il ne partira pas.")
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
    """Return what holds of the messages that share the mail: a frozen one is whole or nothing."""
    if message.delivery_id is None:
        return OutboxMessage.id == message.id
    return OutboxMessage.delivery_id == message.delivery_id


def _find(session: Session, actor: Actor, number: int) -> OutboxMessage:
    _check(actor)
    found = session.get(OutboxMessage, number, populate_existing=True)
    if found is None:
        raise NotPossible("Ce courriel n'existe pas, ou n'existe plus.")
    return found


def _check(actor: Actor) -> None:
    if not actor.may(Permission.DIRECT_OUTBOX):
        raise NotAllowed(Permission.DIRECT_OUTBOX)


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
