"""Personal links: what a respondent keeps, and opens their space with."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto import keyring
from consultation.responses.models import PersonalLink, Respondent, Standing

SEPARATOR = "."
RESPONDENT, MAIL = "respondent", "mail"
"""Who holds a link: whoever saw the receipt, or only whoever reads the mail that it went by."""


def create(
    session: Session, respondent_id: int, at: datetime, holder: str = RESPONDENT
) -> PersonalLink:
    """Return a new link for a respondent."""
    link = PersonalLink(respondent_id=respondent_id, created_at=at, holder=holder)
    session.add(link)
    session.flush()
    return link


def of_respondent(
    session: Session, respondent_id: int, holder: str = RESPONDENT
) -> PersonalLink | None:
    """Return the link that a respondent's receipts show, or that their mails do."""
    return session.scalars(
        sa.select(PersonalLink)
        .where(
            PersonalLink.respondent_id == respondent_id,
            PersonalLink.holder == holder,
            PersonalLink.revoked_at.is_(None),
        )
        .order_by(PersonalLink.created_at)
        .limit(1)
    ).first()


def address(base_url: str, prefix: str, link: PersonalLink) -> str:
    """Return the link in full, as mails and receipts write it; `prefix` is that of the language."""
    token = f"{link.id}{SEPARATOR}{keyring.link_signature(link.id)}"
    return f"{base_url}{prefix}/contributions/ouvrir/{token}"


def note_opened(session: Session, token: str, at: datetime) -> None:
    """Note when the link of `token`, which `find` has vouched for, was first opened.

    Who opens the one that only a mail held is sure of the address that it was sent to.
    """
    link = session.get_one(PersonalLink, token.partition(SEPARATOR)[0])
    link.opened_at = link.opened_at or at
    respondent = session.get_one(Respondent, link.respondent_id)
    if link.holder == MAIL and respondent.standing is Standing.UNVERIFIED:
        respondent.standing = Standing.CONFIRMED
    session.flush()


def find(session: Session, token: str) -> Respondent | None:
    """Return whose space `token` opens, or None for one that is wrong or revoked."""
    identifier, _, signature = token.partition(SEPARATOR)
    if not keyring.is_link_signature(identifier, signature):
        return None
    return session.scalars(
        sa.select(Respondent)
        .join(PersonalLink)
        .where(PersonalLink.id == identifier, PersonalLink.revoked_at.is_(None))
    ).one_or_none()
