"""Frames of an MP3 file, without what stands around them: ID3, APE and Lyrics3 tags, padding.

The frames themselves are kept as they are, so nothing is decoded; between two of them, there may be
tags and nothing else.
"""

import re
from typing import NamedTuple

from consultation.recordings.damage import Cut, Mixed

_KBITS = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Bit rates of layer III by their index, of MPEG 1 and of MPEG 2 and 2.5; the first is free."""
_HERTZ = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8000)}
"""Sampling rates by the version that a header says, 3 for MPEG 1."""
_ID3_HEAD, _ID3_LAST, _ID3_MORE, _APE_HEAD = 10, 128, 227, 32
_LYRICS_ENDS, _LONGEST_LYRICS = (b"LYRICS200", b"LYRICSEND"), 1_000_000
_PADDING = re.compile(rb"\0+")
_COUNTED = 1
"""Flag of the first frame: the number of those that follow is in it."""


class _SoundFrame(NamedTuple):
    size: int
    samples: int
    hertz: int
    version: int


def is_mp3(content: bytes) -> bool:
    """Whether a file begins as an MP3 does: with a frame, or with tags and a frame."""
    start = _after_tags(content, 0)
    return _frame_at(content, start) is not None


def stripped(content: bytes) -> tuple[bytes, float]:
    """Return the frames of a file and how many seconds they last; raise `Cut` or `Mixed`."""
    end = _before_tags(content)
    at = _after_tags(content, 0)
    first = _frame_at(content, at)
    spans: list[tuple[int, int]] = []
    samples = count = 0
    while at < end:
        frame = _frame_at(content, at)
        if frame is None:
            after = _after_tags(content, at)
            if after == at:
                raise Mixed
            at = after
            continue
        if first is None or (frame.hertz, frame.version) != (first.hertz, first.version):
            raise Mixed
        if at + frame.size > end:
            raise Cut
        if spans and spans[-1][1] == at:
            spans[-1] = (spans[-1][0], at + frame.size)
        else:
            spans.append((at, at + frame.size))
        samples, count, at = samples + frame.samples, count + 1, at + frame.size
    kept = b"".join(content[start:stop] for start, stop in spans)
    if first is None or _announced(kept[: first.size]) > count:
        raise Cut
    return kept, samples / first.hertz


def _frame_at(content: bytes, at: int) -> _SoundFrame | None:
    """The frame of layer III whose header is at a place, or None."""
    if at + 4 > len(content) or content[at] != 0xFF or content[at + 1] & 0xE6 != 0xE2:
        return None
    version, rates = content[at + 1] >> 3 & 3, content[at + 2]
    rate, hertz, padding = rates >> 4, rates >> 2 & 3, rates >> 1 & 1
    if version not in _HERTZ or rate in (0, 15) or hertz == 3:
        return None
    is_first = version == 3
    sampling = _HERTZ[version][hertz]
    samples = 1152 if is_first else 576
    size = samples // 8 * 1000 * _KBITS[is_first][rate] // sampling + padding
    return _SoundFrame(size, samples, sampling, version)


def _announced(frame: bytes) -> int:
    """How many frames the first one says that the file has, itself included; 0 where it does not.

    Encoders write it there for players (« Xing », « Info »).
    """
    place = max(frame.find(mark, 4, 44) for mark in (b"Xing", b"Info"))
    if place < 0 or not int.from_bytes(frame[place + 4 : place + 8]) & _COUNTED:
        return 0
    return int.from_bytes(frame[place + 8 : place + 12]) + 1


def _after_tags(content: bytes, at: int) -> int:
    """Where the tags and the padding end that begin at a place."""
    while (size := _tag_size(content, at)) > 0:
        at += size
    return min(at, len(content))


def _tag_size(content: bytes, at: int) -> int:
    if content.startswith(b"ID3", at) and at + _ID3_HEAD <= len(content):
        size = 0
        for byte in content[at + 6 : at + 10]:
            size = size << 7 | byte & 0x7F
        has_footer = bool(content[at + 5] & 0x10)
        return _ID3_HEAD * (1 + has_footer) + size
    if content.startswith(b"APETAGEX", at):
        return _APE_HEAD + int.from_bytes(content[at + 12 : at + 16], "little")
    if content.startswith(b"TAG", at):
        return _ID3_LAST
    padding = _PADDING.match(content, at)
    return len(padding[0]) if padding else 0


def _before_tags(content: bytes) -> int:
    """Where the tags begin that stand at the end."""
    end = len(content)
    while (size := _size_of_last_tag(content, end)) > 0:
        end -= min(size, end)
    return end


def _size_of_last_tag(content: bytes, end: int) -> int:
    if content.startswith(b"TAG", end - _ID3_LAST) and end >= _ID3_LAST:
        start = end - _ID3_LAST - _ID3_MORE
        return _ID3_LAST + (_ID3_MORE if start >= 0 and content.startswith(b"TAG+", start) else 0)
    footer = end - _APE_HEAD
    if footer >= 0 and content.startswith(b"APETAGEX", footer):
        size = int.from_bytes(content[footer + 12 : footer + 16], "little")
        has_head = content[footer + 23] >> 7
        return max(size, _APE_HEAD) + (_APE_HEAD if has_head else 0)
    if content[max(0, end - 9) : end] in _LYRICS_ENDS:
        start = content.rfind(b"LYRICSBEGIN", max(0, end - _LONGEST_LYRICS), end)
        return end - start if start >= 0 else 0
    return 0
