"""The worker's part: make what was ordered, and take back what nobody is to have."""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.exporting import contacts, workbook
from consultation.exporting.keeping import remove
from consultation.exporting.orders import Order, OrderUnreadable, order_from
from consultation.exporting.workbook import Workbook
from consultation.jobs.models import Job
from consultation.jobs.queue import JobRefused, Run
from consultation.jobs.telling import Tell
from consultation.moderation import screening_due
from consultation.questionnaires.models import Round
from consultation.sheets.tables import TextTooLong, TooManyRows

ROUND_GONE = "Ce tour n'existe plus : choisissez-en un autre."
UNREADABLE = "Cette demande ne peut plus être lue : préparez-en une nouvelle."
NO_ROOM = (
    "Il n'y a plus de place sur le disque pour écrire ce fichier. Rien d'autre n'est perdu :"
    " prévenez la personne qui administre le site, puis refaites la demande."
)
Make = Callable[..., Workbook]
FULL = (errno.ENOSPC, errno.EDQUOT)


def workbooks_in(directory: Path, site: str = "", make: Make | None = None) -> Run:
    """Return what runs the orders of workbooks, with the files in `directory`.

    `make` is `workbook.export`, or what does as it does; `site` the address the workbook names.
    """
    return partial(_make_workbook, directory, site, make)


def contacts_in(directory: Path) -> Run:
    """Return what runs the orders of lists of contacts, with the files in `directory`."""
    return partial(_make_contacts, directory)


def discard(directory: Path, manifest: dict[str, Any]) -> None:
    """Remove the file of an export that was cancelled, or taken over, as it ended."""
    remove([directory / Path(manifest["file"]).name])


def _make_workbook(
    directory: Path, site: str, make: Make | None, session: Session, job: Job, tell: Tell
) -> dict[str, Any]:
    wanted, consultation_round = _wanted(session, job)
    selection = wanted.selection(session)
    session.rollback()  # the export reads in a transaction of its own
    tell("Lecture des textes arrivés depuis peu")
    screening_due.screen_due(session)
    with _refusals():
        made = (make or workbook.export)(
            session,
            round=consultation_round,
            format=wanted.format,
            directory=directory,
            at=now(),
            site=site,
            selection=selection,
            tell=tell,
        )
    return made.manifest


def _make_contacts(directory: Path, session: Session, job: Job, tell: Tell) -> dict[str, Any]:
    wanted, consultation_round = _wanted(session, job)
    session.rollback()
    with _refusals():
        return contacts.export(
            session,
            round=consultation_round,
            format=wanted.format,
            directory=directory,
            at=now(),
            tell=tell,
        )


def _wanted(session: Session, job: Job) -> tuple[Order, Round]:
    try:
        wanted = order_from(job.parameters)
    except OrderUnreadable:
        raise JobRefused(UNREADABLE) from None
    found = session.scalars(sa.select(Round).where(Round.code == wanted.round_code)).one_or_none()
    if found is None:
        raise JobRefused(ROUND_GONE)
    session.expunge(found)
    return wanted, found


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn what no repeat would help into a sentence for who asked."""
    try:
        yield
    except (TextTooLong, TooManyRows) as refusal:
        raise JobRefused(str(refusal)) from refusal
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise JobRefused(NO_ROOM) from error
