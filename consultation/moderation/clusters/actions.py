"""Actions on a cluster: decision on all its texts, split, merge, undo."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.db.base import Base
from consultation.db.stale import StaleEdit, digest
from consultation.moderation import bulk
from consultation.moderation.bulk import BulkOutcome, Undecided
from consultation.moderation.clusters import clustering
from consultation.moderation.clusters.queries import members, undecided
from consultation.moderation.models import (
    ClusterMove,
    ModeratedText,
    Reason,
    TextCluster,
    Verdict,
)
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


def digest_of(texts: Sequence[Undecided]) -> str:
    """Return a digest that differs once other texts of a cluster wait than on a page."""
    return digest(*sorted((text.public_id, text.state.value) for text in texts))


@needs(Permission.MODERATE)
def decide_all(
    work: Work,
    public_id: str,
    verdict: Verdict,
    reason: Reason | None,
    *,
    expected: str,
    two_moderators: bool,
) -> BulkOutcome:
    """Give `verdict` to the waiting texts of a cluster, one decision each.

    `expected` is the `digest_of` of those on the page.  Raise `NotAllowed`, `StaleEdit`, or
    `DecisionNotAllowed` when all would be refused.
    """
    bulk.check(verdict, reason)
    waiting = undecided(work.session, _locked_cluster(work.session, public_id))
    if digest_of(waiting) != expected:
        raise _stale_edit()
    outcome = bulk.decide(work, waiting, verdict, reason, two_moderators=two_moderators)
    counts = {"verdict": verdict.value, "texts": outcome.decided}
    audit_log.log(work, "cluster_decided", public_id, counts)
    return outcome


def _stale_edit() -> StaleEdit:
    # Texts come by themselves, so no moderator is named.
    return StaleEdit("ces textes semblables")


@needs(Permission.MODERATE)
def split(work: Work, public_id: str, text_id: str) -> None:
    """Take a text out of a cluster; no machine puts it back.  Raise `StaleEdit`."""
    cluster = _locked_cluster(work.session, public_id)
    text = _text(work.session, text_id)
    if text.cluster_id != cluster.id:
        raise _stale_edit()
    _move(work, [text], to=None, moved_from=cluster.id)
    clustering.make_findable(work.session, [text.answer_id])
    clustering.keep_an_example(work.session, [cluster.id])
    audit_log.log(work, "cluster_split", public_id, {"text": text.public_id})


@needs(Permission.MODERATE)
def put_back(work: Work, public_id: str, text_id: str) -> None:
    """Put a text back into the cluster that it was taken out of.  Raise `StaleEdit`."""
    cluster = _locked_cluster(work.session, public_id)
    text = _text(work.session, text_id)
    last = work.session.scalars(
        sa.select(ClusterMove)
        .where(ClusterMove.answer_id == text.answer_id)
        .order_by(ClusterMove.id.desc())
        .limit(1)
    ).one_or_none()
    was_here = last is not None and last.from_id == cluster.id and last.to_id is None
    if text.cluster_id is not None or not was_here:
        raise _stale_edit()
    _move(work, [text], to=cluster.id, moved_from=None)
    audit_log.log(work, "cluster_put_back", public_id, {"text": text.public_id})


@needs(Permission.MODERATE)
def merge(work: Work, public_id: str, other_id: str) -> int:
    """Move all texts of another cluster into this one; return how many.  The other stays, empty.

    Raise `StaleEdit` when the other has none, or is this one.
    """
    cluster, other = (
        _locked_cluster(work.session, public_id),
        _locked_cluster(work.session, other_id),
    )
    texts = work.session.scalars(
        sa.select(ModeratedText).where(ModeratedText.cluster_id == other.id)
    ).all()
    if not texts or cluster.id == other.id:
        raise _stale_edit()
    count = _count(work.session, ModeratedText.cluster_id == other.id)
    _move(work, texts, to=cluster.id, moved_from=other.id)
    details = {"other": other_id, "texts": count}
    audit_log.log(work, "cluster_merged", public_id, details)
    return count


@needs(Permission.MODERATE)
def undo_merge(work: Work, public_id: str, other_id: str) -> int:
    """Move back what a merge has brought from another cluster; return how many texts.

    Raise `StaleEdit` when nothing of it is left.
    """
    cluster, other = (
        _locked_cluster(work.session, public_id),
        _locked_cluster(work.session, other_id),
    )
    brought = sa.select(ClusterMove.answer_id).where(
        ClusterMove.from_id == other.id, ClusterMove.to_id == cluster.id
    )
    is_brought = sa.and_(
        ModeratedText.cluster_id == cluster.id, ModeratedText.answer_id.in_(brought)
    )
    texts = work.session.scalars(sa.select(ModeratedText).where(is_brought)).all()
    if not texts:
        raise _stale_edit()
    count = _count(work.session, is_brought)
    # No cluster as the origin: a way back is no merge, to be undone in its turn.
    _move(work, texts, to=other.id, moved_from=None)
    clustering.keep_an_example(work.session, [cluster.id, other.id])
    details = {"other": other_id, "texts": count}
    audit_log.log(work, "cluster_merge_undone", public_id, details)
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
    work: Work, texts: Sequence[ModeratedText], *, to: int | None, moved_from: int | None
) -> None:
    moved = [{"answer_id": text.answer_id, "cluster_id": to} for text in texts]
    work.session.execute(sa.update(ModeratedText), moved)
    rows = [
        {
            "answer_id": text.answer_id,
            "from_id": moved_from,
            "to_id": to,
            "account_id": work.actor.id,
            "moved_at": work.at,
        }
        for text in texts
    ]
    work.session.execute(sa.insert(Base.metadata.tables[ClusterMove.__tablename__]), rows)
