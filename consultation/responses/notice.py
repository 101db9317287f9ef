"""The privacy notice that a respondent is shown: its version, stored with each consent."""

from datetime import datetime

from sqlalchemy.orm import Session

from consultation.questionnaires import round_texts
from consultation.questionnaires.models import Round, RoundTextKind

VERSION = "2026-11"
"""That of the notice as it ships, said by a round for which none was written."""


def named(code: str, number: int) -> str:
    """Return how the version of that number is named, by the code of its round."""
    return f"{code}/{number}" if number else VERSION


def version_at(session: Session, round_id: int, at: datetime) -> str:
    """Return the version that a round showed at a moment.

    For a form that was given out, that is the moment of its key, not that of its sending: who
    answers has read the notice of the page before them.
    """
    number = round_texts.number_at(session, round_id, RoundTextKind.NOTICE, at)
    return named(session.get_one(Round, round_id).code, number or 0)
