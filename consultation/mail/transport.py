"""Transport of mail: to an SMTP server, or to a maildir on this machine.

Each mail is sent within one deadline.  A server's reply says whether the message is refused or has
to wait: `meaning_of`.
"""

import mailbox
import re
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import message_from_string, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from ipaddress import ip_address
from pathlib import Path
from typing import Any, BinaryIO, Protocol, cast
from urllib.parse import urlsplit

import flask_mail
from flask import Flask, current_app

from consultation.mail.addresses import is_sendable


class Deadline:
    """Cuts the connection that it watches when a block exceeds its time.

    One thread watches a connection as long as it lives, for any number of blocks.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._ends_at: float | None = None
        self._is_forgotten = threading.Event()
        self._twin: socket.socket | None = None
        self.is_over = False

    def watch(self, connection: socket.socket) -> None:
        """Watch a connection; a duplicate of its socket can cut it even once TLS wraps it."""
        self.forget()
        self._twin = connection.dup()
        self._is_forgotten = threading.Event()
        threading.Thread(
            target=self._wait, args=(self._twin, self._is_forgotten), daemon=True
        ).start()

    def forget(self) -> None:
        """Stop watching the connection."""
        self._is_forgotten.set()
        twin, self._twin = self._twin, None
        if twin is not None:
            with self._lock:
                twin.close()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Cut the connection unless the block ends in time; `is_over` then says so."""
        self.is_over = False
        with self._lock:
            self._ends_at = time.monotonic() + self._seconds
        try:
            yield
        finally:
            with self._lock:
                self._ends_at = None

    def _wait(self, twin: socket.socket, is_forgotten: threading.Event) -> None:
        """Wake when the running block must have ended, or when a following one may have to."""
        while True:
            with self._lock:
                ends_at, now = self._ends_at, time.monotonic()
                if is_forgotten.is_set():
                    return
                if ends_at is not None and now >= ends_at:
                    self.is_over = True
                    with suppress(OSError):
                        twin.shutdown(socket.SHUT_RDWR)
                    return
            if is_forgotten.wait(self._seconds if ends_at is None else ends_at - now):
                return


KEPT_HERE = "kept_here"
"""Reason of a sent mail that did not reach its recipient: it is in the local mailbox."""


class NotNow(Exception):
    """A mail could not leave now.

    `stop` says that no other should be tried, `is_about_mail` that the server had started to take
    this one: only then do its days before giving up start.
    """

    def __init__(self, reason: str, *, stop: bool, is_about_mail: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.stop = stop
        self.is_about_mail = is_about_mail


class Refused(Exception):
    """A mail will never be taken."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class OutgoingMail:
    """A mail to one recipient, in the lines that a server takes: their ends are CR LF."""

    recipient: str
    content: bytes


class Transport(Protocol):
    """Sends mails, one after the other."""

    def send(self, mail: OutgoingMail, return_path: str) -> None:
        """Send one mail with `return_path` as envelope sender; raise `NotNow` or `Refused`."""


class Mailbox:
    """A maildir, for installations without a mail server: nothing leaves the machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, mail: OutgoingMail, return_path: str) -> None:
        """Store one mail; raise `NotNow`."""
        try:
            for part in ("", "tmp", "new", "cur"):
                (self._folder / part).mkdir(mode=0o700, exist_ok=True)
            box = mailbox.Maildir(self._folder, create=False)
            box.add(mail.content.replace(b"\r\n", b"\n"))
        except (OSError, mailbox.Error) as error:
            raise NotNow("mailbox", stop=True, is_about_mail=False) from error

    def names(self) -> list[str]:
        """Return the names of the mails, newest first."""
        box = self._box()
        return [] if box is None else sorted(box.keys(), key=moment_of, reverse=True)

    def get(self, key: str) -> EmailMessage | None:
        box = self._box()
        if box is None or key not in box:
            return None
        # Decoded before, since the address of a recipient may hold other characters than ASCII.
        return message_from_string(box.get_bytes(key).decode(), policy=policy.default)

    def keys_by_message_id(self) -> dict[str, str]:
        box = self._box()
        return {} if box is None else {_message_id(box, key): key for key in box.keys()}  # noqa: SIM118

    def remove(self, keys: Iterable[str]) -> None:
        """Remove mails by their names; those that are gone already do no harm."""
        box = self._box()
        if box is not None:
            for key in keys:
                box.discard(key)

    def _box(self) -> "mailbox.Maildir | None":
        if not self._folder.is_dir():
            return None
        return mailbox.Maildir(self._folder, create=False)


def mailbox_of(settings: Mapping[str, Any]) -> Mailbox:
    return Mailbox(Path(settings["HOME"]) / "mailbox")


def moment_of(key: str) -> tuple[int, ...]:
    """Return the time in a name of a maildir, which starts with seconds and microseconds."""
    match = re.match(r"(\d+)\.M(\d+)", key)
    return tuple(map(int, match.groups())) if match else (0, 0)


