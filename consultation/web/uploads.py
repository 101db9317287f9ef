"""Files that the staff sends and takes away: safe names, sizes that are told, copies in memory."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import NoReturn

from flask import Response, abort, current_app, request, send_file
from werkzeug.utils import secure_filename

from consultation.settings import MEBIBYTE
from consultation.web import errors
from consultation.web.errors import SHEET_GONE

LONGEST_NAME = 80


@dataclass(frozen=True)
class Received:
    """A file as it was sent, under a name that any disk takes."""

    name: str
    content: bytes


def received(fallback: str) -> Received | None:
    """Return the file of the field `file`, called `fallback` when its name says nothing.

    None when there is none.  The end of a name tells nothing: readers look at the content.
    """
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return None
    name = secure_filename(upload.filename)[-LONGEST_NAME:].lstrip(".")
    return Received(name or fallback, upload.read())


def megabytes() -> int:
    """Return how big a file may be, as it is told."""
    limit: int = current_app.config["BODY_LIMIT"]
    return limit // MEBIBYTE


def too_big() -> str:
    """Return the error of a file that is too big."""
    return f"Ce fichier dépasse {megabytes()} Mo : retirez les images et les feuilles inutiles."


def gone() -> NoReturn:
    """Say that a file which waited for its confirmation does not any more."""
    errors.note_refusal(404)
    abort(current_app.make_response(errors.page(404, refusal=SHEET_GONE)))


def given(path: Path, media_type: str) -> Response:
    """Give out a file that is about to go, under its name."""
    return send_file(
        BytesIO(path.read_bytes()),
        mimetype=media_type,
        as_attachment=True,
        download_name=path.name,
        conditional=False,
        etag=False,
        max_age=0,
    )
