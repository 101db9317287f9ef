"""News of an edition: since when people have it by mail."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.decisions.announcements.models import Announcement
from consultation.decisions.models import PlanEdition
from consultation.invitations.models import Mailing


def told_at(session: Session, edition: PlanEdition) -> datetime | None:
    """Return when the first message about an edition began to leave, None when none did."""
    moment: datetime | None = session.scalar(
        sa.select(sa.func.min(Mailing.started_at))
        .join(Announcement, Announcement.mailing_id == Mailing.id)
        .where(Announcement.edition_id == edition.id)
    )
    return moment


def is_told(session: Session, edition: PlanEdition) -> bool:
    """Return whether nobody is left to be told: an edition without a decision concerns nobody."""
    return not edition.decisions or told_at(session, edition) is not None
