"""Receipts: the code that a respondent keeps, and the page that shows it for two hours."""

import enum
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from consultation.crypto import keyring
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.responses.models import Response

PURPOSE, ALONE = "receipt", "receipt alone"
SHOWN_FOR = timedelta(hours=2)
# Crockford's base 32: no I, L, O or U, which are misread or make words.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS, GROUP_LENGTH = 4, 4


class MailStanding(enum.StrEnum):
    """What a respondent is told of their acknowledgement."""

    COMING = "coming"
    CAPPED = "capped"
    WITHHELD = "withheld"
    NONE = "none"


class ReceiptNoLongerShown(Exception):
    """The receipt is a true one, and two hours old."""


def new_code() -> str:
    """Return a new receipt code, 80 random bits in four groups."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    return "-".join(groups)


def token_for(response: Response, *, opens: bool = True) -> str:
    """Return what the address of the receipt page holds.

    With `opens` the page shows the personal link too; without, it shows that one receipt only.
    """
    return keyring.sign(PURPOSE if opens else ALONE, response.receipt_code)


def opens(token: str) -> bool:
    """Say whether the page of a receipt that `find` has vouched for shows the personal link."""
    return keyring.unsign(PURPOSE, token) is not None


def find(session: Session, token: str, at: datetime) -> Response | None:
    """Return the response of a receipt; None when forged or of somebody erased.

    Raise `ReceiptNoLongerShown`.
    """
    found = keyring.unsign(PURPOSE, token) or keyring.unsign(ALONE, token)
    if found is None:
        return None
    response = session.scalars(
        sa.select(Response)
        .where(Response.receipt_code == found[0])
        .options(joinedload(Response.questionnaire), joinedload(Response.respondent))
    ).one_or_none()
    if response is not None and response.respondent.erased_at is not None:
        return None
    if response is not None and at - response.submitted_at >= SHOWN_FOR:
        raise ReceiptNoLongerShown(response.receipt_code)
    return response


def mail_standing(session: Session, response: Response) -> MailStanding:
    """Say whether the acknowledgement of a response will come, or why not."""
    found = session.execute(
        sa.select(OutboxMessage.status, OutboxMessage.last_error).where(
            OutboxMessage.dedup_key == f"acknowledgement:{response.receipt_code}"
        )
    ).one_or_none()
    if found is None:
        return MailStanding.NONE
    if found.status is not MessageStatus.SUPPRESSED:
        return MailStanding.COMING
    # Why an address wants no mail is between its owner and us, whoever typed it here.
    return MailStanding.CAPPED if found.last_error == "daily_cap" else MailStanding.WITHHELD
