"""Importer of contacts: reads a list of them from a file, and stores it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto.keyring import keyring
from consultation.i18n import DEFAULT_LOCALE, folded
from consultation.invitations.contacts import workbook
from consultation.invitations.contacts.record import STORED, InviteeDraft, Vocabularies
from consultation.invitations.contacts.workbook import READ_COLUMNS, SHEET
from consultation.invitations.models import (
    ContactSource,
    GroupMember,
    Invitee,
    InviteeGroup,
    InviteeMeasure,
    InviteeSource,
)
from consultation.mail import mailbox_identity, outbox
from consultation.mail.mailbox_identity import Box
from consultation.plan.models import Measure
from consultation.records.fields import FieldKind
from consultation.records.files import values_of
from consultation.spreadsheets.reader.problems import Problem, SheetRefused
from consultation.spreadsheets.reader.rows import (
    Header,
    Row,
    Sheet,
    Source,
    is_csv,
    plain_text,
)
from consultation.spreadsheets.reader.workbook import CellValue, Workbook, read_or_refuse
from consultation.text import clean_line, length
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


@dataclass(frozen=True)
class InviteeList:
    """The invitees of a file, its headers that are not read, and its rows of a repeated mailbox."""

    drafts: Sequence[InviteeDraft]
    unread: Sequence[str]
    repeated: Sequence[int] = ()
    headers: Sequence[Header] = ()


class ColumnsUnknown(SheetRefused):
    """The headers of a file don't tell its columns: somebody has to."""

    def __init__(self, problems: Sequence[Problem], headers: Sequence[Header]) -> None:
        super().__init__(problems)
        self.headers = headers


def read_invitees(
    path: Path,
    code_by_id: Mapping[int, str],
    vocabularies: Vocabularies,
    places: Mapping[str, int] | None = None,
) -> InviteeList:
    """Return the invitees of an XLSX, ODS or CSV file.

    `code_by_id` has the codes of the measures in force, `places` the columns that its sender told.
    Raise `SheetRefused` with all errors of the file, if it has one:
    `ColumnsUnknown` where they are those of its headers.
    """
    problems: list[Problem] = []
    sheet = _sheet(path, problems, places)
    if sheet and not sheet.is_whole and sheet.headers():
        raise ColumnsUnknown(problems, sheet.headers())
    kinds = vocabularies.kinds(code_by_id)
    rows = map(sheet.read, sheet.raw_rows()) if sheet and sheet.is_whole else ()
    values = [(row.number, _values(row, kinds)) for row in rows]
    if sheet and not values and not problems:
        sheet.note(
            None,
            None,
            "aucun contact n'est rempli",
            "Écrivez un contact par ligne, sous l'en-tête.",
        )
    if problems:
        raise SheetRefused(sorted(problems, key=lambda problem: problem.row or 0))
    drafts, repeated = _merged([(number, InviteeDraft(**it)) for number, it in values])
    headers = sheet.headers() if sheet else []
    return InviteeList(drafts, [each.name for each in headers if not each.key], repeated, headers)


def read_headers(path: Path, places: Mapping[str, int] | None) -> Sequence[Header]:
    """Return the headers of a file, none where it has no sheet of contacts."""
    sheet = _sheet(path, [], places)
    return sheet.headers() if sheet else []


def _sheet(path: Path, problems: list[Problem], places: Mapping[str, int] | None) -> Sheet | None:
    workbook = read_or_refuse(path)
    source = _source(workbook, path, problems)
    return Sheet(source, READ_COLUMNS, problems, places) if source else None


def _source(workbook: Workbook, path: Path, problems: list[Problem]) -> Source | None:
    """Return the sheet named `SHEET`, or the only one."""
    names = list(workbook.sheets)
    named = [name for name in names if folded(name) == folded(SHEET)]
    if len(named) != 1 and len(names) != 1:
        problems.append(_no_sheet(workbook.filename, names, is_double=bool(named)))
        return None
    name = (named or names)[0]
    rows = [[_as_text(cell) for cell in row] for row in workbook.sheets[name]]
    return Source(workbook.filename, None if is_csv(workbook, path) else name, rows)


