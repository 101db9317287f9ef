"""Decisions of moderators on a text: verdicts, and the state that each leads to.

Each decision is a row that is appended, once what its verdict needs is there.

The page of a text, bulk decisions and decisions taken back all go through `apply`.  Publishing a
text needs at least the checks that hiding it needs.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from consultation.accounts.audit import audit_log
from consultation.db.stale import StaleEdit
from consultation.moderation import readers
from consultation.moderation.claims import (
    DecisionNotAllowed,
    Obstacle,
    check_claim,
    lock,
)
from consultation.moderation.danger import alerts
from consultation.moderation.detectors import IDENTIFYING
from consultation.moderation.models import (
    Certainty,
    Finding,
    ModeratedText,
    ModerationDecision,
    Range,
    Reason,
    Redaction,
    TextState,
    Verdict,
)
from consultation.moderation.texts import redactions
from consultation.moderation.visibility import DECIDED, IS_MASK_ACTIVE, active_masks
from consultation.responses.models import Answer, Response
from consultation.web.permissions import Actor, Permission
from consultation.work.services import Work, needs

TRANSITIONS = {
    (TextState.WAITING, Verdict.PUBLISH): TextState.PUBLISHED,
    (TextState.WAITING, Verdict.REDACT): TextState.REDACTED,
    (TextState.WAITING, Verdict.WITHHOLD): TextState.WITHHELD,
    (TextState.SECONDING, Verdict.PUBLISH): TextState.PUBLISHED,
    (TextState.SECONDING, Verdict.REDACT): TextState.REDACTED,
    (TextState.SECONDING, Verdict.WITHHOLD): TextState.WITHHELD,
    (TextState.SECONDING, Verdict.REOPEN): TextState.WAITING,
    (TextState.PUBLISHED, Verdict.REDACT): TextState.REDACTED,
    (TextState.PUBLISHED, Verdict.WITHHOLD): TextState.WITHHELD,
    (TextState.PUBLISHED, Verdict.REOPEN): TextState.WAITING,
    (TextState.REDACTED, Verdict.WITHHOLD): TextState.WITHHELD,
    (TextState.REDACTED, Verdict.REOPEN): TextState.WAITING,
    (TextState.WITHHELD, Verdict.PUBLISH): TextState.PUBLISHED,
    (TextState.WITHHELD, Verdict.REDACT): TextState.REDACTED,
    (TextState.WITHHELD, Verdict.REOPEN): TextState.WAITING,
}
"""Masks have to be lifted before a redacted text can be published whole: it is reopened first."""

HIDING = (Verdict.REDACT, Verdict.WITHHOLD)
"""The verdicts after which something of a text is held back, for a reason."""

PUBLISHING = (Verdict.PUBLISH, Verdict.REDACT)
"""The verdicts after which the public may read a text, or what is not masked of it."""

StateAndPending = tuple[TextState, Verdict | None]
"""The state of a text, and the verdict that waits for a second moderator."""

UNDECIDED: StateAndPending = (TextState.WAITING, None)


class PastVerdict(Protocol):
    """A verdict of a history, and whether it only counts once another moderator agrees."""

    verdict: Verdict
    awaits_second: bool


class NoSuchMove(Exception):
    """The verdict means nothing for a text in that state."""


def after(state: TextState, verdict: Verdict, *, awaits_second: bool = False) -> StateAndPending:
    """Return the state and pending verdict after a verdict on `state`; raise `NoSuchMove`."""
    result = TRANSITIONS.get((state, verdict))
    if result is None:
        raise NoSuchMove
    return (TextState.SECONDING, verdict) if awaits_second else (result, None)


def state_and_pending(decisions: Iterable[PastVerdict]) -> StateAndPending:
    """Return state and pending verdict after a history of decisions, the oldest first."""
    state, pending = UNDECIDED
    for decision in decisions:
        state, pending = after(state, decision.verdict, awaits_second=decision.awaits_second)
    return state, pending


def was_hidden(decisions: Iterable[PastVerdict]) -> bool:
    """Return whether a verdict that counted ever held back anything of a text."""
    state = UNDECIDED[0]
    hidden = (TextState.REDACTED, TextState.WITHHELD)
    for decision in decisions:
        state, _pending = after(state, decision.verdict, awaits_second=decision.awaits_second)
        if state in hidden:
            return True
    return False


def state_of(decisions: Iterable[PastVerdict]) -> TextState:
    """Return the state after a history of decisions, the oldest first."""
    return state_and_pending(decisions)[0]


def needs_reading(state: TextState, verdict: Verdict) -> bool:
    """Return whether a verdict says that a moderator read the text: others only hide more of it."""
    return verdict is not Verdict.REOPEN and state not in DECIDED


def verdicts_for(state: TextState) -> tuple[Verdict, ...]:
    return tuple(verdict for verdict in Verdict if (state, verdict) in TRANSITIONS)


@dataclass(frozen=True)
class Requirements:
    """Requirements of a verdict: a reason, verified passages, a second moderator."""

    reason: bool
    """The author reads why."""
    verified: tuple[Range, ...]
    """Passages that the public would read and that lead to a person for certain: the moderator
    confirms that they looked at each."""
    second: bool
    """Another moderator has to agree, where two are needed."""

    def are_verified(self, ranges: Iterable[Range]) -> bool:
        """Return whether all passages to verify are among `ranges`."""
        return set(self.verified) <= set(ranges)


def of_verdict(verdict: Verdict, bare: Iterable[Range], *, was_hidden: bool) -> Requirements:
    """Return the requirements of `verdict` on a text with these certain passages without a mask.

    `was_hidden`: a decision had held something of it back, which publishing would bring out.
    """
    verified = tuple(bare) if verdict in PUBLISHING else ()
    brings_out = verdict is Verdict.PUBLISH and was_hidden
    return Requirements(
        reason=verdict in HIDING,
        verified=verified,
        second=verdict in HIDING or bool(verified) or brings_out,
    )


def bare(findings: Iterable[Finding], covered: Iterable[Range]) -> tuple[Range, ...]:
    """Return the passages that lead to a person for certain, and that nothing covers."""
    masks = list(covered)
    return tuple(
        (finding.start, finding.end)
        for finding in findings
        if finding.certainty is Certainty.SURE and finding.kind in IDENTIFYING
        if not any(start <= finding.start and finding.end <= end for start, end in masks)
    )


def bare_by_answer(
    session: Session, condition: sa.ColumnElement[bool]
) -> Mapping[int, Sequence[Range]]:
    """Return the `bare` passages of each text for which `condition` holds, by answer id."""
    findings, masks = defaultdict(list), defaultdict(list)
    for finding in session.scalars(
        sa.select(Finding)
        .join(ModeratedText, ModeratedText.answer_id == Finding.answer_id)
        .where(Finding.certainty == Certainty.SURE, Finding.kind.in_(IDENTIFYING), condition)
        .order_by(Finding.start, Finding.end)
    ):
        findings[finding.answer_id].append(finding)
    for answer_id, start, end in session.execute(
        sa.select(Redaction.answer_id, Redaction.start, Redaction.end)
        .join(ModeratedText, ModeratedText.answer_id == Redaction.answer_id)
        .where(IS_MASK_ACTIVE, condition)
    ):
        masks[answer_id].append((start, end))
    return {answer_id: bare(ones, masks[answer_id]) for answer_id, ones in findings.items()}


def decisions_on(session: Session, answer_id: int) -> Sequence[ModerationDecision]:
    """Load the decisions on a text with their accounts, the oldest first."""
    return session.scalars(
        sa.select(ModerationDecision)
        .where(ModerationDecision.answer_id == answer_id)
        .options(joinedload(ModerationDecision.account))
        .order_by(ModerationDecision.id)
    ).all()


@dataclass(frozen=True)
class DecisionRequest:
    """A verdict on a text and passages to mask, as a moderator asks; no verdict: only mask.

    `state`, `decision_count` (None: not compared) and `masked` are the text as their page displayed
    it: what changed since makes the verdict stale, and a mask lifted since would uncover what they
    did not mean to publish.
    """

    verdict: Verdict | None
    reason: Reason | None = None
    masks: Mapping[Reason, Sequence[Range]] = field(default_factory=dict)
    """Passages to mask, by why."""
    verified: Sequence[Range] = ()
    """Passages that they looked at (see `of_verdict`)."""
    signature_index: str | None = None
    """That of the name and organisation beside the text."""
    state: TextState = TextState.WAITING
    decision_count: int | None = None
    masked: Sequence[Range] = ()


class Applied(NamedTuple):
    """The decision appended, if any, and the masks that are new."""

    decision: ModerationDecision | None
    masks: Sequence[Redaction]


@needs(Permission.MODERATE)
def apply(work: Work, public_id: str, request: DecisionRequest, *, two_moderators: bool) -> Applied:
    """Mask passages of a text, decide on it, or both, under one lock.

    A repeat of the actor's last request, such as a button pressed twice, changes nothing.  Raise
    `NotAllowed`, `StaleEdit`, `OutsideText` or `DecisionNotAllowed`; nothing is stored then.
    """
    text = lock(work.session, public_id)
    decisions = decisions_on(work.session, text.answer_id)
    if request.verdict is not None and _is_stale(text, decisions, request):
        if _is_repeat(work, text, decisions, request):
            return Applied(decisions[-1], ())
        raise _stale_edit(decisions)
    check_claim(work, text)
    masks = redactions.add(work, text, request.masks)
    if request.verdict is None:
        return Applied(None, masks)
    seconded = _seconded(text, decisions, request.verdict, work.actor, two_moderators)
    _check_text(work.session, text, request.verdict, request.masked)
    needed = _needed(work.session, text, request.verdict, decisions, request.verified)
    decision = ModerationDecision(
        answer_id=text.answer_id,
        verdict=request.verdict,
        signature_index=request.signature_index if request.verdict in PUBLISHING else None,
        reason=_reason(needed, request.reason, seconded),
        account_id=work.actor.id,
        seconds_id=seconded.id if seconded else None,
        awaits_second=two_moderators and needed.second and seconded is None,
        decided_at=work.at,
    )
    _append(work.session, text, decision, needed)
    return Applied(decision, masks)


def _is_stale(
    text: ModeratedText, decisions: Sequence[ModerationDecision], request: DecisionRequest
) -> bool:
    return text.state is not request.state or request.decision_count not in (None, len(decisions))


def _is_repeat(
    work: Work,
    text: ModeratedText,
    decisions: Sequence[ModerationDecision],
    request: DecisionRequest,
) -> bool:
    """Return whether the last decision was the actor's, for the same verdict, reason and masks."""
    last = decisions[-1] if decisions else None
    if last is None or last.account_id != work.actor.id or last.verdict is not request.verdict:
        return False
    if last.verdict in HIDING and request.reason not in (None, last.reason):
        return False
    masks = active_masks(work.session, text.answer_id)
    ranges = (range_ for ranges in request.masks.values() for range_ in ranges)
    return all(any(mask.covers(range_) for mask in masks) for range_ in ranges)


