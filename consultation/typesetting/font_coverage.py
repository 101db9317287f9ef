"""Font coverage: characters that the fonts of this server can't draw in a document."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from consultation.typesetting.subprocess import typeset

FONT = "Libertinus Serif"
"""Font that typst ships; characters that it lacks are taken from any font of the server."""

DRAWN_BY_ALL = 0x17F
"""The last of the characters that the font has all of: Latin letters and digits among them."""
_DRAWN_BY_NONE = "\U0010ffff"
_GLYPH = re.compile(r'href="#(g[0-9A-F]+)"')
_REFUSED = re.compile("[\x00\ufeff]")
_PAGE = Path(__file__).with_name("glyphs.typ")
MOST_REMEMBERED, MOST_LOOKED_FOR = 50_000, 3_000
"""Characters that a process remembers, and new ones that it checks for one document."""

_is_drawn: dict[str, bool] = {}


def not_drawn(characters: Iterable[str]) -> frozenset[str]:
    """Return the characters for which no font here has a glyph; each is checked once a process.

    No real text has more than `MOST_LOOKED_FOR` new characters: the others count as not drawn.
    """
    wanted = {it for it in characters if ord(it) > DRAWN_BY_ALL}
    unknown = sorted(wanted - _is_drawn.keys())[:MOST_LOOKED_FOR]
    if unknown:
        if len(_is_drawn) + len(unknown) > MOST_REMEMBERED:
            _is_drawn.clear()
        _is_drawn.update(zip(unknown, _are_drawn(unknown), strict=True))
    return frozenset(it for it in wanted if not _is_drawn.get(it, False))


def code_of(character: str) -> str:
    """Return the code that replaces a character that can't be drawn."""
    return f"[U+{ord(character):04X}]"


def drawable(text: str, absent: frozenset[str]) -> str:
    """Return `text` with codes for its `absent` characters, without those that typst refuses."""
    text = _REFUSED.sub("", text)
    return "".join(code_of(it) if it in absent else it for it in text)


def _are_drawn(characters: list[str]) -> list[bool]:
    """Draw each character, and compare it with the box that stands for a missing glyph."""
    drawn = typeset(
        _PAGE,
        format="svg",
        sys_inputs={"font": FONT, "characters": json.dumps([_DRAWN_BY_NONE, *characters])},
    )
    glyphs = _GLYPH.findall(drawn.decode())
    mark, none = glyphs[:2]
    are_drawn: list[bool] = []
    for glyph in glyphs:
        if glyph == mark:
            are_drawn.append(True)
        elif glyph == none:
            are_drawn[-1] = False
    return are_drawn[1:]
