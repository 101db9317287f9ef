"""Whole examination, run by the worker: it waits for other servers and reads the whole file."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.jobs import queue
from consultation.jobs.models import Job, JobStatus
from consultation.jobs.progress import Report
from consultation.jobs.queue import UNDER_WAY
from consultation.operations.doctor.finding import Finding
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

KIND = "examination"


@dataclass(frozen=True)
class Examined:
    """The findings of the last whole examination, and when it ended."""

    at: datetime
    findings: list[Finding]


@needs(Permission.CONFIGURE)
def order(work: Work) -> Job:
    """Enqueue an examination, inside `writing`, or return the one that is under way."""
    under_way = sa.select(Job).where(Job.kind == KIND, Job.status.in_(UNDER_WAY)).limit(1)
    job = work.session.scalar(under_way)
    return job or queue.enqueue(work.session, KIND, {}, at=work.at, requested_by=work.actor.id)


def run_in(settings: Mapping[str, Any]) -> queue.Run:
    """Return the function that runs the job of an examination with these settings."""

    def run(session: Session, _job: Job, report: Report) -> dict[str, Any]:
        report("Examen de la base, du domaine et du certificat.")
        from consultation.operations.doctor import checks  # with what asks the DNS

        findings = checks.examine(session, settings)
        session.rollback()
        return {"findings": [vars(finding) for finding in findings]}

    return run


@needs(Permission.CONFIGURE)
def last(work: Work) -> Examined | None:
    """Return the last whole examination, or None; raise `NotAllowed`."""
    done = sa.select(Job).where(Job.kind == KIND, Job.status == JobStatus.DONE)
    job = work.session.scalar(done.order_by(Job.finished_at.desc()).limit(1))
    if job is None or job.finished_at is None or job.result is None:
        return None
    return Examined(job.finished_at, [Finding(**each) for each in job.result["findings"]])
