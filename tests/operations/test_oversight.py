"""The weekly report: once, on Monday, of who looked at contact data and took workbooks."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from consultation.accounts import administration
from consultation.accounts.audit import audit_log, labels
from consultation.accounts.models import Account, Role
from consultation.accounts.roles import StaffActor
from consultation.clock import PARIS
from consultation.db.base import writing
from consultation.mail.models import OutboxMessage
from consultation.mail.rendering import render
from consultation.operations import reports
from consultation.work.services import Work
from tests.accounts.builders import make_account

MONDAY = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)
SECOND = "vigie@association.example"


def test_report_is_owed_once_a_week_from_monday_morning_on(session):
    moments = [
        MONDAY - timedelta(hours=1),
        MONDAY,
        MONDAY + timedelta(hours=2),
        MONDAY + timedelta(days=6),
        MONDAY + timedelta(days=7),
    ]

    messages = [reports.enqueue_oversight(session(), SECOND, at) for at in moments]

    assert messages == [False, True, False, False, True]
    session.rollback()
    assert set(session.scalars(sa.select(OutboxMessage.recipient))) == {SECOND}


def test_without_an_address_nobody_is_told(session):
    assert not reports.enqueue_oversight(session(), "", MONDAY)


def test_report_tells_who_did_what_how_often_in_that_week_only(session):
    lou = make_account(session, "lou@association.example")
    for days, action in ((-1, "contacts_viewed"), (-2, "contacts_viewed"), (-3, "signed_out")):
        audit_log.record(session, lou, action, "x", at=MONDAY + timedelta(days=days))
    audit_log.record(session, lou, "export_downloaded", "x", at=MONDAY - timedelta(days=9))
    audit_log.record(session, lou, "export_downloaded", "x", at=MONDAY)
    session.commit()

    report = reports.report_of(session, datetime(2026, 11, 23, tzinfo=PARIS))

    assert (report.since, report.until) == ("2026-11-16", "2026-11-22")
    assert report.acts == [
        {"who": "lou@association.example", "what": "a lu des contacts", "times": "2"}
    ]


def test_role_changed_on_the_page_of_accounts_is_told(session):
    admin = make_account(session, "admin@exemple.fr", Role.ADMINISTRATOR)
    lou = session.get(Account, make_account(session, "lou@exemple.fr", Role.MODERATOR))
    public_id, seen = lou.public_id, administration.roles_version(lou)
    actor = StaffActor(admin, "admin@exemple.fr", frozenset({Role.ADMINISTRATOR}))
    roles, at = [Role.MODERATOR, Role.ORGANISER], MONDAY - timedelta(days=2)
    with writing(session()):
        administration.set_roles(Work(session(), actor, at), public_id, roles, seen)

    [text] = reports.report_of(session, datetime(2026, 11, 23, tzinfo=PARIS)).acts

    assert text == {"who": "admin@exemple.fr", "what": "a changé des rôles", "times": "1"}


@pytest.mark.parametrize("action", [None, *reports.WATCHED])
def test_nobody_is_said_to_have_done_anything_only_where_nobody_did(session, action):
    if action:
        audit_log.record(session, None, action, at=MONDAY - timedelta(days=1))
    audit_log.record(session, None, "backup_made", at=MONDAY - timedelta(days=1))
    session.commit()

    report = reports.report_of(session, datetime(2026, 11, 23, tzinfo=PARIS))

    text = render(reports.OVERSIGHT, "fr", [report], SECOND).text.replace("\N{NO-BREAK SPACE}", " ")
    assert ("Personne n’a lu de coordonnées ni pris de classeur" in text) is (action is None)
    assert (f"compte inconnu {reports.WATCHED.get(action)} : 1 fois" in text) is bool(action)


GIVES_NOTHING_OUT = {
    "account_disabled", "account_enabled", "account_invitation_cancelled", "account_opened",
    "contacts_cancelled", "export_cancelled", "export_schedule_stopped", "export_setting_changed",
    "export_setting_kept", "export_setting_removed", "keys_abandoned", "keys_copied",
    "keys_rotated", "keys_used",
}  # fmt: skip
BY_A_TIMER = {"backup_made", "export_scheduled"}


@pytest.mark.parametrize("group", ["Comptes", "Coordonnées lues ou changées", "Exports"])
def test_whatever_opens_contact_data_or_gives_something_or_access_out_is_told(group):
    silent = set(labels.GROUPS[group]) - set(reports.WATCHED)

    assert silent - GIVES_NOTHING_OUT - BY_A_TIMER == set(), "tell it in oversight.WATCHED"


def test_whatever_is_told_is_an_act_of_the_trail():
    assert set(reports.WATCHED) <= set(labels.LABELS)
