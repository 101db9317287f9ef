"""Pages of an Opus file in Ogg (RFC 3533, RFC 7845), with its comments emptied.

Who encoded it with what, its title and its picture stand in the comments.  The sound keeps its
packets; pages are numbered anew.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from consultation.recordings.damage import Cut, Mixed

MARK = b"OggS"
HEAD, COMMENTS = b"OpusHead", b"OpusTags"
EMPTY_COMMENTS = COMMENTS + bytes(8)
_HEADER = 27
_CONTINUED, _FIRST, _LAST = 1, 2, 4
_UNBROKEN = 255
"""The lacing value of a segment whose packet goes on in the next."""
_SIMPLE_HEAD = 19
"""Bytes of the head of one or two channels, in which no table follows."""
_HERTZ = 48_000
_MOST_PAGES = 100_000
"""Of ten mebibytes: a page has some thousands of bytes."""
_LONGEST_PACKET = 0.12  # seconds
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True)
class _Page:
    flags: int
    position: int
    """Samples until its end."""
    stream: int
    number: int
    lacing: bytes
    content: bytes

    def packed(self, number: int) -> bytes:
        """The page under another number, with its checksum."""
        head = b"".join((
            MARK, b"\0", bytes([self.flags]), self.position.to_bytes(8, "little"),
            self.stream.to_bytes(4, "little"), number.to_bytes(4, "little"),
        ))  # fmt: skip
        rest = bytes([len(self.lacing)]) + self.lacing + self.content
        return head + checksum(head + bytes(4) + rest).to_bytes(4, "little") + rest

    @property
    def ends_a_packet(self) -> bool:
        return not self.lacing or self.lacing[-1] < _UNBROKEN


def is_opus(content: bytes) -> bool:
    """Whether a file begins as an Opus file does."""
    return content.startswith(MARK) and content.startswith(HEAD, _HEADER + 1)


def stripped(content: bytes) -> tuple[bytes, float]:
    """Return a file without its comments, and its seconds; raise `Cut` or `Mixed`."""
    pages = _pages(content)
    head = next(pages)
    if len(head.content) != _SIMPLE_HEAD or head.flags != _FIRST:
        raise Mixed
    _check_comments(pages)
    numbers = count()
    comments = _Page(0, 0, head.stream, 1, bytes([len(EMPTY_COMMENTS)]), EMPTY_COMMENTS)
    kept = [head.packed(next(numbers)), comments.packed(next(numbers))]
    last, packets = None, 0
    for last in pages:
        packets += sum(it < _UNBROKEN for it in last.lacing)
        kept.append(last.packed(next(numbers)))
    if last is None or not last.flags & _LAST:
        raise Cut
    skipped = int.from_bytes(head.content[10:12], "little")
    seconds = max(0, last.position - skipped) / _HERTZ
    if seconds > packets * _LONGEST_PACKET:
        raise Cut
    return b"".join(kept), seconds


def checksum(page: bytes) -> int:
    """The CRC of a page, whose own is zero: that of zlib, with the bits the other way round."""
    turned = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{turned:032b}"[::-1], 2)


def _check_comments(pages: Iterator[_Page]) -> None:
    """Pass by the pages of the comments, on which nothing else may stand."""
    page = next(pages, None)
    if page is None or not page.content.startswith(COMMENTS):
        raise Mixed
    while page is not None:
        if any(it < _UNBROKEN for it in page.lacing[:-1]):
            raise Mixed
        if page.ends_a_packet:
            return
        page = next(pages, None)
    raise Cut


def _pages(content: bytes) -> Iterator[_Page]:
    """Yield the pages of the one stream that a file has; raise `Cut` or `Mixed`."""
    at, stream, number = 0, None, 0
    while at < len(content):
        if not content.startswith(MARK + b"\0", at):
            raise Mixed
        page, size = _page_at(content, at)
        stream = page.stream if stream is None else stream
        if page.stream != stream or (page.flags & _FIRST and at):
            raise Mixed
        if not page.lacing or number == _MOST_PAGES:
            raise Mixed
        if page.number != number or page.packed(number) != content[at : at + size]:
            raise Cut
        yield page
        at, number = at + size, number + 1
        if page.flags & _LAST and at < len(content):
            raise Mixed


def _page_at(content: bytes, at: int) -> tuple[_Page, int]:
    head = content[at : at + _HEADER]
    if len(head) < _HEADER:
        raise Cut
    lacing = content[at + _HEADER : at + _HEADER + head[26]]
    start = at + _HEADER + head[26]
    size = _HEADER + head[26] + sum(lacing)
    if at + size > len(content):
        raise Cut
    page = _Page(
        head[5],
        int.from_bytes(head[6:14], "little"),
        int.from_bytes(head[14:18], "little"),
        int.from_bytes(head[18:22], "little"),
        lacing,
        content[start : at + size],
    )
    return page, size
