"""Connections: many requests on one, other protocols, other ends of lines, and sudden ends."""

from tests.hostile.cases import drawn
from tests.hostile.requested import PAGES, READING
from tests.hostile.wire import HOST, NOT_READ, Wire, request

CLOSING = ("Connection: close", "connection: CLOSE")
STRANGERS = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"zq" * 250, b"SSH-2.0-zq\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", b"\x00" * 999,
    b"EHLO zq\r\nMAIL FROM:<zq@ailleurs.invalid>\r\n\r\n", b"\x05\x01\x00", b"*1\r\n$4\r\nPING\r\n",
    b"PROXY TCP4 192.0.2.7 192.0.2.8 1 2\r\nGET / HTTP/1.1\r\nHost: zq\r\n\r\n", b"\r\n" * 5000,
    b"\xff" * 70_000, b"GET / HTTP/1.1\nHost: zq\n\n", b"GET / HTTP/1.1\rHost: zq\r\r",
    b"\x00\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: zq\n\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"zq",
    b"GET\r\n\r\n", b"GET /\r\n\r\n", b"GET / HTTP/1.1 zq\r\nHost: zq\r\n\r\n", b"\n\n\n\n", b"",
    b"GET / zq HTTP/1.1\r\nHost: zq\r\n\r\n", b"GET  / HTTP/1.1\r\nHost: zq\r\n\r\n", b" \r\n\r\n",
    b"GET / http/1.1\r\nHost: zq\r\n\r\n", b"GET / HTTP/11\r\nHost: zq\r\n\r\n", b"GET / HTTP/1.1",
    b"GET / HTTP/\xb9.1\r\nHost: zq\r\n\r\n", b"GET / HTTP/-1.1\r\nHost: zq\r\n\r\n", b"\r",
    b"\x04",
    b"GET / HTTP/1.1\r\n\r\n", b"\xef\xbb\xbfGET / HTTP/1.1\r\nHost: zq\r\n\r\n",
)  # fmt: skip
"""What speaks another language, or nearly ours: at most one answer."""
ANSWERED = {b"GET /\r\n\r\n": frozenset({200}), STRANGERS[2]: frozenset({404})}
VERSIONS = ("HTTP/1.0", "HTTP/1.1", "HTTP/0.9", "HTTP/1.2", "HTTP/2.0", "HTTP/3.0", "HTTP/9.9", "")


def strangers(chance, count):
    """Other protocols and nearly ours, whole or in small pieces; ours in every version."""
    few = count // 2
    for sent, step in drawn(chance, min(few, 2 * len(STRANGERS)), STRANGERS, (0, 9)):
        ends = b"\r\n\r\n" in sent and sent.strip() != b""
        is_too_long = len(sent) > 65_536
        fit = frozenset({431}) if is_too_long else ANSWERED.get(sent, NOT_READ)
        methods = ("GET",) if ends or is_too_long else ()
        yield Wire("strangers", sent, methods, fit, step=step)
    for version, page, method in drawn(chance, count - few, VERSIONS, PAGES, READING):
        yield Wire("strangers", request(method, page, version=version), (method,))


def pipelines(chance, count):
    """Several requests at once: all answered in order, up to the first that closes or is wrong."""
    for number in range(count):
        pairs = [
            (chance.choice(READING), chance.choice(PAGES)) for _ in range(chance.randint(2, 12))
        ]
        sent = [request(*pair) for pair in pairs]
        methods = [method for method, _page in pairs]
        kept, place, step = None, chance.randrange(len(sent)), chance.choice((0, 0, 5, 300))
        if number % 4 == 1:
            sent[place] = request(*pairs[place], chance.choice(CLOSING))
            kept = place + 1
        elif number % 4 == 2:
            sent[place] = request(*pairs[place], "zq")
            kept = place + 1
        elif number % 4 == 3:
            sent[place] = sent[place][: -chance.randint(1, len(sent[place]))]
            sent, kept = sent[: place + 1], place
        yield Wire("pipelines", b"".join(sent), tuple(methods[:kept]), step=step)


def expectations(chance, count):
    """Who expects to be told to go on: answered whether anything follows, and what is next too."""
    expecting = ("Expect: 100-continue", "expect: 100-Continue", "Expect: zq", "Expect: 100")
    for line, page, method, step in drawn(chance, count, expecting, PAGES, READING, (0, 3)):
        sent = request(method, page, line) + request("GET", "/healthz", host=HOST)
        yield Wire("expectations", sent, (method, "GET"), step=step)
