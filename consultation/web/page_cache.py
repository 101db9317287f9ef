"""Page cache: pages rendered once with placeholders, filled in for each visitor.

A cached page holds nothing of any visitor: each value of one goes through a placeholder.  The
caller that keeps a cached page fills it in only while all facts that it was rendered from hold.
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
class CachedPage:
    """A page in parts, with a placeholder between any two; `packed` are the parts, compressed."""

    placeholders: tuple[str, ...]
    parts: tuple[bytes, ...]
    packed: tuple[bytes, ...]


def render_with_placeholders(
    names: tuple[str, ...], render: Callable[[Mapping[str, str]], str]
) -> CachedPage:
    """Call `render` with a mark for each name, and cut its page where these marks occur.

    Raise `ValueError` when a mark is missing: the page would display the value of another visitor.
    """
    mark_by_name = {name: secrets.token_hex(16) for name in names}
    name_by_mark = {mark: name for name, mark in mark_by_name.items()}
    pieces = re.split(f"({'|'.join(name_by_mark)})", render(mark_by_name))
    parts = tuple(part.encode() for part in pieces[::2])
    placeholders = tuple(name_by_mark[mark] for mark in pieces[1::2])
    if set(placeholders) != set(names):
        raise ValueError("a placeholder is missing from the page")
    return CachedPage(placeholders, parts, tuple(map(deflated, parts)))


def fill(page: CachedPage, values: Mapping[str, str]) -> Response:
    """Return the page with the values of one visitor, compressed if their browser accepts it."""
    fillings = [str(escape(values[name])).encode() for name in page.placeholders]
    if not request.accept_encodings["gzip"]:
        return Response(b"".join(_alternating(page.parts, fillings)), mimetype="text/html")
    plain = _alternating(page.parts, fillings)
    packed = _alternating(page.packed, [stored(filling) for filling in fillings])
    response = Response(gzip_of(packed, plain), mimetype="text/html")
    response.headers["Content-Encoding"] = "gzip"
    return response


def _alternating(parts: tuple[bytes, ...], fillings: list[bytes]) -> list[bytes]:
    pieces = [parts[0]]
    for filling, part in zip(fillings, parts[1:], strict=True):
        pieces += (filling, part)
    return pieces
