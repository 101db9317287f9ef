"""Comparison of a list of contacts with those that are stored."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db.stale import digest
from consultation.invitations.contacts import importer, workbook
from consultation.invitations.contacts.importer import in_batches
from consultation.invitations.contacts.record import STORED, InviteeDraft
from consultation.invitations.models import Invitee, InviteeGroup, InviteeMeasure
from consultation.plan.models import Measure
from consultation.records.fields import FieldKind, descriptions
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


@dataclass(frozen=True)
class FieldChange:
    """A field of a contact that an import changes, as it is read."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class ContactChange:
    """A contact that is stored, and what an import changes of it."""

    address: str
    fields: Sequence[FieldChange]


@dataclass(frozen=True)
class ListChanges:
    """What a list would change; `joining` counts contacts, new or known, who enter the group.

    `group` is None for one that is to be made.  `digest` differs when anything else would change.
    """

    new: Sequence[InviteeDraft]
    changed: Sequence[ContactChange]
    unchanged_count: int
    joining: int
    group: InviteeGroup | None
    digest: str

    @property
    def is_empty(self) -> bool:
        """Whether the list says what is stored, of contacts who are all in the group."""
        return not (self.new or self.changed or self.joining)


@needs(Permission.INVITE)
def compare(
    work: Work,
    drafts: Sequence[InviteeDraft],
    group: InviteeGroup | None,
    *,
    is_locked: bool = False,
) -> ListChanges:
    """Return the changes that storing a list in a group would make; raise `NotAllowed`."""
    known = importer.known_invitees(work.session, drafts, is_locked=is_locked)
    ids = [invitee.id for invitee in known.values()]
    kinds = workbook.load_vocabularies(work.session).kinds(_codes(work.session))
    values = _Values(kinds, _measures(work.session, ids))
    changes = [
        ContactChange(invitee.address or "", values.changes(invitee, draft))
        for draft in drafts
        if (invitee := known.get(draft.box)) is not None
    ]
    new = [draft for draft in drafts if draft.box not in known]
    changed = [change for change in changes if change.fields]
    joining = len(drafts) - len(importer.member_ids(work.session, group) & set(ids))
    seen = digest(new, changed, joining, group and group.public_id)
    return ListChanges(new, changed, len(changes) - len(changed), joining, group, seen)


@dataclass(frozen=True)
class _Values:
    kinds: Mapping[str, FieldKind[Any]]
    measures: Mapping[int, set[int]]

    def changes(self, invitee: Invitee, draft: InviteeDraft) -> list[FieldChange]:
        before = {name: getattr(invitee, name) for name in STORED}
        before["measures"] = self.measures.get(invitee.id, set())
        after = {**vars(draft), "measures": set(draft.measures)}
        return [
            FieldChange(name, self._text(name, value), self._text(name, after[name]))
            for name, value in before.items()
            if after[name] and after[name] != value
        ]

    def _text(self, name: str, value: Any) -> str:
        kind = self.kinds.get(name, descriptions(InviteeDraft)[name].kind)
        return kind.write(value) if value else ""


def _codes(session: Session) -> dict[int, str]:
    query = sa.select(Measure.id, Measure.code).order_by(Measure.position, Measure.id)
    return {row.id: row.code for row in session.execute(query)}


def _measures(session: Session, invitee_ids: Sequence[int]) -> Mapping[int, set[int]]:
    by_invitee: dict[int, set[int]] = defaultdict(set)
    for some in in_batches(invitee_ids):
        for invitee_id, measure_id in session.execute(
            sa.select(InviteeMeasure.invitee_id, InviteeMeasure.measure_id).where(
                InviteeMeasure.invitee_id.in_(some)
            )
        ):
            by_invitee[invitee_id].add(measure_id)
    return by_invitee
