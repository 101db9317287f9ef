"""What moderators do with a cluster: decide on all its texts, take one out, merge, and undo it."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.db.base import Base
from consultation.moderation import decisions
from consultation.moderation.clusters import clustering
from consultation.moderation.clusters.queries import Undecided, members, undecided
from consultation.moderation.decisions import DecisionNotAllowed, MovedOn, Obstacle, check, decide
from consultation.moderation.models import (
    ClusterMove,
    ModeratedText,
    Reason,
    TextCluster,
    TextState,
    Verdict,
)
from consultation.web.permissions import Actor

BULK = (Verdict.PUBLISH, Verdict.WITHHOLD)
"""What may be said of many texts at once; masking asks for a look at each."""

MOST_AT_ONCE = 200
"""Decisions of one transaction: others wait that long to write."""


class ClusterChanged(Exception):
    """The cluster is no longer what was on the page: texts came, went, or were decided on."""


@dataclass(frozen=True)
class Outcome:
    """How many texts were decided on, and how many that were meant to be were not."""

    decided: int
    held: int
    """Somebody else is reading them, or parts of them are masked."""
    further: int
    """More than one transaction takes."""
    unquoted: int
    """Of those decided on, how many are never public: their authors did not agree to be quoted."""


def seal(texts: Sequence[Undecided]) -> str:
    """Return what tells whether the same texts wait as on a page."""
    lines = sorted(f"{text.public_id} {text.state.value}" for text in texts)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def meant(texts: Sequence[Undecided], verdict: Verdict, actor: Actor) -> Sequence[Undecided]:
    """Return those of the texts that `verdict` would be said of, if `actor` said it of all.

    Published are those in which no machine saw anything, and which nobody has to verify one by
    one.  Those that may say a danger are decided by whoever reads them, whatever the verdict.
    What a colleague has proposed is confirmed by saying the same, never overruled in passing.
    """
    return [
        text
        for text in texts
        if not text.has_danger_words
        if not (verdict is Verdict.PUBLISH and is_apart(text))
        if text.state is TextState.WAITING
        or (text.pending is verdict and text.proposed_by != actor.id)
    ]


def is_apart(text: Undecided) -> bool:
    """Say whether a text is published only from its own page, by who has looked at it."""
    # What was hidden once is flagged since it was opened again.
    needed = decisions.of_verdict(Verdict.PUBLISH, text.bare, was_hidden=False)
    return text.is_flagged or bool(needed.verified)


def decide_all(
    session: Session,
    actor: Actor,
    public_id: str,
    verdict: Verdict,
    reason: Reason | None,
    *,
    seen: str,
    at: datetime,
    two_moderators: bool,
) -> Outcome:
    """Say `verdict` of the texts of a cluster that wait for it, one decision each.

    `seen` is the `seal` of those on the page.  Raise `NotAllowed`, `ClusterChanged`, or
    `DecisionNotAllowed` when all would be refused.
    """
    check(actor)
    if verdict not in BULK:
        raise DecisionNotAllowed(Obstacle.NO_SUCH_MOVE)
    if decisions.of_verdict(verdict, (), was_hidden=False).reason and reason is None:
        raise DecisionNotAllowed(Obstacle.REASON_MISSING)
    waiting = undecided(session, _held(session, public_id))
    if seal(waiting) != seen:
        raise ClusterChanged
    texts = meant(waiting, verdict, actor)
    say = partial(decide, session, actor, at=at, two_moderators=two_moderators)
    told = [_is_said(say, text, verdict, reason) for text in texts[:MOST_AT_ONCE]]
    counts = {"verdict": verdict.value, "texts": told.count(True)}
    audit_log.record(session, actor.id, "cluster_decided", public_id, counts, at=at)
    unquoted = sum(
        is_said and not text.may_be_quoted for text, is_said in zip(texts, told, strict=False)
    )
    return Outcome(told.count(True), told.count(False), len(texts) - len(told), unquoted)


def _is_said(
    say: Callable[..., object], text: Undecided, verdict: Verdict, reason: Reason | None
) -> bool:
    try:
        say(text.public_id, verdict, reason, seen=text.state)
    except (DecisionNotAllowed, MovedOn):
        return False
    return True


def split(session: Session, actor: Actor, public_id: str, text_id: str, at: datetime) -> None:
    """Take a text out of a cluster; no machine puts it back.  Raise `ClusterChanged`."""
    check(actor)
    cluster = _held(session, public_id)
    text = _text(session, text_id)
    if text.cluster_id != cluster.id:
        raise ClusterChanged
    _move(session, actor, [text], to=None, moved_from=cluster.id, at=at)
    clustering.make_findable(session, [text.answer_id])
    clustering.keep_an_example(session, [cluster.id])
    audit_log.record(session, actor.id, "cluster_split", public_id, {"text": text.public_id}, at=at)


def put_back(session: Session, actor: Actor, public_id: str, text_id: str, at: datetime) -> None:
    """Put a text back into the cluster that it was taken out of.  Raise `ClusterChanged`."""
    check(actor)
    cluster = _held(session, public_id)
    text = _text(session, text_id)
    last = session.scalars(
        sa.select(ClusterMove)
        .where(ClusterMove.answer_id == text.answer_id)
        .order_by(ClusterMove.id.desc())
        .limit(1)
    ).one_or_none()
    was_here = last is not None and last.from_id == cluster.id and last.to_id is None
    if text.cluster_id is not None or not was_here:
        raise ClusterChanged
    _move(session, actor, [text], to=cluster.id, moved_from=None, at=at)
    audit_log.record(
        session, actor.id, "cluster_put_back", public_id, {"text": text.public_id}, at=at
    )


def merge(session: Session, actor: Actor, public_id: str, other_id: str, at: datetime) -> int:
    """Move all texts of another cluster into this one; return how many.  The other stays, empty.

    Raise `ClusterChanged` when the other has none, or is this one.
    """
    check(actor)
    cluster, other = _held(session, public_id), _held(session, other_id)
    texts = session.scalars(
        sa.select(ModeratedText).where(ModeratedText.cluster_id == other.id)
    ).all()
    if not texts or cluster.id == other.id:
        raise ClusterChanged
    count = _shown(session, ModeratedText.cluster_id == other.id)
    _move(session, actor, texts, to=cluster.id, moved_from=other.id, at=at)
    details = {"other": other_id, "texts": count}
    audit_log.record(session, actor.id, "cluster_merged", public_id, details, at=at)
    return count


def undo_merge(session: Session, actor: Actor, public_id: str, other_id: str, at: datetime) -> int:
    """Move back what a merge has brought from another cluster; return how many texts.

    Raise `ClusterChanged` when nothing of it is left.
    """
    check(actor)
    cluster, other = _held(session, public_id), _held(session, other_id)
    brought = sa.select(ClusterMove.answer_id).where(
        ClusterMove.from_id == other.id, ClusterMove.to_id == cluster.id
    )
    is_brought = sa.and_(
        ModeratedText.cluster_id == cluster.id, ModeratedText.answer_id.in_(brought)
    )
    texts = session.scalars(sa.select(ModeratedText).where(is_brought)).all()
    if not texts:
        raise ClusterChanged
    count = _shown(session, is_brought)
    # No cluster as the origin: a way back is no merge, to be undone in its turn.
    _move(session, actor, texts, to=other.id, moved_from=None, at=at)
    clustering.keep_an_example(session, [cluster.id, other.id])
    details = {"other": other_id, "texts": count}
    audit_log.record(session, actor.id, "cluster_merge_undone", public_id, details, at=at)
    return count


def _shown(session: Session, condition: sa.ColumnElement[bool]) -> int:
    """Count as the pages of clusters do: what was replaced or withdrawn moves along uncounted."""
    return session.scalar(members(sa.func.count()).where(condition)) or 0


def _held(session: Session, public_id: str) -> TextCluster:
    """Return a cluster that nobody else changes until the transaction ends."""
    clustering.alone(session)
    found = session.scalars(
        sa.select(TextCluster).where(TextCluster.public_id == public_id)
    ).one_or_none()
    if found is None:
        raise ClusterChanged
    return found


def _text(session: Session, text_id: str) -> ModeratedText:
    found = session.scalars(
        sa.select(ModeratedText)
        .where(ModeratedText.public_id == text_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise ClusterChanged
    return found


def _move(
    session: Session,
    actor: Actor,
    texts: Sequence[ModeratedText],
    *,
    to: int | None,
    moved_from: int | None,
    at: datetime,
) -> None:
    moved = [{"answer_id": text.answer_id, "cluster_id": to} for text in texts]
    session.execute(sa.update(ModeratedText), moved)
    rows = [
        {
            "answer_id": text.answer_id,
            "from_id": moved_from,
            "to_id": to,
            "account_id": actor.id,
            "moved_at": at,
        }
        for text in texts
    ]
    session.execute(sa.insert(Base.metadata.tables[ClusterMove.__tablename__]), rows)
