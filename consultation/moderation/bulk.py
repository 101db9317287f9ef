"""One verdict for many texts: the texts it applies to, a decision on each, and their undo.

Each text gets a decision of its own, by the rules of `decisions`; those of one act share their
moment, by which it is undone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.db.stale import StaleEdit
from consultation.moderation import decisions, readers
from consultation.moderation.claims import DecisionNotAllowed, Obstacle
from consultation.moderation.decisions import DecisionRequest
from consultation.moderation.models import (
    ModeratedText,
    ModerationDecision,
    Range,
    Reason,
    TextState,
    Verdict,
)
from consultation.moderation.visibility import IS_LATEST, MAY_BE_QUOTED, joined
from consultation.web.permissions import Actor, Permission
from consultation.work.services import Work, needs

BULK = (Verdict.PUBLISH, Verdict.WITHHOLD)
"""Verdicts that may be given to many texts at once; masking asks for a look at each."""

MOST_AT_ONCE = 200
"""Decisions of one transaction: others wait that long to write."""


@dataclass(frozen=True)
class Undecided:
    """A text that waits for a moderator, be it the second; `proposed_by` is the first's account."""

    bare: Sequence[Range]
    """Passages that lead to a person for certain and are not masked."""
    answer_id: int
    public_id: str
    state: TextState
    pending: Verdict | None
    proposed_by: int | None
    is_flagged: bool
    may_be_quoted: bool
    has_danger_words: bool
    is_understood: bool
    """A moderator reads its language, or its translation."""


def undecided(session: Session, condition: sa.ColumnElement[bool]) -> Sequence[Undecided]:
    """Return the texts for which `condition` holds and that wait for a decision, oldest first."""
    last = (
        sa.select(ModerationDecision.account_id)
        .where(ModerationDecision.answer_id == ModeratedText.answer_id)
        .order_by(ModerationDecision.id.desc())
        .limit(1)
        .correlate(ModeratedText)
        .scalar_subquery()
    )
    waits = sa.and_(condition, ModeratedText.state.in_((TextState.WAITING, TextState.SECONDING)))
    rows = session.execute(
        joined(
            sa.select(
                ModeratedText.answer_id,
                ModeratedText.public_id,
                ModeratedText.state,
                ModeratedText.pending,
                last,
                ModeratedText.is_flagged,
                MAY_BE_QUOTED,
                ModeratedText.has_danger_words,
                readers.IS_UNDERSTOOD,
            )
        )
        .where(IS_LATEST, waits)
        .order_by(ModeratedText.answer_id)
    ).all()
    bare = decisions.bare_by_answer(session, waits)
    return [Undecided(bare.get(row[0], ()), *row) for row in rows]


@dataclass(frozen=True)
class BulkOutcome:
    """Numbers of texts that were decided on, and of those that were eligible and were not."""

    decided: int
    skipped: int
    """Another moderator is reading them, or parts of them are masked."""
    further: int
    """More than one transaction takes."""
    unquoted: int
    """Of those decided on, how many are never public: their authors did not agree to be quoted."""


def eligible(texts: Sequence[Undecided], verdict: Verdict, actor: Actor) -> Sequence[Undecided]:
    """Return the texts that `verdict` applies to when `actor` gives it to all of them.

    Only texts without findings and without passages to verify are published in bulk.  A text with
    danger words is decided on its own page, whatever the verdict; one whose language nobody reads,
    nowhere.  The proposal of another
    moderator is confirmed by the same verdict, and never overruled here.
    """
    return [
        text
        for text in texts
        if text.is_understood and not text.has_danger_words
        if not (verdict is Verdict.PUBLISH and needs_a_look(text))
        if text.state is TextState.WAITING
        or (text.pending is verdict and text.proposed_by != actor.id)
    ]


def needs_a_look(text: Undecided) -> bool:
    """Return whether a text is published only from its own page, by who looked at it."""
    # What was hidden once is flagged since it was opened again.
    needed = decisions.of_verdict(Verdict.PUBLISH, text.bare, was_hidden=False)
    return text.is_flagged or bool(needed.verified)


