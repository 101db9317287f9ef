"""Compression: gzip of pages as they are sent, of static files once, of cached pages in parts."""

import gzip
import zlib
from collections.abc import Iterable
from functools import lru_cache

from flask import Flask, Response, request

from consultation.web.headers import is_staff_path

WORTHWHILE = 1024  # bytes
KINDS = frozenset({"text/html", "text/css", "text/javascript", "application/json", "image/svg+xml"})
FAST, BEST = 1, 9


# RFC 1952: no name, no time, compressed as well as can be; RFC 1951: an empty last block.
HEAD, LAST = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff", b"\x03\x00"
LONGEST_BLOCK = 0xFFFF


def deflated(part: bytes) -> bytes:
    """Return a part of a page, compressed independently of the parts before it."""
    packer = zlib.compressobj(BEST, wbits=-zlib.MAX_WBITS)
    return packer.compress(part) + packer.flush(zlib.Z_FULL_FLUSH)


def stored(part: bytes) -> bytes:
    """Return a short part uncompressed, as a block that fits between `deflated` ones."""
    if len(part) > LONGEST_BLOCK:
        raise ValueError("a stored block holds less")
    size = len(part)
    return (
        b"\x00" + size.to_bytes(2, "little") + (LONGEST_BLOCK - size).to_bytes(2, "little") + part
    )


def gzip_of(packed: Iterable[bytes], plain: Iterable[bytes]) -> bytes:
    """Join compressed parts, whose text is `plain`, into one gzip file."""
    size = check = 0
    for part in plain:
        size += len(part)
        check = zlib.crc32(part, check)
    end = check.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")
    return b"".join((HEAD, *packed, LAST, end))


@lru_cache(maxsize=64)
def _compressed_once(content: bytes) -> bytes:
    return gzip.compress(content, BEST, mtime=0)


def _compress(response: Response) -> Response:
    """Compress a response of some length, for browsers that accept it.

    Staff pages are not compressed (BREACH): they hold a CSRF token beside texts that visitors
    chose, and the compressed size would leak how alike the two are.
    """
    if response.mimetype not in KINDS or is_staff_path(request.path):
        return response
    response.vary.add("Accept-Encoding")
    if "Content-Encoding" in response.headers:
        return response
    if response.status_code != 200 or not request.accept_encodings["gzip"]:
        return response
    response.direct_passthrough = False
    content = response.get_data()
    if len(content) < WORTHWHILE:
        return response
    if request.endpoint == "static":
        response.set_data(_compressed_once(content))
    else:
        response.set_data(gzip.compress(content, FAST, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    response.headers.pop("ETag", None)  # it named the uncompressed bytes
    return response


def register(app: Flask) -> None:
    app.after_request(_compress)
