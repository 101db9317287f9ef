"""Saved export settings: orders under a name, and the schedule by which they run."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session, aliased

from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account
from consultation.accounts.roles import actor_of
from consultation.clock import PARIS, in_paris, now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit, digest
from consultation.exports.models import ExportSetting, Schedule
from consultation.exports.orders import jobs
from consultation.exports.orders.jobs import KIND, NEEDED
from consultation.exports.orders.order import Order, OrderUnreadable, audit_details, order_from
from consultation.jobs import queue
from consultation.jobs.models import Job
from consultation.jobs.worker import Task
from consultation.questionnaires.models import Round
from consultation.web.permissions import Actor
from consultation.work.services import Work, needs

WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
DAYS_OF_A_WEEK = 7
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Timing:
    """Schedule with its weekday (of each week, or the first of each month) and hour in Paris."""

    schedule: Schedule = Schedule.NONE
    weekday: int | None = None
    hour: int | None = None

    def next_after(self, at: datetime) -> datetime | None:
        """Return the first due moment after `at`, None without a schedule.

        An hour that the change to summer time skips is an hour later; one that is repeated
        comes once.
        """
        if self.schedule is Schedule.NONE or self.hour is None:
            return None
        day = in_paris(at).date()
        while True:
            moment = datetime.combine(day, time(self.hour), PARIS).astimezone(UTC)
            if self._is_on(day) and moment > at:
                return moment
            day += DAY

    @property
    def label(self) -> str:
        """The schedule in French."""
        if self.schedule is Schedule.NONE:
            return "à la demande"
        hour = f"à {self.hour} h"
        if self.schedule is Schedule.DAILY or self.weekday is None:
            return f"chaque jour {hour}"
        weekday = WEEKDAYS[self.weekday]
        if self.schedule is Schedule.WEEKLY:
            return f"chaque {weekday} {hour}"
        return f"le premier {weekday} du mois {hour}"

    def _is_on(self, day: date) -> bool:
        if self.schedule is Schedule.DAILY:
            return True
        is_first = self.schedule is Schedule.WEEKLY or day.day <= DAYS_OF_A_WEEK
        return day.weekday() == self.weekday and is_first


class NameTaken(Exception):
    """Another saved setting has that name."""


@dataclass(frozen=True)
class SavedSetting:
    """A setting as the list displays it; `order` is None where it cannot be read."""

    setting: ExportSetting
    order: Order | None
    author: str | None
    scheduler: Account | None
    last_job: Job | None
    round: Round | None

    @property
    def timing(self) -> Timing:
        return timing_of(self.setting)


def timing_of(setting: ExportSetting) -> Timing:
    return Timing(setting.schedule, setting.weekday, setting.hour)


@needs(NEEDED[KIND])
def find_all(work: Work) -> Sequence[SavedSetting]:
    """Return all settings by name; raise `NotAllowed`."""
    return [
        _saved(work.session, *row)
        for row in work.session.execute(_all().order_by(ExportSetting.name))
    ]


@needs(NEEDED[KIND])
def find(work: Work, public_id: str) -> SavedSetting | None:
    """Return a setting, None for an unknown id; raise `NotAllowed`."""
    row = work.session.execute(_all().where(ExportSetting.public_id == public_id)).one_or_none()
    return None if row is None else _saved(work.session, *row)


@needs(NEEDED[KIND])
def save(work: Work, name: str, wanted: Order, timing: Timing) -> ExportSetting:
    """Save an order under a name; raise `NotAllowed` or `NameTaken`."""
    _check_name(work.session, name)
    setting = ExportSetting(
        name=name, settings=wanted.as_json(), created_by=work.actor.id, created_at=work.at
    )
    _schedule(setting, work.actor, timing, work.at)
    work.session.add(setting)
    _flush(work.session)
    _record(work, "export_setting_kept", setting)
    return setting


def version(setting: ExportSetting) -> str:
    """Return a mark that a form carries, which changes when somebody else changes the setting."""
    return digest(setting.name, sorted(setting.settings.items()), timing_of(setting))


@needs(NEEDED[KIND])
def change(
    work: Work, setting: ExportSetting, name: str, wanted: Order, timing: Timing, seen: str
) -> None:
    """Change a setting whose version is still `seen`; raise `StaleEdit` or `NameTaken`.

    An actor who changes its schedule gets the mails from then on.
    """
    work.session.refresh(setting, with_for_update=True)
    if version(setting) != seen:
        raise StaleEdit("ces réglages")
    _check_name(work.session, name, but=setting.id)
    setting.name = name
    setting.settings = wanted.as_json()
    if timing != timing_of(setting) or setting.has_stopped:
        _schedule(setting, work.actor, timing, work.at)
    _flush(work.session)
    _record(work, "export_setting_changed", setting)


@needs(NEEDED[KIND])
def remove(work: Work, setting: ExportSetting) -> None:
    """Remove a setting; a running export of it continues."""
    work.session.delete(setting)
    work.session.flush()
    _record(work, "export_setting_removed", setting)


def order(work: Work, saved: SavedSetting) -> tuple[Job, bool]:
    """Enqueue the order of a setting, inside `writing`; raise `OrderUnreadable`."""
    if saved.order is None:
        raise OrderUnreadable
    job, is_new = jobs.order(work, saved.order, setting=saved.setting.public_id)
    saved.setting.last_job_id = job.id
    work.session.flush()
    return job, is_new


def _schedule(setting: ExportSetting, actor: Actor, timing: Timing, at: datetime) -> None:
    setting.schedule, setting.weekday, setting.hour = timing.schedule, timing.weekday, timing.hour
    setting.scheduled_by = None if timing.schedule is Schedule.NONE else actor.id
    setting.next_at = timing.next_after(at)


def _check_name(session: Session, name: str, but: int | None = None) -> None:
    same = sa.select(ExportSetting.id).where(
        ExportSetting.name == name, ExportSetting.id.is_distinct_from(but)
    )
    if session.scalar(same) is not None:
        raise NameTaken


def _flush(session: Session) -> None:
    """Flush; on PostgreSQL another transaction may have taken the name since the check."""
    try:
        session.flush()
    except sa.exc.IntegrityError as error:
        if "name" not in str(error.orig):
            raise
        raise NameTaken from error


def _record(work: Work, action: str, setting: ExportSetting) -> None:
    details = {"name": setting.name, "schedule": setting.schedule.value}
    audit_log.log(work, action, setting.public_id, details)


_Scheduler = aliased(Account)


def _all() -> sa.Select[ExportSetting, str, Account, Job]:
    return (
        sa.select(ExportSetting, Account.email, _Scheduler, Job)
        .outerjoin(Account, Account.id == ExportSetting.created_by)
        .outerjoin(_Scheduler, _Scheduler.id == ExportSetting.scheduled_by)
        .outerjoin(Job, Job.id == ExportSetting.last_job_id)
        .execution_options(populate_existing=True)
    )


def _saved(
    session: Session, setting: ExportSetting, author: str, scheduler: Account, job: Job
) -> SavedSetting:
    try:
        wanted = order_from(setting.settings)
    except OrderUnreadable:
        return SavedSetting(setting, None, author, scheduler, job, None)
    about = session.scalars(sa.select(Round).where(Round.code == wanted.round_code)).one_or_none()
    return SavedSetting(setting, wanted, author, scheduler, job, about)


EVERY_SECONDS = 20

log = structlog.get_logger()


def task() -> Task:
    """Return the worker task that orders the due settings."""
    return Task("export schedules", EVERY_SECONDS, lambda session: order_due(session, now()))


def order_due(session: Session, at: datetime) -> int:
    """Order each due setting and return their number; safe with any number of workers.

    Each has a transaction of its own, which also sets its next moment, after `at`: orders missed
    while no worker ran are made up for once.
    """
    due = ExportSetting.next_at <= at
    ids = session.scalars(sa.select(ExportSetting.id).where(due).order_by(ExportSetting.id)).all()
    session.rollback()
    ordered = 0
    for setting_id in ids:
        with writing(session):
            setting = session.scalar(
                sa.select(ExportSetting)
                .where(ExportSetting.id == setting_id, due)
                .with_for_update(skip_locked=True)
                .execution_options(populate_existing=True)
            )
            ordered += setting is not None and _order(session, setting, at)
    return ordered


def _order(session: Session, setting: ExportSetting, at: datetime) -> bool:
    """Order one setting, or stop its schedule where its account may no longer export."""
    wanted = _wanted(setting)
    if wanted is None or not _may_export(session, setting.scheduled_by):
        setting.next_at = None
        session.flush()
        audit_log.record(session, None, "export_schedule_stopped", setting.public_id, at=at)
        log.warning("export schedule stopped", setting=setting.id)
        return False
    parameters = wanted.as_json() | {
        "mail": True, "scheduled": True, "setting": setting.public_id,
    }  # fmt: skip
    job = queue.enqueue(session, KIND, parameters, at=at, requested_by=setting.scheduled_by)
    setting.last_job_id = job.id
    setting.next_at = timing_of(setting).next_after(at)
    session.flush()
    details = audit_details(parameters) | {"name": setting.name}
    audit_log.record(session, None, "export_scheduled", job.public_id, details, at=at)
    return True


def _wanted(setting: ExportSetting) -> Order | None:
    try:
        return order_from(setting.settings)
    except OrderUnreadable:
        return None


def _may_export(session: Session, account_id: int | None) -> bool:
    account = session.get(Account, account_id) if account_id else None
    return account is not None and account.active and actor_of(account).may(NEEDED[KIND])


def names_of(session: Session, public_ids: Collection[str]) -> dict[str, str]:
    rows = session.execute(
        sa.select(ExportSetting.public_id, ExportSetting.name).where(
            ExportSetting.public_id.in_(public_ids)
        )
    )
    return {public_id: f"« {name} »" for public_id, name in rows}
