"""Jobs of documents: orders of the team in the queue, and what runs them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.models import Account
from consultation.crypto.keyring import keyring
from consultation.documents import build, files
from consultation.documents.build import Choice, ChoiceRefused
from consultation.documents.formats import DocumentFormat, FormatLacking
from consultation.documents.model import Document
from consultation.exports.files import beside_erasures, remove_file
from consultation.jobs import queue
from consultation.jobs.models import Job, JobStatus
from consultation.jobs.progress import Report
from consultation.jobs.queue import JobRefused, Run
from consultation.web.permissions import Permission
from consultation.web.typography import moment
from consultation.work.services import Work, needs

KIND = "document"
LISTED = 20


@dataclass(frozen=True)
class OrderedDocument:
    """A document that was ordered, with the email of its account (None: the account is gone)."""

    job: Job
    email: str | None

    @property
    def choice(self) -> Choice:
        return Choice(**self.job.parameters["choice"])

    @property
    def format(self) -> DocumentFormat:
        return DocumentFormat(self.job.parameters["format"])

    @property
    def is_under_way(self) -> bool:
        return self.job.status in queue.UNDER_WAY

    @property
    def result(self) -> Mapping[str, Any] | None:
        """What the job made, None of one that made nothing."""
        return self.job.result if self.job.status is JobStatus.DONE else None

    def path(self, directory: Path) -> Path | None:
        """Return the path of the file, None where there is none (any more)."""
        if self.result is None:
            return None
        path = directory / Path(self.result["file"]).name
        return path if path.is_file() else None


@needs(Permission.FOLLOW)
def order(work: Work, choice: Choice, format: DocumentFormat) -> tuple[Job, bool]:
    """Enqueue a document, inside `writing`; return the job, and whether it is new.

    A second click finds the first job.  Raise `NotAllowed`.
    """
    parameters = {"choice": asdict(choice), "format": format.value}
    work.session.get_one(Account, work.actor.id, with_for_update=True)  # one click at a time
    waiting = work.session.scalars(
        sa.select(Job).filter_by(kind=KIND, requested_by=work.actor.id, status=JobStatus.QUEUED)
    )
    for job in waiting:
        if job.parameters == parameters:
            return job, False
    return queue.enqueue(
        work.session, KIND, parameters, at=work.at, requested_by=work.actor.id
    ), True


@needs(Permission.FOLLOW)
def latest(work: Work) -> Sequence[OrderedDocument]:
    """Return the latest documents of all accounts, the last first; raise `NotAllowed`."""
    rows = work.session.execute(
        _orders().order_by(Job.created_at.desc(), Job.id.desc()).limit(LISTED)
    )
    return [OrderedDocument(job, email) for job, email in rows]


@needs(Permission.FOLLOW)
def find(work: Work, public_id: str) -> OrderedDocument | None:
    """Return a document, None for an unknown id; raise `NotAllowed`."""
    row = work.session.execute(_orders().where(Job.public_id == public_id)).one_or_none()
    return None if row is None else OrderedDocument(*row)


def names_of(session: Session, public_ids: Collection[str]) -> dict[str, str]:
    """Name documents by their format and when they were ordered."""
    rows = session.scalars(sa.select(Job).where(Job.public_id.in_(public_ids), Job.kind == KIND))
    return {
        job.public_id: f"{job.parameters['format'].upper()}, {moment(job.created_at)}"
        for job in rows
    }


def run_in(settings: Mapping[str, Any]) -> Run:
    """Return the job that writes documents where exports are kept."""

    def run(session: Session, job: Job, report: Report) -> dict[str, Any]:
        ordered = OrderedDocument(job, None)
        directory = settings["EXPORTS_DIR"]

        def write(at: datetime) -> dict[str, Any]:
            report("Lecture de l'édition")
            document = build.document_of(session, ordered.choice, build.site_of(settings), at)
            session.rollback()
            report("Écriture du document")
            path = files.write(directory, document, ordered.format, at)
            return {
                "file": path.name,
                "bytes": path.stat().st_size,
                "quoted": quoted_mark(document),
            }

        try:
            return beside_erasures(
                session, job.created_at, write, lambda made: discard(directory, made)
            )
        except (ChoiceRefused, FormatLacking) as refused:
            raise JobRefused(str(refused)) from refused

    return run


def discard(directory: Path, made: Mapping[str, Any]) -> None:
    """Remove the file of a job that was cancelled, or taken over, as it ended."""
    remove_file(directory / Path(made["file"]).name)


def quoted_mark(document: Document) -> str:
    """Return a mark that changes when a text that a document quotes may be read no more.

    Nobody can tell from it what a text said.  Empty where it quotes none.
    """
    quoted = "\n\n".join(document.quotations)
    return keyring.blind_index("document quotations", quoted) if quoted else ""


def is_current(session: Session, ordered: OrderedDocument, site: build.Site, at: datetime) -> bool:
    """Return whether all that the file quotes may still be read."""
    assert ordered.result is not None
    if not ordered.result["quoted"]:
        return True
    try:
        document = build.document_of(session, ordered.choice, site, at)
    except ChoiceRefused:
        return False
    return bool(quoted_mark(document) == ordered.result["quoted"])


def _orders() -> sa.Select[Job, Any]:
    return (
        sa.select(Job, Account.email)
        .outerjoin(Account, Account.id == Job.requested_by)
        .where(Job.kind == KIND)
        .execution_options(populate_existing=True)
    )
