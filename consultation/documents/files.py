"""Files of documents: those that the team orders, and those that the public page keeps."""

from datetime import datetime
from pathlib import Path

from consultation.documents.formats import DocumentFormat, written
from consultation.documents.model import Document
from consultation.exports.files import free_path


def write(directory: Path, document: Document, format: DocumentFormat, at: datetime) -> Path:
    """Write a document where exports are kept, and as long; return its path.

    Raise `FormatLacking` or `NoTypesetting`.
    """
    made = written(document, format)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with free_path(directory, document.name, format, at) as path:
        path.write_bytes(made)
    return path
