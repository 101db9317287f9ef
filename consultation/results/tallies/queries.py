"""Tally queries: what is counted, cell by cell.

The worker keeps them (see `maintain`): they are some seconds behind the answers.  Who needs
both at one instant counts the answers that `maintain.waiting` names, as the workbook does.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from consultation.moderation.visibility import IS_CURRENT
from consultation.plan.models import IndicatorVersion, Measure
from consultation.questionnaires.models import (
    Destination,
    Option,
    Question,
    QuestionKind,
    Questionnaire,
)
from consultation.responses.models import Answer, Respondent, Response
from consultation.results.consensus import (
    HIGH,
    HIGHEST,
    LOW,
    LOWEST,
    Consensus,
    consensus_of_counts,
    median_of_counts,
)
from consultation.results.models import Tally, TallySide

RESPONSES = ""
"""What stands for a question where the responses themselves are counted."""
ANSWERED = ""
"""What stands for a value where those are counted who answered the question."""

NOTE = sa.case((Question.kind == QuestionKind.SCALE, Answer.number))
"""The number of an answer, where its values are few enough to be counted one by one."""


class Cell(NamedTuple):
    """What one count is of; a tuple for speed, since a measure has thousands."""

    measure_id: int | None
    indicator_id: int | None
    question: str
    value: str
    side: str = TallySide.ALL
    side_code: str = ""


Cells = Counter[Cell]


class Subject(NamedTuple):
    """What a question is about, whatever the version of the form."""

    indicator_id: int | None
    code: str
    kind: QuestionKind


@dataclass(frozen=True)
class Asked:
    """The questions of some forms and the codes of their options, by id."""

    subjects: Mapping[int, Subject]
    codes: Mapping[int, str]

    def value(self, option_id: int | None, note: float | None) -> str:
        """Return the value of an answer, or `ANSWERED` where values are not counted."""
        if option_id is not None:
            return self.codes[option_id]
        return ANSWERED if note is None else f"{note:g}"


def asked(session: Session, round_id: int, measures: Collection[int | None] | None) -> Asked:
    """Return what was asked in a round, of all its measures or of those named (None: the tool)."""
    forms = [Questionnaire.round_id == round_id, *of_measures(measures)]
    questions = (
        sa.select(Question.id, IndicatorVersion.indicator_id, Question.code, Question.kind)
        .join(Questionnaire, Questionnaire.id == Question.questionnaire_id)
        .outerjoin(IndicatorVersion, IndicatorVersion.id == Question.indicator_version_id)
        .where(*forms)
    )
    options = (
        sa.select(Option.id, Option.code)
        .join(Question, Question.id == Option.question_id)
        .join(Questionnaire, Questionnaire.id == Question.questionnaire_id)
        .where(*forms)
    )
    return Asked(
        {row[0]: Subject(*row[1:]) for row in session.execute(questions)},
        dict(session.execute(options).all()),
    )


def of_measures(
    measures: Collection[int | None] | None,
    of: InstrumentedAttribute[int | None] = Questionnaire.measure_id,
) -> list[sa.ColumnElement[bool]]:
    """Return the conditions that a row, a `Questionnaire`, is of these measures; None: of any."""
    if measures is None:
        return []
    ids = [measure_id for measure_id in measures if measure_id is not None]
    is_one: sa.ColumnElement[bool] = of.in_(ids)
    return [is_one if None not in measures else is_one | of.is_(None)]


def responses(*columns: Any) -> sa.Select[Any]:
    """Return a statement over responses, with all that a condition of counting may name."""
    return (
        sa.select(*columns)
        .select_from(Response)
        .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
        .join(Respondent, Respondent.id == Response.respondent_id)
    )


def answers(*columns: Any) -> sa.Select[Any]:
    """Return the same over answers and their questions."""
    return (
        responses(*columns)
        .join(Answer, Answer.response_id == Response.id)
        .join(Question, Question.id == Answer.question_id)
    )


STANCE, RELEVANCE, FEASIBILITY, STANDING = "stance", "relevance", "feasibility", "standing"
"""Codes of the questions of the default questionnaire that are counted."""


@dataclass(frozen=True)
class Ratings:
    """How often each note was given; « sans avis » is an answer and no note."""

    by_note: Mapping[int, int] = field(default_factory=dict)
    no_opinion: int = 0
    is_asked_on_nine: bool = True
    """Whether the scale is that from 1 to 9; of another one only the median is told."""

    @property
    def is_on_nine(self) -> bool:
        """Whether the notes can come to something."""
        notes = [note for note, count in self.by_note.items() if count]
        return self.is_asked_on_nine and (
            not notes or (min(notes) >= LOWEST and max(notes) <= HIGHEST)
        )

    @property
    def median(self) -> float | None:
        """Return the median of the notes on whatever scale, or None when there are none."""
        return median_of_counts(self.by_note)

    @property
    def count(self) -> int:
        """How many notes there are."""
        return sum(self.by_note.values())

    @property
    def low(self) -> int:
        """How many notes are from 1 to 3."""
        return sum(self.by_note.get(note, 0) for note in LOW)

    @property
    def high(self) -> int:
        """How many notes are from 7 to 9."""
        return sum(self.by_note.get(note, 0) for note in HIGH)

    def consensus(self) -> Consensus | None:
        """Return what the notes say, or None when there are none or the scale is another."""
        return self._consensus

    @cached_property
    def _consensus(self) -> Consensus | None:
        return consensus_of_counts(self.by_note) if self.is_on_nine else None


@dataclass(frozen=True)
class IndicatorTally:
    """What was said of one indicator, whatever the version that was asked."""

    by_stance: Mapping[str, int] = field(default_factory=dict)
    relevance: Ratings = Ratings()
    feasibility: Ratings = Ratings()


def counts_in(round_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that a response counts in the round.

    It is current, neither withdrawn nor set aside.  To be used where `Response` is joined to
    `Questionnaire`.
    """
    return sa.and_(Questionnaire.round_id == round_id, IS_CURRENT)


