"""Pages that differ from one visitor to the next in a few words: rendered once, then filled in.

What is kept of a page holds nothing of anybody: all that is of one visitor goes through a hole.
Whoever keeps a mould answers for the rest: it may only be filled again where every fact that the
page was rendered from is still the same.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import request
from flask.wrappers import Response
from markupsafe import escape

from consultation.web.compression import deflated, gzip_of, stored


@dataclass(frozen=True)
class Mould:
    """A page in parts, with a hole between any two; `packed` are the parts, compressed."""

    holes: tuple[str, ...]
    parts: tuple[bytes, ...]
    packed: tuple[bytes, ...]


def cast(names: tuple[str, ...], render: Callable[[Mapping[str, str]], str]) -> Mould:
    """Return the page that `render` makes, with holes where it put what it was given by name."""
    marks = {name: secrets.token_hex(16) for name in names}
    named = {mark: name for name, mark in marks.items()}
    parts, holes = _apart(render(marks), named)
    if set(holes) != set(names):
        raise ValueError("a hole is missing: the page would show the words of somebody else")
    return Mould(holes, parts, tuple(map(deflated, parts)))


def _apart(page: str, named: Mapping[str, str]) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
    pieces = re.split(f"({'|'.join(named)})", page)
    parts = tuple(part.encode() for part in pieces[::2])
    return parts, tuple(named[mark] for mark in pieces[1::2])


def pour(mould: Mould, said: Mapping[str, str]) -> Response:
    """Return the page with what is `said` to one visitor, compressed if they accept that."""
    fillings = [str(escape(said[name])).encode() for name in mould.holes]
    if not request.accept_encodings["gzip"]:
        return Response(b"".join(_alternating(mould.parts, fillings)), mimetype="text/html")
    plain = _alternating(mould.parts, fillings)
    packed = _alternating(mould.packed, [stored(filling) for filling in fillings])
    page = Response(gzip_of(packed, plain), mimetype="text/html")
    page.headers["Content-Encoding"] = "gzip"
    return page


def _alternating(parts: tuple[bytes, ...], fillings: list[bytes]) -> list[bytes]:
    pieces = [parts[0]]
    for filling, part in zip(fillings, parts[1:], strict=True):
        pieces += (filling, part)
    return pieces
