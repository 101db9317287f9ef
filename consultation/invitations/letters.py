"""The letter to an invitee: the kind of mail, and what it says with its placeholders filled."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.invitations.models import Invitee, Mailing
from consultation.invitations.placeholders import fill, values_for
from consultation.mail.kinds import MessageKind, Reach
from consultation.text import clean_line
from consultation.web.locale import prefix_for

PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
EXAMPLE = "exemple"
"""Stands for the secret of a link in a preview or a trial: it opens nothing."""


@dataclass(frozen=True)
class InvitationLetter:
    """What the mail says: the staff's words, in paragraphs, and the invitee's link in full."""

    subject: str
    paragraphs: list[str]
    link: str

    @property
    def pieces(self) -> Sequence[Sequence[Sequence[str]]]:
        """The paragraphs, by line, cut where the link stands: only our own link is one."""
        return [
            [line.split(self.link) for line in paragraph.split("\n")]
            for paragraph in self.paragraphs
        ]


KIND = MessageKind("invitation", "invitation", InvitationLetter, "Invitation", reach=Reach.BULK)


def locale_for(mailing: Mailing, locale: str) -> str:
    """Return the language that an invitee is written to in: theirs, when the message has it."""
    return locale if mailing.body.get(locale) else DEFAULT_LOCALE


def letter_for(
    mailing: Mailing, invitee: Invitee, *, locale: str, link: str, closes_at: datetime
) -> InvitationLetter:
    """Return the letter of a mailing to one invitee, in a language that the message has."""
    values = values_for(invitee, locale, link, closes_at)
    body = localized(mailing.body, locale).strip()
    return InvitationLetter(
        subject=clean_line(fill(localized(mailing.subject, locale), values)),
        paragraphs=[fill(paragraph, values) for paragraph in PARAGRAPHS.split(body)],
        link=link,
    )


def example_link(base_url: str, locale: str) -> str:
    """Return a link that looks like one and opens nothing."""
    return f"{base_url}{prefix_for(locale)}/contributions/ouvrir/{EXAMPLE}"