def capacity_counts(counted: sa.ColumnElement[bool]) -> sa.Select[Any, str, int]:
    """Return the statement of how many `counted` responses each measure has of each capacity.

    The measure is its code, None for the tool.
    """
    return (
        sa.select(Measure.code, Respondent.capacity, sa.func.count())
        .select_from(Response)
        .join(Response.questionnaire)
        .join(Response.respondent)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(counted)
        .group_by(Measure.code, Respondent.capacity)
    )


def standing_counts(counted: sa.ColumnElement[bool]) -> sa.Select[Any, str, int]:
    """Return the same statement by what responses answer to « où en est la mesure »."""
    return (
        sa.select(Measure.code, Option.code, sa.func.count())
        .select_from(Answer)
        .join(Response, Response.id == Answer.response_id)
        .join(Response.questionnaire)
        .join(Question, Question.id == Answer.question_id)
        .join(Option, Option.id == Answer.option_id)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(
            counted,
            Question.code == STANDING,
            Question.indicator_version_id.is_(None),
            Question.destination == Destination.ANSWER,
        )
        .group_by(Measure.code, Option.code)
    )


@dataclass(frozen=True, slots=True)
class QuestionTally:
    """How many answered a question, and how often each value was given; none for free texts."""

    answered: int = 0
    by_value: Mapping[str, int] = field(default_factory=dict)

    @property
    def ratings(self) -> Ratings:
        """The values as notes: those that are no number are no opinion."""
        notes = {int(value): count for value, count in self.by_value.items() if value.isdecimal()}
        return Ratings(notes, sum(self.by_value.values()) - sum(notes.values()))


def responses_by_measure(session: Session, round_id: int) -> dict[int | None, int]:
    """Return how many responses each measure has (None: the tool), of those that have any."""
    rows = session.execute(
        sa.select(Tally.measure_id, Tally.count).where(
            Tally.round_id == round_id, Tally.side == TallySide.ALL, Tally.question == RESPONSES
        )
    )
    return dict(rows.all())


def question_tally(counts: Mapping[str, int]) -> QuestionTally:
    """Return the tally of a question from its counts by value, as they are stored."""
    by_value = {value: count for value, count in counts.items() if value != ANSWERED}
    return QuestionTally(counts.get(ANSWERED, 0), by_value)
