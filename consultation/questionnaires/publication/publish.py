"""Publication of the forms of a round: one for each measure, one for the tool as a whole."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from consultation.plan import apply
from consultation.plan.models import Indicator, Measure
from consultation.questionnaires.models import Option, Question, Questionnaire, Round, Section
from consultation.questionnaires.outline import store
from consultation.questionnaires.outline.structure import Outline
from consultation.questionnaires.publication import build

TOOL = "outil"
"""How a publication names the form of the tool as a whole."""


@dataclass(frozen=True)
class Publication:
    """Outcome of a publication for each form, named by measure code, the tool as « outil »."""

    opened: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.opened or self.renewed or self.closed)


def publish(session: Session, consultation_round: Round, at: datetime) -> Publication:
    """Publish the outline last published again, with the plan as it is now.

    A form whose content changed gets a new version; the earlier one keeps its answers and is still
    accepted from respondents who had opened it.  Publishing twice changes nothing.
    """
    apply.lock_plan(session)
    published = store.published(session, consultation_round)
    outline = published or store.freeze(session, consultation_round, at)
    return _replace_forms(session, consultation_round, outline, at)


def publish_outline(session: Session, consultation_round: Round, at: datetime) -> Publication:
    """Publish the working outline with the plan as it is now."""
    apply.lock_plan(session)
    outline = store.freeze(session, consultation_round, at)
    return _replace_forms(session, consultation_round, outline, at)


def lock(session: Session, consultation_round: Round) -> None:
    """Lock the round against other publications; responses to it do not wait.

    The plan is locked first, as by an import of it: in another order the two would deadlock.
    """
    apply.lock_plan(session)
    session.scalars(
        sa.select(Round.id).where(Round.id == consultation_round.id).with_for_update(key_share=True)
    ).one()


def foresee(session: Session, consultation_round: Round, outline: Outline) -> Publication:
    """Return the outcome of publishing that outline with the plan as it is now."""
    return _plan_steps(session, consultation_round, outline).publication


def name_of(measure: Measure | None) -> str:
    """Return the name of the form of a measure, or of the tool, in a publication."""
    return measure.code if measure else TOOL


def live_measures(session: Session) -> list[Measure]:
    """Load the measures in force in the plan's order, with their indicators and wordings."""
    return list(
        session.scalars(
            sa.select(Measure)
            .where(Measure.retired_at.is_(None))
            .order_by(Measure.position, Measure.id)
            .options(selectinload(Measure.indicators).selectinload(Indicator.versions))
            .execution_options(populate_existing=True)
        )
    )


@dataclass(frozen=True)
class _Steps:
    """The forms to close, and those to create with their digest."""

    publication: Publication = field(default_factory=Publication)
    to_close: list[Questionnaire] = field(default_factory=list)
    to_make: list[tuple[Measure | None, str]] = field(default_factory=list)


def _plan_steps(session: Session, consultation_round: Round, outline: Outline) -> _Steps:
    steps = _Steps()
    done = steps.publication
    current = _current_forms(session, consultation_round)
    for measure in [*live_measures(session), None]:
        earlier = current.pop(measure.id if measure else None, None)
        digest = build.digest_for(outline, measure)
        if earlier is not None and earlier.digest == digest:
            done.unchanged.append(name_of(measure))
            continue
        steps.to_make.append((measure, digest))
        if earlier is not None:
            steps.to_close.append(earlier)
        (done.renewed if earlier else done.opened).append(name_of(measure))
    steps.to_close.extend(current.values())
    done.closed.extend(name_of(questionnaire.measure) for questionnaire in current.values())
    return steps


def _replace_forms(
    session: Session, consultation_round: Round, outline: Outline, at: datetime
) -> Publication:
    session.flush()
    session.scalars(  # two publications wait for each other; responses to the round do not
        sa.select(Round.id).where(Round.id == consultation_round.id).with_for_update(key_share=True)
    ).one()
    steps = _plan_steps(session, consultation_round, outline)
    closed = [questionnaire.id for questionnaire in steps.to_close]
    if closed:  # before their successors: of one measure only one may be current
        session.execute(
            sa.update(Questionnaire).where(Questionnaire.id.in_(closed)).values(closed_at=at)
        )
    _create_forms(session, consultation_round, outline, steps.to_make, at)
    return steps.publication


def _create_forms(
    session: Session,
    consultation_round: Round,
    outline: Outline,
    forms: Sequence[tuple[Measure | None, str]],
    at: datetime,
) -> None:
    if not forms:
        return
    last = _last_versions(session, consultation_round)
    rows = [
        {
            "round_id": consultation_round.id,
            "measure_id": measure.id if measure else None,
            "version": last.get(measure.id if measure else None, 0) + 1,
            "title": dict(build.title_for(measure)),
            "digest": digest,
            "published_at": at,
        }
        for measure, digest in forms
    ]
    session.execute(sa.insert(Questionnaire).execution_options(render_nulls=True), rows)
    made = _current_forms(session, consultation_round)
    measures = {made[measure.id if measure else None].id: measure for measure, _ in forms}
    build.add_contents(session, outline, measures)


def _current_forms(session: Session, consultation_round: Round) -> dict[int | None, Questionnaire]:
    questionnaires = session.scalars(
        sa.select(Questionnaire)
        .where(Questionnaire.round_id == consultation_round.id, Questionnaire.closed_at.is_(None))
        .order_by(Questionnaire.id)
        .options(joinedload(Questionnaire.measure))
    )
    return {questionnaire.measure_id: questionnaire for questionnaire in questionnaires}


def _last_versions(session: Session, consultation_round: Round) -> dict[int | None, int]:
    rows = session.execute(
        sa.select(Questionnaire.measure_id, sa.func.max(Questionnaire.version))
        .where(Questionnaire.round_id == consultation_round.id)
        .group_by(Questionnaire.measure_id)
    )
    versions: dict[int | None, int] = dict(iter(rows))
    return versions


def remove_forms(session: Session, measure_id: int) -> None:
    """Delete all forms of a measure without answers; foreign keys refuse it with answers."""
    forms = sa.select(Questionnaire.id).where(Questionnaire.measure_id == measure_id)
    questions = sa.select(Question.id).where(Question.questionnaire_id.in_(forms))
    session.execute(sa.delete(Option).where(Option.question_id.in_(questions)))
    session.execute(sa.delete(Question).where(Question.questionnaire_id.in_(forms)))
    session.execute(sa.delete(Section).where(Section.questionnaire_id.in_(forms)))
    session.execute(sa.delete(Questionnaire).where(Questionnaire.measure_id == measure_id))
