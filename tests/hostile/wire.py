"""Requests as the bytes of one connection, and the answers on it, of which nothing is guessed."""

import contextlib
import io
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPMessage, parse_headers

from tests.hostile.cases import Outcome

HOST = "Host: consultation.example"
PATIENCE = 15  # seconds; the server's own is longer
MARK = "\"'><svg/onload=zq>"
"""What is put wherever a request has room for it: no answer may hold it as it stands."""
STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9]) [ -~]*")
REFUSED = frozenset(range(400, 500))
NOT_READ = frozenset({400})


@dataclass(frozen=True)
class Wire:
    """What one connection brings, and what has to come of it."""

    kind: str
    sent: bytes | Callable[[bytes], bytes]
    """All that is sent, or what makes it of the fields of a complete contribution."""
    methods: tuple[str, ...] = ("GET",)
    """Of the requests that are to be answered: as many answers, and none besides."""
    statuses: frozenset[int] | None = None
    """Which answers may have; any that is no failure if it is not said."""
    outcome: Outcome | None = None
    """Of a contribution, where it is sure."""
    step: int = 0
    """So many bytes at a time."""

    @property
    def brings_a_contribution(self):
        return callable(self.sent)


def request(method="GET", target="/healthz", *lines, version="HTTP/1.1", host=HOST, body=b""):
    """The bytes of a request; every sign is one byte."""
    said = [f"{method} {target} {version}".rstrip(" "), *([host] if host else []), *lines]
    return "\r\n".join([*said, "", ""]).encode("latin-1") + body


@dataclass(frozen=True)
class Reply:
    """One answer, and the method that it answers."""

    method: str
    status: int
    headers: HTTPMessage
    body: bytes


@dataclass
class Exchange:
    """What came back on one connection."""

    case: Wire
    raw: bytes
    is_worker_down: bool
    """Whether the server has neither answered nor closed in time."""
    key: str = ""
    """Of the contribution, if there was one."""
    text: str = ""
    replies: list = field(default_factory=list)
    rest: bytes = b""
    """What is no answer to anything that was asked."""

    def __post_init__(self):
        self.replies, self.rest = read_answers(self.raw, self.case.methods)


def exchange(port, case, key="", text="", fields=b""):
    """Send everything, say that there is no more, and read to the end."""
    sent = case.sent(fields) if case.brings_a_contribution else case.sent
    received, is_worker_down, step = [], False, case.step or len(sent) or 1
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError):  # the server may refuse before the end
            for start in range(0, len(sent), step):
                connection.sendall(sent[start : start + step])
            connection.shutdown(socket.SHUT_WR)
        try:
            while part := connection.recv(65536):
                received.append(part)
        except TimeoutError:
            is_worker_down = True
        except ConnectionError:
            pass  # it refused, and did not read what was left
    return Exchange(case, b"".join(received), is_worker_down, key, text)


def read_answers(raw, methods):
    """The answers to requests of these methods, in order, and what is left when all are read."""
    replies, waiting = [], list(methods)
    while raw:
        head, end, after = raw.partition(b"\r\n\r\n")
        line, _, lines = head.partition(b"\r\n")
        status = STATUS.fullmatch(line)
        if not status or not end:
            break
        code = int(status[1])
        if code < 200:
            raw = after
            continue
        if not waiting:
            break
        headers = parse_headers(io.BytesIO(lines + b"\r\n\r\n"))
        body, raw = _body(waiting[0], code, headers, after)
        replies.append(Reply(waiting.pop(0), code, headers, body))
    return replies, raw


def _body(method, status, headers, after):
    """The body of an answer, and what follows it."""
    if method == "HEAD" or status in (204, 304):
        return b"", after
    if headers.get("Transfer-Encoding") == "chunked":
        return _dechunked(after)
    length = int(headers.get("Content-Length", len(after)))
    assert len(after) >= length, "an answer is cut off"
    return after[:length], after[length:]


def _dechunked(after):
    body, size = b"", None
    while size != 0:
        line, _, after = after.partition(b"\r\n")
        size = int(line, 16)
        body, after = body + after[:size], after[size + 2 :]
    return body, after