def _message_id(box: "mailbox.Maildir", key: str) -> str:
    with box.get_file(key) as file:
        # A file as the standard library types it, and not as its parser wants it.
        return str(BytesHeaderParser().parse(cast(BinaryIO, file)).get("Message-ID", "")).strip()


CLOSING = 421
"""The reply of a server that closes the connection."""
LOGIN_NEEDED = (530, 534, 535, 538)
REPLY = "smtp_"
"""Prefix of the reason code of a reply; its number follows."""

_OUR_QUOTA = re.compile(
    rb"\b[45]\.(4\.5|1\.90|7\.23[236])\b"
    rb"|\b(sending|daily|hourly|outgoing|relay)\b.{0,40}\b(quota|limit)"
    rb"|\byou(r account)? ha(ve|s) (exceeded|reached)\b.{0,40}\b(quota|limit)",
    re.IGNORECASE | re.DOTALL,
)
"""How relays of large providers say that our quota is used up."""


def meaning_of(error: Exception, *, was_cut: bool) -> NotNow | Refused:
    """Return whether a failure concerns the message or the server."""
    if was_cut:
        return NotNow("timeout", stop=True, is_about_mail=True)
    code, reason = code_of(error), reason_of(error)
    if code is None:
        if reason in ("unsendable", "not_supported"):
            return Refused(reason)
        return NotNow(reason, stop=reason != "disconnected", is_about_mail=True)
    if reason == "quota":
        return NotNow(reason, stop=True, is_about_mail=False)
    is_about_mail = isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    if code >= 500 and is_about_mail and code not in LOGIN_NEEDED:
        return Refused(reason)
    return NotNow(reason, stop=code >= 500, is_about_mail=code < 500)


def code_of(error: Exception) -> int | None:
    """Return the SMTP code of a reply, or None for any other failure."""
    reply = _reply(error)
    return None if reply is None else reply[0]


def reason_of(error: Exception) -> str:
    """Return the reason code of a failure, without any text of the server."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "authentication"
    reply = _reply(error)
    if reply is not None:
        code, text = reply
        return "quota" if _OUR_QUOTA.search(text) else f"{REPLY}{code}"
    # smtplib raises a disconnection for a timeout, with the timeout as its context.
    if isinstance(error.__context__, TimeoutError):
        return "timeout"
    return next(name for kind, name in REASONS if isinstance(error, kind))


def _reply(error: Exception) -> tuple[int, bytes] | None:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()))
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return error.smtp_code, text.encode() if isinstance(text, str) else text
    return None


REASONS: tuple[tuple[type[Exception], str], ...] = (
    (smtplib.SMTPNotSupportedError, "not_supported"),
    (TimeoutError, "timeout"),
    (ssl.SSLError, "tls"),
    (smtplib.SMTPServerDisconnected, "disconnected"),
    (OSError, "connection"),
    (ValueError, "unsendable"),
)


INTERNATIONAL = ("SMTPUTF8", "BODY=8BITMIME")
"""Options of a mail from or to an address that is not in ASCII."""
TIMEOUTS_A_MAIL = 6
LONGEST_MAIL = 300.0
"""Seconds that one mail may take in all, well below its lease."""


class SmtpClient(smtplib.SMTP):
    """SMTP client whose socket the deadline watches before a byte is read from it.

    `has_begun` is set once the server was told for whom the mail is.
    """

    has_begun = False

    def __init__(self, deadline: Deadline, *args: Any, **options: Any) -> None:
        self._deadline = deadline
        smtplib.SMTP.__init__(self, *args, **options)

    def rcpt(self, recip: str, options: Any = ()) -> tuple[int, bytes]:
        """Name the recipient; the server has taken a mail in hand from then on."""
        self.has_begun = True
        return super().rcpt(recip, options)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._deadline.watch(connection)
        return connection


class _SmtpsClient(smtplib.SMTP_SSL, SmtpClient):
    """The same with TLS from the first byte: the deadline covers the handshake too."""

    def __init__(self, deadline: Deadline, *args: Any, **options: Any) -> None:
        self._deadline = deadline
        smtplib.SMTP_SSL.__init__(self, *args, **options)


class UnreadableAuthority(ssl.SSLError):
    """The file of the certification authority can't be read."""


