"""Translations of texts into French, by persons of the team: beside the original, never over it.

Whoever may read the original may read its translation.  A passage that is masked later leaves it to
moderators until one of them has read it again; what erases something of the original erases it.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.db.stale import StaleEdit, digest
from consultation.moderation.claims import DecisionNotAllowed, Obstacle, check_claim, lock
from consultation.moderation.models import Redaction, TextTranslation
from consultation.moderation.visibility import active_masks
from consultation.responses.models import Answer
from consultation.responses.rights.erasure import ERASED_TEXT
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

LONGEST = 20_000
"""Characters of a translation."""


def of(session: Session, answer_id: int) -> TextTranslation | None:
    return session.get(TextTranslation, answer_id)


def version(translation: TextTranslation | None, masks: Sequence[Redaction]) -> str:
    """Return a mark that a form carries, which changes with a translation and with the masks.

    Who translates before a passage is masked does not see that it is to be left out.
    """
    text = translation.text if translation else ""
    return digest(text, [(mask.start, mask.end) for mask in masks])


@needs(Permission.MODERATE)
def write(work: Work, public_id: str, translated: str, seen: str) -> bool:
    """Keep what a text says in French, or no longer, where nothing is given; return whether it is.

    Raises `NotAllowed`, `DecisionNotAllowed`, or `StaleEdit` unless the version is still `seen`.
    """
    text = lock(work.session, public_id)
    check_claim(work, text)
    if work.session.get_one(Answer, text.answer_id).text == ERASED_TEXT:
        raise DecisionNotAllowed(Obstacle.ERASED)
    masks = active_masks(work.session, text.answer_id)
    if version(of(work.session, text.answer_id), masks) != seen:
        raise StaleEdit("la traduction")
    forget(work.session, [text.answer_id])
    if translated:
        work.session.add(
            TextTranslation(
                answer_id=text.answer_id,
                text=translated,
                account_id=work.actor.id,
                written_at=work.at,
            )
        )
    action = "text_translated" if translated else "text_translation_removed"
    audit_log.log(work, action, public_id)
    return bool(translated)


def doubt(session: Session, answer_id: int) -> None:
    """Leave a translation to moderators until it is read again: more of its original is masked."""
    session.execute(
        sa.update(TextTranslation)
        .where(TextTranslation.answer_id == answer_id)
        .values(is_checked=False)
    )


def forget(session: Session, answer_ids: Sequence[int]) -> None:
    """Erase translations: something of their originals is erased."""
    session.execute(sa.delete(TextTranslation).where(TextTranslation.answer_id.in_(answer_ids)))
