"""Where a passage stands in a text, and where it stands again in another."""

import re
import unicodedata

from consultation.moderation.models import Range

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
