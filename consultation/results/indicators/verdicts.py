"""Verdicts: RAND/UCLA, and questions on other scales.

The three parts are those of the RAND/UCLA method: a median from 7 keeps, up to 3 dismisses, and
one that falls between two parts, 3.5 or 6.5, belongs to the higher.  Where there is disagreement,
no median counts.  Nine notes are the smallest group for which the method knows its thresholds.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.plan.models import IndicatorVersion
from consultation.questionnaires.models import Question, QuestionKind, Questionnaire
from consultation.results.consensus import HIGHEST, LOWEST, Consensus
from consultation.results.tallies.queries import FEASIBILITY, RELEVANCE, Ratings

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


FEWEST = 9


class Verdict(enum.StrEnum):
    """What the notes come to."""

    KEPT = "kept"
    UNCERTAIN = "uncertain"
    DISMISSED = "dismissed"
    DISAGREED = "disagreed"
    DIVIDED = "divided"
    """Those of two capacities contradict each other."""
    TOO_FEW = "too_few"
    OTHER_SCALE = "other_scale"
    """They are not from 1 to 9: the method says nothing of them."""


@dataclass(frozen=True)
class Divide:
    """Two capacities of which one mostly gives 7 to 9 and the other mostly 1 to 3, by code."""

    high: str
    low: str


@dataclass(frozen=True)
class Conclusion:
    """A verdict, and what its sentence needs."""

    verdict: Verdict
    lacking: int = 0
    """How many notes more would make a sentence possible."""
    divide: Divide | None = None


@dataclass(frozen=True)
class Thirds:
    """How many notes a capacity gave, and of these the lowest and the highest three."""

    count: int
    low: int
    high: int


def conclude(consensus: Consensus | None, divide: Divide | None = None) -> Conclusion:
    """Return what notes come to; a divide between capacities says more than disagreement."""
    count = consensus.count if consensus else 0
    if consensus is None or count < FEWEST:
        return Conclusion(Verdict.TOO_FEW, FEWEST - count)
    if divide is not None:
        return Conclusion(Verdict.DIVIDED, divide=divide)
    if consensus.is_disagreement:
        return Conclusion(Verdict.DISAGREED)
    return Conclusion(_part(consensus.median))


def conclude_ratings(
    ratings: Ratings, by_capacity: Mapping[str, Ratings] | None = None
) -> Conclusion:
    """Return what the notes of an indicator come to, those of each capacity beside all."""
    thirds = {
        code: Thirds(theirs.count, theirs.low, theirs.high)
        for code, theirs in (by_capacity or {}).items()
    }
    return conclude_notes(ratings, divide_of(thirds))


def conclude_notes(ratings: Ratings, divide: Divide | None = None) -> Conclusion:
    """Return the same where the divide between capacities is known, or not asked for."""
    if ratings.count and not ratings.is_on_nine:
        return Conclusion(Verdict.OTHER_SCALE)
    return conclude(ratings.consensus(), divide)


def divide_of(by_capacity: Mapping[str, Thirds]) -> Divide | None:
    """Return the two capacities that contradict each other, or None.

    Each gave nine notes or more, and more than half of these lie in the one third and in the
    other: so do their medians.  Of several, those with the most notes are named.
    """
    heard = sorted(
        ((code, thirds) for code, thirds in by_capacity.items() if code and thirds.count >= FEWEST),
        key=lambda item: (-item[1].count, item[0]),
    )
    high = next((code for code, thirds in heard if 2 * thirds.high > thirds.count), None)
    low = next((code for code, thirds in heard if 2 * thirds.low > thirds.count), None)
    return Divide(high, low) if high is not None and low is not None else None


def _part(median: float) -> Verdict:
    if median >= 6.5:
        return Verdict.KEPT
    return Verdict.UNCERTAIN if median >= 3.5 else Verdict.DISMISSED
