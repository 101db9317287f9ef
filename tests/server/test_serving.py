"""The embedded server, with real processes, sockets and signals."""

import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from consultation.server.http_server import (
    BODY_LIMIT,
    HEADER_LIMIT,
    MOST_READING,
    MOST_SENDING,
    CannotListen,
    PortTaken,
    listen,
)
from tests.faults.server import wait_for

PROGRAM = Path(__file__).with_name("toy_server.py")
LONG = b"l" * 200_000
BIG = b"b" * 4_000_000
SECRET = "recu-jeton-secret"


class Server:
    def __init__(self, folder, processes=2, patience=25.0, proxy=()):
        self.log = folder / "stderr"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, PROGRAM, str(processes), str(patience), *proxy],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self.lines = queue.SimpleQueue()
        self.gone = threading.Event()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        self.port = int(self.lines.get(timeout=60))
        self.pids = dict(self.next_birth() for _ in range(processes))

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.process.stdout.close()
        self.gone.set()

    def next_birth(self):
        name, pid = self.lines.get(timeout=60).split()
        return name, int(pid)

    def connect(self, receive_buffer=None):
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(60)
        connection.connect(("127.0.0.1", self.port))
        return connection

    def is_reachable(self):
        with socket.socket() as connection:
            return connection.connect_ex(("127.0.0.1", self.port)) == 0

    def ask(self, sent):
        with self.connect() as connection:
            connection.sendall(sent)
            return read_all(connection)

    def wait_until_read(self):
        """Return once the server has accepted every connection and read what came in on it."""
        table = Path("/proc/net/tcp")
        if not table.exists():  # elsewhere than on Linux: most likely it has by then
            time.sleep(0.5)
            return
        ours = re.compile(rf"0100007F:{self.port:04X} \S+ 01 \w+:(\w+)")
        wait_for(lambda: not any(int(left, 16) for left in ours.findall(table.read_text())))

    def wait(self):
        return self.process.wait(timeout=60)

    def end(self):
        # Its last word may be on the way still when all of it has gone.
        if not self.gone.is_set():
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.reader.join()


def read_all(connection):
    return b"".join(iter(lambda: connection.recv(65536), b""))


def read_refusal(server, sent):
    """Send more than the server may want to read, and return what it says before it cuts off."""
    parts = []
    with server.connect() as connection, suppress(ConnectionError):
        connection.sendall(sent)
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def get(path, version="1.1", headers=""):
    return f"GET {path} HTTP/{version}\r\nHost: toy\r\n{headers}\r\n".encode()


def get_once(path):
    return get(path, headers="Connection: close\r\n")


def post(length, body=b""):
    head = f"POST / HTTP/1.1\r\nHost: toy\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    return head.encode() + body


SLOW = {
    "headers": get("/")[:-2] + b"X-Long: a",
    "bodies": post(4096, b"a"),
    "readers": get("/sleep/0"),
}


@contextmanager
def slow_clients(server, count, kinds=tuple(SLOW)):
    with ExitStack() as stack:
        connections = [stack.enter_context(server.connect(4096)) for _ in range(count)]
        for number, connection in enumerate(connections):
            connection.sendall(SLOW[kinds[number % len(kinds)]])
        yield connections


def seconds_until_cut(connection, byte):
    """Send the byte every tenth of a second, or nothing, until the server closes or resets."""
    begun = time.monotonic()
    connection.settimeout(8)
    try:
        while byte and time.monotonic() - begun < 8:
            time.sleep(0.1)
            connection.sendall(byte)
        connection.recv(1)
    except ConnectionError:
        pass
    return time.monotonic() - begun


@pytest.fixture
def start(tmp_path):
    with ExitStack() as stack:

        def start_one(**options):
            server = Server(tmp_path, **options)
            stack.callback(server.end)
            return server

        yield start_one


