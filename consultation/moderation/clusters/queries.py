"""Queries of clusters: lists, pages and statistics."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import in_paris
from consultation.i18n import Localized, form_for
from consultation.moderation import bulk
from consultation.moderation.bulk import Undecided
from consultation.moderation.clusters.similarity import Piece, organisation_key, pieces
from consultation.moderation.models import (
    ClusterMove,
    ModeratedText,
    TextCluster,
    TextState,
)
from consultation.moderation.visibility import (
    DISPLAYED_STATE,
    IS_LATEST,
    joined,
    texts_for_moderators,
)
from consultation.plan.models import Measure
from consultation.questionnaires.models import Question, Questionnaire
from consultation.responses.models import Answer, Respondent, Response
from consultation.text import natural_key
from consultation.web.navigation import Paged, nearest, paged
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

FEWEST_TEXTS = 2
"""A cluster of which less is left is listed nowhere; new texts still join it."""


@dataclass(frozen=True)
class Facts:
    """Figures of a cluster; days are those of Paris, organisations those that are named."""

    texts: int
    days: Sequence[date]
    respondents: int
    organisations: int
    measures: Sequence[str | None]
    """Codes; None is the tool as a whole."""
    states: Mapping[TextState, int]
    flagged: int

    @property
    def is_one_person(self) -> bool:
        """All the texts are one respondent's."""
        return self.respondents == 1

    @property
    def sentence(self) -> str:
        """The facts in one line: « 1 texte × 214 envois, 3 jours, 2 organisations »."""
        who = "une même personne" if self.is_one_person else _organisations(self.organisations)
        days = _counted(len(self.days), "jour", "jours")
        return f"1 texte × {_counted(self.texts, 'envoi', 'envois')}, {days}, {who}"


def labels(session: Session) -> Mapping[int, str]:
    """Return the label of each cluster that is listed, « C-12 », by its id."""
    return {
        cluster_id: TextCluster.label_of(cluster_id)
        for cluster_id in session.scalars(sizes())
        if cluster_id is not None
    }


def names_of(session: Session, public_ids: Collection[str]) -> dict[str, str]:
    """Name clusters by their labels, as their pages do, those included that are not listed."""
    rows = session.execute(
        sa.select(TextCluster.public_id, TextCluster.id).where(
            TextCluster.public_id.in_(public_ids)
        )
    )
    return {public_id: TextCluster.label_of(id_) for public_id, id_ in rows}


def sentences(session: Session) -> Mapping[str, str]:
    ids = session.scalars(sizes().order_by(ModeratedText.cluster_id)).all()
    facts = facts_of(session, [cluster_id for cluster_id in ids if cluster_id is not None])
    return {TextCluster.label_of(cluster_id): known.sentence for cluster_id, known in facts.items()}


@dataclass(frozen=True)
class Counted:
    """Numbers of texts: all, and when those of a cluster count as one."""

    all: int
    once: int


def count_once(session: Session, condition: sa.ColumnElement[bool]) -> Counted:
    """Count the texts for which `condition` holds both ways; it may name what `joined` joins."""
    listed = sizes().subquery()
    label = listed.c.cluster_id
    counted = (
        joined(sa.select(sa.func.count(), sa.func.count(label), sa.func.count(label.distinct())))
        .outerjoin(listed, label == ModeratedText.cluster_id)
        .where(condition)
    )
    texts, clustered, clusters = session.execute(counted).one()
    return Counted(texts, texts - clustered + clusters)


def sizes() -> sa.Select[int | None]:
    """Return the query of the ids of the clusters that are listed."""
    return (
        members(ModeratedText.cluster_id)
        .where(ModeratedText.cluster_id.is_not(None))
        .group_by(ModeratedText.cluster_id)
        .having(sa.func.count() >= FEWEST_TEXTS)
    )


def members(*columns: Any) -> sa.Select[*tuple[Any, ...]]:
    """Return the query of the latest texts, whatever their cluster."""
    return (
        sa.select(*columns)
        .select_from(ModeratedText)
        .join(Answer, Answer.id == ModeratedText.answer_id)
        .join(Response, Response.id == Answer.response_id)
        .where(IS_LATEST)
    )


