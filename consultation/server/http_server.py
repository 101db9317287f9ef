"""HTTP server: waitress with admission control, in forked processes that share a socket."""

import errno
import logging
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
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
OPEN_FILES = 4096  # a connection may need three: its socket and two temporary files
CLIENT_TIMEOUT = 25.0  # seconds
MOST_READING = 60  # requests that may wait for a thread of a process: forty readers and others
MOST_SENDING = 300  # the same for one that sends something: a filled-in form waits longer
MOST_FOLLOWING = 600  # and for one that follows it: a receipt, a page of the space
SWITCH_INTERVAL = 0.0005  # seconds that a thread back from the database waits for others
STOP_TIMEOUT = 5.0  # seconds left to a visitor when the server stops


class CannotListen(Exception):
    """The server can't listen on the address; the message says in French what to do."""


class PortTaken(CannotListen):
    """Another program listens on the port."""


Listener = socket.socket


def listen(host: str, port: int) -> Listener:
    """Return a listening socket for the web processes to share (port 0: a free one).

    Raises `PortTaken` or `CannotListen`.
    """
    if not 0 <= port <= LAST_PORT:
        raise CannotListen(f"Le port {port} n'existe pas : ils vont de 1 à {LAST_PORT}.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as exception:
        if exception.errno == errno.EADDRINUSE:
            other = port + 1 if port < LAST_PORT else port - 1
            raise PortTaken(
                f"Le port {port} est déjà pris : le site tourne peut-être déjà. Arrêtez l'autre"
                f" programme, ou choisissez un autre port : « make serve PORT={other} »,"
                f" « consultation serve --port {other} », ou CONSULTATION_PORT={other}."
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
    patience: float = CLIENT_TIMEOUT,
    trusted_proxy: str | None = None,
    following: tuple[str, ...] = (),
    is_large: Callable[[str], bool] = lambda path: False,
    after_large: Callable[[], None] = lambda: None,
) -> None:
    """Serve in a web process until TERM, then answer the requests that have begun.

    Cuts off a visitor after `patience` seconds without a byte either way, with incomplete headers,
    or below `connection.LOWEST_RATE`.  Believes forwarded addresses from `trusted_proxy` only (an
    IP address).  Under overload refuses plain reads first, then requests that send something, last
    the pages below `following` (paths): receipts, spaces, staff pages.  Pages whose path
    `is_large` are made one by one, each followed by `after_large`.
    """
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # warns at each busy moment
    server = _Server(app_factory(), listener, _adjustments(threads, trusted_proxy), patience)
    server.following, server.is_large, server.after_large = following, is_large, after_large

    def end(signum: int, frame: FrameType | None) -> None:
        server.ending = True

    sys.setswitchinterval(SWITCH_INTERVAL)
    signal.signal(signal.SIGTERM, end)
    server.wake_on_signals()
    while not server.ending:
        server.turn(server.tick)
        server.cut_slow_clients()
    server.finish()


@dataclass(frozen=True)
class _LargePage:
    """Task of a dispatcher: a request for a large page, and what comes after it."""

    connection: Connection
    after: Callable[[], None]

    def service(self) -> None:
        self.connection.service()
        self.after()

    def cancel(self) -> None:
        self.connection.cancel()


class _Server(TcpWSGIServer):
    """waitress server of one web process."""

    channel_class = Connection
    following: tuple[str, ...] = ()
    is_large: Callable[[str], bool]
    after_large: Callable[[], None]

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
        self.one_by_one = ThreadedTaskDispatcher()
        self.one_by_one.set_thread_count(1)
        self.patience = patience
        self.tick = min(1.0, patience / 10)  # seconds between two checks for slow clients
        self.ending = False
        self.next_check = 0.0

    def wake_on_signals(self) -> None:
        """Make a signal end the current poll: the kernel may deliver it to another thread."""
        os.set_blocking(self.trigger.trigger, False)
        signal.set_wakeup_fd(self.trigger.trigger, warn_on_full_buffer=False)

    def turn(self, timeout: float) -> None:
        """Run one turn of the event loop, waiting at most `timeout` seconds."""
        wasyncore.loop(timeout=timeout, use_poll=True, map=self._map, count=1)

    def add_task(self, task: Connection) -> None:
        """Queue a request for a thread, or refuse it from the refusing thread if too many wait."""
        request = task.requests[0]
        is_large = request.only_reads and self.is_large(request.path)
        dispatcher = self.one_by_one if is_large else self.task_dispatcher
        if len(dispatcher.queue) < self._queue_limit(request):
            dispatcher.add_task(_LargePage(task, self.after_large) if is_large else task)
            return
        request.error = request.error or Crowded("")
        self.refusing.add_task(task)

    def _queue_limit(self, request: Request) -> int:
        """Return how many may wait before this one, by what its visitor would lose."""
        if not request.only_reads:
            return MOST_SENDING
        return MOST_FOLLOWING if request.path.startswith(self.following) else MOST_READING

    def maintenance(self, now: float) -> None:
        """Do nothing: waitress's own timeout misses connections with a full send buffer."""

    def cut_slow_clients(self) -> None:
        now = time.monotonic()
        if now >= self.next_check:
            self.next_check = now + self.tick
            self._cut(lambda visitor: visitor.is_too_slow(now, self.patience))

    def finish(self) -> None:
        """Accept the backlog, stop listening, and answer every request that has begun."""
        ending_since = time.monotonic()
        patience = min(self.patience, STOP_TIMEOUT)
        self._drain_backlog()
        while self.active_channels:
            self.turn(0.1)
            self._cut(lambda visitor: visitor.is_over(time.monotonic(), ending_since, patience))

    def _drain_backlog(self) -> None:
        count = -1
        while count < len(self.active_channels):
            count = len(self.active_channels)
            self.handle_accept()
        self.del_channel()
        self.socket.close()

    def _cut(self, is_due: Callable[[Connection], bool]) -> None:
        for connection in list(self.active_channels.values()):
            if is_due(connection):
                connection.cut()


def _adjustments(threads: int, trusted_proxy: str | None) -> Any:
    forwarded = {
        "trusted_proxy": trusted_proxy,
        "trusted_proxy_count": 1,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
    }
    return Adjustments(
        **forwarded if trusted_proxy else {},
        threads=threads,
        ident=None,  # no Server header
        clear_untrusted_proxy_headers=True,
        connection_limit=_connection_limit(),
        max_request_body_size=BODY_LIMIT + 1,  # waitress refuses from this size on
        max_request_header_size=HEADER_LIMIT,
    )


def _connection_limit() -> int:
    """Raise the limit of open files and return how many connections it allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= OPEN_FILES:
        return CONNECTIONS
    soft = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return min(CONNECTIONS, soft // 3)