@pytest.fixture(scope="module")
def impatient(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("impatient"), patience=1)
    yield server
    server.end()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("shared"))
    yield server
    server.end()


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """A server that was sent TERM among visitors, and what these received, by name."""
    server = Server(tmp_path_factory.mktemp("ended"))
    sent = {
        "big": get("/big"),
        "form": post(4096, b"a" * 1000),
        **{f"queued {number}": get("/sleep/0.3") for number in range(8)},
        "long": get("/sleep/3"),
    }
    with ExitStack() as stack:
        visitors = {name: stack.enter_context(server.connect(65536)) for name in sent}
        for name, visitor in visitors.items():
            visitor.sendall(sent[name])
        server.wait_until_read()
        server.process.terminate()
        wait_for(lambda: not server.is_reachable(), seconds=20)
        visitors["form"].sendall(b"a" * 3096)
        answers = {name: read_all(visitor) for name, visitor in visitors.items()}
    yield server, answers
    server.end()


def test_term_finishes_a_request_of_three_seconds(ended):
    server, answers = ended

    assert answers["long"].endswith(LONG)
    assert b"Connection: close" in answers["long"]
    assert server.wait() == 0
    assert server.gone.wait(60)


def test_term_answers_the_requests_that_wait_for_a_thread(ended):
    _, answers = ended

    queued = [answer for name, answer in answers.items() if name.startswith("queued")]
    assert all(answer.endswith(LONG) for answer in queued)


def test_term_lets_a_big_answer_reach_a_reader_who_pauses(ended):
    _, answers = ended

    assert answers["big"].endswith(BIG)


def test_term_lets_a_form_arrive_whose_sending_has_begun(ended):
    _, answers = ended

    assert answers["form"].endswith(b"4096")


def test_ending_server_refuses_newcomers_while_it_answers_others(start):
    server = start()
    with server.connect() as visitor:
        visitor.sendall(post(1))
        server.wait_until_read()

        server.process.terminate()
        wait_for(lambda: not server.is_reachable())
        visitor.sendall(b"a")

        assert read_all(visitor).endswith(b"1")


def test_ctrl_c_in_a_terminal_finishes_a_request_in_flight(start):
    server = start()
    with server.connect() as visitor:
        visitor.sendall(get("/sleep/0.5"))
        server.wait_until_read()

        os.killpg(server.process.pid, signal.SIGINT)
        answer = read_all(visitor)

    assert answer.endswith(LONG)
    assert server.wait() == 0
    assert server.gone.wait(60)


def test_term_to_the_group_and_again_to_the_parent_counts_once(start):
    server = start()
    with server.connect() as visitor:
        visitor.sendall(get("/sleep/0.5"))
        server.wait_until_read()

        os.killpg(server.process.pid, signal.SIGTERM)
        time.sleep(0.1)
        server.process.terminate()
        answer = read_all(visitor)

    assert answer.endswith(LONG)
    assert server.wait() == 0


def test_slow_and_idle_clients_do_not_hold_up_the_end(start):
    server = start(patience=0.5)
    with slow_clients(server, 60):
        server.wait_until_read()

        server.process.terminate()

        assert server.wait() == 0


def test_term_ends_at_once_a_server_without_visitors(start):
    server = start()

    server.process.terminate()

    assert server.gone.wait(60)
    assert server.wait() == 0


def test_second_signal_ends_at_once(start):
    server = start()
    with server.connect() as visitor:
        visitor.sendall(get("/sleep/20"))
        server.wait_until_read()

        server.process.terminate()
        time.sleep(0.8)
        server.process.send_signal(signal.SIGINT)

        assert server.gone.wait(60)
        assert server.wait() == 1


def test_no_child_outlives_a_parent_that_is_killed(start):
    server = start()

    server.process.kill()

    assert server.gone.wait(60)


def test_killed_child_comes_back_and_leaves_no_zombie(start):
    server = start()
    killed = server.pids["web-1"]

    os.kill(killed, signal.SIGKILL)
    name, pid = server.next_birth()

    assert name == "web-1"
    assert pid != killed
    assert "Le processus web-1 s'est arrêté (signal 9)" in server.log.read_text()
    with pytest.raises(ProcessLookupError):
        os.kill(killed, 0)


