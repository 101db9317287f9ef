"""Make codes from what people write."""

import re
from collections.abc import Iterable

from consultation.i18n import folded
from consultation.questionnaires.faults import LONGEST_CODE

ROOM_FOR_A_NUMBER = 5


def proposed_code(text: str, taken: Iterable[str], otherwise: str) -> str:
    """Return a code made from a text, none of those taken; `otherwise` where it has no letters."""
    words = re.sub(r"[^a-z0-9]+", "_", folded(text)).strip("_")
    base = words if words[:1].isalpha() else f"{otherwise}_{words}".strip("_")
    base = _cut(base)
    known = set(taken)
    candidates = (base, *(f"{base}_{number}" for number in range(2, len(known) + 3)))
    return next(code for code in candidates if code not in known)


def _cut(code: str) -> str:
    """Return a code short enough for a number to follow, cut between two words if possible."""
    longest = LONGEST_CODE - ROOM_FOR_A_NUMBER
    if len(code) <= longest:
        return code
    short = code[: longest + 1].rpartition("_")[0]
    return short if len(short) > longest // 2 else code[:longest].strip("_")
