"""Placeholders of a message: their names, the check of a text, and filling.

Filling is one pass over a fixed table: no name of a contact can be a placeholder, and no text of
staff is run as a template.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from consultation.clock import in_paris
from consultation.i18n import Localized, folded, localized
from consultation.invitations.models import Invitee
from consultation.plan.models import Measure
from consultation.text import clip
from consultation.web.locale import in_each_language
from consultation.web.typography import day_in

NAME, ORGANISATION, MEASURES, LINK, END = "nom", "organisation", "mesures", "lien", "fin"
IN_BODY = (NAME, ORGANISATION, MEASURES, LINK, END)
IN_SUBJECT = (NAME, ORGANISATION, END)
EDITION, NUMBER = "edition", "numero"
OF_EDITION = (EDITION, NUMBER)
"""Those of both texts of a message about an edition."""

LONGEST_NAME, LONGEST_ORGANISATION, LONGEST_TITLE = 80, 120, 100
MOST_MEASURES = 3

NEUTRAL: Mapping[str, Localized] = {
    NAME: in_each_language("Madame, Monsieur"),
    ORGANISATION: in_each_language("votre organisation"),
    MEASURES: in_each_language("l'ensemble des mesures du plan"),
}
"""Values for a name, an organisation or measures that are not known."""

_TOKEN = re.compile(r"\{\{([^{}\n]*)\}\}")
_NEXT = in_each_language(" ; ")
_ONE_MORE = in_each_language("et une autre")
_MORE = in_each_language("et %(count)d autres")


def error(text: str, allowed: Collection[str]) -> str | None:
    """Return the error of the placeholders in a text, as a French sentence, or None."""
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
    """Return the names of the placeholders in a text, repeated ones repeatedly."""
    return [folded(name) for name in _TOKEN.findall(text)]


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return the text with each placeholder replaced, in one pass; raise KeyError if unknown."""
    return _TOKEN.sub(lambda match: values[folded(match[1])], text)


def as_typed(names: Collection[str]) -> str:
    """List placeholders as they are typed, for a sentence."""
    return ", ".join(f"{{{{{name}}}}}" for name in names)


def values_for(invitee: Invitee, locale: str, link: str, closes_at: datetime) -> Mapping[str, str]:
    """Return the values of the placeholders in a mail to an invitee."""
    neutral = {name: localized(text, locale) for name, text in NEUTRAL.items()}
    in_force = [measure for measure in invitee.measures if measure.retired_at is None]
    return {
        NAME: clip(invitee.name or neutral[NAME], LONGEST_NAME),
        ORGANISATION: clip(invitee.organisation or neutral[ORGANISATION], LONGEST_ORGANISATION),
        MEASURES: _measures(in_force, locale) or neutral[MEASURES],
        LINK: link,
        END: last_day(closes_at, locale),
    }


def last_day(closes_at: datetime, locale: str) -> str:
    """Return the last day to answer; for a round that closes at midnight, the day before."""
    day = in_paris(closes_at - timedelta(minutes=1)).date()
    return day_in(day, locale)


def _measures(measures: Sequence[Measure], locale: str) -> str:
    """Name the first measures and count the others, to keep the mail short."""
    listed = [
        f"{measure.code} · {clip(localized(measure.title, locale), LONGEST_TITLE)}"
        for measure in measures[:MOST_MEASURES]
    ]
    left = len(measures) - len(listed)
    if left:
        several = localized(_MORE, locale) % {"count": left}
        listed.append(localized(_ONE_MORE, locale) if left == 1 else several)
    return localized(_NEXT, locale).join(listed)