def test_terminated_child_finishes_its_request_and_comes_back(start):
    server = start(processes=1)
    with server.connect() as visitor:
        visitor.sendall(get("/sleep/0.5"))
        server.wait_until_read()

        os.kill(server.pids["web-1"], signal.SIGTERM)
        answer = read_all(visitor)
        server.next_birth()

    assert answer.endswith(LONG)
    assert server.ask(get_once("/")).endswith(b"0")


def test_failing_child_is_restarted_later_and_later(start):
    server = start(processes=0)

    births = []
    for _ in range(3):
        assert server.next_birth()[0] == "worker"
        births.append(time.monotonic())

    first, second, third = births
    assert second - first > 0.4
    assert third - second > 0.9
    assert "ValueError: again" in server.log.read_text()


def test_taken_port_is_refused_in_french():
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]

        with pytest.raises(PortTaken, match=f"Le port {port} est déjà pris") as taken:
            listen("127.0.0.1", port)
        assert re.search(
            r"« make serve PORT=(\d+) », « consultation serve --port \1 », ou CONSULTATION_PORT=\1",
            str(taken.value),
        )


def test_address_of_another_machine_is_refused_in_french():
    with pytest.raises(CannotListen, match="choisissez une adresse de cette machine"):
        listen("192.0.2.1", 8000)


def test_invalid_port_is_refused_in_french():
    with pytest.raises(CannotListen, match="Le port 80000 n'existe pas"):
        listen("127.0.0.1", 80_000)


@pytest.mark.parametrize("kind", SLOW)
def test_two_hundred_slow_clients_do_not_stop_an_ordinary_visitor(shared, kind):
    with slow_clients(shared, 200, [kind]):
        shared.wait_until_read()
        for _ in range(20):  # each within ten seconds, and a slow client has twenty-five
            assert shared.ask(get_once("/")).endswith(b"0")


def visiting(server, stack, sent):
    """Send something on a connection of its own, which ends with the stack."""
    visitor = stack.enter_context(server.connect())
    visitor.sendall(sent)
    return visitor


def test_too_many_readers_are_told_to_come_back_while_who_sends_or_goes_on_may_wait(start):
    server = start(processes=1)
    with ExitStack() as stack:
        visit = partial(visiting, server, stack)
        busy = [visit(get("/sleep/2")) for _ in range(2)]  # as many as there are threads
        server.wait_until_read()
        readers = [visit(get_once("/")) for _ in range(MOST_READING + 5)]
        server.wait_until_read()
        sender = visit(post(1, b"a"))
        thanked = visit(get_once("/thanks/1"))
        refused = read_all(readers[-1])
        answers = [read_all(visitor) for visitor in readers[:-1]]

        assert refused.startswith(b"HTTP/1.1 503")
        assert b"Retry-After: " in refused
        assert b"rechargez cette page" in refused
        assert "enregistré".encode() not in refused  # a reader has nothing to lose
        assert sum(answer.startswith(b"HTTP/1.1 503") for answer in answers) == 4
        assert read_all(sender).endswith(b"1")
        assert read_all(thanked).endswith(b"0")
        assert len(busy) == 2


def test_large_pages_are_made_one_by_one_and_keep_no_other_waiting(start):
    server = start(processes=1)
    with ExitStack() as stack:
        readers = [visiting(server, stack, get_once("/large")) for _ in range(4)]

        assert server.ask(get_once("/let-go")).startswith(b"HTTP/1.1 200")

        assert [read_all(reader)[-1:] for reader in readers] == [b"1"] * 4


def test_where_senders_are_refused_they_are_told_so_and_the_thanked_are_not(start):
    server = start(processes=1)
    with ExitStack() as stack:
        visit = partial(visiting, server, stack)
        for _ in range(2):
            visit(get("/sleep/2"))
        server.wait_until_read()
        for _ in range(MOST_SENDING):
            visit(post(1, b"a"))
        server.wait_until_read()
        refused = read_all(visit(post(1, b"a")))
        thanked = read_all(visit(get_once("/thanks/1")))

        assert refused.startswith(b"HTTP/1.1 503")
        assert "Rien n'a été enregistré".encode() in refused
        assert thanked.startswith(b"HTTP/1.1 200")


