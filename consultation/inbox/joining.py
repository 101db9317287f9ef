"""Replies: which mail of ours a message answers, and so who wrote it and about what."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from consultation.invitations.models import Invitation, Invitee
from consultation.mail import boxes
from consultation.mail.boxes import Box
from consultation.mail.models import Delivery, OutboxMessage
from consultation.responses.models import Response

ACKNOWLEDGEMENT, INVITATION = "acknowledgement", "invitation"


@dataclass(frozen=True)
class Joined:
    """What a reply is joined to; `measure_ids` are those of the responses it was told of."""

    delivery_id: int | None = None
    respondent_id: int | None = None
    measure_ids: tuple[int, ...] = ()


def join(session: Session, answers_to: Sequence[str], sender: str | None) -> Joined:
    """Find the mail that is answered, provided that it went to the box that answers."""
    if not answers_to or sender is None:
        return Joined()
    box = Box.of(sender)
    found = session.scalars(
        sa.select(Delivery)
        .where(
            Delivery.message_id.in_(answers_to),
            box.may_be(Delivery.recipient_index, Delivery.mailbox_index),
        )
        .order_by(Delivery.id.desc())
    ).all()
    went_to = ((each, boxes.of_delivery(session, each).mailbox) for each in found)
    delivery = next((each for each, mailbox in went_to if box.is_named(mailbox, None)), None)
    if delivery is None:
        return Joined()
    # A mail of before boxes that look alike were told apart may have told of somebody else as well.
    theirs = boxes.messages_to(session, box, OutboxMessage.delivery_id == delivery.id)
    keys = session.scalars(
        sa.select(OutboxMessage.dedup_key)
        .where(OutboxMessage.id.in_(theirs))
        .order_by(OutboxMessage.id.desc())
    ).all()
    responses = _acknowledged(session, keys)
    respondent_id = responses[0].respondent_id if responses else _invited(session, keys)
    return Joined(delivery.id, respondent_id, _measures(responses))


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
    found = (response.questionnaire.measure_id for response in responses)
    return tuple(dict.fromkeys(measure_id for measure_id in found if measure_id is not None))


def _invited(session: Session, keys: Sequence[str]) -> int | None:
    """Return the respondent that an invited person is in the latest round they were asked in."""
    for key in keys:
        kind, _, rest = key.partition(":")
        if kind == INVITATION:
            return session.scalar(
                sa.select(Invitation.respondent_id)
                .join(Invitee, Invitee.id == Invitation.invitee_id)
                .where(Invitee.public_id == rest.rpartition(":")[2])
                .order_by(Invitation.id.desc())
                .limit(1)
            )
    return None
