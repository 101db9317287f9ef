"""Votes of organisations: one each for all their responses to a measure.

The answers of these responses are subtracted from the counts of all responses, and the vote is
added.
"""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.moderation.clusters.similarity import organisation_key
from consultation.questionnaires.models import Questionnaire
from consultation.responses.models import Respondent, Response
from consultation.results.tallies.queries import (
    ANSWERED,
    RESPONSES,
    VALUE,
    Cell,
    Cells,
    CountedQuestions,
    Subject,
    answers,
    responses,
)

Values = frozenset[str]
"""The values of one response to one question: an option, a rating, several options; `ANSWERED`
where values are not counted."""


def vote_of(replies: Sequence[Values]) -> Values:
    """Return the vote of an organisation from its members' replies, the latest last.

    Ratings and places give their lower median, and go before « je ne sais pas ».  Otherwise the
    most frequent reply counts, the options of a multiple choice taken together; the latest, among
    equals.
    """
    notes = [int(value) for values in replies for value in values if value.lstrip("-").isdecimal()]
    if notes:
        return frozenset((str(statistics.median_low(notes)),))
    counted = Counter(replies)
    most = max(counted.values())
    return next(values for values in reversed(replies) if counted[values] == most)


ROWS_AT_A_TIME = 5_000

VoteKey = tuple[int | None, str]
"""A measure, and an organisation that several of its respondents named."""


def vote_changes(
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
        for measure_id, rows in _organisation_answers(session, of_answers):
            _replace(changes, measure_id, rows, shared, questions)
    return changes


def _shared(session: Session, conditions: Sequence[sa.ColumnElement[bool]]) -> dict[int, VoteKey]:
    """Return the vote of each response that shares one, in the order of their arrival."""
    rows = session.execute(
        responses(Response.id, Questionnaire.measure_id, Respondent.organisation)
        .where(*conditions, Respondent.organisation.is_not(None))
        .order_by(Response.submitted_at, Response.id),
        execution_options={"yield_per": ROWS_AT_A_TIME},
    )
    known: dict[VoteKey, VoteKey] = {}  # one tuple for all responses that share it
    keys = {
        id_: known.setdefault((measure_id, key), (measure_id, key))
        for id_, measure_id, organisation in rows
        if (key := organisation_key(organisation)) is not None
    }
    sizes = Counter(keys.values())
    return {id_: vote_key for id_, vote_key in keys.items() if sizes[vote_key] > 1}


def _organisation_answers(
    session: Session, conditions: Sequence[sa.ColumnElement[bool]]
) -> Iterator[tuple[int | None, Iterable[Sequence[Any]]]]:
    """Yield the answers of respondents with an organisation, by measure, in their order."""
    rows = session.execute(
        answers(Questionnaire.measure_id, Response.id, *VALUE)
        .where(*conditions, Respondent.organisation.is_not(None))
        .order_by(Questionnaire.measure_id, Response.submitted_at, Response.id),
        execution_options={"yield_per": ROWS_AT_A_TIME},
    )
    return groupby(rows, key=lambda row: row[0])


def _replace(
    changes: Cells,
    measure_id: int | None,
    rows: Iterable[Sequence[Any]],
    shared: Mapping[int, VoteKey],
    questions: CountedQuestions,
) -> None:
    """Replace the replies of responses that share a vote by the votes, for one measure."""
    replies: dict[tuple[str, Subject], dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        _measure_id, response_id, *value = row
        if (vote_key := shared.get(response_id)) is not None:
            for subject, of_part in questions.tallied(*value):
                replies[vote_key[1], subject][response_id].add(of_part)
    for (_key, subject), by_response in replies.items():
        single = [frozenset(values) for values in by_response.values()]
        for values in single:
            _add(changes, measure_id, subject, values, -1)
        _add(changes, measure_id, subject, vote_of(single), 1)


def _add(changes: Cells, measure_id: int | None, subject: Subject, values: Values, by: int) -> None:
    for value in values | {ANSWERED}:
        changes[Cell(measure_id, subject.indicator_id, subject.code, value)] += by
