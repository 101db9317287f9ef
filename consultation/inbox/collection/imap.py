"""IMAP client: reads one folder over verified TLS, and changes nothing in it, not even a flag."""

import imaplib
import re
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls
from imap_tools.errors import ImapToolsError

from consultation.inbox.collection.causes import Cause, NotCollected
from consultation.inbox.parsing.limits import LARGEST_HEAD

TIMEOUT_SECONDS = 20
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")


@dataclass(frozen=True)
class Heading:
    """The headers of a message, and how large it is as a whole."""

    raw: bytes
    size: int


class Folder:
    """A folder opened for reading; its ids are valid as long as `uid_validity` is the same."""

    def __init__(self, mailbox: BaseMailBox) -> None:
        self._mailbox = mailbox
        (validity,) = mailbox.client.response("UIDVALIDITY")[1][-1:]
        self.uid_validity = int(validity or 0)

    def uids_after(self, last: int) -> list[int]:
        """Return the ids of the messages that came after `last`, in order."""
        with _failing_as(Cause.INTERRUPTED):
            # « n:* » always names the last message, even one that came before n.
            uids = map(int, self._mailbox.uids(f"UID {last + 1}:*", charset=None))
        return sorted(uid for uid in uids if uid > last)

    def heading(self, uid: int) -> Heading | None:
        """Return the headers and the size of a message, or None when it is gone.

        Headers are cut at `LARGEST_HEAD`.
        """
        parts = self._fetch(uid, f"(RFC822.SIZE BODY.PEEK[HEADER]<0.{LARGEST_HEAD}>)")
        if parts is None:
            return None
        around, raw = parts
        size = _SIZE.search(around)
        return Heading(raw, int(size[1]) if size else len(raw))

    def whole(self, uid: int) -> bytes | None:
        """Return a message as it came, or None when it is gone."""
        parts = self._fetch(uid, "(BODY.PEEK[])")
        return None if parts is None else parts[1]

    def _fetch(self, uid: int, query: str) -> tuple[bytes, bytes] | None:
        with _failing_as(Cause.INTERRUPTED):
            status, answer = self._mailbox.client.uid("fetch", str(uid), query)
        if status != "OK":
            raise NotCollected(Cause.INTERRUPTED)
        literals = [part for part in answer if isinstance(part, tuple)]
        if not literals:
            return None
        around = b" ".join(part[0] if isinstance(part, tuple) else part or b"" for part in answer)
        return around, bytes(literals[-1][1])


@contextmanager
def opened(settings: Mapping[str, Any]) -> Iterator[Folder]:
    """Open the folder of the settings for reading; raise `NotCollected`."""
    with _failing_as(Cause.UNREACHABLE):
        mailbox = _connect(settings)
    try:
        with _failing_as(Cause.LOGIN):
            name, password = settings["IMAP_USERNAME"], settings["IMAP_PASSWORD"]
            # The plain LOGIN command is ASCII only, passwords are not.
            log_in = mailbox.login if (name + password).isascii() else mailbox.login_utf8
            log_in(name, password, initial_folder=None)
        with _failing_as(Cause.FOLDER):
            mailbox.folder.set(settings["IMAP_FOLDER"], readonly=True)
            folder = Folder(mailbox)
        yield folder
        with suppress(OSError, imaplib.IMAP4.error, ImapToolsError):
            mailbox.logout()
    finally:
        with suppress(OSError):
            mailbox.client.shutdown()


class _StartTls(MailBoxStartTls):
    """A STARTTLS connection that closes its socket when the server refuses encryption."""

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4(self._host, self._port, timeout=self._timeout)
        try:
            client.starttls(self._ssl_context)
        except BaseException:
            with suppress(OSError):
                client.shutdown()
            raise
        return client


def _connect(settings: Mapping[str, Any]) -> BaseMailBox:
    kind = MailBox if settings["IMAP_USE_SSL"] else _StartTls
    return kind(
        settings["IMAP_SERVER"],
        settings["IMAP_PORT"],
        timeout=TIMEOUT_SECONDS,
        ssl_context=ssl.create_default_context(cafile=settings["IMAP_CAFILE"] or None),
    )


@contextmanager
def _failing_as(cause: Cause) -> Iterator[None]:
    """Raise `NotCollected` for an error of the library; a broken connection has its own cause."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise NotCollected(Cause.CERTIFICATE) from error
    except (OSError, imaplib.IMAP4.abort) as error:
        broken = Cause.UNREACHABLE if cause is Cause.UNREACHABLE else Cause.INTERRUPTED
        raise NotCollected(broken) from error
    except (imaplib.IMAP4.error, ImapToolsError, ValueError) as error:
        raise NotCollected(cause) from error
