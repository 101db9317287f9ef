"""A deadline for a whole conversation: timeouts alone let a server send a byte now and then."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Deadline:
    """Cuts the connection that it watches when a block takes longer than it may.

    One thread watches a connection as long as it lives, however many blocks there are.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._ends_at: float | None = None
        self._is_forgotten = threading.Event()
        self._twin: socket.socket | None = None
        self.is_over = False

    def watch(self, connection: socket.socket) -> None:
        """Watch a connection, whatever wraps its socket later: a copy of it can cut both."""
        self.forget()
        self._twin = connection.dup()
        self._is_forgotten = threading.Event()
        threading.Thread(
            target=self._wait, args=(self._twin, self._is_forgotten), daemon=True
        ).start()

    def forget(self) -> None:
        """Let go of the connection."""
        self._is_forgotten.set()
        twin, self._twin = self._twin, None
        if twin is not None:
            with self._lock:
                twin.close()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Cut the connection unless the block ends in time; `is_over` then says so."""
        self.is_over = False
        with self._lock:
            self._ends_at = time.monotonic() + self._seconds
        try:
            yield
        finally:
            with self._lock:
                self._ends_at = None

    def _wait(self, twin: socket.socket, is_forgotten: threading.Event) -> None:
        """Look at the clock when the block that runs ought to end, or when one that follows may."""
        while True:
            with self._lock:
                ends_at, now = self._ends_at, time.monotonic()
                if is_forgotten.is_set():
                    return
                if ends_at is not None and now >= ends_at:
                    self.is_over = True
                    with suppress(OSError):
                        twin.shutdown(socket.SHUT_RDWR)
                    return
            if is_forgotten.wait(self._seconds if ends_at is None else ends_at - now):
                return
