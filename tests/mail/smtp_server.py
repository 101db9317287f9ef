"""SMTP server in a thread, with TLS, that answers as a test tells it to.

`from tests.mail.smtp_server import smtp_sink` in a `conftest.py` gives the fixture to a folder.
"""

import asyncio
import contextlib
import itertools
import re
import socket
import ssl
import threading
from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, TLSSetupException

HANG = "hang"
DROP = "drop"
TAKE_AND_DROP = "take and drop"
_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")


@dataclass(frozen=True)
class Offered:
    """One mail as the server read it; `connection` counts the connections that brought mails."""

    sender: str
    recipients: tuple
    content: bytes
    connection: int
    at: datetime

    @property
    def mail(self):
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def message_id(self):
        return str(self.mail["Message-ID"])

    def part(self, subtype):
        return self.mail.get_body((subtype,)).get_content()


@dataclass(frozen=True)
class LogLine:
    """One line of the server's log: a command, about whom, when, and what was replied."""

    verb: str
    about: str
    at: datetime
    reply: str


class Slow(str):
    """A reply that leaves a byte at a time, so many seconds apart."""

    def __new__(cls, text, seconds):
        made = super().__new__(cls, text)
        made.seconds = seconds
        return made


class SmtpSink:
    """The server: `mails` it accepted, everything `offered` at DATA, and a script of replies.

    `tls` is "starttls", "ssl" (from the first byte) or "none".

    `sink.answers("RCPT", "450 4.2.0 later")` is the reply to the next RCPT; several are used one
    after the other, then the server accepts again.  `HANG` answers nothing until the end, `DROP`
    cuts the connection; at DATA both have read the mail before, and `TAKE_AND_DROP` delivers it
    without a word.  `sink.always("RCPT", reply)` holds until `clear()`; a callable there is given
    the address (at DATA the recipient) and returns a reply, or None to do as usual.  The verbs are
    those of the protocol and "greeting".

    `log` is what the server said about whom, in the order in which it did.
    """

    def __init__(self, folder, authority, *, tls="starttls"):
        self.mails, self.offered, self.log = [], [], []
        self.greeted_as = set()
        self.open_connections = 0
        self.numbers = itertools.count()
        self._script, self._fixed_replies = defaultdict(deque), {}
        self._lock = threading.Lock()
        self._is_stopped = False
        self._tls = tls
        self._cafile = folder / "authority.pem"
        authority.cert_pem.write_to_path(self._cafile)
        self._context = _context(authority)
        self._controller = self._new_controller(port=0)
        self._controller.start()

    @property
    def port(self):
        return self._controller.port

    @property
    def settings(self):
        """What an application needs to send here."""
        return {
            "MAIL_SERVER": "127.0.0.1",
            "MAIL_PORT": self.port,
            "MAIL_USE_TLS": self._tls != "ssl",
            "MAIL_USE_SSL": self._tls == "ssl",
            "MAIL_CAFILE": str(self._cafile),
            "MAIL_TIMEOUT": 5,
        }

    def answers(self, verb, *replies):
        """Use `replies`, one each time, for the next commands `verb`."""
        self._script[verb].extend(replies)

    def always(self, verb, reply):
        """Use `reply`, or what it returns, for every `verb` until `clear`."""
        self._fixed_replies[verb] = reply

    def clear(self):
        """Forget the script: accept everything."""
        self._script.clear()
        self._fixed_replies.clear()

    def shows_certificate_of(self, authority):
        """Show a certificate of another authority, from the next connection on."""
        self._controller.SMTP_kwargs["tls_context"] = _context(authority)

    def shows_own_certificate(self):
        """Show the certificate that the settings make known again."""
        self._controller.SMTP_kwargs["tls_context"] = self._context

    def refuse_connections(self):
        """Close the port, until `accept_connections`."""
        self._controller.stop()

    def accept_connections(self):
        """Listen on the same port again."""
        self._controller = self._new_controller(port=self.port)
        self._controller.start()

    def waits_for(self, verb, event):
        """Answer the next `verb` as usual, once a `threading.Event` is set."""
        self._script[verb].append(event)

    def offers_no_unicode(self):
        """Be a server that takes addresses in ASCII only, from the next connection on."""
        self._controller.SMTP_kwargs["enable_SMTPUTF8"] = False

    def stop(self):
        """Close the port; nobody answers there any more."""
        if not self._is_stopped:
            self._is_stopped = True
            self._controller.stop()

    async def reply_to(self, verb, about, server, usual):
        """Return the reply of the script; used by the protocol."""
        step = self._step(verb, about, usual)
        if isinstance(step, threading.Event):
            await asyncio.to_thread(step.wait)
            step = usual
        reply = usual if step == TAKE_AND_DROP else step
        self.log.append(LogLine(verb, about, datetime.now(UTC), str(step)))
        if step == HANG:
            await asyncio.sleep(3600)
        if step == DROP:
            server.transport.abort()
            await asyncio.sleep(3600)
        return reply

    def _step(self, verb, about, usual):
        with self._lock:
            if self._script[verb]:
                return self._script[verb].popleft()
        fixed = self._fixed_replies.get(verb)
        return (fixed(about) if callable(fixed) else fixed) or usual

    # What follows are aiosmtpd's hooks, by their names.

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        session.host_name = hostname
        self.greeted_as.add(hostname)
        step = await self.reply_to("EHLO", hostname, server, "")
        return [step] if step else responses

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        step = await self.reply_to("MAIL", address, server, "250 OK")
        if step.startswith("250"):
            envelope.mail_from = address
        return step

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        step = await self.reply_to("RCPT", address, server, "250 OK")
        if step.startswith("250"):
            envelope.rcpt_tos.append(address)
        return step

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        offered = Offered(
            envelope.mail_from,
            tuple(envelope.rcpt_tos),
            envelope.original_content,
            server.number,
            datetime.now(UTC),
        )
        self.offered.append(offered)
        step = await self.reply_to("DATA", offered.recipients[0], server, "250 OK")
        if _BARE.search(offered.content):
            return "554 5.6.0 bare CR or LF"
        if step.startswith("250"):
            self.mails.append(offered)
        if self.log[-1].reply == TAKE_AND_DROP:
            server.transport.abort()
        return step

    async def handle_exception(self, error):
        """Take it as it comes that a server which is killed leaves within a handshake."""
        if not isinstance(error, TLSSetupException):
            raise error
        return "421 gone"

    async def handle_RSET(self, server, session, envelope):  # noqa: N802
        return await self.reply_to("RSET", "", server, "250 OK")

    async def handle_NOOP(self, server, session, envelope, argument):  # noqa: N802
        return await self.reply_to("NOOP", "", server, "250 OK")

    def _authenticate(self, server, session, envelope, mechanism, data):
        return AuthResult(success=data.password == b"secret", handled=False)

    def _new_controller(self, port):
        common = {
            "hostname": "127.0.0.1",
            "port": port,
            "authenticator": self._authenticate,
            "server_hostname": "sink.example",
        }
        if self._tls == "ssl":
            return _Controller(self, ssl_context=self._context, auth_require_tls=False, **common)
        if self._tls == "none":
            return _Controller(self, **common)
        return _Controller(self, tls_context=self._context, require_starttls=True, **common)


