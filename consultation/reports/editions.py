"""Editions of the report: one in preparation, and its publication, which freezes it."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer

from consultation.clock import in_paris
from consultation.editions.publication import EditionSeries
from consultation.plan import apply
from consultation.reports import content
from consultation.reports.models import ReportEdition, ReportQuotation
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

REPORTS = EditionSeries(
    ReportEdition,
    "le bilan en préparation",
    "report_published",
    apply.lock_plan,
    lambda: [defer(ReportEdition.content)],  # of megabytes: most visitors ask for what is kept
)
in_preparation, prepare, discard = REPORTS.in_preparation, REPORTS.prepare, REPORTS.discard
published, published_edition = REPORTS.published, REPORTS.published_edition


def is_any_published(session: Session) -> bool:
    wanted = sa.select(ReportEdition.id).where(ReportEdition.published_at.is_not(None)).limit(1)
    return session.scalar(wanted) is not None


@needs(Permission.PUBLISH_EDITIONS)
def quote(work: Work, displayed: Collection[int], chosen: Collection[int]) -> None:
    """Have the edition in preparation quote, of the answers displayed, those that are chosen.

    Raise `StaleEdit` where none is in preparation any more.
    """
    edition = REPORTS.changed(work)
    kept = [it for it in edition.quotations if it.answer_id not in displayed]
    added = [ReportQuotation(answer_id=it) for it in displayed if it in chosen]
    edition.quotations = []
    work.session.flush()
    edition.quotations = [*(ReportQuotation(answer_id=it.answer_id) for it in kept), *added]
    work.session.flush()


@needs(Permission.PUBLISH_EDITIONS)
def publish(work: Work, seen_at: datetime | None, *, needs_second: bool = False) -> ReportEdition:
    """Freeze the edition in preparation with every figure that it has, and publish it.

    Raise `StaleEdit`, `CitationsRefused` or `SecondPersonNeeded`.
    """
    edition = REPORTS.ready(work, seen_at, needs_second=needs_second)
    frozen = content.frozen(work.session, edition, in_paris(work.at).date())
    return REPORTS.freeze(work, edition, frozen, figures=len(frozen["figures"]))
