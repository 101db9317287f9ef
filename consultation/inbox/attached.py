"""What is attached to a mail: named and measured, kept when small and harmless, never opened."""

import struct
from dataclasses import dataclass
from email.errors import MessageError
from email.message import Message
from io import BytesIO
from pathlib import PurePosixPath
from zipfile import ZipFile

from consultation.inbox.decoding import decode_header
from consultation.sheets.packages import DAMAGES
from consultation.text import clean_line

LARGEST_ENCLOSURE = 10 * 1024 * 1024
LARGEST_UNPACKED = 200 * 1024 * 1024
LARGEST_RATIO = 100
# Below this nothing fills a disk, however well it packs.
ALWAYS_HARMLESS = 5 * 1024 * 1024
MOST_PACKED = 2_000
LONGEST_NAME = 150
LONGEST_TYPE = 100

_UUENCODED = ("x-uuencode", "uuencode", "x-uue", "uue")
_ZIP_HEAD = b"PK\x03\x04"
_ZIP_END = b"PK\x05\x06"
_ZIP_END_SIZE = 22
_LONGEST_ZIP_COMMENT = 0xFFFF
_NAMES = {
    "application/ms-tnef": "winmail.dat",
    "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-signature": "smime.p7s",
    "application/pgp-signature": "signature.asc",
    "text/calendar": "invitation.ics",
    "message/rfc822": "message.eml",
}


@dataclass(frozen=True)
class Enclosure:
    """One attachment; `content` is None when it is only listed: too large, or a zip bomb."""

    name: str
    content_type: str
    size: int
    content: bytes | None


def enclosed(part: Message, position: int) -> Enclosure:
    """Return what `part` of a mail holds, as the attachment number `position`."""
    content_type = clean_line(part.get_content_type())[:LONGEST_TYPE]
    content = _bytes_of(part)
    size = len(content) if content is not None else 0
    is_kept = content is not None and size <= LARGEST_ENCLOSURE and not _is_bomb(content)
    name = _name_of(part) or _NAMES.get(content_type) or f"piece-{position}"
    return Enclosure(name, content_type, size, content if is_kept else None)


def _bytes_of(part: Message) -> bytes | None:
    if _is_too_much_uuencoded(part):
        return None
    if not part.is_multipart():
        content = part.get_payload(decode=True)
        return content if isinstance(content, bytes) else b""
    inner = part.get_payload(0)
    try:
        return inner.as_bytes() if isinstance(inner, Message) else b""
    except (MessageError, UnicodeError, ValueError, LookupError, TypeError, AttributeError):
        # The standard library can't write again every broken message that it can read.
        return None


def _is_too_much_uuencoded(part: Message) -> bool:
    """Say whether decoding takes ten times the memory of what would not be kept anyway."""
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    encoded = vars(part)["_payload"] if encoding in _UUENCODED else ""
    return isinstance(encoded, str) and len(encoded) > LARGEST_ENCLOSURE * 3 // 2


def _name_of(part: Message) -> str:
    try:
        name = part.get_filename("")
    except (UnicodeError, ValueError, LookupError, TypeError, AttributeError):
        # A broken name; the attachment itself is there.
        return ""
    # A path in a name, of either system, is never followed.
    last = PurePosixPath(decode_header(name).replace("\\", "/")).name
    return _shortened(clean_line(last).strip(" ."))


def _shortened(name: str) -> str:
    """Return `name` with its ending, which says what it is, whatever its length."""
    if len(name) <= LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > 10:
        return name[:LONGEST_NAME]
    return stem[: LONGEST_NAME - len(ending) - 1] + dot + ending


def _is_bomb(content: bytes) -> bool:
    """Say whether an archive declares more than it may hold; nothing is unpacked to know."""
    end = content.rfind(_ZIP_END, -(_LONGEST_ZIP_COMMENT + _ZIP_END_SIZE))
    if end < 0 or len(content) < end + _ZIP_END_SIZE:
        # An archive without a directory says nothing of what it holds.
        return content.startswith(_ZIP_HEAD)
    count, directory_size = struct.unpack("<HI", content[end + 10 : end + 16])
    # Reading a directory takes time and memory too: a false one is not read at all.
    if count > MOST_PACKED or directory_size > MOST_PACKED * 200:
        return True
    try:
        with ZipFile(BytesIO(content)) as archive:
            entries = archive.infolist()
    except DAMAGES:  # what can't be listed can't be vouched for
        return content.startswith(_ZIP_HEAD)
    unpacked = sum(entry.file_size for entry in entries)
    is_nested = any(entry.filename.casefold().endswith(".zip") for entry in entries)
    ratio = unpacked / max(len(content), 1)
    is_swollen = unpacked > ALWAYS_HARMLESS and ratio > LARGEST_RATIO
    return is_nested or is_swollen or unpacked > LARGEST_UNPACKED or len(entries) > MOST_PACKED
