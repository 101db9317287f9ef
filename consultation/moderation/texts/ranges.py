"""Ranges of a text: grapheme boundaries, and where a passage stands."""

import re
import unicodedata

from consultation.moderation.models import Range

ZERO_WIDTH_JOINER = "\u200d"
_JOINING = ("Mn", "Mc", "Me")
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)
_FLAG_LETTERS = range(0x1F1E6, 0x1F200)
_LEADING, _VOWELS = range(0x1100, 0x1160), range(0x1160, 0x11A8)
_TRAILING, _SYLLABLES = range(0x11A8, 0x1200), range(0xAC00, 0xD7A4)


def widen(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the range of characters that covers every sign which `start` and `end` would cut."""
    while not is_boundary(text, start):
        start -= 1
    while not is_boundary(text, end):
        end += 1
    return start, end


def is_boundary(text: str, at: int) -> bool:
    """Say whether one sign ends and another begins before the character at `at`.

    Follows UAX #29, but never cuts after a zero-width joiner: what is joined is kept together.
    """
    if at <= 0 or at >= len(text):
        return True
    before, here = text[at - 1], text[at]
    if before == "\r" and here == "\n":
        return False
    if _joins(here) or before == ZERO_WIDTH_JOINER:
        return False
    if ord(here) in _FLAG_LETTERS and ord(before) in _FLAG_LETTERS:
        return _flag_letters_before(text, at) % 2 == 0
    return not _same_syllable(ord(before), ord(here))


def _joins(character: str) -> bool:
    point = ord(character)
    return (
        point in (0x200C, 0x200D)
        or point in _SKIN_TONES
        or point in _TAGS
        or unicodedata.category(character) in _JOINING
    )


def _flag_letters_before(text: str, at: int) -> int:
    start = at
    while start > 0 and ord(text[start - 1]) in _FLAG_LETTERS:
        start -= 1
    return at - start


def _same_syllable(before: int, here: int) -> bool:
    """Say whether both are parts of one Korean syllable."""
    if before in _LEADING:
        return here in _LEADING or here in _VOWELS or here in _SYLLABLES
    is_open = before in _SYLLABLES and (before - _SYLLABLES.start) % 28 == 0
    if before in _VOWELS or is_open:
        return here in _VOWELS or here in _TRAILING
    return (before in _TRAILING or before in _SYLLABLES) and here in _TRAILING


_SAME = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ", "’": "'"})


def occurrences(words: str, passage: str) -> list[Range]:
    """Return where a passage stands in a text, as a reader sees both.

    Invisible signs count for nothing and no-break spaces for spaces, so that what is copied from
    a screen is found.
    """
    visible = [(at, sign) for at, sign in enumerate(words) if not _is_invisible(sign)]
    seen = "".join(sign for _, sign in visible).translate(_SAME)
    wanted = "".join(sign for sign in passage if not _is_invisible(sign)).translate(_SAME).strip()
    if not wanted:
        return []
    return [
        (visible[found.start()][0], visible[found.end() - 1][0] + 1)
        for found in re.finditer(re.escape(wanted), seen)
    ]


def repeated(words: str, one: Range, other: str) -> list[Range]:
    """Return where what stands in a range of `words` stands in another text.

    What was no part of a longer word is not looked for within one: « Li » is not in « Lille ».
    """
    is_part = _is_within_word(words, one)
    return [
        found
        for found in occurrences(other, words[slice(*one)])
        if is_part or not _is_within_word(other, found)
    ]


def _is_within_word(words: str, one: Range) -> bool:
    start, end = one
    goes_on = words[max(0, start - 1) : start + 1], words[end - 1 : end + 1]
    return any(len(signs) == 2 and signs.isalnum() for signs in goes_on)


def _is_invisible(sign: str) -> bool:
    # A browser sends a line end as two signs, of which a text that was sent keeps the second.
    return sign == "\r" or unicodedata.category(sign) == "Cf"
