"""Summaries of indicators: ratings, stances and verdict of each.

Only tallies and the latest texts are read, so that a page costs the same for any number of
responses.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from consultation.db.base import tuples
from consultation.i18n import DEFAULT_LOCALE, Localized, localized
from consultation.plan.models import Axis, Indicator, IndicatorVersion, Measure
from consultation.questionnaires.models import Option, Question, QuestionKind, Questionnaire
from consultation.responses.models import Standing
from consultation.results.consensus import HIGH, HIGHEST, LOW, LOWEST, Consensus
from consultation.results.indicators.proposals import Proposals, wordings
from consultation.results.indicators.verdicts import (
    FEWEST,
    Conclusion,
    Divide,
    Thirds,
    conclude_notes,
    divide_of,
)
from consultation.results.models import TALLY_SIDE, Tally, TallySide
from consultation.results.tallies.queries import (
    FEASIBILITY,
    RELEVANCE,
    STANCE,
    WORDING,
    IndicatorTally,
    QuestionTally,
    Ratings,
    question_tally,
)
from consultation.text import capitalized
from consultation.work.services import Work

COUNTED = (STANCE, RELEVANCE, FEASIBILITY)


@dataclass(frozen=True)
class Opinion:
    """The tallies of some of the respondents on one indicator, by question."""

    by_question: Mapping[str, QuestionTally] = field(default_factory=dict)

    @property
    def tally(self) -> IndicatorTally:
        """The stances and the ratings."""
        return IndicatorTally(
            self._of(STANCE).by_value, self._of(RELEVANCE).ratings, self._of(FEASIBILITY).ratings
        )

    def tally_of(self, subject: "Subject") -> IndicatorTally:
        """Return `tally`, marked where a scale is not that of 1 to 9."""
        tally = self.tally
        if not subject.is_relevance_on_nine:
            tally = replace(tally, relevance=replace(tally.relevance, is_asked_on_nine=False))
        if not subject.is_feasibility_on_nine:
            tally = replace(tally, feasibility=replace(tally.feasibility, is_asked_on_nine=False))
        return tally

    @property
    def answers(self) -> int:
        """The number of answers to the question with the most."""
        return max((tally.answered for tally in self.by_question.values()), default=0)

    def _of(self, question: str) -> QuestionTally:
        return self.by_question.get(question, QuestionTally())


Part = tuple[int, str, str]
"""An indicator's id, a side and its code."""


def load_opinions(
    session: Session,
    round_id: int,
    sides: Collection[TallySide],
    indicators: Collection[int] | None = None,
) -> dict[Part, Opinion]:
    """Load the opinions by part of the respondents, on all indicators or on those given."""
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
        of_question[value] = of_question.get(value, 0) + count  # it may have changed its measure
    return {
        part: Opinion({code: question_tally(by_value) for code, by_value in by_question.items()})
        for part, by_question in counts.items()
    }


def stance_labels(session: Session, round_id: int) -> dict[str, Localized]:
    """Return the labels of the stances that a round offers, by code, in the last wording."""
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


STANCES = (
    ("keep", "Garder"),
    ("amend", "Modifier"),
    ("replace", "Remplacer"),
    ("drop", "Retirer"),
    ("none", "Sans avis"),
)


def stances(session: Session, round_id: int) -> list[tuple[str, str]]:
    """Return the shipped stances in one word, then those that organisers added."""
    shipped = dict(STANCES)
    added = {
        code: localized(label, DEFAULT_LOCALE)
        for code, label in stance_labels(session, round_id).items()
        if code not in shipped
    }
    return [*STANCES, *((code, capitalized(label)) for code, label in added.items())]


def load_divides(
    session: Session, round_id: int, indicators: Collection[int] | None = None
) -> dict[int, Divide]:
    """Load by indicator the two capacities that contradict each other, summed in SQL."""
    wanted = Tally.indicator_id.is_not(None)
    number = sa.func.sum(Tally.count)
    low, high = (
        sa.func.coalesce(number.filter(Tally.value.in_([str(note) for note in third])), 0)
        for third in (LOW, HIGH)
    )
    rows = tuples(
        session,
        sa.select(Tally.indicator_id, Tally.side_code, number, low, high)
        .where(
            Tally.round_id == round_id,
            Tally.side == TallySide.CAPACITY,
            Tally.question == RELEVANCE,
            wanted if indicators is None else Tally.indicator_id.in_(indicators),
            Tally.value.in_([str(note) for note in range(LOWEST, HIGHEST + 1)]),
        )
        .group_by(Tally.indicator_id, Tally.side_code)
        .having(number >= FEWEST, sa.or_(2 * low > number, 2 * high > number)),
    )
    thirds: dict[int, dict[str, Thirds]] = defaultdict(dict)
    for indicator_id, capacity, *counted in rows:
        thirds[indicator_id][capacity] = Thirds(*counted)
    by_indicator = {
        indicator_id: divide_of(by_capacity) for indicator_id, by_capacity in thirds.items()
    }
    return {indicator_id: divide for indicator_id, divide in by_indicator.items() if divide}


