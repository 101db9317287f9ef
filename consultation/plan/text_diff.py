"""Differences between two texts, word by word."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

_PIECES = re.compile(r"\S+|\s+")


@dataclass(frozen=True)
class Part:
    """Neighbouring words of both texts, or of one of them: `is_removed` or `is_added`."""

    text: str
    is_removed: bool = False
    is_added: bool = False


@dataclass(frozen=True)
class TextChange:
    """A text before and after a change; `label` names it in French."""

    label: str
    before: str
    after: str

    @property
    def parts(self) -> list[Part]:
        """Both texts as one: what stays, what goes and what comes, in reading order."""
        old, new = _PIECES.findall(self.before), _PIECES.findall(self.after)
        parts: list[Part] = []
        for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if kind == "equal":
                parts.append(Part("".join(old[a:b])))
                continue
            parts += [Part("".join(old[a:b]), is_removed=True)] if b > a else []
            parts += [Part("".join(new[c:d]), is_added=True)] if d > c else []
        return parts


def joined(parts: Iterable[Part]) -> list[Part]:
    """Return the parts of a difference with changes joined that only blanks keep apart."""
    made: list[Part] = []
    removed = added = blanks = ""
    for part in [*parts, Part("")]:
        if part.is_removed or part.is_added:
            removed += blanks + (part.text if part.is_removed else "")
            added += blanks + (part.text if part.is_added else "")
            blanks = ""
        elif (removed or added) and part.text.isspace():
            blanks += part.text
        else:
            made += [Part(removed, is_removed=True), Part(added, is_added=True)]
            made.append(Part(blanks + part.text))
            removed = added = blanks = ""
    return [part for part in made if part.text]
