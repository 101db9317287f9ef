"""Files of published editions, which the worker makes before a reader asks for one."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.db.base import writing
from consultation.decisions import editions
from consultation.documents import build
from consultation.documents.build import Choice
from consultation.documents.formats import FormatLacking, formats_here
from consultation.documents.public.files import PublicFile, PublicFiles, file_of, version
from consultation.i18n import LOCALES
from consultation.jobs import erase_copies, queue
from consultation.jobs.models import Job, JobStatus
from consultation.jobs.progress import Report
from consultation.jobs.queue import Run
from consultation.jobs.worker import Task
from consultation.typesetting.subprocess import NoTypesetting

KIND = "published_documents"
EVERY_SECONDS = 10.0

Settings = Mapping[str, Any]

log = structlog.get_logger()


@dataclass(frozen=True)
class Editions:
    """Editions of one kind: how many are published, and the files of all, the latest first."""

    count: Callable[[Session], int]
    files: Callable[[Session, Settings], Iterable[PublicFile]]


def _files(session: Session, settings: Settings) -> Iterator[PublicFile]:
    """Yield the files of the working document, in each language and format."""
    site = build.site_of(settings)
    for front in editions.fronts(session):
        for language in LOCALES:
            sources = build.sources_of(session, Choice(front.number, language=language), site)
            assert sources is not None
            for format in formats_here(settings["HOME"]):
                yield file_of(session, sources, format)


WORKING_DOCUMENT = Editions(editions.EDITIONS.count, _files)


def task(kinds: Iterable[Editions], home: Path) -> Task:
    """Return the worker task that orders the files as soon as more editions are published.

    Also after an erasure, which removes them, in a new version of the site, which may write them
    otherwise, and where ODT can be made that could not be before.
    """

    def order(session: Session) -> None:
        published = sum(it.count(session) for it in kinds)
        ended = sa.select(sa.func.max(Job.id)).where(
            Job.kind == erase_copies.KIND, Job.status == JobStatus.DONE
        )
        wanted = {
            "editions": published,
            "erasure": session.scalar(ended),
            "version": version(),
            "formats": [it.value for it in formats_here(home)],
        }
        known = session.scalars(sa.select(Job.parameters).where(Job.kind == KIND)).all()
        session.rollback()
        if published and wanted not in known:
            with writing(session):
                queue.enqueue(session, KIND, wanted, at=now())

    return Task("published documents", EVERY_SECONDS, order)


def run_in(settings: Settings, kinds: Iterable[Editions]) -> Run:
    """Return the job that makes the files that are not kept."""
    files = PublicFiles(settings["HOME"])

    def run(session: Session, job: Job, report: Report) -> dict[str, Any]:
        made = 0
        for kind in kinds:
            for wanted in kind.files(session, settings):
                session.rollback()
                report(f"Écriture de {wanted.name}.{wanted.format.extension}")
                made += _make(files, wanted)
        return {"made": made}

    return run


def _make(files: PublicFiles, wanted: PublicFile) -> bool:
    """Make a file unless it is kept; what can't be made here waits for who asks for it."""
    if files.kept(wanted) is not None:
        return False
    try:
        files.make(wanted)
    except (FormatLacking, NoTypesetting) as failed:
        log.warning("document not made", format=wanted.format, error=type(failed).__name__)
        return False
    return True
