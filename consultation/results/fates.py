"""What becomes of each indicator: what was said of all of them in a round, side by side.

What is read does not grow with the responses: tallies, and of the texts only the latest few.
"""

import enum
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from consultation.plan.models import Axis, Indicator, IndicatorVersion, Measure
from consultation.questionnaires.models import Question, Questionnaire
from consultation.results.consensus import Consensus
from consultation.results.models import TallySide
from consultation.results.opinions import Opinion, divides, read
from consultation.results.scales import other_scales
from consultation.results.tallies import IndicatorTally
from consultation.results.verdicts import Conclusion, Divide, Verdict, conclude_notes


class Order(enum.StrEnum):
    """What the table begins with, as an address says it."""

    PLAN = "plan"
    DISAGREEMENT = "desaccord"
    SCORE = "note"
    ANSWERS = "reponses"


@dataclass(frozen=True)
class Subject:
    """An indicator that a round asks about, in the last wording that its forms showed."""

    id: int
    code: str
    label: Mapping[str, str]
    is_retired: bool
    measure_id: int
    measure_code: str
    measure_title: Mapping[str, str]


@dataclass(frozen=True)
class Fate:
    """What was said of one indicator, and what its notes come to, worked out when it is asked."""

    subject: Subject
    said: IndicatorTally
    answers: int
    divide: Divide | None

    @cached_property
    def consensus(self) -> Consensus | None:
        """The consensus on its relevance, where notes of it are from 1 to 9."""
        return self.said.relevance.consensus()

    @cached_property
    def relevance(self) -> Conclusion:
        """What the notes of its relevance come to."""
        return conclude_notes(self.said.relevance, self.divide)

    @cached_property
    def feasibility(self) -> Conclusion:
        """What those of its feasibility come to."""
        return conclude_notes(self.said.feasibility)


def fates(
    session: Session,
    round_id: int,
    *,
    axis: str | None = None,
    measure_id: int | None = None,
    order: Order = Order.PLAN,
) -> list[Fate]:
    """Return what was said of the indicators of a round.  Four queries, whatever came in."""
    found = of_subjects(session, round_id, subjects(session, round_id, axis, measure_id))
    return found if order is Order.PLAN else sorted(found, key=_KEYS[order])


def subjects(
    session: Session, round_id: int, axis: str | None = None, measure_id: int | None = None
) -> list[Subject]:
    """Return the indicators that a round asks about, of all its measures or of some."""
    return [Subject(*row) for row in session.execute(_subjects(round_id, axis, measure_id))]


def of_subjects(
    session: Session,
    round_id: int,
    shown: Sequence[Subject],
    indicators: Collection[int] | None = None,
) -> list[Fate]:
    """Return what was said of these; `indicators` are their ids where they are few.

    Three queries.
    """
    opinions = read(session, round_id, [TallySide.ALL], indicators)
    divided = divides(session, round_id, indicators)
    others = other_scales(session, round_id)
    found = []
    for subject in shown:
        opinion = opinions.get((subject.id, TallySide.ALL, ""), Opinion())
        said = opinion.said_on(others, subject.id)
        found.append(Fate(subject, said, opinion.answers, divided.get(subject.id)))
    return found


def _subjects(
    round_id: int, axis: str | None, measure_id: int | None
) -> sa.Select[*tuple[Any, ...]]:
    """Return the indicators that forms of the round ask about, in the plan's order."""
    asked = _asked(round_id).subquery()
    wanted = (
        sa.select(
            Indicator.id,
            Indicator.code,
            IndicatorVersion.label,
            Indicator.retired_at.is_not(None),
            Measure.id,
            Measure.code,
            Measure.title,
        )
        .join(IndicatorVersion, IndicatorVersion.indicator_id == Indicator.id)
        .join(asked, asked.c.indicator_id == Indicator.id)
        .join(Measure, Measure.id == Indicator.measure_id)
        .join(Axis, Axis.id == Measure.axis_id)
        .where(IndicatorVersion.number == asked.c.last)
        .order_by(Measure.position, Measure.id, Indicator.position, Indicator.id)
    )
    if axis is not None:
        wanted = wanted.where(Axis.code == axis)
    return wanted if measure_id is None else wanted.where(Measure.id == measure_id)


def _asked(round_id: int) -> sa.Select[int, int]:
    """Return the query of the indicators that forms of the round ask about, and their last wording.

    It names no indicator of the query around it, so that it is made once and not for each.
    """
    version = aliased(IndicatorVersion)
    return (
        sa.select(version.indicator_id, sa.func.max(version.number).label("last"))
        .join(Question, Question.indicator_version_id == version.id)
        .join(Questionnaire, Questionnaire.id == Question.questionnaire_id)
        .where(Questionnaire.round_id == round_id, Questionnaire.published_at.is_not(None))
        .group_by(version.indicator_id)
    )


def _most_disagreed(fate: Fate) -> tuple[bool, bool, float]:
    """Those that capacities are divided on first, then by how wide notes lie; the others last."""
    return (
        fate.relevance.verdict in (Verdict.TOO_FEW, Verdict.OTHER_SCALE),
        fate.relevance.divide is None,
        -fate.consensus.disagreement if fate.consensus else 0.0,
    )


_KEYS: Mapping[Order, Callable[[Fate], Any]] = {
    Order.DISAGREEMENT: _most_disagreed,
    Order.SCORE: lambda fate: (
        fate.consensus is None,
        -fate.consensus.median if fate.consensus else 0.0,
    ),
    Order.ANSWERS: lambda fate: -fate.answers,
}
