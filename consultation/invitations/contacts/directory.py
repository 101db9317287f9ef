"""Contact directory: search, add and correct one contact."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from consultation.accounts.audit import audit_log
from consultation.db.stale import StaleEdit, digest
from consultation.i18n import DEFAULT_LOCALE, folded
from consultation.invitations.contacts import erasure, importer
from consultation.invitations.contacts.record import STORED, InviteeDraft
from consultation.invitations.models import GroupMember, Invitee, InviteeGroup
from consultation.plan.models import Measure
from consultation.web.navigation import Paged, nearest, paged
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

PAGE_LENGTH = 50


class MailboxTaken(Exception):
    """Another contact has this mailbox already; `public_id` is its own."""

    def __init__(self, public_id: str) -> None:
        super().__init__(public_id)
        self.public_id = public_id


@dataclass(frozen=True)
class Filters:
    """What a list of contacts is reduced to, and how it is sorted; empty for no filter.

    Words, and an order by name, make the whole list decrypted.
    """

    text: str = ""
    group: str = ""
    sort: str = "ajout"


@needs(Permission.INVITE)
def find_page(work: Work, filters: Filters, number: int) -> Paged[int]:
    """Return the ids of a page of the contacts that the filters admit; raise `NotAllowed`."""
    if _is_clear(filters):
        return paged(work.session, _latest_first(filters), number, PAGE_LENGTH)
    return page_of(_readable(work.session, filters), number)


def page_of(ids: Sequence[int], number: int) -> Paged[int]:
    """Return a page of contacts that are found already."""
    number, page_count = nearest(number, len(ids), PAGE_LENGTH)
    start = (number - 1) * PAGE_LENGTH
    return Paged(ids[start : start + PAGE_LENGTH], number, page_count, len(ids))


@needs(Permission.INVITE)
def load(work: Work, page: Paged[int]) -> Paged[Invitee]:
    """Return the contacts of a page, with their groups and origins; raise `NotAllowed`."""
    invitees = work.session.scalars(
        sa.select(Invitee)
        .where(Invitee.id.in_(page.rows))
        .options(selectinload(Invitee.groups), selectinload(Invitee.sources))
    )
    by_id = {invitee.id: invitee for invitee in invitees}
    return page.with_rows([by_id[id_] for id_ in page.rows if id_ in by_id])


@dataclass(frozen=True)
class Selection:
    """All contacts that filters admit; `digest` differs when they are others."""

    ids: Sequence[int]
    digest: str


@needs(Permission.INVITE)
def select_all(work: Work, filters: Filters) -> Selection:
    """Return all contacts that the filters admit, in the order of the list."""
    if _is_clear(filters):
        ids = work.session.scalars(_latest_first(filters)).all()
    else:
        ids = _readable(work.session, filters)
    return Selection(ids, digest(list(ids)))


def erase_all(work: Work, filters: Filters, seen: str, *, home: Path) -> int:
    """Erase all contacts that the filters admit, inside `writing`; return how many.

    Raise `NotAllowed`, OSError, or `StaleEdit` if they are not those of the digest `seen`.
    """
    selection = select_all(work, filters)
    if selection.digest != seen:
        raise StaleEdit("la liste de contacts")
    for id_ in selection.ids:
        invitee = work.session.get_one(Invitee, id_)
        erasure.erase(work, invitee, home=home)
        audit_log.log(work, "contact_erased", invitee.public_id)
    return len(selection.ids)


def _is_clear(filters: Filters) -> bool:
    """Return whether the database compares all that is asked for: names and addresses it can't."""
    return not filters.text.split() and filters.sort not in _KEYS


def _latest_first(filters: Filters) -> sa.Select[int]:
    return _query(filters, Invitee.id).order_by(Invitee.created_at.desc(), Invitee.id.desc())


def _readable(session: Session, filters: Filters) -> list[int]:
    """Return the ids of the contacts that the filters admit, decrypted to be compared here."""
    query = _query(
        filters,
        Invitee.id,
        Invitee.name,
        Invitee.address,
        Invitee.organisation,
        Invitee.created_at,
    )
    parts = folded(filters.text).split()
    rows = [row for row in session.execute(query) if _has(row, parts)]
    rows.sort(key=_KEYS.get(filters.sort, _by_age))
    return [row.id for row in rows]


