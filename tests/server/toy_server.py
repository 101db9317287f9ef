"""The program under test in `test_serving.py`: a toy application behind the embedded server.

`python -m tests.server.toy_server PROCESSES PATIENCE [PROXY]`.  Asked for no process of the server,
it has a worker instead, which fails as soon as it lives.

It writes its port, then each child's name and pid as it starts, one a line, to standard output;
the end of that output is the end of the last process.
"""

import os
import sys
import threading
import time
from functools import partial
from pathlib import Path

from consultation.server.http_server import Child, listen, serve_http, supervise

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


LONG = b"l" * 200_000
BIG = b"b" * 4_000_000
let_go = threading.Event()
large_now, large_most = [], []


def application(environ, start_response):
    path = environ["PATH_INFO"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    if path.startswith("/broken"):
        return broken()
    if path.startswith("/sleep/"):
        time.sleep(float(path.removeprefix("/sleep/")))
        return [LONG]
    if path == "/large":
        return [large().encode()]
    if path == "/let-go":
        let_go.set()
    if path == "/big":
        return [BIG]
    if path == "/whence":
        return [f"{environ['REMOTE_ADDR']} {environ.get('HTTP_X_FORWARDED_FOR')}".encode()]
    return [str(len(environ["wsgi.input"].read())).encode()]


def large():
    """Wait until somebody asks for another page; say how many waited at once at most."""
    large_now.append(1)
    large_most.append(len(large_now))
    assert let_go.wait(60)
    large_now.pop()
    return str(max(large_most))


def broken():
    yield b"begun"
    raise ValueError("no more")


def fail():
    write(f"worker {os.getpid()}")
    raise ValueError("again")


def write(line):
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


def main(processes, patience, trusted_proxy=None):
    listener = listen("127.0.0.1", 0)
    write(listener.getsockname()[1])

    def web(name):
        write(f"{name} {os.getpid()}")
        serve_http(
            lambda: application,
            listener,
            threads=2,
            patience=patience,
            trusted_proxy=trusted_proxy,
            following=("/thanks/",),
            is_large=lambda path: path == "/large",
        )

    names = [f"web-{number}" for number in range(1, processes + 1)]
    children = [Child(name, partial(web, name)) for name in names]
    return supervise(children or [Child("worker", fail)], listener=listener)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), float(sys.argv[2]), *sys.argv[3:]))
