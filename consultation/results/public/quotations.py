"""Quotations of respondents' texts beside published figures.

Read at each view: a withdrawal shows at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from consultation.crypto.keyring import keyring
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
    """A text with its question, and the author as far as they agreed to be named."""

    text: str
    translation: str
    """In French, by a person of the team, where there is one."""
    question: Localized
    indicator: str | None
    locale: str
    name: str | None
    organisation: str | None
    capacity: Localized | None


def quotations(session: Session, snapshot: Snapshot, page: int, length: int) -> Paged[Quotation]:
    """Return a page of the quotable texts of the responses that a snapshot counts.

    Authors who agreed are named, if a moderator has read the name; the others have their capacity
    where the figures show enough responses of it.  At most four queries.
    """
    texts = _texts(session, snapshot)
    number, page_count = nearest(page, len(texts), length)
    on_page = texts[(number - 1) * length : number * length]
    people = _respondents(session, [text.respondent_id for text in on_page])
    read = (
        attribution.indexes_read(session, [text.answer_id for text in on_page]) if on_page else {}
    )
    capacities = _published_capacities(snapshot)
    rows = [
        _quotation(text, people[text.respondent_id], read.get(text.answer_id), capacities)
        for text in on_page
    ]
    return Paged(rows, number, page_count, len(texts))


class _Text(NamedTuple):
    text: str
    translation: str
    answer_id: int
    position: int
    question: Localized
    indicator: str | None
    locale: str
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
    moderated = visibility.texts(
        session,
        condition,
        Answer.id,
        Question.position,
        Question.label,
        indicator,
        visibility.LOCALE,
        Respondent.id,
    )
    quotable = [(visible(it, Audience.PUBLIC), it.translation, row) for it, row in moderated]
    rows = [_Text(text, french, *row) for text, french, row in quotable if text is not None]
    # Not by author or time: that would place the texts of one person together.  Whoever sent the
    # texts before and after one cannot work out its place.
    return sorted(
        rows,
        key=lambda text: (
            text.position,
            keyring.blind_index("order of quotations", str(text.answer_id)),
        ),
    )


def _respondents(session: Session, ids: Sequence[int]) -> dict[int, Respondent]:
    people = session.scalars(
        sa.select(Respondent).where(Respondent.id.in_(ids)).options(joinedload(Respondent.contact))
    )
    return {person.id: person for person in people}


def _published_capacities(snapshot: Snapshot) -> dict[str, Localized]:
    """Return the labels of the capacities with enough public responses, by code."""
    return {
        side["code"]: side["label"]
        for side in snapshot.public["sides"].get("capacity", ())
        if (side["count"] or 0) >= snapshot.public["threshold"]
    }


def _quotation(
    text: _Text, who: Respondent, read: str | None, capacities: dict[str, Localized]
) -> Quotation:
    signature = attribution.signature_of(who)
    if attribution.index_of(text.answer_id, signature) != read:
        signature = None
    return Quotation(
        text.text,
        text.translation,
        text.question,
        text.indicator,
        text.locale,
        signature.name if signature else None,
        signature.organisation if signature else None,
        capacities.get(who.capacity),
    )
