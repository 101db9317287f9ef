"""Name server in a thread on loopback, over UDP and TCP, that holds what a test tells it.

`from tests.mail.dns_server import names` in a `conftest.py` or a test gives the fixture.
"""

import socket
import socketserver
import struct
import threading
import time
from collections import defaultdict

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.resolver
import dns.reversename
import dns.rrset
import pytest

SILENCE = "silence"
SHORT_PATIENCE = 0.5  # seconds that a test waits for a server that says nothing
_UDP_SIZE = 1232


class NameServer:
    """The server: what it does not hold does not exist.

    `names.holds("exemple.fr", "MX", "10 boite.exemple.fr.")` adds a record, `names.says` a text
    of any length, `names.fails("exemple.fr", "SERVFAIL")` a failure, which may be `SILENCE`; each
    answer takes `names.delay` seconds, and `names.resolver` waits for `names.patience`.
    `names.lifetimes` has the seconds that each query was given, `names.queries` those that came.
    """

    def __init__(self):
        self.queries, self.lifetimes = [], []
        self.patience = 3.0
        self.delay = 0.0
        self._records = defaultdict(list)
        self._failures = {}
        self._servers = self._bind()
        for server in self._servers:
            server.table = self
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def resolver(self):
        """What asks this server and no other."""
        resolver = _Resolver(configure=False)
        resolver.lifetimes = self.lifetimes
        resolver.port = self._servers[0].server_address[1]
        resolver.nameservers = ["127.0.0.1"]
        resolver.lifetime = self.patience
        return resolver

    def holds(self, name, kind, *values):
        kind = dns.rdatatype.from_text(kind)
        self._records[_key(name), kind].extend(
            dns.rdata.from_text(dns.rdataclass.IN, kind, value) for value in values
        )

    def says(self, name, *texts):
        """Hold TXT records, of text or of bytes, in strings of 255 bytes as zones do."""
        for text in texts:
            raw = text if isinstance(text, bytes) else text.encode()
            parts = [raw[i : i + 255] for i in range(0, len(raw), 255)] or [b""]
            wire = b"".join(bytes([len(part)]) + part for part in parts)
            record = dns.rdata.from_wire(dns.rdataclass.IN, dns.rdatatype.TXT, wire, 0, len(wire))
            self._records[_key(name), dns.rdatatype.TXT].append(record)

    def is_at(self, name, *addresses, reverse=True):
        """Hold the addresses of a name, and its name for each of them."""
        for address in addresses:
            self.holds(name, "AAAA" if ":" in address else "A", address)
            if reverse:
                self.holds(dns.reversename.from_address(address).to_text(), "PTR", f"{name}.")

    def forgets(self, name, kind):
        self._records.pop((_key(name), dns.rdatatype.from_text(kind)), None)

    def fails(self, name, failure):
        self._failures[_key(name)] = failure
        if failure == SILENCE:
            self.patience = SHORT_PATIENCE

    def stop(self):
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def answer(self, wire, *, size):
        """Return the answer to a question as it travels, or None for silence."""
        question = dns.message.from_wire(wire)
        query = question.question[0]
        self.queries.append((query.name.to_text(omit_final_dot=True), query.rdtype))
        time.sleep(self.delay)
        failure = self._failures.get(query.name)
        if failure == SILENCE:
            return None
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.RA
        if failure:
            answer.set_rcode(dns.rcode.from_text(failure))
        else:
            self._fill(answer, query)
        try:
            return answer.to_wire(max_size=size)
        except dns.exception.TooBig:
            answer.answer.clear()
            answer.flags |= dns.flags.TC
            return answer.to_wire()

    def _fill(self, answer, query):
        records = self._records.get((query.name, query.rdtype))
        if records:
            answer.answer.append(dns.rrset.from_rdata_list(query.name, 60, records))
        elif not any(name == query.name for name, _ in self._records):
            answer.set_rcode(dns.rcode.NXDOMAIN)

    def _bind(self):
        """Return servers of UDP and TCP at one port, which another test may just have taken."""
        for _ in range(20):
            udp = socketserver.UDPServer(("127.0.0.1", 0), _Datagram)
            try:
                return udp, _Streams(udp.server_address, _Stream)
            except OSError:
                udp.server_close()
        raise RuntimeError("no port is free for both UDP and TCP")


class _Resolver(dns.resolver.Resolver):
    """As any other, and it notes how long each query may take."""

    def resolve(self, *what, lifetime, **how):
        self.lifetimes.append(lifetime)
        return super().resolve(*what, lifetime=lifetime, **how)


class _Datagram(socketserver.BaseRequestHandler):
    def handle(self):
        wire, connection = self.request
        answer = self.server.table.answer(wire, size=_UDP_SIZE)
        if answer is not None:
            connection.sendto(answer, self.client_address)


class _Streams(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


class _Stream(socketserver.BaseRequestHandler):
    def handle(self):
        (length,) = struct.unpack("!H", self.request.recv(2, socket.MSG_WAITALL))
        wire = self.request.recv(length, socket.MSG_WAITALL)
        answer = self.server.table.answer(wire, size=65_535)
        if answer is not None:
            self.request.sendall(struct.pack("!H", len(answer)) + answer)


def _key(name):
    return dns.name.from_text(name, idna_codec=dns.name.IDNA_2008_Practical)


@pytest.fixture
def names():
    server = NameServer()
    yield server
    server.stop()
