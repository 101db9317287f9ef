"""Actions on a cluster: decision on all its texts, split, merge, undo."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.db.base import Base
from consultation.db.stale import StaleEdit, digest
from consultation.moderation import bulk
from consultation.moderation.bulk import Outcome, Undecided
from consultation.moderation.claims import check_moderator
from consultation.moderation.clusters import clustering
from consultation.moderation.clusters.queries import members, undecided
from consultation.moderation.models import (
    ClusterMove,
    ModeratedText,
    Reason,
    TextCluster,
    Verdict,
)
from consultation.web.permissions import Actor


def digest_of(texts: Sequence[Undecided]) -> str:
    """Return a digest that differs once other texts of a cluster wait than on a page."""
    return digest(*sorted((text.public_id, text.state.value) for text in texts))


def decide_all(
    session: Session,
    actor: Actor,
    public_id: str,
    verdict: Verdict,
    reason: Reason | None,
    *,
    expected: str,
    at: datetime,
    two_moderators: bool,
) -> Outcome:
    """Give `verdict` to the waiting texts of a cluster, one decision each.

    `expected` is the `digest_of` of those on the page.  Raise `NotAllowed`, `StaleEdit`, or
    `DecisionNotAllowed` when all would be refused.
    """
    check_moderator(actor)
    bulk.check(verdict, reason)
    waiting = undecided(session, _locked_cluster(session, public_id))
    if digest_of(waiting) != expected:
        raise _stale_edit()
    outcome = bulk.decide(
        session, actor, waiting, verdict, reason, at=at, two_moderators=two_moderators
    )
    counts = {"verdict": verdict.value, "texts": outcome.decided}
    audit_log.record(session, actor.id, "cluster_decided", public_id, counts, at=at)
    return outcome


def _stale_edit() -> StaleEdit:
    # Texts come by themselves, so no moderator is named.
    return StaleEdit("ces textes semblables")


def split(session: Session, actor: Actor, public_id: str, text_id: str, at: datetime) -> None:
    """Take a text out of a cluster; no machine puts it back.  Raise `StaleEdit`."""
    check_moderator(actor)
    cluster = _locked_cluster(session, public_id)
    text = _text(session, text_id)
    if text.cluster_id != cluster.id:
        raise _stale_edit()
    _move(session, actor, [text], to=None, moved_from=cluster.id, at=at)
    clustering.make_findable(session, [text.answer_id])
    clustering.keep_an_example(session, [cluster.id])
    audit_log.record(session, actor.id, "cluster_split", public_id, {"text": text.public_id}, at=at)


def put_back(session: Session, actor: Actor, public_id: str, text_id: str, at: datetime) -> None:
    """Put a text back into the cluster that it was taken out of.  Raise `StaleEdit`."""
    check_moderator(actor)
    cluster = _locked_cluster(session, public_id)
    text = _text(session, text_id)
    last = session.scalars(
        sa.select(ClusterMove)
        .where(ClusterMove.answer_id == text.answer_id)
        .order_by(ClusterMove.id.desc())
        .limit(1)
    ).one_or_none()
    was_here = last is not None and last.from_id == cluster.id and last.to_id is None
    if text.cluster_id is not None or not was_here:
        raise _stale_edit()
    _move(session, actor, [text], to=cluster.id, moved_from=None, at=at)
    audit_log.record(
        session, actor.id, "cluster_put_back", public_id, {"text": text.public_id}, at=at
    )


def merge(session: Session, actor: Actor, public_id: str, other_id: str, at: datetime) -> int:
    """Move all texts of another cluster into this one; return how many.  The other stays, empty.

    Raise `StaleEdit` when the other has none, or is this one.
    """
    check_moderator(actor)
    cluster, other = _locked_cluster(session, public_id), _locked_cluster(session, other_id)
    texts = session.scalars(
        sa.select(ModeratedText).where(ModeratedText.cluster_id == other.id)
    ).all()
    if not texts or cluster.id == other.id:
        raise _stale_edit()
    count = _count(session, ModeratedText.cluster_id == other.id)
    _move(session, actor, texts, to=cluster.id, moved_from=other.id, at=at)
    details = {"other": other_id, "texts": count}
    audit_log.record(session, actor.id, "cluster_merged", public_id, details, at=at)
    return count


def undo_merge(session: Session, actor: Actor, public_id: str, other_id: str, at: datetime) -> int:
    """Move back what a merge has brought from another cluster; return how many texts.

    Raise `StaleEdit` when nothing of it is left.
    """
    check_moderator(actor)
    cluster, other = _locked_cluster(session, public_id), _locked_cluster(session, other_id)
    brought = sa.select(ClusterMove.answer_id).where(
        ClusterMove.from_id == other.id, ClusterMove.to_id == cluster.id
    )
    is_brought = sa.and_(
        ModeratedText.cluster_id == cluster.id, ModeratedText.answer_id.in_(brought)
    )
    texts = session.scalars(sa.select(ModeratedText).where(is_brought)).all()
    if not texts:
        raise _stale_edit()
    count = _count(session, is_brought)
    # No cluster as the origin: a way back is no merge, to be undone in its turn.
    _move(session, actor, texts, to=other.id, moved_from=None, at=at)
    clustering.keep_an_example(session, [cluster.id, other.id])
    details = {"other": other_id, "texts": count}
    audit_log.record(session, actor.id, "cluster_merge_undone", public_id, details, at=at)
    return count


def _count(session: Session, condition: sa.ColumnElement[bool]) -> int:
    """Count as the pages of clusters do: what was replaced or withdrawn moves along uncounted."""
    return session.scalar(members(sa.func.count()).where(condition)) or 0


def _locked_cluster(session: Session, public_id: str) -> TextCluster:
    """Return a cluster; all clusters are locked until the transaction ends."""
    clustering.lock_clusters(session)
    cluster = session.scalars(
        sa.select(TextCluster).where(TextCluster.public_id == public_id)
    ).one_or_none()
    if cluster is None:
        raise _stale_edit()
    return cluster


def _text(session: Session, text_id: str) -> ModeratedText:
    text = session.scalars(
        sa.select(ModeratedText)
        .where(ModeratedText.public_id == text_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if text is None:
        raise _stale_edit()
    return text


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
