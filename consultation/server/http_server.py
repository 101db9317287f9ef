"""The embedded server: waitress in forked processes that share one listening socket."""

import errno
import logging
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any
from wsgiref.types import WSGIApplication

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from consultation.server.connection import Connection, Crowded
from consultation.server.processes import Child, supervise
from consultation.server.request_parser import Request

__all__ = ["CannotListen", "Child", "PortTaken", "listen", "serve_http", "supervise"]

BODY_LIMIT = 16 * 1024 * 1024  # bytes; the application's own, lower limit answers with a page
HEADER_LIMIT = 64 * 1024  # bytes
LAST_PORT = 65_535
CONNECTIONS = 1000  # per process
OPEN_FILES = 4096  # a connection can hold three: itself and two temporary files
PATIENCE = 25.0  # seconds
MOST_READING = 40  # requests that may wait for a thread of a process: about a second of its work
MOST_SENDING = 300  # the same before one that sends something: who has filled in a form waits
MOST_GOING_ON = 600  # and before one that goes on from there: who was thanked can read it
SWITCH_INTERVAL = 0.0005  # seconds; who comes back from the database waits that long for others
LAST_CALL = 5.0  # seconds that are left to a visitor when the server ends


class CannotListen(Exception):
    """The server can't listen on the address; the message says in French how to mend it."""


class PortTaken(CannotListen):
    """Another program listens on the port."""


Listener = socket.socket


def listen(host: str, port: int) -> Listener:
    """Return a socket bound to the address, to be shared by the children (port 0: a free one).

    Raise `PortTaken` or `CannotListen`.
    """
    if not 0 <= port <= LAST_PORT:
        raise CannotListen(f"Le port {port} n'existe pas : ils vont de 1 à {LAST_PORT}.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as exception:
        if exception.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"Le port {port} est déjà pris : le site tourne peut-être déjà. "
                f"Arrêtez l'autre programme ou choisissez un autre port, par exemple {port + 1}."
            ) from None
        raise CannotListen(
            f"Impossible d'écouter sur {host}, port {port} ({exception.strerror}) : "
            "choisissez une adresse de cette machine (127.0.0.1 convient) et un port libre "
            "au-dessus de 1024."
        ) from None


def serve_http(
    app_factory: Callable[[], WSGIApplication],
    listener: Listener,
    *,
    threads: int = 6,
    patience: float = PATIENCE,
    trusted_proxy: str | None = None,
    going_on: tuple[str, ...] = (),
) -> None:
    """Serve until TERM, then finish what has begun: the life of a web child.

    A visitor who keeps the server waiting for `patience` seconds is cut off: nothing sent nor
    read in that time, or headers not complete, or less than `connections.SLOWEST` a second.  What a
    `trusted_proxy` (an address) says of where a visitor comes from is believed, nobody else's word.
    Where too many come, those who read the pages below `going_on` (paths) are the last to be
    refused, and after those who only read the others who send something.
    """
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # warns at each busy moment
    server = _Server(app_factory(), listener, _adjustments(threads, trusted_proxy), patience)
    server.going_on = going_on

    def end(signum: int, frame: FrameType | None) -> None:
        server.ending = True

    sys.setswitchinterval(SWITCH_INTERVAL)
    signal.signal(signal.SIGTERM, end)
    server.wake_on_signals()
    while not server.ending:
        server.turn(server.tick)
        server.cut_the_slow()
    server.finish()


class _Server(TcpWSGIServer):
    """One process's share of the visitors."""

    channel_class = Connection
    going_on: tuple[str, ...] = ()

    def __init__(
        self, app: WSGIApplication, listener: Listener, adjustments: Any, patience: float
    ) -> None:
        super().__init__(
            app,
            _sock=listener,
            bind_socket=False,
            sockinfo=(listener.family, listener.type, listener.proto, listener.getsockname()),
            adj=adjustments,
        )
        self.refusing = ThreadedTaskDispatcher()
        self.refusing.set_thread_count(1)
        self.patience = patience
        self.tick = min(1.0, patience / 10)  # seconds between two looks at the slow
        self.ending = False
        self.next_look = 0.0

    def wake_on_signals(self) -> None:
        """Make a signal end the present wait: the kernel may hand it to a working thread."""
        os.set_blocking(self.trigger.trigger, False)
        signal.set_wakeup_fd(self.trigger.trigger, warn_on_full_buffer=False)

    def turn(self, timeout: float) -> None:
        """Move what can be moved, waiting at most `timeout` seconds for it."""
        wasyncore.loop(timeout=timeout, use_poll=True, map=self._map, count=1)

    def add_task(self, task: Connection) -> None:
        """Let a request wait for a thread; where too many do, refuse it by a thread apart."""
        request = task.requests[0]
        if len(self.task_dispatcher.queue) < self._most_before(request):
            super().add_task(task)
            return
        request.error = request.error or Crowded("")
        self.refusing.add_task(task)

    def _most_before(self, request: Request) -> int:
        """Return how many may wait before this one, by what its visitor would lose."""
        if not request.only_reads:
            return MOST_SENDING
        return MOST_GOING_ON if request.path.startswith(self.going_on) else MOST_READING

    def maintenance(self, now: float) -> None:
        """Do nothing: a full send buffer hides a connection from waitress's own way."""

    def cut_the_slow(self) -> None:
        now = time.monotonic()
        if now >= self.next_look:
            self.next_look = now + self.tick
            self._cut(lambda visitor: visitor.is_too_slow(now, self.patience))

    def finish(self) -> None:
        """Take in who stands at the door, close it, and answer every request that has begun."""
        ending_since = time.monotonic()
        patience = min(self.patience, LAST_CALL)
        self._take_in_the_waiting()
        while self.active_channels:
            self.turn(0.1)
            self._cut(lambda visitor: visitor.is_over(time.monotonic(), ending_since, patience))

    def _take_in_the_waiting(self) -> None:
        count = -1
        while count < len(self.active_channels):
            count = len(self.active_channels)
            self.handle_accept()
        self.del_channel()
        self.socket.close()

    def _cut(self, is_to_go: Callable[[Connection], bool]) -> None:
        for connection in list(self.active_channels.values()):
            if is_to_go(connection):
                connection.cut()


def _adjustments(threads: int, trusted_proxy: str | None) -> Any:
    believed = {
        "trusted_proxy": trusted_proxy,
        "trusted_proxy_count": 1,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
    }
    return Adjustments(
        **believed if trusted_proxy else {},
        threads=threads,
        ident=None,  # no Server header
        clear_untrusted_proxy_headers=True,
        connection_limit=_connection_limit(),
        max_request_body_size=BODY_LIMIT + 1,  # waitress refuses from this size on
        max_request_header_size=HEADER_LIMIT,
    )


def _connection_limit() -> int:
    """Return how many connections this process can hold, having asked for the files they need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= OPEN_FILES:
        return CONNECTIONS
    soft = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return min(CONNECTIONS, soft // 3)