def _stale_edit(decisions: Sequence[ModerationDecision]) -> StaleEdit:
    if not decisions:
        return StaleEdit("ce texte")
    return StaleEdit("ce texte", decisions[-1].account.email, decisions[-1].decided_at)


def _needed(
    session: Session,
    text: ModeratedText,
    verdict: Verdict,
    decisions: Sequence[ModerationDecision],
    verified: Iterable[Range],
) -> Requirements:
    """Return the verdict's requirements on the text as masked now; check what was verified."""
    is_it = ModeratedText.answer_id == text.answer_id
    bare = bare_by_answer(session, is_it).get(text.answer_id, ())
    needed = of_verdict(verdict, bare, was_hidden=was_hidden(decisions))
    if not needed.are_verified(verified):
        raise DecisionNotAllowed(Obstacle.UNVERIFIED)
    return needed


def _seconded(
    text: ModeratedText,
    decisions: Sequence[ModerationDecision],
    verdict: Verdict,
    actor: Actor,
    two_moderators: bool,
) -> ModerationDecision | None:
    """Return the other moderator's proposal that this verdict agrees with."""
    if not decisions or text.state is not TextState.SECONDING or verdict is not text.pending:
        return None
    last = decisions[-1]
    if last.account_id != actor.id:
        return last
    if two_moderators:
        raise DecisionNotAllowed(Obstacle.SAME_MODERATOR)
    return None


