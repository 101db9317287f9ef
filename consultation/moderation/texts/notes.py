"""Notes of the team on a text, and who of them is to look at it: read by moderators alone.

What erases something of the text erases its note, which may repeat it.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account, AccountRole
from consultation.accounts.roles import GRANTS
from consultation.db.stale import StaleEdit, digest
from consultation.moderation.claims import DecisionNotAllowed, Obstacle, lock
from consultation.moderation.models import TextNote
from consultation.responses.models import Answer
from consultation.responses.rights.erasure import ERASED_TEXT
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

LONGEST = 2_000
"""Characters of a note."""
MODERATING = [role for role, granted in GRANTS.items() if Permission.MODERATE in granted]


class AssigneeUnknown(Exception):
    """Nobody who moderates has that public id."""


def of(session: Session, answer_id: int) -> TextNote | None:
    return session.get(TextNote, answer_id)


def version(note: TextNote | None) -> str:
    """Return a mark that a form carries, which changes with the note."""
    return digest(note.text, note.assignee_id) if note else ""


def moderators(session: Session) -> Sequence[Account]:
    """Return the accounts to whom a text can be given, by address."""
    has_role = Account.roles.any(AccountRole.role.in_(MODERATING))
    return session.scalars(
        sa.select(Account).where(Account.active, has_role).order_by(Account.email)
    ).all()


@needs(Permission.MODERATE)
def write(work: Work, public_id: str, typed: str, assignee: str, seen: str) -> bool:
    """Keep a note and who is to look at the text; return whether anything is left to keep.

    `assignee` is the public id of an account, or empty.  Raises `NotAllowed`, `AssigneeUnknown`,
    `DecisionNotAllowed`, or `StaleEdit` unless the version is still `seen`.
    """
    text = lock(work.session, public_id)
    if work.session.get_one(Answer, text.answer_id).text == ERASED_TEXT:
        raise DecisionNotAllowed(Obstacle.ERASED)
    before = of(work.session, text.answer_id)
    if version(before) != seen:
        raise StaleEdit("la note")
    chosen = _moderator(work.session, assignee)
    forget(work.session, [text.answer_id])
    if typed or chosen:
        work.session.add(
            TextNote(
                answer_id=text.answer_id,
                text=typed,
                assignee_id=chosen.id if chosen else None,
                account_id=work.actor.id,
                written_at=work.at,
            )
        )
    is_kept = bool(typed or chosen)
    audit_log.log(work, "text_note_kept" if is_kept else "text_note_removed", public_id)
    return is_kept


def forget(session: Session, answer_ids: Sequence[int]) -> None:
    """Erase the notes on these texts: something of these is erased."""
    session.execute(sa.delete(TextNote).where(TextNote.answer_id.in_(answer_ids)))
    session.expire_all()


def _moderator(session: Session, public_id: str) -> Account | None:
    if not public_id:
        return None
    chosen = next((it for it in moderators(session) if it.public_id == public_id), None)
    if chosen is None:
        raise AssigneeUnknown
    return chosen
