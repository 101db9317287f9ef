"""Inbox queries of staff: lists by state and reason, a message, a file."""

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from consultation.i18n import folded
from consultation.inbox import attachments
from consultation.inbox.collection import collector
from consultation.inbox.collection.causes import Cause
from consultation.inbox.models import (
    IncomingAttachment,
    IncomingMessage,
    Proposal,
    Reference,
    State,
)
from consultation.plan.models import Measure
from consultation.web.navigation import Paged, paged
from consultation.web.permissions import Permission
from consultation.web.typography import moment
from consultation.work.services import Work, needs

PAGE_LENGTH = 50
LATE = timedelta(minutes=15)
ADVICE = "Prévenez la personne qui administre le site."
DANGER_FIRST = (State.WAITING, State.ASKED)


_CAME_AT = sa.func.coalesce(IncomingMessage.sent_at, IncomingMessage.collected_at)
_SHORT = [sa.orm.defer(column) for column in (IncomingMessage.original, IncomingMessage.kept)]
"""What lists leave out: long and encrypted, and displayed by none."""


class Order(enum.StrEnum):
    """Orders of the list other than the latest first; subjects and senders are encrypted."""

    OLDEST = "anciens"
    MEASURE = "mesure"
    REASON = "raison"


def message_names(session: Session, public_ids: Collection[str]) -> dict[str, str]:
    """Name messages by when they were collected: who writes, and of what, stays out."""
    rows = session.execute(
        sa.select(IncomingMessage.public_id, IncomingMessage.collected_at).where(
            IncomingMessage.public_id.in_(public_ids)
        )
    )
    return {public_id: f"le {moment(at)}" for public_id, at in rows}


def attachment_names(session: Session, public_ids: Collection[str]) -> dict[str, str]:
    """Name attachments by their message: the name of a file may be a person's."""
    rows = session.execute(
        sa.select(IncomingAttachment.public_id, IncomingMessage.collected_at)
        .join(IncomingAttachment.message)
        .where(IncomingAttachment.public_id.in_(public_ids))
    )
    return {public_id: f"jointe au courriel reçu le {moment(at)}" for public_id, at in rows}


_FIRST_MEASURE = (
    sa.select(sa.func.min(Measure.position))
    .join(Proposal, Proposal.measure_id == Measure.id)
    .where(Proposal.message_id == IncomingMessage.id)
    .correlate(IncomingMessage)
    .scalar_subquery()
)


def _order(state: State, sort: Order | None = None) -> list[sa.ColumnElement[Any]]:
    order: list[sa.ColumnElement[Any]] = []
    if state in DANGER_FIRST:
        order.append(IncomingMessage.has_danger_words.desc())
    by_time: list[sa.ColumnElement[Any]] = [_CAME_AT, IncomingMessage.id.expression]
    if sort is Order.OLDEST:
        return [*order, *by_time]
    if sort is Order.MEASURE:
        order.append(_FIRST_MEASURE.asc().nulls_last())
    elif sort is Order.REASON:
        order.append(IncomingMessage.reason.asc().nulls_last())
    return [*order, *(it.desc() for it in by_time)]


@needs(Permission.SORT_INBOX)
def received(
    work: Work,
    state: State,
    reason: str = "",
    page: int = 1,
    *,
    query: str = "",
    sort: Order | None = None,
) -> Paged[IncomingMessage]:
    """Return a page of the messages in a state (set aside for `reason`, if given).

    Of those that wait, those with danger words come first.  `query` is looked for in subjects and
    senders.
    """
    conditions = [IncomingMessage.state == state]
    if reason:
        conditions.append(IncomingMessage.reason == reason)
    if query:
        conditions.append(IncomingMessage.id.in_(_ids_with(work.session, conditions, query)))
    statement = (
        sa.select(IncomingMessage)
        .where(*conditions)
        .options(
            *_SHORT,
            selectinload(IncomingMessage.attachments),
            selectinload(IncomingMessage.proposals).joinedload(Proposal.measure),
        )
        .order_by(*_order(state, sort))
    )
    return paged(work.session, statement, page, PAGE_LENGTH)


def _ids_with(
    session: Session, conditions: Sequence[sa.ColumnElement[bool]], query: str
) -> list[int]:
    """Return the ids of the messages whose subject or sender holds all that was typed.

    Both are encrypted: they are compared here, one by one.
    """
    tokens = folded(query).split()
    rows = session.execute(
        sa.select(
            IncomingMessage.id,
            IncomingMessage.subject,
            IncomingMessage.sender,
            IncomingMessage.sender_name,
        ).where(*conditions)
    )
    return [
        id_
        for id_, *texts in rows
        if all(token in folded(" ".join(filter(None, texts))) for token in tokens)
    ]


@needs(Permission.SORT_INBOX)
def counts(work: Work) -> dict[State, int]:
    """Return how many messages are in each state, 0 included."""
    rows = work.session.execute(
        sa.select(IncomingMessage.state, sa.func.count()).group_by(IncomingMessage.state)
    )
    return dict.fromkeys(State, 0) | dict(rows.all())