def _reason(
    needed: Requirements, reason: Reason | None, seconded: ModerationDecision | None
) -> Reason | None:
    """Return the reason of a verdict that needs one, that of the proposal if none is given."""
    if not needed.reason:
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
    if needs_reading(text.state, verdict) and not readers.is_understood(session, text.answer_id):
        raise DecisionNotAllowed(Obstacle.NOT_UNDERSTOOD)
    if verdict in PUBLISHING:
        if alerts.holds_back(session, text):
            raise DecisionNotAllowed(Obstacle.DANGER)
        masks = active_masks(session, text.answer_id)
        if any(not any(mask.covers(range_) for mask in masks) for range_ in masked):
            raise DecisionNotAllowed(Obstacle.MASK_LIFTED)
        if verdict is Verdict.PUBLISH and masks:
            raise DecisionNotAllowed(Obstacle.MASKS_STAND)
        if verdict is Verdict.REDACT and not masks:
            raise DecisionNotAllowed(Obstacle.NOTHING_MASKED)


def _append(
    session: Session, text: ModeratedText, decision: ModerationDecision, needed: Requirements
) -> None:
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
    _audit(session, text, decision, needed)


def _audit(
    session: Session, text: ModeratedText, decision: ModerationDecision, needed: Requirements
) -> None:
    """Record the decision; one that exposes certain passages has its own action, with a count."""
    details: dict[str, str | int] = {"verdict": decision.verdict.value, "state": text.state.value}
    if needed.verified:
        details["passages"] = len(needed.verified)
    action = "text_exposed" if needed.verified else "text_decided"
    audit_log.record(
        session, decision.account_id, action, text.public_id, details, at=decision.decided_at
    )
