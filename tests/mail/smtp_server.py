"""A real SMTP server in a thread, with TLS, that answers as a test tells it to.

`from tests.mail.smtp_server import smtp_sink` in a `conftest.py` gives the fixture to a folder.
"""

import asyncio
import itertools
import re
import ssl
import threading
from collections import defaultdict, deque
from dataclasses import dataclass
from email import message_from_bytes, policy

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

HANG = "hang"
DROP = "drop"
_BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")


@dataclass(frozen=True)
class Offered:
    """One mail as the server read it; `connection` counts the connections that brought mails."""

    sender: str
    recipients: tuple
    content: bytes
    connection: int

    @property
    def mail(self):
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def message_id(self):
        return str(self.mail["Message-ID"])

    def part(self, subtype):
        return self.mail.get_body((subtype,)).get_content()


class SmtpSink:
    """The server: `mails` it accepted, everything `offered` at DATA, and a script of replies.

    `tls` is "starttls", "ssl" (from the first byte) or "none".

    `sink.answers("RCPT", "450 4.2.0 later")` is the reply to the next RCPT; several are used one
    after the other, then the server accepts again.  `HANG` answers nothing until the end, `DROP`
    cuts the connection; at DATA both have read the mail before.
    """

    def __init__(self, folder, authority, *, tls="starttls"):
        self.mails, self.offered = [], []
        self.greeted_as = set()
        self._script = defaultdict(deque)
        self._lock = threading.Lock()
        self._is_stopped = False
        self._tls = tls
        self._cafile = folder / "authority.pem"
        authority.cert_pem.write_to_path(self._cafile)
        self._controller = self._new_controller(authority)
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

    async def _reply(self, verb, server, usual):
        with self._lock:
            step = self._script[verb].popleft() if self._script[verb] else usual
        if isinstance(step, threading.Event):
            await asyncio.to_thread(step.wait)
            return usual
        if step == HANG:
            await asyncio.sleep(3600)
        if step == DROP:
            server.transport.abort()
            await asyncio.sleep(3600)
        return step

    # What follows are aiosmtpd's hooks, by their names.

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        session.host_name = hostname
        self.greeted_as.add(hostname)
        step = await self._reply("EHLO", server, None)
        return responses if step is None else [step]

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        step = await self._reply("MAIL", server, "250 OK")
        if step.startswith("250"):
            envelope.mail_from = address
        return step

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        step = await self._reply("RCPT", server, "250 OK")
        if step.startswith("250"):
            envelope.rcpt_tos.append(address)
        return step

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        offered = Offered(
            envelope.mail_from,
            tuple(envelope.rcpt_tos),
            envelope.original_content,
            server.number,
        )
        self.offered.append(offered)
        step = await self._reply("DATA", server, "250 OK")
        if _BARE.search(offered.content):
            return "554 5.6.0 bare CR or LF"
        if step.startswith("250"):
            self.mails.append(offered)
        return step

    async def handle_NOOP(self, server, session, envelope, argument):  # noqa: N802
        return await self._reply("NOOP", server, "250 OK")

    def _authenticate(self, server, session, envelope, mechanism, data):
        return AuthResult(success=data.password == b"secret", handled=False)

    def _new_controller(self, authority):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
        common = {
            "hostname": "127.0.0.1",
            "port": 0,
            "authenticator": self._authenticate,
            "server_hostname": "sink.example",
        }
        if self._tls == "ssl":
            return _Controller(self, ssl_context=context, auth_require_tls=False, **common)
        if self._tls == "none":
            return _Controller(self, **common)
        return _Controller(self, tls_context=context, require_starttls=True, **common)


class _Controller(Controller):
    """A controller that may be given port 0; aiosmtpd 1.4.6 connects to it to see it running."""

    def factory(self):
        self.numbers = getattr(self, "numbers", None) or itertools.count()
        server = SMTP(self.handler, **self.SMTP_kwargs)
        server.number = next(self.numbers)
        return server

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture(scope="session")
def certificate_authority():
    return trustme.CA()


@pytest.fixture
def smtp_sink(tmp_path, certificate_authority):
    """A server with STARTTLS, whose certificate `smtp_sink.settings` makes known."""
    sink = SmtpSink(tmp_path, certificate_authority)
    yield sink
    sink.stop()
