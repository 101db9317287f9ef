"""Public words of judgements, values and progress, in the language of the page."""

from datetime import date

import flask_babel
from flask_babel import gettext as _
from flask_babel import ngettext

from consultation.i18n import N_
from consultation.plan.measurement.values import Value
from consultation.plan.models import Assessor, MeasuredAs, WantedDirection
from consultation.plan.values.models import Progress, Showing
from consultation.plan.values.progress import Rule
from consultation.plan.values.publication import PublicProgress
from consultation.web.typography import day, label_of, number, typeset

SHORT_NAMES = {
    Assessor.STATE: N_("État"),
    Assessor.COLLECTIVE: N_("Collectif"),
    Assessor.RAPPORTEUR: N_("Rapporteur"),
}
"""Names of the assessors beside a sign or a square."""
AIMS = {
    WantedDirection.MORE: ("↑", N_("faire monter")),
    WantedDirection.LESS: ("↓", N_("faire baisser")),
    WantedDirection.REACH: ("→", N_("atteindre la cible")),
}
"""Where the value of an indicator is to go, as an arrow and in words."""


def value_text(value: Value, kind: MeasuredAs | None) -> str:
    """Return a value without its unit; a level in words is in French."""
    if isinstance(value, bool):
        return str(_("oui") if value else _("non"))
    if isinstance(value, date):
        return day(value)
    if isinstance(value, str):
        return value
    return f"{number(value)} %" if kind is MeasuredAs.PERCENTAGE else number(value)


def dated_text(dated: str) -> str:
    """Return a date in ISO 8601 in words, as precise as it is."""
    year, *rest = map(int, dated.split("-"))
    if not rest:
        return str(year)
    if len(rest) == 1:
        return str(flask_babel.format_date(date(year, rest[0], 1), "MMMM y"))
    return day(date(year, *rest))


def hidden_text(showing: Showing, less_than: int | None) -> str:
    """Return the words in the place of a number that is not shown."""
    if showing == Showing.HELD_BACK:
        return typeset(_("non montré"))
    if less_than is None:
        return typeset(_("petit nombre (seuil inconnu)"))
    return typeset(_("moins de %(count)s", count=number(less_than)))


def hidden_reason(showing: Showing) -> str:
    """Return why a number is not shown."""
    if showing == Showing.HELD_BACK:
        why = _("Ce nombre n'est pas montré : il ferait retrouver un nombre trop petit.")
        return typeset(why)
    return typeset(_("Le nombre exact n'est pas montré : il pourrait faire reconnaître quelqu'un."))


def progress_count(progress: Progress | None, count: int) -> str:
    """Return how many indicators have a word, or none."""
    match progress:
        case Progress.REACHED:
            return typeset(ngettext("%(num)s atteint", "%(num)s atteints", count))
        case Progress.ON_TRACK:
            return typeset(ngettext("%(num)s en bonne voie", "%(num)s en bonne voie", count))
        case Progress.LATE:
            return typeset(ngettext("%(num)s en retard", "%(num)s en retard", count))
        case Progress.NOT_MEASURED:
            return typeset(ngettext("%(num)s non mesuré", "%(num)s non mesurés", count))
        case Progress.NOT_COMPARABLE:
            return typeset(ngettext("%(num)s non comparable", "%(num)s non comparables", count))
    return typeset(ngettext("%(num)s sans conclusion", "%(num)s sans conclusion", count))


def short_name(assessor: Assessor) -> str:
    """Return the name of an assessor beside a sign or a square."""
    return typeset(_(SHORT_NAMES[assessor]))


def progress_text(public: PublicProgress) -> str:
    """Return how far an indicator is, or that no word can be given and why."""
    if public.progress:
        return label_of(public.progress)
    has_several = public.conclusion.rule is Rule.SOURCES_DIFFER
    return typeset(_("sources divergentes") if has_several else _("sans conclusion"))


def aim_text(direction: WantedDirection | None) -> str:
    """Return the direction in which a value is to go, empty where none is given."""
    return typeset(_(AIMS[direction][1])) if direction in AIMS else ""


def direction_text(direction: WantedDirection | None) -> str:
    """Return the same as a sentence after its arrow."""
    if direction not in AIMS:
        return ""
    aim = _("Objectif : %(aim)s", aim=aim_text(direction))
    return typeset(f"{AIMS[direction][0]} {aim}")
