"""Opening what was claimed: from encrypted messages to one mail, the broken ones set apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import structlog

from consultation.crypto import keyring
from consultation.mail import kinds, outbox, rendering
from consultation.mail.addresses import is_sendable
from consultation.mail.claiming import Claimed, Sealed

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
