"""What a reader sees of a PDF: where each glyph stands, and the words that a line cuts."""

import re
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from itertools import pairwise

import pypdf
import pypdfium2

POINTS_A_MM = 72 / 25.4
INK = 3.0
"""Points by which the ink of a letter may stand out of its place, as that of a j does."""
UNKNOWN = (b"Td", b"TD", b"T*", b"'", b'"')
"""Operations that move the text too, which typst does not write."""
BLANKS = " \u00a0\u202f\u2007\u200b"
BREAKS_AFTER = re.compile(r"[\W_]$")
"""A hyphen, or a sign after which an address goes on in the next line."""


@dataclass(frozen=True)
class Piece:
    """Glyphs that follow one another on a line, in points from the lower left of the page."""

    page: int
    text: str
    left: float
    right: float
    baseline: float
    size: float


def product(a, b):
    return (
        a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2], a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4], a[4] * b[1] + a[5] * b[3] + b[5],
    )  # fmt: skip


class Font:
    """A font of two bytes a glyph, as typst embeds them all."""

    def __init__(self, font):
        descendant = font["/DescendantFonts"][0].get_object()
        self.widths, self.default = {}, float(descendant.get("/DW", 1000))
        self.texts = {}
        self._read_widths([it.get_object() for it in descendant.get("/W", [])])
        for line in font["/ToUnicode"].get_object().get_data().decode("latin1").splitlines():
            if match := re.fullmatch(r"<([0-9A-F]{4})> <([0-9A-F]+)>", line.strip()):
                text = bytes.fromhex(match[2]).decode("utf-16-be", "replace")
                self.texts[int(match[1], 16)] = text

    def _read_widths(self, array):
        while array:
            if isinstance(array[1], list):
                first, widths, array = int(array[0]), array[1], array[2:]
                self.widths |= {first + place: float(it) for place, it in enumerate(widths)}
            else:
                first, last, width, array = int(array[0]), int(array[1]), float(array[2]), array[3:]
                self.widths |= dict.fromkeys(range(first, last + 1), width)

    def written(self, operands, size):
        """The text of strings and its width; numbers between them move back."""
        said, advance = "", 0.0
        for part in operands:
            if isinstance(part, float):
                advance -= part
                continue
            for place in range(0, len(part), 2):
                code = int.from_bytes(part[place : place + 2])
                said += self.texts.get(code, "")
                advance += self.widths.get(code, self.default)
        return said, advance * size / 1000


_STRING = rb"\\.|[^\\()]"
for _depth in range(4):  # of parentheses, which stand plainly where they come in pairs
    _STRING = rb"\\.|[^\\()]|\((?:%b)*\)" % _STRING