@dataclass(frozen=True)
class Subject:
    """An indicator that a round asks about, in the wording that most of its answers are about.

    Without answers, in the last wording of its forms.
    """

    id: int
    code: str
    label: Mapping[str, str]
    is_retired: bool
    measure_id: int
    measure_code: str
    measure_title: Mapping[str, str]
    version: int
    """The number of its wording."""
    is_relevance_on_nine: bool
    """Whether all forms of the round ask for it from 1 to 9; other ratings don't add up."""
    is_feasibility_on_nine: bool
    wordings: int
    """How many wordings its answers are about: more than one where it changed meanwhile."""


@dataclass(frozen=True)
class IndicatorSummary:
    """The tallies of one indicator, and its verdicts, computed when first read."""

    subject: Subject
    tally: IndicatorTally
    answers: int
    divide: Divide | None

    @cached_property
    def consensus(self) -> Consensus | None:
        """The consensus on its relevance, if rated from 1 to 9."""
        return self.tally.relevance.consensus()

    @cached_property
    def relevance(self) -> Conclusion:
        return conclude_notes(self.tally.relevance, self.divide)

    @cached_property
    def feasibility(self) -> Conclusion:
        return conclude_notes(self.tally.feasibility)


def summaries(
    session: Session,
    round_id: int,
    *,
    axis: str | None = None,
    measure_id: int | None = None,
) -> list[IndicatorSummary]:
    """Summarize the indicators of a round, by three queries for any number of responses."""
    return summarize(session, round_id, subjects(session, round_id, axis, measure_id))


def subjects(
    session: Session, round_id: int, axis: str | None = None, measure_id: int | None = None
) -> list[Subject]:
    """Return the indicators that a round asks about, of all its measures or of those given."""
    return [Subject(*row) for row in session.execute(select_subjects(round_id, axis, measure_id))]


def summarize(
    session: Session,
    round_id: int,
    chosen: Sequence[Subject],
    indicators: Collection[int] | None = None,
) -> list[IndicatorSummary]:
    """Summarize these indicators, by two queries; `indicators` are their ids if few."""
    opinions = load_opinions(session, round_id, [TallySide.ALL], indicators)
    divided = load_divides(session, round_id, indicators)
    rows = []
    for subject in chosen:
        opinion = opinions.get((subject.id, TallySide.ALL, ""), Opinion())
        tally = opinion.tally_of(subject)
        rows.append(IndicatorSummary(subject, tally, opinion.answers, divided.get(subject.id)))
    return rows


def select_subjects(
    round_id: int, axis: str | None = None, measure_id: int | None = None
) -> sa.Select[*tuple[Any, ...]]:
    """Select the columns of `Subject`, joined to measures and axes, in the plan's order."""
    asked_indicators = _asked_indicators(round_id).subquery()
    answered = _answered_wordings(round_id).subquery()
    wanted = (
        sa.select(
            Indicator.id,
            Indicator.code,
            IndicatorVersion.label,
            Indicator.retired_at.is_not(None),
            Measure.id,
            Measure.code,
            Measure.title,
            IndicatorVersion.number,
            asked_indicators.c.is_relevance_on_nine,
            asked_indicators.c.is_feasibility_on_nine,
            sa.func.coalesce(answered.c.wordings, 0),
        )
        .join(IndicatorVersion, IndicatorVersion.indicator_id == Indicator.id)
        .join(asked_indicators, asked_indicators.c.indicator_id == Indicator.id)
        .outerjoin(
            answered, sa.and_(answered.c.indicator_id == Indicator.id, answered.c.place == 1)
        )
        .join(Measure, Measure.id == Indicator.measure_id)
        .join(Axis, Axis.id == Measure.axis_id)
        .where(
            IndicatorVersion.number == sa.func.coalesce(answered.c.number, asked_indicators.c.last)
        )
        .order_by(Measure.position, Measure.id, Indicator.position, Indicator.id)
    )
    if axis is not None:
        wanted = wanted.where(Axis.code == axis)
    return wanted if measure_id is None else wanted.where(Measure.id == measure_id)