def test_whoever_keeps_the_server_waiting_is_cut_off(impatient):
    starts = [SLOW["headers"], SLOW["bodies"], get("/big"), b""]
    with ExitStack() as stack, ThreadPoolExecutor() as clocks:
        visitors = [stack.enter_context(impatient.connect(4096)) for _ in starts]
        for visitor, start in zip(visitors, starts, strict=True):
            visitor.sendall(start)

        seconds = list(clocks.map(seconds_until_cut, visitors, [b"a", b"a", b"a", b""]))

    assert all(0.8 < each < 8 for each in seconds)


def test_slow_connection_that_keeps_moving_is_served(impatient):
    with impatient.connect() as visitor:
        visitor.sendall(post(4000))
        for _ in range(10):
            time.sleep(0.15)
            visitor.sendall(b"a" * 400)

        assert read_all(visitor).endswith(b"4000")


def test_no_header_names_the_server_and_no_visit_is_logged(shared):
    answer = shared.ask(get_once("/"))

    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"server:" not in answer.lower()
    assert b"via:" not in answer.lower()
    assert shared.log.read_text() == ""


def test_body_of_sixteen_mebibytes_passes(shared):
    answer = shared.ask(post(BODY_LIMIT, b"a" * BODY_LIMIT))

    assert answer.endswith(str(BODY_LIMIT).encode())


def test_larger_body_is_refused_in_french(shared):
    answer = shared.ask(post(BODY_LIMIT + 1))

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert "Votre envoi dépasse 16 Mo" in answer.decode()
    assert b"server:" not in answer.lower()


