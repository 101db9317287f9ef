"""Service of recordings: one put beside a text, replaced or removed, by an actor."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account
from consultation.db.inserts import insert_once
from consultation.db.stale import StaleEdit
from consultation.recordings.models import Recording, Sound, SpokenKind
from consultation.recordings.spoken import SpokenText
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


def recording_of(session: Session, text: SpokenText) -> Recording | None:
    """Return the recording of a text, to the letter."""
    return session.scalars(
        sa.select(Recording).where(
            Recording.language == text.language,
            Recording.digest == text.digest,
            Recording.kind == text.kind,
            Recording.code == text.code,
        )
    ).one_or_none()


@needs(Permission.RUN_ROUNDS)
def put(work: Work, text: SpokenText, sound: Sound, replaced: str) -> None:
    """Store a sound as the recording of a text, in place of the one that `replaced` names.

    Raise `StaleEdit` where the text has another recording by now, or none any more.
    """
    before = recording_of(work.session, text)
    if (before.public_id if before else "") != replaced:
        raise _stale(work.session, before)
    if before is not None:
        work.session.execute(sa.delete(Recording).where(Recording.id == before.id))
    row = {
        "kind": text.kind,
        "code": text.code,
        "language": text.language,
        "digest": text.digest,
        "format": sound.format,
        "seconds": sound.seconds,
        "size": len(sound.content),
        "recorded_at": work.at,
        "account_id": work.actor.id,
        "content": sound.content,
    }
    if insert_once(work.session, Recording, row) is None:  # another writer came first on PostgreSQL
        raise _stale(work.session, recording_of(work.session, text))
    action = "recording_replaced" if before else "recording_added"
    audit_log.log(work, action, text.code, _details(text.kind, text.language, len(sound.content)))


@needs(Permission.RUN_ROUNDS)
def remove(work: Work, public_id: str) -> bool:
    """Remove a recording for good; return whether it was still there."""
    recording = work.session.scalars(
        sa.select(Recording).where(Recording.public_id == public_id)
    ).one_or_none()
    if recording is None:
        return False
    details = _details(recording.kind, recording.language, recording.size)
    audit_log.log(work, "recording_removed", recording.code, details)
    work.session.execute(sa.delete(Recording).where(Recording.id == recording.id))
    return True


def size_of_all(session: Session) -> int:
    """Return the bytes that the recordings add to a backup."""
    return session.scalar(sa.select(sa.func.coalesce(sa.func.sum(Recording.size), 0))) or 0


def _details(kind: SpokenKind, language: str, size: int) -> dict[str, str | int]:
    return {"kind": kind.value, "locale": language, "bytes": size}


def _stale(session: Session, recording: Recording | None) -> StaleEdit:
    if recording is None:
        return StaleEdit("cet enregistrement")
    by = session.get(Account, recording.account_id) if recording.account_id else None
    return StaleEdit("cet enregistrement", by.email if by else None, recording.recorded_at)
