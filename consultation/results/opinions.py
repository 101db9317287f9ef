"""What is said of each indicator of a round, by whom, from what was counted."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.database import tuples
from consultation.i18n import Localized
from consultation.questionnaires.models import Option, Question, Questionnaire
from consultation.results.consensus import HIGH, HIGHEST, LOW, LOWEST
from consultation.results.models import TALLY_SIDE, Tally, TallySide
from consultation.results.reading import QuestionTally, question_tally
from consultation.results.tallies import FEASIBILITY, RELEVANCE, STANCE, IndicatorTally
from consultation.results.verdicts import FEWEST, Divide, Thirds, divide_of

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
