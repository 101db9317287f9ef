"""How clusters are counted: the facts in one line, and what a workbook needs to count both ways."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import in_paris
from consultation.moderation.fetching import TOLD, joined
from consultation.moderation.models import ModeratedText, TextCluster, TextState
from consultation.moderation.normalising import organisation_key
from consultation.plan.models import Measure
from consultation.questionnaires.models import Questionnaire
from consultation.responses.models import Answer, Respondent, Response

FEWEST_TEXTS = 2
"""A cluster of which less is left is listed nowhere; new texts still join it."""

# What a respondent has replaced or withdrawn is neither shown nor counted.
STANDS = sa.and_(Response.superseded_at.is_(None), Response.withdrawn_at.is_(None))


@dataclass(frozen=True)
class Facts:
    """What is counted of a cluster; days are those of Paris, organisations those that are named."""

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
        """Say whether somebody has repeated themselves, and no more."""
        return self.respondents == 1

    @property
    def sentence(self) -> str:
        """The facts in one line: « 1 texte × 214 envois, 3 jours, 2 organisations »."""
        who = "une même personne" if self.is_one_person else _organisations(self.organisations)
        days = _counted(len(self.days), "jour", "jours")
        return f"1 texte × {_counted(self.texts, 'envoi', 'envois')}, {days}, {who}"


def labels(session: Session) -> Mapping[int, str]:
    """Return the label of each cluster that is listed, « C-12 », by its id."""
    return {one: TextCluster.label_of(one) for one in session.scalars(sizes()) if one is not None}


def sentences(session: Session) -> Mapping[str, str]:
    """Return what is known of each cluster in one line, by its label."""
    ids = session.scalars(sizes().order_by(ModeratedText.cluster_id)).all()
    facts = facts_of(session, [one for one in ids if one is not None])
    return {TextCluster.label_of(one): known.sentence for one, known in facts.items()}


@dataclass(frozen=True)
class Counted:
    """How many texts there are: all, and when those of a cluster count as one."""

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
    """Return the query of the texts that stand, whatever their cluster."""
    return (
        sa.select(*columns)
        .select_from(ModeratedText)
        .join(Answer, Answer.id == ModeratedText.answer_id)
        .join(Response, Response.id == Answer.response_id)
        .where(STANDS)
    )


def facts_of(session: Session, ids: Sequence[int]) -> Mapping[int, Facts]:
    """Return the facts of clusters by their ids, of empty ones as well."""
    rows = session.execute(
        members(
            ModeratedText.cluster_id,
            TOLD,
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
    return {one: _counted_up(by_cluster[one]) for one in ids}


def _counted_up(rows: Sequence[Any]) -> Facts:
    columns = tuple(zip(*rows, strict=True)) or ((),) * 6
    states, flags, moments, respondents, organisations, measures = columns
    named = {organisation_key(name) for name in organisations}
    return Facts(
        texts=len(rows),
        days=sorted({in_paris(moment).date() for moment in moments}),
        respondents=len(set(respondents)),
        organisations=len(named - {None}),
        measures=sorted(set(measures), key=lambda code: code or ""),
        states=Counter(states),
        flagged=sum(flags),
    )


def _organisations(count: int) -> str:
    if not count:
        return "aucune organisation nommée"
    return _counted(count, "organisation", "organisations")


def _counted(count: int, singular: str, plural: str) -> str:
    """French counts none as one: « 0 jour »."""
    return f"{count} {plural if count > 1 else singular}"
