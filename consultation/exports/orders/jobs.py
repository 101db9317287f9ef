"""Export jobs: orders in the queue, and the functions that run them."""

import errno
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.models import Account
from consultation.clock import now
from consultation.exports import contacts
from consultation.exports.files import remove
from consultation.exports.orders.order import Order, OrderUnreadable, order_from
from consultation.exports.request import ExportRequest
from consultation.exports.workbook import writer
from consultation.exports.workbook.writer import Workbook
from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.jobs import queue
from consultation.jobs.models import Job, JobStatus
from consultation.jobs.progress import Report
from consultation.jobs.queue import JobRefused, Run
from consultation.moderation import screening
from consultation.questionnaires.models import Round
from consultation.responses.models import Response
from consultation.spreadsheets.table import TextTooLong, TooManyRows
from consultation.web.permissions import Permission
from consultation.web.typography import moment
from consultation.work.services import Work, needs

ROUND_GONE = "Ce tour n'existe plus : choisissez-en un autre."
UNREADABLE = "Cette demande ne peut plus être lue : préparez-en une nouvelle."
NO_ROOM = (
    "Il n'y a plus de place sur le disque pour écrire ce fichier. Rien d'autre n'est perdu :"
    " prévenez la personne qui administre le site, puis refaites la demande."
)
Write = Callable[[Session, ExportRequest, Report], Workbook]
FULL = (errno.ENOSPC, errno.EDQUOT)


def workbook_job(settings: Mapping[str, Any], write: Write = writer.write) -> Run:
    """Return the job that writes workbooks into the directory of exports."""
    return partial(_write_workbook, settings, write)


def contacts_job(directory: Path) -> Run:
    """Return the job that writes lists of contacts into `directory`."""
    return partial(_write_contacts, directory)


def discard(directory: Path, manifest: dict[str, Any]) -> None:
    """Remove the file of an export that was cancelled, or taken over, as it ended."""
    remove([directory / Path(manifest["file"]).name])


def _write_workbook(
    settings: Mapping[str, Any], write: Write, session: Session, job: Job, report: Report
) -> dict[str, Any]:
    screening.screen_due(session, report=report)
    request = _request(session, job, settings["EXPORTS_DIR"])
    request = replace(request, site=settings["BASE_URL"])
    with _refusals():
        return write(session, request, report).manifest


def _write_contacts(directory: Path, session: Session, job: Job, report: Report) -> dict[str, Any]:
    request = _request(session, job, directory)
    with _refusals():
        return contacts.write(session, request, report)