def _no_sheet(filename: str, names: Sequence[str], *, is_double: bool) -> Problem:
    listed = ", ".join(f"« {name} »" for name in names) or "aucune"
    what = "est en double" if is_double else "manque"
    return Problem(
        filename,
        None,
        None,
        None,
        f"la feuille « {SHEET} » {what} ; feuilles trouvées : {listed}",
        f"Nommez « {SHEET} » la feuille qui porte la liste, ou gardez cette seule feuille.",
    )


def _as_text(cell: CellValue) -> CellValue:
    """Return a number as it would be typed: « 4 », not « 4.0 »."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return plain_text(cell)
    return cell


def _values(row: Row, kinds: Mapping[str, FieldKind[Any]]) -> dict[str, Any]:
    """Return the fields of a row; the name with the first name first where a list has it apart."""
    parts = (row.text("first_name"), row.text("name"))
    named = " ".join(part for part in parts if part) or None
    return {**values_of(row, InviteeDraft, kinds), "name": named}


def _merged(rows: Sequence[tuple[int, InviteeDraft]]) -> tuple[list[InviteeDraft], list[int]]:
    """Return one invitee a mailbox, and the numbers of the rows that repeat one.

    The first row of a mailbox decides; later ones fill what it leaves empty, and add measures.
    """
    by_box: dict[Box, InviteeDraft] = {}
    repeated = []
    for number, draft in rows:
        first = by_box.get(draft.box)
        if first is not None:
            repeated.append(number)
            draft = _joined(first, draft)
        by_box[draft.box] = draft
    return list(by_box.values()), repeated


def _joined(first: InviteeDraft, later: InviteeDraft) -> InviteeDraft:
    missing = {key: getattr(later, key) for key in STORED if getattr(first, key) is None}
    measures = tuple(dict.fromkeys((*first.measures, *later.measures)))
    return replace(first, measures=measures, **missing)


LONGEST_GROUP = 120
AT_ONCE = 500
Item = TypeVar("Item")
NO_GROUP = "Choisissez un groupe, ou donnez un nom au nouveau groupe."
NO_NAME = "Donnez un nom au groupe."


class GroupRefused(Exception):
    """A group can't be found or added; the message is a French sentence."""


def read(session: Session, path: Path, places: Mapping[str, int] | None = None) -> InviteeList:
    """Return the invitees of a file, read against the measures in force.

    Raise `SheetRefused`.  Slow for a large file: to be called outside `writing`.
    """
    vocabularies = workbook.load_vocabularies(session)
    return read_invitees(path, load_measures(session), vocabularies, places)


def load_measures(session: Session) -> Mapping[int, str]:
    """Return the codes of the measures in force by their id."""
    rows = session.execute(sa.select(Measure.id, Measure.code).where(Measure.retired_at.is_(None)))
    return {row.id: row.code for row in rows}


def lock(session: Session) -> None:
    """Lock out other imports: two lists may name the same mailbox, or the same new group."""
    outbox.lock(session, keyring.blind_index("lock", "contacts"))


def find_group(session: Session, public_id: str, name: str) -> InviteeGroup | None:
    """Return the group that was chosen, or the one that has a new group's name by now."""
    groups = session.scalars(sa.select(InviteeGroup)).all()
    alike = (
        each
        for each in groups
        if (each.public_id == public_id if public_id else folded(each.name) == folded(name))
    )
    return next(alike, None)


def new_group(session: Session, name: str, at: datetime) -> InviteeGroup:
    """Make a group of that name; raise `GroupRefused`."""
    group = InviteeGroup(name=checked_name(session, name), created_at=at)
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