def facts_of(session: Session, ids: Sequence[int]) -> Mapping[int, Facts]:
    """Return the facts of clusters by their ids, of empty ones as well."""
    rows = session.execute(
        members(
            ModeratedText.cluster_id,
            DISPLAYED_STATE,
            ModeratedText.is_flagged,
            Response.submitted_at,
            Respondent.id,
            Respondent.organisation,
            Measure.code,
        )
        .join(Respondent, Respondent.id == Response.respondent_id)
        .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(ModeratedText.cluster_id.in_(ids))
    )
    by_cluster: dict[int, list[Any]] = defaultdict(list)
    for cluster_id, *rest in rows:
        by_cluster[cluster_id].append(rest)
    return {id_: _counted_up(by_cluster[id_]) for id_ in ids}


def _counted_up(rows: Sequence[Any]) -> Facts:
    columns = tuple(zip(*rows, strict=True)) or ((),) * 6
    states, flags, moments, respondents, organisations, measures = columns
    named = {organisation_key(name) for name in organisations}
    return Facts(
        texts=len(rows),
        days=sorted({in_paris(moment).date() for moment in moments}),
        respondents=len(set(respondents)),
        organisations=len(named - {None}),
        measures=sorted(set(measures), key=lambda code: natural_key(code or "")),
        states=Counter(states),
        flagged=sum(flags),
    )


def _organisations(count: int) -> str:
    if not count:
        return "aucune organisation nommée"
    return _counted(count, "organisation", "organisations")


def _counted(count: int, singular: str, many: str) -> str:
    return f"{count} {form_for(count, singular, many)}"


PAGE_LENGTH = 25
TEXTS_A_PAGE = 12
"""Of one cluster, each with what differs from the example."""


@dataclass(frozen=True)
class Summary:
    """A cluster as the list shows it, with the first of its texts."""

    cluster: TextCluster
    facts: Facts
    example: str


@dataclass(frozen=True)
class Variant:
    """One text of a cluster, cut into what the example says too and what it does not."""

    public_id: str
    pieces: Sequence[Piece]
    measure: str | None
    question: Localized
    organisation: str | None
    submitted_at: datetime
    state: TextState
    is_flagged: bool
    has_danger_words: bool


@dataclass(frozen=True)
class ClusterPage:
    """A cluster with one page of its texts, the first being the example."""

    cluster: TextCluster
    facts: Facts
    example: str
    variants: Paged[Variant]


@needs(Permission.MODERATE)
def clusters(work: Work, page: int = 1) -> Paged[Summary]:
    """Return a page of the clusters, the largest first."""
    order = (sa.func.count().desc(), ModeratedText.cluster_id.desc())
    listed = paged(work.session, sizes().order_by(*order), page, PAGE_LENGTH)
    return listed.with_rows(_summaries(work.session, listed.rows))


@needs(Permission.MODERATE)
def others(work: Work, cluster: TextCluster) -> Sequence[Summary]:
    """Return the clusters that `cluster` may be merged with, the largest first, 100 at most."""
    order = (sa.func.count().desc(), ModeratedText.cluster_id)
    ids = work.session.scalars(
        sizes().having(ModeratedText.cluster_id != cluster.id).order_by(*order).limit(100)
    ).all()
    return _summaries(work.session, ids)


@needs(Permission.MODERATE)
def load(work: Work, public_id: str, page: int = 1) -> ClusterPage | None:
    """Return a cluster with a page of its texts, or None when none has that id."""
    cluster = work.session.scalars(
        sa.select(TextCluster).where(TextCluster.public_id == public_id)
    ).one_or_none()
    if cluster is None:
        return None
    facts = facts_of(work.session, [cluster.id])[cluster.id]
    example = _examples(work.session, [cluster.id]).get(cluster.id, "")
    number, page_count = nearest(page, facts.texts, TEXTS_A_PAGE)
    variants = _variants(work.session, cluster.id, example, number)
    return ClusterPage(cluster, facts, example, Paged(variants, number, page_count, facts.texts))


