"""Mailing statistics: who was written to, opened the link and answered; never what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from consultation.db.base import enum_type
from consultation.invitations.mailings import audiences, recipients
from consultation.invitations.mailings.invitees import is_opened
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
from consultation.web.navigation import Paged, paged
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

PAGE_LENGTH = 100


@dataclass(frozen=True)
class Tally:
    """Counts of the recipients of a mailing; `waiting` are not yet in the outbox.

    `opened` and `answered` are None where the mailing asks for no answer.
    """

    total: int
    waiting: int
    status: Mapping[DisplayedState, int]
    skipped: Mapping[Skipped, int]
    opened: int | None
    answered: int | None

    @property
    def in_outbox(self) -> int:
        """How many messages are queued and have not left."""
        return sum(self.status[DisplayedState(status.value)] for status in WAITING)

    @property
    def done(self) -> int:
        """How many have got their message, or never will."""
        return self.total - self.waiting - self.in_outbox


@dataclass(frozen=True)
class RecipientStatus:
    """An invitee and the state of their invitation; `status` is the message's, None without one."""

    invitee: Invitee
    invited_at: datetime | None
    is_opened: bool
    has_answered: bool
    is_suppressed: bool
    status: DisplayedState | None = None
    skipped: Skipped | None = None


@needs(Permission.INVITE)
def tally(work: Work, mailing: Mailing) -> Tally:
    """Count the recipients of a mailing; raise `NotAllowed`."""
    audience = audiences.of(mailing)
    of_each = audience.statuses(mailing).subquery().c
    state = (of_each.skipped, of_each.is_queued, of_each.state)
    rows = work.session.execute(sa.select(*state, sa.func.count()).group_by(*state)).all()
    opened, answered = audience.reached(work.session, mailing) or (None, None)
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


@needs(Permission.INVITE)
def group_page(
    work: Work, group: InviteeGroup, round_id: int | None, number: int
) -> Paged[RecipientStatus]:
    """Return a page of the contacts of a group, with their status in a round."""
    query = (
        _statuses(round_id)
        .join(GroupMember, GroupMember.invitee_id == Invitee.id)
        .where(GroupMember.group_id == group.id)
        .options(selectinload(Invitee.measures))
    )
    return _page(work.session, query, number)


@needs(Permission.INVITE)
def mailing_page(work: Work, mailing: Mailing, number: int) -> Paged[RecipientStatus]:
    """Return a page of the recipients of a mailing, with their status."""
    state = sa.type_coerce(displayed_states.column(), enum_type(DisplayedState, "state"))
    query = (
        _statuses(mailing.round_id)
        .add_columns(state, MailingRecipient.skipped)
        .join(MailingRecipient, MailingRecipient.invitee_id == Invitee.id)
        .outerjoin(OutboxMessage, OutboxMessage.dedup_key == audiences.of(mailing).key(mailing))
        .where(MailingRecipient.mailing_id == mailing.id)
    )
    return _page(work.session, query, number)


def _statuses(round_id: int | None) -> sa.Select[*tuple[Any, ...]]:
    in_round = round_id or 0
    return sa.select(
        Invitee,
        Invitation.created_at,
        is_opened(Invitation.respondent_id),
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


def _sum_by_key(pairs: Any) -> dict[Any, int]:
    total: dict[Any, int] = {}
    for key, count in pairs:
        total[key] = total.get(key, 0) + count
    return total
