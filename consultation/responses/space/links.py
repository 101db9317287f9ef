"""Personal links that open a respondent's space.

One kind comes by receipt, another by mail.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto.keyring import keyring, new_id
from consultation.db.inserts import insert, insert_row
from consultation.db.statements import Statement
from consultation.mail import mailbox_identity
from consultation.mail.mailbox_identity import Box
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.responses.models import Contact, PersonalLink, Respondent, Standing
from consultation.responses.space import sessions

SEPARATOR = "."
RESPONDENT, MAIL, RECOVERED = "respondent", "mail", "recovered"
"""Who can know a link: a reader of the receipt, or only a reader of the mail that it went by.

A recovered one went by mail too, to a respondent who had lost theirs, and replaces it once opened.
"""


def create(
    session: Session, respondent_id: int, at: datetime, holder: str = RESPONDENT
) -> PersonalLink:
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
    """Return the link of a respondent's receipts, or that of their mails."""
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


def id_of_mails(session: Session, respondent_id: int) -> str | None:
    """Return the id of the link of a respondent's mails; None before the first one."""
    link_id: str | None = _OF_MAILS.value(session, {"respondent_id": respondent_id})
    return link_id


def add_of_mails(session: Session, respondent_id: int, link_id: str, at: datetime) -> None:
    """Insert the link of a respondent's mails."""
    insert_row(session, PersonalLink, _new(respondent_id, at, MAIL) | {"id": link_id})


_LINK = PersonalLink.__table__.c
_OF_MAILS = Statement(
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
    """Return the full address of a link, as in mails and receipts; `prefix` is the language's."""
    return address_of(base_url, prefix, link.id)


def address_of(base_url: str, prefix: str, identifier: str) -> str:
    """Return the full address of the link of that id."""
    return f"{base_url}{prefix}/contributions/ouvrir/{token_of(identifier)}"


def token_of(identifier: str) -> str:
    """Return the token in the address of the link of that id."""
    return f"{identifier}{SEPARATOR}{keyring.link_signature(identifier)}"


def end_mailed(session: Session, respondent_id: int, at: datetime) -> None:
    """Revoke the links that went by mail; the next mail gets a new one.

    For a respondent who gives another address: the earlier one may be a stranger's.
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
    """Note when the link of `token`, which `find` has verified, was first opened.

    Return whether it still opens: another request may have revoked it since `find`.  Opening a link
    that only went by mail confirms the address that it was sent to.  A recovered one then replaces
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
    """Revoke every link older than a recovered one, which becomes the link of the mails.

    Later receipts get a new one.  The space is closed in every browser, since another person may
    have opened it by an old link.
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
    """Replace the revoked links by the new one in queued mails.

    Not in those to an earlier address: that box may be a stranger's.
    """
    contact = sa.select(
        Contact.address_index, Contact.mailbox_index, mailbox_identity.sealed(Contact.address)
    ).where(Contact.respondent_id == link.respondent_id, Contact.address_index.is_not(None))
    given = session.execute(contact).one_or_none()
    if given is None:
        return
    box = Box.of_row(*given)
    waiting = session.execute(
        sa.select(OutboxMessage, mailbox_identity.sealed(OutboxMessage.recipient)).where(
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
    """Return the respondent whose space `token` opens, or None for a wrong or revoked one.

    A wrong one is looked up all the same: the time to answer tells nothing of which links exist.
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
