"""Invitation queries of staff: groups of contacts and mailings, with their counts."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.invitations.models import (
    GroupMember,
    Invitee,
    InviteeGroup,
    Mailing,
    MailingGroup,
    MailingRecipient,
)
from consultation.web.permissions import Actor, NotAllowed, Permission


@dataclass(frozen=True)
class CountedGroup:
    """A group and the number of its contacts."""

    group: InviteeGroup
    count: int


@dataclass(frozen=True)
class CountedMailing:
    """A mailing, the number of its recipients, and of those whose message is queued or sent."""

    mailing: Mailing
    total: int
    queued: int


def groups(session: Session, actor: Actor) -> Sequence[CountedGroup]:
    """Return the groups by name; raise `NotAllowed`."""
    _check(actor)
    rows = session.execute(
        sa.select(InviteeGroup, sa.func.count(GroupMember.invitee_id))
        .outerjoin(GroupMember)
        .group_by(InviteeGroup.id)
        .order_by(InviteeGroup.name)
    )
    return [CountedGroup(group, count) for group, count in rows]


def mailings(session: Session, actor: Actor) -> Sequence[CountedMailing]:
    """Return the mailings, the latest first; raise `NotAllowed`."""
    _check(actor)
    rows = session.execute(
        sa.select(
            Mailing,
            sa.func.count(MailingRecipient.invitee_id),
            sa.func.count(MailingRecipient.queued_at),
        )
        .outerjoin(MailingRecipient)
        .group_by(Mailing.id)
        .order_by(Mailing.created_at.desc(), Mailing.id.desc())
    )
    return [CountedMailing(mailing, total, queued) for mailing, total, queued in rows]


def group(session: Session, actor: Actor, public_id: str) -> InviteeGroup | None:
    """Return a group, or None; raise `NotAllowed`."""
    _check(actor)
    return session.scalars(
        sa.select(InviteeGroup).where(InviteeGroup.public_id == public_id)
    ).one_or_none()


def invitee(session: Session, actor: Actor, public_id: str) -> Invitee | None:
    """Return a contact, or None; raise `NotAllowed`."""
    _check(actor)
    return session.scalars(sa.select(Invitee).where(Invitee.public_id == public_id)).one_or_none()


def addressee(
    session: Session, actor: Actor, mailing: Mailing, number: int
) -> tuple[Invitee | None, int]:
    """Return contact `number` (from 1) of the mailing's groups, and how many there are."""
    _check(actor)
    query = _addressees(mailing).order_by(Invitee.id).limit(1).offset(number - 1)
    return session.scalars(query).first(), count_addressees(session, mailing)


def count_addressees(session: Session, mailing: Mailing) -> int:
    """Count the contacts of the mailing's groups who have an address."""
    counted = sa.select(sa.func.count()).select_from(_addressees(mailing).subquery())
    return session.scalar(counted) or 0


def _addressees(mailing: Mailing) -> sa.Select[Invitee]:
    return (
        sa.select(Invitee)
        .join(GroupMember, GroupMember.invitee_id == Invitee.id)
        .join(MailingGroup, MailingGroup.group_id == GroupMember.group_id)
        .where(MailingGroup.mailing_id == mailing.id, Invitee.address_index.is_not(None))
        .group_by(Invitee.id)
    )


def _check(actor: Actor) -> None:
    if not actor.may(Permission.INVITE):
        raise NotAllowed(Permission.INVITE)
