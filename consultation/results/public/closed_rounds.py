"""Closed rounds: closing date and number of contributions, for the public pages."""

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
    """A closed round; `response_count` is rounded down, 0 for too few."""

    closed_at: datetime
    response_count: int
    has_results: bool


def closed_round(
    session: Session, round: Round | None, at: datetime, settings: Mapping[str, Any]
) -> ClosedRound | None:
    """Return the current round if it is closed, else None."""
    if round is None or at < round.closes_at:
        return None
    return ClosedRound(
        round.closes_at,
        _count(session, round, max(1, settings["SMALL_CELL"])),
        queries.has_results(session),
    )


def _count(session: Session, round: Round, small: int) -> int:
    """Return the number of contributions, rounded down to a multiple of `small`.

    So that no change of the figure reveals a single contribution.
    """
    count = session.scalar(
        sa.select(sa.func.sum(Tally.count)).where(
            Tally.round_id == round.id,
            Tally.indicator_id.is_(None),
            Tally.question == "",
            Tally.value == "",
            Tally.side == TallySide.ALL,
        )
    )
    return (count or 0) // small * small
