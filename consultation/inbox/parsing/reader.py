"""Mail reader: parses mails in a process of its own, which is ended if one takes too long.

`main` runs in that process.  It lasts for a collection, and ends with the process that started it.
A mail that ends it is set aside by its headers, and another process reads the next one.
"""

import os
import subprocess
import time
from contextlib import suppress
from enum import StrEnum
from multiprocessing.connection import Connection, Pipe

from consultation.imports import command
from consultation.inbox.parsing import message
from consultation.inbox.parsing.limits import LARGEST_HEAD
from consultation.inbox.parsing.message import ReadMessage
from consultation.subprocesses import end_with

CPU_SECONDS = 5
MEMORY_BYTES = 768 * 1024 * 1024
TIMEOUT_SECONDS = 60.0
"""How long an answer is waited for, by the clock; CPU_SECONDS bounds the work itself."""

PROGRAM = "consultation.inbox.parsing.reader"
TOOK_TOO_LONG = "took_too_long"


class Extent(StrEnum):
    """How much of a mail is to be parsed."""

    WHOLE = "whole"
    HEADERS = "headers"


class _Ended(Exception):
    """The process ended, or gave no answer in time, while it parsed a mail."""


class Reader:
    """Parses mails one after the other; its process starts with the first, and `close` ends it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None

    def read(self, raw: bytes) -> ReadMessage:
        """Parse a mail; of one that takes too much time or memory its headers, or nothing."""
        try:
            return self._ask(Extent.WHOLE, raw)
        except _Ended:
            pass
        try:
            return self._ask(Extent.HEADERS, raw[:LARGEST_HEAD])
        except _Ended:
            return message.unknown(TOOK_TOO_LONG)

    def _ask(self, extent: Extent, raw: bytes) -> ReadMessage:
        pipe = self._pipe or self._begin()
        try:
            pipe.send((extent, raw))
            if pipe.poll(TIMEOUT_SECONDS):
                message: ReadMessage = pipe.recv()
                return message
        except (EOFError, OSError):
            pass
        self.close()
        raise _Ended

    def _begin(self) -> Connection:
        here, there = Pipe()
        with there:
            self._process = subprocess.Popen(  # noqa: S603 - this module, and two numbers
                command(PROGRAM, there.fileno(), os.getpid()),
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
            )
        self._pipe = here
        return here

    def close(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._pipe = self._process = None


def main(descriptor: int, parent: int) -> None:
    """Parse what comes by a pipe, within limits, until it is closed."""
    end_with(parent)
    _bound_memory()
    with Connection(descriptor) as pipe, suppress(EOFError):
        while True:
            extent, raw = pipe.recv()
            _bound_time()
            if extent == Extent.HEADERS:
                pipe.send(message.headers_only(raw, TOOK_TOO_LONG))
            else:
                pipe.send(message.read(raw))


def _bound_memory() -> None:
    with suppress(ImportError):  # not on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _bound_time() -> None:
    """Let the system end this process after `CPU_SECONDS` more of processor time."""
    with suppress(ImportError):
        import resource

        spent = int(time.process_time()) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (spent + CPU_SECONDS, resource.RLIM_INFINITY))
