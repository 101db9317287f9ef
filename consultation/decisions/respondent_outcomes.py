"""Outcomes for one respondent: what became of each thing they said, by published decisions."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from consultation.decisions.basis import answers_counted
from consultation.decisions.models import EditionDecision, IndicatorDecision, PlanEdition
from consultation.decisions.published import PublishedDecision, published_decisions
from consultation.i18n import Localized
from consultation.moderation.visibility import IS_LATEST
from consultation.plan.models import IndicatorVersion, Measure
from consultation.questionnaires.models import Question, Questionnaire
from consultation.responses.models import Answer, Response, Submission


@dataclass(frozen=True)
class OwnDecision:
    """A decision on what they said; `rests_on_own_text` if one of their texts is in its basis."""

    published: PublishedDecision
    rests_on_own_text: bool


@dataclass(frozen=True)
class Topic:
    """An indicator on which a respondent answered; without code, their texts on the measure."""

    code: str | None
    label: Localized | None
    decisions: Sequence[OwnDecision]


@dataclass(frozen=True)
class ResponseOutcome:
    """What became of each thing that a response says."""

    measure: Measure
    topics: Sequence[Topic]


def outcomes(session: Session, respondent_id: int) -> Sequence[ResponseOutcome]:
    """Return the outcome of each current response of a respondent, in the plan's order."""
    by_response: dict[int, list[_Row]] = defaultdict(list)
    for row in _rows(session, respondent_id):
        by_response[row.response_id].append(row)
    measure_ids = {rows[0].measure.id for rows in by_response.values()}
    of_measure = _decisions_by_measure(session, measure_ids)
    resting = _on_answers_of(session, respondent_id, of_measure)
    return [
        ResponseOutcome(
            rows[0].measure, _topics(rows, of_measure.get(rows[0].measure.id, ()), resting)
        )
        for rows in by_response.values()
    ]


def count_decided(session: Session, respondent_id: int) -> int:
    """Count the published decisions on what a respondent said."""
    counted = concerned(sa.select(sa.func.count(sa.distinct(IndicatorDecision.id))))
    return session.scalar(counted.where(Response.respondent_id == respondent_id)) or 0


def concerned(statement: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    """Return a statement over published decisions, joined to the current answers they bear on.

    On an indicator, the answers to it; and on all that is decided in a measure, the texts on it.
    A decision that was published before somebody answered says nothing of their answer.
    """
    return (
        statement.select_from(IndicatorDecision)
        .join(EditionDecision, EditionDecision.decision_id == IndicatorDecision.id)
        .join(PlanEdition, PlanEdition.id == EditionDecision.edition_id)
        .join(Questionnaire, Questionnaire.measure_id == IndicatorDecision.measure_id)
        .join(Response, Response.questionnaire_id == Questionnaire.id)
        .join(Submission, Submission.id == Response.submission_id)
        .join(Answer, Answer.response_id == Response.id)
        .join(Question, Question.id == Answer.question_id)
        .outerjoin(IndicatorVersion, IndicatorVersion.id == Question.indicator_version_id)
        .where(
            PlanEdition.published_at >= Submission.received_at,
            IS_LATEST,
            sa.or_(
                IndicatorVersion.indicator_id == IndicatorDecision.indicator_id,
                sa.and_(Question.indicator_version_id.is_(None), Answer.text.is_not(None)),
            ),
        )
    )


class _Row(NamedTuple):
    """An indicator that a response answers, or None for its texts on the measure."""

    response_id: int
    received_at: datetime
    measure: Measure
    version: IndicatorVersion | None


def _rows(session: Session, respondent_id: int) -> Sequence[_Row]:
    """Return the answers of a respondent, in the plan's order, texts on a measure last."""
    rows = session.execute(
        sa.select(Response.id, Submission.received_at, Measure.id, Question.indicator_version_id)
        .join(Submission, Submission.id == Response.submission_id)
        .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
        .join(Measure, Measure.id == Questionnaire.measure_id)
        .join(Answer, Answer.response_id == Response.id)
        .join(Question, Question.id == Answer.question_id)
        .where(
            Response.respondent_id == respondent_id,
            IS_LATEST,
            sa.or_(Question.indicator_version_id.is_not(None), Answer.text.is_not(None)),
        )
        .distinct()
    ).all()
    measures = _by_id(session, sa.select(Measure), Measure.id, {row[2] for row in rows})
    versions = _by_id(
        session,
        sa.select(IndicatorVersion).options(joinedload(IndicatorVersion.indicator)),
        IndicatorVersion.id,
        {row[3] for row in rows},
    )
    topics = [_Row(row[0], row[1], measures[row[2]], versions.get(row[3])) for row in rows]
    return sorted(topics, key=_place)


def _by_id(session: Session, query: sa.Select[Any], column: Any, ids: Collection[Any]) -> Any:
    return {it.id: it for it in session.scalars(query.where(column.in_(ids)))}


def _place(row: _Row) -> tuple[int, int, int, bool, int]:
    position = row.version.indicator.position if row.version else 0
    return row.measure.position, row.measure.id, row.response_id, row.version is None, position


def _decisions_by_measure(
    session: Session, measure_ids: Collection[int]
) -> Mapping[int, Sequence[PublishedDecision]]:
    decisions: dict[int, list[PublishedDecision]] = defaultdict(list)
    which = IndicatorDecision.measure_id.in_(measure_ids)
    for published in published_decisions(session, which=which) if measure_ids else ():
        decisions[published.measure.id].append(published)
    return decisions


def _on_answers_of(
    session: Session, respondent_id: int, decisions: Mapping[int, Sequence[PublishedDecision]]
) -> set[int]:
    """Return the ids of the decisions that rest on a text of the respondent, as it stands."""
    counted = answers_counted(session, {it.decision.id for of in decisions.values() for it in of})
    named = {answer_id for answer_ids in counted.values() for answer_id in answer_ids}
    own = set(
        session.scalars(
            sa.select(Answer.id)
            .join(Response, Response.id == Answer.response_id)
            .where(Response.respondent_id == respondent_id, Answer.id.in_(named))
        )
    )
    return {decision_id for decision_id, answer_ids in counted.items() if answer_ids & own}


def _topics(
    rows: Sequence[_Row], published: Sequence[PublishedDecision], resting: Collection[int]
) -> Sequence[Topic]:
    """Return the topics of one response, each with the decisions that bear on it."""
    decisions: dict[int | None, list[OwnDecision]] = defaultdict(list)
    answered = {row.version.indicator_id for row in rows if row.version}
    for it in published:
        assert it.edition.published_at is not None
        if it.edition.published_at >= rows[0].received_at:
            indicator_id = it.decision.indicator_id
            place = indicator_id if indicator_id in answered else None
            decisions[place].append(OwnDecision(it, it.decision.id in resting))
    return [
        Topic(row.version.indicator.code, row.version.label, decisions[row.version.indicator_id])
        if row.version
        else Topic(None, None, decisions[None])
        for row in rows
    ]
