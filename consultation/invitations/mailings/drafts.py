"""Drafts of mailings that have not started: message, groups and pace."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from consultation.collective import stale_translations
from consultation.db.stale import StaleEdit, digest
from consultation.i18n import Localized
from consultation.invitations.mailings import lifecycle
from consultation.invitations.models import InviteeGroup, Mailing, MailingState, Purpose
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

USUAL_PACE = 120
WHAT = "le message"


@dataclass(frozen=True)
class Draft:
    """A message in each language of both its texts.

    `pace` is in messages an hour, `groups` are public ids.
    """

    subject: Localized
    body: Localized
    pace: int = USUAL_PACE
    groups: Sequence[str] = ()

    @property
    def digest(self) -> str:
        """A mark that a form carries, which changes when somebody else changes the draft."""
        texts = [sorted(text.items()) for text in (self.subject, self.body)]
        return digest(texts, self.pace, sorted(self.groups))


def draft_of(mailing: Mailing) -> Draft:
    """Return the draft of a mailing, as staff wrote it."""
    return Draft(
        subject=mailing.subject,
        body=mailing.body,
        pace=mailing.pace,
        groups=[group.public_id for group in mailing.groups],
    )


def add(work: Work, draft: Draft, round_id: int, purpose: Purpose = Purpose.INVITATION) -> Mailing:
    """Store a new mailing, and return it; raise `NotAllowed`."""
    mailing = Mailing(round_id=round_id, purpose=purpose, created_at=work.at)
    _write(work, mailing, draft)
    work.session.add(mailing)
    work.session.flush()
    return mailing


def change(work: Work, mailing: Mailing, draft: Draft, seen: str) -> None:
    """Store another draft of a mailing, whose digest is still `seen`.

    Raise `NotAllowed`, or `StaleEdit`, also once it has started.  Locks the row until the
    transaction ends, so that it can't start in between.
    """
    lifecycle.lock(work.session, mailing)
    if mailing.state is not MailingState.DRAFT:
        raise StaleEdit(WHAT, at=mailing.started_at)
    if draft_of(mailing).digest != seen:
        raise StaleEdit(WHAT)
    _write(work, mailing, draft)
    work.session.flush()


@needs(Permission.INVITE)
def _write(work: Work, mailing: Mailing, draft: Draft) -> None:
    subject, body = mailing.subject, mailing.body
    mailing.subject = dict(draft.subject)
    mailing.body = {tag: text.strip() for tag, text in draft.body.items()}
    rewordings = [(subject, mailing.subject), (body, mailing.body)]
    stale_translations.note(work.session, rewordings)
    mailing.pace = draft.pace
    mailing.groups = list(
        work.session.scalars(
            sa.select(InviteeGroup).where(InviteeGroup.public_id.in_(draft.groups))
        )
    )
