"""Languages of the site: those that visitors see, and who read the others.

A language that nobody who has it as their own has read is shown on a site of this machine alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.collective.models import LanguageReading
from consultation.db.inserts import insert_once
from consultation.i18n import LANGUAGES, OTHER_LOCALES, Language
from consultation.settings import is_local
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

LONGEST_READER = 200
READ_BEFORE = frozenset(tag for tag, it in LANGUAGES.items() if it.is_read)
"""The languages that were read before they shipped."""


@dataclass(frozen=True)
class SiteLanguage:
    """A language of the site, with who read it where that was noted."""

    language: Language
    reading: LanguageReading | None

    @property
    def is_read(self) -> bool:
        return self.language.is_read or self.reading is not None


def listed(session: Session) -> Sequence[SiteLanguage]:
    """Return the languages of the site other than French."""
    readings = {it.tag: it for it in session.scalars(sa.select(LanguageReading))}
    return [SiteLanguage(LANGUAGES[tag], readings.get(tag)) for tag in OTHER_LOCALES]


def read(session: Session) -> frozenset[str]:
    """Return the tags of the languages that somebody who has them as their own has read."""
    if LANGUAGES.keys() == READ_BEFORE:
        return READ_BEFORE
    noted = frozenset(session.scalars(sa.select(LanguageReading.tag)))
    return READ_BEFORE | (noted & LANGUAGES.keys())


def displayed(read: frozenset[str], base_url: str) -> frozenset[str]:
    """Return the tags of the languages that visitors of an address see; `read` were read."""
    return frozenset(LANGUAGES) if is_local(base_url) else read


@needs(Permission.RUN_ROUNDS)
def note(work: Work, tag: str, reader: str) -> None:
    """Note who read a language, which visitors see from then on."""
    row = {"tag": tag, "reader": reader, "noted_at": work.at, "account_id": work.actor.id}
    if insert_once(work.session, LanguageReading, row) is not None:
        audit_log.log(work, "language_read", None, {"language": tag})


@needs(Permission.RUN_ROUNDS)
def take_back(work: Work, tag: str) -> None:
    """Take the note back; on a public site, visitors do not see the language any more."""
    reading = work.session.get(LanguageReading, tag)
    if reading is not None:
        work.session.delete(reading)
        audit_log.log(work, "language_reading_taken_back", None, {"language": tag})
