"""Stores a list of contacts in a group: who is new, who was known and is brought up to date."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto import keyring
from consultation.i18n import DEFAULT_LOCALE, folded
from consultation.invitations import vocabulary
from consultation.invitations.models import GroupMember, Invitee, InviteeGroup, InviteeMeasure
from consultation.invitations.reading import InviteeDraft, InviteeList, read_invitees
from consultation.mail import boxes, pacing
from consultation.mail.boxes import Box
from consultation.plan.models import Measure
from consultation.text import clean_line, length
from consultation.web.permissions import Actor, NotAllowed, Permission

LONGEST_GROUP = 120
AT_ONCE = 500
Item = TypeVar("Item")
KEPT = ("name", "organisation", "capacity", "territory", "locale")
"""What an empty cell leaves as it was."""
NO_GROUP = "Choisissez un groupe, ou donnez un nom au nouveau groupe."
NO_NAME = "Donnez un nom au groupe."


class GroupRefused(Exception):
    """A group can't be found or made; the message is a French sentence."""


@dataclass(frozen=True)
class Imported:
    """How many invitees an import added, and how many it found again."""

    group: InviteeGroup
    added: int
    updated: int


def read(session: Session, path: Path) -> InviteeList:
    """Return the invitees of a file, read against the measures in force.

    Raise `SheetRefused`.  Slow for a large file: to be called outside `writing`.
    """
    rows = session.execute(sa.select(Measure.code, Measure.id).where(Measure.retired_at.is_(None)))
    return read_invitees(path, {folded(code): id for code, id in rows}, vocabulary.words(session))


def lock(session: Session) -> None:
    """Let one import at a time store: two lists may name the same box, or the same new group."""
    pacing.lock(session, keyring.blind_index("lock", "contacts"))


def group_for(session: Session, public_id: str, new_name: str, at: datetime) -> InviteeGroup:
    """Return the group that was chosen, or a new one of that name; raise `GroupRefused`."""
    if public_id:
        found = session.scalars(
            sa.select(InviteeGroup).where(InviteeGroup.public_id == public_id)
        ).one_or_none()
        if found is None:
            raise GroupRefused("Ce groupe n'existe plus : choisissez-en un dans la liste.")
        return found
    name = checked_name(session, new_name)
    group = InviteeGroup(name=name, created_at=at)
    session.add(group)
    session.flush()
    return group


def checked_name(session: Session, typed: str) -> str:
    """Return the name that a new group may have; raise `GroupRefused`."""
    name = clean_line(typed)
    if not name:
        raise GroupRefused(NO_GROUP if _has_groups(session) else NO_NAME)
    if length(name) > LONGEST_GROUP:
        raise GroupRefused(f"Le nom d'un groupe a {LONGEST_GROUP} caractères au plus.")
    taken = {folded(other): other for other in session.scalars(sa.select(InviteeGroup.name))}
    if folded(name) in taken:
        raise GroupRefused(
            f"Un groupe s'appelle déjà « {taken[folded(name)]} » : choisissez-le dans la liste,"
            " ou donnez un autre nom."
        )
    return name


def _has_groups(session: Session) -> bool:
    return session.scalar(sa.select(InviteeGroup.id).limit(1)) is not None


def store(
    session: Session,
    actor: Actor,
    drafts: Sequence[InviteeDraft],
    group: InviteeGroup,
    at: datetime,
) -> Imported:
    """Add the invitees to the group; those whose box is known are brought up to date.

    A cell that was empty leaves what was known.  Raise `NotAllowed`.
    """
    if not actor.may(Permission.INVITE):
        raise NotAllowed(Permission.INVITE)
    known = _known(session, drafts)
    invitees = [_put(known.get(draft.box), draft, at) for draft in drafts]
    session.add_all(invitees)
    session.flush()
    _join(session, group, invitees)
    _ask_about(session, invitees, drafts)
    return Imported(group, len(drafts) - len(known), len(known))


def _known(session: Session, drafts: Sequence[InviteeDraft]) -> Mapping[Box, Invitee]:
    """Return the invitees whose exact box one of the rows names.

    They are held: who is erased a moment ago is not known, and who is to be erased waits.
    """
    named = {draft.box for draft in drafts}
    alike = (
        (invitee, sealed)
        for some in _in_batches(sorted({box.folded for box in named}))
        for invitee, sealed in session.execute(
            sa.select(Invitee, boxes.sealed(Invitee.address))
            .where(Invitee.address_index.in_(some))
            .order_by(Invitee.address_index, Invitee.id)
            .with_for_update(of=Invitee)
            .execution_options(populate_existing=True)
        )
    )
    boxed = ((_box_of(invitee, sealed), invitee) for invitee, sealed in alike)
    return {box: invitee for box, invitee in boxed if box in named}


def _box_of(invitee: Invitee, sealed: bytes | None) -> Box:
    return Box.of_row(invitee.address_index, invitee.mailbox_index, sealed)


def _put(known: Invitee | None, draft: InviteeDraft, at: datetime) -> Invitee:
    said = {key: getattr(draft, key) for key in KEPT if getattr(draft, key) is not None}
    if known is None:
        known = Invitee(locale=DEFAULT_LOCALE, created_at=at, address_index=draft.box.folded)
    said |= {"address": draft.address, "mailbox_index": draft.box.mailbox}
    for key, value in said.items():
        # What has not changed is not encrypted and written again.
        if getattr(known, key) != value:
            setattr(known, key, value)
    return known


def _join(session: Session, group: InviteeGroup, invitees: Sequence[Invitee]) -> None:
    members = set(
        session.scalars(sa.select(GroupMember.invitee_id).where(GroupMember.group_id == group.id))
    )
    new = [
        {"group_id": group.id, "invitee_id": invitee.id}
        for invitee in invitees
        if invitee.id not in members
    ]
    if new:
        session.execute(sa.insert(GroupMember), new)


def _ask_about(
    session: Session, invitees: Sequence[Invitee], drafts: Sequence[InviteeDraft]
) -> None:
    """Replace the measures of those whose row names some."""
    wanted = {
        invitee.id: draft.measure_ids
        for invitee, draft in zip(invitees, drafts, strict=True)
        if draft.measure_ids
    }
    for some in _in_batches(list(wanted)):
        session.execute(sa.delete(InviteeMeasure).where(InviteeMeasure.invitee_id.in_(some)))
    rows = [
        {"invitee_id": invitee_id, "measure_id": measure_id}
        for invitee_id, measure_ids in wanted.items()
        for measure_id in measure_ids
    ]
    if rows:
        session.execute(sa.insert(InviteeMeasure), rows)


def _in_batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Yield the items by so many as one query may name."""
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]
