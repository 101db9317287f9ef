"""Formats of documents, those that can be written here, and their files."""

import os
import pickle
import shutil
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from consultation.cores import on_every_core
from consultation.documents import html, pdf
from consultation.documents.model import Document
from consultation.files import has_room
from consultation.imports import command


class DocumentFormat(StrEnum):
    """A format of documents."""

    PDF = "pdf"
    DOCX = "docx"
    ODT = "odt"
    HTML = "html"

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
OFFICE = "soffice"
"""The program of LibreOffice, which makes ODT of DOCX."""
LONGEST_CONVERSION = 120
"""Seconds."""
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


def formats_here() -> tuple[DocumentFormat, ...]:
    """Return the formats that can be written on this machine."""
    has_office = shutil.which(OFFICE) is not None
    return tuple(it for it in DocumentFormat if has_office or it is not DocumentFormat.ODT)


def written(document: Document, format: DocumentFormat) -> bytes:
    """Return a document in a format; raise `FormatLacking` or `NoTypesetting`."""
    if format not in formats_here():
        raise FormatLacking(NO_OFFICE)
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
    """Have LibreOffice make ODT of the DOCX, in a folder and with a profile of its own."""
    if not has_room(Path(gettempdir())):
        raise ConversionFailed(NO_ROOM)
    with TemporaryDirectory() as folder:
        before, after = Path(folder, "document.docx"), Path(folder, "document.odt")
        before.write_bytes(_docx(document))
        command = [
            shutil.which(OFFICE) or OFFICE,
            f"-env:UserInstallation={Path(folder, 'profile').as_uri()}",
            *("--headless", "--convert-to", "odt", "--outdir", folder, str(before)),
        ]
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(  # noqa: S603 - a program of the machine, with names that are ours
                command, capture_output=True, timeout=LONGEST_CONVERSION, check=False
            )
        if not after.exists():
            raise ConversionFailed(NOT_CONVERTED)
        return after.read_bytes()


_WRITERS: Mapping[DocumentFormat, Callable[[Document], bytes]] = {
    DocumentFormat.PDF: pdf.written,
    DocumentFormat.DOCX: _docx,
    DocumentFormat.ODT: _odt,
    DocumentFormat.HTML: html.written,
}
