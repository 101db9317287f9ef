"""Queries of tallies: the stored counts, cell by cell.

The worker keeps the tallies (see `maintain`), some seconds behind the answers.  A caller that needs
both in one snapshot counts again what `maintain.waiting` names, as the workbook does.
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
from consultation.questionnaires.kinds import KINDS, part_code
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
"""The question of cells that count the responses themselves."""
WORDING = ""
"""The question of cells that count the answers to one version of an indicator, by its number."""
ANSWERED = ""
"""The value of cells that count the responses to a question."""

VALUE = (
    Answer.question_id,
    Answer.option_id,
    sa.case((Question.kind == QuestionKind.SCALE, Answer.number)),
    Answer.row_code,
    Answer.rank,
)
"""The columns by which answers are counted, as `CountedQuestions.tallied` takes them; a number only
where its values are few enough to be counted one by one."""
SEVERAL = Question.kind.in_([kind for kind, it in KINDS.items() if it.takes_several])
"""The condition that a response may choose several values."""


class Cell(NamedTuple):
    """The key of a count; a tuple for speed, since a measure has thousands."""

    measure_id: int | None
    indicator_id: int | None
    question: str
    value: str
    side: str = TallySide.ALL
    side_code: str = ""


Cells = Counter[Cell]


class Subject(NamedTuple):
    """A question, or a part of one, the same in all versions of the form."""

    indicator_id: int | None
    code: str
    takes_several: bool


@dataclass(frozen=True)
class CountedQuestions:
    """The questions of some forms, the versions they are about, and their options' codes, by id."""

    subjects: Mapping[int, Subject]
    kinds: Mapping[int, QuestionKind]
    versions: Mapping[int, int | None]
    codes: Mapping[int, str]

    def tallied(
        self, question_id: int, option_id: int | None, note: float | None, *of_option: Any
    ) -> list[tuple[Subject, str]]:
        """Return the parts of the question that an answer counts for, each with its value.

        The value is `ANSWERED` where values are not counted; `of_option` are its row and its rank.
        """
        subject, value = self.subjects[question_id], self._value(option_id, note)
        counted = KINDS[self.kinds[question_id]].tallied(value, *of_option)
        return [
            (subject._replace(code=part_code(subject.code, part)) if part else subject, of_part)
            for part, of_part in counted
        ]

    def _value(self, option_id: int | None, note: float | None) -> str:
        if option_id is not None:
            return self.codes[option_id]
        return ANSWERED if note is None else f"{note:g}"