@dataclass(frozen=True)
class SmtpServer:
    """The server that takes our mails, and how to speak to it."""

    host: str
    port: int
    use_tls: bool
    use_ssl: bool
    cafile: str | None
    timeout: float
    own_name: str | None
    """How this machine presents itself: as the site, so that mails don't reveal its name."""

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "SmtpServer":
        return cls(
            settings["MAIL_SERVER"],
            settings["MAIL_PORT"],
            settings["MAIL_USE_TLS"],
            settings["MAIL_USE_SSL"],
            settings["MAIL_CAFILE"] or None,
            settings["MAIL_TIMEOUT"],
            _public_name(settings["BASE_URL"]),
        )

    def connect(self, deadline: Deadline) -> SmtpClient:
        """Open a connection, encrypted as the settings ask; raise `OSError`."""
        context = self._context()
        where = (deadline, self.host, self.port, self.own_name)
        if self.use_ssl:
            return _SmtpsClient(*where, timeout=self.timeout, context=context)
        client = SmtpClient(*where, timeout=self.timeout)
        if self.use_tls:
            try:
                client.starttls(context=context)
            except BaseException:
                client.close()
                raise
        return client

    def _context(self) -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=self.cafile)
        except OSError as error:
            raise UnreadableAuthority("the certification authority can't be read") from error


def _public_name(base_url: str) -> str | None:
    """Return the host of the site's address, or None where it is no public name."""
    name = urlsplit(base_url).hostname or ""
    try:
        ip_address(name)
    except ValueError:
        return name if "." in name else None
    return None


class SafeConnection(flask_mail.Connection):
    """A connection of Flask-Mail that verifies the server's certificate and has a deadline."""

    def __init__(self, mail: Any, deadline: Deadline) -> None:
        super().__init__(mail)
        self._deadline = deadline

    def configure_host(self) -> SmtpClient:
        """Return a client that is connected and signed in."""
        mail: Any = self.mail
        client: SmtpClient = mail.smtp_server.connect(self._deadline)
        try:
            if mail.username and mail.password:
                client.login(mail.username, mail.password)
        except BaseException:
            client.close()
            raise
        return client


class SafeMail(flask_mail.Mail):
    """Flask-Mail with verified TLS and a timeout; it sends in tests as well."""

    def init_app(self, app: Flask) -> Any:
        state: Any = super().init_app(app)
        state.suppress = False
        state.smtp_server = SmtpServer.from_settings(app.config)
        return state


safe_mail = SafeMail()


class SmtpTransport:
    """A connection for many mails, opened by the first and again after it broke."""

    def __init__(self, seconds: float) -> None:
        self._host: SmtpClient | None = None
        self._deadline = Deadline(seconds)

    def send(self, mail: OutgoingMail, return_path: str) -> None:
        """Send one mail; raise `NotNow` or `Refused`."""
        with self._deadline.running():
            if self._host is None or not self._send_again(self._host, mail, return_path):
                self._try(self._open_host(), mail, return_path)

    def close(self) -> None:
        """Close the connection, with QUIT if the server listens."""
        host, self._host = self._host, None
        if host is not None:
            with self._deadline.running(), suppress(OSError):
                host.quit()
            host.close()
        self._deadline.forget()

    def _send_again(self, host: SmtpClient, mail: OutgoingMail, return_path: str) -> bool:
        """Send on a connection already used; return False when its server had closed it.

        It had where it replies nothing, or 421, before it was told for whom the mail is.
        """
        host.has_begun = False
        try:
            self._try(host, mail, return_path)
        except NotNow as delay:
            is_closed = delay.reason in ("disconnected", "connection", f"smtp_{CLOSING}")
            if host.has_begun or self._deadline.is_over or not is_closed:
                raise
            self._drop()
            return False
        return True

    def _try(self, host: SmtpClient, mail: OutgoingMail, return_path: str) -> None:
        try:
            if not is_sendable(mail.recipient):
                raise ValueError("a mail goes to exactly one recipient")
            is_ascii = (return_path + mail.recipient).isascii()
            options = () if is_ascii else INTERNATIONAL
            host.sendmail(return_path, [mail.recipient], mail.content, options)
            if self._deadline.is_over:  # a line that the cut ended would pass for a whole reply
                raise TimeoutError
        except (OSError, ValueError) as error:
            if code_of(error) in (None, CLOSING):
                self._drop()
            raise meaning_of(error, was_cut=self._deadline.is_over) from error

    def _drop(self) -> None:
        """Close a connection that can't be used any more."""
        host, self._host = self._host, None
        if host is not None:
            host.close()
        self._deadline.forget()

    def _open_host(self) -> SmtpClient:
        try:
            connection = SafeConnection(current_app.extensions["mail"], self._deadline)
            self._host = connection.configure_host()
        except (OSError, ValueError) as error:
            reason = "timeout" if self._deadline.is_over else reason_of(error)
            raise NotNow(reason, stop=True, is_about_mail=False) from error
        return self._host


@contextmanager
def open_transport(settings: Mapping[str, Any]) -> Iterator[Transport]:
    """Open the transport of this installation, for one pass."""
    if not settings["MAIL_SERVER"]:
        yield mailbox_of(settings)
        return
    line = SmtpTransport(min(TIMEOUTS_A_MAIL * settings["MAIL_TIMEOUT"], LONGEST_MAIL))
    try:
        yield line
    finally:
        line.close()
