"""Erasure of contacts with their invitations.

The invitations of an erased respondent are deleted here too.
"""

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db import erasure_log
from consultation.invitations.mailings.invitees import dedup_key
from consultation.invitations.models import (
    GroupMember,
    Invitation,
    Invitee,
    InviteeMeasure,
    InviteeSource,
    Mailing,
    MailingRecipient,
    Skipped,
)
from consultation.jobs import erase_copies
from consultation.mail import retention
from consultation.mail.mailbox_identity import Box
from consultation.mail.models import WAITING, MessageStatus, OutboxMessage
from consultation.responses.models import Contact, Respondent, Response
from consultation.responses.rights.erasure import Erased
from consultation.spreadsheets import uploads
from consultation.spreadsheets.models import SheetPurpose
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

KIND = "contact"
CANCELLED = "cancelled"


@needs(Permission.INVITE)
def erase(work: Work, invitee: Invitee, *, home: Path) -> None:
    """Blank an invitee, cancel their mails and order the erasure of older copies; inside `writing`.

    The file of erasures is written before any row.  Raise `NotAllowed`, or OSError.
    Contact details left with a response stay: a respondent's erasure decides about these.  A mail
    that is being sent at this moment can't be cancelled: it is noted as sent if it was, and not
    tried again if it was not.
    """
    work.session.refresh(invitee, with_for_update=True)
    erasure_log.note(home, KIND, work.at, invitee=invitee.public_id)
    erase_contact_row(work.session, invitee)
    erase_copies.order(work.session, work.at)


def replay(session: Session, entry: erasure_log.Entry, at: datetime) -> None:
    """Erase again a contact that came back with a restored backup."""
    invitee = session.scalars(
        sa.select(Invitee).where(Invitee.public_id == entry["invitee"]).with_for_update()
    ).one_or_none()
    if invitee is not None:
        erase_contact_row(session, invitee)


def erase_contact_row(session: Session, invitee: Invitee) -> None:
    """Blank an invitee, whose row the caller has locked, and cancel their mails."""
    _blank_mails(session, invitee)
    if invitee.address_index is not None:
        exact = Box.of(invitee.address).mailbox if invitee.address else invitee.mailbox_index
        retention.erase_address(session, Box(invitee.address_index, exact))
    _blank_silent_respondents(session, invitee)
    for table in (GroupMember, InviteeMeasure, InviteeSource):
        session.execute(sa.delete(table).where(table.invitee_id == invitee.id))
    invitee.name = invitee.address = invitee.organisation = None
    invitee.address_index = invitee.mailbox_index = None
    uploads.forget_all(session, SheetPurpose.CONTACTS)  # one of them may name the invitee
    session.flush()
    session.expire(invitee)


def _blank_mails(session: Session, invitee: Invitee) -> None:
    """Cancel the mails that have not left, and blank recipient and content of all of them."""
    mailings = session.scalars(
        sa.select(Mailing)
        .join(MailingRecipient, MailingRecipient.mailing_id == Mailing.id)
        .where(MailingRecipient.invitee_id == invitee.id)
    )
    is_to_invitee = OutboxMessage.dedup_key.in_(
        [dedup_key(mailing, invitee) for mailing in mailings]
    )
    session.execute(
        sa.update(OutboxMessage)
        .where(is_to_invitee, OutboxMessage.status.in_(WAITING))
        .values(status=MessageStatus.SUPPRESSED, last_error=CANCELLED),
        execution_options={"synchronize_session": False},
    )
    session.execute(
        sa.update(OutboxMessage).where(is_to_invitee).values(recipient=None, parameters=None),
        execution_options={"synchronize_session": False},
    )


def _blank_silent_respondents(session: Session, invitee: Invitee) -> None:
    """Blank contact details of the invitee's respondents without a response.

    These come from the list of contacts; a response makes them the respondent's own.
    """
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
    wanted = sa.select(Invitation.id).where(Invitation.respondent_id == respondent_id)
    return session.scalar(wanted) is not None


def erase_respondent(session: Session, forgotten: Erased) -> None:
    """Delete the respondent's invitation, and skip the invitee in the mailings of the round.

    The contact stays, unless the respondent asks to be erased from the list of contacts, too.
    """
    invitation = session.scalars(
        sa.select(Invitation).where(Invitation.respondent_id == forgotten.respondent_id)
    ).one_or_none()
    if invitation is None:
        return
    # The sender locks this row as well: no message is enqueued before this transaction ends.
    invitee = session.get_one(
        Invitee, invitation.invitee_id, populate_existing=True, with_for_update={"of": Invitee}
    )
    _skip_in_mailings(session, invitation)
    if invitee.address_index is not None:
        places = [invitee.address_index]
        retention.cancel_and_blank(
            session, retention.messages_containing(session, places, forgotten.link_ids)
        )
    session.execute(sa.delete(Invitation).where(Invitation.id == invitation.id))
    if forgotten.wish.invitee:
        erase_contact_row(session, invitee)


def _skip_in_mailings(session: Session, invitation: Invitation) -> None:
    """Skip the invitee in the mailings of the round that have not queued their message."""
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
