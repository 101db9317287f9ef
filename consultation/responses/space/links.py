"""Personal links: what a respondent keeps, and opens their space with."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto.keyring import keyring, new_id
from consultation.db.base import connection_of
from consultation.db.inserts import insert, insert_row
from consultation.mail import boxes
from consultation.mail.boxes import Box
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.responses.models import Contact, PersonalLink, Respondent, Standing
from consultation.responses.space import sessions

SEPARATOR = "."
RESPONDENT, MAIL, RECOVERED = "respondent", "mail", "recovered"
"""Who holds a link: whoever saw the receipt, or only whoever reads the mail that it went by.

A recovered one went by mail too, to somebody who had lost theirs, and waits to take its place.
"""


def create(
    session: Session, respondent_id: int, at: datetime, holder: str = RESPONDENT
) -> PersonalLink:
    """Return a new link for a respondent."""
    return insert(session, PersonalLink, _new(respondent_id, at, holder))


def _new(respondent_id: int, at: datetime, holder: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "respondent_id": respondent_id,
        "created_at": at,
        "holder": holder,
        "opened_at": None,
        "revoked_at": None,
    }


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


def id_of_mails(session: Session, respondent_id: int, at: datetime) -> str:
    """Return the id of the link that a respondent's mails show; the first time it is made."""
    found = connection_of(session).execute(_OF_MAILS, {"respondent_id": respondent_id}).scalar()
    return found or str(insert_row(session, PersonalLink, _new(respondent_id, at, MAIL)))


_LINK = PersonalLink.__table__.c
_OF_MAILS = (
    sa.select(_LINK.id)
    .where(
        _LINK.respondent_id == sa.bindparam("respondent_id"),
        _LINK.holder == MAIL,
        _LINK.revoked_at.is_(None),
    )
    .order_by(_LINK.created_at)
    .limit(1)
)


def address(base_url: str, prefix: str, link: PersonalLink) -> str:
    """Return the link in full, as mails and receipts write it; `prefix` is that of the language."""
    return address_of(base_url, prefix, link.id)


def address_of(base_url: str, prefix: str, identifier: str) -> str:
    """Return the same for the link of that id."""
    return f"{base_url}{prefix}/contributions/ouvrir/{token_of(identifier)}"


def token_of(identifier: str) -> str:
    """Return what of the address of the link with that id opens the space."""
    return f"{identifier}{SEPARATOR}{keyring.link_signature(identifier)}"


def end_mailed(session: Session, respondent_id: int, at: datetime) -> None:
    """Revoke every link that only a respondent's mails held; the next mail shows a new one.

    Now that another address has taken the place of the one they went to, which may be a stranger's.
    """
    session.execute(
        sa.update(PersonalLink)
        .where(
            PersonalLink.respondent_id == respondent_id,
            PersonalLink.holder.in_((MAIL, RECOVERED)),
            PersonalLink.revoked_at.is_(None),
        )
        .values(revoked_at=at)
    )


def note_opened(session: Session, token: str, at: datetime) -> bool:
    """Note when the link of `token`, which `find` has vouched for, was first opened.

    Return whether it still opens: it may have been replaced since `find` looked.  Who opens one
    that only a mail held is sure of the address that it was sent to.  A recovered one then replaces
    every link that was made before it, and closes the spaces that are open.
    """
    identifier = token.partition(SEPARATOR)[0]
    link = session.get_one(PersonalLink, identifier, with_for_update=True, populate_existing=True)
    if link.revoked_at is not None:
        return False
    link.opened_at = link.opened_at or at
    respondent = session.get_one(Respondent, link.respondent_id)
    if link.holder in (MAIL, RECOVERED) and respondent.standing is Standing.UNVERIFIED:
        respondent.standing = Standing.CONFIRMED
    if link.holder == RECOVERED:
        _take_over(session, link, at)
    session.flush()
    return True


def _take_over(session: Session, link: PersonalLink, at: datetime) -> None:
    """Revoke every link older than a recovered one, which is from now on that of the mails.

    The receipts to come show a new one, which nobody has yet.  And the space closes wherever one of
    the old ones has opened it: whoever else may have had them is shut out.
    """
    revoked = session.scalars(
        sa.update(PersonalLink)
        .where(
            PersonalLink.respondent_id == link.respondent_id,
            PersonalLink.id != link.id,
            PersonalLink.created_at <= link.created_at,
            PersonalLink.revoked_at.is_(None),
        )
        .values(revoked_at=at)
        .returning(PersonalLink.id),
        execution_options={"synchronize_session": False},
    ).all()
    # Only now: who opens an old one at this moment was waited for.
    sessions.close_all(session, link.respondent_id, at)
    link.holder = MAIL
    _put_into_waiting_mails(session, link, revoked)
    create(session, link.respondent_id, at)


def _put_into_waiting_mails(session: Session, link: PersonalLink, revoked: Sequence[str]) -> None:
    """Put a link in the place of those that it replaced into the mails that still have to leave.

    Not into those to an address that was given before: that box may be a stranger's.
    """
    contact = sa.select(
        Contact.address_index, Contact.mailbox_index, boxes.sealed(Contact.address)
    ).where(Contact.respondent_id == link.respondent_id, Contact.address_index.is_not(None))
    given = session.execute(contact).one_or_none()
    if given is None:
        return
    box = Box.of_row(*given)
    waiting = session.execute(
        sa.select(OutboxMessage, boxes.sealed(OutboxMessage.recipient)).where(
            box.may_be(OutboxMessage.recipient_index, OutboxMessage.mailbox_index),
            OutboxMessage.status == MessageStatus.QUEUED,
            OutboxMessage.parameters.is_not(None),
        )
    )
    for message, recipient in waiting:
        if not box.is_named(message.mailbox_index, recipient):
            continue
        for identifier in revoked:
            assert message.parameters is not None
            message.parameters = message.parameters.replace(token_of(identifier), token_of(link.id))


def find(session: Session, token: str) -> Respondent | None:
    """Return whose space `token` opens, or None for one that is wrong or revoked.

    The database is asked all the same for one that is wrong: how long the answer takes says
    nothing of which links there were.
    """
    identifier, _, signature = token.partition(SEPARATOR)
    is_ours = keyring.is_link_signature(identifier, signature)
    return session.scalars(
        sa.select(Respondent)
        .join(PersonalLink)
        .where(
            PersonalLink.id == (identifier if is_ours else ""),
            PersonalLink.revoked_at.is_(None),
            Respondent.erased_at.is_(None),
        )
    ).one_or_none()
