"""Count of a round's answers in SQL, by question and part of the respondents.

Tallies are stored from it, and a part of the respondents is counted by it directly.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.questionnaires.models import Question, Questionnaire
from consultation.responses.models import Answer, Respondent
from consultation.results.models import TallySide
from consultation.results.tallies.organisation_votes import ROWS_AT_A_TIME, vote_changes
from consultation.results.tallies.queries import (
    ANSWERED,
    RESPONSES,
    SEVERAL,
    VALUE,
    WORDING,
    Cell,
    Cells,
    CountedQuestions,
    answers,
    counts_in,
    load_questions,
    of_measures,
    responses,
)

EVERYBODY = (TallySide.ALL, "")
Conditions = Sequence[sa.ColumnElement[bool]]

# Sides of few values are grouped together: answers are read twice, not once for each side.
SIDES: Sequence[Mapping[TallySide, sa.SQLColumnExpression[Any]]] = (
    {
        TallySide.CAPACITY: Respondent.capacity,
        TallySide.CHANNEL: Respondent.channel,
        TallySide.STANDING: Respondent.standing,
    },
    {TallySide.TERRITORY: Respondent.territory},
)


def count(
    session: Session,
    round_id: int,
    *,
    measures: Collection[int | None] | None = None,
    where: Iterable[sa.ColumnElement[bool]] = (),
    codes: Collection[str] | None = None,
) -> Cells:
    """Count the responses of a round, of all its measures or of those given (None: the tool).

    `where` may name responses, respondents and questionnaires; `codes` restricts the questions.
    There is no cell for 0.  Takes ten queries for any number of responses.
    """
    conditions = [counts_in(round_id), *of_measures(measures), *where]
    of_answers = conditions if codes is None else [*conditions, Question.code.in_(codes)]
    questions = load_questions(session, round_id, measures)
    cells: Cells = Counter()
    for counting, wanted in (
        (_responses, conditions),
        (_answers, of_answers),
        (_several, of_answers),
    ):
        for cell, number in counting(session, wanted, questions):
            cells[cell] += number
    changes = vote_changes(session, conditions, of_answers, questions)
    for cell in [cell for cell in cells if cell.side is TallySide.ALL and not _is_wording(cell)]:
        if number := cells[cell] + changes[cell]:
            cells[cell._replace(side=TallySide.VOICE)] = number
    return cells


def _is_wording(cell: Cell) -> bool:
    return cell.indicator_id is not None and cell.question == WORDING


def _responses(
    session: Session, conditions: Conditions, questions: CountedQuestions
) -> Iterator[tuple[Cell, int]]:
    columns = (Questionnaire.measure_id,)
    statement = responses(*columns).where(*conditions).group_by(*columns)
    for (measure_id,), side, number in _by_side(session, statement, sa.func.count()):
        yield Cell(measure_id, None, RESPONSES, ANSWERED, *side), number


def _answers(
    session: Session, conditions: Conditions, questions: CountedQuestions
) -> Iterator[tuple[Cell, int]]:
    """Count each value and, but for multiple choices, the responses to each question.

    Answers to one version of an indicator are counted as well: what they say is about it alone.
    """
    columns = (Questionnaire.measure_id, *VALUE)
    statement = answers(*columns).where(*conditions).group_by(*columns)
    for row, side, number in _by_side(session, statement, sa.func.count()):
        measure_id, question_id, *value = row
        for subject, of_part in questions.tallied(question_id, *value):
            indicator_id, code, takes_several = subject
            if of_part != ANSWERED:
                yield Cell(measure_id, indicator_id, code, of_part, *side), number
            if not takes_several:
                yield Cell(measure_id, indicator_id, code, ANSWERED, *side), number
        version = questions.versions[question_id]
        if version is not None and side == EVERYBODY and not takes_several:
            yield Cell(measure_id, indicator_id, WORDING, str(version)), number


def _several(
    session: Session, conditions: Conditions, questions: CountedQuestions
) -> Iterator[tuple[Cell, int]]:
    """Count the responses to each multiple choice, whatever the number of options chosen."""
    columns = (Questionnaire.measure_id, Answer.question_id)
    statement = answers(*columns).where(*conditions, SEVERAL).group_by(*columns)
    counted = sa.func.count(Answer.response_id.distinct())
    for (measure_id, question_id), side, number in _by_side(session, statement, counted):
        subject = questions.subjects[question_id]
        yield Cell(measure_id, subject.indicator_id, subject.code, ANSWERED, *side), number


def _by_side(
    session: Session, statement: sa.Select[Any], counted: sa.ColumnElement[int]
) -> Iterator[tuple[Sequence[Any], tuple[TallySide, str], int]]:
    """Yield the groups of `statement` for all respondents, and by each side."""
    for sides in SIDES:
        grouped = statement.add_columns(*sides.values(), counted).group_by(*sides.values())
        for row in session.execute(grouped, execution_options={"yield_per": ROWS_AT_A_TIME}):
            *group, number = row
            key, codes = group[: -len(sides)], group[-len(sides) :]
            if TallySide.CAPACITY in sides:
                yield key, EVERYBODY, number
            for side, code in zip(sides, codes, strict=True):
                yield key, (side, str(code or "")), number
