"""Draft sizes: how much one field, and the drafts of one respondent together, may hold."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from consultation.questionnaires.instrument import Instrument, Question
from consultation.questionnaires.kinds import kind_of
from consultation.questionnaires.models import Questionnaire
from consultation.responses.models import Draft
from consultation.text import length

TIMES_LONGEST = 2
"""How often the longest right answer fits into the field of a draft, which is not yet finished."""

MOST_KEPT = 8 * 1024 * 1024
"""Bytes that the drafts of one respondent may take in the database.

Sixty measures of three indicators fit, every text at its longest and all in accents.  All of it is
read at each sending, while others wait to write.
"""


class DraftsFull(Exception):
    """The drafts of the respondent would hold more together than is kept for anybody."""


def errors(
    instrument: Instrument, typed: Mapping[int, Sequence[str]]
) -> Mapping[int, Sequence[str]]:
    """Return, by question id, what to say of the fields that hold too much even for a draft."""
    sentences = (
        (question.id, _sentence(question, typed.get(question.id, ())))
        for question in instrument.questions
        if kind_of(question).takes_an_answer
    )
    return {question_id: [sentence] for question_id, sentence in sentences if sentence}


def _sentence(question: Question, values: Sequence[str]) -> str | None:
    longest = kind_of(question).longest(question)
    size = sum(map(length, values)) + max(0, len(values) - 1)
    if size <= TIMES_LONGEST * longest:
        return None
    sentence: str = _(
        "Ce texte dépasse de %(excess)s signes les %(maximum)s possibles : raccourcissez-le.",
        excess=size - longest,
        maximum=longest,
    )
    return sentence


def growth(session: Session, respondent_id: int, measure_id: int | None, fields: str) -> int:
    """Return how many bytes more than now a draft would take with `fields`; 0 where it shrinks."""
    stored = (
        sa.select(sa.func.coalesce(sa.func.max(_size()), 0))
        .join(Questionnaire)
        .where(
            Draft.respondent_id == respondent_id,
            Questionnaire.measure_id.is_not_distinct_from(measure_id),
        )
    )
    return max(0, encrypted_size(fields) - session.scalars(stored).one())


def encrypted_size(fields: str) -> int:
    """Return about how many bytes a text takes once it is encrypted: a third more."""
    return len(fields.encode()) * 4 // 3


def _size() -> sa.Function[int]:
    return sa.func.length(Draft.fields, type_=sa.Integer)


def check(session: Session, respondent_id: int, stored: Draft | None, fields: str) -> None:
    """Raise `DraftsFull` where too much would be kept, with `fields` in place of `stored`.

    Asked of the sizes alone, of which a database reads no text.  Whoever calls holds the
    respondent, so that no two forms are saved into the same room.
    """
    size = sa.func.coalesce(sa.func.sum(_size()), 0)
    others = sa.select(size).where(Draft.respondent_id == respondent_id)
    if stored is not None:
        others = others.where(Draft.id != stored.id)
    if session.scalars(others).one() + encrypted_size(fields) > MOST_KEPT:
        raise DraftsFull
