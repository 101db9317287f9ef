"""Opening what was claimed: from encrypted messages to one mail, the broken ones set apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import structlog

from consultation.crypto import keyring
from consultation.mail import outbox, rendering
from consultation.mail.addresses import is_sendable
from consultation.mail.claiming import Claimed, Sealed

log = structlog.get_logger()


@dataclass(frozen=True)
class _Opened:
    """One message of a mail, readable."""

    recipient: str
    parameters: Any


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
        _letter(claimed, good),
        sender=sender,
        recipient=good[0].recipient,
        message_id=claimed.message_id,
        at=claimed.first_tried_at,
    )
    return mail, broken


def _open(claimed: Claimed, message: Sealed) -> _Opened | None:
    """Return a message that can be read and rendered, or None."""
    try:
        opened = _Opened(
            recipient=_text(message.recipient),
            parameters=outbox.parameters_from(
                outbox.kind_named(claimed.kind), _text(message.parameters)
            ),
        )
        if not is_sendable(opened.recipient):
            raise ValueError("this is not the address of one recipient")
        _letter(claimed, [opened])
    except Exception as error:  # noqa: BLE001 - whatever a template raises, the others go on
        kind = type(error).__name__
        log.error("message unrenderable", message=message.id, kind=claimed.kind, error=kind)
        return None
    return opened


def _text(sealed: bytes | None) -> str:
    if sealed is None:
        raise ValueError("the content of this message has been erased")
    return keyring.decrypt(sealed)


def _letter(claimed: Claimed, messages: Sequence[_Opened]) -> rendering.Letter:
    kind = outbox.kind_named(claimed.kind)
    return rendering.render(kind, claimed.locale, [message.parameters for message in messages])
