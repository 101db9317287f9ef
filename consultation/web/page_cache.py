"""Page cache: pages rendered once with placeholders, filled in for each visitor.

A cached page holds nothing of any visitor: each value of one goes through a placeholder.  The
caller that keeps a cached page fills it in only while all facts that it was rendered from hold.
"""

import re
import secrets
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from threading import Lock, Timer

from flask import request
from flask.wrappers import Response
from markupsafe import escape

from consultation.turns import turn
from consultation.web.compression import deflated, gzip_of, stored

MOST_PACKED = 4_000_000  # bytes
QUOTING = 600.0
"""Seconds for which a process keeps what quotes somebody, who may withdraw it at any moment."""


class PackedCache:
    """Pages and files that a process made once, by what they are made from: at most `most` bytes.

    They are kept compressed, a tenth of their size; what nobody wanted for longest goes first.
    """

    def __init__(self, most: int = MOST_PACKED) -> None:
        self.size, self._most = 0, most
        self._packed: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = Lock()

    def content(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """Return the content made from `key`, made if need be."""
        kept = self.kept(key)
        return self.keep(key, make()) if kept is None else kept

    def kept(self, key: Hashable) -> bytes | None:
        with self._lock:
            packed = self._packed.get(key)
            if packed is not None:
                self._packed.move_to_end(key)
        return None if packed is None else zlib.decompress(packed)

    def keep(self, key: Hashable, made: bytes, seconds: float | None = None) -> bytes:
        """Keep what was made from `key`, and for so many seconds only if given; return it."""
        self._put(key, zlib.compress(made, zlib.Z_BEST_SPEED))
        if seconds is not None:
            end = Timer(seconds, self._forget, [key])
            end.daemon = True
            end.start()
        return made

    def _forget(self, key: Hashable) -> None:
        with self._lock:
            self.size -= len(self._packed.pop(key, b""))

    def _put(self, key: Hashable, packed: bytes) -> None:
        with self._lock:
            self.size += len(packed) - len(self._packed.pop(key, b""))
            self._packed[key] = packed
            while self.size > self._most:
                self.size -= len(self._packed.popitem(last=False)[1])

    def clear(self) -> None:
        with self._lock:
            self._packed.clear()
            self.size = 0


def made_once(cache: PackedCache, key: Hashable, make: Callable[[], bytes]) -> bytes:
    """Return the content made from `key`; who waits for the same finds it made."""
    kept = cache.kept(key)
    if kept is not None:
        return kept
    with turn():
        return cache.content(key, make)


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
