"""Which signs a document can draw here: that depends on the fonts that the server has."""

import json
import re
from collections.abc import Iterable
from pathlib import Path

from consultation.typesetting.subprocess import typeset

FONT = "Libertinus Serif"
"""The one that typst brings along; where it lacks a sign, any other font that is there helps."""

_DRAWN_BY_NONE = "\U0010ffff"
_GLYPH = re.compile(r'href="#(g[0-9A-F]+)"')
_PAGE = Path(__file__).with_name("glyphs.typ")
MOST_REMEMBERED, MOST_LOOKED_FOR = 50_000, 3_000
"""How many signs a process remembers, and how many one document may have it look for."""

_is_drawn: dict[str, bool] = {}


def not_drawn(signs: Iterable[str]) -> frozenset[str]:
    """Return those of `signs` for which no font here has a glyph; each is looked for once.

    A text of more different signs than any language has is no text: the rest count as not drawn.
    """
    wanted = {sign for sign in signs if ord(sign) > 0x17F}  # what is below, the font has
    unknown = sorted(wanted - _is_drawn.keys())[:MOST_LOOKED_FOR]
    if unknown:
        if len(_is_drawn) + len(unknown) > MOST_REMEMBERED:
            _is_drawn.clear()
        _is_drawn.update(zip(unknown, _looked_for(unknown), strict=True))
    return frozenset(sign for sign in wanted if not _is_drawn.get(sign, False))


def code_of(sign: str) -> str:
    """Return how a sign is written that can't be drawn."""
    return f"[U+{ord(sign):04X}]"


def _looked_for(signs: list[str]) -> list[bool]:
    """Draw each sign, and say whether something else came out than the box that stands for none."""
    drawn = typeset(
        _PAGE,
        format="svg",
        sys_inputs={"font": FONT, "signs": json.dumps([_DRAWN_BY_NONE, *signs])},
    )
    glyphs = _GLYPH.findall(drawn.decode())
    mark, none = glyphs[:2]
    found: list[bool] = []
    for glyph in glyphs:
        if glyph == mark:
            found.append(True)
        elif glyph == none:
            found[-1] = False
    return found[1:]
