"""Closed rounds: what the public pages say of a round that takes no more contributions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.questionnaires.models import Round
from consultation.results.models import Tally, TallySide
from consultation.results.public import queries


@dataclass(frozen=True)
class ClosedRound:
    """When a round closed, and at least how many contributions it brought; 0 for too few."""

    closed_at: datetime
    response_count: int
    has_results: bool


def closed(
    session: Session, found: Round | None, at: datetime, settings: Mapping[str, Any]
) -> ClosedRound | None:
    """Return what to say of the round that visitors meet, or None unless it is closed."""
    if found is None or at < found.closes_at:
        return None
    return ClosedRound(
        found.closes_at,
        _count(session, found, max(1, settings["SMALL_CELL"])),
        queries.exist(session),
    )


def _count(session: Session, found: Round, small: int) -> int:
    """Return how many contributions count, in whole groups of `small`.

    So no change of the figure tells of a single contribution.
    """
    count = session.scalar(
        sa.select(sa.func.sum(Tally.count)).where(
            Tally.round_id == found.id,
            Tally.indicator_id.is_(None),
            Tally.question == "",
            Tally.value == "",
            Tally.side == TallySide.ALL,
        )
    )
    return (count or 0) // small * small