@needs(Permission.SORT_INBOX)
def danger_count(work: Work) -> int:
    waiting = sa.select(sa.func.count()).where(
        IncomingMessage.state.in_(DANGER_FIRST), IncomingMessage.has_danger_words
    )
    return work.session.scalar(waiting) or 0


@needs(Permission.SORT_INBOX)
def reasons(work: Work) -> Mapping[str, int]:
    """Return how many messages are set aside for each reason, the commonest first."""
    rows = work.session.execute(
        sa.select(IncomingMessage.reason, sa.func.count())
        .where(IncomingMessage.state == State.SET_ASIDE)
        .group_by(IncomingMessage.reason)
        .order_by(sa.func.count().desc(), IncomingMessage.reason)
    )
    return {reason: count for reason, count in rows if reason}


@needs(Permission.SORT_INBOX)
def find(work: Work, public_id: str) -> IncomingMessage | None:
    """Return a message with its files and proposals, or None."""
    return work.session.scalars(
        sa.select(IncomingMessage)
        .where(IncomingMessage.public_id == public_id)
        .options(
            selectinload(IncomingMessage.attachments),
            selectinload(IncomingMessage.proposals).joinedload(Proposal.measure),
        )
    ).one_or_none()


@dataclass(frozen=True)
class Thread:
    """The messages that a message answers, and those that answer it, the earliest first."""

    before: Sequence[IncomingMessage]
    after: Sequence[IncomingMessage]


@needs(Permission.SORT_INBOX)
def thread(work: Work, message: IncomingMessage) -> Thread:
    """Return the messages that came in and that a message answers, and those that answer it."""
    answered = sa.select(Reference.fingerprint).where(Reference.message_id == message.id)
    answers = sa.select(Reference.message_id).where(Reference.fingerprint == message.fingerprint)
    return Thread(
        _in_order(work.session, IncomingMessage.fingerprint.in_(answered)),
        _in_order(work.session, IncomingMessage.id.in_(answers)),
    )


def _in_order(session: Session, condition: sa.ColumnElement[bool]) -> Sequence[IncomingMessage]:
    return session.scalars(
        sa.select(IncomingMessage)
        .where(condition)
        .options(*_SHORT)
        .order_by(_CAME_AT, IncomingMessage.id)
    ).all()


@dataclass(frozen=True)
class Neighbours:
    """The public ids of the messages above and below one in the list of its state, if any."""

    previous: str | None
    following: str | None


@needs(Permission.SORT_INBOX)
def neighbours(work: Work, message: IncomingMessage) -> Neighbours:
    order = _order(message.state)
    listed = (
        sa.select(
            IncomingMessage.id,
            sa.func.lag(IncomingMessage.public_id).over(order_by=order).label("previous"),
            sa.func.lead(IncomingMessage.public_id).over(order_by=order).label("following"),
        )
        .where(IncomingMessage.state == message.state)
        .subquery()
    )
    row = work.session.execute(
        sa.select(listed.c.previous, listed.c.following).where(listed.c.id == message.id)
    ).one()
    return Neighbours(*row)


@needs(Permission.SORT_INBOX)
def first_waiting(work: Work) -> str | None:
    """Return the public id of the first message that waits, as the list has it, or None."""
    return work.session.scalar(
        sa.select(IncomingMessage.public_id)
        .where(IncomingMessage.state == State.WAITING)
        .order_by(*_order(State.WAITING))
        .limit(1)
    )


@needs(Permission.SORT_INBOX)
def attachment(work: Work, message_id: str, public_id: str) -> IncomingAttachment | None:
    """Return a file of a message by the public ids of both, or None."""
    return work.session.scalars(
        sa.select(IncomingAttachment)
        .join(IncomingMessage)
        .where(IncomingMessage.public_id == message_id, IncomingAttachment.public_id == public_id)
        .options(joinedload(IncomingAttachment.message))
    ).one_or_none()


def content(home: Path, kept: IncomingAttachment) -> bytes | None:
    """Return the content of a file, or None when only its name was kept."""
    return attachments.read(home, kept.public_id) if kept.is_kept else None


@dataclass(frozen=True)
class CollectionStatus:
    """When the mailbox was last read to its end, and in French what is wrong, if anything."""

    collected_at: datetime | None
    warning: str | None


def collection_status(
    session: Session, settings: Mapping[str, Any], at: datetime
) -> CollectionStatus | None:
    """Return how the collection of mail goes, or None where no mailbox is set."""
    if not settings["IMAP_SERVER"]:
        return None
    place = collector.find(session, collector.name_of(settings))
    if place is None:
        return CollectionStatus(
            None, "Le courrier n'a pas encore été relevé : cela se fait chaque minute."
        )
    if place.failure is not None:
        return CollectionStatus(place.collected_at, f"{Cause(place.failure).label} {ADVICE}")
    if place.collected_at is None or at - place.collected_at > LATE:
        return CollectionStatus(
            place.collected_at,
            f"Le courrier n'est plus relevé depuis un quart d'heure. {ADVICE}",
        )
    return CollectionStatus(place.collected_at, None)
