"""Queries of data requests: all of them as pages and files list them, one, what is due."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, load_only, selectinload

from consultation.institutions.data_requests import life
from consultation.institutions.data_requests.labels import moment_of
from consultation.institutions.data_requests.life import UNKNOWN, Delays, Referral, RequestState
from consultation.institutions.data_requests.models import (
    DataRequest,
    RequestedIndicator,
    RequestEvent,
)
from consultation.plan.models import Indicator, IndicatorVersion
from consultation.plan.values.models import IndicatorValue, Reporter

_NAMING = (DataRequest.public_id, DataRequest.institution, DataRequest.point, DataRequest.day)


@dataclass(frozen=True)
class ListedRequest:
    """A request with its state, since when it is in it, and when one may turn to the CADA."""

    request: DataRequest
    state: RequestState
    since: date | None
    referral: Referral | None

    @property
    def codes(self) -> list[str]:
        return [it.indicator.code for it in self.request.versions]


@dataclass(frozen=True)
class Due:
    """What may be taken to the CADA by a day, and what would be if the delays were known."""

    requests: Sequence[ListedRequest]
    undated_count: int


def listed(session: Session, delays: Delays = UNKNOWN) -> list[ListedRequest]:
    """Return all requests, the latest first, in four queries."""
    rows = session.scalars(_whole().order_by(DataRequest.id.desc()))
    return [listed_of(row, delays) for row in rows]


def listed_of(request: DataRequest, delays: Delays) -> ListedRequest:
    last = life.standing(request.events)[-1:]
    return ListedRequest(
        request,
        life.state_of(request.events),
        last[0].happened_on if last else None,
        life.referral(request.events, delays),
    )


def due(session: Session, delays: Delays, on: date) -> Due:
    """Return the requests of which one may turn to the CADA by a day, the first to expire first."""
    rows = listed(session, delays)
    dated = [(it.referral, it) for it in rows if it.referral and it.referral.since <= on]
    undated = [it for it in rows if it.state in life.UNMET and it.referral is None]
    dated.sort(key=lambda it: (it[0].until or date.max, it[0].since, it[1].request.id))
    return Due([it for _referral, it in dated], len(undated))


def find(session: Session, public_id: str) -> DataRequest | None:
    return session.scalars(_whole().where(DataRequest.public_id == public_id)).one_or_none()


def names_of(session: Session, public_ids: Collection[str]) -> dict[str, str]:
    """Name requests by the institution and for when they ask; never by an address."""
    rows = session.scalars(
        sa.select(DataRequest)
        .where(DataRequest.public_id.in_(public_ids))
        .options(load_only(*_NAMING))
    )
    return {row.public_id: f"à « {row.institution} », {moment_of(row)}" for row in rows}


def of_indicators(session: Session, indicator_ids: Collection[int]) -> Sequence[DataRequest]:
    """Return the requests about any of those indicators, whatever the wording, the latest first."""
    ids = (
        sa.select(RequestedIndicator.request_id)
        .join(IndicatorVersion, IndicatorVersion.id == RequestedIndicator.indicator_version_id)
        .where(IndicatorVersion.indicator_id.in_(indicator_ids))
    )
    rows = _whole().where(DataRequest.id.in_(ids)).order_by(DataRequest.id.desc())
    return session.scalars(rows).all()


def measures_asked(session: Session) -> set[int]:
    """Return the ids of the measures of whose indicators a figure was asked."""
    rows = session.scalars(
        sa.select(Indicator.measure_id)
        .join(IndicatorVersion, IndicatorVersion.indicator_id == Indicator.id)
        .join(RequestedIndicator, RequestedIndicator.indicator_version_id == IndicatorVersion.id)
        .distinct()
    )
    return set(rows)


def missing_before(request: DataRequest, rows: Sequence[IndicatorValue]) -> IndicatorValue | None:
    """Return the reason that the collective noted for the moment of a request, or None."""
    moment = (request.point, request.day)
    return next(
        (
            row
            for row in rows
            if row.missing_because
            and row.reported_by is Reporter.COLLECTIVE
            and (row.point, row.day) == moment
        ),
        None,
    )


def _whole() -> sa.Select[DataRequest]:
    versions = selectinload(DataRequest.versions)
    return sa.select(DataRequest).options(
        versions.joinedload(IndicatorVersion.indicator).joinedload(Indicator.measure),
        selectinload(DataRequest.events).joinedload(RequestEvent.account),
        joinedload(DataRequest.account),
    )
