"""The place that looks at a zip package before anything in it is unpacked."""

import io
import struct
import zlib
from zipfile import BadZipFile, ZipFile

from consultation.sheets.refusals import (
    DAMAGED,
    NOT_A_WORKBOOK,
    PROTECTED,
    TOO_SWOLLEN,
    refusal,
)

MAX_EXPANDED = 200 * 1024 * 1024
MAX_RATIO = 200
RATIO_FROM = 10 * 1024 * 1024
"""Up to this expanded size nothing is a bomb: alike rows compress a thousand times."""

MAX_ENTRIES = 5_000
ENTRY_SIGNATURE = b"PK\x01\x02"
ENCRYPTED_ENTRY = 0x1
ODS_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
MANIFEST = "META-INF/manifest.xml"

DAMAGES = (
    BadZipFile,  # what zipfile itself finds wrong
    # What zipfile raises, and we never do, of a version, a compression or a cipher that it can't
    # read: an archive says those in bytes that anybody may change.
    NotImplementedError,
    ValueError,  # a place before the beginning of the file, a name that is no text
    EOFError,  # an entry that ends too soon
    zlib.error,  # packed bytes that unpack to nothing
    struct.error,  # a directory that ends in the middle of a record
    OSError,  # a place that can't be sought
)
"""What zipfile raises of an archive with bytes changed, none of which it names as its own."""


def check_package(content: bytes, filename: str) -> None:
    """Raise UnreadableWorkbook unless `content` is an XLSX or ODS package of a sane size.

    Trusts the sizes that the package claims; the process that opens it is bounded for those
    that lie.
    """
    if content.count(ENTRY_SIGNATURE) > MAX_ENTRIES:
        raise refusal(TOO_SWOLLEN, name=filename)
    try:
        with ZipFile(io.BytesIO(content)) as package:
            _check_entries(package, len(content), filename)
    except DAMAGES:  # all of it is one fact to who sent it
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
    """Return the first megabyte of a part, which is more than an honest one holds."""
    with package.open(name) as part:
        return part.read(1024 * 1024)
