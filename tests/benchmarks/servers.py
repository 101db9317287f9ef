"""Which server to embed: each candidate serves the same toy, and the figures are printed.

`python -m tests.benchmarks.servers [--patience] [NAME…]`, on Linux, takes about two minutes.

`--patience` also waits, 35 seconds each, until a client that trickles headers or a body is cut.
"""

import asyncio
import importlib.util
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from flask import Flask, redirect, request

HERE = Path(__file__).resolve()
sys.path.insert(0, str(HERE.parents[2]))
from tests.benchmarks.sizes import sized  # noqa: E402
from tests.server.test_serving import AMBIGUOUS  # noqa: E402

PROCESSES, THREADS = "2", "6"
CLIENTS = 8
SECONDS = sized(2.0, 0.2)  # of load, for each kind of request
SLOW, ORDINARY, WAITING = sized((200, 20, 300), (10, 2, 20))
DEADLINE = 3.0  # seconds after which an ordinary visitor has left
LONG = sized(3.0, 0.6)  # seconds that a long answer takes
SETTLING = sized(1.5, 0.1)  # seconds until a crowd has come, or has gone
PAGE = "é" * 6000  # 12 kB
BIG = "z" * 200_000
GET = b"GET / HTTP/1.1\r\nHost: toy\r\nConnection: close\r\n\r\n"
FORM = b"champ=" + b"x" * 4090
POST_HEAD = (
    b"POST / HTTP/1.1\r\nHost: toy\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 4096\r\nConnection: close\r\n\r\n"
)
SLOW_KINDS = {
    "headers": (b"GET / HTTP/1.1\r\nHost: toy\r\nX-Long: ", b"a"),
    "bodies": (POST_HEAD, b"a"),
    "readers": (b"GET /big HTTP/1.1\r\nHost: toy\r\n\r\n", b""),
}


def toy():
    """Return the application under every server: a page, a form, a long and a big answer."""
    app = Flask("toy")
    app.add_url_rule("/", view_func=lambda: PAGE)
    app.add_url_rule("/", "form", lambda: redirect(f"/?{len(request.form)}", 303), methods=["POST"])
    app.add_url_rule("/big", "big", lambda: BIG)
    app.add_url_rule("/long", "long", lambda: time.sleep(LONG) or BIG)
    return app


def serve_ours(port):
    """Serve as `consultation serve` does."""
    from consultation.server.http_server import Child, listen, serve_http, supervise

    listener = listen("127.0.0.1", port)
    run = partial(serve_http, toy, listener, threads=int(THREADS))
    children = [Child(f"web-{number}", run) for number in range(int(PROCESSES))]
    sys.exit(supervise(children, listener=listener))


def serve_plain_waitress(port):
    """Serve by waitress as it comes, forked, with a raised limit of connections and `poll`."""
    import waitress

    listener = socket.create_server(("127.0.0.1", port), backlog=1024)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    pid = os.fork()
    signal.signal(signal.SIGTERM, lambda *_: end_plainly(pid))
    waitress.serve(
        toy(),
        sockets=[listener],
        threads=int(THREADS),
        connection_limit=1000,
        asyncore_use_poll=True,
        channel_timeout=25,
        cleanup_interval=5,
    )


def serve_hypercorn(port):
    """Serve by hypercorn with its graceful end, forked: its own workers take no factory."""
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    listener = socket.create_server(("127.0.0.1", port), backlog=1024)
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.include_server_header = False
    config.read_timeout = config.keep_alive_timeout = 25
    config.loglevel = "ERROR"
    pid = os.fork()

    async def run():
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.set_default_executor(ThreadPoolExecutor(int(THREADS)))
        loop.add_signal_handler(signal.SIGTERM, lambda: (ended.set(), pass_on(pid)))
        await serve(toy(), config, mode="wsgi", shutdown_trigger=ended.wait)

    asyncio.run(run())


def serve_tornado(port):
    """Serve by tornado, forked, each request in a thread; it finishes nothing on its own."""
    from tornado.httpserver import HTTPServer
    from tornado.wsgi import WSGIContainer

    listener = socket.create_server(("127.0.0.1", port), backlog=1024)
    listener.setblocking(False)
    logging.getLogger("tornado").setLevel(logging.ERROR)
    pid = os.fork()
    signal.signal(signal.SIGTERM, lambda *_: end_plainly(pid))

    async def run():
        threads = ThreadPoolExecutor(int(THREADS))
        application = WSGIContainer(toy(), threads)
        server = HTTPServer(application, idle_connection_timeout=25, body_timeout=25)
        server.add_socket(listener)
        await asyncio.Event().wait()

    asyncio.run(run())


