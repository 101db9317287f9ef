"""Fetches texts with all that the rule of showing asks for; nothing else reads one to show it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.database import tuples
from consultation.moderation.models import (
    ModeratedText,
    Redaction,
    ResponseSetAside,
    TextState,
)
from consultation.moderation.showing import DECIDED, Seen
from consultation.questionnaires.models import Question, Questionnaire
from consultation.responses.models import Answer, Respondent, Response

Ranges = dict[int, list[tuple[int, int]]]

COLUMNS: Sequence[Any] = (
    Answer.id,
    Answer.text,
    ModeratedText.state,
    ModeratedText.is_flagged,
    sa.or_(Respondent.consent_anonymous, Respondent.consent_named),
    sa.and_(
        Response.superseded_at.is_(None),
        Response.withdrawn_at.is_(None),
        ResponseSetAside.response_id.is_(None),
    ),
    sa.or_(Response.superseded_at.is_not(None), Response.withdrawn_at.is_not(None)),
)


def texts(
    session: Session, condition: sa.ColumnElement[bool], *columns: Any
) -> Iterator[tuple[Seen, Sequence[Any]]]:
    """Give each text for which `condition` holds, with `columns` of its row, in form order.

    Both may name answers, responses, respondents, questionnaires and questions.
    """
    statement = (
        joined(sa.select(*COLUMNS, *columns))
        .where(Answer.text.is_not(None), condition)
        .order_by(Response.id, Question.position, Answer.id)
    )
    rows = tuples(session, statement)
    ranges = _covered(session, condition)
    for row in rows:
        yield _seen(row, ranges), row[len(COLUMNS) :]


def of_response(session: Session, response_id: int) -> dict[int, Seen]:
    """Return the texts of one response by the id of their answer."""
    found = texts(session, Response.id == response_id, Answer.id)
    return {answer_id: seen for seen, (answer_id,) in found}


def joined(statement: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    """Return a statement over answers with everything about them that a condition may name."""
    return (
        statement.select_from(Answer)
        .join(Response, Response.id == Answer.response_id)
        .join(Respondent, Respondent.id == Response.respondent_id)
        .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
        .join(Question, Question.id == Answer.question_id)
        .outerjoin(ModeratedText, ModeratedText.answer_id == Answer.id)
        .outerjoin(ResponseSetAside, ResponseSetAside.response_id == Response.id)
    )


IS_SET_ASIDE = (
    sa.select(ResponseSetAside.response_id)
    .where(ResponseSetAside.response_id == Response.id)
    .correlate(Response)
    .exists()
)
"""The condition that a response was set aside, wherever `Response` is selected from."""

# The rule of `showing` once more, in SQL: what is counted here is compared with what it gave.
IS_DECIDED = ModeratedText.state.in_(DECIDED)
IS_CLEAR = sa.and_(ModeratedText.state == TextState.WAITING, ModeratedText.is_flagged.is_(False))
_IS_COVERED = (
    sa.select(Redaction.id)
    .where(Redaction.answer_id == ModeratedText.answer_id, Redaction.lifted_at.is_(None))
    .correlate(ModeratedText)
    .exists()
)
IS_REDACTED = sa.or_(
    ModeratedText.state == TextState.REDACTED,
    sa.and_(ModeratedText.state == TextState.PUBLISHED, _IS_COVERED),
)
TOLD = sa.case(
    (IS_REDACTED, sa.literal(TextState.REDACTED, ModeratedText.state.type)),
    else_=ModeratedText.state,
).label("told")
"""The state of a text as it is told: see `showing.told`."""
IS_WITHHELD = ModeratedText.state == TextState.WITHHELD


def _covered(session: Session, condition: sa.ColumnElement[bool]) -> Ranges:
    statement = (
        joined(sa.select(Redaction.answer_id, Redaction.start, Redaction.end))
        .join(Redaction, Redaction.answer_id == Answer.id)
        .where(Redaction.lifted_at.is_(None), condition)
    )
    ranges: Ranges = defaultdict(list)
    for answer_id, start, end in session.execute(statement):
        ranges[answer_id].append((start, end))
    return ranges


def _seen(row: Any, ranges: Ranges) -> Seen:
    answer_id, text, state, is_flagged, may_be_quoted, is_current, is_gone, *_ = row
    return Seen(
        text=text,
        state=state,
        is_flagged=bool(is_flagged),
        covered=tuple(ranges.get(answer_id, ())),
        may_be_quoted=bool(may_be_quoted),
        is_current=bool(is_current),
        is_gone=bool(is_gone),
    )
