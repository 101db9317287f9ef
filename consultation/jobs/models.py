"""Tables of jobs, of the worker's heartbeat and of its periodic tasks."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from consultation.crypto.keyring import new_id
from consultation.db.base import JSON, Base, enum_type
from consultation.i18n import Labelled


class JobStatus(Labelled):
    QUEUED = "queued", "en attente"
    RUNNING = "running", "en préparation"
    DONE = "done", "prêt"
    FAILED = "failed", "non abouti"
    CANCELLED = "cancelled", "annulé"


class Job(Base):
    """One job for the worker; while it runs, `due_at` is when its lease ends."""

    __tablename__ = "job"
    __table_args__ = (sa.Index(None, "status", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    kind: Mapped[str] = mapped_column(sa.String(40))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    status: Mapped[JobStatus] = mapped_column(
        enum_type(JobStatus, "status"), default=JobStatus.QUEUED
    )
    step: Mapped[str | None] = mapped_column(sa.String(100))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    requested_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class WorkerHeartbeat(Base):
    """Worker heartbeat: one row for all workers, with the latest beat."""

    __tablename__ = "worker_sign"

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    seen_at: Mapped[datetime]


class TaskRun(Base):
    """Last run of a periodic task; `failure` is the type of the exception that ended it, if any."""

    __tablename__ = "task_run"

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    ended_at: Mapped[datetime]
    due_at: Mapped[datetime]
    failure: Mapped[str | None] = mapped_column(sa.String(80))
