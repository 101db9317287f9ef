"""Files of published reports for the public."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.documents.build import site_of
from consultation.documents.formats import DocumentFormat, formats_here
from consultation.documents.model import Document
from consultation.documents.public.files import PublicFile
from consultation.documents.public.frozen import Editions
from consultation.i18n import LOCALES
from consultation.reports import build, comparison, editions
from consultation.reports.build import Others
from consultation.reports.models import ReportEdition
from consultation.reports.printed import layout
from consultation.reports.verification import given_files

Settings = Mapping[str, Any]


def file_of(
    session: Session,
    edition: ReportEdition,
    others: Others,
    language: str,
    format: DocumentFormat,
    settings: Settings,
    part: str = "",
) -> PublicFile:
    """The file of a published edition, with what may be quoted of others now.

    `part` is that of `layout.document_of`.
    """
    front, site = build.front_of(edition), site_of(settings)
    state = repr((front, language, site, others, part))

    def make() -> Document:
        assert edition.content is not None
        before = comparison.before(session, edition.number)
        return layout.document_of(edition.content, front, others, language, site, before, part)

    def note(document: Document, made: bytes) -> None:
        given_files.remember(session, edition, document, format, made, now())

    name = build.name_of(front.number, language)
    return PublicFile(layout.summary_name(name) if part else name, state, format, make, note)


def summary_of(
    session: Session, edition: ReportEdition, language: str, settings: Settings
) -> PublicFile:
    """The PDF of the summary of a published edition, which quotes nobody."""
    paged, others = DocumentFormat.PDF, Others({}, {})
    return file_of(session, edition, others, language, paged, settings, layout.SUMMARY)


def _files(session: Session, settings: Settings) -> Iterator[PublicFile]:
    """Yield the files of all reports, in each language and format."""
    for edition in editions.published(session):
        for language in LOCALES:
            if layout.is_summed_up(edition):
                yield summary_of(session, edition, language, settings)
            for format in formats_here(settings["HOME"]):
                others = build.public_texts_of_others(session, edition)
                yield file_of(session, edition, others, language, format, settings)


REPORTS = Editions(editions.REPORTS.count, _files)
