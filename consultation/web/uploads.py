"""Uploaded files of staff pages: safe names, size limit.

Files that are about to be deleted are sent from copies in memory.
"""

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
class UploadedFile:
    """An uploaded file, under a name that any file system accepts."""

    name: str
    content: bytes


def uploaded_file(fallback: str) -> UploadedFile | None:
    """Return the file of the field `file`, None without one; `fallback` replaces an unusable name.

    The suffix proves nothing: readers look at the content.
    """
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return None
    name = secure_filename(upload.filename)[-LONGEST_NAME:].lstrip(".")
    return UploadedFile(name or fallback, upload.read())


def megabytes() -> int:
    """Return the size limit of a file in mebibytes."""
    limit: int = current_app.config["BODY_LIMIT"]
    return limit // MEBIBYTE


def too_big() -> str:
    """Return the sentence for a file above the size limit."""
    return f"Ce fichier dépasse {megabytes()} Mo : retirez les images et les feuilles inutiles."


def abort_expired() -> NoReturn:
    """Abort with the page of a file that no longer waits for its confirmation."""
    errors.note_refusal(404)
    abort(current_app.make_response(errors.page(404, refusal=SHEET_GONE)))


def send_copy(path: Path, media_type: str) -> Response:
    """Send a copy of a file that is about to be deleted, under its name."""
    return send_file(
        BytesIO(path.read_bytes()),
        mimetype=media_type,
        as_attachment=True,
        download_name=path.name,
        conditional=False,
        etag=False,
        max_age=0,
    )
