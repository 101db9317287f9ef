"""Settings of exports that are kept under a name: kept, changed, ordered again, removed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from consultation.accounts import auditing
from consultation.accounts.models import Account
from consultation.exporting import ordering
from consultation.exporting.models import LONGEST_NAME, ExportSetting, Schedule
from consultation.exporting.orders import Order, OrderUnreadable, order_from
from consultation.exporting.timing import Timing
from consultation.jobs.models import Job
from consultation.questionnaires.models import Round
from consultation.text import clean_line
from consultation.web.permissions import Actor

NAME_MISSING = "Donnez un nom à ces réglages, pour les retrouver."
NAME_LONG = f"Donnez un nom d'au plus {LONGEST_NAME} caractères."
NAME_TAKEN = "D'autres réglages portent déjà ce nom : choisissez-en un autre."


class NotKept(Exception):
    """A setting that was refused; `faults` say why, by field, in French."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(*faults.values())
        self.faults = faults


@dataclass(frozen=True)
class Kept:
    """A kept setting with what the list tells of it; `order` is None when it can't be read."""

    setting: ExportSetting
    order: Order | None
    author: str | None
    scheduler: Account | None
    last_job: Job | None
    round: Round | None

    @property
    def timing(self) -> Timing:
        """When it is ordered by itself."""
        return timing_of(self.setting)


def timing_of(setting: ExportSetting) -> Timing:
    """Return when a setting is ordered by itself."""
    return Timing(setting.schedule, setting.weekday, setting.hour)


def kept(session: Session, actor: Actor) -> Sequence[Kept]:
    """Return every kept setting by name; raise `NotAllowed`."""
    ordering.check(actor)
    return [_kept(session, *row) for row in session.execute(_all().order_by(ExportSetting.name))]


def one(session: Session, actor: Actor, public_id: str) -> Kept | None:
    """Return a kept setting, or None when there is none of that id (any more)."""
    ordering.check(actor)
    row = session.execute(_all().where(ExportSetting.public_id == public_id)).one_or_none()
    return None if row is None else _kept(session, *row)


def keep(
    session: Session, actor: Actor, name: str, wanted: Order, timing: Timing, at: datetime
) -> ExportSetting:
    """Keep an order under a name; raise `NotAllowed` or `NotKept`."""
    ordering.check(actor)
    setting = ExportSetting(
        name=_free_name(session, name), settings=wanted.as_json(), created_by=actor.id,
        created_at=at,
    )  # fmt: skip
    _schedule(setting, actor, timing, at)
    session.add(setting)
    _store(session)
    _note(session, actor, "export_setting_kept", setting, at)
    return setting


def change(
    session: Session,
    actor: Actor,
    setting: ExportSetting,
    name: str,
    wanted: Order,
    timing: Timing,
    at: datetime,
) -> None:
    """Change a setting; who changes its schedule is who is written to from then on."""
    ordering.check(actor)
    setting.name = _free_name(session, name, but=setting.id)
    setting.settings = wanted.as_json()
    if timing != timing_of(setting) or setting.has_stopped:
        _schedule(setting, actor, timing, at)
    _store(session)
    _note(session, actor, "export_setting_changed", setting, at)


def remove(session: Session, actor: Actor, setting: ExportSetting, at: datetime) -> None:
    """Remove a setting; an export of it that is under way goes on."""
    ordering.check(actor)
    session.delete(setting)
    session.flush()
    _note(session, actor, "export_setting_removed", setting, at)


def order(session: Session, actor: Actor, kept: Kept, at: datetime) -> tuple[Job, bool]:
    """Order what a setting says, to be called inside `writing`; raise `OrderUnreadable`."""
    if kept.order is None:
        raise OrderUnreadable
    job, is_new = ordering.order(session, actor, kept.order, at=at, setting=kept.setting.public_id)
    kept.setting.last_job_id = job.id
    session.flush()
    return job, is_new


def _schedule(setting: ExportSetting, actor: Actor, timing: Timing, at: datetime) -> None:
    setting.schedule, setting.weekday, setting.hour = timing.schedule, timing.weekday, timing.hour
    setting.scheduled_by = None if timing.schedule is Schedule.NONE else actor.id
    setting.next_at = timing.next_after(at)


def _free_name(session: Session, typed: str, but: int | None = None) -> str:
    name = clean_line(typed)
    same = sa.select(ExportSetting.id).where(
        ExportSetting.name == name, ExportSetting.id.is_distinct_from(but)
    )
    if not name:
        raise NotKept({"nom": NAME_MISSING})
    if len(name) > LONGEST_NAME:
        raise NotKept({"nom": NAME_LONG})
    if session.scalar(same) is not None:
        raise NotKept({"nom": NAME_TAKEN})
    return name


def _store(session: Session) -> None:
    """Send what was set; a name that was free may have been taken since, on PostgreSQL."""
    try:
        session.flush()
    except sa.exc.IntegrityError as error:
        if "name" not in str(error.orig):
            raise
        raise NotKept({"nom": NAME_TAKEN}) from error


def _note(
    session: Session, actor: Actor, action: str, setting: ExportSetting, at: datetime
) -> None:
    details = {"name": setting.name, "schedule": setting.schedule.value}
    auditing.record(session, actor.id, action, setting.public_id, details, at=at)


_Scheduler = aliased(Account)


def _all() -> sa.Select[ExportSetting, str, Account, Job]:
    return (
        sa.select(ExportSetting, Account.email, _Scheduler, Job)
        .outerjoin(Account, Account.id == ExportSetting.created_by)
        .outerjoin(_Scheduler, _Scheduler.id == ExportSetting.scheduled_by)
        .outerjoin(Job, Job.id == ExportSetting.last_job_id)
        .execution_options(populate_existing=True)
    )


def _kept(
    session: Session, setting: ExportSetting, author: str, scheduler: Account, job: Job
) -> Kept:
    try:
        wanted = order_from(setting.settings)
    except OrderUnreadable:
        return Kept(setting, None, author, scheduler, job, None)
    about = session.scalars(sa.select(Round).where(Round.code == wanted.round_code)).one_or_none()
    return Kept(setting, wanted, author, scheduler, job, about)
