"""Frames: what the database holds of a few hundred responses at a time, as pandas sees it."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.exporting.asked import Asked, Group
from consultation.exporting.replies import source_of, sources_of, takes_several
from consultation.questionnaires.models import (
    Destination,
    Option,
    Question,
    Questionnaire,
)
from consultation.responses.models import Answer, Respondent, Response

if TYPE_CHECKING:
    from pandas import DataFrame

WINDOW = 1000
"""Responses in one frame: what bounds the memory of an export."""


def windows(instant: Session, asked: Asked) -> Iterator[sa.ColumnElement[bool]]:
    """Yield conditions that cut the responses of a workbook into parts, the earliest first."""
    ids = instant.scalars(
        sa.select(Response.id)
        .join(Response.questionnaire)
        .where(asked.included)
        .order_by(Response.id)
    ).all()
    for start in range(0, len(ids), WINDOW):
        part = ids[start : start + WINDOW]
        yield sa.and_(asked.included, Response.id.between(part[0], part[-1]))


def responses_in(instant: Session, window: sa.ColumnElement[bool]) -> "DataFrame":
    """Return one row for each response, with what is known of its respondent but the contact."""
    import pandas as pd

    return pd.read_sql(
        sa.select(
            Response.id.label("response_id"),
            Response.receipt_code,
            Response.submitted_at,
            Response.revision,
            Response.questionnaire_id,
            Respondent.capacity,
            Respondent.organisation,
            Respondent.territory,
            Respondent.consent_contact,
            Respondent.consent_anonymous,
            Respondent.consent_named,
            Respondent.channel,
            Respondent.standing,
            Respondent.locale,
        )
        .join(Response.questionnaire)
        .join(Response.respondent)
        .where(window)
        .order_by(Response.id),
        instant.connection(),
    )


def answers_in(
    instant: Session, window: sa.ColumnElement[bool], *, about_indicators: bool
) -> "DataFrame":
    """Return one row for each answer, without its text: of a text only that it is there."""
    import pandas as pd

    version = Question.indicator_version_id
    return pd.read_sql(
        sa.select(
            Answer.response_id,
            version,
            Question.position,
            Question.code,
            Option.code.label("option"),
            Answer.number,
            Answer.date,
        )
        .select_from(Answer)
        .join(Response, Response.id == Answer.response_id)
        .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
        .join(Question, Question.id == Answer.question_id)
        .outerjoin(Option, Option.id == Answer.option_id)
        .where(
            window,
            Question.destination == Destination.ANSWER,
            version.is_not(None) if about_indicators else version.is_(None),
        )
        .order_by(Answer.response_id, Question.position),
        instant.connection(),
    )


def widened(answers: "DataFrame", index: Sequence[str], groups: Sequence[Group]) -> "DataFrame":
    """Return one row for each `index` that has an answer, in their order, a column for each reply.

    The columns are those that `replies` names: the option's code, the number or the date; for a
    multiple choice one column for each option, filled where it was chosen.
    """
    keys = list(index)
    rows = answers[keys].drop_duplicates()
    value = answers["option"].astype(object)
    for column in ("number", "date"):
        value = value.where(value.notna(), answers[column].astype(object))
    several = {group.code for group in groups if takes_several(group)}
    name = [
        source_of(code, option if code in several else None)
        for code, option in zip(answers["code"], answers["option"], strict=True)
    ]
    long = answers[keys].assign(source=name, value=value)
    wide = long[long["value"].notna()].pivot(index=keys, columns="source", values="value")
    sources = [source for group in groups for source in sources_of(group)]
    return rows.merge(wide.reindex(columns=sources), on=keys, how="left")