def _query(filters: Filters, *columns: Any) -> sa.Select[Any]:
    query = sa.select(*columns).where(Invitee.address_index.is_not(None))
    if filters.group:
        query = query.join(GroupMember, GroupMember.invitee_id == Invitee.id).join(
            InviteeGroup,
            sa.and_(
                InviteeGroup.id == GroupMember.group_id, InviteeGroup.public_id == filters.group
            ),
        )
    return query


@needs(Permission.INVITE)
def add(work: Work, draft: InviteeDraft, groups: Sequence[str], origin: str) -> Invitee:
    """Add a contact to groups, inside `writing`; raise `NotAllowed` or `MailboxTaken`."""
    importer.lock(work.session)
    _refuse_taken(work.session, draft, None)
    invitee = Invitee(created_at=work.at)
    work.session.add(invitee)
    _fill(work.session, invitee, draft, groups)
    work.session.flush()
    importer.note_origin(work, [invitee], origin)
    audit_log.log(work, "contact_added", invitee.public_id)
    return invitee


@needs(Permission.INVITE)
def change(
    work: Work, invitee: Invitee, draft: InviteeDraft, groups: Sequence[str], seen: str
) -> bool:
    """Correct a contact, inside `writing`; return whether anything differed.

    Raise `NotAllowed`, `MailboxTaken`, or `StaleEdit` if it changed since version `seen`.
    """
    importer.lock(work.session)
    work.session.refresh(invitee, with_for_update={"of": Invitee})
    if version(invitee) != seen:
        raise StaleEdit("ce contact")
    _refuse_taken(work.session, draft, invitee.id)
    before = _values(invitee)
    _fill(work.session, invitee, draft, groups)
    work.session.flush()
    after = _values(invitee)
    changed = [name for name, value in after.items() if value != before[name]]
    if changed:
        details = {"fields": changed}
        audit_log.log(work, "contact_changed", invitee.public_id, details)
    return bool(changed)


def version(invitee: Invitee) -> str:
    """Return a mark that a form carries, which changes when somebody else changes the contact."""
    return digest(_values(invitee))


def _values(invitee: Invitee) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(invitee, name) for name in STORED}
    return values | {
        "measures": sorted(measure.code for measure in invitee.measures),
        "groups": sorted(group.public_id for group in invitee.groups),
    }


def _fill(session: Session, invitee: Invitee, draft: InviteeDraft, groups: Sequence[str]) -> None:
    for name in STORED:
        value = getattr(draft, name)
        if getattr(invitee, name) != value:
            setattr(invitee, name, value)
    invitee.locale = draft.locale or DEFAULT_LOCALE
    invitee.address_index, invitee.mailbox_index = draft.box.folded, draft.box.mailbox
    invitee.groups = list(
        session.scalars(sa.select(InviteeGroup).where(InviteeGroup.public_id.in_(groups)))
    )
    invitee.measures = list(
        session.scalars(sa.select(Measure).where(Measure.id.in_(draft.measures)))
    )


def _refuse_taken(session: Session, draft: InviteeDraft, own_id: int | None) -> None:
    known = importer.known_invitees(session, [draft]).get(draft.box)
    if known is not None and known.id != own_id:
        raise MailboxTaken(known.public_id)


def _by_age(row: Any) -> Any:
    return -row.created_at.timestamp(), -row.id


_KEYS = {
    "nom": lambda row: (not row.name, folded(row.name or row.address or ""), row.id),
    "organisation": lambda row: (
        not row.organisation, folded(row.organisation or ""), folded(row.name or ""), row.id
    ),
}  # fmt: skip
LATEST = "ajout"
SORTS = (LATEST, *_KEYS)


def _has(row: Any, parts: list[str]) -> bool:
    """Return whether a contact has all parts, in whatever order."""
    if not parts:
        return True
    text = folded(" ".join(part for part in (row.name, row.address, row.organisation) if part))
    return all(each in text for each in parts)
