"""Everything that the team has of one indicator, from every package."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.decisions.models import IndicatorDecision, PlanEdition
from consultation.decisions.recorded import edition_of_decision, with_subject
from consultation.institutions.data_requests import queries as data_requests
from consultation.institutions.data_requests.life import UNKNOWN
from consultation.institutions.data_requests.queries import ListedRequest
from consultation.plan import queries
from consultation.plan.measurement.values import Measurement, measurement_of
from consultation.plan.models import Indicator, Measure
from consultation.plan.queries import VersionRow
from consultation.plan.values import publication, record
from consultation.plan.values.models import IndicatorValue, ValuePublication
from consultation.questionnaires.models import Round
from consultation.results.indicators import summary
from consultation.results.indicators.summary import Detail
from consultation.results.overview.board import Row
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


@dataclass(frozen=True)
class Neighbours:
    """The indicators in force before and after one, in the plan's order; None at its ends."""

    before: Indicator | None
    after: Indicator | None


@dataclass(frozen=True)
class Figures:
    """What was observed of an indicator, and the letters that ask for it."""

    measurement: Measurement
    values: Sequence[IndicatorValue]
    public: Mapping[int, ValuePublication]
    requests: Sequence[ListedRequest]

    @property
    def public_count(self) -> int:
        return sum(it.id in self.public for it in self.values)


@dataclass(frozen=True)
class Overview:
    """An indicator as its page shows it; `detail` is None where no round asks about it."""

    indicator: Indicator
    neighbours: Neighbours
    versions: Sequence[VersionRow]
    detail: Detail | None
    decisions: Sequence[tuple[IndicatorDecision, PlanEdition | None]]
    figures: Figures

    @property
    def row(self) -> Row | None:
        """The indicator as the overview of the round has it."""
        return Row(self.detail.summary, self.indicator.measure) if self.detail else None


@needs(Permission.FOLLOW)
def overview(work: Work, indicator: Indicator, round_: Round | None) -> Overview:
    """Gather an indicator, its figures, and the opinions of a round; raise `NotAllowed`."""
    return Overview(
        indicator,
        _neighbours(work.session, indicator),
        queries.version_rows(indicator),
        _detail(work, indicator, round_) if round_ else None,
        _decisions(work.session, indicator),
        _figures(work.session, indicator),
    )


def _neighbours(session: Session, indicator: Indicator) -> Neighbours:
    in_force = session.scalars(
        sa.select(Indicator)
        .join(Measure, Measure.id == Indicator.measure_id)
        .where(Indicator.retired_at.is_(None), Measure.retired_at.is_(None))
        .order_by(Measure.position, Measure.id, Indicator.position, Indicator.id)
    ).all()
    if indicator not in in_force:
        return Neighbours(None, None)
    around = [None, *in_force, None]
    place = around.index(indicator)
    return Neighbours(around[place - 1], around[place + 1])


def _detail(work: Work, indicator: Indicator, round_: Round) -> Detail | None:
    subjects = summary.subjects(work.session, round_.id, measure_id=indicator.measure_id)
    own = [it for it in subjects if it.id == indicator.id]
    summaries = summary.summarize(work.session, round_.id, own, [indicator.id])
    return next(iter(summary.details(work, round_.id, summaries)), None)


def _decisions(
    session: Session, indicator: Indicator
) -> Sequence[tuple[IndicatorDecision, PlanEdition | None]]:
    """Return its decisions, the last first, each with the edition that published it."""
    published = edition_of_decision().subquery()
    rows = session.execute(
        sa.select(IndicatorDecision, PlanEdition)
        .outerjoin(published, published.c.decision_id == IndicatorDecision.id)
        .outerjoin(PlanEdition, PlanEdition.id == published.c.edition_id)
        .where(IndicatorDecision.indicator_id == indicator.id)
        .order_by(IndicatorDecision.id.desc())
        .options(*with_subject())
    )
    return [(decision, edition) for decision, edition in rows]


def _figures(session: Session, indicator: Indicator) -> Figures:
    requests = data_requests.of_indicators(session, [indicator.id])
    return Figures(
        measurement_of(indicator.version),
        record.current(session, [indicator.id]).get(indicator.id, []),
        publication.showings(session, [indicator.id]),
        [data_requests.listed_of(it, UNKNOWN) for it in requests],
    )
