"""Addresses of static files that change with their content, so that browsers keep them for good."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask

from consultation.files import resource


@cache
def _fingerprint(path: Path, _changed_at: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """Return the address of a static file, the same in every language."""
    path = resource("static") / name
    return f"/static/{name}?v={_fingerprint(path, path.stat().st_mtime_ns)}"


def register(app: Flask) -> None:
    """Give templates `asset`."""
    app.jinja_env.globals["asset"] = asset
