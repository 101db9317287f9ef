"""Staff queries of responses: the list with its filters, one response, its revisions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from consultation.clock import PARIS
from consultation.questionnaires.models import Questionnaire
from consultation.responses.models import Response
from consultation.responses.revisions import first_codes, of_same_form, with_answers
from consultation.responses.submission import receipt
from consultation.web.navigation import Paged, paged
from consultation.web.permissions import Actor, NotAllowed, Permission

PAGE_LENGTH = 50
TOOL = "outil"


@dataclass(frozen=True)
class Filters:
    """Filters of the list; days are those of Paris, both included."""

    measure_id: int | None = None
    is_tool: bool = False
    since: date | None = None
    until: date | None = None
    number: str = ""
    """The receipt code of any revision, as it was typed."""


def received(session: Session, actor: Actor, filters: Filters, page: int = 1) -> Paged[Response]:
    """Return a page of responses, the latest first, with revisions and withdrawn ones."""
    _check(actor)
    statement = (
        sa.select(Response)
        .join(Questionnaire)
        .where(*_conditions(filters))
        .options(
            joinedload(Response.questionnaire).joinedload(Questionnaire.measure),
            joinedload(Response.respondent),
        )
        .order_by(Response.submitted_at.desc(), Response.id.desc())
    )
    return paged(session, statement, page, PAGE_LENGTH)


def response_of(session: Session, actor: Actor, public_id: str) -> Response | None:
    """Return one response with its answers, or None when there is none of that id."""
    _check(actor)
    return session.scalars(with_answers().where(Response.public_id == public_id)).one_or_none()


def revisions(session: Session, actor: Actor, response: Response) -> Sequence[Response]:
    """Return every revision of a response, that one included, the earliest first."""
    _check(actor)
    return session.scalars(
        sa.select(Response).join(Questionnaire).where(*of_same_form(response)).order_by(Response.id)
    ).all()


def current_count(session: Session, actor: Actor, round_id: int) -> int:
    """Return how many responses of a round are current: neither superseded nor withdrawn."""
    _check(actor)
    count = (
        sa.select(sa.func.count(Response.id))
        .join(Questionnaire)
        .where(
            Questionnaire.round_id == round_id,
            Response.superseded_at.is_(None),
            Response.withdrawn_at.is_(None),
        )
    )
    return session.scalar(count) or 0


def numbers(session: Session, actor: Actor, responses: Iterable[Response]) -> Mapping[int, str]:
    """Return the number that the sender of each response knows, by its id."""
    _check(actor)
    return first_codes(session, responses)


def _check(actor: Actor) -> None:
    if not actor.may(Permission.READ_RESPONSES):
        raise NotAllowed(Permission.READ_RESPONSES)


def _conditions(filters: Filters) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if filters.is_tool:
        conditions.append(Questionnaire.measure_id.is_(None))
    elif filters.measure_id is not None:
        conditions.append(Questionnaire.measure_id == filters.measure_id)
    if filters.number:
        conditions.append(_is_version_of(filters.number))
    # The first day begins, and the last ends, outside the calendar: neither leaves anything out.
    if filters.since and filters.since > date.min:
        conditions.append(Response.submitted_at >= _midnight(filters.since))
    if filters.until and filters.until < date.max:
        conditions.append(Response.submitted_at < _midnight(filters.until + timedelta(days=1)))
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
