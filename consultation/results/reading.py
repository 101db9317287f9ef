"""Reads what was counted: the same few rows for a hundred responses and for a hundred thousand.

The worker keeps them (see `maintaining`): they are some seconds behind the answers.  Who needs
both at one instant counts the answers that `maintaining.waiting` names, as the workbook does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.results.cells import ANSWERED, RESPONSES
from consultation.results.models import Tally, TallySide
from consultation.results.tallies import Ratings


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


def responses_by_measure(session: Session, round_id: int) -> dict[int | None, int]:
    """Return how many responses each measure has (None: the tool), of those that have any."""
    rows = session.execute(
        sa.select(Tally.measure_id, Tally.count).where(
            Tally.round_id == round_id, Tally.side == TallySide.ALL, Tally.question == RESPONSES
        )
    )
    return dict(rows.all())


def question_tally(counts: Mapping[str, int]) -> QuestionTally:
    """Return the tally of a question from its counts by value, as they are stored."""
    by_value = {value: count for value, count in counts.items() if value != ANSWERED}
    return QuestionTally(counts.get(ANSWERED, 0), by_value)
