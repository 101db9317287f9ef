"""Answered mail: the delivery that an incoming message answers, its respondent and measures."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from consultation.invitations.models import Invitation, Invitee
from consultation.mail import mailbox_identity
from consultation.mail.mailbox_identity import Box
from consultation.mail.models import Delivery, OutboxMessage
from consultation.responses.models import Response

ACKNOWLEDGEMENT, INVITATION, EDITION = "acknowledgement", "invitation", "edition"


@dataclass(frozen=True)
class Reply:
    """The delivery that a message answers, its respondent, the measures of what it acknowledged."""

    delivery_id: int | None = None
    respondent_id: int | None = None
    measure_ids: tuple[int, ...] = ()


def find_reply(session: Session, answers_to: Sequence[str], sender: str | None) -> Reply:
    """Return the mail that a message answers, None unless it went to the sender's mailbox.

    A stranger may write the Message-ID of another person's mail into a reply.
    """
    if not answers_to or sender is None:
        return Reply()
    box = Box.of(sender)
    deliveries = session.scalars(
        sa.select(Delivery)
        .where(
            Delivery.message_id.in_(answers_to),
            box.may_be(Delivery.recipient_index, Delivery.mailbox_index),
        )
        .order_by(Delivery.id.desc())
    ).all()
    candidates = ((it, mailbox_identity.of_delivery(session, it).mailbox) for it in deliveries)
    delivery = next((it for it, mailbox in candidates if box.is_named(mailbox, None)), None)
    if delivery is None:
        return Reply()
    # An old mail, of before lookalike mailboxes were told apart, may name two respondents.
    message_ids = mailbox_identity.messages_to(
        session, box, OutboxMessage.delivery_id == delivery.id
    )
    keys = session.scalars(
        sa.select(OutboxMessage.dedup_key)
        .where(OutboxMessage.id.in_(message_ids))
        .order_by(OutboxMessage.id.desc())
    ).all()
    responses = _acknowledged(session, keys)
    respondent_id = responses[0].respondent_id if responses else _invited(session, keys)
    return Reply(delivery.id, respondent_id, _measures(responses))


def _acknowledged(session: Session, keys: Sequence[str]) -> Sequence[Response]:
    """Return the responses that a mail acknowledged, the latest first."""
    codes = [key.partition(":")[2] for key in keys if key.startswith(f"{ACKNOWLEDGEMENT}:")]
    if not codes:
        return ()
    return session.scalars(
        sa.select(Response)
        .where(Response.receipt_code.in_(codes))
        .options(joinedload(Response.questionnaire))
        .order_by(Response.id.desc())
    ).all()


def _measures(responses: Sequence[Response]) -> tuple[int, ...]:
    measure_ids = (response.questionnaire.measure_id for response in responses)
    return tuple(dict.fromkeys(measure_id for measure_id in measure_ids if measure_id is not None))


def _invited(session: Session, keys: Sequence[str]) -> int | None:
    """Return the respondent whom a mail was about, or the invitee of it in their latest round."""
    for key in keys:
        kind, _, rest = key.partition(":")
        if kind == EDITION:
            return int(rest.rpartition(":")[2])
        if kind == INVITATION:
            return session.scalar(
                sa.select(Invitation.respondent_id)
                .join(Invitee, Invitee.id == Invitation.invitee_id)
                .where(Invitee.public_id == rest.rpartition(":")[2])
                .order_by(Invitation.id.desc())
                .limit(1)
            )
    return None
