"""What hands mails over, and the two ways in which it can fail."""

from email.message import EmailMessage
from typing import Protocol

KEPT_HERE = "kept_here"
"""Why a mail that was handed over is not with its recipient: it lies in the local mailbox."""


class NotNow(Exception):
    """A mail could not leave.

    `stop` says that no other should be tried now, `is_about_mail` that the server had begun to
    take this one: only then do its days before giving up begin.
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


class Transport(Protocol):
    """What takes mails, one after the other."""

    def send(self, mail: EmailMessage, return_path: str) -> None:
        """Hand one mail over, to come back to `return_path`; raise `NotNow` or `Refused`."""
