"""Reader of an uploaded workbook of any format.

A package is checked for zip bombs before it is opened.
"""

import io
import pickle
import struct
import subprocess
import sys
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from consultation.cores import on_every_core
from consultation.spreadsheets import csv_files
from consultation.spreadsheets.reader import problems, sandbox
from consultation.spreadsheets.reader.problems import (
    DAMAGED,
    NOT_A_WORKBOOK,
    PROTECTED,
    TOO_SWOLLEN,
    Problem,
    SheetRefused,
    UnreadableWorkbook,
    refusal,
)
from consultation.spreadsheets.reader.sandbox import CellValue, Sheets
from consultation.spreadsheets.table import CHOICES_SHEET

MAX_EXPANDED = 200 * 1024 * 1024
MAX_RATIO = 200
RATIO_FROM = 10 * 1024 * 1024
"""Up to this expanded size nothing is a bomb: identical rows compress a thousand times."""

MAX_ENTRIES = 5_000
ENTRY_SIGNATURE = b"PK\x01\x02"
ENCRYPTED_ENTRY = 0x1
ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
MANIFEST = "META-INF/manifest.xml"

DAMAGES = (
    BadZipFile,  # what zipfile itself finds wrong
    NotImplementedError,  # what zipfile raises for a ZIP whose compression it cannot read
    ValueError,  # an offset before the beginning of the file, a name that is no text
    EOFError,  # an entry that ends too soon
    zlib.error,  # packed bytes that unpack to nothing
    struct.error,  # a directory that ends in the middle of a record
    OSError,  # an offset that can't be sought
)
"""What zipfile raises for a damaged archive, though it documents only the first."""


def check_package(content: bytes, filename: str) -> None:
    """Raise UnreadableWorkbook unless `content` is an XLSX or ODS package of a sane size.

    Trusts the sizes that the package claims; the sandbox is bounded for those that are false.
    """
    if content.count(ENTRY_SIGNATURE) > MAX_ENTRIES:
        raise refusal(TOO_SWOLLEN, name=filename)
    try:
        with ZipFile(io.BytesIO(content)) as package:
            _check_entries(package, len(content), filename)
    except DAMAGES:  # the sender can do the same about all of them
        raise refusal(DAMAGED, name=filename) from None


def _check_entries(package: ZipFile, packed: int, filename: str) -> None:
    entries = package.infolist()
    expanded = sum(entry.file_size for entry in entries)
    if expanded > MAX_EXPANDED or (expanded > RATIO_FROM and expanded > MAX_RATIO * packed):
        raise refusal(TOO_SWOLLEN, name=filename)
    if any(entry.flag_bits & ENCRYPTED_ENTRY for entry in entries):
        raise refusal(PROTECTED, name=filename)
    names = {entry.filename for entry in entries}
    if "xl/workbook.xml" in names:
        return
    if "mimetype" not in names or not _start(package, "mimetype").startswith(ODS_TYPE):
        raise refusal(NOT_A_WORKBOOK, name=filename)
    if MANIFEST in names and b"encryption-data" in _start(package, MANIFEST):
        raise refusal(PROTECTED, name=filename)


def _start(package: ZipFile, name: str) -> bytes:
    """Return the first megabyte of a part, more than a genuine one holds."""
    with package.open(name) as part:
        return part.read(1024 * 1024)


__all__ = ["CellValue", "UnreadableWorkbook", "Workbook", "read_or_refuse", "read_workbook"]

MEGABYTE = 1024 * 1024
COMPOUND_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
SECONDS_TO_EXTRACT = 60


@dataclass(frozen=True)
class Workbook:
    """The rows of each sheet of a file, all of one width, from cell A1 on.

    Cells are as the file has them: a whole number of XLSX or ODS is a float, a cell of CSV is a
    text, an empty cell is None; hours and durations are texts, and so are errors such as #N/A.
    A text is as typed, not yet cleaned, and without the apostrophes that our CSV put in it.
    """

    filename: str
    sheets: Mapping[str, list[list[CellValue]]]


def read_workbook(path: Path, *, limit_bytes: int = 10 * MEGABYTE) -> Workbook:
    """Read an XLSX, ODS or CSV file; a CSV is one sheet named like the file.

    The content decides about the format, not the name.  Nothing in the file is run: a formula
    gives the value that was saved with it.  Raise UnreadableWorkbook, whose message names the
    file, the error and the remedy.
    """
    content = _content(path, limit_bytes)
    if content.startswith(COMPOUND_SIGNATURE):
        is_protected = ENCRYPTED_STREAM in content
        raise refusal(problems.PROTECTED if is_protected else problems.OLD_KIND, name=path.name)
    if content.startswith(ZIP_SIGNATURES):
        check_package(content, path.name)
        return Workbook(path.name, _extracted(content, path.name))
    return Workbook(path.name, {path.stem: csv_files.read(content, path.name)})


def read_or_refuse(path: Path) -> Workbook:
    """Read a file as `read_workbook` does; raise `SheetRefused` for one that can't be read."""
    try:
        return read_workbook(path)
    except UnreadableWorkbook as refused:
        problem = Problem(path.name, None, None, None, str(refused), "")
        raise SheetRefused([problem]) from None


def _content(path: Path, limit_bytes: int) -> bytes:
    if not path.exists():
        raise refusal(problems.NOT_FOUND, name=path.name)
    try:
        size = path.stat().st_size
        content = b"" if size > limit_bytes else path.read_bytes()
    except OSError:
        raise refusal(problems.NOT_OPENED, name=path.name) from None
    if size > limit_bytes:
        facts = {"size": _megabytes(size), "limit": _megabytes(limit_bytes)}
        raise refusal(problems.TOO_BIG, name=path.name, **facts)
    if not content:
        raise refusal(problems.EMPTY, name=path.name)
    return content


def _megabytes(size: int) -> str:
    return f"{size / MEGABYTE:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def _extracted(content: bytes, filename: str) -> Sheets:
    """Return the sheets, read in the sandbox."""
    command = [sys.executable, "-P", sandbox.__file__]
    try:
        with on_every_core():
            answer = subprocess.run(  # noqa: S603 - our own program; the file comes by its input
                command,
                input=content,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS_TO_EXTRACT,
                check=True,
            )
    except subprocess.SubprocessError:
        raise refusal(problems.NOT_EXTRACTED, name=filename) from None
    outcome, result = pickle.loads(answer.stdout)  # noqa: S301 - what our own program wrote
    if outcome == sandbox.TooTall.__name__:
        raise problems.too_many_rows(filename, result)
    if outcome == sandbox.TooWide.__name__:
        raise problems.too_many_columns(filename, result)
    return {name: rows for name, rows in result.items() if name != CHOICES_SHEET}
