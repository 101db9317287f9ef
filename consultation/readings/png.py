"""PNG: an uploaded image as a logo, its pixels alone, or why it is none."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MOST_KIBIBYTES = 500
MOST_BYTES = MOST_KIBIBYTES * 1024
LEAST_SIDE, MOST_SIDE = 32, 2000
KEPT = (b"IHDR", b"PLTE", b"tRNS", b"sRGB", b"IDAT", b"IEND")
"""The chunks that browsers need; texts, places and moments are in others."""
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
          (0, 1, 1, 2))  # fmt: skip
"""Of an interlaced image: where each begins, and by how many pixels it goes on."""


class ImageRefused(Exception):
    """A file is no logo that the site can show; the message says in French what to do."""


NOT_A_PNG = (
    "Ce fichier n'est pas une image PNG, quel que soit son nom. Ouvrez le logo dans un logiciel"
    " d'images, exportez-le en PNG, puis choisissez ce nouveau fichier."
)
DAMAGED = (
    "Cette image est coupée ou abîmée. Exportez-la de nouveau en PNG, puis choisissez ce nouveau"
    " fichier."
)
TOO_BIG = (
    "Cette image dépasse {most} Ko. Réduisez-la à 400 pixels de large, exportez-la en PNG, puis"
    " choisissez ce nouveau fichier."
)
WRONG_SIDES = (
    "Cette image a {width} pixels sur {height} : il en faut de {least} à {most} sur chaque côté."
    " Changez sa taille, exportez-la en PNG, puis choisissez ce nouveau fichier."
)


@dataclass(frozen=True)
class Image:
    """An image without metadata."""

    content: bytes
    width: int
    height: int


def too_big() -> str:
    """The sentence for a file above the limit."""
    return TOO_BIG.format(most=MOST_KIBIBYTES)


def accept(content: bytes) -> Image:
    """Return the image of a file, without texts and what comes after it; raise `ImageRefused`."""
    if len(content) > MOST_BYTES:
        raise ImageRefused(too_big())
    if not content.startswith(SIGNATURE):
        raise ImageRefused(NOT_A_PNG)
    chunks = [(kind, data) for kind, data in _chunks(content) if kind in KEPT]
    kinds = [kind for kind, _data in chunks]
    if kinds[0] != b"IHDR" or kinds.count(b"IHDR") > 1 or len(chunks[0][1]) != 13:
        raise ImageRefused(DAMAGED)
    width, height, *how = struct.unpack(">IIBBBBB", chunks[0][1])
    if not (min(width, height) >= LEAST_SIDE and max(width, height) <= MOST_SIDE):
        sides = {"width": width, "height": height, "least": LEAST_SIDE, "most": MOST_SIDE}
        raise ImageRefused(WRONG_SIDES.format(**sides))
    _check_pixels(b"".join(data for kind, data in chunks if kind == b"IDAT"), width, height, *how)
    if how[1] == 3 and b"PLTE" not in kinds:
        raise ImageRefused(DAMAGED)
    return Image(SIGNATURE + b"".join(_written(*it) for it in chunks), width, height)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The parts of a file up to its end, each checked."""
    place, kind = len(SIGNATURE), b""
    while kind != b"IEND":
        head = content[place : place + 8]
        if len(head) < 8:
            raise ImageRefused(DAMAGED)
        size, kind = int.from_bytes(head[:4]), head[4:]
        end = place + 8 + size
        if content[end : end + 4] != _checksum(kind, content[place + 8 : end]):
            raise ImageRefused(DAMAGED)
        yield kind, content[place + 8 : end]
        place = end + 4


def _written(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4) + kind + data + _checksum(kind, data)


def _checksum(kind: bytes, data: bytes) -> bytes:
    return zlib.crc32(kind + data).to_bytes(4)


def _check_pixels(packed: bytes, width: int, height: int, *how: int) -> None:
    """Raise unless the pixels are all there, and no more: a small file may unfold to a huge one."""
    depth, colours, compression, filtering, interlacing = how
    if depth not in DEPTHS.get(colours, ()) or compression or filtering or interlacing > 1:
        raise ImageRefused(DAMAGED)
    bits = depth * CHANNELS[colours]
    passes = PASSES if interlacing else ((0, 0, 1, 1),)
    expected = sum(_bytes_of(width, height, bits, *it) for it in passes)
    unpacking = zlib.decompressobj()
    try:
        pixels = unpacking.decompress(packed, expected + 1)
    except zlib.error:
        raise ImageRefused(DAMAGED) from None
    if len(pixels) != expected:
        raise ImageRefused(DAMAGED)


def _bytes_of(
    width: int, height: int, bits: int, left: int, top: int, right: int, down: int
) -> int:
    """The bytes of a pass, each of whose lines has one more for its filter."""
    columns, lines = -(-(width - left) // right), -(-(height - top) // down)
    return lines * (1 + -(-columns * bits // 8)) if columns > 0 else 0
