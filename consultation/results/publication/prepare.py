"""Preparation: what would be published, and what the staff sees before.

A mail ticks nothing.  Counted in the tables it would fill « no answer » and nothing else, and
whoever knows that could take it away from them, and find what they hide of the forms.

What is published is read outside any write; so is all that takes time.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from consultation.db.base import snapshot_session
from consultation.inbox.models import Conversion
from consultation.plan.workbook.columns import TOOL_CODE
from consultation.questionnaires.models import Questionnaire, Round
from consultation.responses.models import Respondent, Response
from consultation.results.models import Snapshot, TallySide
from consultation.results.publication.disclosure import TOTAL, Publication, publishable
from consultation.results.publication.figures import (
    CROSSED,
    Reported,
    figures_of,
    reported,
    stored_cells,
)
from consultation.results.publication.snapshot_content import (
    cells_read,
    cells_written,
    public_figures,
    statistics_of,
)
from consultation.results.tallies import count as tallies_count
from consultation.results.tallies import queries
from consultation.results.tallies.queries import Cells, counts_in, of_measures
from consultation.web.permissions import Actor, NotAllowed, Permission

CAME_BY_MAIL = sa.exists().where(Conversion.response_id == Response.id)
"""The condition that a response was a mail, whoever wrote it: others may have written mails too."""


def count(
    session: Session, round_id: int, measures: Collection[int | None] | None
) -> Mapping[int | None, int]:
    """Return how many mails count in a round, for each measure that has any (None: the tool)."""
    found = session.execute(
        queries.responses(Questionnaire.measure_id, sa.func.count())
        .where(counts_in(round_id), CAME_BY_MAIL, *queries.of_measures(measures))
        .group_by(Questionnaire.measure_id)
    )
    return dict(found.all())


def publication_by_mail(number: int, earlier: Sequence[Publication], small: int) -> Publication:
    """Return what may be public of a number of mails, by the rule that holds for all figures."""
    return publishable({TOTAL: number}, earlier, small)


@dataclass(frozen=True)
class Prepared:
    """What would be public of one measure (None: the tool), and what it was compared with."""

    measure_id: int | None
    code: str
    responses: int
    """How many came by form; those by mail are counted apart."""
    mails: int
    shown: dict[str, Any]
    figures: dict[str, Any]
    hidden_count: int
    last_id: int | None
    is_withdrawn: bool
    """Whether what was published last is taken back."""

    @property
    def says_something(self) -> bool:
        """Whether anything came in, by form or by mail, or was published before."""
        return bool(self.responses or self.mails) or self.last_id is not None


@dataclass
class _Earlier:
    """The publications of one measure until now, the earliest first."""

    publications: list[Publication] = field(default_factory=list)
    statistics: list[Mapping[str, dict[str, Any]]] = field(default_factory=list)
    by_mail: list[Publication] = field(default_factory=list)
    last_id: int | None = None
    is_withdrawn: bool = False


def prepare(
    session: Session,
    actor: Actor,
    consultation_round: Round,
    small: int,
    at: datetime,
    measures: Collection[int | None] | None = None,
) -> list[Prepared]:
    """Return what would be public now of the measures of a round, or of those named."""
    check(actor)
    with snapshot_session(session) as instant:
        by_measure = reported(instant, consultation_round.id, measures)
        cells = _by_measure(
            tallies_count.count(
                instant, consultation_round.id, measures=measures, where=[~CAME_BY_MAIL]
            )
        )
        mails = count(instant, consultation_round.id, measures)
        earlier = _earlier(instant, consultation_round.id, measures)
        return [
            _prepared(
                consultation_round, one, cells[key], mails.get(key, 0), earlier[key], small, at
            )
            for key, one in by_measure.items()
        ]


def check(actor: Actor) -> None:
    """Raise `NotAllowed` unless `actor` may publish figures."""
    if not actor.may(Permission.PUBLISH_RESULTS):
        raise NotAllowed(Permission.PUBLISH_RESULTS)


def _prepared(
    consultation_round: Round,
    one: Reported,
    cells: Cells,
    mails: int,
    earlier: _Earlier,
    small: int,
    at: datetime,
) -> Prepared:
    figures = figures_of(one, cells)
    publication = publishable(figures.counts, earlier.publications, small, figures.together)
    last = earlier.statistics[-1] if earlier.statistics else {}
    statistics = statistics_of(one, figures, publication, last, small)
    told_by_mail = publication_by_mail(mails, earlier.by_mail, small)
    return Prepared(
        one.measure.id if one.measure else None,
        one.measure.code if one.measure else TOOL_CODE,
        figures.counts[TOTAL],
        mails,
        public_figures(
            consultation_round,
            one.public(),
            publication,
            statistics,
            by_mail=told_by_mail.shown[TOTAL],
            small=small,
            at=at,
        ),
        {
            "cells": cells_written(publication),
            "statistics": statistics,
            "by_mail": cells_written(told_by_mail),
        },
        [*publication.shown.values(), *told_by_mail.shown.values()].count(None),
        earlier.last_id,
        earlier.is_withdrawn,
    )


def _by_measure(cells: Cells) -> Mapping[int | None, Cells]:
    found: dict[int | None, Cells] = defaultdict(Counter)
    for cell, count in cells.items():
        found[cell.measure_id][cell] = count
    return found


def _earlier(
    session: Session, round_id: int, measures: Collection[int | None] | None
) -> Mapping[int | None, _Earlier]:
    rows: Sequence[Any] = session.execute(
        sa.select(Snapshot.id, Snapshot.withdrawn_at, Snapshot.measure_id, Snapshot.figures)
        .where(Snapshot.round_id == round_id, *of_measures(measures, Snapshot.measure_id))
        .order_by(Snapshot.id)
    ).all()
    found: dict[int | None, _Earlier] = defaultdict(_Earlier)
    for snapshot_id, withdrawn_at, measure_id, figures in rows:
        one = found[measure_id]
        one.publications.append(cells_read(figures["cells"]))
        one.statistics.append(figures["statistics"])
        if "by_mail" in figures:  # those published before mails were counted apart have none
            one.by_mail.append(cells_read(figures["by_mail"]))
        one.last_id, one.is_withdrawn = snapshot_id, withdrawn_at is not None
    return found


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
        tallies_count.count(
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
