"""Several contacts put in a group, or taken out of it, and the act taken back.

The audit log has the contacts of an act, by which it is taken back.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.accounts.models import AuditEvent
from consultation.db.stale import StaleEdit, digest
from consultation.invitations.contacts import importer
from consultation.invitations.contacts.importer import GroupRefused, in_batches
from consultation.invitations.models import GroupMember, Invitee, InviteeGroup, MailingGroup
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


class Act(enum.StrEnum):
    """What is done with contacts and a group; the values are those of the buttons."""

    PUT = "mettre"
    REMOVE = "retirer"


_ACTIONS = {Act.PUT: "contacts_grouped", Act.REMOVE: "contacts_ungrouped"}
_OPPOSITES = {Act.PUT: Act.REMOVE, Act.REMOVE: Act.PUT}


@dataclass(frozen=True)
class Proposal:
    """What an act would do; `group` is None for one that is to be made.

    `unchanged_count` are already as asked, `kept_count` have no other group and stay in this one.
    `digest` differs when the contacts of `ids` or the group would be others.
    """

    act: Act
    group: InviteeGroup | None
    ids: Sequence[int]
    unchanged_count: int
    kept_count: int
    digest: str


@needs(Permission.INVITE)
def of_names(work: Work, public_ids: Sequence[str]) -> Sequence[int]:
    """Return the ids of contacts that were ticked and are not erased; raise `NotAllowed`."""
    return _present(work.session, Invitee.public_id, public_ids)


@needs(Permission.INVITE)
def propose(work: Work, act: Act, group: InviteeGroup | None, ids: Sequence[int]) -> Proposal:
    """Return the effect that an act would have on these contacts; raise `NotAllowed`."""
    members = importer.member_ids(work.session, group)
    concerned = [id_ for id_ in ids if (id_ in members) is (act is Act.REMOVE)]
    kept = _only_in(work.session, group) & set(concerned) if act is Act.REMOVE else set()
    changed = [id_ for id_ in concerned if id_ not in kept]
    seen = digest(act.value, group and group.public_id, sorted(changed))
    return Proposal(act, group, changed, len(ids) - len(concerned), len(kept), seen)


@needs(Permission.INVITE)
def apply(work: Work, act: Act, chosen: tuple[str, str], ids: Sequence[int], seen: str) -> None:
    """Do an act with the group of this public id, or a new one of this name; inside `writing`.

    Raise `NotAllowed`, or `StaleEdit` if it is not what the digest `seen` said, or the name of the
    new group was taken meanwhile.
    """
    importer.lock(work.session)
    public_id, name = chosen
    group = importer.find_group(work.session, public_id, "") if public_id else None
    proposal = propose(work, act, group, ids)
    if proposal.digest != seen:
        raise StaleEdit("ces contacts ou ce groupe")
    if group is None:
        try:
            group = importer.new_group(work.session, name, work.at)
        except GroupRefused as taken:
            raise StaleEdit("ce groupe") from taken
    _store(work, act, group, proposal.ids)


@needs(Permission.INVITE)
def undoable(work: Work, done_at: datetime | None) -> Proposal | None:
    """Return the act that would take back the actor's act of that moment, or None without one."""
    event = _event(work, done_at) if done_at else None
    group = importer.find_group(work.session, event.subject or "-", "") if event else None
    if event is None or group is None:
        return None
    act = next(act for act, action in _ACTIONS.items() if action == event.action)
    ids = _present(work.session, Invitee.id, (event.details or {})["invitees"])
    proposal = propose(work, _OPPOSITES[act], group, ids)
    return proposal if proposal.ids else None


@needs(Permission.INVITE)
def undo(work: Work, done_at: datetime | None) -> int:
    """Take back the actor's act of that moment, inside `writing`; return for how many contacts.

    A group that the act made goes with it, once nobody is in it and no message is for it.
    """
    importer.lock(work.session)
    proposal = undoable(work, done_at)
    if proposal is None or proposal.group is None:
        return 0
    _store(work, proposal.act, proposal.group, proposal.ids)
    if proposal.group.created_at == done_at and not _is_used(work.session, proposal.group):
        work.session.delete(proposal.group)
    return len(proposal.ids)


def _store(work: Work, act: Act, group: InviteeGroup, invitee_ids: Sequence[int]) -> None:
    ids = _present(work.session, Invitee.id, invitee_ids, is_locked=True)
    if act is Act.PUT and ids:
        rows = [{"group_id": group.id, "invitee_id": id_} for id_ in ids]
        work.session.execute(sa.insert(GroupMember), rows)
    elif act is Act.REMOVE:
        for some in in_batches(ids):
            work.session.execute(
                sa.delete(GroupMember).where(
                    GroupMember.group_id == group.id, GroupMember.invitee_id.in_(some)
                )
            )
    work.session.expire_all()
    details = {"count": len(ids), "invitees": list(ids)}
    audit_log.log(work, _ACTIONS[act], group.public_id, details)


def _present(
    session: Session,
    column: sa.orm.InstrumentedAttribute[Any],
    values: Sequence[Any],
    *,
    is_locked: bool = False,
) -> Sequence[int]:
    """Return the ids of contacts that are not erased; the lock lets their erasure wait."""
    query = sa.select(Invitee.id).where(Invitee.address_index.is_not(None)).order_by(Invitee.id)
    if is_locked:
        query = query.with_for_update()
    return [
        id_ for some in in_batches(values) for id_ in session.scalars(query.where(column.in_(some)))
    ]


def _only_in(session: Session, group: InviteeGroup | None) -> set[int]:
    """Return the members of a group who are in no other."""
    if group is None:
        return set()
    other = sa.orm.aliased(GroupMember)
    in_another = sa.exists().where(
        other.invitee_id == GroupMember.invitee_id, other.group_id != group.id
    )
    query = sa.select(GroupMember.invitee_id).where(GroupMember.group_id == group.id, ~in_another)
    return set(session.scalars(query))


def _event(work: Work, done_at: datetime) -> AuditEvent | None:
    return work.session.scalars(
        sa.select(AuditEvent)
        .where(
            AuditEvent.account_id == work.actor.id,
            AuditEvent.happened_at == done_at,
            AuditEvent.action.in_(_ACTIONS.values()),
        )
        .limit(1)
    ).first()


def _is_used(session: Session, group: InviteeGroup) -> bool:
    is_for_it = sa.select(MailingGroup.mailing_id).where(MailingGroup.group_id == group.id)
    return bool(importer.member_ids(session, group)) or bool(session.scalar(is_for_it.limit(1)))
