"""Invitation message to one invitee: its text and personal link.

The invitee's respondent is made here too, and the test mail of a mailing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto.keyring import new_id
from consultation.i18n import DEFAULT_LOCALE, LOCALES, localized, prefix_for
from consultation.invitations.mailings.placeholders import fill, values_for
from consultation.invitations.models import Invitation, Invitee, InviteeMeasure, Mailing
from consultation.mail import outbox
from consultation.mail.kinds import MessageKind, Reach
from consultation.mail.models import MessageStatus
from consultation.questionnaires.models import Round
from consultation.responses.models import Respondent, Standing
from consultation.responses.space import links
from consultation.responses.submission import context
from consultation.responses.submission.store import NO_CAPACITY, Identity, new_respondent
from consultation.text import clean_line
from consultation.web.permissions import Actor, NotAllowed, Permission


def invite(session: Session, round_id: int, invitee: Invitee, at: datetime) -> Invitation:
    """Return the invitation of an invitee to a round, added if there is none; inside `writing`.

    The caller has locked the invitee's row, so that two workers don't add two respondents.
    """
    stored = session.scalars(
        sa.select(Invitation).where(
            Invitation.round_id == round_id, Invitation.invitee_id == invitee.id
        )
    ).one_or_none()
    if stored is not None:
        return stored
    invitation = Invitation(
        round_id=round_id,
        invitee_id=invitee.id,
        respondent_id=_respondent(session, round_id, invitee, at).id,
        created_at=at,
    )
    session.add(invitation)
    session.flush()
    return invitation


def measures_asked(session: Session, respondent_id: int) -> set[int]:
    """Return the measures on which a respondent was invited to answer in particular."""
    rows = session.scalars(
        sa.select(InviteeMeasure.measure_id)
        .join(Invitation, Invitation.invitee_id == InviteeMeasure.invitee_id)
        .where(Invitation.respondent_id == respondent_id)
    )
    return set(rows)


def link_for(
    session: Session, invitation: Invitation, invitee: Invitee, base_url: str, at: datetime
) -> str:
    """Return the invitee's personal link in full; a new one if the last was revoked."""
    link = links.of_respondent(session, invitation.respondent_id)
    if link is None:
        link = links.create(session, invitation.respondent_id, at)
    return links.address(base_url, prefix_for(invitee.locale), link)


def _respondent(session: Session, round_id: int, invitee: Invitee, at: datetime) -> Respondent:
    respondent = new_respondent(
        session,
        _identity(invitee),
        round_id=round_id,
        locale=invitee.locale,
        notice=context.notice_version_at(session, round_id, at),
        at=at,
    )
    respondent.standing = Standing.INVITED
    links.create(session, respondent.id, at)
    return respondent


def _identity(invitee: Invitee) -> Identity:
    """Return the identity in the list of contacts, without any consent."""
    return Identity(
        capacity=invitee.capacity or NO_CAPACITY,
        organisation=invitee.organisation,
        territory=invitee.territory,
        name=invitee.name,
        address=invitee.address,
        consent_contact=False,
        consent_anonymous=False,
        consent_named=False,
    )


PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
EXAMPLE = "exemple"
"""The secret of links in previews and test mails, which opens nothing."""


@dataclass(frozen=True)
class InvitationLetter:
    """Parameters of the mail: the staff's text, in paragraphs, and the invitee's full link."""

    subject: str
    paragraphs: list[str]
    link: str

    @property
    def pieces(self) -> Sequence[Sequence[Sequence[str]]]:
        """The lines of the paragraphs, split at the link: only this one becomes a link."""
        return [
            [line.split(self.link) for line in paragraph.split("\n")]
            for paragraph in self.paragraphs
        ]


KIND = MessageKind("invitation", "invitation", InvitationLetter, "Invitation", reach=Reach.BULK)


def locale_for(mailing: Mailing, locale: str) -> str:
    """Return `locale` if the message has it, else French."""
    return locale if mailing.body.get(locale) else DEFAULT_LOCALE


def letter_for(
    mailing: Mailing, invitee: Invitee, *, locale: str, link: str, closes_at: datetime
) -> InvitationLetter:
    """Return the parameters of the mail to an invitee; the message must have `locale`."""
    values = values_for(invitee, locale, link, closes_at)
    body = localized(mailing.body, locale).strip()
    return InvitationLetter(
        subject=clean_line(fill(localized(mailing.subject, locale), values)),
        paragraphs=[fill(paragraph, values) for paragraph in PARAGRAPHS.split(body)],
        link=link,
    )


def example_link(base_url: str, locale: str) -> str:
    """Return a link of the form of a personal one, which opens nothing."""
    return f"{base_url}{prefix_for(locale)}/contributions/ouvrir/{EXAMPLE}"


EXAMPLE_NAME = "Prénom Nom"
EXAMPLE_ORGANISATION = "Nom de l'organisation"


def enqueue_test(
    session: Session, actor: Actor, mailing: Mailing, base_url: str, at: datetime
) -> int:
    """Enqueue the message to the actor in each of its languages; return how many are queued.

    None is if the actor's address is suppressed.  Raise `NotAllowed`.
    """
    if not actor.may(Permission.INVITE):
        raise NotAllowed(Permission.INVITE)
    messages = [
        outbox.enqueue(
            session,
            KIND.name,
            dedup_key=f"invitation_test:{new_id()}",
            recipient=actor.email,
            locale=locale,
            parameters=_letter(session, mailing, locale, base_url),
            at=at,
        )
        for locale in LOCALES
        if mailing.body.get(locale)
    ]
    return sum(message.status is MessageStatus.QUEUED for message in messages)


def _letter(session: Session, mailing: Mailing, locale: str, base_url: str) -> InvitationLetter:
    return letter_for(
        mailing,
        Invitee(name=EXAMPLE_NAME, organisation=EXAMPLE_ORGANISATION, locale=locale),
        locale=locale,
        link=example_link(base_url, locale),
        closes_at=session.get_one(Round, mailing.round_id).closes_at,
    )
