"""Public words of judgements, values and progress, in the language of the page."""

from datetime import date

import flask_babel
from flask_babel import gettext as _
from flask_babel import ngettext

from consultation.plan.measurement.values import Value
from consultation.plan.models import MeasuredAs
from consultation.plan.values.models import Progress, Showing
from consultation.web.typography import day, number, typeset


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
    return typeset(ngettext("%(num)s sans mot", "%(num)s sans mot", count))