def check(verdict: Verdict, reason: Reason | None) -> None:
    """Raise `DecisionNotAllowed` for a verdict that is given to no text, or not without reason."""
    if verdict not in BULK:
        raise DecisionNotAllowed(Obstacle.NO_SUCH_MOVE)
    if decisions.of_verdict(verdict, (), was_hidden=False).reason and reason is None:
        raise DecisionNotAllowed(Obstacle.REASON_MISSING)


@needs(Permission.MODERATE)
def decide(
    work: Work,
    waiting: Sequence[Undecided],
    verdict: Verdict,
    reason: Reason | None,
    *,
    two_moderators: bool,
) -> BulkOutcome:
    """Give `verdict` to those of the texts that it applies to, `MOST_AT_ONCE` of them at most.

    Raise `NotAllowed` or `DecisionNotAllowed`; a text that is refused on its own is skipped.
    """
    check(verdict, reason)
    texts = eligible(waiting, verdict, work.actor)
    taken = texts[:MOST_AT_ONCE]
    requests = [(text, DecisionRequest(verdict, reason, state=text.state)) for text in taken]
    decided = [
        text
        for text, request in requests
        if _is_applied(work, text.public_id, request, two_moderators)
    ]
    return BulkOutcome(
        decided=len(decided),
        skipped=len(taken) - len(decided),
        further=len(texts) - len(taken),
        unquoted=sum(not text.may_be_quoted for text in decided),
    )


def _is_applied(work: Work, public_id: str, request: DecisionRequest, two_moderators: bool) -> bool:
    """Decide on one text; return False where another moderator reads it or parts are masked."""
    try:
        decisions.apply(work, public_id, request, two_moderators=two_moderators)
    except (DecisionNotAllowed, StaleEdit):
        return False
    return True


@needs(Permission.MODERATE)
def undoable(work: Work, decided_at: datetime | None) -> Sequence[ModeratedText]:
    """Return the texts on which the actor's act of that moment is still the last decision."""
    if decided_at is None:
        return []
    last = (
        sa.select(sa.func.max(ModerationDecision.id))
        .where(ModerationDecision.answer_id == ModeratedText.answer_id)
        .correlate(ModeratedText)
        .scalar_subquery()
    )
    return work.session.scalars(
        sa.select(ModeratedText)
        .join(ModerationDecision, ModerationDecision.answer_id == ModeratedText.answer_id)
        .where(
            ModerationDecision.account_id == work.actor.id,
            ModerationDecision.decided_at == decided_at,
            ModerationDecision.verdict.in_(BULK),
            ModerationDecision.id == last,
        )
        .order_by(ModeratedText.answer_id)
        .limit(MOST_AT_ONCE)
    ).all()


def undo(work: Work, decided_at: datetime | None, *, two_moderators: bool) -> int:
    """Reopen the texts of the actor's act of that moment, and return how many.

    A text on which somebody decided since, or that its author took back, stays as it is.
    """
    texts = [(text.public_id, text.state) for text in undoable(work, decided_at)]
    requests = [(name, DecisionRequest(Verdict.REOPEN, state=state)) for name, state in texts]
    count = sum(_is_applied(work, name, request, two_moderators) for name, request in requests)
    if count:
        audit_log.log(work, "texts_reopened", None, {"texts": count})
    return count


@needs(Permission.MODERATE)
def of_names(work: Work, public_ids: Iterable[str]) -> Sequence[Undecided]:
    """Return those of the texts of these public ids that wait for a decision, oldest first."""
    return undecided(work.session, ModeratedText.public_id.in_(list(public_ids)))


def decide_named(
    work: Work,
    public_ids: Iterable[str],
    verdict: Verdict,
    reason: Reason | None,
    *,
    two_moderators: bool,
) -> BulkOutcome:
    """Give `verdict` to the texts of these public ids; see `decide`."""
    waiting = of_names(work, public_ids)
    outcome = decide(work, waiting, verdict, reason, two_moderators=two_moderators)
    counts = {"verdict": verdict.value, "texts": outcome.decided}
    audit_log.log(work, "texts_decided", None, counts)
    return outcome
