"""The parts of a mail: which ones are its text, which ones are enclosed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from consultation.inbox.attached import Enclosure, enclosed
from consultation.inbox.decoding import decode_text, unflow
from consultation.inbox.flattening import flatten, without_embedded

LONGEST_SOURCE = 1_000_000
LONGEST_ENCODED = 8 * LONGEST_SOURCE
LONGEST_TEXT = 500_000
MOST_PARTS = 200
# A plain part this short is compared with the HTML that it stands for.
SHORT = 200
LONGEST_COMPARED = 20_000

_HTML = "text/html"
_PLAIN = "text/plain"
# What some programmes run instead of showing the text; the text is beside it.
_FOR_SCRIPTS = "text/x-amp-html"
_ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
_NO_HTML = re.compile(
    r"\b(?:ne (?:prend|supporte|peut)\b[^.]{0,60}\bhtml"
    r"|(?:view|voir|read|lire|see)\b[^.]{0,60}\bhtml"
    r"|html (?:e-?mail|message|version)|(?:message|format|courriel) (?:au format |en )?html)",
    re.IGNORECASE,
)


class TooManyParts(Exception):
    """The mail has more parts than anybody attaches."""


@dataclass(frozen=True)
class Unpacked:
    """What a mail holds: its text, what is attached, and whether either is incomplete."""

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
            enclosures.append(enclosed(leaf.part, len(enclosures) + 1))
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
    """Walk through every part, whatever the depth, and never within an enclosed mail."""
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
        waiting.extend(_Leaf(one, leaf.is_read and one in chosen) for one in reversed(children))


def _children(part: Message) -> list[Message]:
    # Asked for a text, the standard library would decode it by what it says, which may fail.
    payload = part.get_payload() if part.is_multipart() else []
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _chosen(part: Message, children: list[Message]) -> list[Message]:
    """Return the children to read: of alternatives, the plain one if it says enough."""
    if part.get_content_type() != "multipart/alternative":
        return children
    plain = next((one for one in children if one.get_content_type() == _PLAIN), None)
    rich = [one for one in children if one is not plain and _leads_to_html(one)][-1:]
    if plain is None or (rich and not _says_enough(plain, rich[0])):
        return rich or children
    return [plain]


def _leads_to_html(part: Message) -> bool:
    return any(one.get_content_type() == _HTML for one in parts_of(part))


def _says_enough(plain: Message, rich: Message) -> bool:
    text = _text_in(plain, _source_of(plain)).strip()
    if not text:
        return False
    if len(text) > SHORT:
        return True
    if _NO_HTML.search(text):
        return False
    found = next(one for one in parts_of(rich) if one.get_content_type() == _HTML)
    return len(_text_in(found, _source_of(found)[:LONGEST_COMPARED])) < 5 * len(text)


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
    # As it came: to be asked for it, the standard library would decode it, which may fail.
    encoded = vars(part)["_payload"]
    is_cut = isinstance(encoded, str) and len(encoded) > LONGEST_ENCODED
    if is_cut and part.get_content_type() != _HTML:
        # All beyond the longest source would be decoded to be thrown away.
        part.set_payload(encoded[:LONGEST_ENCODED])
    payload = part.get_payload(decode=True)
    charset = part.get_param("charset")
    # A parameter in RFC 2231's manner comes as its charset, language and value.
    declared = charset[-1] if isinstance(charset, tuple) else charset
    text = decode_text(payload, declared) if isinstance(payload, bytes) else ""
    return without_embedded(text) if part.get_content_type() == _HTML else text


def _text_in(part: Message, source: str) -> str:
    if part.get_content_type() == _HTML:
        return flatten(source)
    if part.get_content_type() == _FOR_SCRIPTS:
        return ""
    if str(part.get_param("format", "")).casefold() != "flowed":
        return source
    return unflow(source, deletes_space=str(part.get_param("delsp", "")).casefold() == "yes")
