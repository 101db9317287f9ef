"""The place where workbooks that people send are read: told by their content, refused in French."""

import pickle
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from consultation.sheets import delimited, extracting, refusals
from consultation.sheets.extracting import CellValue, Sheets
from consultation.sheets.packages import check_package
from consultation.sheets.refusals import UnreadableWorkbook, refusal
from consultation.sheets.tables import CHOICES_SHEET

__all__ = ["CellValue", "UnreadableWorkbook", "Workbook", "read_workbook"]

MEGABYTE = 1024 * 1024
COMPOUND_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
SECONDS_TO_EXTRACT = 60


@dataclass(frozen=True)
class Workbook:
    """What a file holds: the rows of each sheet, all of one width, from cell A1 on.

    Cells are as the file says: a whole number of XLSX or ODS is a float, a cell of CSV is a
    text, an empty cell is None; hours and durations are texts, and so are errors such as #N/A.
    A text is as typed, not yet cleaned, and without the apostrophes that our CSV put in it.
    """

    filename: str
    sheets: Mapping[str, list[list[CellValue]]]


def read_workbook(path: Path, *, limit_bytes: int = 10 * MEGABYTE) -> Workbook:
    """Read an XLSX, ODS or CSV file; a CSV is one sheet named like the file.

    The kind is told by the content.  Nothing in the file is run: formulas give the value that
    was saved with them.  Raises UnreadableWorkbook, whose message names the file, what is wrong
    and how to mend it.
    """
    content = _content(path, limit_bytes)
    if content.startswith(COMPOUND_SIGNATURE):
        is_protected = ENCRYPTED_STREAM in content
        raise refusal(refusals.PROTECTED if is_protected else refusals.OLD_KIND, name=path.name)
    if content.startswith(ZIP_SIGNATURES):
        check_package(content, path.name)
        return Workbook(path.name, _extracted(content, path.name))
    return Workbook(path.name, {path.stem: delimited.read(content, path.name)})


def _content(path: Path, limit_bytes: int) -> bytes:
    if not path.exists():
        raise refusal(refusals.NOT_FOUND, name=path.name)
    try:
        size = path.stat().st_size
        content = b"" if size > limit_bytes else path.read_bytes()
    except OSError:
        raise refusal(refusals.NOT_OPENED, name=path.name) from None
    if size > limit_bytes:
        facts = {"size": _megabytes(size), "limit": _megabytes(limit_bytes)}
        raise refusal(refusals.TOO_BIG, name=path.name, **facts)
    if not content:
        raise refusal(refusals.EMPTY, name=path.name)
    return content


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def _extracted(content: bytes, filename: str) -> Sheets:
    """Return the sheets, read by a process that cannot harm this one."""
    command = [sys.executable, "-P", extracting.__file__]
    try:
        answer = subprocess.run(  # noqa: S603 - our own program; the file comes by its input
            command,
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS_TO_EXTRACT,
            check=True,
        )
    except subprocess.SubprocessError:
        raise refusal(refusals.NOT_EXTRACTED, name=filename) from None
    outcome, found = pickle.loads(answer.stdout)  # noqa: S301 - what our own program wrote
    if outcome == extracting.TooTall.__name__:
        raise refusals.too_many_rows(filename, found)
    if outcome == extracting.TooWide.__name__:
        raise refusals.too_many_columns(filename, found)
    return {name: rows for name, rows in found.items() if name != CHOICES_SHEET}
