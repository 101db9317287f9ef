"""Staff queries of responses: the list with its filters, one response, its revisions."""

import enum
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from consultation.clock import PARIS
from consultation.db import search
from consultation.i18n import Labelled
from consultation.plan.models import Measure
from consultation.questionnaires.models import Questionnaire
from consultation.responses.models import Channel, Respondent, Response
from consultation.responses.revisions import first_codes, of_same_form, with_answers
from consultation.responses.submission import receipt
from consultation.web.navigation import Paged, paged
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

PAGE_LENGTH = 50
TOOL = "outil"


class Status(Labelled):
    """Statuses of a response in the list, each in one."""

    CURRENT = "recue", "en vigueur"
    SUPERSEDED = "remplacee", "remplacée"
    WITHDRAWN = "retiree", "retirée"


class Sort(enum.StrEnum):
    """Orders of the list; the latest come first unless one is chosen."""

    OLDEST = "anciens"
    MEASURE = "mesure"
    CAPACITY = "qualite"
    ORGANISATION = "organisation"


@dataclass(frozen=True)
class Filters:
    """Filters of the list; days are those of Paris, both included."""

    round_id: int | None = None
    measure_id: int | None = None
    is_tool: bool = False
    since: date | None = None
    until: date | None = None
    number: str = ""
    """The receipt code of any revision, as it was typed."""
    capacity: str = ""
    organisation: str = ""
    """Words of its name."""
    status: Status | None = None
    channel: Channel | None = None
    sort: Sort | None = None


Condition = sa.ColumnElement[bool]
"""A condition on responses that another package makes, such as that their texts hold words."""


@needs(Permission.READ_RESPONSES)
def received(
    work: Work, filters: Filters, page: int = 1, *conditions: Condition
) -> Paged[Response]:
    """Return a page of responses, with revisions and withdrawn ones."""
    statement = (
        _joined(sa.select(Response))
        .where(*_conditions(filters), *conditions)
        .options(
            joinedload(Response.questionnaire).joinedload(Questionnaire.measure),
            joinedload(Response.respondent),
        )
        .order_by(*_order(filters))
    )
    return paged(work.session, statement, page, PAGE_LENGTH)


@needs(Permission.READ_RESPONSES)
def counts(work: Work, filters: Filters, *conditions: Condition) -> dict[Status, int]:
    """Count the responses of the list by their status, 0 included."""
    statement = (
        _joined(sa.select(_STATUS, sa.func.count()))
        .where(*_conditions(filters), *conditions)
        .group_by(_STATUS)
    )
    counted = {Status(status): count for status, count in work.session.execute(statement)}
    return dict.fromkeys(Status, 0) | counted


@dataclass(frozen=True)
class Place:
    """Where a response is in the list, with the public ids of those around it."""

    number: int
    total: int
    previous: str | None
    following: str | None


@needs(Permission.READ_RESPONSES)
def place_of(
    work: Work, response: Response, filters: Filters, *conditions: Condition
) -> Place | None:
    """Return the place of a response in the list, or None when it is not in it."""
    over: dict[str, Any] = {"order_by": _order(filters)}
    listed = (
        _joined(
            sa.select(
                Response.id,
                sa.func.row_number().over(**over).label("number"),
                sa.func.count().over().label("total"),
                sa.func.lag(Response.public_id).over(**over).label("previous"),
                sa.func.lead(Response.public_id).over(**over).label("following"),
            )
        )
        .where(*_conditions(filters), *conditions)
        .subquery()
    )
    row = work.session.execute(
        sa.select(listed.c.number, listed.c.total, listed.c.previous, listed.c.following).where(
            listed.c.id == response.id
        )
    ).one_or_none()
    return None if row is None else Place(*row)


