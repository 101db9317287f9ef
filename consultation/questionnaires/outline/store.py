"""Store of the outlines of a round: the published ones and the working one.

The working outline is that with unpublished changes.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.collective import stale_translations
from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.questionnaires.models import Destination, Round, StoredOutline
from consultation.questionnaires.outline import structure, wordings
from consultation.questionnaires.outline.structure import Outline


def published(session: Session, consultation_round: Round) -> Outline | None:
    """Return the outline last published in the round, None before any was."""
    stored = _last_published(session, consultation_round)
    return structure.load(stored.content) if stored else None


def working(session: Session, consultation_round: Round) -> Outline:
    """Return the outline with unpublished changes, else the published or the shipped one."""
    stored = _working(session, consultation_round)
    if stored is not None:
        return structure.load(stored.content)
    return published(session, consultation_round) or structure.default()


def has_changes(session: Session, consultation_round: Round) -> bool:
    return _working(session, consultation_round) is not None


def change(
    session: Session,
    consultation_round: Round,
    edit: Callable[[Outline], Outline],
    at: datetime,
) -> Outline:
    """Store what `edit` makes of the working outline, and return it.

    Locks the round, so that of two organisers the second edits what the first stored.  An edit that
    restores the published outline leaves no unpublished changes.
    """
    _lock(session, consultation_round)
    before = working(session, consultation_round)
    after = edit(before)
    if after == before:
        return after
    stale_translations.note(session, wordings.changes(before, after))
    stored = _working(session, consultation_round)
    if stored is None:
        _add(session, consultation_round, after, at)
    elif after == published(session, consultation_round):
        session.delete(stored)
    else:
        stored.content, stored.changed_at = structure.dump(after), at
    session.flush()
    return after


def discard(session: Session, consultation_round: Round) -> None:
    """Discard all changes since the last publication."""
    _lock(session, consultation_round)
    stored = _working(session, consultation_round)
    if stored is not None:
        session.delete(stored)
        session.flush()


def start_from(
    session: Session, consultation_round: Round, earlier: Round | None, at: datetime
) -> None:
    """Copy the outline of an earlier round, or the shipped one, as unpublished changes.

    An earlier round that asked what the site shipped then gives way to what it ships now.
    """
    base = working(session, earlier) if earlier else structure.default()
    if structure.was_shipped(base):
        base = structure.default()
    _add(session, consultation_round, base, at)


def freeze(session: Session, consultation_round: Round, at: datetime) -> Outline:
    """Mark the working outline as published, and return what is published now."""
    _lock(session, consultation_round)
    stored = _working(session, consultation_round)
    if stored is None:
        stored = _last_published(session, consultation_round)
    if stored is None:
        stored = _add(session, consultation_round, structure.default(), at)
    if stored.published_at is None:
        stored.published_at = at
        session.flush()
    return structure.load(stored.content)


def labels_for(session: Session, destination: Destination) -> dict[str, Mapping[str, str]]:
    """Load the labels of the options of a destination in any outline, by code, the last winning."""
    stored = session.scalars(sa.select(StoredOutline.content).order_by(StoredOutline.id))
    return structure.destination_labels(
        destination, [structure.load(content) for content in stored]
    )


def french_labels(session: Session, destination: Destination) -> dict[str, str]:
    """Load the same labels as `labels_for`, in French."""
    labels = labels_for(session, destination)
    return {code: localized(label, DEFAULT_LOCALE) for code, label in labels.items()}


def names_of(session: Session, codes: Collection[str]) -> dict[str, str]:
    """Name questions and sections by their code: the code, then what it was called last."""
    stored = session.scalars(sa.select(StoredOutline.content).order_by(StoredOutline.id))
    outlines = [structure.load(content) for content in stored]
    called = [
        *((it.code, it.title) for outline in outlines for it in outline.sections),
        *((it.code, it.label) for outline in outlines for it in outline.questions),
    ]
    return {
        code: f"{code}, « {localized(text, DEFAULT_LOCALE)} »"
        for code, text in called
        if text and code in codes
    }


def _add(
    session: Session, consultation_round: Round, content: Outline, at: datetime
) -> StoredOutline:
    last = session.scalar(
        sa.select(sa.func.max(StoredOutline.number)).where(
            StoredOutline.round_id == consultation_round.id
        )
    )
    stored = StoredOutline(
        round_id=consultation_round.id,
        number=(last or 0) + 1,
        content=structure.dump(content),
        changed_at=at,
    )
    session.add(stored)
    session.flush()
    return stored


def _lock(session: Session, consultation_round: Round) -> None:
    """Lock the round against other edits and publications of its outline.

    For PostgreSQL; SQLite has one writer at a time anyway.
    """
    session.scalars(
        sa.select(Round.id).where(Round.id == consultation_round.id).with_for_update(key_share=True)
    ).one()


def _working(session: Session, consultation_round: Round) -> StoredOutline | None:
    return session.scalars(
        sa.select(StoredOutline)
        .where(
            StoredOutline.round_id == consultation_round.id, StoredOutline.published_at.is_(None)
        )
        .execution_options(populate_existing=True)  # what was read before the lock may be old
    ).one_or_none()


def _last_published(session: Session, consultation_round: Round) -> StoredOutline | None:
    return session.scalars(
        sa.select(StoredOutline)
        .where(
            StoredOutline.round_id == consultation_round.id,
            StoredOutline.published_at.is_not(None),
        )
        .order_by(StoredOutline.number.desc())
        .limit(1)
    ).one_or_none()
