"""How the counts change when each organisation has one voice: what its members say is taken out,
and its voice put in."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.moderation.normalising import organisation_key
from consultation.questionnaires.models import Questionnaire
from consultation.responses.models import Answer, Respondent, Response
from consultation.results.cells import (
    ANSWERED,
    NOTE,
    RESPONSES,
    Asked,
    Cell,
    Cells,
    Subject,
    answers,
    responses,
)
from consultation.results.voices import Said, voice

ROWS_AT_A_TIME = 5_000

Voice = tuple[int | None, str]
"""A measure and an organisation that several respondents named there."""
Places = Mapping[int, tuple[int, Voice]]
"""By response: its place in time among those of its voice, and which voice that is."""


def changes(
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
        for measure_id, rows in _answers(session, of_answers):
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


def _answers(
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