def load_questions(
    session: Session, round_id: int, measures: Collection[int | None] | None
) -> CountedQuestions:
    """Load the questions of a round, of all its measures or of those given (None: the tool)."""
    forms = [Questionnaire.round_id == round_id, *of_measures(measures)]
    questions = (
        sa.select(
            Question.id,
            IndicatorVersion.number,
            IndicatorVersion.indicator_id,
            Question.code,
            Question.kind,
        )
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
    rows = session.execute(questions).all()
    return CountedQuestions(
        {row[0]: Subject(row[2], row[3], KINDS[row[4]].takes_several) for row in rows},
        {row[0]: row[4] for row in rows},
        {row[0]: row[1] for row in rows},
        dict(session.execute(options).all()),
    )


def of_measures(
    measures: Collection[int | None] | None,
    of: InstrumentedAttribute[int | None] = Questionnaire.measure_id,
) -> list[sa.ColumnElement[bool]]:
    """Return the condition that a row is of these measures; none if `measures` is None."""
    if measures is None:
        return []
    ids = [measure_id for measure_id in measures if measure_id is not None]
    is_given: sa.ColumnElement[bool] = of.in_(ids)
    return [is_given if None not in measures else is_given | of.is_(None)]


def responses(*columns: Any) -> sa.Select[Any]:
    """Select from responses, joined to the tables that conditions of a count may name."""
    return (
        sa.select(*columns)
        .select_from(Response)
        .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
        .join(Respondent, Respondent.id == Response.respondent_id)
    )


def answers(*columns: Any) -> sa.Select[Any]:
    """Select from answers, their questions and responses."""
    return (
        responses(*columns)
        .join(Answer, Answer.response_id == Response.id)
        .join(Question, Question.id == Answer.question_id)
    )


STANCE, RELEVANCE, FEASIBILITY, STANDING = "stance", "relevance", "feasibility", "standing"
"""Codes of the questions of the default questionnaire that are counted."""


@dataclass(frozen=True)
class Ratings:
    """How often each rating was given; « je ne sais pas » is an answer, but no rating."""

    by_note: Mapping[int, int] = field(default_factory=dict)
    no_opinion: int = 0
    is_asked_on_nine: bool = True
    """Whether the scale is 1 to 9; on another one only the median is displayed."""

    @property
    def is_on_nine(self) -> bool:
        """Whether the method of verdicts applies to the ratings."""
        notes = [note for note, count in self.by_note.items() if count]
        return self.is_asked_on_nine and (
            not notes or (min(notes) >= LOWEST and max(notes) <= HIGHEST)
        )

    @property
    def median(self) -> float | None:
        """The median on any scale, or None without ratings."""
        return median_of_counts(self.by_note)

    @property
    def count(self) -> int:
        return sum(self.by_note.values())

    @property
    def low(self) -> int:
        """How many ratings are from 1 to 3."""
        return sum(self.by_note.get(note, 0) for note in LOW)

    @property
    def high(self) -> int:
        """How many ratings are from 7 to 9."""
        return sum(self.by_note.get(note, 0) for note in HIGH)

    def consensus(self) -> Consensus | None:
        """Return the consensus, or None without ratings or on another scale."""
        return self._consensus

    @cached_property
    def _consensus(self) -> Consensus | None:
        return consensus_of_counts(self.by_note) if self.is_on_nine else None


@dataclass(frozen=True)
class IndicatorTally:
    """The tallies of one indicator, all its versions together."""

    by_stance: Mapping[str, int] = field(default_factory=dict)
    relevance: Ratings = Ratings()
    feasibility: Ratings = Ratings()


def counts_in(round_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that a response counts in a round: current, not withdrawn or aside.

    To be used where `Response` is joined to `Questionnaire`.
    """
    return sa.and_(Questionnaire.round_id == round_id, IS_CURRENT)


def capacity_counts(counted: sa.ColumnElement[bool]) -> sa.Select[Any, str, int]:
    """Select the number of `counted` responses by code of measure (None: the tool) and capacity."""
    return (
        sa.select(Measure.code, Respondent.capacity, sa.func.count())
        .select_from(Response)
        .join(Response.questionnaire)
        .join(Response.respondent)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(counted)
        .group_by(Measure.code, Respondent.capacity)
    )


def state_counts(counted: sa.ColumnElement[bool]) -> sa.Select[Any, str, int]:
    """Select the number of `counted` responses by measure and by « où en est la mesure »."""
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
    """The responses to a question, and how often each value was given; none for free texts."""

    answered: int = 0
    by_value: Mapping[str, int] = field(default_factory=dict)

    @property
    def ratings(self) -> Ratings:
        """The values as ratings; those that are no number are « je ne sais pas »."""
        notes = {int(value): count for value, count in self.by_value.items() if value.isdecimal()}
        return Ratings(notes, sum(self.by_value.values()) - sum(notes.values()))


def responses_by_measure(session: Session, round_id: int) -> dict[int | None, int]:
    """Return the number of responses by measure (None: the tool), without those of none."""
    rows = session.execute(
        sa.select(Tally.measure_id, Tally.count).where(
            Tally.round_id == round_id,
            Tally.side == TallySide.ALL,
            Tally.question == RESPONSES,
            Tally.indicator_id.is_(None),
        )
    )
    return dict(rows.all())


def question_tally(counts: Mapping[str, int]) -> QuestionTally:
    """Return the tally of a question from its stored counts by value."""
    by_value = {value: count for value, count in counts.items() if value != ANSWERED}
    return QuestionTally(counts.get(ANSWERED, 0), by_value)
