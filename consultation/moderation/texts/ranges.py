"""Ranges of characters in a text: grapheme boundaries, occurrences of a passage."""

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
    """Widen a range to whole graphemes."""
    while not is_boundary(text, start):
        start -= 1
    while not is_boundary(text, end):
        end += 1
    return start, end


def is_boundary(text: str, at: int) -> bool:
    """Return whether one grapheme ends and another begins before the character at `at`.

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
    """Return whether both are parts of one Korean syllable."""
    if before in _LEADING:
        return here in _LEADING or here in _VOWELS or here in _SYLLABLES
    is_open = before in _SYLLABLES and (before - _SYLLABLES.start) % 28 == 0
    if before in _VOWELS or is_open:
        return here in _VOWELS or here in _TRAILING
    return (before in _TRAILING or before in _SYLLABLES) and here in _TRAILING


_SAME = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ", "’": "'"})


def occurrences(text: str, passage: str) -> list[Range]:
    """Return the ranges at which a passage occurs in a text, as people see both.

    Invisible characters count for nothing and no-break spaces for spaces, so that a passage copied
    from a screen is found.
    """
    visible = [(at, character) for at, character in enumerate(text) if not _is_invisible(character)]
    content = "".join(character for _, character in visible).translate(_SAME)
    wanted = "".join(it for it in passage if not _is_invisible(it)).translate(_SAME).strip()
    if not wanted:
        return []
    return [
        (visible[match.start()][0], visible[match.end() - 1][0] + 1)
        for match in re.finditer(re.escape(wanted), content)
    ]


def repeated(text: str, range_: Range, other: str) -> list[Range]:
    """Return the ranges at which a passage of `text` occurs in another text.

    What was no part of a longer word is not looked for within one: « Li » is not in « Lille ».
    """
    is_part = _is_within_word(text, range_)
    return [
        range_of_other
        for range_of_other in occurrences(other, text[slice(*range_)])
        if is_part or not _is_within_word(other, range_of_other)
    ]


def _is_within_word(text: str, range_: Range) -> bool:
    start, end = range_
    goes_on = text[max(0, start - 1) : start + 1], text[end - 1 : end + 1]
    return any(len(characters) == 2 and characters.isalnum() for characters in goes_on)


def _is_invisible(character: str) -> bool:
    # A browser sends a line end as two characters, of which a text that was sent keeps the second.
    return character == "\r" or unicodedata.category(character) == "Cf"
