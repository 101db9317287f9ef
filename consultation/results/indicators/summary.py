"""Indicator summary: ratings, stances and verdicts, a row for each indicator.

What is read does not grow with the responses: tallies, and of the texts only the latest few.
"""

import enum
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from consultation.db.base import tuples
from consultation.i18n import Localized
from consultation.plan.models import Axis, Indicator, IndicatorVersion, Measure
from consultation.questionnaires.models import Option, Question, Questionnaire
from consultation.responses.models import Standing
from consultation.results.consensus import HIGH, HIGHEST, LOW, LOWEST, Consensus
from consultation.results.indicators.proposals import Proposals, wordings
from consultation.results.indicators.verdicts import (
    FEWEST,
    Conclusion,
    Divide,
    Thirds,
    Verdict,
    conclude_notes,
    divide_of,
    other_scales,
)
from consultation.results.models import TALLY_SIDE, Tally, TallySide
from consultation.results.tallies.queries import (
    FEASIBILITY,
    RELEVANCE,
    STANCE,
    IndicatorTally,
    QuestionTally,
    Ratings,
    question_tally,
)
from consultation.web.permissions import Actor

COUNTED = (STANCE, RELEVANCE, FEASIBILITY)


@dataclass(frozen=True)
class Opinion:
    """What some of the respondents say of one indicator."""

    by_question: Mapping[str, QuestionTally] = field(default_factory=dict)

    @property
    def said(self) -> IndicatorTally:
        """The stances and the notes."""
        return IndicatorTally(
            self._of(STANCE).by_value, self._of(RELEVANCE).ratings, self._of(FEASIBILITY).ratings
        )

    def said_on(self, others: Collection[tuple[int, str]], indicator_id: int) -> IndicatorTally:
        """Return the same of an indicator, where `others` are rated on another scale."""
        said = self.said
        if (indicator_id, RELEVANCE) in others:
            said = replace(said, relevance=replace(said.relevance, is_asked_on_nine=False))
        if (indicator_id, FEASIBILITY) in others:
            said = replace(said, feasibility=replace(said.feasibility, is_asked_on_nine=False))
        return said

    @property
    def answers(self) -> int:
        """How many answered the question that most of them answered."""
        return max((tally.answered for tally in self.by_question.values()), default=0)

    def _of(self, question: str) -> QuestionTally:
        return self.by_question.get(question, QuestionTally())


Part = tuple[int, str, str]
"""An indicator's id, a side and its code."""


def read(
    session: Session,
    round_id: int,
    sides: Collection[TallySide],
    indicators: Collection[int] | None = None,
) -> dict[Part, Opinion]:
    """Return what each part of the respondents says of the indicators, or of those named."""
    wanted = Tally.indicator_id.is_not(None)
    rows = tuples(
        session,
        sa.select(
            Tally.indicator_id,
            TALLY_SIDE,
            Tally.side_code,
            Tally.question,
            Tally.value,
            Tally.count,
        ).where(
            Tally.round_id == round_id,
            Tally.side.in_(sides),
            Tally.question.in_(COUNTED),
            wanted if indicators is None else Tally.indicator_id.in_(indicators),
        ),
    )
    counts: dict[Part, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    for indicator_id, side, code, question, value, count in rows:
        of_question = counts[indicator_id, side, code][question]
        of_question[value] = of_question.get(value, 0) + count  # an indicator may change measure
    return {
        part: Opinion({code: question_tally(found) for code, found in by_question.items()})
        for part, by_question in counts.items()
    }


def stances(session: Session, round_id: int) -> dict[str, Localized]:
    """Return what the forms of a round offer as a stance, by code, in the last wording."""
    rows = session.execute(
        sa.select(Option.code, Option.label)
        .join(Question, Question.id == Option.question_id)
        .join(Questionnaire, Questionnaire.id == Question.questionnaire_id)
        .where(
            Questionnaire.round_id == round_id,
            Question.code == STANCE,
            Question.indicator_version_id.is_not(None),
        )
        .order_by(Question.id, Option.position)
    )
    return {code: label for code, label in rows}  # noqa: C416 - mypy takes no Row for a pair


def divides(
    session: Session, round_id: int, indicators: Collection[int] | None = None
) -> dict[int, Divide]:
    """Return by indicator the two capacities that contradict each other, added up in SQL."""
    wanted = Tally.indicator_id.is_not(None)
    number = sa.func.sum(Tally.count)
    low, high = (
        sa.func.coalesce(number.filter(Tally.value.in_([str(note) for note in third])), 0)
        for third in (LOW, HIGH)
    )
    rows = session.execute(
        sa.select(Tally.indicator_id, Tally.side_code, number, low, high)
        .where(
            Tally.round_id == round_id,
            Tally.side == TallySide.CAPACITY,
            Tally.question == RELEVANCE,
            wanted if indicators is None else Tally.indicator_id.in_(indicators),
            Tally.value.in_([str(note) for note in range(LOWEST, HIGHEST + 1)]),
        )
        .group_by(Tally.indicator_id, Tally.side_code)
        .having(number >= FEWEST)
    )
    thirds: dict[int, dict[str, Thirds]] = defaultdict(dict)
    for indicator_id, capacity, *counted in rows:
        assert indicator_id is not None
        thirds[indicator_id][capacity] = Thirds(*counted)
    found = {indicator_id: divide_of(by_capacity) for indicator_id, by_capacity in thirds.items()}
    return {indicator_id: divide for indicator_id, divide in found.items() if divide}


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


@dataclass(frozen=True)
class Group:
    """What the notes of relevance of some respondents come to."""

    ratings: Ratings

    @property
    def conclusion(self) -> Conclusion:
        """The verdict on these notes alone."""
        return conclude_notes(self.ratings)


@dataclass(frozen=True)
class Detail:
    """One indicator with its groups of respondents and the wordings that they propose."""

    fate: Fate
    voices: Group
    """One voice for each organisation."""
    invited: Group
    others: Group
    """Those whom nobody had invited."""
    wordings: Proposals = field(default_factory=Proposals)


def details(session: Session, actor: Actor, round_id: int, fates: Sequence[Fate]) -> list[Detail]:
    """Return the details of some indicators; raise `NotAllowed`.  Four queries."""
    ids = [fate.subject.id for fate in fates]
    opinions = read(session, round_id, [TallySide.VOICE, TallySide.STANDING], ids)
    proposed = wordings(session, actor, round_id, ids)

    def group(fate: Fate, side: TallySide, *codes: str) -> Group:
        parts = (opinions.get((fate.subject.id, side, code), Opinion()) for code in codes)
        added = _added(part.said.relevance for part in parts)
        return Group(replace(added, is_asked_on_nine=fate.said.relevance.is_asked_on_nine))

    open_standings = [one for one in Standing if one is not Standing.INVITED]
    return [
        Detail(
            fate,
            group(fate, TallySide.VOICE, ""),
            group(fate, TallySide.STANDING, Standing.INVITED),
            group(fate, TallySide.STANDING, *open_standings),
            proposed.get(fate.subject.id, Proposals()),
        )
        for fate in fates
    ]


def _added(ratings: Iterable[Ratings]) -> Ratings:
    notes: Counter[int] = Counter()
    no_opinion = 0
    for one in ratings:
        notes.update(one.by_note)
        no_opinion += one.no_opinion
    return Ratings(notes, no_opinion)
