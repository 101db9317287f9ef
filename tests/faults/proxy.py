"""A door in front of PostgreSQL that cuts a connection at the statement that a test says.

It can also fall silent, as a network does of which a cable was pulled.
"""

import contextlib
import ctypes
import enum
import socket
import struct
import threading

from tests import needing

COUNTED = (b"Q", b"E")  # a simple query; the execution of a prepared one
KEY_DATA = b"K" + struct.pack("!i", 12)  # then the number of the server's process
ATTACH_FILTER, DETACH_FILTER = 26, 27  # of Linux; Python has no names for them
NOTHING_PASSES = struct.pack("=HBBI", 6, 0, 0, 0)  # one instruction: keep no byte of a packet


class Way(enum.StrEnum):
    """How a connection ends at the statement that is counted to."""

    TERMINATED = "terminated"
    """The server ends it before the statement, and says so."""
    DROPPED = "dropped"
    """It is gone before the statement."""
    SWALLOWED = "swallowed"
    """The statement is carried out; its answer does not come."""


class Cut:
    """What is to happen at the statement of that number.

    `seen` counts those that passed, `commits` are the numbers of those that ended a transaction.
    """

    def __init__(self, at, way):
        self.at, self.way, self.seen, self.commits = at, way, 0, []

    def hits(self, message):
        self.seen += 1
        if b"COMMIT" in message:
            self.commits.append(self.seen)
        return self.seen == self.at


class Proxy:
    """Listens on the loopback; every connection goes on to the server at `socket_path`.

    `armed` is the cut to come; what passes while it is there is counted in it.  `terminate` is
    given the number of the server's process that is to end.
    """

    def __init__(self, socket_path, terminate):
        self.socket_path, self.terminate, self.armed = str(socket_path), terminate, None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.visitors, self.is_silent = set(), False
        self.lock = threading.Lock()
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, database):
        plain = "sslmode=disable&gssencmode=disable"
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}?{plain}"

    def close(self):
        self.listener.close()

    def fall_silent(self):
        """Drop every packet that comes, without a word: nothing is received, nor acknowledged.

        End the test on a machine where the account that runs it may not.
        """
        with self.lock:
            self.is_silent = True
            try:
                _drop_packets(self.listener, *self.visitors)
            except PermissionError:
                needing.lacking("this account may not filter the packets of a socket: be root")

    def speak_again(self):
        with self.lock:
            self.is_silent = False
            _set_filter(DETACH_FILTER, b"\0\0\0\0", self.listener, *self.visitors)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                visitor, _address = self.listener.accept()
                with self.lock:
                    self.visitors.add(visitor)
                    if self.is_silent:  # it came before that, and was not accepted yet
                        _drop_packets(visitor)
                threading.Thread(target=self._serve, args=(visitor,), daemon=True).start()

    def _serve(self, visitor):
        with socket.socket(socket.AF_UNIX) as server, visitor:
            server.connect(self.socket_path)
            answers = _Answers(server, visitor)
            answers.start()
            with contextlib.suppress(OSError, EOFError):
                self._pass_on(visitor, server, answers)
            for end in (server, visitor):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            answers.join()
            with self.lock:
                self.visitors.discard(visitor)

    def _pass_on(self, visitor, server, answers):
        server.sendall(_message(visitor))  # the first has no type
        while True:
            kind = _exactly(visitor, 1)
            whole = kind + _message(visitor)
            cut = self.armed if kind in COUNTED else None
            way = cut.way if cut is not None and cut.hits(whole) else None
            if way is Way.DROPPED:
                return
            if way is Way.TERMINATED:
                self.terminate(answers.pid)
            answers.are_swallowed = answers.are_swallowed or way is Way.SWALLOWED
            server.sendall(whole)


def _drop_packets(*sockets):
    program = ctypes.create_string_buffer(NOTHING_PASSES, len(NOTHING_PASSES))
    _set_filter(ATTACH_FILTER, struct.pack("HL", 1, ctypes.addressof(program)), *sockets)


def _set_filter(option, value, *sockets):
    for each in sockets:
        if each.fileno() >= 0:  # it has not ended meanwhile
            each.setsockopt(socket.SOL_SOCKET, option, value)


class _Answers(threading.Thread):
    """Passes on what the server says, until its answer is to be swallowed: then the end comes."""

    def __init__(self, server, visitor):
        super().__init__(daemon=True)
        self.server, self.visitor, self.pid, self.are_swallowed = server, visitor, None, False

    def run(self):
        with contextlib.suppress(OSError):
            while (data := self.server.recv(65536)) and not self.are_swallowed:
                if self.pid is None and KEY_DATA in data:
                    start = data.index(KEY_DATA) + len(KEY_DATA)
                    self.pid = struct.unpack("!i", data[start : start + 4])[0]
                self.visitor.sendall(data)
            self.visitor.shutdown(socket.SHUT_RDWR)


def _message(source):
    """One message without its type: its length, which counts itself, and the rest."""
    head = _exactly(source, 4)
    return head + _exactly(source, struct.unpack("!i", head)[0] - 4)


def _exactly(source, count):
    got = b""
    while len(got) < count:
        more = source.recv(count - len(got))
        if not more:
            raise EOFError
        got += more
    return got
