"""Files of documents that the team orders."""

from datetime import datetime
from pathlib import Path

from consultation.documents.formats import NO_ROOM, DocumentFormat, FormatLacking, written
from consultation.documents.model import Document
from consultation.exports.files import free_path
from consultation.files import has_room


def write(directory: Path, document: Document, format: DocumentFormat, at: datetime) -> Path:
    """Write a document where exports are kept, and as long; return its path.

    Raise `FormatLacking`, also where no room is left, or `NoTypesetting`.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not has_room(directory):
        raise FormatLacking(NO_ROOM)
    made = written(document, format)
    with free_path(directory, document.name, format, at) as path:
        path.write_bytes(made)
    return path
