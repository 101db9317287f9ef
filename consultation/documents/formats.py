"""Formats of documents, those that can be written here, and their files."""

import os
import pickle
import subprocess
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import gettempdir

from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.cores import on_every_core
from consultation.documents import html, office, pdf
from consultation.documents.model import Document, Text
from consultation.documents.office import Office
from consultation.files import has_room
from consultation.i18n import N_, Labelled
from consultation.imports import command
from consultation.jobs.worker import Task


class DocumentFormat(Labelled):
    PDF = "pdf", N_("PDF, à lire et à imprimer")
    DOCX = "docx", "DOCX, à reprendre dans Word", N_("Word (modifiable)")
    ODT = "odt", "ODT, à reprendre dans LibreOffice", N_("LibreOffice, ODT (modifiable)")
    HTML = "html", "HTML, une page à garder", N_("Page web à enregistrer")

    @property
    def extension(self) -> str:
        """The end of a file's name, without its dot."""
        return self.value

    @property
    def media_type(self) -> str:
        """The Content-Type of a download."""
        return MEDIA_TYPES[self]


MEDIA_TYPES: Mapping[DocumentFormat, str] = {
    DocumentFormat.PDF: "application/pdf",
    DocumentFormat.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    DocumentFormat.ODT: "application/vnd.oasis.opendocument.text",
    DocumentFormat.HTML: "text/html; charset=utf-8",
}
NO_OFFICE = (
    "Le format ODT demande LibreOffice, qui n'est pas installé ici : choisissez DOCX, que"
    " LibreOffice ouvre aussi."
)


NOT_CONVERTED = (
    "LibreOffice n'a pas fait le fichier ODT : il y manque peut-être Writer. Choisissez DOCX, que"
    " LibreOffice ouvre aussi."
)


NO_ROOM = "Le disque est presque plein : la place qui reste est gardée pour les contributions."


class FormatLacking(Exception):
    """The format can't be written here; the message says why, in French."""


class ConversionFailed(FormatLacking):
    """LibreOffice is there and made no file: a part of it is missing, or it took too long."""


def formats_here(home: Path) -> tuple[DocumentFormat, ...]:
    """Return the formats that are offered on this machine: ODT where a trial has made one."""
    has_odt = office.known(home) is Office.CONVERTS
    return tuple(it for it in DocumentFormat if has_odt or it is not DocumentFormat.ODT)


TRIED_EVERY = 60.0


def office_task(home: Path) -> Task:
    """Return the worker task that finds out, once, whether LibreOffice makes ODT here."""
    return Task("office", TRIED_EVERY, partial(try_office, home), has_own_thread=True)


def try_office(home: Path, _session: Session | None = None) -> None:
    """Have LibreOffice make a tiny document if that is due, and note for all whether it did."""
    if office.is_trial_due(home, now()) and has_room(Path(gettempdir())):
        made = office.odt_of(_docx(_trial()))
        office.note_trial(home, now(), converts=made is not None)


def _trial() -> Document:
    return Document(
        language="fr", title=Text("Essai", "fr"), eyebrow="", plan=Text("Essai", "fr"), day="",
        author="", notes=(), introduction=None, axes=(), removed=(),
        labels={"contents": "Sommaire"}, name="essai", made_at=now(),
    )  # fmt: skip


def written(document: Document, format: DocumentFormat) -> bytes:
    """Return a document in a format; raise `FormatLacking` or `NoTypesetting`."""
    return _WRITERS[format](document)


def _docx(document: Document) -> bytes:
    """Write DOCX in a process that ends, and takes the library and the tree of the file with it."""
    with on_every_core():
        done = subprocess.run(  # noqa: S603 - a module of ours
            command("consultation.documents.docx", os.getpid()),
            input=pickle.dumps(document),
            stdout=subprocess.PIPE,
            check=True,
        )
    return done.stdout


def _odt(document: Document) -> bytes:
    if not office.is_here():
        raise FormatLacking(NO_OFFICE)
    if not has_room(Path(gettempdir())):
        raise ConversionFailed(NO_ROOM)
    made = office.odt_of(_docx(document))
    if made is None:
        raise ConversionFailed(NOT_CONVERTED)
    return made


_WRITERS: Mapping[DocumentFormat, Callable[[Document], bytes]] = {
    DocumentFormat.PDF: pdf.written,
    DocumentFormat.DOCX: _docx,
    DocumentFormat.ODT: _odt,
    DocumentFormat.HTML: html.written,
}