def _joined(statement: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    return (
        statement.select_from(Response)
        .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
        .join(Respondent, Respondent.id == Response.respondent_id)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
    )


_STATUS: sa.ColumnElement[str] = sa.case(
    (Response.withdrawn_at.is_not(None), Status.WITHDRAWN.value),
    (Response.superseded_at.is_not(None), Status.SUPERSEDED.value),
    else_=Status.CURRENT.value,
)
_SORTED_BY: Mapping[Sort, Any] = {
    Sort.MEASURE: sa.func.coalesce(Measure.position, sa.literal(1_000_000)),
    Sort.CAPACITY: Respondent.capacity,
    Sort.ORGANISATION: sa.func.coalesce(Respondent.organisation, sa.literal("\U0010fffd")),
}
"""The tool as a whole, and those without an organisation, come last."""


def _order(filters: Filters) -> list[Any]:
    if filters.sort is Sort.OLDEST:
        return [Response.submitted_at, Response.id]
    latest = [Response.submitted_at.desc(), Response.id.desc()]
    return latest if filters.sort is None else [_SORTED_BY[filters.sort], *latest]


@needs(Permission.READ_RESPONSES)
def response_of(work: Work, public_id: str) -> Response | None:
    """Return one response with its answers, or None when there is none of that id."""
    return work.session.scalars(with_answers().where(Response.public_id == public_id)).one_or_none()


@needs(Permission.READ_RESPONSES)
def revisions(work: Work, response: Response) -> Sequence[Response]:
    """Return every revision of a response, that one included, the earliest first."""
    return work.session.scalars(
        sa.select(Response).join(Questionnaire).where(*of_same_form(response)).order_by(Response.id)
    ).all()


@needs(Permission.READ_RESPONSES)
def current_count(work: Work, round_id: int) -> int:
    """Return how many responses of a round are current: neither superseded nor withdrawn."""
    count = (
        sa.select(sa.func.count(Response.id))
        .join(Questionnaire)
        .where(
            Questionnaire.round_id == round_id,
            Response.superseded_at.is_(None),
            Response.withdrawn_at.is_(None),
        )
    )
    return work.session.scalar(count) or 0


@needs(Permission.READ_RESPONSES)
def numbers(work: Work, responses: Iterable[Response]) -> Mapping[int, str]:
    """Return the number that the sender of each response knows, by its id."""
    return first_codes(work.session, responses)


def _conditions(filters: Filters) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if filters.is_tool:
        conditions.append(Questionnaire.measure_id.is_(None))
    elif filters.measure_id is not None:
        conditions.append(Questionnaire.measure_id == filters.measure_id)
    if filters.round_id is not None:
        conditions.append(Questionnaire.round_id == filters.round_id)
    if filters.number:
        conditions.append(_is_version_of(filters.number))
    # The first day begins, and the last ends, outside the calendar: neither leaves anything out.
    if filters.since and filters.since > date.min:
        conditions.append(Response.submitted_at >= _midnight(filters.since))
    if filters.until and filters.until < date.max:
        conditions.append(Response.submitted_at < _midnight(filters.until + timedelta(days=1)))
    return conditions + _of_respondent(filters)


def _of_respondent(filters: Filters) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if filters.status is not None:
        conditions.append(_STATUS.in_([filters.status.value]))
    if filters.capacity:
        conditions.append(Respondent.capacity == filters.capacity)
    if filters.organisation:
        conditions.append(search.holds(Respondent.organisation, filters.organisation))
    if filters.channel is not None:
        conditions.append(Respondent.channel == filters.channel)
    return conditions


def _is_version_of(number: str) -> sa.ColumnElement[bool]:
    """Return the condition of the versions of the reply that a receipt code is of, whichever."""
    named = aliased(Response)
    form = aliased(Questionnaire)
    return sa.exists().where(
        named.receipt_code == receipt.code_in(number),
        named.respondent_id == Response.respondent_id,
        form.id == named.questionnaire_id,
        form.measure_id.is_not_distinct_from(Questionnaire.measure_id),
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS)


def names_of(session: Session, public_ids: Collection[str]) -> dict[str, str]:
    """Name contributions by their receipt codes."""
    rows = session.execute(
        sa.select(Response.public_id, Response.receipt_code).where(
            Response.public_id.in_(public_ids)
        )
    )
    return {row.public_id: row.receipt_code for row in rows}
