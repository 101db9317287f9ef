"""Decisions of staff on a message: convert it into responses, set it aside, take it back."""

import enum
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.db.stale import StaleEdit
from consultation.inbox.models import Conversion, IncomingMessage, State
from consultation.responses import transcription
from consultation.responses.identity import NO_CAPACITY
from consultation.responses.models import Response
from consultation.responses.transcription import Part, Writer
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


class Move(enum.StrEnum):
    """A step of a message from one state to the next."""

    ASK = "ask"
    CONFIRM = "confirm"
    CONVERT = "convert"
    SET_ASIDE = "set_aside"
    TAKE_BACK = "take_back"


TRANSITIONS = {
    (State.WAITING, Move.ASK): State.ASKED,
    (State.ASKED, Move.CONFIRM): State.WAITING,
    (State.WAITING, Move.CONVERT): State.CONVERTED,
    (State.ASKED, Move.CONVERT): State.CONVERTED,
    (State.WAITING, Move.SET_ASIDE): State.SET_ASIDE,
    (State.ASKED, Move.SET_ASIDE): State.SET_ASIDE,
    (State.SET_ASIDE, Move.TAKE_BACK): State.WAITING,
}


def lock(session: Session, public_id: str) -> IncomingMessage:
    """Return a message as it is stored now, locked until the transaction ends."""
    return session.scalars(
        sa.select(IncomingMessage)
        .where(IncomingMessage.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


@needs(Permission.SORT_INBOX)
def lock_for_move(work: Work, public_id: str, move: Move, seen: State) -> IncomingMessage:
    """Return the message, locked, if it may make the move from the state `seen` on the page.

    Raise `NotAllowed`, or `StaleEdit` when another actor or the sender has moved it since.
    """
    message = lock(work.session, public_id)
    if message.state is not seen or (message.state, move) not in TRANSITIONS:
        raise StaleEdit("le message", at=message.decided_at)
    return message


def apply(message: IncomingMessage, move: Move, at: datetime | None) -> None:
    """Move a message; `at` is when an actor decided, or None when it waits for one again."""
    message.state = TRANSITIONS[message.state, move]
    message.decided_at = at


def set_aside(work: Work, public_id: str, reason: str, *, seen: State) -> IncomingMessage:
    """Set a message aside for a reason, a key of `labels.STAFF_REASONS`; raise `StaleEdit`."""
    message = lock_for_move(work, public_id, Move.SET_ASIDE, seen)
    apply(message, Move.SET_ASIDE, work.at)
    message.reason = reason
    audit_log.log(work, "message_set_aside", public_id, {"reason": reason})
    return message


def take_back(work: Work, public_id: str, *, seen: State) -> IncomingMessage:
    """Let a message that was set aside wait for a decision again; raise `StaleEdit`."""
    message = lock_for_move(work, public_id, Move.TAKE_BACK, seen)
    apply(message, Move.TAKE_BACK, None)
    message.reason = None
    audit_log.log(work, "message_taken_back", public_id)
    return message


class Author(NamedTuple):
    """Who a sender says to be, as staff read it in the message; blank where it is not said."""

    capacity: str = ""
    organisation: str = ""
    territory: str = ""


UNSTATED = Author()


class NothingToConvert(Exception):
    """No measure was chosen."""


def convert(
    work: Work, public_id: str, parts: Sequence[Part], *, seen: State, author: Author = UNSTATED
) -> list[Response]:
    """Make a response of each part, and return them.

    Raise `NothingToConvert`, `transcription.TextRefused`, or `StaleEdit`.
    """
    message = lock_for_move(work, public_id, Move.CONVERT, seen)
    if not parts:
        raise NothingToConvert
    responses = transcription.transcribe(work.session, parts, _writer(message, author), work.at)
    work.session.add_all(
        Conversion(message_id=message.id, response_id=response.id) for response in responses
    )
    apply(message, Move.CONVERT, work.at)
    work.session.flush()
    details = {"responses": len(responses)}
    audit_log.log(work, "message_converted", public_id, details)
    return responses


def responses_of(session: Session, message_id: int) -> Sequence[Response]:
    return session.scalars(
        sa.select(Response)
        .join(Conversion, Conversion.response_id == Response.id)
        .where(Conversion.message_id == message_id)
        .order_by(Response.id)
    ).all()


def _writer(message: IncomingMessage, author: Author) -> Writer:
    return Writer(
        name=message.sender_name,
        address=message.sender if message.sender_index else None,
        locale=message.locale,
        is_confirmed=message.confirmed_at is not None,
        respondent_id=message.respondent_id,
        capacity=author.capacity or NO_CAPACITY,
        organisation=author.organisation or None,
        territory=author.territory or None,
    )
