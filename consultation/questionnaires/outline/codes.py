"""Codes of sections, questions and options: their pattern, and new ones."""

import re
from collections.abc import Iterable

from consultation.i18n import folded
from consultation.questionnaires.outline.structure import Outline

CODE = re.compile(r"[a-z][a-z0-9_]*")
LONGEST_CODE = 40
ROOM_FOR_A_NUMBER = 5


def propose_code(text: str, taken: Iterable[str], otherwise: str) -> str:
    """Return a code made from a text, none of those taken; `otherwise` where it has no letters."""
    stem = re.sub(r"[^a-z0-9]+", "_", folded(text)).strip("_")
    base = stem if stem[:1].isalpha() else f"{otherwise}_{stem}".strip("_")
    base = _clip_code(base)
    known = set(taken)
    candidates = (base, *(f"{base}_{number}" for number in range(2, len(known) + 3)))
    return next(code for code in candidates if code not in known)


def _clip_code(code: str) -> str:
    """Return a code short enough for a number to follow, cut between two words if possible."""
    longest = LONGEST_CODE - ROOM_FOR_A_NUMBER
    if len(code) <= longest:
        return code
    short = code[: longest + 1].rpartition("_")[0]
    return short if len(short) > longest // 2 else code[:longest].strip("_")


def free_code(known: Iterable[str], current: Outline, code: str) -> str:
    """Return a code like `code` that nothing has had: `avis_2`, `avis_3`…"""
    taken = {*known, *(question.code for question in current.questions)}
    base, _, number = code.rpartition("_")
    stem, start = (base, int(number)) if base and number.isdecimal() else (code, 1)
    numbered = (f"_{following}" for following in range(start + 1, start + 2 + len(taken)))
    return next(
        candidate
        for end in numbered
        if (candidate := stem[: LONGEST_CODE - len(end)] + end) not in taken
    )
