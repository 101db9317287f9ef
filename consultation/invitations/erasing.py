"""Erasing a contact: the name and the address go, what was sent stays countable."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.invitations import letters
from consultation.invitations.models import GroupMember, Invitation, Invitee, InviteeMeasure
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.responses.models import Contact, Response
from consultation.web.permissions import Actor, NotAllowed, Permission

CANCELLED = "cancelled"


def erase(session: Session, actor: Actor, invitee: Invitee) -> None:
    """Forget who an invitee is, here and in what waits for them; raise `NotAllowed`.

    What they left with a response of theirs is not touched: that is another's decision.  A mail
    that is being sent at this moment can't be called back.
    """
    if not actor.may(Permission.INVITE):
        raise NotAllowed(Permission.INVITE)
    session.refresh(invitee, with_for_update=True)
    forget(session, invitee)


def forget(session: Session, invitee: Invitee) -> None:
    """Do so for whoever asked, the invitee's row being held."""
    _empty_messages(session, invitee)
    _forget_contacts(session, invitee)
    for table in (GroupMember, InviteeMeasure):
        session.execute(sa.delete(table).where(table.invitee_id == invitee.id))
    invitee.name = invitee.address = invitee.address_index = invitee.organisation = None
    session.flush()
    session.expire(invitee)


def _empty_messages(session: Session, invitee: Invitee) -> None:
    """Call back what waits, and take recipient and contents out of what is done with."""
    theirs = OutboxMessage.dedup_key.like(f"{letters.KIND.name}:%:{invitee.public_id}")
    session.execute(
        sa.update(OutboxMessage)
        .where(theirs, OutboxMessage.status.in_((MessageStatus.QUEUED, MessageStatus.RETRYING)))
        .values(status=MessageStatus.SUPPRESSED, last_error=CANCELLED),
        execution_options={"synchronize_session": False},
    )
    session.execute(
        sa.update(OutboxMessage)
        .where(theirs, OutboxMessage.status != MessageStatus.SENDING)
        .values(recipient=None, parameters=None),
        execution_options={"synchronize_session": False},
    )


def _forget_contacts(session: Session, invitee: Invitee) -> None:
    """Delete the contact data that came from the list and that no response has made theirs."""
    silent = sa.select(Invitation.respondent_id).where(
        Invitation.invitee_id == invitee.id,
        ~sa.exists().where(Response.respondent_id == Invitation.respondent_id),
    )
    session.execute(
        sa.delete(Contact).where(Contact.respondent_id.in_(silent)),
        execution_options={"synchronize_session": False},
    )
