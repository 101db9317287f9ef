"""Clustering: assignment of similar texts to one cluster, as a task of the worker."""

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.db.base import Base, writing
from consultation.jobs.worker import Task
from consultation.moderation.clusters.similarity import keys, likeness, normal
from consultation.moderation.models import ModeratedText, TextCluster, TextKey
from consultation.moderation.visibility import IS_LATEST
from consultation.responses.models import Answer, Response

KEYS_IN_COMMON = 2
"""Fewer are no reason to compare: any two texts about housing share one pair of words."""

MOST_COMPARED = 20
FAR = 86.0
"""Texts of a cluster that are less near its examples become one too: campaigns have versions."""

IDS_PER_QUERY = 5_000


@dataclass(frozen=True)
class Comparable:
    """A text that is long enough to be compared."""

    answer_id: int
    content: str
    """The tokens in alphabetical order."""
    keys: frozenset[int]
    is_latest: bool
    """Neither superseded nor withdrawn."""


@dataclass
class Pool:
    """Texts in no cluster and clusters' examples: what a new text is compared with."""

    content_of: dict[int, str] = field(default_factory=dict)
    cluster_of: dict[int, int] = field(default_factory=dict)
    _by_key: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, text: Comparable, cluster_id: int | None) -> None:
        """Let later texts be compared with this one, as `_findable` does with those stored."""
        if cluster_id is None and not text.is_latest:
            return
        if cluster_id is not None:
            self.cluster_of[text.answer_id] = cluster_id
        self.content_of[text.answer_id] = text.content
        for key in text.keys:
            self._by_key[key].add(text.answer_id)

    def add_key(self, answer_id: int, key: int) -> None:
        """Note one key of a text, whose content is loaded later."""
        self._by_key[key].add(answer_id)

    def neighbours(self, text: Comparable) -> list[int]:
        """Return the texts worth comparing, those with most keys in common first."""
        shared = Counter(answer_id for key in text.keys for answer_id in self._by_key.get(key, ()))
        enough = min(KEYS_IN_COMMON, len(text.keys))
        ranked = [(-count, answer_id) for answer_id, count in shared.items() if count >= enough]
        return [answer_id for _count, answer_id in sorted(ranked)[:MOST_COMPARED]]

    def nearest(self, text: Comparable) -> tuple[int, float] | None:
        """Return the text that says nearly the same, one of a cluster first, and how near."""
        scored = [
            (
                answer_id in self.cluster_of,
                likeness(text.content, self.content_of[answer_id]),
                -answer_id,
            )
            for answer_id in self.neighbours(text)
            if answer_id in self.content_of
        ]
        best = max((score for score in scored if score[1]), default=None)
        return None if best is None else (-best[2], best[1])


