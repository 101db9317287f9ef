"""Erasure of contacts, and of what an invitation keeps of a respondent."""

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db import erasure_log
from consultation.invitations.mailings.sender import dedup_key
from consultation.invitations.models import (
    GroupMember,
    Invitation,
    Invitee,
    InviteeMeasure,
    Mailing,
    MailingRecipient,
    Skipped,
)
from consultation.jobs import erase_copies
from consultation.mail import retention
from consultation.mail.boxes import Box
from consultation.mail.models import WAITING, MessageStatus, OutboxMessage
from consultation.responses.models import Contact, Respondent, Response
from consultation.responses.rights.erasure import Forgotten
from consultation.web.permissions import Actor, NotAllowed, Permission

KIND = "contact"
CANCELLED = "cancelled"


def erase(session: Session, actor: Actor, invitee: Invitee, at: datetime, *, home: Path) -> None:
    """Forget who an invitee is, here, in what waits for them and in every copy; inside `writing`.

    The list of erasures is on disk before anything is changed.  Raise `NotAllowed`, or OSError.
    What they left with a response of theirs is not touched: that is another's decision.  A mail
    that is being sent at this moment can't be called back: it is noted as sent if it was, and not
    tried again if it was not.
    """
    if not actor.may(Permission.INVITE):
        raise NotAllowed(Permission.INVITE)
    session.refresh(invitee, with_for_update=True)
    erasure_log.note(home, KIND, at, invitee=invitee.public_id)
    erase_contact_row(session, invitee)
    erase_copies.order(session, at)


def replay(session: Session, entry: erasure_log.Entry, at: datetime) -> None:
    """Erase once more a contact whom a restored backup has brought back."""
    found = session.scalars(
        sa.select(Invitee).where(Invitee.public_id == entry["invitee"]).with_for_update()
    ).one_or_none()
    if found is not None:
        erase_contact_row(session, found)


def erase_contact_row(session: Session, invitee: Invitee) -> None:
    """Do so for whoever asked, the invitee's row being held."""
    _empty_messages(session, invitee)
    if invitee.address_index is not None:
        exact = Box.of(invitee.address).mailbox if invitee.address else invitee.mailbox_index
        retention.erase_address(session, Box(invitee.address_index, exact))
    _forget_silent(session, invitee)
    for table in (GroupMember, InviteeMeasure):
        session.execute(sa.delete(table).where(table.invitee_id == invitee.id))
    invitee.name = invitee.address = invitee.organisation = None
    invitee.address_index = invitee.mailbox_index = None
    session.flush()
    session.expire(invitee)


def _empty_messages(session: Session, invitee: Invitee) -> None:
    """Call back what has not left, and take recipient and contents out of all of it."""
    mailings = session.scalars(
        sa.select(Mailing)
        .join(MailingRecipient, MailingRecipient.mailing_id == Mailing.id)
        .where(MailingRecipient.invitee_id == invitee.id)
    )
    theirs = OutboxMessage.dedup_key.in_([dedup_key(mailing, invitee) for mailing in mailings])
    session.execute(
        sa.update(OutboxMessage)
        .where(theirs, OutboxMessage.status.in_(WAITING))
        .values(status=MessageStatus.SUPPRESSED, last_error=CANCELLED),
        execution_options={"synchronize_session": False},
    )
    session.execute(
        sa.update(OutboxMessage).where(theirs).values(recipient=None, parameters=None),
        execution_options={"synchronize_session": False},
    )


def _forget_silent(session: Session, invitee: Invitee) -> None:
    """Forget what the list had said of respondents, where no response has made it theirs."""
    silent = sa.select(Invitation.respondent_id).where(
        Invitation.invitee_id == invitee.id,
        ~sa.exists().where(Response.respondent_id == Invitation.respondent_id),
    )
    session.execute(
        sa.delete(Contact).where(Contact.respondent_id.in_(silent)),
        execution_options={"synchronize_session": False},
    )
    session.execute(
        sa.update(Respondent).where(Respondent.id.in_(silent)).values(organisation=None),
        execution_options={"synchronize_session": False},
    )


def is_invited(session: Session, respondent_id: int) -> bool:
    """Say whether the staff's list of contacts holds the respondent."""
    wanted = sa.select(Invitation.id).where(Invitation.respondent_id == respondent_id)
    return session.scalar(wanted) is not None


def erase_respondent(session: Session, forgotten: Forgotten) -> None:
    """Tear the respondent from their invitation, and leave them out of what still waits to go.

    The staff's own list keeps the contact unless they ask to be erased from it too.
    """
    invitation = session.scalars(
        sa.select(Invitation).where(Invitation.respondent_id == forgotten.respondent_id)
    ).one_or_none()
    if invitation is None:
        return
    # Whoever writes to an invitee holds their row: no letter is owed between here and the end.
    invitee = session.get_one(
        Invitee, invitation.invitee_id, populate_existing=True, with_for_update={"of": Invitee}
    )
    _leave_out(session, invitation)
    if invitee.address_index is not None:
        places = [invitee.address_index]
        retention.cancel_and_blank(
            session, retention.messages_containing(session, places, forgotten.link_ids)
        )
    session.execute(sa.delete(Invitation).where(Invitation.id == invitation.id))
    if forgotten.wish.invitee:
        erase_contact_row(session, invitee)


def _leave_out(session: Session, invitation: Invitation) -> None:
    """Let no mailing of that round write to the invitee any more."""
    mailings = sa.select(Mailing.id).where(Mailing.round_id == invitation.round_id)
    session.execute(
        sa.update(MailingRecipient)
        .where(
            MailingRecipient.invitee_id == invitation.invitee_id,
            MailingRecipient.mailing_id.in_(mailings),
            MailingRecipient.queued_at.is_(None),
            MailingRecipient.skipped.is_(None),
        )
        .values(skipped=Skipped.ERASED),
        execution_options={"synchronize_session": False},
    )
