"""Reports for tests."""

from consultation.clock import now
from consultation.db.base import writing
from consultation.reports import editions
from consultation.work.services import Work


def make_draft(session, actor, *, introduction="", axis_texts=None, quotations=(), title="Bilan"):
    """Prepare an edition of the report, in place of the one in preparation if any."""
    before = editions.in_preparation(session)
    texts = {
        "title": {"fr": title},
        "introduction": {"fr": introduction} if introduction else None,
        "axis_texts": {code: {"fr": text} for code, text in (axis_texts or {}).items()},
    }
    seen = before.prepared_at if before else None
    session.rollback()
    with writing(session):
        edition = editions.prepare(Work(session, actor, now()), texts, seen)
        if quotations:
            editions.quote(Work(session, actor, now()), quotations, quotations)
        return edition


def make_report(session, actor, **draft):
    """Publish an edition of the report."""
    prepared = make_draft(session, actor, **draft)
    with writing(session):
        return editions.publish(Work(session, actor, now()), prepared.prepared_at)