def lock_clusters(session: Session) -> None:
    """Lock all clusters until this transaction ends; SQLite has one writer at a time anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("LOCK TABLE text_cluster IN SHARE ROW EXCLUSIVE MODE"))


def place(session: Session, answer_ids: Sequence[int], at: datetime) -> int:
    """Give each text its cluster, in the order given; return how many have one now.

    To be called under `lock_clusters`.
    """
    texts = _comparable(session, answer_ids)
    pool = _pool_around(session, texts.values())
    placed: dict[int, int] = {}
    to_find: list[Comparable] = []
    for text in (texts[answer_id] for answer_id in answer_ids if answer_id in texts):
        nearest_text = pool.nearest(text)
        if nearest_text is not None:
            nearest, _score = nearest_text
            if nearest not in pool.cluster_of:
                pool.cluster_of[nearest] = placed[nearest] = _new_cluster(session, at)
            placed[text.answer_id] = pool.cluster_of[nearest]
        if nearest_text is None or nearest_text[1] < FAR:
            pool.add(text, placed.get(text.answer_id))
            to_find.append(text)
    _write(session, answer_ids, placed, at)
    add_keys(session, to_find)
    return len(placed)


def keep_an_example(session: Session, cluster_ids: Collection[int]) -> None:
    """See that each cluster which has texts has one that new texts find: its first."""
    with_example = (
        sa.select(ModeratedText.cluster_id)
        .join(TextKey, TextKey.answer_id == ModeratedText.answer_id)
        .where(ModeratedText.cluster_id.in_(cluster_ids))
    )
    firsts = session.scalars(
        sa.select(sa.func.min(ModeratedText.answer_id))
        .where(
            ModeratedText.cluster_id.in_(cluster_ids),
            ModeratedText.cluster_id.not_in(with_example),
        )
        .group_by(ModeratedText.cluster_id)
    ).all()
    make_findable(session, firsts)


def make_findable(session: Session, answer_ids: Sequence[int]) -> None:
    """Let new texts be compared with these."""
    known = set(
        session.scalars(sa.select(TextKey.answer_id).where(TextKey.answer_id.in_(answer_ids)))
    )
    missing = [answer_id for answer_id in answer_ids if answer_id not in known]
    add_keys(session, _comparable(session, missing).values())


def remove(session: Session, answer_ids: Sequence[int]) -> None:
    """Drop all that comparing kept of texts that are being erased; their clusters stay."""
    left = ModeratedText.answer_id.in_(answer_ids)
    clusters = session.scalars(sa.select(ModeratedText.cluster_id).where(left).distinct()).all()
    session.execute(sa.delete(TextKey).where(TextKey.answer_id.in_(answer_ids)))
    session.execute(sa.update(ModeratedText).where(left).values(cluster_id=None))
    keep_an_example(session, [cluster_id for cluster_id in clusters if cluster_id is not None])


def renew(session: Session, answer_id: int) -> None:
    """Find a text from now on by what is left of it, after a part was erased."""
    deleted = session.execute(
        sa.delete(TextKey).where(TextKey.answer_id == answer_id).returning(TextKey.key)
    ).all()
    if deleted:
        add_keys(session, _comparable(session, [answer_id]).values())


def add_keys(session: Session, texts: Iterable[Comparable]) -> None:
    """Store the numbers by which texts are found."""
    rows = [{"answer_id": text.answer_id, "key": key} for text in texts for key in text.keys]
    if rows:
        session.execute(sa.insert(Base.metadata.tables[TextKey.__tablename__]), rows)


def _comparable(session: Session, answer_ids: Collection[int]) -> dict[int, Comparable]:
    """Return those of the texts that are long enough."""
    comparable = {}
    for some in _portions(answer_ids):
        rows = session.execute(
            sa.select(Answer.id, Answer.text, IS_LATEST)
            .join(Response, Response.id == Answer.response_id)
            .where(Answer.id.in_(some))
        )
        for answer_id, text, is_latest in rows:
            text_tokens = normal(text or "")
            if text_tokens.is_long_enough:
                comparable[answer_id] = Comparable(
                    answer_id, text_tokens.in_order, keys(text_tokens), is_latest
                )
    return comparable


def _pool_around(session: Session, texts: Collection[Comparable]) -> Pool:
    """Return the stored texts that have keys in common with some of `texts`."""
    pool = Pool()
    for some in _portions({key for text in texts for key in text.keys}):
        for key, answer_id, cluster_id in session.execute(_findable(some)):
            pool.add_key(answer_id, key)
            if cluster_id is not None:
                pool.cluster_of[answer_id] = cluster_id
    near = {near_id for text in texts for near_id in pool.neighbours(text)}
    stored = _comparable(session, near)
    pool.content_of.update((near_id, text.content) for near_id, text in stored.items())
    return pool


def _findable(some_keys: Iterable[int]) -> sa.Select[int, int, int | None]:
    """Return the query of stored keys; a superseded or withdrawn text starts no cluster."""
    return (
        sa.select(TextKey.key, TextKey.answer_id, ModeratedText.cluster_id)
        .join(ModeratedText, ModeratedText.answer_id == TextKey.answer_id)
        .join(Answer, Answer.id == TextKey.answer_id)
        .join(Response, Response.id == Answer.response_id)
        .where(TextKey.key.in_(some_keys), sa.or_(ModeratedText.cluster_id.is_not(None), IS_LATEST))
    )


def _portions(numbers: Collection[int]) -> Iterator[Sequence[int]]:
    """Cut what one query would be too long for."""
    listed = list(numbers)
    for start in range(0, len(listed), IDS_PER_QUERY):
        yield listed[start : start + IDS_PER_QUERY]


def _new_cluster(session: Session, at: datetime) -> int:
    cluster = TextCluster(created_at=at)
    session.add(cluster)
    session.flush()
    return cluster.id


def _write(
    session: Session, answer_ids: Iterable[int], placed: dict[int, int], at: datetime
) -> None:
    """Note that the texts were compared, and the clusters that old and new ones are now in."""
    joined = [
        {"answer_id": answer_id, "cluster_id": cluster} for answer_id, cluster in placed.items()
    ]
    if joined:
        session.execute(sa.update(ModeratedText), joined)
    session.execute(
        sa.update(ModeratedText)
        .where(ModeratedText.answer_id.in_(answer_ids))
        .values(clustered_at=at)
    )


EVERY_SECONDS = 20
BATCH = 200
"""Texts of one transaction at most."""

FIRST_BATCH = 20
LONGEST_HOLD = 0.1
"""Seconds that a transaction is to take: on SQLite, every other writer waits meanwhile."""

LONGEST_TURN = 10.0
"""Seconds that the worker goes on: it has other things to do, and comes back."""


def cluster_due(session: Session, *, seconds: float = LONGEST_TURN) -> int:
    """Compare the texts that wait for it, oldest first; return how many were.

    Any number of workers may call this at once: each batch is alone with the clusters.
    """
    until, total, size = time.monotonic() + seconds, 0, FIRST_BATCH
    while _is_due(session):
        began = time.monotonic()
        total += _place_batch(session, size)
        took = time.monotonic() - began
        if began + took > until:
            break
        size = max(1, min(BATCH, int(size * LONGEST_HOLD / took)))
        # SQLite is not fair: one who writes again at once keeps others waiting for seconds.
        time.sleep(took)
    return total


def _is_due(session: Session) -> bool:
    """Read only, so that an idle worker delays no writer."""
    waits = session.scalar(_due().limit(1)) is not None
    session.rollback()
    return waits


def _place_batch(session: Session, size: int) -> int:
    with writing(session):
        lock_clusters(session)
        answer_ids = session.scalars(_due().limit(size)).all()
        place(session, answer_ids, now())
    return len(answer_ids)


def _due() -> sa.Select[int]:
    return (
        sa.select(ModeratedText.answer_id)
        .where(ModeratedText.clustered_at.is_(None))
        .order_by(ModeratedText.answer_id)
    )


def task() -> Task:
    """Return the task; in a thread of its own, since a flood of texts would delay mail."""
    return Task("clusters", EVERY_SECONDS, cluster_due, has_own_thread=True)
