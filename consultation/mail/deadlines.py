"""A deadline for a whole conversation: timeouts alone let a server send a byte now and then."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Deadline:
    """Cuts the connection that it watches when a block takes longer than it may."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._twin: socket.socket | None = None
        self.is_over = False

    def watch(self, connection: socket.socket) -> None:
        """Watch a connection, whatever wraps its socket later: a copy of it can cut both."""
        self.forget()
        self._twin = connection.dup()

    def forget(self) -> None:
        """Let go of the connection."""
        twin, self._twin = self._twin, None
        if twin is not None:
            twin.close()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Cut the connection unless the block ends in time; `is_over` then says so."""
        self.is_over = False
        timer = threading.Timer(self._seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _cut(self) -> None:
        self.is_over = True
        twin = self._twin
        if twin is not None:
            with suppress(OSError):
                twin.shutdown(socket.SHUT_RDWR)
