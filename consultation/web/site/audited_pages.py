"""Audited pages: the ten on which each criterion of RGAA is judged, and the print of each.

They are in `accessibility.toml`.  What is judged of a page holds for its print only.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from consultation.files import resource
from consultation.i18n import Localized

PRINT_LENGTH = 8
_NAMED = re.compile(r"""["']([\w/.-]+\.(?:html|css|js))["']""")
_COMMENTS = (("{#", "#}"), ("/*", "*/"))


@dataclass(frozen=True)
class AuditedPage:
    """A page by its name in the grid, and the templates that its view and its parts begin with."""

    name: str
    title: Localized
    templates: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """Hexadecimal digits that change with the templates, style sheets and scripts of the page.

        They come from the sources, not from the page as displayed: a date, a figure or a measure
        more changes nothing, and a running site computes them without a browser.  Neither do
        comments and blank space.
        """
        return _fingerprint(self.templates)


@cache
def _fingerprint(templates: tuple[str, ...]) -> str:
    parts = parts_of(templates)
    whole = "\n".join(f"{name}\n{' '.join(parts[name].split())}" for name in sorted(parts))
    return hashlib.sha256(whole.encode()).hexdigest()[:PRINT_LENGTH]


def parts_of(templates: Sequence[str]) -> Mapping[str, str]:
    """The sources of templates, without comments, and of all that they name, by name."""
    waiting = list(templates)
    sources: dict[str, str] = {}
    while waiting:
        if (name := waiting.pop()) in sources:
            continue
        folder = resource("templates" if name.endswith(".html") else "static")
        sources[name] = _without_comments((folder / name).read_text("utf-8"))
        waiting += _NAMED.findall(sources[name])
    return sources


def _without_comments(source: str) -> str:
    for opening, closing in _COMMENTS:
        first, *further = source.split(opening)
        source = first + "".join(text.partition(closing)[2] for text in further)
    return source
