"""Delivery loop: claim, decrypt, render, send, write the outcome."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from consultation import clock
from consultation.crypto.keyring import keyring
from consultation.db.base import StorageUnavailable, writing
from consultation.mail import kinds, outbox, rendering
from consultation.mail.addresses import is_sendable
from consultation.mail.delivery import claim
from consultation.mail.delivery.claim import ClaimedMail, DeliverySettings, EncryptedMessage
from consultation.mail.delivery.outcomes import DeliveryCount, DeliveryOutcome, log_sent, write
from consultation.mail.letters.cache import Letter
from consultation.mail.transport import (
    LONGEST_MAIL,
    Mailbox,
    NotNow,
    OutgoingMail,
    Refused,
    Transport,
    open_transport,
)

log = structlog.get_logger()


@dataclass(frozen=True)
class _RenderedMessage:
    """One message of a mail, decrypted, and the letter that it would make alone."""

    recipient: str
    parameters: Any
    letter: Letter


def compose_mail(claimed: ClaimedMail, sender: str) -> tuple[OutgoingMail | None, Sequence[int]]:
    """Return the mail, and the ids of its messages that can't be rendered; no mail when all can't.

    Raise ValueError when `sender` is no address, which concerns the settings and no message.
    """
    rendered = {message.id: _render(claimed, message) for message in claimed.messages}
    good = [message for message in rendered.values() if message is not None]
    broken = [number for number, message in rendered.items() if message is None]
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


def _render(claimed: ClaimedMail, message: EncryptedMessage) -> _RenderedMessage | None:
    """Decrypt and render a message, or return None where that fails."""
    try:
        recipient = _decrypt(message.recipient)
        if not is_sendable(recipient):
            raise ValueError("this is not the address of one recipient")
        kind = kinds.kind_named(claimed.kind)
        parameters = outbox.parameters_from(kind, _decrypt(message.parameters))
        letter = rendering.render(kind, claimed.locale, [parameters], recipient)
    except Exception as error:  # noqa: BLE001 - a template may raise anything; the others go on
        log.error(
            "message unrenderable",
            message=message.id,
            kind=claimed.kind,
            error=type(error).__name__,
        )
        return None
    return _RenderedMessage(recipient, parameters, letter)


def _decrypt(content: bytes | None) -> str:
    if content is None:
        raise ValueError("the content of this message has been erased")
    return keyring.decrypt(content)


def _letter(claimed: ClaimedMail, messages: Sequence[_RenderedMessage]) -> Letter:
    kind = kinds.kind_named(claimed.kind)
    parameters = [message.parameters for message in messages]
    return rendering.render(kind, claimed.locale, parameters, messages[0].recipient)


LONGEST_SENDING = timedelta(seconds=LONGEST_MAIL)
WRITE_ATTEMPTS = 6
"""How often an outcome is written, each time waiting ten seconds for a locked database."""


def deliver(
    session: Session,
    settings: Mapping[str, Any],
    should_stop: Callable[[], bool] = lambda: False,
) -> DeliveryCount:
    """Send what is due as the settings say; `should_stop` is called before each mail.

    Needs an application context, for templates and the settings of the mail server.
    """
    claim.free_left_behind(session, settings["HOME"], clock.now())
    at = clock.now()
    if not claim.is_any_due(session, at) and not claim.call_back(session, at):
        return DeliveryCount()
    with open_transport(settings) as transport:
        return deliver_due(
            session, transport, DeliverySettings.from_settings(settings), should_stop
        )


def deliver_due(
    session: Session,
    transport: Transport,
    settings: DeliverySettings,
    should_stop: Callable[[], bool] = lambda: False,
) -> DeliveryCount:
    """Send what is due until nothing is, or until the server, and no message, is the problem.

    The outcomes of some mails and the claim of the next are one transaction: a worker that is
    killed leaves at most one batch of which it is unknown what left.
    """
    total, is_running = DeliveryCount(), True
    outcomes: Sequence[DeliveryOutcome] = ()
    with ExitStack() as held:
        while True:
            is_running = is_running and not should_stop()
            with held.pop_all():  # until the outcomes of its batch are stored
                count, claimed = _settle(session, outcomes, settings, held, claims=is_running)
            total += count
            if not claimed:
                return total
            outcomes, is_running = _send_all(claimed, transport, settings, should_stop)


def _settle(
    session: Session,
    outcomes: Sequence[DeliveryOutcome],
    settings: DeliverySettings,
    held: ExitStack,
    *,
    claims: bool,
) -> tuple[DeliveryCount, Sequence[ClaimedMail]]:
    """Write the outcomes of a batch and, if `claims`, claim the next, in one transaction.

    Writing is tried for a minute: an outcome that is lost would send the mail again.
    """
    if not outcomes and not claims:
        return DeliveryCount(), ()
    for attempts_left in reversed(range(WRITE_ATTEMPTS if outcomes else 1)):
        try:
            with writing(session):
                count = write(session, outcomes, settings.retry_first)
                claimed = claim.claim_due(session, settings, clock.now()) if claims else ()
                if claimed and settings.home:  # before others see the claim
                    held.enter_context(claim.held(settings.home, claimed))
            log_sent(outcomes)
            return count, claimed
        except StorageUnavailable:
            if not attempts_left:
                raise
    raise AssertionError("the last attempt returns or raises")


def _send_all(
    claimed: Sequence[ClaimedMail],
    transport: Transport,
    settings: DeliverySettings,
    should_stop: Callable[[], bool],
) -> tuple[Sequence[DeliveryOutcome], bool]:
    """Send a batch, one mail after the other; return the outcomes and whether others may follow.

    Not tried are those for which the lease may not last, as the server is slow, and those to a
    domain that has just put off another: its breaker decides first.
    """
    outcomes, is_running = [], True
    deferring: set[str | None] = set()
    for mail in claimed:
        is_running = is_running and not should_stop()
        is_late = clock.now() + LONGEST_SENDING > mail.lease_ends_at
        if not is_running or is_late or mail.domain_index in deferring:
            outcomes.append(DeliveryOutcome(mail))
            continue
        outcome = _send(mail, transport, settings)
        outcomes.append(outcome)
        if outcome.delay is not None:
            is_running = not outcome.delay.stop
            deferring.add(mail.domain_index)
    return outcomes, is_running


def _send(
    claimed: ClaimedMail, transport: Transport, settings: DeliverySettings
) -> DeliveryOutcome:
    mail, broken = compose_mail(claimed, settings.sender)
    if mail is None:
        return DeliveryOutcome(claimed, broken)
    try:
        transport.send(mail, settings.return_path(claimed.message_id))
    except Refused as refusal:
        return DeliveryOutcome(claimed, broken, refused=refusal.reason)
    except NotNow as delay:
        return DeliveryOutcome(claimed, broken, delay=delay)
    return DeliveryOutcome(claimed, broken, is_sent=True, is_kept=isinstance(transport, Mailbox))
