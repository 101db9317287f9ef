"""Counting in SQL: answers, and one voice per organisation.

and its voice put in.
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
    Asked,
    Cell,
    Cells,
    Subject,
    answers,
    asked,
    counts_in,
    of_measures,
    responses,
)

Said = frozenset[str]
"""What one response says to one question: an option, a note, several options; or just that it
says something, where values are not counted."""


def voice(kind: QuestionKind, said: Sequence[Said]) -> Said:
    """Return what an organisation says whose members said these, the latest last.

    Notes give their lower median, and weigh more than having no opinion.  Otherwise it is what
    most have said, all the options of a multiple choice taken together; the latest, among equals.
    """
    if kind is QuestionKind.SCALE:
        notes = [int(one) for values in said for one in values if _is_note(one)]
        if notes:
            return frozenset((str(statistics.median_low(notes)),))
    counted = Counter(said)
    most = max(counted.values())
    return next(values for values in reversed(said) if counted[values] == most)


def _is_note(value: str) -> bool:
    return value.lstrip("-").isdecimal()


ROWS_AT_A_TIME = 5_000

Voice = tuple[int | None, str]
"""A measure and an organisation that several respondents named there."""
Places = Mapping[int, tuple[int, Voice]]
"""By response: its place in time among those of its voice, and which voice that is."""


def voice_changes(
    session: Session,
    conditions: Sequence[sa.ColumnElement[bool]],
    of_answers: Sequence[sa.ColumnElement[bool]],
    questions: Asked,
) -> Cells:
    """Return what to add to the counts of all responses that `conditions` let through, and of
    those answers of theirs that `of_answers` do.
    """
    shared = _shared(session, conditions)
    found: Cells = Counter()
    for measure_id, _key in shared.values():
        found[Cell(measure_id, None, RESPONSES, ANSWERED)] -= 1
    for measure_id, _key in set(shared.values()):
        found[Cell(measure_id, None, RESPONSES, ANSWERED)] += 1
    if shared:
        for measure_id, rows in _voice_answers(session, of_answers):
            _replace(found, measure_id, rows, shared, questions)
    return found


def _shared(session: Session, conditions: Sequence[sa.ColumnElement[bool]]) -> dict[int, Voice]:
    """Return the voice of each response that shares one, in the order in which they came."""
    rows = session.execute(
        responses(Response.id, Questionnaire.measure_id, Respondent.organisation)
        .where(*conditions, Respondent.organisation.is_not(None))
        .order_by(Response.submitted_at, Response.id),
        execution_options={"yield_per": ROWS_AT_A_TIME},
    )
    known: dict[Voice, Voice] = {}  # a voice is held once, however many responses share it
    voices = {
        id_: known.setdefault((measure_id, key), (measure_id, key))
        for id_, measure_id, organisation in rows
        if (key := organisation_key(organisation)) is not None
    }
    sizes = Counter(voices.values())
    return {id_: voice_ for id_, voice_ in voices.items() if sizes[voice_] > 1}


def _voice_answers(
    session: Session, conditions: Sequence[sa.ColumnElement[bool]]
) -> Iterator[tuple[int | None, Iterable[Sequence[Any]]]]:
    """Give the answers of those who name an organisation, a measure at a time, in time's order."""
    rows = session.execute(
        answers(Questionnaire.measure_id, Response.id, Answer.question_id, Answer.option_id, NOTE)
        .where(*conditions, Respondent.organisation.is_not(None))
        .order_by(Questionnaire.measure_id, Response.submitted_at, Response.id),
        execution_options={"yield_per": ROWS_AT_A_TIME},
    )
    return groupby(rows, key=lambda row: row[0])


def _replace(
    found: Cells,
    measure_id: int | None,
    rows: Iterable[Sequence[Any]],
    shared: Mapping[int, Voice],
    questions: Asked,
) -> None:
    """Put the voices of one measure in the place of what the responses say that share them."""
    said: dict[tuple[str, Subject], dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        _measure_id, response_id, question_id, option_id, note = row
        if (voice_ := shared.get(response_id)) is not None:
            subject = questions.subjects[question_id]
            value = questions.value(option_id, note)
            said[voice_[1], subject][response_id].add(value)
    for (_key, subject), by_response in said.items():
        single = [frozenset(values) for values in by_response.values()]
        for values in single:
            _add(found, measure_id, subject, values, -1)
        _add(found, measure_id, subject, voice(subject.kind, single), 1)


def _add(found: Cells, measure_id: int | None, subject: Subject, values: Said, by: int) -> None:
    for value in values | {ANSWERED}:
        found[Cell(measure_id, subject.indicator_id, subject.code, value)] += by


Conditions = Sequence[sa.ColumnElement[bool]]

# Together where few values of them meet: answers are read twice, and not once for each side.
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
    """Count the responses of a round, of all its measures or of those named (None: the tool).

    `where` may name responses, respondents and questionnaires; `codes` are those of the questions
    that are looked at.  What counts nothing has no cell.  The queries are ten, however much there
    is to count.
    """
    conditions = [counts_in(round_id), *of_measures(measures), *where]
    of_answers = conditions if codes is None else [*conditions, Question.code.in_(codes)]
    questions = asked(session, round_id, measures)
    cells: Cells = Counter()
    for found, wanted in (
        (_responses, conditions),
        (_answers, of_answers),
        (_several, of_answers),
    ):
        for cell, number in found(session, wanted, questions):
            cells[cell] += number
    changes = voice_changes(session, conditions, of_answers, questions)
    for cell in [cell for cell in cells if cell.side is TallySide.ALL]:
        if number := cells[cell] + changes[cell]:
            cells[cell._replace(side=TallySide.VOICE)] = number
    return cells


def _responses(
    session: Session, conditions: Conditions, questions: Asked
) -> Iterator[tuple[Cell, int]]:
    columns = (Questionnaire.measure_id,)
    statement = responses(*columns).where(*conditions).group_by(*columns)
    for (measure_id,), side, number in _by_side(session, statement, sa.func.count()):
        yield Cell(measure_id, None, RESPONSES, ANSWERED, *side), number


def _answers(
    session: Session, conditions: Conditions, questions: Asked
) -> Iterator[tuple[Cell, int]]:
    """Count each value, and with it who answered the question: only several choices do so twice."""
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
    session: Session, conditions: Conditions, questions: Asked
) -> Iterator[tuple[Cell, int]]:
    """Count who answered the questions of several choices, each once."""
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
    """Give the groups of `statement` once for each side, and first for all together."""
    for sides in SIDES:
        grouped = statement.add_columns(*sides.values(), counted).group_by(*sides.values())
        for row in session.execute(grouped, execution_options={"yield_per": ROWS_AT_A_TIME}):
            *group, number = row
            key, codes = group[: -len(sides)], group[-len(sides) :]
            if TallySide.CAPACITY in sides:
                yield key, (TallySide.ALL, ""), number
            for side, code in zip(sides, codes, strict=True):
                yield key, (side, str(code or "")), number
