"""How often each thing was said in a round: counts in SQL over typed columns."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.moderation.fetching import IS_SET_ASIDE
from consultation.plan.models import Measure
from consultation.questionnaires.models import Destination, Option, Question, Questionnaire
from consultation.responses.models import Answer, Respondent, Response
from consultation.results.consensus import (
    HIGH,
    HIGHEST,
    LOW,
    LOWEST,
    Consensus,
    consensus_of_counts,
    median_of_counts,
)

STANCE, RELEVANCE, FEASIBILITY, STANDING = "stance", "relevance", "feasibility", "standing"
"""Codes of the questions of the default questionnaire that are counted."""


@dataclass(frozen=True)
class MeasureTally:
    """What was said of one measure, or of the tool as a whole; codes are those of the options."""

    responses: int = 0
    by_capacity: Mapping[str, int] = field(default_factory=dict)
    by_standing: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Ratings:
    """How often each note was given; « sans avis » is an answer and no note."""

    by_note: Mapping[int, int] = field(default_factory=dict)
    no_opinion: int = 0
    is_asked_on_nine: bool = True
    """Whether the scale is that from 1 to 9; of another one only the median is told."""

    @property
    def is_on_nine(self) -> bool:
        """Whether the notes can come to something."""
        notes = [note for note, count in self.by_note.items() if count]
        return self.is_asked_on_nine and (
            not notes or (min(notes) >= LOWEST and max(notes) <= HIGHEST)
        )

    @property
    def median(self) -> float | None:
        """Return the median of the notes on whatever scale, or None when there are none."""
        return median_of_counts(self.by_note)

    @property
    def count(self) -> int:
        """How many notes there are."""
        return sum(self.by_note.values())

    @property
    def low(self) -> int:
        """How many notes are from 1 to 3."""
        return sum(self.by_note.get(note, 0) for note in LOW)

    @property
    def high(self) -> int:
        """How many notes are from 7 to 9."""
        return sum(self.by_note.get(note, 0) for note in HIGH)

    def consensus(self) -> Consensus | None:
        """Return what the notes say, or None when there are none or the scale is another."""
        return self._consensus

    @cached_property
    def _consensus(self) -> Consensus | None:
        return consensus_of_counts(self.by_note) if self.is_on_nine else None


@dataclass(frozen=True)
class IndicatorTally:
    """What was said of one indicator, whatever the version that was asked."""

    by_stance: Mapping[str, int] = field(default_factory=dict)
    relevance: Ratings = Ratings()
    feasibility: Ratings = Ratings()


IS_CURRENT = sa.and_(
    Response.superseded_at.is_(None), Response.withdrawn_at.is_(None), ~IS_SET_ASIDE
)
"""The condition that a response counts, whatever its round."""


def counts_in(round_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that a response counts in the round.

    It is current, neither withdrawn nor set aside.  To be used where `Response` is joined to
    `Questionnaire`.
    """
    return sa.and_(Questionnaire.round_id == round_id, IS_CURRENT)


def by_measure(session: Session, counted: sa.ColumnElement[bool]) -> dict[str | None, MeasureTally]:
    """Return the tallies by measure code (None: the tool) of the responses that are `counted`.

    Two queries, however many measures there are.
    """
    capacities = _counters(session, _capacities(counted))
    standings = _counters(session, _standings(counted))
    return {
        code: MeasureTally(counter.total(), counter, standings.get(code, Counter()))
        for code, counter in capacities.items()
    }


def _capacities(counted: sa.ColumnElement[bool]) -> sa.Select[Any, str, int]:
    return (
        sa.select(Measure.code, Respondent.capacity, sa.func.count())
        .select_from(Response)
        .join(Response.questionnaire)
        .join(Response.respondent)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(counted)
        .group_by(Measure.code, Respondent.capacity)
    )


def _standings(counted: sa.ColumnElement[bool]) -> sa.Select[Any, str, int]:
    return (
        sa.select(Measure.code, Option.code, sa.func.count())
        .select_from(Answer)
        .join(Response, Response.id == Answer.response_id)
        .join(Response.questionnaire)
        .join(Question, Question.id == Answer.question_id)
        .join(Option, Option.id == Answer.option_id)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(
            counted,
            Question.code == STANDING,
            Question.indicator_version_id.is_(None),
            Question.destination == Destination.ANSWER,
        )
        .group_by(Measure.code, Option.code)
    )


def _counters(
    session: Session, counted: sa.Select[Any, str, int]
) -> dict[str | None, Counter[str]]:
    counters: dict[str | None, Counter[str]] = defaultdict(Counter)
    for code, value, count in session.execute(counted):
        counters[code][value] += count
    return counters
