"""Forgets that a respondent who had themself erased was invited, and the contact if they ask so."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.invitations import erasing
from consultation.invitations.models import (
    Invitation,
    Invitee,
    Mailing,
    MailingRecipient,
    Skipped,
)
from consultation.mail import emptying
from consultation.responses.forgetting import Forgotten


def is_invited(session: Session, respondent_id: int) -> bool:
    """Say whether the staff's list of contacts holds the respondent."""
    wanted = sa.select(Invitation.id).where(Invitation.respondent_id == respondent_id)
    return session.scalar(wanted) is not None


def forget(session: Session, forgotten: Forgotten) -> None:
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
        emptying.call_back(session, emptying.naming(session, places, forgotten.link_ids))
    session.execute(sa.delete(Invitation).where(Invitation.id == invitation.id))
    if forgotten.wish.invitee:
        erasing.forget(session, invitee)


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
