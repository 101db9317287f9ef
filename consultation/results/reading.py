"""Reads what was counted: the same few rows for a hundred responses and for a hundred thousand.

The worker keeps them (see `maintaining`): they are some seconds behind the answers.  Who needs
both at one instant counts the answers that `maintaining.waiting` names, as the workbook does.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.plan.models import Indicator
from consultation.results.cells import ANSWERED, RESPONSES
from consultation.results.models import TALLY_SIDE, Tally, TallySide
from consultation.results.tallies import (
    FEASIBILITY,
    RELEVANCE,
    STANCE,
    IndicatorTally,
    Ratings,
)

Question = tuple[str | None, str]
"""An indicator's code, or None for what is asked of the measure itself, and a question's code."""


@dataclass(frozen=True, slots=True)
class QuestionTally:
    """How many answered a question, and how often each value was given; none for free texts."""

    answered: int = 0
    by_value: Mapping[str, int] = field(default_factory=dict)

    @property
    def ratings(self) -> Ratings:
        """The values as notes: those that are no number are no opinion."""
        notes = {int(value): count for value, count in self.by_value.items() if value.isdecimal()}
        return Ratings(notes, sum(self.by_value.values()) - sum(notes.values()))


@dataclass(frozen=True)
class Part:
    """What some of the respondents say of a measure: all of them, or those of one side."""

    responses: int = 0
    by_question: Mapping[Question, QuestionTally] = field(default_factory=dict)

    def question(self, code: str, indicator: str | None = None) -> QuestionTally:
        """Return the tally of one question, an empty one when nobody answered it."""
        return self.by_question.get((indicator, code), QuestionTally())

    def indicator(self, code: str) -> IndicatorTally:
        """Return what is said of one indicator."""
        return IndicatorTally(
            self.question(STANCE, code).by_value,
            self.question(RELEVANCE, code).ratings,
            self.question(FEASIBILITY, code).ratings,
        )


@dataclass(frozen=True)
class MeasureParts:
    """All that is counted of one measure, or of the tool as a whole."""

    everybody: Part = Part()
    voices: Part = Part()
    """One voice for each organisation."""
    by_side: Mapping[str, Mapping[str, Part]] = field(default_factory=dict)

    def side(self, side: TallySide) -> Mapping[str, Part]:
        """Return the parts of one side by its codes, those of whom nobody answered left out."""
        return self.by_side.get(side, {})


def of_measure(
    session: Session,
    round_id: int,
    measure_id: int | None,
    sides: Collection[TallySide] = tuple(TallySide),
) -> MeasureParts:
    """Return what is counted of one measure (None: the tool), of the sides wanted.  One query."""
    rows = session.execute(
        sa.select(
            TALLY_SIDE, Tally.side_code, Indicator.code, Tally.question, Tally.value, Tally.count
        )
        .outerjoin(Indicator, Indicator.id == Tally.indicator_id)
        .where(
            Tally.round_id == round_id,
            Tally.measure_id.is_(None) if measure_id is None else Tally.measure_id == measure_id,
            Tally.side.in_(sides),
        )
    )
    said: dict[tuple[str, str], dict[Question, dict[str, int]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for side, side_code, indicator, question, value, count in rows:
        said[side, side_code][indicator, question][value] = count
    return _parts({key: _part(by_question) for key, by_question in said.items()})


def responses_by_measure(session: Session, round_id: int) -> dict[int | None, int]:
    """Return how many responses each measure has (None: the tool), of those that have any."""
    rows = session.execute(
        sa.select(Tally.measure_id, Tally.count).where(
            Tally.round_id == round_id, Tally.side == TallySide.ALL, Tally.question == RESPONSES
        )
    )
    return dict(rows.all())


def _parts(parts: Mapping[tuple[str, str], Part]) -> MeasureParts:
    by_side: dict[str, dict[str, Part]] = defaultdict(dict)
    for (side, code), part in parts.items():
        by_side[side][code] = part
    return MeasureParts(
        by_side.pop(TallySide.ALL, {}).get("", Part()),
        by_side.pop(TallySide.VOICE, {}).get("", Part()),
        by_side,
    )


def _part(by_question: Mapping[Question, Mapping[str, int]]) -> Part:
    responses = by_question.get((None, RESPONSES), {}).get(ANSWERED, 0)
    return Part(
        responses,
        {
            question: question_tally(counts)
            for question, counts in by_question.items()
            if question != (None, RESPONSES)
        },
    )


def question_tally(counts: Mapping[str, int]) -> QuestionTally:
    """Return the tally of a question from its counts by value, as they are stored."""
    by_value = {value: count for value, count in counts.items() if value != ANSWERED}
    return QuestionTally(counts.get(ANSWERED, 0), by_value)
