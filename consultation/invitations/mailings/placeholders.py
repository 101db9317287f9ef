"""Placeholders of a message: which there are, what is wrong with those typed, and their filling.

A name is looked for in one table of ours and replaced once: nothing that a contact is called can
be a placeholder, and no text of the staff is ever run as a template.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from babel.dates import format_date

from consultation.clock import in_paris
from consultation.i18n import folded, localized
from consultation.invitations.models import Invitee
from consultation.plan.models import Measure
from consultation.text import clip

NAME, ORGANISATION, MEASURES, LINK, END = "nom", "organisation", "mesures", "lien", "fin"
IN_BODY = (NAME, ORGANISATION, MEASURES, LINK, END)
IN_SUBJECT = (NAME, ORGANISATION, END)

LONGEST_NAME, LONGEST_ORGANISATION, LONGEST_TITLE = 80, 120, 100
MOST_MEASURES = 3

NEUTRAL: Mapping[str, Mapping[str, str]] = {
    "fr": {
        NAME: "Madame, Monsieur",
        ORGANISATION: "votre organisation",
        MEASURES: "l'ensemble des mesures du plan",
    },
    "en": {
        NAME: "Sir or Madam",
        ORGANISATION: "your organisation",
        MEASURES: "all the measures of the plan",
    },
}
"""What stands for a name, an organisation or measures that are not known."""

_TOKEN = re.compile(r"\{\{([^{}\n]*)\}\}")
_MORE = {"fr": ("et une autre", "et {count} autres"), "en": ("and another", "and {count} others")}


def error(text: str, allowed: Collection[str]) -> str | None:
    """Return what is wrong with the placeholders of a text, in a sentence, or None."""
    unknown = [name for name in names_in(text) if name not in allowed]
    if unknown:
        listed = ", ".join(f"{{{{{name}}}}}" for name in dict.fromkeys(unknown))
        return f"{listed} n'est pas un repère possible ici. Les repères sont {as_typed(allowed)}."
    if re.search("[{}]", _TOKEN.sub("", text)):
        return (
            "Une accolade est seule ou mal fermée. Un repère s'écrit entre deux accolades de"
            f" chaque côté : {as_typed(allowed)}."
        )
    return None


def names_in(text: str) -> Sequence[str]:
    """Return the names of the placeholders in a text, as often as they stand there."""
    return [folded(name) for name in _TOKEN.findall(text)]


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return the text with each placeholder replaced, in one pass; raise KeyError if unknown."""
    return _TOKEN.sub(lambda found: values[folded(found[1])], text)


def as_typed(names: Collection[str]) -> str:
    """Return the placeholders as they are typed, for a sentence."""
    return ", ".join(f"{{{{{name}}}}}" for name in names)


def values_for(invitee: Invitee, locale: str, link: str, closes_at: datetime) -> Mapping[str, str]:
    """Return what the placeholders stand for in a mail to this invitee."""
    neutral = NEUTRAL[locale]
    return {
        NAME: clip(invitee.name or neutral[NAME], LONGEST_NAME),
        ORGANISATION: clip(invitee.organisation or neutral[ORGANISATION], LONGEST_ORGANISATION),
        MEASURES: _measures(_in_force(invitee), locale) or neutral[MEASURES],
        LINK: link,
        END: last_day(closes_at, locale),
    }


def last_day(closes_at: datetime, locale: str) -> str:
    """Return the last day on which one can answer; a round that ends at midnight ends before."""
    day = in_paris(closes_at - timedelta(minutes=1)).date()
    text = format_date(day, "d MMMM y", locale=locale)
    return re.sub(r"^1 ", "1er ", text) if locale == "fr" else text


def _in_force(invitee: Invitee) -> Sequence[Measure]:
    return [measure for measure in invitee.measures if measure.retired_at is None]


def _measures(measures: Sequence[Measure], locale: str) -> str:
    """Name the first measures and count the others: a mail has to stay short."""
    listed = [
        f"{measure.code} · {clip(localized(measure.title, locale), LONGEST_TITLE)}"
        for measure in measures[:MOST_MEASURES]
    ]
    left = len(measures) - len(listed)
    if left:
        one, many = _MORE[locale]
        listed.append(one if left == 1 else many.format(count=left))
    return " ; ".join(listed) if locale == "fr" else "; ".join(listed)
