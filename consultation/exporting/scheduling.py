"""The worker orders what is due by its schedule: once for each due moment, and once when late."""

from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from consultation.accounts import auditing
from consultation.accounts.granting import actor_of
from consultation.accounts.models import Account
from consultation.clock import now
from consultation.database import writing
from consultation.exporting.models import ExportSetting
from consultation.exporting.ordering import KIND, NEEDED
from consultation.exporting.orders import Order, OrderUnreadable, order_from, traced
from consultation.exporting.saving import timing_of
from consultation.jobs import queue
from consultation.jobs.worker import Task

EVERY_SECONDS = 20

log = structlog.get_logger()


def task() -> Task:
    """Return the worker's task that orders what is due."""
    return Task("export schedules", EVERY_SECONDS, lambda session: order_due(session, now()))


def order_due(session: Session, at: datetime) -> int:
    """Order each setting that is due and return how many were; any number of workers may call it.

    Each is a transaction of its own, which also sets the next moment, after `at`: what was missed
    while no worker ran is made up for once.
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
    """Order one setting, or stop its schedule when nobody answers for it any more."""
    wanted = _wanted(setting)
    if wanted is None or not _may_have_it(session, setting.scheduled_by):
        setting.next_at = None
        session.flush()
        auditing.record(session, None, "export_schedule_stopped", setting.public_id, at=at)
        log.warning("export schedule stopped", setting=setting.id)
        return False
    parameters = wanted.as_json() | {
        "mail": True, "scheduled": True, "setting": setting.public_id,
    }  # fmt: skip
    job = queue.enqueue(session, KIND, parameters, at=at, requested_by=setting.scheduled_by)
    setting.last_job_id = job.id
    setting.next_at = timing_of(setting).next_after(at)
    session.flush()
    details = traced(parameters) | {"name": setting.name}
    auditing.record(session, None, "export_scheduled", job.public_id, details, at=at)
    return True


def _wanted(setting: ExportSetting) -> Order | None:
    try:
        return order_from(setting.settings)
    except OrderUnreadable:
        return None


def _may_have_it(session: Session, account_id: int | None) -> bool:
    account = session.get(Account, account_id) if account_id else None
    return account is not None and account.active and actor_of(account).may(NEEDED[KIND])
