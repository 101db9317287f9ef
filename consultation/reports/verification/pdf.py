"""Lines of a PDF, what it carries, and what is drawn on its pages."""

import ctypes
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from consultation.imports import load
from consultation.reports.verification.links import Link

FOOT = 62.36
"""Points below which the foot of a page is: the margin of `typesetting/document.typ`."""
NUMBERS = "numbers.json"
"""As `documents/pdf` names what it attaches."""
MOST_PAGES = 1500
_FAR = 1e6
TOLERANCE = 40
"""Of 255: the difference of two greys that nobody sees."""


@dataclass(frozen=True)
class Page:
    """The lines of a page, and its foot."""

    lines: Sequence[str]
    footer: str


@dataclass(frozen=True)
class Pair:
    """Numbers from 0 of pages that say the same, and whether their feet do."""

    sent: int
    original: int
    has_same_foot: bool


@dataclass(frozen=True)
class Drawn:
    """Where a page is drawn otherwise than that of the original: the text of the original there.

    `line` is the number of that line in the page, None where there is no text.
    """

    page: int
    line: int | None
    text: str


def pages_of(content: bytes) -> Sequence[Page]:
    """Return the text of each page, what is beyond its edges too."""
    pages = []
    with closing(_opened(content)) as document:
        for page in _each(document):
            with closing(page.get_textpage()) as text:
                body = text.get_text_bounded(-_FAR, FOOT, _FAR, _FAR)
                foot = text.get_text_bounded(-_FAR, -_FAR, _FAR, FOOT)
            pages.append(Page(_lines(body), " ".join(foot.split())))
    return pages


def attached(content: bytes) -> Any:
    """Return the numbers that a PDF carries, None where it carries none."""
    with closing(_opened(content)) as document:
        for place in range(min(document.count_attachments(), 10)):
            attachment = document.get_attachment(place)
            if attachment.get_name() == NUMBERS:
                return json.loads(bytes(attachment.get_data()))
    return None


def links_of(content: bytes, counts: Sequence[int]) -> Iterator[Link]:
    """Yield the links that lead out of the file; `counts` has how many lines each page has."""
    first = 0
    with closing(_opened(content)) as document:
        for number, page in enumerate(_each(document)):
            with closing(page.get_textpage()) as text:
                for target, area in _targets(document, page):
                    line = _line_at(text, area)
                    part = None if line is None else first + line
                    yield Link(part, text.get_text_bounded(*area), target, number + 1)
            first += counts[number]


def _line_at(text: Any, area: "Area") -> int | None:
    """Return the number of the line that is at the beginning of an area."""
    left, bottom, _right, top = area
    index = text.get_index(left + 1, (bottom + top) / 2, _LINE, _LINE)
    return None if index is None else len(_lines(text.get_text_range(0, index + 1))) - 1


def _targets(document: Any, page: Any) -> Iterator[tuple[str, "Area"]]:
    """Yield where links lead that leave the file, in the order in which the page has them."""
    raw = load("pypdfium2.raw")
    place, link, corners = ctypes.c_int(0), raw.FPDF_LINK(), raw.FS_RECTF()
    while raw.FPDFLink_Enumerate(page, place, link):
        action = raw.FPDFLink_GetAction(link)
        if action and (kind := raw.FPDFAction_GetType(action)) != raw.PDFACTION_GOTO:
            raw.FPDFLink_GetAnnotRect(link, corners)
            area = corners.left, corners.bottom, corners.right, corners.top
            yield _target(raw, document, action, kind), area


def _target(raw: Any, document: Any, action: Any, kind: int) -> str:
    """Return the address that an action opens; of another one, its file or only its kind."""
    if kind == raw.PDFACTION_URI:
        return _string(raw.FPDFAction_GetURIPath, document, action)
    return _string(raw.FPDFAction_GetFilePath, action) or f"action:{kind}"


def _string(getter: Any, *owners: Any) -> str:
    """Return the text that PDFium writes into a buffer of the length that it asks for."""
    buffer = ctypes.create_string_buffer(getter(*owners, None, 0))
    getter(*owners, buffer, len(buffer))
    return buffer.value.decode("utf-8", "replace")


def drawn_otherwise(sent: bytes, original: bytes, pairs: Sequence[Pair]) -> Iterator[Drawn]:
    """Yield where pages of a file are drawn otherwise than those of the original."""
    with (
        closing(_opened(sent)) as sent_pages,
        closing(_opened(original)) as original_pages,
    ):
        for pair in pairs:
            with (
                closing(sent_pages[pair.sent]) as page,
                closing(original_pages[pair.original]) as original_page,
            ):
                area = _differing(page, original_page, 0 if pair.has_same_foot else FOOT)
                if area is not None:
                    yield _described(original_page, pair.original, area)


def _opened(content: bytes) -> Any:
    return load("pypdfium2").PdfDocument(content)


def _each(document: Any) -> Iterator[Any]:
    for number in range(min(len(document), MOST_PAGES)):
        with closing(document[number]) as page:
            yield page


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


Area = tuple[float, float, float, float]
"""Left, bottom, right and top, in points."""


def _differing(page: Any, original: Any, foot: float) -> Area | None:
    """Return the first area above a height that is drawn otherwise."""
    if page.get_size() != original.get_size():
        width, height = original.get_size()
        return 0, 0, width, height
    (pixels, stride), (expected, _stride) = _pixels(page, foot), _pixels(original, foot)
    if pixels == expected:
        return None
    rows = [
        (number // stride, columns)
        for number in range(0, len(expected), stride)
        if (columns := _unlike(pixels, expected, number, stride))
    ]
    if not rows:
        return None
    height, first = original.get_size()[1], rows[0][0]
    near = [columns for row, columns in rows if row - first < _LINE]
    last = max(row for row, _columns in rows if row - first < _LINE)
    left, right = min(it[0] for it in near), max(it[1] for it in near)
    return left - 1, height - last - 2, right + 2, height - first + 1


_LINE = 14
"""Points of a line, and of the area that is described."""


def _unlike(pixels: bytes, expected: bytes, start: int, stride: int) -> tuple[int, int] | None:
    """Return the first and last column of a row of pixels that differ to the eye."""
    row, original = pixels[start : start + stride], expected[start : start + stride]
    if row == original:
        return None
    pairs = enumerate(zip(row, original, strict=True))
    columns = [place for place, (grey, other) in pairs if abs(grey - other) > TOLERANCE]
    return (columns[0], columns[-1]) if columns else None


def _pixels(page: Any, foot: float) -> tuple[bytes, int]:
    with closing(page.render(scale=1, grayscale=True, crop=(0, foot, 0, 0))) as bitmap:
        return bytes(bitmap.buffer), bitmap.stride


def _described(page: Any, number: int, area: Area) -> Drawn:
    left, bottom, right, top = area
    with closing(page.get_textpage()) as text:
        covered = _lines(text.get_text_bounded(left, bottom, right, top))
        across = _lines(text.get_text_bounded(-_FAR, bottom, _FAR, top))
        lines = _lines(text.get_text_bounded(-_FAR, FOOT, _FAR, _FAR))
    wanted = across[0].strip() if across else ""
    line = next((place for place, it in enumerate(lines) if wanted and wanted in it), None)
    return Drawn(number, line, covered[0].strip() if covered else "")
