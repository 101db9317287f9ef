"""Erasure of the recipients of announcements with their respondents."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.decisions.announcements.models import AnnouncementRecipient
from consultation.invitations.models import Skipped
from consultation.responses.rights.erasure import Erased

_LATER = {"synchronize_session": False}


def erase_respondent(session: Session, forgotten: Erased) -> None:
    """Blank the mailbox of an erased respondent, and skip them where they wait.

    What is in the outbox already is cancelled with all the mail to them.
    """
    own = AnnouncementRecipient.respondent_id == forgotten.respondent_id
    session.execute(
        sa.update(AnnouncementRecipient)
        .where(
            own,
            AnnouncementRecipient.queued_at.is_(None),
            AnnouncementRecipient.skipped.is_(None),
        )
        .values(skipped=Skipped.ERASED),
        execution_options=_LATER,
    )
    session.execute(
        sa.update(AnnouncementRecipient).where(own).values(mailbox_index=None),
        execution_options=_LATER,
    )
