"""Confirmation of authorship: one mail asks the sender of a message whether they wrote it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.crypto.keyring import keyring
from consultation.i18n import Labelled, prefix_for
from consultation.inbox import decisions
from consultation.inbox.decisions import TRANSITIONS, Move, apply, lock, lock_for_move
from consultation.inbox.models import IncomingMessage, State
from consultation.mail import outbox, suppression
from consultation.mail.addresses import index_of, is_robot
from consultation.mail.kinds import MessageKind, Reach
from consultation.mail.mailbox_identity import Box
from consultation.responses import transcription
from consultation.work.services import Work

PURPOSE = "confirm-contribution"


@dataclass(frozen=True)
class Confirmation:
    """Parameters of the mail: the full link, and when the message came in (ISO, UTC).

    It quotes nothing of the message, not even the subject: another person may have written it.
    """

    link: str
    received_at: str

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.received_at)


KIND = MessageKind(
    "confirm_contribution",
    "confirm_contribution",
    Confirmation,
    "Demande de confirmation",
    reach=Reach.ANSWER,
)


class ConfirmationObstacle(Labelled):
    """Why a sender can't be asked."""

    NO_ADDRESS = (
        "no_address",
        (
            "Ce message n'a pas d'adresse à laquelle écrire : convertissez-le sans confirmation,"
            " ou mettez-le de côté."
        ),
    )
    ROBOT = (
        "robot",
        (
            "Personne ne lit ce qui arrive à cette adresse : convertissez ce message sans"
            " confirmation, ou mettez-le de côté."
        ),
    )
    OURS = "ours", "Ce message vient de notre propre adresse : il n'y a personne à qui demander."
    SUPPRESSED = (
        "suppressed",
        (
            "On n'écrit plus à cette adresse, sur demande ou parce qu'elle renvoie les courriels"
            " : convertissez ce message sans confirmation, ou mettez-le de côté."
        ),
    )
    ASKED_BEFORE = (
        "asked_before",
        "La confirmation a déjà été demandée pour ce message : elle ne l'est qu'une fois.",
    )
    CONFIRMED = "confirmed", "L'expéditeur a déjà confirmé ce message."


class CannotAsk(Exception):
    """The sender can't be asked to confirm."""

    def __init__(self, obstacle: ConfirmationObstacle) -> None:
        super().__init__(obstacle.value)
        self.obstacle = obstacle


def obstacle(
    session: Session, message: IncomingMessage, settings: Mapping[str, Any]
) -> ConfirmationObstacle | None:
    """Return why the sender of a message can't be asked, or None."""
    if message.confirmed_at is not None:
        return ConfirmationObstacle.CONFIRMED
    if message.asked_at is not None:
        return ConfirmationObstacle.ASKED_BEFORE
    if message.sender is None or message.sender_index is None:
        return ConfirmationObstacle.NO_ADDRESS
    if is_robot(message.sender):
        return ConfirmationObstacle.ROBOT
    # By the folded address: a lookalike of our own mailbox may deliver to it, too.
    if message.sender_index == index_of(settings["MAIL_SENDER"]):
        return ConfirmationObstacle.OURS
    if suppression.find_reason(session, Box.of(message.sender), KIND.reach):
        return ConfirmationObstacle.SUPPRESSED
    return None


def ask(work: Work, public_id: str, settings: Mapping[str, Any], *, seen: State) -> None:
    """Enqueue the one mail that asks the sender; raise `CannotAsk` or `StaleEdit`."""
    message = lock_for_move(work, public_id, Move.ASK, seen)
    refusal = obstacle(work.session, message, settings)
    if refusal is not None:
        raise CannotAsk(refusal)
    assert message.sender is not None
    outbox.enqueue(
        work.session,
        KIND.name,
        dedup_key=dedup_key_of(public_id),
        recipient=message.sender,
        locale=message.locale,
        parameters=Confirmation(
            link=f"{settings['BASE_URL']}{prefix_for(message.locale)}"
            f"/courriel/confirmer/{token_for(public_id)}",
            received_at=came_at(message).isoformat(),
        ),
        at=work.at,
    )
    apply(message, Move.ASK, None)
    message.asked_at = work.at
    audit_log.log(work, "sender_asked", public_id)


def dedup_key_of(public_id: str) -> str:
    """Return the outbox key of the mail that asks about a message."""
    return f"confirm:{public_id}"


def token_for(public_id: str) -> str:
    """Return the signed token in the address of the page that confirms a message."""
    return keyring.sign(PURPOSE, public_id)


def find(session: Session, token: str) -> IncomingMessage | None:
    """Return the message of a token, or None if that is forged or the sender was erased."""
    values = keyring.unsign(PURPOSE, token)
    if values is None:
        return None
    return session.scalars(
        sa.select(IncomingMessage).where(
            IncomingMessage.public_id == values[0],
            # Every sender who was asked has one; erasure takes it away.
            IncomingMessage.sender_index.is_not(None),
        )
    ).one_or_none()


def confirm(session: Session, public_id: str, at: datetime) -> None:
    """Note that the sender has confirmed; a second time changes nothing.

    A message that was asked about waits for a decision again; of one that was converted meanwhile,
    the respondents are confirmed.
    """
    message = lock(session, public_id)
    if message.confirmed_at is not None:
        return
    message.confirmed_at = at
    if (message.state, Move.CONFIRM) in TRANSITIONS:
        apply(message, Move.CONFIRM, None)
    if message.state is State.CONVERTED:
        responses = decisions.responses_of(session, message.id)
        transcription.confirm(session, [response.respondent_id for response in responses])


def came_at(message: IncomingMessage) -> datetime:
    """Return when a message was sent; when it was collected if its date is missing or later."""
    if message.sent_at is None:
        return message.collected_at
    return min(message.sent_at, message.collected_at)
