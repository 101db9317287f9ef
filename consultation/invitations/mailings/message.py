"""Invitation message: the mail to one invitee, and the test mail of a mailing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from consultation.i18n import DEFAULT_LOCALE, LOCALES, localized, prefix_for
from consultation.invitations.mailings.placeholders import fill, values_for
from consultation.invitations.models import Invitee, Mailing
from consultation.mail import circulars
from consultation.mail.kinds import MessageKind, Reach
from consultation.questionnaires.models import Round
from consultation.text import clean_line
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
EXAMPLE = "exemple"
"""The secret of links in previews and test mails, which opens nothing."""


@dataclass(frozen=True)
class InvitationLetter:
    """Parameters of the mail: the staff's text, in paragraphs, and the invitee's full link."""

    subject: str
    paragraphs: list[str]
    link: str
    is_trial: bool = False

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
    return locale if locale in languages(mailing) else DEFAULT_LOCALE


def languages(mailing: Mailing) -> Sequence[str]:
    """Return the languages in which a message has both its texts."""
    texts = (mailing.subject, mailing.body)
    return [locale for locale in LOCALES if all(text.get(locale) for text in texts)]


def texts_for(mailing: Mailing, locale: str, values: Mapping[str, str]) -> tuple[str, list[str]]:
    """Return the subject and the paragraphs of a message, with the placeholders filled in."""
    body = localized(mailing.body, locale).strip()
    subject = clean_line(fill(localized(mailing.subject, locale), values))
    return subject, [fill(paragraph, values) for paragraph in _PARAGRAPHS.split(body)]


def letter_for(
    mailing: Mailing, invitee: Invitee, *, locale: str, link: str, of_round: Round
) -> InvitationLetter:
    """Return the parameters of the mail to an invitee; the message must have `locale`."""
    values = values_for(invitee, locale, link, of_round.closes_at)
    subject, paragraphs = texts_for(mailing, locale, values)
    return InvitationLetter(subject, paragraphs, link, is_trial=of_round.is_trial)


def example_link(base_url: str, locale: str) -> str:
    """Return a link of the form of a personal one, which opens nothing."""
    return f"{base_url}{prefix_for(locale)}/contributions/ouvrir/{EXAMPLE}"


EXAMPLE_NAME = "Prénom Nom"
EXAMPLE_ORGANISATION = "Nom de l'organisation"


@needs(Permission.INVITE)
def enqueue_test(work: Work, mailing: Mailing, base_url: str) -> int:
    """Enqueue the message to the actor in each of its languages; return how many will leave.

    None does if the actor's address is suppressed.  Raise `NotAllowed`.
    """
    return circulars.try_out(
        work,
        KIND,
        {it: _letter(work.session, mailing, it, base_url) for it in languages(mailing)},
    )


def _letter(session: Session, mailing: Mailing, locale: str, base_url: str) -> InvitationLetter:
    return letter_for(
        mailing,
        Invitee(name=EXAMPLE_NAME, organisation=EXAMPLE_ORGANISATION, locale=locale),
        locale=locale,
        link=example_link(base_url, locale),
        of_round=session.get_one(Round, mailing.round_id),
    )
