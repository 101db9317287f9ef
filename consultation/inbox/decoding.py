"""From the bytes of a mail to characters, whatever it says or fails to say of them."""

import codecs
import re
from binascii import Error as BrokenBase64
from email.errors import HeaderParseError
from email.header import decode_header as split_words

from consultation.text import clean, clean_line

LONGEST_HEADER = 2_000
# Python's other codecs are no charsets (zlib, rot13) or cost too much (punycode).
_NAMES = """
    ascii utf-8 utf-8-sig utf-7 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be
    iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9
    iso8859-10 iso8859-13 iso8859-14 iso8859-15 iso8859-16 cp1250 cp1251 cp1252 cp1253 cp1254
    cp1255 cp1256 cp1257 cp1258 cp437 cp850 cp852 cp858 koi8-r koi8-u mac-roman big5 gb2312 gbk
    gb18030 euc_jp shift_jis iso2022_jp euc_kr
"""
_CHARSETS = frozenset(_NAMES.split())
# What says ISO-8859-1 is nearly always windows-1252, which has « œ » and « € ».
_LATIN = frozenset({"ascii", "iso8859-1", "cp1252"})
# Their bytes say nothing by themselves, or look like ASCII.
_TRUSTED = ("utf-16", "utf-32", "utf-7", "iso2022")
_MARK = "\ufeff"
_LOST = "\ufffd"
_FLOWED_QUOTE = re.compile(r"(>*) ?")
_SIGNATURE_MARK = "-- "


def decode_bytes(raw: bytes, declared: str | None) -> str:
    """Return the text of `raw`, which says that its charset is `declared`, rightly or not."""
    charset = _known(declared)
    if charset is not None and charset.startswith(_TRUSTED):
        return raw.decode(charset, "replace").lstrip(_MARK)
    return (_as_utf8(raw) or _as_declared(raw, charset)).lstrip(_MARK)


def decode_header(value: str) -> str:
    """Return a header as one clean line, its encoded words (RFC 2047) and raw bytes read."""
    bounded = value[:LONGEST_HEADER]
    if "=?" not in bounded:
        return clean_line(_from_raw(bounded))
    try:
        words = split_words(_from_raw(bounded))
        text = "".join(_word(word, charset) for word, charset in words)
    except (HeaderParseError, BrokenBase64, UnicodeError, ValueError):
        text = _from_raw(bounded)
    return clean_line(text)


def decode_text(raw: bytes, declared: str | None) -> str:
    """Return `decode_bytes` by the text rule."""
    return clean(decode_bytes(raw, declared))


def unflow(text: str, *, deletes_space: bool) -> str:
    """Return format=flowed text (RFC 3676) with its paragraphs put together again."""
    lines: list[str] = []
    depth_before, is_open = 0, False
    for line in text.split("\n"):
        marks = _FLOWED_QUOTE.match(line)
        depth = len(marks[1]) if marks else 0
        content = line[marks.end() :] if marks else line
        if is_open and depth == depth_before:
            lines[-1] += content
        else:
            lines.append(f"{'>' * depth} {content}" if depth else content)
        depth_before = depth
        is_open = content.endswith(" ") and content != _SIGNATURE_MARK
        if is_open and deletes_space:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)


def _known(declared: str | None) -> str | None:
    try:
        name = codecs.lookup((declared or "")[:40]).name
    except (LookupError, ValueError):
        return None
    return name if name in _CHARSETS else None


def _as_utf8(raw: bytes) -> str | None:
    """Return `raw` as UTF-8 when it is so, a few broken characters aside."""
    text = raw.decode("utf-8", "replace")
    lost = text.count(_LOST)
    if lost == 0:
        return text
    read = sum(map(text.count, "éèàêçùîôœ’–«»"))
    return text if read > 10 * lost else None


def _as_declared(raw: bytes, charset: str | None) -> str:
    if charset is not None and charset not in _LATIN and charset != "utf-8":
        try:
            return raw.decode(charset)
        except UnicodeError:
            return raw.decode("cp1252", "replace")
    return raw.decode("cp1252", "replace")


def _word(word: bytes | str, charset: str | None) -> str:
    return word if isinstance(word, str) else decode_bytes(word, charset)


def _from_raw(value: str) -> str:
    """Return a header whose bytes beyond ASCII came as surrogates with these bytes read."""
    if value.isascii():
        return value
    try:
        raw = value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return value
    return decode_bytes(raw, None)