def pass_on(pid):
    if pid:
        os.kill(pid, signal.SIGTERM)


def end_plainly(pid):
    pass_on(pid)
    raise SystemExit


def gunicorn(port):
    threads = ["-k", "gthread", "-w", PROCESSES, "--threads", THREADS]
    where = ["--no-control-socket", "--log-level", "error", "-b", f"127.0.0.1:{port}"]
    return [sys.executable, "-m", "gunicorn", *threads, *where, "servers:toy()"]


def granian(port):
    threads = ["--interface", "wsgi", "--workers", PROCESSES, "--blocking-threads", THREADS]
    where = ["--no-ws", "--log-level", "error", "--host", "127.0.0.1", "--port", str(port)]
    return [sys.executable, "-m", "granian", *threads, *where, "--factory", "servers:toy"]


def by_this_file(name, port):
    return [sys.executable, str(HERE), "--serve", name, str(port)]


SERVED_HERE = {
    "consultation": serve_ours,
    "waitress": serve_plain_waitress,
    "hypercorn": serve_hypercorn,
    "tornado": serve_tornado,
}


@dataclass
class Candidate:
    name: str
    module: str
    command: Callable[[int], list[str]]


CANDIDATES = [
    Candidate("consultation", "waitress", partial(by_this_file, "consultation")),
    Candidate("waitress", "waitress", partial(by_this_file, "waitress")),
    Candidate("granian", "granian", granian),
    Candidate("gunicorn", "gunicorn", gunicorn),
    Candidate("hypercorn", "hypercorn", partial(by_this_file, "hypercorn")),
    Candidate("tornado", "tornado", partial(by_this_file, "tornado")),
]


@dataclass
class Server:
    """A running candidate."""

    process: subprocess.Popen
    port: int

    def pids(self):
        found, waiting = [], [self.process.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                waiting += map(int, task.read_text().split())
        return found

    def pss_mb(self):
        rollups = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self.pids()]
        return sum(int(rollup.split("\nPss:")[1].split()[0]) for rollup in rollups) / 1024

    def cpu_seconds(self):
        stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2] for pid in self.pids()]
        ticks = sum(int(field) for stat in stats for field in stat.split()[11:13])
        return ticks / os.sysconf("SC_CLK_TCK")

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def connect(self, timeout=DEADLINE):
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def ask(self, sent, timeout=DEADLINE):
        """Return the whole answer on a new connection."""
        with self.connect(timeout) as connection:
            connection.sendall(sent)
            return b"".join(iter(lambda: connection.recv(65536), b""))


@contextmanager
def running(candidate):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(candidate.command(port), cwd=HERE.parent, start_new_session=True)
    server = Server(process, port)
    try:
        wait_until_it_answers(server)
        yield server
    finally:
        server.kill()


def wait_until_it_answers(server):
    for _ in range(100):
        try:
            return server.ask(GET)
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server does not start")


