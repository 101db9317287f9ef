"""Mailing statistics: who was written to, opened the link and answered; never what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from consultation.invitations.mailings import message, recipients
from consultation.invitations.models import (
    GroupMember,
    Invitation,
    Invitee,
    InviteeGroup,
    Mailing,
    MailingRecipient,
    Skipped,
)
from consultation.mail import displayed_states
from consultation.mail.displayed_states import DisplayedState
from consultation.mail.models import WAITING, OutboxMessage
from consultation.responses.models import PersonalLink
from consultation.web.navigation import Paged, paged
from consultation.web.permissions import Actor, NotAllowed, Permission

PAGE_LENGTH = 100


@dataclass(frozen=True)
class Tally:
    """Counts of the recipients of a mailing; `waiting` are not yet in the outbox."""

    total: int
    waiting: int
    status: Mapping[DisplayedState, int]
    skipped: Mapping[Skipped, int]
    opened: int
    answered: int

    @property
    def in_outbox(self) -> int:
        """How many messages are queued and have not left."""
        return sum(self.status[DisplayedState(status.value)] for status in WAITING)


@dataclass(frozen=True)
class RecipientStatus:
    """An invitee and the state of their invitation.

    `status` is a `DisplayedState` of the message, None without a message.
    """

    invitee: Invitee
    invited_at: datetime | None
    is_opened: bool
    has_answered: bool
    is_suppressed: bool
    status: str | None = None
    skipped: Skipped | None = None


def tally(session: Session, actor: Actor, mailing: Mailing) -> Tally:
    """Count the recipients of a mailing; raise `NotAllowed`."""
    _check(actor)
    rows = _count_by_state(session, mailing)
    opened, answered = _count_reached(session, mailing)
    return Tally(
        total=sum(count for *_, count in rows),
        waiting=sum(count for skipped, queued, _, count in rows if not queued and not skipped),
        status=dict.fromkeys(DisplayedState, 0)
        | _sum_by_key(
            (DisplayedState(status), count)
            for _, queued, status, count in rows
            if queued and status
        ),
        skipped=dict.fromkeys(Skipped, 0)
        | _sum_by_key((skipped, count) for skipped, _, _, count in rows if skipped),
        opened=opened,
        answered=answered,
    )


def group_page(
    session: Session, actor: Actor, group: InviteeGroup, round_id: int | None, number: int
) -> Paged[RecipientStatus]:
    """Return a page of the contacts of a group, with their status in a round."""
    _check(actor)
    query = (
        _statuses(round_id)
        .join(GroupMember, GroupMember.invitee_id == Invitee.id)
        .where(GroupMember.group_id == group.id)
        .options(selectinload(Invitee.measures))
    )
    return _page(session, query, number)


def mailing_page(
    session: Session, actor: Actor, mailing: Mailing, number: int
) -> Paged[RecipientStatus]:
    """Return a page of the recipients of a mailing, with their status."""
    _check(actor)
    query = (
        _statuses(mailing.round_id)
        .add_columns(displayed_states.column(), MailingRecipient.skipped)
        .join(MailingRecipient, MailingRecipient.invitee_id == Invitee.id)
        .outerjoin(OutboxMessage, OutboxMessage.dedup_key == _dedup_key(mailing))
        .where(MailingRecipient.mailing_id == mailing.id)
    )
    return _page(session, query, number)


def _count_by_state(session: Session, mailing: Mailing) -> Sequence[Any]:
    """Count the recipients by reason to skip, by queued or not, and by state of the mail."""
    state = (
        MailingRecipient.skipped,
        MailingRecipient.queued_at.is_not(None),
        displayed_states.column(),
    )
    return session.execute(
        sa.select(*state, sa.func.count())
        .join(Invitee, Invitee.id == MailingRecipient.invitee_id)
        .outerjoin(OutboxMessage, OutboxMessage.dedup_key == _dedup_key(mailing))
        .where(MailingRecipient.mailing_id == mailing.id)
        .group_by(*state)
    ).all()


def _statuses(round_id: int | None) -> sa.Select[*tuple[Any, ...]]:
    in_round = round_id or 0
    return sa.select(
        Invitee,
        Invitation.created_at,
        _is_opened(Invitation.respondent_id),
        recipients.has_answered(in_round),
        recipients.is_suppressed(),
    ).outerjoin(
        Invitation,
        sa.and_(Invitation.invitee_id == Invitee.id, Invitation.round_id == in_round),
    )


def _page(
    session: Session, query: sa.Select[*tuple[Any, ...]], number: int
) -> Paged[RecipientStatus]:
    page = paged(session, query.order_by(Invitee.id), number, PAGE_LENGTH)
    return page.with_rows([RecipientStatus(*row) for row in page.rows])


def _count_reached(session: Session, mailing: Mailing) -> tuple[int, int]:
    """Count the recipients who have opened their link, and those who have answered."""
    opened = _is_opened(Invitation.respondent_id)
    counted = session.execute(
        sa.select(
            sa.func.count().filter(opened),
            sa.func.count().filter(recipients.has_answered(mailing.round_id)),
        )
        .select_from(MailingRecipient)
        .join(Invitee, Invitee.id == MailingRecipient.invitee_id)
        .join(
            Invitation,
            sa.and_(Invitation.invitee_id == Invitee.id, Invitation.round_id == mailing.round_id),
        )
        .where(MailingRecipient.mailing_id == mailing.id)
    ).one()
    return counted[0], counted[1]


def _is_opened(respondent_id: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        PersonalLink.respondent_id == respondent_id, PersonalLink.opened_at.is_not(None)
    )


def _dedup_key(mailing: Mailing) -> sa.ColumnElement[str]:
    """Return the outbox key of the message to an `Invitee`, as `sender.dedup_key` in SQL."""
    return sa.literal(f"{message.KIND.name}:{mailing.public_id}:") + Invitee.public_id


def _sum_by_key(pairs: Any) -> dict[Any, int]:
    total: dict[Any, int] = {}
    for key, count in pairs:
        total[key] = total.get(key, 0) + count
    return total


def _check(actor: Actor) -> None:
    if not actor.may(Permission.INVITE):
        raise NotAllowed(Permission.INVITE)
