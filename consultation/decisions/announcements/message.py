"""Message about an edition: the mail to one mailbox, the texts it begins with, and its test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from consultation.decisions.models import PlanEdition
from consultation.i18n import localized, prefix_for, shipped_text
from consultation.invitations.mailings.drafts import Draft
from consultation.invitations.mailings.message import (
    example_link,
    languages,
    locale_for,
    texts_for,
)
from consultation.invitations.mailings.placeholders import EDITION, LONGEST_TITLE, NUMBER
from consultation.invitations.models import Mailing
from consultation.mail import circulars
from consultation.mail.kinds import MessageKind, Reach
from consultation.plan.models import Measure
from consultation.text import clean_line, clip
from consultation.web.locale import in_each_language
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

__all__ = ["example_link", "locale_for"]

MOST_MEASURES = 12


@dataclass(frozen=True)
class EditionLetter:
    """Parameters of the mail: the staff's text, and what it is followed by; nobody's answers.

    `measures` are titles, of which `more` are left out; `spaces` are the full links of the
    respondents of the mailbox.
    """

    subject: str
    paragraphs: list[str]
    measures: list[str]
    more: int
    spaces: list[str]
    decisions: str
    is_trial: bool = False

    @property
    def lines(self) -> Sequence[Sequence[str]]:
        """The lines of each paragraph."""
        return [paragraph.split("\n") for paragraph in self.paragraphs]


KIND = MessageKind("edition", "edition", EditionLetter, "Suites données", reach=Reach.BULK)
FIRST_MESSAGE = Draft(
    subject=in_each_language("Ce que sont devenues vos contributions"),
    body=shipped_text("edition.txt"),
)
"""The draft that a new message begins with."""


def letter_for(
    mailing: Mailing,
    edition: PlanEdition,
    *,
    locale: str,
    measures: Sequence[Measure],
    spaces: Sequence[str],
    base_url: str,
    is_trial: bool = False,
) -> EditionLetter:
    """Return the parameters of the mail to one mailbox; the message must have `locale`."""
    subject, paragraphs = texts_for(mailing, locale, _values(edition, locale))
    titles = [clip(clean_line(localized(it.title, locale)), LONGEST_TITLE) for it in measures]
    return EditionLetter(
        subject=subject,
        paragraphs=paragraphs,
        measures=titles[:MOST_MEASURES],
        more=max(0, len(titles) - MOST_MEASURES),
        spaces=list(spaces),
        decisions=f"{base_url}{prefix_for(locale)}/decisions?edition={edition.number}",
        is_trial=is_trial,
    )


@needs(Permission.INVITE)
def enqueue_test(work: Work, mailing: Mailing, edition: PlanEdition, base_url: str) -> int:
    """Enqueue the message to the actor in each of its languages; return how many will leave.

    It names the measures of the edition, and its link opens nothing.  Raise `NotAllowed`.
    """
    decided = {it.measure.id: it.measure for it in edition.decisions}
    letters = {
        locale: letter_for(
            mailing,
            edition,
            locale=locale,
            measures=list(decided.values()),
            spaces=[example_link(base_url, locale)],
            base_url=base_url,
        )
        for locale in languages(mailing)
    }
    return circulars.try_out(work, KIND, letters)


def _values(edition: PlanEdition, locale: str) -> Mapping[str, str]:
    return {
        EDITION: clip(clean_line(localized(edition.title, locale)), LONGEST_TITLE),
        NUMBER: str(edition.number),
    }
