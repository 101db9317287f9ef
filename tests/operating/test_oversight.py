"""The weekly report: once, on Monday, of who looked at contact data and took workbooks."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from consultation.accounts import auditing
from consultation.clock import PARIS
from consultation.mail.models import OutboxMessage
from consultation.operating import oversight
from tests.accounts.builders import make_account

MONDAY = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
SECOND = "vigie@association.example"


def test_the_report_is_owed_once_a_week_from_monday_morning_on(session):
    moments = [
        MONDAY - timedelta(hours=1),
        MONDAY,
        MONDAY + timedelta(hours=2),
        MONDAY + timedelta(days=6),
        MONDAY + timedelta(days=7),
    ]

    owed = [oversight.owe(session(), SECOND, at) for at in moments]

    assert owed == [False, True, False, False, True]
    session.rollback()
    assert set(session.scalars(sa.select(OutboxMessage.recipient))) == {SECOND}


def test_without_an_address_nobody_is_told(session):
    assert not oversight.owe(session(), "", MONDAY)


def test_the_report_tells_who_did_what_how_often_in_that_week_only(session):
    lou = make_account(session, "lou@association.example")
    for days, action in ((-1, "contacts_viewed"), (-2, "contacts_viewed"), (-3, "signed_out")):
        auditing.record(session, lou, action, "x", at=MONDAY + timedelta(days=days))
    auditing.record(session, lou, "export_downloaded", "x", at=MONDAY - timedelta(days=9))
    auditing.record(session, lou, "export_downloaded", "x", at=MONDAY)
    session.commit()

    report = oversight.report_of(session, datetime(2026, 11, 23, tzinfo=PARIS))

    assert (report.since, report.until) == ("2026-11-16", "2026-11-22")
    assert report.acts == [
        {"who": "lou@association.example", "what": "a lu des contacts", "times": "2"}
    ]
