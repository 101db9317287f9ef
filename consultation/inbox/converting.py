"""Converts a message, whole or split over several measures, into responses."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts import auditing
from consultation.inbox.deciding import Move, move_on, to_move
from consultation.inbox.models import Conversion, IncomingMessage, State
from consultation.responses import transcribing
from consultation.responses.models import Response
from consultation.responses.transcribing import Form, Writer
from consultation.web.permissions import Actor


class NothingToConvert(Exception):
    """No measure was chosen."""


def convert(
    session: Session,
    actor: Actor,
    public_id: str,
    parts: Sequence[tuple[Form, str]],
    *,
    seen: State,
    at: datetime,
) -> list[Response]:
    """Make one response of each text, and return them.

    Raise `NothingToConvert`, `transcribing.TextRefused`, or `MovedOn` when somebody was first.
    """
    message = to_move(session, actor, public_id, Move.CONVERT, seen)
    if not parts:
        raise NothingToConvert
    responses = transcribing.transcribe(session, parts, _writer(message), at)
    session.add_all(
        Conversion(message_id=message.id, response_id=response.id) for response in responses
    )
    move_on(message, Move.CONVERT, at)
    session.flush()
    details = {"responses": len(responses)}
    auditing.record(session, actor.id, "message_converted", public_id, details, at=at)
    return responses


def responses_of(session: Session, message_id: int) -> Sequence[Response]:
    """Return what a message has become."""
    return session.scalars(
        sa.select(Response)
        .join(Conversion, Conversion.response_id == Response.id)
        .where(Conversion.message_id == message_id)
        .order_by(Response.id)
    ).all()


def _writer(message: IncomingMessage) -> Writer:
    return Writer(
        name=message.sender_name,
        address=message.sender if message.sender_index else None,
        locale=message.locale,
        is_confirmed=message.confirmed_at is not None,
        respondent_id=message.respondent_id,
    )