def _context(authority):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


class _Controller(Controller):
    """A controller that may be given port 0; aiosmtpd 1.4.6 connects to it to see it running."""

    def factory(self):
        return _Protocol(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class _Protocol(SMTP):
    """A conversation whose greeting is scripted too, and whose replies may be slow."""

    def __init__(self, sink, **options):
        super().__init__(sink, **options)
        self.sink, self.number, self.has_greeted = sink, next(sink.numbers), False

    def connection_made(self, transport):
        if self.transport is None:
            self.sink.open_connections += 1
        super().connection_made(transport)

    def eof_received(self):
        super().eof_received()
        return False  # whoever has left is let go, even where an answer hangs

    def connection_lost(self, error):
        if self.transport is not None:
            self.sink.open_connections -= 1
        super().connection_lost(error)

    async def push(self, status):
        if not self.has_greeted:
            self.has_greeted = True
            status = await self.sink.reply_to("greeting", "", self, status)
        for character in status if isinstance(status, Slow) else "":
            self._writer.write(character.encode())
            await self._writer.drain()
            await asyncio.sleep(status.seconds)
        await super().push("" if isinstance(status, Slow) else status)


class Dripping:
    """A port that sends `first` and then the same byte again and again, whatever it is reply."""

    def __init__(self, first, byte, seconds):
        self.first, self.byte, self.seconds = first, byte, seconds
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def stop(self):
        self._is_over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _serve(self):
        while not self._is_over.is_set():
            with contextlib.suppress(OSError), self._listener.accept()[0] as connection:
                connection.sendall(self.first)
                while not self._is_over.wait(self.seconds):
                    connection.sendall(self.byte)


@pytest.fixture(scope="session")
def certificate_authority():
    return trustme.CA()


@pytest.fixture
def smtp_sink(tmp_path, certificate_authority):
    """A server with STARTTLS, whose certificate `smtp_sink.settings` makes known."""
    sink = SmtpSink(tmp_path, certificate_authority)
    yield sink
    sink.stop()
