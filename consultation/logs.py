"""Logs: one JSON line an event, and only fields of a list, never an address, a text or a link.

What a library logs by itself goes through `handler`, which leaves out tokens.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, TextIO

import structlog

from consultation.token_addresses import masked

FIELDS = frozenset(
    {
        "event", "level", "timestamp", "incident", "endpoint", "where", "status", "kind", "count",
        "message", "delivery", "job", "response", "account", "error", "code", "attempt", "child",
        "port", "seconds",
    }
)  # fmt: skip


def only_listed(
    _logger: Any, _method: str, fields: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Drop every field that nobody has put on the list."""
    return {name: value for name, value in fields.items() if name in FIELDS}


class _Lines(structlog.PrintLogger):
    """Writes lines, and gives up those that a full disk refuses: a log stops no answer."""

    def msg(self, message: str) -> None:
        """Write one line if there is room."""
        with suppress(OSError):
            super().msg(message)

    debug = info = warning = error = critical = msg


class _WithoutTokens(logging.Formatter):
    """Leaves the token out of each address that a message or a traceback names."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


def handler(stream: TextIO) -> logging.Handler:
    """Return what writes to `stream` what libraries log."""
    writer = logging.StreamHandler(stream)
    writer.setFormatter(_WithoutTokens("%(levelname)s %(name)s %(message)s"))
    return writer


def configure() -> None:
    """Set up logging for this process, to the standard error."""
    logging.basicConfig(level=logging.WARNING, handlers=[handler(sys.stderr)])
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_listed,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: _Lines(sys.stderr),
    )


def places(error: BaseException) -> list[str]:
    """Return each error's kind and its `file:line function` lines, along the chain of causes.

    What a log may say of a failure: never its message, which may hold a value.
    """
    said: list[str] = []
    current: BaseException | None = error
    while current is not None:
        said.append(type(current).__name__)
        for frame in traceback.extract_tb(current.__traceback__):
            said.append(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}")
        current = current.__cause__
    return said
