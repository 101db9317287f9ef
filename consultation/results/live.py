"""The figures of a measure as they stand, for the team: nothing hidden, narrowed at will."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from consultation.questionnaires.models import Round
from consultation.responses.models import Respondent
from consultation.results import counting
from consultation.results.figures import CROSSED, figures_of, stored_cells
from consultation.results.models import TallySide
from consultation.results.preparing import check
from consultation.results.public_figures import public_figures
from consultation.results.public_statistics import statistics_of
from consultation.results.reported import Reported, reported
from consultation.results.small_cells import Publication
from consultation.web.permissions import Actor

Chosen = Mapping[TallySide, str]

COLUMN_OF: Mapping[TallySide, InstrumentedAttribute[Any]] = {
    TallySide.CAPACITY: Respondent.capacity,
    TallySide.TERRITORY: Respondent.territory,
    TallySide.CHANNEL: Respondent.channel,
    TallySide.STANDING: Respondent.standing,
}
STORED = (TallySide.ALL, CROSSED, TallySide.TERRITORY)


def of_measure(
    session: Session,
    actor: Actor,
    consultation_round: Round,
    measure_id: int | None,
    chosen: Chosen,
    at: datetime,
) -> tuple[Reported, dict[str, Any]] | None:
    """Return what a measure (None: the tool) was asked and its figures, of all or of those chosen.

    Of all, they are as the worker keeps them; else the answers are counted now.
    """
    check(actor)
    one = reported(session, consultation_round.id, [measure_id]).get(measure_id)
    if one is None:
        return None
    cells = (
        counting.count(
            session, consultation_round.id, measures=[measure_id], where=_conditions(chosen)
        )
        if chosen
        else stored_cells(session, consultation_round.id, measure_id, STORED)
    )
    figures = figures_of(one, cells)
    everything = Publication(figures.counts, dict(figures.counts), frozenset())
    statistics = statistics_of(one, figures, everything, {}, 1)
    told = public_figures(
        consultation_round, one, everything, statistics, by_mail=0, small=1, at=at
    )
    return one, told


def _conditions(chosen: Chosen) -> Sequence[sa.ColumnElement[bool]]:
    return [
        COLUMN_OF[side] == code if code else COLUMN_OF[side].is_(None)
        for side, code in chosen.items()
    ]
