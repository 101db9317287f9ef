"""Delivery loop: claim, decrypt, render, send, mark."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import structlog
from sqlalchemy.orm import Session

from consultation import clock
from consultation.crypto.keyring import keyring
from consultation.db.base import StorageUnavailable, writing
from consultation.mail import bounces, kinds, outbox, rendering
from consultation.mail.addresses import is_sendable
from consultation.mail.delivery import claim
from consultation.mail.delivery.claim import Claimed, Sealed
from consultation.mail.delivery.outcomes import DeliveryCount, Fate
from consultation.mail.transport import Mailbox, NotNow, Refused, Transport, open_transport

log = structlog.get_logger()


@dataclass(frozen=True)
class _Opened:
    """One message of a mail, readable, and the letter that it would make alone."""

    recipient: str
    parameters: Any
    letter: rendering.Letter


def mail_of(claimed: Claimed, sender: str) -> tuple[EmailMessage | None, Sequence[int]]:
    """Return the mail and the ids of messages that it can't carry; no mail when it is all of them.

    Raise ValueError when `sender` is no address, which concerns the settings and no message.
    """
    opened = {message.id: _open(claimed, message) for message in claimed.messages}
    good = [message for message in opened.values() if message is not None]
    broken = [number for number, message in opened.items() if message is None]
    if not good:
        return None, broken
    mail = rendering.compose(
        good[0].letter if len(good) == 1 else _letter(claimed, good),
        sender=sender,
        recipient=good[0].recipient,
        message_id=claimed.message_id,
        at=claimed.first_tried_at,
    )
    return mail, broken


def _open(claimed: Claimed, message: Sealed) -> _Opened | None:
    """Return a message that can be read and rendered, or None."""
    try:
        recipient = _text(message.recipient)
        if not is_sendable(recipient):
            raise ValueError("this is not the address of one recipient")
        kind = kinds.kind_named(claimed.kind)
        parameters = outbox.parameters_from(kind, _text(message.parameters))
        letter = rendering.render(kind, claimed.locale, [parameters], recipient)
    except Exception as error:  # noqa: BLE001 - whatever a template raises, the others go on
        log.error(
            "message unrenderable",
            message=message.id,
            kind=claimed.kind,
            error=type(error).__name__,
        )
        return None
    return _Opened(recipient, parameters, letter)


def _text(sealed: bytes | None) -> str:
    if sealed is None:
        raise ValueError("the content of this message has been erased")
    return keyring.decrypt(sealed)


def _letter(claimed: Claimed, messages: Sequence[_Opened]) -> rendering.Letter:
    kind = kinds.kind_named(claimed.kind)
    parameters = [message.parameters for message in messages]
    return rendering.render(kind, claimed.locale, parameters, messages[0].recipient)


MARKING_TRIES = 6
"""How often a mail that left is noted, against ten seconds of a locked database each time."""


@dataclass(frozen=True)
class Rules(claim.Rules):
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
        return bounces.return_path(message_id, self.return_box)


def deliver(
    session: Session,
    settings: Mapping[str, Any],
    should_stop: Callable[[], bool] = lambda: False,
) -> DeliveryCount:
    """Send what is due as the settings say; `should_stop` is asked between two mails.

    Needs the application's context, for templates and the mail server's settings.
    """
    if not claim.is_any_due(session, clock.now()):
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
                return claim.claim_next(session, rules, clock.now()) if claims else None
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
