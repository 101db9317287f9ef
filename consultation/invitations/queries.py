"""Invitation queries of staff: groups of contacts and mailings, with their counts."""

from collections.abc import Collection, Sequence
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
from consultation.web.permissions import Permission
from consultation.web.typography import moment
from consultation.work.services import Work, needs


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


def group_names(session: Session, public_ids: Collection[str]) -> dict[str, str]:
    rows = session.execute(
        sa.select(InviteeGroup.public_id, InviteeGroup.name).where(
            InviteeGroup.public_id.in_(public_ids)
        )
    )
    return {public_id: f"« {name} »" for public_id, name in rows}


def mailing_names(session: Session, public_ids: Collection[str]) -> dict[str, str]:
    rows = session.execute(
        sa.select(Mailing.public_id, Mailing.subject).where(Mailing.public_id.in_(public_ids))
    )
    return {public_id: f"« {subject['fr']} »" for public_id, subject in rows}


def contact_names(session: Session, public_ids: Collection[str]) -> dict[str, str]:
    """Name contacts by when they came: neither by a name nor by an address."""
    rows = session.execute(
        sa.select(Invitee.public_id, Invitee.created_at).where(Invitee.public_id.in_(public_ids))
    )
    return {public_id: f"ajouté le {moment(at)}" for public_id, at in rows}


def names_of_those_read(session: Session, public_ids: Collection[str]) -> dict[str, str]:
    """Name what contacts were read of: a group, a mailing, or one of them."""
    namers = {"du groupe": group_names, "du message": mailing_names, "du contact": contact_names}
    return {
        public_id: f"{of} {name}"
        for of, namer in namers.items()
        for public_id, name in namer(session, public_ids).items()
    }


@needs(Permission.INVITE)
def groups(work: Work) -> Sequence[CountedGroup]:
    """Return the groups by name; raise `NotAllowed`."""
    rows = work.session.execute(
        sa.select(InviteeGroup, sa.func.count(GroupMember.invitee_id))
        .outerjoin(GroupMember)
        .group_by(InviteeGroup.id)
        .order_by(InviteeGroup.name)
    )
    return [CountedGroup(group, count) for group, count in rows]


@needs(Permission.INVITE)
def mailings(work: Work) -> Sequence[CountedMailing]:
    """Return the mailings, the latest first; raise `NotAllowed`."""
    rows = work.session.execute(
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


@needs(Permission.INVITE)
def group(work: Work, public_id: str) -> InviteeGroup | None:
    """Return a group, or None; raise `NotAllowed`."""
    return work.session.scalars(
        sa.select(InviteeGroup).where(InviteeGroup.public_id == public_id)
    ).one_or_none()


@needs(Permission.INVITE)
def invitee(work: Work, public_id: str) -> Invitee | None:
    """Return a contact, or None; raise `NotAllowed`."""
    return work.session.scalars(
        sa.select(Invitee).where(Invitee.public_id == public_id)
    ).one_or_none()


@needs(Permission.INVITE)
def addressee(work: Work, mailing: Mailing, number: int) -> tuple[Invitee | None, int]:
    """Return contact `number` (from 1) of the mailing's groups, and how many there are."""
    query = _addressees(mailing).order_by(Invitee.id).limit(1).offset(number - 1)
    return work.session.scalars(query).first(), count_addressees(work.session, mailing)


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
