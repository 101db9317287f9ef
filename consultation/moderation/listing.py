"""One page of the queue, in a fixed number of queries however many texts wait."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.models import Account
from consultation.i18n import Localized
from consultation.moderation import fetching
from consultation.moderation.deciding import check
from consultation.moderation.marking import Piece, pieces
from consultation.moderation.models import (
    DangerAlert,
    Finding,
    FindingKind,
    ModeratedText,
    TextState,
)
from consultation.moderation.queueing import Filters, following, in_order, narrowed
from consultation.moderation.showing import Audience, visible
from consultation.plan.models import Indicator, IndicatorVersion, Measure
from consultation.questionnaires.models import Question, Questionnaire
from consultation.responses.models import Answer, Respondent, Response, Standing
from consultation.web.permissions import Actor

PAGE_LENGTH = 50
EXCERPT = 120


@dataclass(frozen=True)
class Line:
    """A text as the queue lists it."""

    public_id: str
    state: TextState
    kinds: tuple[FindingKind, ...]
    excerpt: Sequence[Piece]
    is_cut: bool
    code: str
    title: Localized
    question: Localized
    submitted_at: datetime
    standing: Standing
    claimed_by: str | None
    """Whose turn it is just now."""
    is_alerted: bool
    """Whether an alert is open."""
    has_danger_words: bool


@dataclass(frozen=True)
class Listed:
    """One page of the queue; `is_last` when nothing follows."""

    lines: Sequence[Line]
    is_last: bool


def page(session: Session, actor: Actor, filters: Filters, after: str, at: datetime) -> Listed:
    """Return the texts that follow the one of that public id, or the first ones."""
    check(actor)
    rows: list[Any] = []
    for block in following(session, filters, after):
        left = PAGE_LENGTH + 1 - len(rows)
        if left:
            rows += session.execute(_rows(filters).where(*block).limit(left)).all()
    shown = rows[:PAGE_LENGTH]
    ids = [row.answer_id for row in shown]
    texts = _texts(session, ids)
    kinds = _kinds(session, ids)
    lines = [_line(row, texts.get(row.answer_id, ""), kinds[row.answer_id], at) for row in shown]
    return Listed(lines, len(rows) <= PAGE_LENGTH)


def _rows(filters: Filters) -> sa.Select[*tuple[Any, ...]]:
    is_open = sa.and_(
        DangerAlert.answer_id == ModeratedText.answer_id, DangerAlert.closed_at.is_(None)
    )
    return (
        narrowed(sa.select(*_COLUMNS), filters)
        .join(Question, Question.id == Answer.question_id)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .outerjoin(IndicatorVersion, IndicatorVersion.id == Question.indicator_version_id)
        .outerjoin(Indicator, Indicator.id == IndicatorVersion.indicator_id)
        .outerjoin(Account, Account.id == ModeratedText.claimed_by)
        .outerjoin(DangerAlert, is_open)
        .order_by(in_order(filters))
    )


_COLUMNS: Sequence[Any] = (
    ModeratedText.answer_id,
    ModeratedText.public_id,
    fetching.TOLD,
    ModeratedText.claimed_until,
    Account.email,
    Measure.code.label("measure"),
    Indicator.code.label("indicator"),
    Questionnaire.title,
    Question.label.label("question"),
    Response.submitted_at,
    Respondent.standing,
    DangerAlert.answer_id.label("alerted"),
    ModeratedText.has_danger_words,
)


def _line(row: Any, text: str, kinds: tuple[FindingKind, ...], at: datetime) -> Line:
    is_claimed = row.claimed_until is not None and row.claimed_until > at
    return Line(
        public_id=row.public_id,
        state=row.told,
        kinds=kinds,
        excerpt=pieces(text[:EXCERPT]),
        is_cut=len(text) > EXCERPT,
        code=row.indicator or row.measure or "",
        title=row.title,
        question=row.question,
        submitted_at=row.submitted_at,
        standing=row.standing,
        claimed_by=row.email if is_claimed else None,
        is_alerted=row.alerted is not None,
        has_danger_words=row.has_danger_words,
    )


def _texts(session: Session, ids: Sequence[int]) -> Mapping[int, str]:
    found = fetching.texts(session, Answer.id.in_(ids), Answer.id)
    return {answer_id: visible(seen, Audience.MODERATOR) or "" for seen, (answer_id,) in found}


def _kinds(session: Session, ids: Sequence[int]) -> Mapping[int, tuple[FindingKind, ...]]:
    rows = session.execute(
        sa.select(Finding.answer_id, Finding.kind)
        .where(Finding.answer_id.in_(ids))
        .group_by(Finding.answer_id, Finding.kind)
        .order_by(Finding.kind)
    )
    found: dict[int, tuple[FindingKind, ...]] = defaultdict(tuple)
    for answer_id, kind in rows:
        found[answer_id] += (kind,)
    return found
