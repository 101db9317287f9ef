"""QR codes: as SVG paths, and as pictures of a document.

Pages draw the paths inline, since the content policy allows no data images.
"""

from dataclasses import dataclass
from io import BytesIO
from itertools import groupby

import segno

QUIET_ZONE = 4
"""Empty modules that the standard requires around a code."""
PIXELS = 6
"""Of the side of a module in a picture."""


@dataclass(frozen=True)
class Drawing:
    """A square of `size` units, and the `path` of its dark modules."""

    size: int
    path: str

    @property
    def svg(self) -> str:
        """The drawing as an SVG image of its own."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.size} {self.size}">'
            f'<path d="{self.path}"/></svg>'
        )


def draw(text: str) -> Drawing:
    rows = [list(map(bool, row)) for row in _code(text).matrix_iter(border=QUIET_ZONE)]
    strokes = [stroke for y, row in enumerate(rows) for stroke in _strokes(row, y)]
    return Drawing(len(rows), "".join(strokes))


def picture(text: str) -> bytes:
    """Return the QR code of `text` as PNG."""
    written = BytesIO()
    _code(text).save(written, kind="png", scale=PIXELS, border=QUIET_ZONE)
    return written.getvalue()


def _code(text: str) -> segno.QRCode:
    return segno.make_qr(text, error="m")


def _strokes(row: list[bool], y: int) -> list[str]:
    """Return the runs of dark modules of a row as closed outlines."""
    strokes, x = [], 0
    for is_dark, run in groupby(row):
        width = len(list(run))
        if is_dark:
            strokes.append(f"M{x} {y}h{width}v1h-{width}z")
        x += width
    return strokes
