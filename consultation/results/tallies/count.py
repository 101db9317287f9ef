"""Counting in SQL: the answers, and one vote per organisation.

Responses of one organisation to one measure share a vote: their answers are subtracted from the
counts of all responses, and the vote is added.
"""

import statistics
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.moderation.clusters.similarity import organisation_key
from consultation.questionnaires.models import Question, QuestionKind, Questionnaire
from consultation.responses.models import Answer, Respondent, Response
from consultation.results.models import TallySide
from consultation.results.tallies.queries import (
    ANSWERED,
    NOTE,
    RESPONSES,
    Cell,
    Cells,
    CountedQuestions,
    Subject,
    answers,
    counts_in,
    load_questions,
    of_measures,
    responses,
)

Values = frozenset[str]
"""The values of one response to one question: an option, a rating, several options; `ANSWERED`
where values are not counted."""


def voice(kind: QuestionKind, replies: Sequence[Values]) -> Values:
    """Return the vote of an organisation from its members' replies, the latest last.

    Ratings give their lower median, and go before « sans avis ».  Otherwise the most frequent
    reply counts, the options of a multiple choice taken together; the latest, among equals.
    """
    if kind is QuestionKind.SCALE:
        notes = [int(value) for values in replies for value in values if _is_note(value)]
        if notes:
            return frozenset((str(statistics.median_low(notes)),))
    counted = Counter(replies)
    most = max(counted.values())
    return next(values for values in reversed(replies) if counted[values] == most)


def _is_note(value: str) -> bool:
    return value.lstrip("-").isdecimal()


ROWS_AT_A_TIME = 5_000

Voice = tuple[int | None, str]
"""A measure, and an organisation that several of its respondents named."""
Places = Mapping[int, tuple[int, Voice]]
"""By response: its place in time among those of its voice, and which voice that is."""


def voice_changes(
    session: Session,
    conditions: Sequence[sa.ColumnElement[bool]],
    of_answers: Sequence[sa.ColumnElement[bool]],
    questions: CountedQuestions,
) -> Cells:
    """Return the differences of the counts by votes from those of all responses.

    `conditions` select the responses, `of_answers` their answers.
    """
    shared = _shared(session, conditions)
    changes: Cells = Counter()
    for measure_id, _key in shared.values():
        changes[Cell(measure_id, None, RESPONSES, ANSWERED)] -= 1
    for measure_id, _key in set(shared.values()):
        changes[Cell(measure_id, None, RESPONSES, ANSWERED)] += 1
    if shared:
        for measure_id, rows in _voice_answers(session, of_answers):
            _replace(changes, measure_id, rows, shared, questions)
    return changes


def _shared(session: Session, conditions: Sequence[sa.ColumnElement[bool]]) -> dict[int, Voice]:
    """Return the vote of each response that shares one, in the order of their arrival."""
    rows = session.execute(
        responses(Response.id, Questionnaire.measure_id, Respondent.organisation)
        .where(*conditions, Respondent.organisation.is_not(None))
        .order_by(Response.submitted_at, Response.id),
        execution_options={"yield_per": ROWS_AT_A_TIME},
    )
    known: dict[Voice, Voice] = {}  # one tuple for all responses that share it
    voice_by_response = {
        id_: known.setdefault((measure_id, key), (measure_id, key))
        for id_, measure_id, organisation in rows
        if (key := organisation_key(organisation)) is not None
    }
    sizes = Counter(voice_by_response.values())
    return {id_: voice_ for id_, voice_ in voice_by_response.items() if sizes[voice_] > 1}


def _voice_answers(
    session: Session, conditions: Sequence[sa.ColumnElement[bool]]
) -> Iterator[tuple[int | None, Iterable[Sequence[Any]]]]:
    """Yield the answers of respondents with an organisation, by measure, in their order."""
    rows = session.execute(
        answers(Questionnaire.measure_id, Response.id, Answer.question_id, Answer.option_id, NOTE)
        .where(*conditions, Respondent.organisation.is_not(None))
        .order_by(Questionnaire.measure_id, Response.submitted_at, Response.id),
        execution_options={"yield_per": ROWS_AT_A_TIME},
    )
    return groupby(rows, key=lambda row: row[0])


def _replace(
    changes: Cells,
    measure_id: int | None,
    rows: Iterable[Sequence[Any]],
    shared: Mapping[int, Voice],
    questions: CountedQuestions,
) -> None:
    """Replace the replies of responses that share a vote by the votes, for one measure."""
    replies: dict[tuple[str, Subject], dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        _measure_id, response_id, question_id, option_id, note = row
        if (voice_ := shared.get(response_id)) is not None:
            subject = questions.subjects[question_id]
            value = questions.value(option_id, note)
            replies[voice_[1], subject][response_id].add(value)
    for (_key, subject), by_response in replies.items():
        single = [frozenset(values) for values in by_response.values()]
        for values in single:
            _add(changes, measure_id, subject, values, -1)
        _add(changes, measure_id, subject, voice(subject.kind, single), 1)


def _add(changes: Cells, measure_id: int | None, subject: Subject, values: Values, by: int) -> None:
    for value in values | {ANSWERED}:
        changes[Cell(measure_id, subject.indicator_id, subject.code, value)] += by


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
    changes = voice_changes(session, conditions, of_answers, questions)
    for cell in [cell for cell in cells if cell.side is TallySide.ALL]:
        if number := cells[cell] + changes[cell]:
            cells[cell._replace(side=TallySide.VOICE)] = number
    return cells


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
    """Count each value and, but for multiple choices, the responses to each question."""
    columns = (Questionnaire.measure_id, Answer.question_id, Answer.option_id, NOTE)
    statement = answers(*columns).where(*conditions).group_by(*columns)
    for row, side, number in _by_side(session, statement, sa.func.count()):
        measure_id, question_id, option_id, note = row
        subject, value = questions.subjects[question_id], questions.value(option_id, note)
        if value != ANSWERED:
            yield Cell(measure_id, subject.indicator_id, subject.code, value, *side), number
        if subject.kind is not QuestionKind.MULTIPLE_CHOICE:
            yield Cell(measure_id, subject.indicator_id, subject.code, ANSWERED, *side), number


def _several(
    session: Session, conditions: Conditions, questions: CountedQuestions
) -> Iterator[tuple[Cell, int]]:
    """Count the responses to each multiple choice, whatever the number of options chosen."""
    columns = (Questionnaire.measure_id, Answer.question_id)
    is_several = Question.kind == QuestionKind.MULTIPLE_CHOICE
    statement = answers(*columns).where(*conditions, is_several).group_by(*columns)
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
                yield key, (TallySide.ALL, ""), number
            for side, code in zip(sides, codes, strict=True):
                yield key, (side, str(code or "")), number
