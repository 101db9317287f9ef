"""Schedules: when a workbook is due in Paris, and what the worker does about it."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.accounts.models import Account, AccountRole, AuditEvent, Role
from consultation.db.base import writing
from consultation.exports.models import ExportSetting, Schedule
from consultation.exports.orders import jobs as orders_jobs
from consultation.exports.orders.order import Order
from consultation.exports.saved import settings
from consultation.exports.saved.settings import Timing
from consultation.extensions import db
from consultation.jobs import queue
from consultation.jobs.models import Job, JobStatus
from consultation.mail.models import OutboxMessage
from consultation.spreadsheets.writer import Format
from consultation.work.services import Work
from tests.accounts.builders import make_account
from tests.exports.builders import respond
from tests.exports.staff import Staff
from tests.factories import make_measure, make_round
from tests.jobs.builders import side_by_side

pytestmark = pytest.mark.database

DAILY = Timing(Schedule.DAILY, None, 7)
MONDAYS = Timing(Schedule.WEEKLY, 0, 7)
FIRST_MONDAYS = Timing(Schedule.MONTHLY, 0, 7)
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("timing", "at", "expected"),
    [
        (DAILY, "2026-11-25T12:00", "2026-11-26T06:00"),
        (DAILY, "2026-11-25T05:59", "2026-11-25T06:00"),
        (DAILY, "2026-11-25T06:00", "2026-11-26T06:00"),
        (MONDAYS, "2026-11-25T12:00", "2026-11-30T06:00"),
        (MONDAYS, "2026-11-30T06:00", "2026-12-07T06:00"),
        (FIRST_MONDAYS, "2026-11-25T12:00", "2026-12-07T06:00"),
        (FIRST_MONDAYS, "2026-12-07T06:00", "2027-01-04T06:00"),
        (DAILY, "2026-07-01T12:00", "2026-07-02T05:00"),
    ],
)
def test_next_moment_is_read_on_a_clock_in_paris(timing, at, expected):
    assert timing.next_after(utc(at)) == utc(expected)


@pytest.mark.parametrize(
    ("night", "expected"),
    [
        # Clocks go from 2 to 3: what was due at 2 comes when they show 3.
        ("2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:00"]),
        # Clocks go from 3 back to 2: two o'clock comes twice, the workbook once.
        ("2026-10-24T12:00", ["2026-10-25T00:00", "2026-10-26T01:00"]),
    ],
)
def test_night_when_the_clocks_change_has_its_workbook_once(night, expected):
    at, moments = utc(night), []

    for _ in expected:
        at = Timing(Schedule.DAILY, None, 2).next_after(at)
        moments.append(at)

    assert moments == [utc(text) for text in expected]


def test_without_a_schedule_nothing_is_ever_due():
    assert Timing().next_after(NOON) is None


@pytest.fixture
def organiser(session):
    return Staff(make_account(session, "equipe@exemple.fr", Role.ORGANISER))


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    opened = make_round(session)
    respond(session, opened, "T7", {"suggestions": "Bien."})
    session.commit()
    return opened


@pytest.fixture
def daily(session, organiser, opened):
    """A workbook for each morning at seven, kept at noon; the id of the setting."""
    with writing(session):
        order = Order("tour-1", Format.XLSX)
        setting = settings.save(Work(session, organiser, NOON), "Chaque matin", order, DAILY)
        return setting.id


def jobs(session):
    session.rollback()
    return session.scalars(sa.select(Job).order_by(Job.id)).all()


def test_nothing_is_ordered_before_it_is_due(session, daily):
    ordered = settings.order_due(session, NOON + timedelta(hours=17, minutes=59))

    assert ordered == 0
    assert jobs(session) == []


def test_what_is_due_is_ordered_once_in_the_name_of_who_asked(session, daily, organiser):
    due = utc("2026-11-26T06:00")

    counts = [settings.order_due(session, due + timedelta(seconds=n)) for n in range(3)]

    [job] = jobs(session)
    assert counts == [1, 0, 0]
    assert job.requested_by == organiser.id
    assert session.get(ExportSetting, daily).last_job_id == job.id
    assert session.get(ExportSetting, daily).next_at == utc("2026-11-27T06:00")
    assert "export_scheduled" in session.scalars(sa.select(AuditEvent.action)).all()


def test_two_workers_order_what_is_due_once(app, session, daily):
    due = utc("2026-11-26T06:00")
    session.rollback()

    def work():
        with app.app_context():
            settings.order_due(db.session(), due)

    side_by_side(work, work, work)

    assert len(jobs(session)) == 1


def test_what_was_missed_while_no_worker_ran_is_made_up_for_once(session, daily):
    late = utc("2026-12-03T15:00")

    counts = [settings.order_due(session, late), settings.order_due(session, late)]

    assert counts == [1, 0]
    assert session.get(ExportSetting, daily).next_at == utc("2026-12-04T06:00")


@pytest.mark.every_case
@pytest.mark.parametrize("loss", ["disabled", "role"])
def test_schedule_of_somebody_without_permission_any_more_stops(session, daily, organiser, loss):
    if loss == "disabled":
        session.get(Account, organiser.id).active = False
    else:
        session.execute(sa.delete(AccountRole))
    session.commit()

    ordered = settings.order_due(session, utc("2026-11-26T06:00"))

    assert ordered == 0
    assert jobs(session) == []
    assert session.get(ExportSetting, daily).has_stopped
    assert "export_schedule_stopped" in session.scalars(sa.select(AuditEvent.action)).all()


def test_unreadable_setting_stops_and_the_others_go_on(session, daily, organiser):
    with writing(session):
        order = Order("tour-1", Format.CSV)
        settings.save(Work(session, organiser, NOON), "Chaque matin, en CSV", order, DAILY)
        session.get(ExportSetting, daily).settings = {"round": 7}

    ordered = settings.order_due(session, utc("2026-11-26T06:00"))

    [job] = jobs(session)
    assert ordered == 1
    assert job.parameters["format"] == "csv"
    assert session.get(ExportSetting, daily).has_stopped


def run_due(session, at):
    with time_machine.travel(at):
        settings.order_due(session, at)
        queue.run_due(session)
    session.rollback()
    return session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()


def test_scheduled_workbook_is_told_by_mail_with_the_name_of_its_setting(session, daily):
    [mail] = run_due(session, utc("2026-11-26T06:00"))

    [job] = jobs(session)
    assert job.status is JobStatus.DONE
    assert mail.recipient == "equipe@exemple.fr"
    assert '"name": "Chaque matin"' in mail.parameters
    assert '"is_ready": true' in mail.parameters
    assert '"is_round_over": false' in mail.parameters
    assert "Bien." not in mail.parameters


def test_schedule_goes_on_after_the_round_and_says_so(session, daily, opened):
    opened.opens_at, opened.closes_at = utc("2026-11-01T00:00"), utc("2026-12-01T00:00")
    session.commit()

    [mail] = run_due(session, utc("2026-12-02T06:00"))

    assert '"is_round_over": true' in mail.parameters
    assert '"is_scheduled": true' in mail.parameters


def test_failed_scheduled_workbook_is_told_too(session, daily):
    session.get(ExportSetting, daily).settings = Order("tour-9", Format.XLSX).as_json()
    session.commit()

    [mail] = run_due(session, utc("2026-11-26T06:00"))

    assert jobs(session)[0].status is JobStatus.FAILED
    assert '"is_ready": false' in mail.parameters


def test_nobody_whose_account_was_disabled_meanwhile_is_written_to(session, daily, organiser):
    at = utc("2026-11-26T06:00")
    with time_machine.travel(at):
        settings.order_due(session, at)
        session.get(Account, organiser.id).active = False
        session.commit()
        queue.run_due(session)

    assert jobs(session)[0].status is JobStatus.DONE
    assert session.scalars(sa.select(OutboxMessage)).all() == []


def test_scheduled_workbook_made_again_by_hand_is_not_the_schedule_s(session, daily, organiser):
    run_due(session, utc("2026-11-26T06:00"))
    [first] = jobs(session)

    with writing(session):
        orders_jobs.again(Work(session, organiser, NOON), first.public_id)
    queue.run_due(session)

    assert len(jobs(session)) == 2
    assert len(session.scalars(sa.select(OutboxMessage)).all()) == 1
