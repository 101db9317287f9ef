"""Redactions: ranges masked in a text, which stays whole and can be uncovered."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.moderation.claims import (
    DecisionNotAllowed,
    Obstacle,
    check_claim,
    lock,
)
from consultation.moderation.models import Layer, ModeratedText, Range, Reason, Redaction, TextState
from consultation.moderation.texts import erasure, translations
from consultation.moderation.texts.ranges import widen
from consultation.moderation.visibility import active_masks
from consultation.responses.models import Answer
from consultation.responses.rights.erasure import ERASED_TEXT
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


class OutsideText(Exception):
    """A range does not lie within the text."""


class NotMasked(Exception):
    """No mask that can be lifted lies exactly there."""


def add(
    work: Work, text: ModeratedText, ranges_by_reason: Mapping[Reason, Sequence[Range]]
) -> list[Redaction]:
    """Mask ranges of a text that the caller has locked; return the masks that are new.

    Ranges are widened to whole graphemes.  What is masked is in the database as before.  Raise
    `OutsideText`, or `DecisionNotAllowed` when its author has had all of it erased.
    """
    if not ranges_by_reason:
        return []
    content = (
        work.session.scalars(sa.select(Answer.text).where(Answer.id == text.answer_id)).one() or ""
    )
    masks = list(active_masks(work.session, text.answer_id))
    added: list[Redaction] = []
    for reason, ranges in ranges_by_reason.items():
        new = [
            Redaction(
                answer_id=text.answer_id,
                start=start,
                end=end,
                reason=reason,
                layer=Layer.MASKED,
                account_id=work.actor.id,
                created_at=work.at,
            )
            for start, end in merged(_within(content, range_) for range_ in ranges)
            if not any(mask.covers((start, end)) for mask in masks)
        ]
        masks += new
        added += new
        details = {"passages": len(new), "reason": reason.value}
        audit_log.log(work, "text_masked", text.public_id, details)
    work.session.add_all(added)
    if added:
        translations.doubt(work.session, text.answer_id)
    work.session.flush()
    return added


@needs(Permission.MODERATE)
def lift(work: Work, public_id: str, range_: Range) -> Sequence[Redaction]:
    """Uncover what is masked at exactly that range, and return the masks lifted.

    Nothing that is shown somewhere is uncovered, for which the text has to be reopened first, nor
    anything in a text that another reads.  Raise `NotAllowed`, `NotMasked` or
    `DecisionNotAllowed`.
    """
    text = lock(work.session, public_id)
    check_claim(work, text)
    if text.state is not TextState.WAITING:
        raise DecisionNotAllowed(Obstacle.REOPEN_FIRST)
    lifted = masks_at(work.session, text, range_)
    for mask in lifted:
        mask.lifted_at = work.at
    text.is_flagged = True  # else the team would read it at once if it was never decided
    details = {"passages": len(lifted)}
    audit_log.log(work, "text_unmasked", public_id, details)
    return lifted


@needs(Permission.MODERATE)
def erase(work: Work, public_id: str, range_: Range, *, home: Path) -> None:
    """Erase for good what is masked at exactly that range; raise `NotAllowed` or `NotMasked`."""
    text = lock(work.session, public_id)
    masks = masks_at(work.session, text, range_)
    erasure.erase_ranges(work.session, masks, work.at, home=home)
    details = {"passages": len(masks)}
    audit_log.log(work, "text_erased", public_id, details)


def masks_at(session: Session, text: ModeratedText, range_: Range) -> Sequence[Redaction]:
    """Return the masks, not erased, that lie at exactly a range; raise `NotMasked`."""
    masks = [
        mask
        for mask in active_masks(session, text.answer_id)
        if (mask.start, mask.end) == range_ and mask.layer is Layer.MASKED
    ]
    if not masks:
        raise NotMasked
    return masks


def merged(ranges: Iterable[Range]) -> list[Range]:
    """Return the ranges in order, those that overlap as one; those that only touch stay apart."""
    runs: list[Range] = []
    for start, end in sorted(ranges):
        if runs and start < runs[-1][1]:
            runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
        else:
            runs.append((start, end))
    return runs


def _within(text: str, range_: Range) -> Range:
    if text == ERASED_TEXT:
        raise DecisionNotAllowed(Obstacle.ERASED)
    start, end = range_
    if not 0 <= start < end <= len(text):
        raise OutsideText
    return widen(text, start, end)