def test_larger_body_of_unknown_length_is_refused_in_french(shared):
    head = post(0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")

    answer = shared.ask(head + b"1000001\r\n" + b"a" * (BODY_LIMIT + 1))

    assert "Votre envoi dépasse 16 Mo" in answer.decode()


def test_who_goes_on_sending_what_was_refused_reads_why(shared):
    head = b"POST / HTTP/1.1\r\nHost: toy\r\nContent-Length: %d\r\n\r\n" % (3 * BODY_LIMIT)
    with shared.connect() as connection:
        connection.sendall(head)
        for _ in range(3):
            connection.sendall(b"x" * BODY_LIMIT)
        answer = read_all(connection)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.count(b"HTTP/1.1") == 1
    assert "réduisez-le".encode() in answer


def test_nonsense_is_refused_in_french(shared):
    answer = shared.ask(b"nonsense\r\n\r\n")

    assert answer.startswith(b"HTTP/1.0 400 ")
    assert "ne comprend pas" in answer.decode()


def test_what_a_visitor_says_of_proxies_is_not_believed(shared):
    sent = get("/whence", headers="X-Forwarded-For: 192.0.2.7\r\nConnection: close\r\n")

    assert shared.ask(sent).endswith(b"127.0.0.1 None")


def test_what_the_front_server_of_the_settings_says_of_a_visitor_is_believed(start):
    server = start(proxy=["127.0.0.1"])
    headers = "X-Forwarded-For: 203.0.113.9, 192.0.2.7\r\nConnection: close\r\n"

    assert server.ask(get("/whence", headers=headers)).endswith(b"192.0.2.7 192.0.2.7")


def test_another_machine_than_the_front_server_is_not_believed(start):
    server = start(proxy=["192.0.2.1"])
    headers = "X-Forwarded-For: 192.0.2.7\r\nConnection: close\r\n"

    assert server.ask(get("/whence", headers=headers)).endswith(b"127.0.0.1 None")


def test_requests_sent_together_are_answered_in_order(shared):
    answer = shared.ask(get("/sleep/0.1") + get_once("/whence"))

    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert answer.index(LONG) < answer.index(b"127.0.0.1")


AMBIGUOUS = [
    "Content-Length: 5\r\nTransfer-Encoding: chunked",
    "Content-Length: 5\r\nContent-Length: 6",
    "Content-Length: 5, 6",
    "Content-Length: +5",
    "Content-Length: 0x5",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked, chunked",
    "Transfer-Encoding: gzip",
    "Transfer-Encoding:",
    "Transfer-Encoding:\r\n chunked",
    "Content-Length: " + "9" * 5000,
]


@pytest.mark.parametrize("lengths", AMBIGUOUS)
def test_no_request_hides_behind_one_whose_end_is_in_doubt(shared, lengths):
    """Whoever stands in front might see another end of the first, and let the second pass."""
    head = f"POST /whence HTTP/1.1\r\nHost: localhost\r\n{lengths}\r\n\r\n0\r\n\r\n"

    answer = shared.ask(head.encode() + get_once("/whence"))

    assert answer.count(b"HTTP/1.") == 1
    assert b" 200 OK" not in answer


@pytest.mark.parametrize("version", ["1.0", "1.2", "2.0"])
def test_nothing_in_chunks_is_taken_in_another_version_than_that_which_has_them(shared, version):
    head = f"POST /whence HTTP/{version}\r\nConnection: keep-alive\r\n"

    answer = shared.ask(f"{head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n".encode())

    assert answer.startswith(b"HTTP/1.0 400 ")
    assert answer.count(b"HTTP/1.") == 1


BETWEEN_CHUNKS = ["1\n\r\na\r\n0\r\n", "1\r\na\r\n\r\n0\r\n", "1;" + "a" * 9000 + "\r\na\r\n0\r\n"]
BETWEEN_CHUNKS += ["0\r\nX-Long: " + "a" * 9000 + "\r\n"]


@pytest.mark.parametrize("chunks", BETWEEN_CHUNKS)
def test_nothing_but_their_sizes_stands_between_chunks(shared, chunks):
    head = post(0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")

    assert read_refusal(shared, head + chunks.encode() + b"\r\n").startswith(b"HTTP/1.1 400 ")
    assert shared.ask(head + b"1;a=b\r\na\r\n0\r\nX-Short: a\r\n\r\n").endswith(b"1")


@pytest.mark.parametrize("host", ["", "Host: toy\r\nHost: toy\r\n", "Host: toy, toy\r\n"])
def test_request_for_no_host_or_two_is_refused(shared, host):
    answer = shared.ask(f"GET / HTTP/1.1\r\n{host}\r\n".encode())

    assert answer.startswith(b"HTTP/1.1 400 ")


def test_unreadable_address_is_refused_and_not_logged(shared):
    assert shared.ask(get("http://[secret/")).startswith(b"HTTP/1.1 400 ")
    assert shared.log.read_text() == ""


def test_who_waits_to_be_told_to_go_on_and_has_nothing_to_send_is_answered(shared):
    answer = shared.ask(get("/whence", headers="Expect: 100-continue\r\n") + get_once("/"))

    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert b"100 Continue" not in answer


def test_who_waits_to_be_told_to_send_more_is_told_so(shared):
    with shared.connect() as visitor:
        visitor.sendall(post(1).replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
        interim = visitor.recv(65536)
        visitor.sendall(b"a")

        assert interim == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert read_all(visitor).endswith(b"1")


@pytest.mark.parametrize("line", ["Content-Length: zq", "X-Long: " + "a" * HEADER_LIMIT])
def test_no_refusal_of_a_head_has_a_body(shared, line):
    request = get("/", headers=f"{line}\r\n").replace(b"GET", b"\r\nHEAD")

    answer = read_refusal(shared, request)

    assert answer.startswith(b"HTTP/1.")
    assert answer.endswith(b"\r\n\r\n")


def test_old_browser_is_answered_and_the_connection_closed(shared):
    answer = shared.ask(get("/whence", version="1.0"))

    assert answer.startswith(b"HTTP/1.0 200 OK")


def test_failed_answer_writes_no_address_into_the_log(start):
    server = start()

    server.ask(get_once(f"/broken/{SECRET}"))

    log = server.log.read_text()
    assert "ValueError" in log
    assert SECRET not in log
    assert "127.0.0.1" not in log
