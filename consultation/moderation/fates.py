"""What became of a respondent's texts, in words for themself."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.moderation.models import (
    ModeratedText,
    ModerationDecision,
    Reason,
    Redaction,
    TextState,
)
from consultation.moderation.showing import told
from consultation.responses.models import Answer


@dataclass(frozen=True)
class Fate:
    """What was decided of a text, and why something of it is not shown, if so.

    A proposal that waits for a second moderator is no decision yet: its text waits.
    """

    state: TextState
    reasons: frozenset[Reason]


def of_response(session: Session, response_id: int) -> Mapping[int, Fate]:
    """Return what became of each text of a response, by the id of its question."""
    rows = session.execute(
        sa.select(Answer.question_id, Answer.id, ModeratedText.state)
        .outerjoin(ModeratedText, ModeratedText.answer_id == Answer.id)
        .where(Answer.response_id == response_id, Answer.text.is_not(None))
    ).all()
    reasons = _reasons(session, [answer_id for _, answer_id, _ in rows])
    return {
        question_id: _fate(state, reasons.get(answer_id, frozenset()))
        for question_id, answer_id, state in rows
    }


def _fate(state: TextState | None, reasons: frozenset[Reason]) -> Fate:
    # Whoever publishes gives no reason: those of a published text are its masks'.
    state = told(state, is_covered=bool(reasons))
    if state in (None, TextState.WAITING, TextState.SECONDING):
        return Fate(TextState.WAITING, frozenset())
    assert state is not None
    return Fate(state, reasons)


def _reasons(session: Session, answer_ids: list[int]) -> dict[int, frozenset[Reason]]:
    """Return why passages are covered, and why the last decision held a text back."""
    masks = session.execute(
        sa.select(Redaction.answer_id, Redaction.reason).where(
            Redaction.answer_id.in_(answer_ids), Redaction.lifted_at.is_(None)
        )
    ).all()
    decisions = session.execute(
        sa.select(ModerationDecision.answer_id, ModerationDecision.reason)
        .where(ModerationDecision.answer_id.in_(answer_ids))
        .order_by(ModerationDecision.id)
    ).all()
    last = dict(decisions)  # the latest of each text stands
    said = [*masks, *((id_, reason) for id_, reason in last.items() if reason is not None)]
    return {
        answer_id: frozenset(reason for one, reason in said if one == answer_id)
        for answer_id in answer_ids
    }
