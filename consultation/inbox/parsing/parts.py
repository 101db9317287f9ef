"""Mail parts: text, HTML as text, and attachments."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.message import Message
from io import BytesIO
from pathlib import PurePosixPath
from zipfile import ZipFile

from consultation.inbox.parsing.headers import decode_bytes, decode_header, join_flowed
from consultation.spreadsheets.reader.workbook import DAMAGES
from consultation.text import clean, clean_line

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


def enclosure_of(part: Message, position: int) -> Enclosure:
    """Return `part` of a mail as its attachment number `position`."""
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
    """Say whether a part is too large to be kept, whose decoding takes ten times the memory."""
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
    """Return `name` bounded in length, with its ending."""
    if len(name) <= LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > 10:
        return name[:LONGEST_NAME]
    return stem[: LONGEST_NAME - len(ending) - 1] + dot + ending


def _is_bomb(content: bytes) -> bool:
    """Say whether an archive declares too much, which is read without unpacking it."""
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
    except DAMAGES:  # what can't be listed can't be checked
        return content.startswith(_ZIP_HEAD)
    unpacked = sum(entry.file_size for entry in entries)
    is_nested = any(entry.filename.casefold().endswith(".zip") for entry in entries)
    ratio = unpacked / max(len(content), 1)
    is_swollen = unpacked > ALWAYS_HARMLESS and ratio > LARGEST_RATIO
    return is_nested or is_swollen or unpacked > LARGEST_UNPACKED or len(entries) > MOST_PACKED


LONGEST_SOURCE = 1_000_000
LONGEST_ENCODED = 8 * LONGEST_SOURCE
LONGEST_TEXT = 500_000
MOST_PARTS = 200
# A plain part this short is compared with the HTML that it stands for.
SHORT = 200
LONGEST_COMPARED = 20_000

_EMBEDDED = re.compile(r"""data:[\w/+.-]{0,100};base64,[^"'\s>]*""")
"""An image that is written within an HTML text."""
_HTML = "text/html"
_PLAIN = "text/plain"
# AMP, which some programmes run instead of displaying the text; the text is beside it.
_FOR_SCRIPTS = "text/x-amp-html"
_ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
_NO_HTML = re.compile(
    r"\b(?:ne (?:prend|supporte|peut)\b[^.]{0,60}\bhtml"
    r"|(?:view|voir|read|lire|see)\b[^.]{0,60}\bhtml"
    r"|html (?:e-?mail|message|version)|(?:message|format|courriel) (?:au format |en )?html)",
    re.IGNORECASE,
)


class TooManyParts(Exception):
    """The mail has more than `MOST_PARTS` parts."""


@dataclass(frozen=True)
class Unpacked:
    """The text and the attachments of a mail; `is_cut` if the text is incomplete."""

    text: str
    enclosures: tuple[Enclosure, ...]
    is_cut: bool
    is_encrypted: bool


@dataclass(frozen=True)
class _Leaf:
    part: Message
    is_read: bool


def unpack(message: Message) -> Unpacked:
    """Return the text and the enclosures of `message`; raise `TooManyParts`."""
    texts: list[str] = []
    enclosures: list[Enclosure] = []
    left, is_cut = LONGEST_SOURCE, False
    for leaf in _leaves(message):
        if not _is_text(leaf.part):
            enclosures.append(enclosure_of(leaf.part, len(enclosures) + 1))
        elif leaf.is_read:
            source = _source_of(leaf.part)
            is_cut = is_cut or len(source) > left
            texts.append(_text_in(leaf.part, source[:left]))
            left = max(0, left - len(source))
    text = "\n\n".join(filter(None, (text.strip("\n") for text in texts)))
    is_encrypted = message.get_content_type() in _ENCRYPTED and not text
    is_cut = is_cut or len(text) > LONGEST_TEXT
    return Unpacked(text[:LONGEST_TEXT], tuple(enclosures), is_cut, is_encrypted)