def _request(session: Session, job: Job, directory: Path) -> ExportRequest:
    """Return the request of the job's order, and end the transaction: exports open their own."""
    try:
        order = order_from(job.parameters)
    except OrderUnreadable:
        raise JobRefused(UNREADABLE) from None
    round_id = session.scalar(sa.select(Round.id).where(Round.code == order.round_code))
    if round_id is None:
        raise JobRefused(ROUND_GONE)
    selection = order.selection(session)
    session.rollback()
    return ExportRequest(round_id, order.format, directory, now(), selection)


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn errors that no retry can mend into a sentence for the pages."""
    try:
        yield
    except (TextTooLong, TooManyRows) as refusal:
        raise JobRefused(str(refusal)) from refusal
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise JobRefused(NO_ROOM) from error


KIND = "export"
CONTACTS = "contacts"
NEEDED: Mapping[str, Permission] = {
    KIND: Permission.EXPORT_UNREAD,
    CONTACTS: Permission.EXPORT_CONTACTS,
}
"""Permission to order, see and download an export of each kind."""

LISTED = 50
DOUBLE_CLICK = timedelta(seconds=10)


@dataclass(frozen=True)
class OrderedExport:
    """One export job, with the email of its account (None: the account is gone)."""

    job: Job
    email: str | None

    @property
    def is_of_contacts(self) -> bool:
        return self.job.kind == CONTACTS

    @property
    def order(self) -> Order | None:
        """The order; None where this version cannot read it."""
        try:
            return order_from(self.job.parameters)
        except OrderUnreadable:
            return None

    @property
    def manifest(self) -> dict[str, Any] | None:
        """The manifest of a finished export, None of another."""
        return self.job.result if self.job.status is JobStatus.DONE else None

    @property
    def is_under_way(self) -> bool:
        return self.job.status in queue.UNDER_WAY

    def path(self, directory: Path) -> Path | None:
        """Return the path of the file, None where there is none (any more)."""
        if self.manifest is None:
            return None
        path = directory / Path(self.manifest["file"]).name
        return path if path.is_file() else None

    def kept_until(self, days: int) -> datetime | None:
        """Return when the file is removed."""
        if self.manifest is None:
            return None
        return datetime.fromisoformat(self.manifest["made_at"]) + timedelta(days=days)


def order(
    work: Work, wanted: Order, *, kind: str = KIND, setting: str | None = None
) -> tuple[Job, bool]:
    """Enqueue an export, inside `writing`; return the job, and whether it is new.

    `setting` is the id of the saved setting that it comes from.  Raise `NotAllowed`.
    """
    work.check(NEEDED[kind])
    parameters = wanted.as_json() | ({"setting": setting} if setting else {})
    return _enqueue(work, kind, parameters)


def again(work: Work, public_id: str) -> tuple[Job, bool] | None:
    """Enqueue an earlier order again; None for an unknown id.  Raise `NotAllowed`.

    One of a schedule is ordered as the actor's own, without the schedule's mail.
    """
    ordered = find(work, public_id)
    if ordered is None:
        return None
    parameters = dict(ordered.job.parameters)
    if parameters.pop("scheduled", False):
        parameters["mail"] = False
    return _enqueue(work, ordered.job.kind, parameters)


@needs(NEEDED[KIND])
def count_contributions(work: Work, wanted: Order) -> int:
    """Return how many contributions a workbook would have now; raise `NotAllowed`."""
    round_id = work.session.scalar(sa.select(Round.id).where(Round.code == wanted.round_code)) or 0
    included = wanted.selection(work.session).includes(round_id)
    counted = sa.select(sa.func.count()).select_from(Response).join(Response.questionnaire)
    return work.session.scalar(counted.where(included)) or 0


def cancel(work: Work, public_id: str) -> bool:
    """Cancel an export of any account; return False where it has ended already."""
    ordered = find(work, public_id)
    return ordered is not None and queue.cancel(work.session, ordered.job.id, work.at)


def latest(work: Work, kind: str = KIND) -> Sequence[OrderedExport]:
    """Return the latest exports of all accounts, the last first; raise `NotAllowed`."""
    work.check(NEEDED[kind])
    orders = _orders().where(Job.kind == kind).order_by(Job.created_at.desc(), Job.id.desc())
    return [OrderedExport(job, email) for job, email in work.session.execute(orders.limit(LISTED))]


def find(work: Work, public_id: str) -> OrderedExport | None:
    """Return an export of any kind, None for an unknown id; raise `NotAllowed`."""
    row = work.session.execute(_orders().where(Job.public_id == public_id)).one_or_none()
    work.check(NEEDED[KIND if row is None else row[0].kind])
    return None if row is None else OrderedExport(*row)


def names_of(session: Session, public_ids: Collection[str]) -> dict[str, str]:
    """Name exports by their round, where it is still there, and when they were ordered."""
    jobs = session.scalars(
        sa.select(Job).where(Job.public_id.in_(public_ids), Job.kind.in_(NEEDED))
    ).all()
    rounds = session.execute(
        sa.select(Round.code, Round.title).where(
            Round.code.in_({job.parameters.get("round") for job in jobs})
        )
    )
    titles = {code: f"« {localized(title, DEFAULT_LOCALE)} », " for code, title in rounds}
    return {
        job.public_id: f"{titles.get(str(job.parameters.get('round')), '')}{moment(job.created_at)}"
        for job in jobs
    }


def _orders() -> sa.Select[Job, Any]:
    return (
        sa.select(Job, Account.email)
        .outerjoin(Account, Account.id == Job.requested_by)
        .where(Job.kind.in_(NEEDED))
        .execution_options(populate_existing=True)
    )


def _enqueue(work: Work, kind: str, parameters: dict[str, Any]) -> tuple[Job, bool]:
    """Enqueue an order, unless a double click has already: the same is queued or just started."""
    work.session.get_one(Account, work.actor.id, with_for_update=True)  # one click at a time
    is_same_click = sa.and_(
        Job.status == JobStatus.RUNNING, Job.created_at > work.at - DOUBLE_CLICK
    )
    under_way = work.session.scalars(
        sa.select(Job).where(
            Job.kind == kind,
            Job.requested_by == work.actor.id,
            sa.or_(Job.status == JobStatus.QUEUED, is_same_click),
        )
    )
    for job in under_way:
        if job.parameters == parameters:
            return job, False
    return queue.enqueue(
        work.session, kind, parameters, at=work.at, requested_by=work.actor.id
    ), True
