"""Answers with the file of a document, written for who wants it first."""

from collections.abc import Callable

from flask import Response, abort, current_app

from consultation.documents.files import Note, PublicFiles
from consultation.documents.formats import ConversionFailed, DocumentFormat, FormatLacking
from consultation.documents.model import Document
from consultation.turns import NoDocument, turn
from consultation.web import rate_limits

MOST_WRITTEN, HOUR = 20, 3600
"""Files that are written for the same place in that many seconds."""
FILES = "consultation_document_files"
"""Key of a process's files for the public."""


def answer_with(
    name: str,
    state: str,
    build: Callable[[], Document],
    format: DocumentFormat,
    note: Note = lambda _document, _made: None,
) -> Response:
    """Return a file to keep, or abort with 404 or 429; raise `NoDocument`.

    `state` is all that the document follows from, which is built only for a file that is not
    there.  Who waits for a turn finds what was made meanwhile; only what is written is counted.
    `note` is called with each file that is written, before anybody has it.
    """
    files: PublicFiles = current_app.extensions[FILES]
    made = files.kept(state, format)
    if made is None:
        with turn():
            made = files.kept(state, format) or _made(files, state, build, format, note)
    answer = Response(made, content_type=format.media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{format.extension}"'
    return answer


def _made(
    files: PublicFiles,
    state: str,
    build: Callable[[], Document],
    format: DocumentFormat,
    note: Note,
) -> bytes:
    if rate_limits.tally(lambda it: it.count("document", seconds=HOUR), 0) > MOST_WRITTEN:
        abort(429)
    try:
        return files.make(state, build(), format, note)
    except ConversionFailed as failed:
        raise NoDocument from failed
    except FormatLacking:
        abort(404)