def undecided(session: Session, cluster: TextCluster) -> Sequence[Undecided]:
    """Return the texts of a cluster that wait for a decision, the oldest first."""
    return bulk.undecided(session, ModeratedText.cluster_id == cluster.id)


@dataclass(frozen=True)
class TakenOut:
    """A text that a person took out of a cluster, and that is in none since."""

    public_id: str
    text: str
    moved_at: datetime


@needs(Permission.MODERATE)
def taken_out(work: Work, cluster: TextCluster) -> Sequence[TakenOut]:
    """Return the texts that were taken out of a cluster and can be put back, the latest first."""
    latest = (
        sa.select(sa.func.max(ClusterMove.id)).group_by(ClusterMove.answer_id).scalar_subquery()
    )
    moves = work.session.execute(
        members(ModeratedText.answer_id, ModeratedText.public_id, ClusterMove.moved_at)
        .join(ClusterMove, ClusterMove.answer_id == ModeratedText.answer_id)
        .where(
            ClusterMove.id.in_(latest),
            ClusterMove.from_id == cluster.id,
            ClusterMove.to_id.is_(None),
            ModeratedText.cluster_id.is_(None),
        )
        .order_by(ClusterMove.id.desc())
    ).all()
    texts = texts_for_moderators(work.session, [answer_id for answer_id, *_ in moves])
    return [TakenOut(name, texts[answer_id], moved_at) for answer_id, name, moved_at in moves]


@needs(Permission.MODERATE)
def merged_into(work: Work, cluster: TextCluster) -> Sequence[TextCluster]:
    """Return the clusters of which texts were moved into this one by hand, and are there still."""
    return work.session.scalars(
        sa.select(TextCluster)
        .where(
            TextCluster.id.in_(
                sa.select(ClusterMove.from_id)
                .join(ModeratedText, ModeratedText.answer_id == ClusterMove.answer_id)
                .where(ClusterMove.to_id == cluster.id, ModeratedText.cluster_id == cluster.id)
            )
        )
        .order_by(TextCluster.id)
    ).all()


def _summaries(session: Session, ids: Sequence[int | None]) -> Sequence[Summary]:
    known = [id_ for id_ in ids if id_ is not None]
    facts, examples = facts_of(session, known), _examples(session, known)
    clusters = session.scalars(sa.select(TextCluster).where(TextCluster.id.in_(known)))
    by_id = {cluster.id: cluster for cluster in clusters}
    return [Summary(by_id[id_], facts[id_], examples.get(id_, "")) for id_ in known]


def _examples(session: Session, ids: Sequence[int]) -> Mapping[int, str]:
    """Return the first text of each cluster."""
    first = dict(
        session.execute(
            members(ModeratedText.cluster_id, sa.func.min(ModeratedText.answer_id))
            .where(ModeratedText.cluster_id.in_(ids))
            .group_by(ModeratedText.cluster_id)
        ).all()
    )
    texts = texts_for_moderators(session, list(first.values()))
    return {cluster_id: texts[answer_id] for cluster_id, answer_id in first.items()}


def _variants(session: Session, cluster_id: int, example: str, page: int) -> Sequence[Variant]:
    rows = session.execute(
        members(
            ModeratedText.answer_id,
            ModeratedText.public_id,
            Measure.code,
            Question.label,
            Respondent.organisation,
            Response.submitted_at,
            DISPLAYED_STATE,
            ModeratedText.is_flagged,
            ModeratedText.has_danger_words,
        )
        .join(Respondent, Respondent.id == Response.respondent_id)
        .join(Question, Question.id == Answer.question_id)
        .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(ModeratedText.cluster_id == cluster_id)
        .order_by(ModeratedText.answer_id)
        .limit(TEXTS_A_PAGE)
        .offset((page - 1) * TEXTS_A_PAGE)
    ).all()
    texts = texts_for_moderators(session, [row.answer_id for row in rows])
    return [
        Variant(public_id, pieces(texts[answer_id], example), *rest)
        for answer_id, public_id, *rest in rows
    ]
