"""Differences between two wordings of an indicator, in the language of the page where both have it.

A text that only one of them has in English is compared in French, so that a translation that came
later is not taken for another text.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from consultation.decisions.models import IndicatorChange, IndicatorDecision
from consultation.i18n import DEFAULT_LOCALE, Localized
from consultation.plan.drafts import WORDING
from consultation.plan.models import IndicatorVersion
from consultation.plan.text_diff import TextChange

Wording = Mapping[str, Localized | None]


@dataclass(frozen=True)
class WordingChange:
    """A text of a wording before and after; `name` is its name in `plan.drafts.WORDING`."""

    name: str
    locale: str
    change: TextChange


def wording_of(version: IndicatorVersion | None) -> Wording:
    """Return the texts of a version by name; none of them without one."""
    return {name: getattr(version, name) for name in WORDING} if version else {}


def changed_texts(before: Wording, after: Wording, locale: str) -> Sequence[WordingChange]:
    """Return the texts that differ, in their order."""
    return list(_changes(before, after, locale))


def of_decision(decision: IndicatorDecision, locale: str) -> Sequence[WordingChange]:
    if decision.change not in (IndicatorChange.REWORD, IndicatorChange.ADD):
        return ()
    return changed_texts(wording_of(decision.version), decision.wording or {}, locale)


def _changes(before: Wording, after: Wording, locale: str) -> Iterator[WordingChange]:
    for name in WORDING:
        old, new = before.get(name) or {}, after.get(name) or {}
        is_spoken = all(text.get(locale) for text in (old, new) if text)
        spoken = locale if is_spoken else DEFAULT_LOCALE
        texts = old.get(spoken, ""), new.get(spoken, "")
        if texts[0] != texts[1]:
            yield WordingChange(name, spoken, TextChange(name, *texts))
