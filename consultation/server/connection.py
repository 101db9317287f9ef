"""Connection of one visitor to the HTTP server: timeouts of slow clients, plain-text refusals."""

import socket
import struct
import time
from contextlib import suppress
from enum import Enum

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask, WSGITask
from waitress.utilities import Error

from consultation.server.request_parser import Request

LOWEST_RATE = 256  # bytes per second that a visitor has to send or read
RETRY_AFTER = 5  # seconds
LINGER_SECONDS = 30.0  # in which a refused visitor may go on sending

REFUSALS = {
    400: "Votre navigateur a envoyé une demande que le serveur ne comprend pas. "
    "Revenez à la page précédente, puis recommencez.",
    413: "Votre envoi dépasse 16 Mo. Revenez à la page précédente et réduisez-le.",
    431: "Votre navigateur a envoyé des en-têtes trop longs. "
    "Effacez les cookies de ce site, puis recommencez.",
    500: "Le serveur a rencontré un problème. Revenez à la page précédente, puis recommencez.",
    503: "Trop de personnes visitent le site en ce moment. "
    "Attendez quelques secondes, puis rechargez cette page.",
}
NOT_STORED = (
    "Trop de personnes visitent le site en ce moment. "
    "Rien n'a été enregistré : attendez quelques secondes, puis rechargez cette page."
)
"""The text of a 503 for a request that sends something."""


class Wait(Enum):
    NOTHING = "nothing"
    HEADERS = "headers"
    BODY = "body"
    WORK = "work"
    READING = "reading"


class _Answer(WSGITask):
    """Runs the application for one request."""

    def execute(self) -> None:
        self.get_environment()  # copies the path
        self.request.path = "-"  # waitress would log it with a failure
        super().execute()

    def build_response_header(self) -> bytes:
        if self.channel.server.ending:
            self.set_close_on_finish()
        header: bytes = super().build_response_header()
        return header


class Crowded(Error):
    """Too many requests already wait for a thread."""

    code = 503
    reason = "Service Unavailable"


class _Refusal(ErrorTask):
    """Writes the server's own answer, without the application."""

    def execute(self) -> None:
        error = self.request.error
        request = self.channel.requests[0]  # for which `self.request` may be a substitute
        is_crowded = error.code == Crowded.code
        body = _text(error.code, request).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers += [
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if is_crowded:
            self.response_headers.append(("Retry-After", str(RETRY_AFTER)))
        self.set_close_on_finish()
        self.channel.may_be_sending = not is_crowded  # a 503 answers whole requests only
        self.content_length = len(body)
        self.write(b"" if request.is_head else body)


def _text(code: int, request: Request) -> str:
    if code == Crowded.code and not request.only_reads:
        return NOT_STORED
    return REFUSALS.get(code, REFUSALS[400])


class Connection(HTTPChannel):
    """waitress channel that measures how long its visitor keeps the server waiting."""

    parser_class = Request
    task_class = _Answer
    error_task_class = _Refusal
    watched: tuple[Wait, object] | None = None
    since = 0.0  # when the current wait began, or its rate was last checked
    moved = 0  # bytes either way since then
    moved_at = 0.0
    has_spoken = False
    will_close: bool
    may_be_sending = False
    lingers_until = 0.0

    def __repr__(self) -> str:
        return "<connection>"  # the inherited one would log the visitor's address

    def recv(self, buffer_size: int) -> bytes:
        received: bytes = super().recv(buffer_size)
        self._note(len(received))
        self.has_spoken = True
        return received

    def send(self, data: bytes, do_close: bool = True) -> int:
        sent: int = super().send(data, do_close=do_close)
        self._note(sent)
        return sent

    def send_continue(self) -> None:
        """Answer « 100 Continue » unless the request is complete.

        waitress would wait for a body that never comes, and take the next request's headers for it.
        """
        if self.request.completed:
            self.request.expect_continue = False
        else:
            super().send_continue()

    def received(self, data: bytes) -> bool:
        """Read what was sent; drop what comes after a refusal."""
        return not self.lingers_until and bool(super().received(data))

    def handle_close(self) -> None:
        """Close, but after a refusal read on for a while.

        Else the kernel resets the connection of a visitor who is still sending, and drops the
        answer.
        """
        if self.will_close and self.may_be_sending and not self.lingers_until:
            self.will_close = False
            self.lingers_until = time.monotonic() + LINGER_SECONDS
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
                return
        super().handle_close()

    def _note(self, count: int) -> None:
        if count:
            self.moved += count
            self.moved_at = time.monotonic()

    @property
    def wait(self) -> Wait:
        if self.total_outbufs_len:
            return Wait.READING
        if self.requests:
            return Wait.WORK
        if self.request is None:
            return Wait.NOTHING
        return Wait.BODY if self.request.headers_finished else Wait.HEADERS

    def watch(self, now: float) -> Wait:
        """Return the event that the connection waits for, and note since when."""
        wait = self.wait
        if self.watched != (wait, self.request):
            self.watched = (wait, self.request)
            self.since, self.moved, self.moved_at = now, 0, now
        return wait

    def is_too_slow(self, now: float, patience: float) -> bool:
        wait = self.watch(now)
        if wait is Wait.WORK:
            return False
        if now - self.moved_at >= patience or 0 < self.lingers_until <= now:
            return True
        if wait is Wait.NOTHING or now - self.since < patience:
            return False
        is_fast_enough = wait is not Wait.HEADERS and self.moved >= patience * LOWEST_RATE
        self.since, self.moved = now, 0
        return not is_fast_enough

    def is_over(self, now: float, ending_since: float, patience: float) -> bool:
        """Return whether a stopping server may close this connection."""
        wait = self.watch(now)
        if wait is Wait.WORK:
            return False
        is_new = not self.has_spoken and now - self.since < 1  # and perhaps not read yet
        if wait is Wait.NOTHING and not is_new:
            return True
        return now - max(self.since, ending_since) >= patience

    def cut(self) -> None:
        """Close at once, dropping what the kernel still buffers for a visitor who does not read."""
        if self.wait is Wait.READING:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.handle_close()
