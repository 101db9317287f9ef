"""Answers with the file of a document, written for who wants it first."""

from flask import Response, abort, current_app

from consultation.documents import files
from consultation.documents.files import Busy
from consultation.documents.formats import ConversionFailed, DocumentFormat, FormatLacking
from consultation.documents.model import Document
from consultation.typesetting.subprocess import NoTypesetting
from consultation.web import rate_limits

MOST_WRITTEN, HOUR = 20, 3600
"""Files that are written for the same place in that many seconds."""


def answer_with(document: Document, format: DocumentFormat) -> Response:
    """Return a file to keep, or abort with 404, 429 or 503 where it can't be written."""
    home = current_app.config["HOME"]
    made = files.kept(home, document, format)
    if made is None:
        if rate_limits.tally(lambda it: it.count("document", seconds=HOUR), 0) > MOST_WRITTEN:
            abort(429)
        try:
            made = files.publish(home, document, format)
        except (Busy, ConversionFailed, NoTypesetting):
            abort(503)
        except FormatLacking:
            abort(404)
    answer = Response(made, content_type=format.media_type)
    name = f"{document.name}.{format.extension}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
