"""QR codes as SVG paths.

They are drawn inline, since the content policy allows no data images.
"""

from dataclasses import dataclass
from itertools import groupby

from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M

QUIET_ZONE = 4
"""Empty modules that the standard requires around a code."""


@dataclass(frozen=True)
class Drawing:
    """A square of `size` units, and the `path` of its dark modules."""

    size: int
    path: str


def draw(text: str) -> Drawing:
    """Return the QR code of `text`."""
    code = QRCode(border=QUIET_ZONE, error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    code.make()
    rows = code.get_matrix()
    strokes = [stroke for y, row in enumerate(rows) for stroke in _strokes(row, y)]
    return Drawing(len(rows), "".join(strokes))


def _strokes(row: list[bool], y: int) -> list[str]:
    """Return the runs of dark modules of a row as closed outlines."""
    strokes, x = [], 0
    for is_dark, run in groupby(row):
        width = len(list(run))
        if is_dark:
            strokes.append(f"M{x} {y}h{width}v1h-{width}z")
        x += width
    return strokes