_TOKEN = re.compile(
    rb"\((?P<text>(?:%b)*)\)|<(?P<hex>[0-9A-Fa-f]*)>|(?P<number>[-+]?\d*\.?\d+)"
    rb"|(?P<name>/[^\s/<>()\[\]]+)|(?P<operator>[A-Za-z'\"*]+\d?)" % _STRING,
    re.DOTALL,
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _unescaped(match):
    told = match[1]
    return bytes([int(told, 8)]) if told.isdigit() else _LETTERS.get(told, told)


def _operations(content):
    """Each operation of a page with its operands, ten times as fast as pypdf reads them."""
    operands = []
    for token in _TOKEN.finditer(content):
        match token.lastgroup:
            case "number":
                operands.append(float(token["number"]))
            case "name":
                operands.append(token["name"].decode())
            case "text":
                operands.append(_ESCAPE.sub(_unescaped, token["text"]))
            case "hex":
                operands.append(bytes.fromhex(token["hex"].decode()))
            case "operator":
                yield token["operator"], operands
                operands = []


def _fonts_of(page):
    fonts = {name: it.get_object() for name, it in page["/Resources"].get("/Font", {}).items()}
    return {name: Font(it) for name, it in fonts.items() if "/DescendantFonts" in it}


def _drawn(page, number):
    """Each string of a page as a piece."""
    fonts = _fonts_of(page)
    matrix, kept, text, font, size = (1, 0, 0, 1, 0, 0), [], (1, 0, 0, 1, 0, 0), None, 0.0
    for operator, operands in _operations(page["/Contents"].get_object().get_data()):
        assert operator not in UNKNOWN
        match operator:
            case b"q":
                kept.append(matrix)
            case b"Q":
                matrix = kept.pop()
            case b"cm":
                matrix = product(operands, matrix)
            case b"Tf":
                font, size = fonts[operands[0]], operands[1]
            case b"Tm":
                text = tuple(operands)
            case b"Tj" | b"TJ":
                said, advance = font.written(operands, size)
                end = product((1, 0, 0, 1, advance, 0), text)
                left, right = product(text, matrix), product(end, matrix)
                yield Piece(number, said, left[4], right[4], left[5], size)
                text = end


@lru_cache(maxsize=1)
def pieces(made):
    """The lines of a PDF in the order in which it is read, each of one column."""
    reader, found = pypdf.PdfReader(BytesIO(made)), []
    for number, page in enumerate(reader.pages, 1):
        for it in _drawn(page, number):
            last = found[-1] if found else None
            if (
                last
                and last.page == it.page
                and abs(last.baseline - it.baseline) < 0.1
                and -1 < it.left - last.right < 0.2 * it.size
            ):
                found[-1] = Piece(
                    it.page, last.text + it.text, last.left, it.right, it.baseline, it.size
                )
            else:
                found.append(it)
    return found


def beyond(made, margin):
    """The pieces that leave the text area: `margin` in millimetres left and right, 8 elsewhere."""
    page = pypdf.PdfReader(BytesIO(made)).pages[0].mediabox
    least, most = margin * POINTS_A_MM - 0.5, float(page.width) - margin * POINTS_A_MM + 0.5
    lowest, highest = 8 * POINTS_A_MM, float(page.height) - 8 * POINTS_A_MM
    return [
        it
        for it in pieces(made)
        if it.left < least
        or it.right - _blank(it) > most
        or not lowest <= it.baseline <= highest - it.size
    ]


def beyond_as_shown(made, margin):
    """The lines of any PDF with a sign beyond the text area, or beyond the sheet, by their page."""
    found = []
    with pypdfium2.PdfDocument(made) as document:
        for number, page in enumerate(document):
            least = margin * POINTS_A_MM - INK
            most = page.get_width() - least
            text = page.get_textpage()
            for rect in map(text.get_rect, range(text.count_rects())):
                left, bottom, right, top = rect
                if left < least or right > most or bottom < 0 or top > page.get_height():
                    found.append((number, text.get_text_bounded(*rect)))
    return found


def _blank(piece):
    """The width of the spaces at the end of a line, which nobody sees: less than this."""
    return piece.size * 0.4 * (len(piece.text) - len(piece.text.rstrip(BLANKS)))


def torn(made, texts):
    """The words of `texts` that a line cuts without a hyphen, as "novemb/re"."""
    vocabulary = {bare(word) for text in texts for word in re.split(r"[\s\u200b]+", text)}
    joined = " ".join(vocabulary)
    return [
        f"{end}/{start}"
        for above, below in pairwise(pieces(made))
        if (end := _last(above)) and (start := _first(below))
        if end not in vocabulary and (below.baseline < above.baseline or below.page != above.page)
        if not BREAKS_AFTER.search(end) and re.search(r"[^\W\d_]", end)
        if end + start in joined and not _is_address(end + start, vocabulary)
    ]


def bare(word):
    return word.replace("\u00ad", "").replace("’", "'")


def _is_address(part, vocabulary):
    return all(re.search(r"[/@]", word) for word in vocabulary if part in word)


def _last(piece):
    """The last word of a line, without one that a hyphen ends."""
    is_hyphenated = piece.text.endswith("\u00ad")
    return "" if is_hyphenated else bare(re.split(rf"[\s{BLANKS}]+", piece.text)[-1])


def _first(piece):
    return bare(re.split(rf"[\s{BLANKS}]+", piece.text)[0])
