"""Drafts of announcements: the message, its edition, and whether it may precede the closing."""

from sqlalchemy.orm import Session

from consultation.db.stale import StaleEdit, digest
from consultation.decisions.announcements.models import Announcement
from consultation.decisions.models import PlanEdition
from consultation.invitations.mailings import drafts, lifecycle
from consultation.invitations.mailings.drafts import WHAT, Draft, draft_of
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


def version(mailing: Mailing, announcement: Announcement) -> str:
    """Return a mark that a form carries, which changes when somebody else changes the draft."""
    return digest(draft_of(mailing).digest, announcement.may_precede_closing)


def change(
    work: Work, mailing: Mailing, draft: Draft, seen: str, *, may_precede_closing: bool
) -> None:
    """Store another draft of an announcement, whose version is still `seen`.

    Raise `NotAllowed`, or `StaleEdit`, also once it has started.
    """
    lifecycle.lock(work.session, mailing)
    announcement = about(work.session, mailing)
    assert announcement is not None
    if version(mailing, announcement) != seen:
        raise StaleEdit(WHAT)
    drafts.change(work, mailing, draft, draft_of(mailing).digest)
    announcement.may_precede_closing = may_precede_closing
    work.session.flush()
