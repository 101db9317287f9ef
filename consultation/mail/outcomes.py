"""What hands mails over, and the two ways in which it can fail."""

from email.message import EmailMessage
from typing import Protocol


class NotNow(Exception):
    """A mail could not leave; `stop` says that no other would leave either."""

    def __init__(self, reason: str, *, stop: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.stop = stop


class Refused(Exception):
    """A mail will never be taken."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Transport(Protocol):
    """What takes mails, one after the other."""

    def send(self, mail: EmailMessage) -> None:
        """Hand one mail over; raise `NotNow` or `Refused`."""
