"""Backups made by the worker into the folder of backups, and the copies that are in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.clock import PARIS, now
from consultation.crypto.keyring import keyring
from consultation.db.base import writing
from consultation.jobs import queue
from consultation.jobs.models import Job
from consultation.jobs.progress import Report
from consultation.jobs.queue import UNDER_WAY, JobRefused
from consultation.operations.backups import backup, signatures
from consultation.operations.backups.backup import BackupRefused
from consultation.operations.backups.encryption import SealRefused
from consultation.operations.backups.examination import SIGNED
from consultation.operations.backups.postgresql import ProgramFailed
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

KIND = "backup"
SEALED_SUFFIX = ".age"


@dataclass(frozen=True)
class StoredBackup:
    """A copy in the folder of backups."""

    name: str
    made_at: datetime
    size: int

    @property
    def is_sealed(self) -> bool:
        """Whether nobody reads it without the identity that is elsewhere."""
        return self.name.endswith(SEALED_SUFFIX)


@needs(Permission.CONFIGURE)
def order(work: Work) -> Job:
    """Enqueue a backup, inside `writing`, or return the one that is under way."""
    under_way = sa.select(Job).where(Job.kind == KIND, Job.status.in_(UNDER_WAY)).limit(1)
    job = work.session.scalar(under_way)
    return job or queue.enqueue(work.session, KIND, {}, at=work.at, requested_by=work.actor.id)


def run_in(settings: Mapping[str, Any]) -> queue.Run:
    """Return the function that runs the job of a backup with these settings."""

    def run(session: Session, job: Job, report: Report) -> dict[str, Any]:
        session.rollback()  # a reader would keep the write-ahead log from ending
        at, folder = now(), settings["BACKUPS_DIR"]
        report("Copie de la base.")
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            target = backup.place_in(
                folder, settings["DATABASE_URL"], settings["BACKUP_RECIPIENT"], at
            )
            size = backup.backup(
                settings["DATABASE_URL"],
                target,
                settings["BACKUP_RECIPIENT"],
                work=settings["HOME"],
                signing_key=keyring.derived_key(signatures.PURPOSE),
            )
        except (BackupRefused, SealRefused, ProgramFailed) as refused:
            raise JobRefused(str(refused)) from refused
        except OSError as error:
            raise JobRefused(f"{folder} ne peut pas être écrit ({error.strerror}).") from error
        for old in backup.outlived(folder, settings["BACKUP_KEEP_DAYS"], at):
            old.unlink(missing_ok=True)
        _note(session, job, size)
        return {"file": target.name, "bytes": size}

    return run


def stored(folder: Path) -> list[StoredBackup]:
    """Return the copies in the folder, the latest first."""
    if not folder.is_dir():
        return []
    copies = [
        StoredBackup(path.name, _made_at(match[1]), path.stat().st_size)
        for path in folder.iterdir()
        if (match := backup.NAMED.fullmatch(path.name)) and path.is_file()
    ]
    return sorted(copies, key=lambda it: it.made_at, reverse=True)


def _made_at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d-%H%M%S").replace(tzinfo=PARIS)


def _note(session: Session, job: Job, size: int) -> None:
    with writing(session):
        details = {"bytes": size, SIGNED: True}
        audit_log.record(session, job.requested_by, "backup_made", details=details, at=now())
