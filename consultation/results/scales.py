"""Which questions are rated on another scale than that from 1 to 9, on which consensus is known."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.plan.models import IndicatorVersion
from consultation.questionnaires.models import Question, QuestionKind, Questionnaire
from consultation.results.consensus import HIGHEST, LOWEST
from consultation.results.tallies import FEASIBILITY, RELEVANCE

Rated = tuple[int, str]
"""An indicator's id and the code of a question."""


def other_scales(session: Session, round_id: int) -> frozenset[Rated]:
    """Return what any form of the round asks on another scale; of two scales no notes add up."""
    lowest, highest = (Question.settings[end].as_integer() for end in ("minimum", "maximum"))
    rows = session.execute(
        sa.select(IndicatorVersion.indicator_id, Question.code)
        .join(Questionnaire, Questionnaire.id == Question.questionnaire_id)
        .join(IndicatorVersion, IndicatorVersion.id == Question.indicator_version_id)
        .where(
            Questionnaire.round_id == round_id,
            Questionnaire.published_at.is_not(None),
            Question.kind == QuestionKind.SCALE,
            Question.code.in_((RELEVANCE, FEASIBILITY)),
            sa.or_(lowest != LOWEST, highest != HIGHEST),
        )
        .distinct()
    )
    return frozenset((indicator_id, code) for indicator_id, code in rows)
