"""Answers with the file of a document, written for who wants it first."""

from collections.abc import Callable, Mapping

from flask import Response, abort, current_app

from consultation.documents.formats import (
    ConversionFailed,
    DocumentFormat,
    FormatLacking,
    formats_here,
)
from consultation.documents.public.files import PublicFile, PublicFiles
from consultation.turns import NoDocument, turn
from consultation.web import rate_limits

MOST_WRITTEN, HOUR = 20, 3600
"""Files that are written for the same place in that many seconds."""
FILES = "consultation_document_files"
"""Key of a process's files for the public."""


def answer_with(wanted: PublicFile) -> Response:
    """Return a file to keep, or abort with 404 or 429; raise `NoDocument`.

    Who waits for a turn finds what was made meanwhile; only what is written is counted.
    """
    files: PublicFiles = current_app.extensions[FILES]
    made = files.kept(wanted)
    if made is None:
        with turn():
            made = files.kept(wanted) or _made(files, wanted)
    answer = Response(made, content_type=wanted.format.media_type)
    name = f"{wanted.name}.{wanted.format.extension}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def sizes(
    wanted: Callable[[DocumentFormat], PublicFile],
) -> Mapping[DocumentFormat, int | None]:
    """Return the formats that are offered, with the bytes of each file that is made already."""
    files: PublicFiles = current_app.extensions[FILES]
    return {it: files.size(wanted(it)) for it in formats_here(current_app.config["HOME"])}


def _made(files: PublicFiles, wanted: PublicFile) -> bytes:
    if wanted.format not in formats_here(current_app.config["HOME"]):
        abort(404)
    if rate_limits.tally(lambda it: it.count("document", seconds=HOUR), 0) > MOST_WRITTEN:
        abort(429)
    try:
        return files.make(wanted)
    except ConversionFailed as failed:
        raise NoDocument from failed
    except FormatLacking:
        abort(404)
