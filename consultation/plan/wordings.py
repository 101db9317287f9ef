"""The versions of an indicator's wording, each told by what it changed."""

from dataclasses import dataclass
from datetime import datetime

from consultation.plan.changes import FIELD_WORDS
from consultation.plan.models import Indicator, IndicatorVersion
from consultation.plan.placing import WORDING


@dataclass(frozen=True)
class Reworded:
    """One field of a wording as it was before and after, in one language."""

    words: str
    before: str
    after: str


@dataclass(frozen=True)
class ToldVersion:
    """A version, and what it changed in the one before; the first changed nothing."""

    number: int
    created_at: datetime
    reason: str | None
    changed: tuple[Reworded, ...]


def versions_told(indicator: Indicator) -> list[ToldVersion]:
    """Return the versions of an indicator, the last one first."""
    versions = indicator.versions
    before: list[IndicatorVersion | None] = [None, *versions[:-1]]
    told = [
        ToldVersion(version.number, version.created_at, version.reason, _changed(earlier, version))
        for earlier, version in zip(before, versions, strict=True)
    ]
    return told[::-1]


def _changed(before: IndicatorVersion | None, after: IndicatorVersion) -> tuple[Reworded, ...]:
    if before is None:
        return ()
    found = []
    for name in WORDING:
        old, new = getattr(before, name) or {}, getattr(after, name) or {}
        for locale, suffix in (("fr", ""), ("en", " (anglais)")):
            if old.get(locale, "") != new.get(locale, ""):
                words = f"{FIELD_WORDS[name]}{suffix}"
                found.append(Reworded(words, old.get(locale, ""), new.get(locale, "")))
    return tuple(found)
