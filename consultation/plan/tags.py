"""Tags of measures: the themes and professions that organisers give them, as free words."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from consultation.i18n import DEFAULT_LOCALE, Localized, folded
from consultation.plan.models import Measure

_SEPARATOR = re.compile(r"[,;\n]")


@dataclass(frozen=True)
class Tag:
    """A word given to measures; `code` is its folded form, the same for each spelling."""

    code: str
    label: Localized

    def __hash__(self) -> int:
        return hash(self.code)


def tags_of(measure: Measure) -> list[Tag]:
    """Return the tags of a measure; translations count where there are as many as French ones."""
    written = {locale: _parts(text) for locale, text in (measure.tags or {}).items()}
    french = written.get(DEFAULT_LOCALE, [])
    whole = {locale: names for locale, names in written.items() if len(names) == len(french)}
    return [
        Tag(folded(name), {locale: names[place] for locale, names in whole.items()})
        for place, name in enumerate(french)
    ]


def all_tags(measures: Iterable[Measure]) -> list[Tag]:
    """Return the tags of these measures in alphabetical order, in their first spelling."""
    by_code: dict[str, Tag] = {}
    for measure in measures:
        for tag in tags_of(measure):
            by_code.setdefault(tag.code, tag)
    return sorted(by_code.values(), key=lambda tag: tag.code)


def having_any(measures: Sequence[Measure], codes: Collection[str]) -> list[Measure]:
    """Return the measures that have one of the tags; all of them without any."""
    return [it for it in measures if not codes or any(tag.code in codes for tag in tags_of(it))]


def _parts(text: str) -> list[str]:
    return [name for part in _SEPARATOR.split(text) if (name := " ".join(part.split()))]
