"""Exports as jobs: ordered by the staff, run by the worker, listed for those who may have them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.models import Account
from consultation.clock import now
from consultation.exporting.workbook import export
from consultation.jobs.models import Job, JobStatus
from consultation.jobs.queue import JobRefused, Run, enqueue
from consultation.jobs.telling import Tell
from consultation.moderation import screening_due
from consultation.questionnaires.models import Round
from consultation.sheets.tables import TextTooLong, TooManyRows
from consultation.sheets.writing import Format
from consultation.web.permissions import Actor, NotAllowed, Permission

KIND = "export"
LISTED = 50
ROUND_GONE = "Ce tour n'existe plus : choisissez-en un autre."


@dataclass(frozen=True)
class Ordered:
    """One export that was asked for, and by whom (None: an account that is gone)."""

    job: Job
    email: str | None

    @property
    def manifest(self) -> dict[str, Any] | None:
        """What the finished workbook holds, or None while there is none."""
        return self.job.result if self.job.status is JobStatus.DONE else None

    @property
    def is_under_way(self) -> bool:
        """Say whether the worker still has something to do."""
        return self.job.status in (JobStatus.QUEUED, JobStatus.RUNNING)

    def path(self, directory: Path) -> Path | None:
        """Return where the workbook is, or None when it is not there (any more)."""
        if self.manifest is None:
            return None
        path = directory / Path(self.manifest["file"]).name
        return path if path.is_file() else None

    def kept_until(self, days: int) -> datetime | None:
        """Return when the workbook is removed."""
        if self.manifest is None:
            return None
        return datetime.fromisoformat(self.manifest["made_at"]) + timedelta(days=days)


def order(
    session: Session, actor: Actor, *, round_code: str, format: Format, at: datetime
) -> tuple[Job, bool]:
    """Order a workbook, to be called inside `writing`; say whether the job is a new one.

    The same order given twice while the first still waits is one job: a double click.  Raise
    `NotAllowed`.
    """
    _check(actor)
    parameters = {"round": round_code, "format": format.value}
    waiting = session.scalars(
        sa.select(Job).where(
            Job.kind == KIND, Job.status == JobStatus.QUEUED, Job.requested_by == actor.id
        )
    )
    for job in waiting:
        if job.parameters == parameters:
            return job, False
    return enqueue(session, KIND, parameters, at=at, requested_by=actor.id), True


def listed(session: Session, actor: Actor) -> Sequence[Ordered]:
    """Return the latest exports, whoever asked for them, the last first; raise `NotAllowed`."""
    _check(actor)
    rows = session.execute(_orders().order_by(Job.created_at.desc(), Job.id.desc()).limit(LISTED))
    return [Ordered(job, email) for job, email in rows]


def one(session: Session, actor: Actor, public_id: str) -> Ordered | None:
    """Return one export, or None when there is none of that id; raise `NotAllowed`."""
    _check(actor)
    row = session.execute(_orders().where(Job.public_id == public_id)).one_or_none()
    return None if row is None else Ordered(*row)


def run_in(directory: Path, site: str = "") -> Run:
    """Return what runs the jobs of kind `KIND`, with the workbooks in `directory`."""
    return partial(_run, directory, site)


def _orders() -> sa.Select[Job, Any]:
    return (
        sa.select(Job, Account.email)
        .outerjoin(Account, Account.id == Job.requested_by)
        .where(Job.kind == KIND)
        .execution_options(populate_existing=True)
    )


def _check(actor: Actor) -> None:
    if not actor.may(Permission.EXPORT_UNREAD):
        raise NotAllowed(Permission.EXPORT_UNREAD)


def _run(directory: Path, site: str, session: Session, job: Job, tell: Tell) -> dict[str, Any]:
    wanted = session.scalars(
        sa.select(Round).where(Round.code == job.parameters["round"])
    ).one_or_none()
    if wanted is None:
        raise JobRefused(ROUND_GONE)
    session.expunge(wanted)
    session.rollback()  # the export reads in a transaction of its own
    tell("Lecture des textes arrivés depuis peu")
    screening_due.screen_due(session)
    try:
        workbook = export(
            session,
            round=wanted,
            format=Format(job.parameters["format"]),
            directory=directory,
            at=now(),
            site=site,
            tell=tell,
        )
    except (TextTooLong, TooManyRows) as refusal:
        raise JobRefused(str(refusal)) from refusal
    return workbook.manifest
