"""What becomes of each indicator: what was said of all of them in a round, side by side.

What is read does not grow with the responses: tallies, and of the texts only the latest few.
"""

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
    """An indicator that a round asks about, in its last wording."""

    id: int
    code: str
    label: Mapping[str, str]
    is_retired: bool
    measure_id: int
    measure_code: str
    measure_title: Mapping[str, str]


@dataclass(frozen=True)
class Fate:
    """What was said of one indicator, and what its notes come to."""

    subject: Subject
    said: IndicatorTally
    answers: int
    consensus: Consensus | None
    relevance: Conclusion
    feasibility: Conclusion


def fates(
    session: Session,
    round_id: int,
    *,
    axis: str | None = None,
    measure_id: int | None = None,
    order: Order = Order.PLAN,
) -> list[Fate]:
    """Return what was said of the indicators of a round.  Four queries, whatever came in."""
    subjects = session.execute(_subjects(round_id, axis, measure_id))
    opinions = read(session, round_id, [TallySide.ALL])
    divided = divides(session, round_id)
    others = other_scales(session, round_id)
    found = []
    for row in subjects:
        subject = Subject(*row)
        opinion = opinions.get((subject.id, TallySide.ALL, ""), Opinion())
        found.append(_fate(subject, opinion.said_on(others, subject.id), opinion.answers, divided))
    return found if order is Order.PLAN else sorted(found, key=_KEYS[order])


def _fate(
    subject: Subject, said: IndicatorTally, answers: int, divided: Mapping[int, Divide]
) -> Fate:
    return Fate(
        subject,
        said,
        answers,
        said.relevance.consensus(),
        conclude_notes(said.relevance, divided.get(subject.id)),
        conclude_notes(said.feasibility),
    )


def _subjects(
    round_id: int, axis: str | None, measure_id: int | None
) -> sa.Select[*tuple[Any, ...]]:
    """Return the indicators that forms of the round ask about, in the plan's order."""
    version = aliased(IndicatorVersion)
    last = sa.select(sa.func.max(version.number)).where(version.indicator_id == Indicator.id)
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
        .join(Measure, Measure.id == Indicator.measure_id)
        .join(Axis, Axis.id == Measure.axis_id)
        .where(
            Indicator.id.in_(_asked(round_id)), IndicatorVersion.number == last.scalar_subquery()
        )
        .order_by(Measure.position, Measure.id, Indicator.position, Indicator.id)
    )
    if axis is not None:
        wanted = wanted.where(Axis.code == axis)
    return wanted if measure_id is None else wanted.where(Measure.id == measure_id)


def _asked(round_id: int) -> sa.Select[int]:
    """Return the query of the indicators that a form of the round asks about, in any wording.

    It names no indicator of the query around it, so that it is made once and not for each.
    """
    version = aliased(IndicatorVersion)
    return (
        sa.select(version.indicator_id)
        .join(Question, Question.indicator_version_id == version.id)
        .join(Questionnaire, Questionnaire.id == Question.questionnaire_id)
        .where(Questionnaire.round_id == round_id, Questionnaire.published_at.is_not(None))
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
