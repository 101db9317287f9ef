"""How a mail leaves: over SMTP with a verified certificate, or into a maildir under HOME."""

import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import flask_mail
from flask import Flask, current_app

from consultation.mail.deadlines import Deadline
from consultation.mail.maildir import mailbox_of
from consultation.mail.outcomes import NotNow, Transport
from consultation.mail.replies import CLOSING, code_of, meaning_of, reason_of

TIMEOUTS_A_MAIL = 6
LONGEST_MAIL = 300.0
"""Seconds that one mail may take in all, which must end well before its lease does."""


class _Plain(smtplib.SMTP):
    """A client whose socket the deadline knows before a byte is read from it.

    `has_begun` says that the server was told for whom the mail is.
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
        made: socket.socket = super()._get_socket(host, port, timeout)  # type: ignore[misc]
        self._deadline.watch(made)
        return made


class _Encrypted(smtplib.SMTP_SSL, _Plain):
    """The same with TLS from the first byte: the deadline holds for the handshake too."""

    def __init__(self, deadline: Deadline, *args: Any, **options: Any) -> None:
        self._deadline = deadline
        smtplib.SMTP_SSL.__init__(self, *args, **options)


class SafeConnection(flask_mail.Connection):
    """A connection that verifies the server's certificate and does not wait for ever."""

    def __init__(self, mail: Any, deadline: Deadline) -> None:
        super().__init__(mail)
        self._deadline = deadline

    def configure_host(self) -> _Plain:
        """Return a server that is ready to take mails."""
        mail: Any = self.mail
        host = self._connect(_context(mail.cafile))
        try:
            if mail.use_tls and not mail.use_ssl:
                host.starttls(context=_context(mail.cafile))
            if mail.username and mail.password:
                host.login(mail.username, mail.password)
        except BaseException:
            host.close()
            raise
        return host

    def _connect(self, context: ssl.SSLContext) -> _Plain:
        mail: Any = self.mail
        name, seconds = mail.own_name, mail.timeout
        if mail.use_ssl:
            return _Encrypted(
                self._deadline, mail.server, mail.port, name, timeout=seconds, context=context
            )
        return _Plain(self._deadline, mail.server, mail.port, name, timeout=seconds)


class SafeMail(flask_mail.Mail):
    """Flask-Mail with verified TLS and a timeout; it sends in tests as well."""

    def init_app(self, app: Flask) -> Any:
        """Read the settings of `app`."""
        state: Any = super().init_app(app)
        state.suppress = False
        state.timeout = app.config["MAIL_TIMEOUT"]
        state.cafile = app.config["MAIL_CAFILE"] or None
        state.own_name = _own_name(app.config["BASE_URL"])
        return state

    def connect_within(self, deadline: Deadline) -> SafeConnection:
        """Return a connection, not yet opened, that `deadline` watches."""
        return SafeConnection(current_app.extensions["mail"], deadline)


safe_mail = SafeMail()


class SmtpLine:
    """One connection for many mails: the first opens it, and the next one after it broke."""

    def __init__(self, seconds: float) -> None:
        self._host: _Plain | None = None
        self._deadline = Deadline(seconds)

    def send(self, mail: EmailMessage, return_path: str) -> None:
        """Hand one mail over; raise `NotNow` or `Refused`."""
        with self._deadline.running():
            if self._host is None or not self._went_on(self._host, mail, return_path):
                self._try(self._open_host(), mail, return_path)

    def close(self) -> None:
        """Take leave of the server, if one listens."""
        host, self._host = self._host, None
        if host is not None:
            with self._deadline.running(), suppress(OSError):
                host.quit()
            host.close()
        self._deadline.forget()

    def _went_on(self, host: _Plain, mail: EmailMessage, return_path: str) -> bool:
        """Send on a line that served before; return False when its server had taken leave.

        It had where it answers nothing, or 421, before it was told for whom the mail is.
        """
        host.has_begun = False
        try:
            self._try(host, mail, return_path)
        except NotNow as delay:
            has_left = delay.reason in ("disconnected", "connection", f"smtp_{CLOSING}")
            if host.has_begun or self._deadline.is_over or not has_left:
                raise
            self._drop()
            return False
        return True

    def _try(self, host: _Plain, mail: EmailMessage, return_path: str) -> None:
        try:
            (recipient,) = mail["To"].addresses
            host.send_message(mail, return_path, [recipient.addr_spec])
        except (OSError, ValueError) as error:
            if code_of(error) in (None, CLOSING):
                self._drop()
            raise meaning_of(error, was_cut=self._deadline.is_over) from error

    def _drop(self) -> None:
        """Let go of a connection on which nothing more can be said."""
        host, self._host = self._host, None
        if host is not None:
            host.close()
        self._deadline.forget()

    def _open_host(self) -> _Plain:
        try:
            self._host = safe_mail.connect_within(self._deadline).configure_host()
        except (OSError, ValueError) as error:
            reason = "timeout" if self._deadline.is_over else reason_of(error)
            raise NotNow(reason, stop=True, is_about_mail=False) from error
        return self._host


@contextmanager
def open_transport(settings: Mapping[str, Any]) -> Iterator[Transport]:
    """Give the way by which mails leave this installation, for one pass."""
    if not settings["MAIL_SERVER"]:
        yield mailbox_of(settings)
        return
    line = SmtpLine(min(TIMEOUTS_A_MAIL * settings["MAIL_TIMEOUT"], LONGEST_MAIL))
    try:
        yield line
    finally:
        line.close()


def _context(cafile: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=cafile)
    except OSError as error:
        raise ssl.SSLError("the file of the certification authority can't be read") from error


def _own_name(base_url: str) -> str | None:
    """Return how this machine presents itself: as the site, so that mails don't tell its name."""
    name = urlsplit(base_url).hostname or ""
    try:
        ip_address(name)
    except ValueError:
        return name if "." in name else None
    return None