def load(server, sent, expected):
    """Return the responses per second to all clients, and the server's CPU time per response."""
    counts = [0] * CLIENTS
    end = time.monotonic() + SECONDS

    def visit(number):
        while time.monotonic() < end:
            assert server.ask(sent).startswith(expected)
            counts[number] += 1

    before = server.cpu_seconds()
    visitors = [threading.Thread(target=visit, args=(number,)) for number in range(CLIENTS)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    spent = server.cpu_seconds() - before
    return f"{sum(counts) / SECONDS:.0f}/s, {1000 * spent / sum(counts):.2f} ms"


@dataclass
class Crowd:
    """Clients that send one byte per second, or that never read."""

    server: Server
    start: bytes
    byte: bytes
    connections: list = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def __enter__(self):
        for _ in range(SLOW):
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", self.server.port))
            connection.sendall(self.start)
            self.connections.append(connection)
        self.thread = threading.Thread(target=self.trickle)
        self.thread.start()
        return self

    def trickle(self):
        while not self.stopped.wait(1.0):
            for connection in self.connections if self.byte else ():
                try:
                    connection.send(self.byte)
                except OSError:
                    continue

    def __exit__(self, *exception):
        self.stopped.set()
        self.thread.join()
        for connection in self.connections:
            connection.close()


def under_slow(server, kind):
    """Return how many of the ordinary visitors were served, and the longest wait."""
    served, longest, failed = 0, 0.0, 0
    with Crowd(server, *SLOW_KINDS[kind]):
        time.sleep(SETTLING)
        for _ in range(ORDINARY):
            start = time.monotonic()
            try:
                served += server.ask(GET).startswith(b"HTTP/1.1 200")
            except OSError:
                failed += 1
            longest = max(longest, time.monotonic() - start)
            if failed == 2:
                break
    time.sleep(SETTLING / 3)
    return f"{served}/{ORDINARY}, {1000 * longest:.0f} ms"


def ending(server):
    """Send TERM during a long request; return what came of it."""
    answers = []
    sent = GET.replace(b" / ", b" /long ")
    visitor = threading.Thread(target=lambda: answers.append(safely(server, sent)))
    visitor.start()
    time.sleep(LONG / 6)
    start = time.monotonic()
    server.process.terminate()
    visitor.join()
    try:
        status = server.process.wait(timeout=8)
    except subprocess.TimeoutExpired:
        status = "still there"
    whole = "whole" if answers[0].endswith(BIG.encode()) else f"cut ({len(answers[0])} B)"
    return f"{whole}, status {status}, {time.monotonic() - start:.1f} s"


def safely(server, sent, timeout=10):
    try:
        return server.ask(sent, timeout)
    except OSError:
        return b""


def hidden_header(server):
    """Return the Server header, if any."""
    head = server.ask(GET).partition(b"\r\n\r\n")[0].decode().lower()
    return next((line for line in head.splitlines() if line.startswith("server:")), "none")


def slow_cut(server, kind):
    """Return when such a slow client was cut (at most 35 s)."""
    with Crowd(server, *SLOW_KINDS[kind]) as crowd:
        poll = select.poll()
        poll.register(crowd.connections[0], select.POLLRDHUP)
        start = time.monotonic()
        return f"{time.monotonic() - start:.0f} s" if poll.poll(35_000) else "never"


def under_overload(server):
    """Return what a visitor is told while all threads work and several hundred others wait."""
    sent = GET.replace(b" / ", b" /long ")
    with ThreadPoolExecutor(WAITING) as crowd:
        for _ in range(WAITING):
            crowd.submit(safely, server, sent)
        time.sleep(LONG / 3)
        start = time.monotonic()
        answer = safely(server, GET, DEADLINE).partition(b"\r\n")[0].decode() or "nothing"
        took = time.monotonic() - start
        server.kill()
    return f"{answer}, {1000 * took:.0f} ms"


def refused(server):
    """Return how many requests of doubtful end are refused, with the one that hides behind."""
    count = 0
    for lengths in AMBIGUOUS:
        head = f"POST / HTTP/1.1\r\nHost: toy\r\n{lengths}\r\n\r\n0\r\n\r\n"
        answer = safely(server, head.encode() + GET, DEADLINE)
        count += answer.count(b"HTTP/1.") <= 1 and b" 200 OK" not in answer
    return f"{count}/{len(AMBIGUOUS)}"


def measure(candidate):
    with running(candidate) as server:
        row = {
            "GET 12 kB": load(server, GET, b"HTTP/1.1 200"),
            "POST 4 kB": load(server, POST_HEAD + FORM, b"HTTP/1.1 303"),
            "memory": f"{server.pss_mb():.0f} MB",
            "Server header": hidden_header(server),
        }
        for kind in SLOW_KINDS:
            row[f"{SLOW} slow {kind}"] = under_slow(server, kind)
        if "--patience" in sys.argv:
            row |= {f"slow {kind} cut": slow_cut(server, kind) for kind in ("headers", "bodies")}
        row["doubtful, refused"] = refused(server)
        row["TERM"] = ending(server)
    with running(candidate) as server:
        row["overload"] = under_overload(server)
    return row


def main():
    wanted = [each for each in sys.argv[1:] if not each.startswith("--")]
    for candidate in CANDIDATES:
        if wanted and candidate.name not in wanted:
            continue
        if importlib.util.find_spec(candidate.module) is None:
            print(f"\n{candidate.name}: skipped, {candidate.module} is not installed")
            continue
        print(f"\n{candidate.name}", flush=True)
        for figure, value in measure(candidate).items():
            print(f"  {figure:18} {value}", flush=True)


if __name__ == "__main__":
    if "--serve" in sys.argv:
        SERVED_HERE[sys.argv[2]](int(sys.argv[3]))
    else:
        main()