def _asked_indicators(round_id: int) -> sa.Select[int, int, bool, bool]:
    """Select the indicators that the round asks about: their last wording, and their scales.

    Not correlated with the outer query, so that the database runs it once.
    """
    version = aliased(IndicatorVersion)
    return (
        sa.select(
            version.indicator_id,
            sa.func.max(version.number).label("last"),
            _is_on_nine(RELEVANCE).label("is_relevance_on_nine"),
            _is_on_nine(FEASIBILITY).label("is_feasibility_on_nine"),
        )
        .join(Question, Question.indicator_version_id == version.id)
        .join(Questionnaire, Questionnaire.id == Question.questionnaire_id)
        .where(Questionnaire.round_id == round_id, Questionnaire.published_at.is_not(None))
        .group_by(version.indicator_id)
    )


def _answered_wordings(round_id: int) -> sa.Select[int, int, int, int]:
    """Select the versions of indicators with answers in a round, that with most at place 1."""
    number, count = sa.cast(Tally.value, sa.Integer), sa.func.sum(Tally.count)
    return (
        sa.select(
            Tally.indicator_id,
            number.label("number"),
            sa.func.row_number()
            .over(partition_by=Tally.indicator_id, order_by=(count.desc(), number))
            .label("place"),
            sa.func.count().over(partition_by=Tally.indicator_id).label("wordings"),
        )
        .where(
            Tally.round_id == round_id,
            Tally.side == TallySide.ALL,
            Tally.question == WORDING,
            Tally.indicator_id.is_not(None),
        )
        .group_by(Tally.indicator_id, Tally.value)
    )


def _is_on_nine(code: str) -> sa.ColumnElement[bool]:
    lowest, highest = (Question.settings[end].as_integer() for end in ("minimum", "maximum"))
    is_asked = sa.and_(Question.code == code, Question.kind == QuestionKind.SCALE)
    is_other = sa.case((sa.or_(lowest != LOWEST, highest != HIGHEST), 1), else_=0)
    return sa.func.max(sa.case((is_asked, is_other), else_=0)) == 0


@dataclass(frozen=True)
class Group:
    """The ratings of relevance of some respondents."""

    ratings: Ratings

    @property
    def conclusion(self) -> Conclusion:
        """The verdict on these ratings alone."""
        return conclude_notes(self.ratings)


@dataclass(frozen=True)
class Detail:
    """An indicator with its groups of respondents and the wordings that they propose."""

    summary: IndicatorSummary
    by_organisation: Group
    """One vote for each organisation."""
    invited: Group
    others: Group
    """Respondents without an invitation."""
    wordings: Proposals = field(default_factory=Proposals)


def details(work: Work, round_id: int, summaries: Sequence[IndicatorSummary]) -> list[Detail]:
    """Return the details of some indicators; raise `NotAllowed`.  Four queries."""
    ids = [summary.subject.id for summary in summaries]
    opinions = load_opinions(work.session, round_id, [TallySide.VOICE, TallySide.STANDING], ids)
    proposed = wordings(work, round_id, ids)

    def group(summary: IndicatorSummary, side: TallySide, *codes: str) -> Group:
        parts = (opinions.get((summary.subject.id, side, code), Opinion()) for code in codes)
        added = _added(part.tally.relevance for part in parts)
        return Group(replace(added, is_asked_on_nine=summary.tally.relevance.is_asked_on_nine))

    uninvited = [it for it in Standing if it is not Standing.INVITED]
    return [
        Detail(
            summary,
            group(summary, TallySide.VOICE, ""),
            group(summary, TallySide.STANDING, Standing.INVITED),
            group(summary, TallySide.STANDING, *uninvited),
            proposed.get(summary.subject.id, Proposals()),
        )
        for summary in summaries
    ]


def _added(ratings: Iterable[Ratings]) -> Ratings:
    notes: Counter[int] = Counter()
    no_opinion = 0
    for part in ratings:
        notes.update(part.by_note)
        no_opinion += part.no_opinion
    return Ratings(notes, no_opinion)