@needs(Permission.INVITE)
def store(work: Work, drafts: Sequence[InviteeDraft], group: InviteeGroup, origin: str) -> None:
    """Add the invitees to the group; those whose mailbox is known are updated.

    Each keeps the `origin` of the list.  An empty cell leaves the stored value.  Raise
    `NotAllowed`.
    """
    known = known_invitees(work.session, drafts)
    invitees = [_update_or_add(known.get(draft.box), draft, work.at) for draft in drafts]
    work.session.add_all(invitees)
    work.session.flush()
    _add_members(work.session, group, invitees)
    _replace_measures(work.session, invitees, drafts)
    note_origin(work, invitees, origin)


def note_origin(work: Work, invitees: Sequence[Invitee], origin: str) -> None:
    """Keep from where addresses come, and who brought them when."""
    source = ContactSource(origin=origin, added_at=work.at, account_id=work.actor.id)
    work.session.add(source)
    work.session.flush()
    rows = [{"invitee_id": invitee.id, "source_id": source.id} for invitee in invitees]
    work.session.execute(sa.insert(InviteeSource), rows)


def known_invitees(
    session: Session, drafts: Sequence[InviteeDraft], *, is_locked: bool = True
) -> Mapping[Box, Invitee]:
    """Return the invitees of the exact mailboxes that the rows name.

    The lock makes a concurrent erasure wait; an invitee that it has just erased is not known.
    """
    query = (
        sa.select(Invitee, mailbox_identity.sealed(Invitee.address))
        .order_by(Invitee.address_index, Invitee.id)
        .execution_options(populate_existing=True)
    )
    if is_locked:
        query = query.with_for_update(of=Invitee)
    named = {draft.box for draft in drafts}
    alike = (
        (invitee, sealed)
        for some in in_batches(sorted({box.folded for box in named}))
        for invitee, sealed in session.execute(query.where(Invitee.address_index.in_(some)))
    )
    boxed = (
        (Box.of_row(invitee.address_index, invitee.mailbox_index, sealed), invitee)
        for invitee, sealed in alike
    )
    return {box: invitee for box, invitee in boxed if box in named}


def _update_or_add(known: Invitee | None, draft: InviteeDraft, at: datetime) -> Invitee:
    values = {key: getattr(draft, key) for key in STORED if getattr(draft, key) is not None}
    if known is None:
        known = Invitee(locale=DEFAULT_LOCALE, created_at=at, address_index=draft.box.folded)
    values["mailbox_index"] = draft.box.mailbox
    for key, value in values.items():
        # An unchanged value is not encrypted and written again.
        if getattr(known, key) != value:
            setattr(known, key, value)
    return known


def member_ids(session: Session, group: InviteeGroup | None) -> set[int]:
    """Return the ids of the contacts of a group, none where it is still to be made."""
    if group is None:
        return set()
    query = sa.select(GroupMember.invitee_id).where(GroupMember.group_id == group.id)
    return set(session.scalars(query))


def _add_members(session: Session, group: InviteeGroup, invitees: Sequence[Invitee]) -> None:
    members = member_ids(session, group)
    new = [
        {"group_id": group.id, "invitee_id": invitee.id}
        for invitee in invitees
        if invitee.id not in members
    ]
    if new:
        session.execute(sa.insert(GroupMember), new)


def _replace_measures(
    session: Session, invitees: Sequence[Invitee], drafts: Sequence[InviteeDraft]
) -> None:
    """Replace the measures of the invitees whose row names some."""
    wanted = {
        invitee.id: draft.measures
        for invitee, draft in zip(invitees, drafts, strict=True)
        if draft.measures
    }
    for some in in_batches(list(wanted)):
        session.execute(sa.delete(InviteeMeasure).where(InviteeMeasure.invitee_id.in_(some)))
    rows = [
        {"invitee_id": invitee_id, "measure_id": measure_id}
        for invitee_id, measure_ids in wanted.items()
        for measure_id in measure_ids
    ]
    if rows:
        session.execute(sa.insert(InviteeMeasure), rows)


def in_batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Yield the items in batches that one query can name."""
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]
