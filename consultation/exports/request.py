"""Export request: round, format, directory and filters of one file."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from consultation.exports.selection import EVERYTHING, Selection
from consultation.spreadsheets.writer import AnyFormat


@dataclass(frozen=True)
class ExportRequest:
    """One file to write, as values only: the subprocess of an export unpickles it."""

    round_id: int
    format: AnyFormat
    directory: Path
    at: datetime
    """In the file's name; a file that is made again beside an erasure has a later moment."""
    selection: Selection = EVERYTHING
    site: str = ""
    """Address of the site, which *Lisez-moi* names."""
