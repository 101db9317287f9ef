"""Mail parts: text, HTML as text, and attachments."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.message import Message
from html import unescape
from io import BytesIO
from pathlib import PurePosixPath
from zipfile import ZipFile

from inscriptis.html_engine import Inscriptis  # type: ignore[import-untyped]  # ships no types
from lxml import etree, html  # type: ignore[import-untyped]  # ships no types

from consultation.inbox.parsing.headers import decode_header, decode_text, join_flowed
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


# What the layout of a table or of nested lists costs grows faster than their size.
MOST_ELEMENTS = 20_000
DEEPEST = 15

_EMBEDDED = re.compile(r"""data:[\w/+.-]{0,100};base64,[^"'\s>]*""")
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,200}>")
_NOT_TEXT = ("script", "style", "head", "title", "noscript", "template", "object", "svg")
_DRAWN = ("table", "ul", "ol", "dl", "blockquote")
_BLOCKS = frozenset(
    ("p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "pre", *_DRAWN)
)
_QUOTE = (
    "//blockquote[not(ancestor::blockquote)]"
    "[@type='cite' or @cite or contains(@class, 'quote') or contains(@class, 'cite')]"
)
_LINE_TAG = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h[1-6])\b[^<>]{0,500}>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_BLANK_LINES = re.compile(r"\n{3,}")


def without_embedded(source: str) -> str:
    """Return an HTML text without the images that are written within it."""
    return _EMBEDDED.sub("", source)


def html_to_text(source: str) -> str:
    """Return the text of an HTML body, its quotations marked by « > » as in a plain text."""
    tree = _tree_of(_DECLARATION.sub("", clean(source)))
    if tree is None:
        return ""
    etree.strip_elements(tree, *_NOT_TEXT, etree.Comment, with_tail=False)
    for quote in tree.xpath(_QUOTE):
        _mark(quote)
    return _tidy(_text_of(tree))


def _tree_of(source: str) -> html.HtmlElement | None:
    if not source.strip():
        return None
    parser = html.HTMLParser()
    try:
        tree = html.document_fromstring(source, parser=parser)
    except (etree.LxmlError, ValueError):
        return None
    # The parser silently leaves out what is nested too deep.
    is_whole = not any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log)
    return tree if is_whole else _without_tags(source)


def _without_tags(source: str) -> html.HtmlElement:
    """Return the words of an HTML text without its structure."""
    for name in ("script", "style", "head"):
        source = _without_element(source, name)
    marked = _LINE_TAG.sub("\n", source)
    bare = html.Element("pre")
    bare.text = unescape(_TAG.sub("", marked))
    return bare


def _without_element(source: str, name: str) -> str:
    first, *others = re.split(rf"<{name}\b", source, flags=re.IGNORECASE)
    end = re.compile(rf"</{name}", re.IGNORECASE)
    kept = (other[match.start() :] for other in others if (match := end.search(other)))
    return "".join([first, *kept])


def _is_simple(tree: html.HtmlElement) -> bool:
    """Say whether inscriptis can lay out a tree in a short time."""
    if sum(1 for _ in tree.iter()) > MOST_ELEMENTS:
        return False
    depth = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end"), tag=_DRAWN):
        depth += 1 if event == "start" else -1
        if depth > DEEPEST:
            return False
    return True


def _text_of(tree: html.HtmlElement) -> str:
    if not _is_simple(tree):
        return _plainly(tree)
    try:
        return str(Inscriptis(tree).get_text())
    except (RecursionError, ValueError, TypeError, IndexError, KeyError, AttributeError):
        # Without the layout, its words are left.
        return _plainly(tree)


def _plainly(tree: html.HtmlElement) -> str:
    """Return the words without a layout, a line for each block."""
    for element in tree.iter():
        if element.tag in _BLOCKS:
            element.tail = f"\n{element.tail or ''}"
    return str(tree.text_content())


def _mark(quote: html.HtmlElement) -> None:
    parent = quote.getparent()
    if parent is None:
        return
    marked = html.Element("pre")
    marked.tail, quote.tail = quote.tail, None
    lines = _tidy(_text_of(quote)).split("\n")
    marked.text = "\n".join(f"> {line}".rstrip() for line in lines)
    parent.replace(quote, marked)


def _tidy(text: str) -> str:
    stripped = "\n".join(line.rstrip() for line in clean(text).split("\n"))
    return _BLANK_LINES.sub("\n\n", stripped).strip("\n")


LONGEST_SOURCE = 1_000_000
LONGEST_ENCODED = 8 * LONGEST_SOURCE
LONGEST_TEXT = 500_000
MOST_PARTS = 200
# A plain part this short is compared with the HTML that it stands for.
SHORT = 200
LONGEST_COMPARED = 20_000

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
    text = decode_text(payload, declared) if isinstance(payload, bytes) else ""
    return without_embedded(text) if part.get_content_type() == _HTML else text


def _text_in(part: Message, source: str) -> str:
    if part.get_content_type() == _HTML:
        return html_to_text(source)
    if part.get_content_type() == _FOR_SCRIPTS:
        return ""
    if str(part.get_param("format", "")).casefold() != "flowed":
        return source
    return join_flowed(source, deletes_space=str(part.get_param("delsp", "")).casefold() == "yes")
