"""Saying what becomes of a text: rows are added, and nobody decides over another's back."""

import enum
from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from consultation.accounts import auditing
from consultation.moderation.models import (
    ModeratedText,
    ModerationDecision,
    Range,
    Reason,
    Redaction,
    TextState,
    Verdict,
)
from consultation.moderation.transitions import PUBLISHING, SECONDED, NoSuchMove, after
from consultation.responses.models import Answer, Response
from consultation.web.permissions import Actor, NotAllowed, Permission


class Obstacle(enum.StrEnum):
    """Why a verdict is refused."""

    NO_SUCH_MOVE = "no_such_move"
    SAME_MODERATOR = "same_moderator"
    REASON_MISSING = "reason_missing"
    NOTHING_MASKED = "nothing_masked"
    MASKS_STAND = "masks_stand"
    MASK_LIFTED = "mask_lifted"
    CLAIMED = "claimed"
    GONE = "gone"
    ERASED = "erased"
    REOPEN_FIRST = "reopen_first"


class DecisionNotAllowed(Exception):
    """The verdict is refused; `obstacle` says why."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(obstacle.value)
        self.obstacle = obstacle


class MovedOn(Exception):
    """Somebody else decided since the text was seen; `last` is what they said."""

    def __init__(self, state: TextState, last: ModerationDecision | None) -> None:
        super().__init__(state.value)
        self.state, self.last = state, last


def check(actor: Actor) -> None:
    """Raise `NotAllowed` unless `actor` moderates."""
    if not actor.may(Permission.MODERATE):
        raise NotAllowed(Permission.MODERATE)


def hold(session: Session, public_id: str) -> ModeratedText:
    """Return a text as it stands, kept from others until the transaction ends."""
    return session.scalars(
        sa.select(ModeratedText)
        .where(ModeratedText.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def decisions_on(session: Session, answer_id: int) -> Sequence[ModerationDecision]:
    """Return all that was said of a text, the oldest first, with who said it."""
    return session.scalars(
        sa.select(ModerationDecision)
        .where(ModerationDecision.answer_id == answer_id)
        .options(joinedload(ModerationDecision.account))
        .order_by(ModerationDecision.id)
    ).all()


def standing(session: Session, answer_id: int) -> Sequence[Redaction]:
    """Return what is masked or erased of a text, in the order of the text."""
    return session.scalars(
        sa.select(Redaction)
        .where(Redaction.answer_id == answer_id, Redaction.lifted_at.is_(None))
        .order_by(Redaction.start, Redaction.end, Redaction.id)
    ).all()


def decide(
    session: Session,
    actor: Actor,
    public_id: str,
    verdict: Verdict,
    reason: Reason | None,
    *,
    seen: TextState,
    at: datetime,
    two_moderators: bool,
    signature_index: str | None = None,
    known: int | None = None,
    masked: Iterable[Range] = (),
) -> ModerationDecision:
    """Say `verdict` of a text, and return the decision.

    `seen` is the text's state on the page of who decides, `known` how many decisions were on it,
    `masked` what was: a mask that was lifted since would uncover what they did not mean to show.
    Raise `NotAllowed`, `MovedOn` or `DecisionNotAllowed`.

    `signature_index` is that of the name and organisation that stood beside the text.
    """
    check(actor)
    text = hold(session, public_id)
    last = _last_known(session, text, seen, known)
    if claimed_by_another(text, actor, at):
        raise DecisionNotAllowed(Obstacle.CLAIMED)
    seconded = _seconded(text, last, verdict, actor, two_moderators)
    decision = ModerationDecision(
        answer_id=text.answer_id,
        verdict=verdict,
        signature_index=signature_index if verdict in PUBLISHING else None,
        reason=_reason(verdict, reason, seconded),
        account_id=actor.id,
        seconds_id=seconded.id if seconded else None,
        awaits_second=two_moderators and verdict in SECONDED and seconded is None,
        decided_at=at,
    )
    _check_text(session, text, verdict, masked)
    return _say(session, actor, text, decision)


def _last_known(
    session: Session, text: ModeratedText, seen: TextState, known: int | None
) -> ModerationDecision | None:
    """Return the last decision; raise `MovedOn` when it is not the one that was seen."""
    decisions = decisions_on(session, text.answer_id)
    last = decisions[-1] if decisions else None
    if text.state is not seen or known not in (None, len(decisions)):
        raise MovedOn(text.state, last)
    return last


def claimed_by_another(text: ModeratedText, actor: Actor, at: datetime) -> bool:
    """Say whether somebody else is reading the text just now."""
    if text.claimed_by is None or text.claimed_until is None:
        return False
    return text.claimed_by != actor.id and text.claimed_until > at


def _seconded(
    text: ModeratedText,
    last: ModerationDecision | None,
    verdict: Verdict,
    actor: Actor,
    two_moderators: bool,
) -> ModerationDecision | None:
    """Return the proposal that this verdict agrees with; one's own can't be agreed with."""
    if last is None or text.state is not TextState.SECONDING or verdict is not text.pending:
        return None
    if last.account_id != actor.id:
        return last
    if two_moderators:
        raise DecisionNotAllowed(Obstacle.SAME_MODERATOR)
    return None


def _reason(
    verdict: Verdict, reason: Reason | None, seconded: ModerationDecision | None
) -> Reason | None:
    """Return the reason of a verdict that needs one, that of the proposal if none is given."""
    if verdict not in SECONDED:
        return None
    reason = reason or (seconded.reason if seconded else None)
    if reason is None:
        raise DecisionNotAllowed(Obstacle.REASON_MISSING)
    return reason


def _check_text(
    session: Session, text: ModeratedText, verdict: Verdict, masked: Iterable[Range]
) -> None:
    response = session.scalars(
        sa.select(Response).join(Answer).where(Answer.id == text.answer_id)
    ).one()
    if response.withdrawn_at or response.superseded_at:
        raise DecisionNotAllowed(Obstacle.GONE)
    if verdict in (Verdict.PUBLISH, Verdict.REDACT):
        masks = standing(session, text.answer_id)
        if any(not any(mask.covers(one) for mask in masks) for one in masked):
            raise DecisionNotAllowed(Obstacle.MASK_LIFTED)
        if verdict is Verdict.PUBLISH and masks:
            raise DecisionNotAllowed(Obstacle.MASKS_STAND)
        if verdict is Verdict.REDACT and not masks:
            raise DecisionNotAllowed(Obstacle.NOTHING_MASKED)


def _say(
    session: Session, actor: Actor, text: ModeratedText, decision: ModerationDecision
) -> ModerationDecision:
    try:
        text.state, text.pending = after(
            text.state, decision.verdict, awaits_second=decision.awaits_second
        )
    except NoSuchMove:
        raise DecisionNotAllowed(Obstacle.NO_SUCH_MOVE) from None
    if decision.verdict is Verdict.REOPEN:
        text.is_flagged = True  # else the team would read at once what was held back, or taken back
    text.claimed_by = text.claimed_until = None
    session.add(decision)
    session.flush()
    auditing.record(
        session,
        actor.id,
        "text_decided",
        text.public_id,
        {"verdict": decision.verdict.value, "state": text.state.value},
        at=decision.decided_at,
    )
    return decision
