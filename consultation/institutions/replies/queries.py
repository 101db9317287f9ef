"""Requests as the team lists them, and the replies that are public."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from consultation.clock import in_paris
from consultation.institutions.replies.models import ReplyRequest
from consultation.plan.models import Level, Measure, MeasureStatus
from consultation.web.permissions import Permission
from consultation.web.typography import day
from consultation.work.services import Work, needs


@dataclass(frozen=True)
class PublicReply:
    """What is public of a request: the reply, that there is none, or why it is not shown.

    `text` and `signature` are as typed, None where there is no reply or where it is withheld.
    `level` and `assessed_on` are of the judgement that the institution was shown.
    """

    institution: str
    asked_until: date
    level: Level
    assessed_on: date
    locale: str
    published_at: datetime
    text: str | None = None
    signature: str | None = None
    at: datetime | None = None
    withheld_because: str | None = None
    is_erased: bool = False

    @property
    def is_unanswered(self) -> bool:
        """Whether the institution gave no reply by the day."""
        return self.at is None


def names_of(session: Session, public_ids: Collection[str]) -> dict[str, str]:
    """Name requests by the institution, the measure and the day; never by an address."""
    rows = session.execute(
        sa.select(
            ReplyRequest.public_id, ReplyRequest.institution, Measure.code, ReplyRequest.sent_at
        )
        .join(ReplyRequest.measure)
        .where(ReplyRequest.public_id.in_(public_ids))
    )
    return {
        name: f"à « {institution} », mesure {code}, le {day(in_paris(sent_at).date())}"
        for name, institution, code, sent_at in rows
    }


def public(session: Session, measure_ids: Collection[int]) -> Mapping[int, PublicReply]:
    """Return the last reply of each measure that is public, by its id; in two queries."""
    return {id_: replies[0] for id_, replies in published(session, measure_ids).items()}


def published(session: Session, measure_ids: Collection[int]) -> Mapping[int, list[PublicReply]]:
    """Return the public replies by id of the measure, the last first; in two queries.

    A reply is public with the assessment that it is about: it goes where that one is removed.
    """
    rows = session.scalars(
        sa.select(ReplyRequest)
        .join(MeasureStatus, MeasureStatus.public_id == ReplyRequest.status_id)
        .where(ReplyRequest.measure_id.in_(measure_ids), ReplyRequest.published_at.is_not(None))
        .options(selectinload(ReplyRequest.replies))
        .order_by(ReplyRequest.published_at.desc(), ReplyRequest.id.desc())
    )
    by_measure: dict[int, list[PublicReply]] = defaultdict(list)
    for row in rows:
        by_measure[row.measure_id].append(_public(row))
    return by_measure


def awaited(session: Session, measure_id: int) -> Sequence[ReplyRequest]:
    """Return the requests about public assessments of a measure to which nothing is public yet."""
    return session.scalars(
        _last_first()
        .join(MeasureStatus, MeasureStatus.public_id == ReplyRequest.status_id)
        .where(
            ReplyRequest.measure_id == measure_id,
            ReplyRequest.published_at.is_(None),
            ReplyRequest.withdrawn_at.is_(None),
        )
    ).all()


@needs(Permission.ASK_REPLIES)
def listed(work: Work) -> Sequence[ReplyRequest]:
    """Return all requests with their measures and replies, those whose term ends last first."""
    return work.session.scalars(
        _last_first().options(joinedload(ReplyRequest.measure), selectinload(ReplyRequest.replies))
    ).all()


@needs(Permission.ASK_REPLIES)
def of_measure(work: Work, measure_id: int) -> Sequence[ReplyRequest]:
    """Return the requests about a measure that are not taken back, the last first."""
    return work.session.scalars(
        _last_first().where(
            ReplyRequest.measure_id == measure_id, ReplyRequest.withdrawn_at.is_(None)
        )
    ).all()


@needs(Permission.ASK_REPLIES)
def find(work: Work, public_id: str) -> ReplyRequest | None:
    query = sa.select(ReplyRequest).where(ReplyRequest.public_id == public_id)
    return work.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def to_publish_count(session: Session, today: date) -> int:
    """Count the requests whose term is over, and of which nothing is published yet."""
    query = sa.select(sa.func.count()).where(
        ReplyRequest.due_on < today,
        ReplyRequest.published_at.is_(None),
        ReplyRequest.withdrawn_at.is_(None),
    )
    return session.scalar(query) or 0


def early_count(session: Session, today: date) -> int:
    """Count the requests that were answered before their term, and of which nothing is published.

    They stay to be read: the reply is published once the term is over.
    """
    query = sa.select(sa.func.count()).where(
        ReplyRequest.due_on >= today,
        ReplyRequest.replies.any(),
        ReplyRequest.published_at.is_(None),
        ReplyRequest.withdrawn_at.is_(None),
    )
    return session.scalar(query) or 0


def _last_first() -> sa.Select[ReplyRequest]:
    return sa.select(ReplyRequest).order_by(ReplyRequest.due_on.desc(), ReplyRequest.id.desc())


def _public(request: ReplyRequest) -> PublicReply:
    reply = request.reply
    is_erased = reply is not None and not reply.text
    assert request.published_at is not None
    is_shown = reply is not None and not is_erased and request.withheld_because is None
    return PublicReply(
        institution=request.institution,
        asked_until=request.due_on,
        level=request.level,
        assessed_on=request.assessed_on,
        locale=request.locale,
        published_at=request.published_at,
        text=reply.text if reply and is_shown else None,
        signature=reply.signature if reply and is_shown else None,
        at=reply.submitted_at if reply else None,
        withheld_because=request.withheld_because,
        is_erased=is_erased,
    )
