"""Stale translations: those made of another French text than the one that stands now.

A translation is known by its words, so it stays stale in a copy, or in an earlier state that
comes back, and whatever the text belongs to.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.collective.models import StaleTranslation
from consultation.db.inserts import insert_once
from consultation.db.stale import digest
from consultation.i18n import DEFAULT_LOCALE, Localized

Rewording = tuple[Mapping[str, str] | None, Mapping[str, str] | None]
"""A text before and after an edit, None where there was none or is none any more."""


@dataclass(frozen=True)
class StaleTranslations:
    """Those of the site, as they stand now."""

    french: Mapping[str, str]
    """The French that was translated, by the digest of the translation."""

    def french_of(self, text: Mapping[str, str], tag: str) -> str | None:
        """Return the French of which a translation was made, None where it is today's."""
        if not self.french or not text.get(tag):
            return None
        return self.french.get(_digest(text, tag))


def load(session: Session) -> StaleTranslations:
    rows = session.execute(sa.select(StaleTranslation.digest, StaleTranslation.french))
    return StaleTranslations({row.digest: row.french for row in rows})


def note(session: Session, rewordings: Iterable[Rewording]) -> None:
    """Note which translations an edit leaves behind its French, and which it writes anew.

    To be called in the transaction of the edit.
    """
    changed = [(it[0] or {}, it[1] or {}) for it in rewordings if it[0] != it[1]]
    if not changed:
        return
    known = load(session)
    kept: dict[str, str] = {}
    current: set[str] = set()
    for before, after in changed:
        for tag in after.keys() - {DEFAULT_LOCALE}:
            french = _translated_french(known, before, after, tag)
            if french == after.get(DEFAULT_LOCALE):
                current.add(_digest(after, tag))
            elif french is not None:
                kept[_digest(after, tag)] = french
    confirm_digests(session, current & known.french.keys())
    for key, french in kept.items():
        insert_once(session, StaleTranslation, {"digest": key, "french": french})


def confirm(session: Session, text: Localized, tag: str) -> bool:
    """Note that a translation is right for today's French; return whether it was stale."""
    return confirm_digests(session, {_digest(text, tag)}) > 0


def confirm_digests(session: Session, digests: Iterable[str]) -> int:
    """Note the same of translations by their digests; return how many were stale."""
    of_digests = StaleTranslation.digest.in_(list(digests))
    result = session.execute(sa.delete(StaleTranslation).where(of_digests))
    return int(getattr(result, "rowcount", 0))


def note_french(session: Session, text: Localized, tag: str, french: str) -> None:
    """Note that a translation was made of another French than that of the text."""
    insert_once(session, StaleTranslation, {"digest": _digest(text, tag), "french": french})


def _translated_french(
    known: StaleTranslations, before: Mapping[str, str], after: Mapping[str, str], tag: str
) -> str | None:
    """Return the French of a translation after an edit, None where there is none to compare."""
    if not after[tag] or not after.get(DEFAULT_LOCALE, "").strip():
        return None
    if before.get(tag) != after[tag] or not before.get(DEFAULT_LOCALE, "").strip():
        return after[DEFAULT_LOCALE]
    return known.french_of(before, tag) or before[DEFAULT_LOCALE]


def _digest(text: Mapping[str, str], tag: str) -> str:
    return digest(tag, text.get(DEFAULT_LOCALE, ""), text.get(tag, ""))
