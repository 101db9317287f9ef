"""Preparation of a publication: the figures of each measure that may be published.

The figures that the staff sees are prepared here too.

Most mails have no answers to choices.  Counted in the tables, these would only fill « no answer »,
and a reader who knows their number could subtract them and find hidden counts of the forms: they
are counted apart.  A mail in which staff read what it says of an indicator counts as a form.

All figures are read outside the write transaction, since that takes time.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from consultation.db.base import snapshot_session
from consultation.inbox.models import Conversion
from consultation.plan.workbook.columns import TOOL_CODE
from consultation.questionnaires.models import Questionnaire, Round
from consultation.responses.models import Answer, Respondent, Response
from consultation.results.models import Snapshot, TallySide
from consultation.results.publication import totals
from consultation.results.publication.disclosure import TOTAL, Publication, publishable
from consultation.results.publication.figures import (
    CROSSED,
    Report,
    figures_of,
    load_reports,
    stored_cells,
)
from consultation.results.publication.snapshot_content import (
    public_figures,
    publication_from,
    publication_json,
    statistics_of,
)
from consultation.results.tallies import count as tallies_count
from consultation.results.tallies import queries
from consultation.results.tallies.queries import Cells, counts_in, of_measures
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

_CHOICE = aliased(Answer)
_HAS_CHOICES = sa.exists().where(
    _CHOICE.response_id == Response.id,
    sa.or_(_CHOICE.option_id.is_not(None), _CHOICE.number.is_not(None)),
)
IS_BY_MAIL = sa.and_(sa.exists().where(Conversion.response_id == Response.id), ~_HAS_CHOICES)
"""The condition that a response is a converted mail that answers no choice."""


def count_mails(
    session: Session, round_id: int, measures: Collection[int | None] | None
) -> Mapping[int | None, int]:
    """Return the number of mails that count in a round, by measure (None: the tool)."""
    rows = session.execute(
        queries.responses(Questionnaire.measure_id, sa.func.count())
        .where(counts_in(round_id), IS_BY_MAIL, *queries.of_measures(measures))
        .group_by(Questionnaire.measure_id)
    )
    return dict(rows.all())


@dataclass(frozen=True)
class Prepared:
    """Figures of one measure (None: the tool) ready to publish, and the snapshot they follow."""

    measure_id: int | None
    code: str
    responses: int
    """Responses by form, and mails that answer choices; other mails are counted apart."""
    mails: int
    public: dict[str, Any]
    figures: dict[str, Any]
    hidden_count: int
    last_id: int | None
    is_withdrawn: bool
    """Whether the last snapshot is withdrawn."""

    @property
    def is_publishable(self) -> bool:
        """Whether there is a response, by form or by mail, or an earlier snapshot."""
        return bool(self.responses or self.mails) or self.last_id is not None


@dataclass
class _Earlier:
    """Earlier publications of one measure, the earliest first."""

    publications: list[Publication] = field(default_factory=list)
    statistics: list[Mapping[str, dict[str, Any]]] = field(default_factory=list)
    by_mail: list[Publication] = field(default_factory=list)
    last_id: int | None = None
    is_withdrawn: bool = False


@needs(Permission.PUBLISH_RESULTS)
def prepare(
    work: Work,
    consultation_round: Round,
    small: int,
    measures: Collection[int | None] | None = None,
) -> list[Prepared]:
    """Prepare the figures of the measures of a round, or of those given; raise `NotAllowed`."""
    with snapshot_session(work.session) as snapshot:
        by_measure = load_reports(snapshot, consultation_round.id, measures)
        cells = _by_measure(
            tallies_count.count(
                snapshot, consultation_round.id, measures=measures, where=[~IS_BY_MAIL]
            )
        )
        mails = count_mails(snapshot, consultation_round.id, measures)
        earlier = _earlier(snapshot, consultation_round.id, measures)
        return [
            _prepared(
                consultation_round,
                report,
                cells[key],
                mails.get(key, 0),
                earlier[key],
                small,
                work.at,
            )
            for key, report in by_measure.items()
        ]


def _prepared(
    consultation_round: Round,
    report: Report,
    cells: Cells,
    mails: int,
    earlier: _Earlier,
    small: int,
    at: datetime,
) -> Prepared:
    report, figures = report.worded(cells), figures_of(report, cells)
    publication = publishable(
        figures.counts, earlier.publications, small, figures.together, figures.classed
    )
    last = earlier.statistics[-1] if earlier.statistics else {}
    statistics = statistics_of(report, figures, publication, last, small)
    mail_publication = publishable({TOTAL: mails}, earlier.by_mail, small)
    return Prepared(
        report.measure.id if report.measure else None,
        report.measure.code if report.measure else TOOL_CODE,
        figures.counts[TOTAL],
        mails,
        public_figures(
            consultation_round,
            report.public(),
            publication,
            statistics,
            by_mail=mail_publication.published[TOTAL],
            small=small,
            at=at,
        ),
        {
            "cells": publication_json(publication),
            "statistics": statistics,
            "by_mail": publication_json(mail_publication),
            "opinions": _opinions(report, publication, at),
        },
        [*publication.published.values(), *mail_publication.published.values()].count(None),
        earlier.last_id,
        earlier.is_withdrawn,
    )


def _opinions(report: Report, publication: Publication, at: datetime) -> dict[str, Any]:
    """Return the opinions on each indicator, for the totals."""
    opinions = totals.opinions_of(report.public(), publication, at.isoformat())
    return {code: totals.opinion_json(it) for code, it in opinions.items()}


def _by_measure(cells: Cells) -> Mapping[int | None, Cells]:
    by_measure: dict[int | None, Cells] = defaultdict(Counter)
    for cell, count in cells.items():
        by_measure[cell.measure_id][cell] = count
    return by_measure


def _earlier(
    session: Session, round_id: int, measures: Collection[int | None] | None
) -> Mapping[int | None, _Earlier]:
    rows: Sequence[Any] = session.execute(
        sa.select(Snapshot.id, Snapshot.withdrawn_at, Snapshot.measure_id, Snapshot.figures)
        .where(Snapshot.round_id == round_id, *of_measures(measures, Snapshot.measure_id))
        .order_by(Snapshot.id)
    ).all()
    by_measure: dict[int | None, _Earlier] = defaultdict(_Earlier)
    for snapshot_id, withdrawn_at, measure_id, figures in rows:
        earlier = by_measure[measure_id]
        earlier.publications.append(publication_from(figures["cells"]))
        earlier.statistics.append(figures["statistics"])
        if "by_mail" in figures:  # absent in snapshots from before mails were counted apart
            earlier.by_mail.append(publication_from(figures["by_mail"]))
        earlier.last_id, earlier.is_withdrawn = snapshot_id, withdrawn_at is not None
    return by_measure


Chosen = Mapping[TallySide, str]

COLUMN_OF: Mapping[TallySide, InstrumentedAttribute[Any]] = {
    TallySide.CAPACITY: Respondent.capacity,
    TallySide.TERRITORY: Respondent.territory,
    TallySide.CHANNEL: Respondent.channel,
    TallySide.STANDING: Respondent.standing,
}
STORED = (TallySide.ALL, CROSSED, TallySide.TERRITORY)


@needs(Permission.PUBLISH_RESULTS)
def internal_figures(
    work: Work, consultation_round: Round, measure_id: int | None, chosen: Chosen
) -> tuple[Report, dict[str, Any]] | None:
    """Return the questions and uncensored figures of a measure (None: the tool), for the staff.

    Without filters they are the stored tallies; with `chosen` ones, answers are counted now.
    None where the round has no form of it.  Raise `NotAllowed`.
    """
    report = load_reports(work.session, consultation_round.id, [measure_id]).get(measure_id)
    if report is None:
        return None
    cells = (
        tallies_count.count(
            work.session, consultation_round.id, measures=[measure_id], where=_conditions(chosen)
        )
        if chosen
        else stored_cells(work.session, consultation_round.id, measure_id, STORED)
    )
    report, figures = report.worded(cells), figures_of(report, cells)
    counts = figures.counts
    for classes in figures.classed:
        counts = classes.added_to(counts)
    everything = Publication(counts, dict(counts), frozenset())
    statistics = statistics_of(report, figures, everything, {}, 1)
    public = public_figures(
        consultation_round, report, everything, statistics, by_mail=0, small=1, at=work.at
    )
    return report, public


def _conditions(chosen: Chosen) -> Sequence[sa.ColumnElement[bool]]:
    return [
        COLUMN_OF[side] == code if code else COLUMN_OF[side].is_(None)
        for side, code in chosen.items()
    ]
