"""Smaller answers: pages are compressed as they leave, static files once."""

import gzip
from functools import lru_cache

from flask import Flask, Response, request

from consultation.web.headers import is_staff_path

WORTHWHILE = 1024  # bytes
KINDS = frozenset({"text/html", "text/css", "text/javascript", "application/json", "image/svg+xml"})
FAST, BEST = 1, 9


@lru_cache(maxsize=64)
def _compressed_once(content: bytes) -> bytes:
    return gzip.compress(content, BEST, mtime=0)


def _compress(response: Response) -> Response:
    """Compress what is worth it, for those who accept it.

    Pages of the staff are left as they are: they hold the token of a session beside words that
    visitors chose, and the size of a compressed page tells whether the two look alike.
    """
    if response.mimetype not in KINDS or is_staff_path(request.path):
        return response
    response.vary.add("Accept-Encoding")
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
    response.headers.pop("ETag", None)  # it named the bytes as they were
    return response


def register(app: Flask) -> None:
    """Compress the answers of `app`."""
    app.after_request(_compress)
