"""What may be quoted beside published figures: read at each view, so that no longer is at once."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from consultation.i18n import Localized
from consultation.moderation import attribution, visibility
from consultation.moderation.visibility import Audience, visible
from consultation.plan.models import Indicator, IndicatorVersion
from consultation.questionnaires.models import Destination, Question, Questionnaire
from consultation.responses.models import Answer, Respondent, Response
from consultation.results.models import Snapshot
from consultation.web.navigation import Paged, nearest


@dataclass(frozen=True)
class Quotation:
    """A text, what was asked, and who may be said to have written it."""

    text: str
    question: Localized
    indicator: str | None
    locale: str
    name: str | None
    organisation: str | None
    capacity: Localized | None


def quotations(session: Session, snapshot: Snapshot, page: int, length: int) -> Paged[Quotation]:
    """Return a page of what may be quoted of the responses that a snapshot counts.

    Who agreed to be named is, as a moderator read it; of the others the capacity is told where the
    figures show that enough of it answered.  At most four queries.
    """
    found = _texts(session, snapshot)
    number, page_count = nearest(page, len(found), length)
    shown = found[(number - 1) * length : number * length]
    people = _respondents(session, [one.respondent_id for one in shown])
    read = attribution.indexes_read(session, [one.answer_id for one in shown]) if shown else {}
    capacities = _told(snapshot)
    rows = [
        _quotation(one, people[one.respondent_id], read.get(one.answer_id), capacities)
        for one in shown
    ]
    return Paged(rows, number, page_count, len(found))


class _Text(NamedTuple):
    text: str
    answer_id: int
    position: int
    question: Localized
    indicator: str | None
    respondent_id: int


def _texts(session: Session, snapshot: Snapshot) -> list[_Text]:
    measure_id = snapshot.measure_id
    condition = sa.and_(
        Questionnaire.round_id == snapshot.round_id,
        Questionnaire.measure_id.is_(None)
        if measure_id is None
        else Questionnaire.measure_id == measure_id,
        Response.submitted_at <= snapshot.taken_at,
        Question.destination == Destination.ANSWER,
        visibility.IS_VISIBLE[Audience.PUBLIC],
    )
    indicator = (
        sa.select(Indicator.code)
        .join(IndicatorVersion, IndicatorVersion.indicator_id == Indicator.id)
        .where(IndicatorVersion.id == Question.indicator_version_id)
        .scalar_subquery()
    )
    found = visibility.texts(
        session,
        condition,
        Answer.id,
        Question.position,
        Question.label,
        indicator,
        Respondent.id,
    )
    told = [(visible(seen, Audience.PUBLIC), row) for seen, row in found]
    rows = [_Text(text, *row) for text, row in told if text is not None]
    # Not by who wrote them, nor when: two texts of one person would stand together.
    return sorted(rows, key=lambda one: (one.position, _shuffled(one.answer_id)))


def _shuffled(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def _respondents(session: Session, ids: Sequence[int]) -> dict[int, Respondent]:
    found = session.scalars(
        sa.select(Respondent).where(Respondent.id.in_(ids)).options(joinedload(Respondent.contact))
    )
    return {one.id: one for one in found}


def _told(snapshot: Snapshot) -> dict[str, Localized]:
    """Return the capacities that the figures show enough of, by code."""
    return {
        one["code"]: one["label"]
        for one in snapshot.shown["sides"].get("capacity", ())
        if (one["count"] or 0) >= snapshot.shown["threshold"]
    }


def _quotation(
    one: _Text, who: Respondent, read: str | None, capacities: dict[str, Localized]
) -> Quotation:
    signature = attribution.signature_of(who)
    if attribution.index_of(one.answer_id, signature) != read:
        signature = None
    return Quotation(
        one.text,
        one.question,
        one.indicator,
        who.locale,
        signature.name if signature else None,
        signature.organisation if signature else None,
        capacities.get(who.capacity),
    )
