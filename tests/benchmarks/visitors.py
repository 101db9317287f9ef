"""Visitors that cost next to nothing: each a process of its own, that writes to a socket and reads.

They share the cores with the server that they measure.
"""

import os
import re
import socket
import struct
import time
import zlib
from urllib.parse import quote_plus

LENGTH = re.compile(rb"\r\n[Cc]ontent-[Ll]ength: (\d+)")
LOCATION = re.compile(rb"\r\n[Ll]ocation: (\S+)")
STEPS = struct.Struct("ddd")
HEADERS = b" HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n"


class Connection:
    """One visitor's connection, made again where the server closes it."""

    def __init__(self, port):
        self.port, self.socket = port, None

    def ask(self, sent):
        """Return the head and the body of the answer."""
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=30)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(sent)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(LENGTH.search(head)[1])
        pieces, size = [body], len(body)
        while size < length:
            pieces.append(self._more())
            size += len(pieces[-1])
        if b"onnection: close" in head:
            self.close()
        return head, b"".join(pieces)

    def _more(self):
        received = self.socket.recv(262144)
        assert received, "the server hung up"
        return received

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def get(path):
    return b"GET " + path + HEADERS + b"\r\n"


def post(path, body):
    form = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n"
    return b"POST " + path + HEADERS + form % len(body) + body


def encoded(fields):
    return "&".join(f"{name}={quote_plus(value)}" for name, value in fields.items()).encode()


class Visit:
    """A complete response: the form on a new connection, the answers, the receipt."""

    KEY = re.compile(rb'name="submission_key" value="([^"]+)"')

    def __init__(self, port, path, answers, address=""):
        self.port, self.path, self.address = port, path.encode(), address
        self.answers = encoded(answers)

    def pay(self, number):
        """Answer once; return how long each of the three steps took."""
        connection, began = Connection(self.port), time.monotonic()
        head, page = connection.ask(get(self.path))
        asked = time.monotonic()
        body = self.answers + self._own(head, page, number)
        before = time.monotonic()
        head, page = connection.ask(post(self.path, body))
        posted = time.monotonic()
        assert b" 303 " in head.partition(b"\r\n")[0], page[:2000]
        head, _page = connection.ask(get(LOCATION.search(head)[1]))
        ended = time.monotonic()
        connection.close()
        assert b" 200 " in head.partition(b"\r\n")[0]
        return asked - began, posted - before, ended - posted

    def _own(self, head, page, number):
        """Return what this response says and no other: its key, and an address."""
        if b"gzip" in head:
            page = zlib.decompress(page, wbits=zlib.MAX_WBITS + 16)
        key = self.KEY.search(page)
        if key is None:
            return b""
        own = b"&submission_key=" + key[1]
        return own + f"&{self.address}=b{os.getpid()}.{number}%40exemple.fr".encode()


def visiting(visit, clients, seconds):
    """Let so many visitors answer for a while; return the steps of each response."""
    end = time.monotonic() + seconds
    pipes = [_begin(visit, end) for _ in range(clients)]
    found = []
    for pid, reader in pipes:
        with os.fdopen(reader, "rb") as results:
            said = results.read()
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, "a visitor failed"
        found += STEPS.iter_unpack(said)
    return found


def _begin(visit, end):
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    status = 1
    try:
        os.close(reader)
        steps, number = [], 0
        while time.monotonic() < end:
            number += 1
            steps.append(STEPS.pack(*visit.pay(number)))
        with os.fdopen(writer, "wb") as results:
            results.write(b"".join(steps))
        status = 0
    finally:
        os._exit(status)
