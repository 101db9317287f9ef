"""Logging setup: a JSON line for each event, with listed fields only.

No address, text or link is among them.  Messages of libraries go through
`handler`, which masks tokens.
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
    """Drop every field that is not in `FIELDS`."""
    return {name: value for name, value in fields.items() if name in FIELDS}


class _Lines(structlog.PrintLogger):
    """Logger that drops lines which a full disk refuses: logging must not fail a request."""

    def msg(self, message: str) -> None:
        with suppress(OSError):
            super().msg(message)

    debug = info = warning = error = critical = msg


class _WithoutTokens(logging.Formatter):
    """Formatter that masks the token of each address in messages and tracebacks."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


def handler(stream: TextIO) -> logging.Handler:
    """Return the handler that writes messages of libraries to `stream`."""
    writer = logging.StreamHandler(stream)
    writer.setFormatter(_WithoutTokens("%(levelname)s %(name)s %(message)s"))
    return writer


def configure() -> None:
    """Set up logging of this process to the standard error."""
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
    """Return the type and the `file:line function` frames of an error and of its causes.

    Nothing else of an error may be logged: its message may hold a value.
    """
    lines: list[str] = []
    current: BaseException | None = error
    while current is not None:
        lines.append(type(current).__name__)
        for frame in traceback.extract_tb(current.__traceback__):
            lines.append(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}")
        current = current.__cause__
    return lines