def parts_of(message: Message) -> Iterator[Message]:
    """Yield every part, at any depth, but none of an enclosed mail."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        yield part
        if part.get_content_maintype() == "multipart":
            waiting.extend(reversed(_children(part)))


def _leaves(message: Message) -> Iterator[_Leaf]:
    waiting = [_Leaf(message, is_read=True)]
    count = 0
    while waiting:
        leaf = waiting.pop()
        count += 1
        if count > MOST_PARTS:
            raise TooManyParts
        children = _children(leaf.part)
        if leaf.part.get_content_maintype() != "multipart" or not children:
            yield leaf
            continue
        chosen = _chosen(leaf.part, children)
        waiting.extend(_Leaf(it, leaf.is_read and it in chosen) for it in reversed(children))


def _children(part: Message) -> list[Message]:
    # `is_multipart` first: for a text, `get_payload` would decode by the charset, and may fail.
    payload = part.get_payload() if part.is_multipart() else []
    return [it for it in payload if isinstance(it, Message)] if isinstance(payload, list) else []


def _chosen(part: Message, children: list[Message]) -> list[Message]:
    """Return the children to read: of alternatives, the plain one if it says enough."""
    if part.get_content_type() != "multipart/alternative":
        return children
    plain = next((it for it in children if it.get_content_type() == _PLAIN), None)
    rich = [it for it in children if it is not plain and _holds_html(it)][-1:]
    if plain is None or (rich and not _says_enough(plain, rich[0])):
        return rich or children
    return [plain]


def _holds_html(part: Message) -> bool:
    return any(it.get_content_type() == _HTML for it in parts_of(part))


def _says_enough(plain: Message, rich: Message) -> bool:
    text = _text_in(plain, _source_of(plain)).strip()
    if not text:
        return False
    if len(text) > SHORT:
        return True
    if _NO_HTML.search(text):
        return False
    html_part = next(it for it in parts_of(rich) if it.get_content_type() == _HTML)
    return len(_text_in(html_part, _source_of(html_part)[:LONGEST_COMPARED])) < 5 * len(text)


def _is_text(part: Message) -> bool:
    """Say whether `part` is to be read rather than enclosed."""
    if part.get_content_disposition() == "attachment":
        return False
    # A multipart without a boundary is nothing but its text.
    if part.get_content_maintype() == "multipart":
        return True
    is_named = part.get_param("name") is not None or bool(
        part.get_param("filename", header="content-disposition")
    )
    return part.get_content_type() in (_PLAIN, _HTML, _FOR_SCRIPTS) and not is_named


def _source_of(part: Message) -> str:
    # As it came: `get_payload` would decode it, which may fail.
    encoded = vars(part)["_payload"]
    is_cut = isinstance(encoded, str) and len(encoded) > LONGEST_ENCODED
    if is_cut and part.get_content_type() != _HTML:
        # More than the longest source would be decoded only to be dropped.
        part.set_payload(encoded[:LONGEST_ENCODED])
    payload = part.get_payload(decode=True)
    charset = part.get_param("charset")
    # A parameter by RFC 2231 is a tuple of charset, language and value.
    declared = charset[-1] if isinstance(charset, tuple) else charset
    text = clean(decode_bytes(payload, declared)) if isinstance(payload, bytes) else ""
    return _EMBEDDED.sub("", text) if part.get_content_type() == _HTML else text


def _text_in(part: Message, source: str) -> str:
    if part.get_content_type() == _HTML:
        # Only the process that parses mails loads the libraries of it.
        from consultation.inbox.parsing import html_text

        return html_text.text_of(source)
    if part.get_content_type() == _FOR_SCRIPTS:
        return ""
    if str(part.get_param("format", "")).casefold() != "flowed":
        return source
    return join_flowed(source, deletes_space=str(part.get_param("delsp", "")).casefold() == "yes")
