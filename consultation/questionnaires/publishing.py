"""Publish a round: one frozen questionnaire for each measure, and one for the tool as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from consultation.plan.models import Indicator, Measure
from consultation.questionnaires import composing, outlines
from consultation.questionnaires.models import (
    Option,
    Question,
    Questionnaire,
    Round,
    Section,
)
from consultation.questionnaires.outline import Outline


@dataclass(frozen=True)
class Publication:
    """What publishing did to the forms of a round; measures by code, the tool as « outil »."""

    opened: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


def publish(session: Session, consultation_round: Round, at: datetime) -> Publication:
    """Bring the forms of the round to what the plan says now, and the outline last published.

    A form whose content changed gets a new version; the earlier one keeps its answers and is
    still accepted from those who had opened it.  Publishing twice changes nothing.
    """
    published = outlines.published(session, consultation_round)
    outline = published or outlines.freeze(session, consultation_round, at)
    return _bring_to(session, consultation_round, outline, at)


def publish_outline(session: Session, consultation_round: Round, at: datetime) -> Publication:
    """Publish the working outline with the plan as it is now."""
    outline = outlines.freeze(session, consultation_round, at)
    return _bring_to(session, consultation_round, outline, at)


def _bring_to(
    session: Session, consultation_round: Round, outline: Outline, at: datetime
) -> Publication:
    publication = Publication()
    current = _current(session, consultation_round)
    wanted: list[Measure | None] = [*_live_measures(session), None]
    for measure in wanted:
        _publish_one(session, consultation_round, outline, measure, current, publication, at)
    session.flush()
    live = {measure.id for measure in wanted if measure}
    for questionnaire in current.values():
        if questionnaire.measure and questionnaire.measure_id not in live:
            questionnaire.closed_at = at
            publication.closed.append(questionnaire.measure.code)
    session.flush()
    return publication


def _live_measures(session: Session) -> list[Measure]:
    return list(
        session.scalars(
            sa.select(Measure)
            .where(Measure.retired_at.is_(None))
            .order_by(Measure.position, Measure.id)
            .options(selectinload(Measure.indicators).selectinload(Indicator.versions))
            .execution_options(populate_existing=True)
        )
    )


def _current(session: Session, consultation_round: Round) -> Mapping[int | None, Questionnaire]:
    found = session.scalars(
        sa.select(Questionnaire).where(
            Questionnaire.round_id == consultation_round.id, Questionnaire.closed_at.is_(None)
        )
    )
    return {questionnaire.measure_id: questionnaire for questionnaire in found}


def _publish_one(
    session: Session,
    consultation_round: Round,
    outline: Outline,
    measure: Measure | None,
    current: Mapping[int | None, Questionnaire],
    publication: Publication,
    at: datetime,
) -> None:
    name = measure.code if measure else "outil"
    earlier = current.get(measure.id if measure else None)
    digest = composing.digest_for(outline, measure)
    if earlier is not None and earlier.digest == digest:
        publication.unchanged.append(name)
        return
    if earlier is not None:
        earlier.closed_at = at
        session.flush()  # before its successor: only one may be current
    questionnaire = Questionnaire(
        round_id=consultation_round.id,
        measure_id=measure.id if measure else None,
        version=_next_version(session, consultation_round, measure),
        title=dict(composing.title_for(measure)),
        digest=digest,
        published_at=at,
    )
    session.add(questionnaire)
    session.flush()
    composing.add_content(session, questionnaire, outline, measure)
    (publication.renewed if earlier else publication.opened).append(name)


def _next_version(session: Session, consultation_round: Round, measure: Measure | None) -> int:
    last = session.scalar(
        sa.select(sa.func.max(Questionnaire.version)).where(
            Questionnaire.round_id == consultation_round.id,
            Questionnaire.measure_id.is_(None)
            if measure is None
            else Questionnaire.measure_id == measure.id,
        )
    )
    return (last or 0) + 1


def remove_forms(session: Session, measure_id: int) -> None:
    """Delete every form of a measure that nobody answered; the foreign keys refuse any other."""
    forms = sa.select(Questionnaire.id).where(Questionnaire.measure_id == measure_id)
    asked = sa.select(Question.id).where(Question.questionnaire_id.in_(forms))
    session.execute(sa.delete(Option).where(Option.question_id.in_(asked)))
    session.execute(sa.delete(Question).where(Question.questionnaire_id.in_(forms)))
    session.execute(sa.delete(Section).where(Section.questionnaire_id.in_(forms)))
    session.execute(sa.delete(Questionnaire).where(Questionnaire.measure_id == measure_id))
