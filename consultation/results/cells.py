"""What one count is of, and how rows of answers are told apart by it."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from consultation.plan.models import IndicatorVersion
from consultation.questionnaires.models import Option, Question, QuestionKind, Questionnaire
from consultation.responses.models import Answer, Respondent, Response
from consultation.results.models import TallySide

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
