"""Delivering: claim, commit, send, mark; the worker's loop over what is due."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from consultation import clock
from consultation.database import StorageUnavailable, writing
from consultation.mail import claiming, returning
from consultation.mail.claiming import Claimed
from consultation.mail.maildir import Mailbox
from consultation.mail.marking import DeliveryCount, Fate
from consultation.mail.opening import mail_of
from consultation.mail.outcomes import NotNow, Refused, Transport
from consultation.mail.transport import open_transport

MARKING_TRIES = 6
"""How often a mail that left is noted, against ten seconds of a locked database each time."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Rules(claiming.Rules):
    """What the settings say about delivering; `return_box` is where bounces go, if anywhere."""

    retry_first: timedelta
    return_box: str

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "Rules":
        """Read them."""
        return cls(
            sender=settings["MAIL_SENDER"],
            daily_cap=settings["MAIL_DAILY_CAP"],
            hourly_cap=settings["MAIL_HOURLY_CAP"],
            retry_first=timedelta(seconds=max(1, settings["MAIL_RETRY_FIRST"])),
            return_box=settings["MAIL_RETURN_PATH"],
        )

    def return_path(self, message_id: str) -> str:
        """Return where a mail comes back to: signed, where a box for returns is set."""
        if not self.return_box:
            return self.sender
        return returning.return_path(message_id, self.return_box)


def deliver(
    session: Session,
    settings: Mapping[str, Any],
    should_stop: Callable[[], bool] = lambda: False,
) -> DeliveryCount:
    """Send what is due as the settings say; `should_stop` is asked between two mails.

    Needs the application's context, for templates and the mail server's settings.
    """
    if not claiming.is_any_due(session, clock.now()):
        return DeliveryCount()
    with open_transport(settings) as transport:
        return deliver_due(session, transport, Rules.of(settings), should_stop)


def deliver_due(
    session: Session,
    transport: Transport,
    rules: Rules,
    should_stop: Callable[[], bool] = lambda: False,
) -> DeliveryCount:
    """Send what is due until nothing is, or until the server, and no message, is the problem.

    What became of one mail and the claim of the next are one transaction: a worker that is killed
    leaves at most one mail of which nobody knows whether it left.
    """
    total, fate, goes_on = DeliveryCount(), Fate(), True
    while True:
        goes_on = goes_on and not should_stop()
        claimed = _settle(session, fate, rules, claims=goes_on)
        total += fate.count
        if claimed is None:
            return total
        fate, goes_on = _send(claimed, transport, rules)


def _settle(session: Session, fate: Fate, rules: Rules, *, claims: bool) -> Claimed | None:
    """Write what became of a mail and, if asked, take the next one, in one transaction.

    Trying again for a minute spares the recipient of a mail that left a repeat.
    """
    if not fate and not claims:
        return None
    for tries_left in reversed(range(MARKING_TRIES if fate else 1)):
        try:
            with writing(session):
                fate.write(session, rules.retry_first)
                return claiming.claim_next(session, rules, clock.now()) if claims else None
        except StorageUnavailable:
            if not tries_left:
                raise
    return None


def _send(claimed: Claimed, transport: Transport, rules: Rules) -> tuple[Fate, bool]:
    """Send one claimed mail; return what became of it and whether others may follow."""
    mail, broken = mail_of(claimed, rules.sender)
    if mail is None:
        return Fate(claimed, broken=broken), True
    try:
        transport.send(mail, rules.return_path(claimed.message_id))
    except Refused as refusal:
        return Fate(claimed, broken, refused=refusal.reason), True
    except NotNow as delay:
        return Fate(claimed, broken, delay=delay), not delay.stop
    return Fate(claimed, broken, is_sent=True, is_kept=isinstance(transport, Mailbox)), True
