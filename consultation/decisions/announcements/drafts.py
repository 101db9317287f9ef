"""Drafts of announcements: the message, its edition, and whether it may precede the closing."""

from sqlalchemy.orm import Session

from consultation.decisions.announcements.models import Announcement
from consultation.decisions.models import PlanEdition
from consultation.invitations.mailings import drafts
from consultation.invitations.mailings.drafts import Draft
from consultation.invitations.models import Mailing, Purpose
from consultation.work.services import Work


def about(session: Session, mailing: Mailing) -> Announcement | None:
    """Return the announcement that a mailing is, None for an invitation or a reminder."""
    return session.get(Announcement, mailing.id, populate_existing=True)


def add(
    work: Work, draft: Draft, edition: PlanEdition, round_id: int, *, may_precede_closing: bool
) -> Mailing:
    """Store a new announcement of a published edition; raise `NotAllowed`."""
    mailing = drafts.add(work, draft, round_id, Purpose.EDITION)
    work.session.add(
        Announcement(
            mailing_id=mailing.id,
            edition_id=edition.id,
            may_precede_closing=may_precede_closing,
        )
    )
    work.session.flush()
    return mailing


def change(work: Work, mailing: Mailing, draft: Draft, *, may_precede_closing: bool) -> None:
    """Store another draft; raise `NotAllowed`, or `StaleEdit` once it has started."""
    drafts.change(work, mailing, draft)
    announcement = work.session.get_one(Announcement, mailing.id)
    announcement.may_precede_closing = may_precede_closing
    work.session.flush()
