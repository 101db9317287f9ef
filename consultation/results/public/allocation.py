"""Allocation of measures to people: which ones to propose, from the published figures alone.

A conclusion on an indicator needs nine notes.  What is proposed is drawn from the measures where
the person's voice is missing most, and among them from those with the most notes short of nine.
Nothing but published snapshots and chance decides: a hidden figure counts as the same number,
whatever it hides, so that no number of requests tells it.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.results.models import Snapshot
from consultation.results.public.queries import IS_PUBLIC
from consultation.results.publication.figures import THIRDS

PROPOSED = 3
"""How many measures are proposed at once."""
DRAWN_FROM = 9
"""Among how many of the best they are drawn: else all would be sent to the same three."""
NEEDED = 9
"""Notes on an indicator from which a conclusion is drawn."""
HIDDEN = 2
"""What stands for a hidden figure, whatever it is."""


@dataclass(frozen=True)
class PublishedCounts:
    """What is public of a measure: responses by capacity, and the fewest notes of an indicator."""

    by_capacity: Mapping[str, int]
    notes: int


UNPUBLISHED = PublishedCounts({}, 0)


def published_counts(session: Session, round_id: int) -> dict[int, PublishedCounts]:
    """Return the public counts of each measure of a round, by id; empty before any publication."""
    rows = session.execute(
        sa.select(
            Snapshot.measure_id, Snapshot.public["sides"]["capacity"], Snapshot.public["questions"]
        ).where(Snapshot.round_id == round_id, Snapshot.measure_id.is_not(None), *IS_PUBLIC)
    )
    return {row[0]: PublishedCounts(_by_code(row[1]), _fewest_notes(row[2])) for row in rows}


def draw(
    measure_ids: Sequence[int],
    published: Mapping[int, PublishedCounts],
    capacity: str,
    chance: random.Random,
) -> list[int]:
    """Draw the measures to propose to a person of that capacity, without any figures at random."""
    shuffled = chance.sample(measure_ids, len(measure_ids))
    best = sorted(shuffled, key=lambda it: _rank(published.get(it, UNPUBLISHED), capacity))
    drawn = best[:DRAWN_FROM] if published else best
    return chance.sample(drawn, min(PROPOSED, len(drawn)))


def _rank(published: PublishedCounts, capacity: str) -> tuple[bool, int, int]:
    """Return the order of measures: short of nine notes, the voice missing most, the nearest."""
    missing = max(0, NEEDED - published.notes)
    return not missing, published.by_capacity.get(capacity, 0), missing


def _by_code(counted: Iterable[Mapping[str, Any]] | None) -> dict[str, int]:
    return {entry["code"]: _counted(entry["count"]) for entry in counted or ()}


def _fewest_notes(questions: Iterable[Mapping[str, Any]] | None) -> int:
    """Return the notes of the rated question that has the fewest."""
    rated = (question for question in questions or () if question["is_rated"])
    notes = (
        sum(_counted(it["count"]) for it in question["values"] if it["code"] in THIRDS)
        for question in rated
    )
    return min(notes, default=0)


def _counted(count: int | None) -> int:
    return HIDDEN if count is None else count
