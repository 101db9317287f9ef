"""Editions of the report: one in preparation, and its publication, which freezes it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer, joinedload

from consultation.accounts.audit import audit_log
from consultation.clock import in_paris
from consultation.db.stale import StaleEdit
from consultation.editions.models import digest
from consultation.editions.publication import LARGEST_NUMBER, SecondPersonNeeded
from consultation.plan import apply
from consultation.reports import content
from consultation.reports.models import ReportEdition, ReportQuotation
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


def in_preparation(session: Session) -> ReportEdition | None:
    """Return the edition that is being prepared."""
    return session.scalars(
        sa.select(ReportEdition)
        .where(ReportEdition.published_at.is_(None))
        .options(joinedload(ReportEdition.preparer))
    ).first()


def published(session: Session) -> Sequence[ReportEdition]:
    """Return the published editions, the latest first; their contents, of megabytes, wait."""
    return session.scalars(
        sa.select(ReportEdition)
        .where(ReportEdition.published_at.is_not(None))
        .order_by(ReportEdition.number.desc())
        .options(defer(ReportEdition.content))
    ).all()


def is_any_published(session: Session) -> bool:
    """Return whether any edition is published."""
    wanted = sa.select(ReportEdition.id).where(ReportEdition.published_at.is_not(None)).limit(1)
    return session.scalar(wanted) is not None


def published_edition(session: Session, number: int | None = None) -> ReportEdition | None:
    """Return a published edition, by default the latest one.

    Its content is read with it only once it is asked for: most visitors ask for what is kept.
    """
    if number is not None and number > LARGEST_NUMBER:
        return None
    wanted = sa.select(ReportEdition).where(ReportEdition.published_at.is_not(None))
    if number is not None:
        wanted = wanted.where(ReportEdition.number == number)
    wanted = wanted.options(defer(ReportEdition.content))
    return session.scalars(wanted.order_by(ReportEdition.number.desc()).limit(1)).first()


@needs(Permission.PUBLISH_EDITIONS)
def prepare(work: Work, texts: Mapping[str, Any], seen_at: datetime | None) -> ReportEdition:
    """Keep the texts of the edition in preparation, or begin one.

    `texts` has `title`, `introduction` and `axis_texts`.  Raise `StaleEdit` where a colleague
    changed it after `seen_at`.
    """
    apply.lock_plan(work.session)
    edition = in_preparation(work.session)
    if (edition.prepared_at if edition else None) != seen_at:
        raise _stale(edition)
    if edition is None:
        last = work.session.scalar(sa.select(sa.func.max(ReportEdition.number))) or 0
        edition = ReportEdition(number=last + 1)
        work.session.add(edition)
    for name, text in texts.items():
        setattr(edition, name, text)
    edition.prepared_by, edition.prepared_at = work.actor.id, work.at
    work.session.flush()
    return edition


@needs(Permission.PUBLISH_EDITIONS)
def quote(work: Work, displayed: Collection[int], chosen: Collection[int]) -> None:
    """Have the edition in preparation quote, of the answers displayed, those that are chosen.

    Raise `StaleEdit` where none is in preparation any more.
    """
    apply.lock_plan(work.session)
    edition = in_preparation(work.session)
    if edition is None:
        raise _stale(None)
    kept = [it for it in edition.quotations if it.answer_id not in displayed]
    added = [ReportQuotation(answer_id=it) for it in displayed if it in chosen]
    edition.quotations = []
    work.session.flush()
    edition.quotations = [*(ReportQuotation(answer_id=it.answer_id) for it in kept), *added]
    edition.prepared_by, edition.prepared_at = work.actor.id, work.at
    work.session.flush()


@needs(Permission.PUBLISH_EDITIONS)
def discard(work: Work, seen_at: datetime) -> None:
    """Give up the edition in preparation.  Raise `StaleEdit`."""
    apply.lock_plan(work.session)
    edition = in_preparation(work.session)
    if edition is None or edition.prepared_at != seen_at:
        raise _stale(edition)
    work.session.delete(edition)
    work.session.flush()


@needs(Permission.PUBLISH_EDITIONS)
def publish(work: Work, seen_at: datetime, *, needs_second: bool = False) -> ReportEdition:
    """Freeze the edition in preparation with every figure that it has, and publish it.

    Raise `StaleEdit`, `CitationsRefused` or `SecondPersonNeeded`.
    """
    apply.lock_plan(work.session)
    edition = in_preparation(work.session)
    if edition is None or edition.prepared_at != seen_at:
        raise _stale(edition)
    if needs_second and edition.prepared_by == work.actor.id:
        raise SecondPersonNeeded
    edition.content = content.frozen(work.session, edition, in_paris(work.at).date())
    edition.content_hash = digest(edition.content)
    edition.published_by, edition.published_at = work.actor.id, work.at
    work.session.flush()
    details = {"edition": edition.number, "figures": len(edition.content["figures"])}
    audit_log.log(work, "report_published", str(edition.number), details)
    return edition


def _stale(edition: ReportEdition | None) -> StaleEdit:
    if edition is None:
        return StaleEdit("le bilan en préparation")
    return StaleEdit("le bilan en préparation", edition.preparer.email, edition.prepared_at)
