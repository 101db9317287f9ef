"""Public words of judgements, values and progress, in the language of the page."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

import flask_babel
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from consultation.i18n import LOCALES
from consultation.plan.measurement.values import Value
from consultation.plan.models import Assessor, Level, MeasuredAs, Point
from consultation.plan.values.models import (
    MissingBecause,
    Progress,
    Reporter,
    Showing,
    SourceKind,
    ValuePoint,
)
from consultation.plan.values.progress import Rule
from consultation.web.locale import current_locale
from consultation.web.typography import day, number, typeset

ASSESSORS: Mapping[Assessor, object] = {
    Assessor.STATE: _l("L'État"),
    Assessor.COLLECTIVE: _l("Le collectif"),
    Assessor.RAPPORTEUR: _l("Le rapporteur national"),
}
LEVELS: Mapping[Level, object] = {
    Level.NOT_ENGAGED: _l("non engagée"),
    Level.ENGAGED: _l("engagée"),
    Level.NOT_DONE: _l("non réalisée"),
    Level.PARTLY_DONE: _l("partiellement réalisée"),
    Level.DONE: _l("réalisée"),
}
POINTS: Mapping[ValuePoint, object] = {
    ValuePoint.INTERIM: _l("étape"),
    ValuePoint.MIDTERM: _l("mi-parcours"),
    ValuePoint.FINAL: _l("fin du plan"),
}
FIGURES: Mapping[Point, object] = {
    Point.BASELINE: _l("Valeur de départ"),
    Point.MIDTERM: _l("Cible à mi-parcours"),
    Point.FINAL: _l("Cible finale"),
}
MISSING: Mapping[MissingBecause, object] = {
    MissingBecause.NEVER_REQUESTED: _l("jamais demandé"),
    MissingBecause.NO_ANSWER: _l("demandé, sans réponse"),
    MissingBecause.REFUSED: _l("refusé"),
    MissingBecause.DOES_NOT_EXIST: _l("n'existe pas"),
    MissingBecause.CONFIDENTIAL: _l("secret statistique"),
    MissingBecause.NOT_COMPARABLE: _l("non comparable"),
}
SOURCE_KINDS: Mapping[SourceKind, object] = {
    SourceKind.OFFICIAL_STATISTICS: _l("statistique publique"),
    SourceKind.ADMINISTRATIVE: _l("donnée administrative"),
    SourceKind.ASSOCIATION_COUNT: _l("décompte associatif"),
    SourceKind.SURVEY: _l("enquête"),
    SourceKind.PRESS: _l("presse"),
}
REPORTERS: Mapping[Reporter, object] = {
    Reporter.STATE: _l("l'État"),
    Reporter.COLLECTIVE: _l("le collectif"),
    Reporter.RAPPORTEUR: _l("le rapporteur national"),
    Reporter.ASSOCIATION: _l("une association"),
}
PROGRESS: Mapping[Progress, object] = {
    Progress.REACHED: _l("atteint"),
    Progress.ON_TRACK: _l("en bonne voie"),
    Progress.LATE: _l("en retard"),
    Progress.NOT_MEASURED: _l("non mesuré"),
    Progress.NOT_COMPARABLE: _l("non comparable"),
}
RULES: Mapping[Rule, object] = {
    Rule.TARGET_REACHED: _l("La dernière valeur atteint la cible."),
    Rule.AHEAD_OF_PATH: _l(
        "La dernière valeur est au moins là où mène la ligne droite du départ à la cible."
    ),
    Rule.BEHIND_PATH: _l(
        "La dernière valeur n'est pas encore là où mène la ligne droite du départ à la cible."
    ),
    Rule.TARGET_DAY_PASSED: _l("Le jour de la cible est passé, et elle n'est pas atteinte."),
    Rule.NO_VALUE: _l("Aucune valeur n'est connue."),
    Rule.OTHER_DEFINITION: _l(
        "La valeur suit une autre définition que la cible : on ne les compare pas."
    ),
    Rule.REPORTED_INCOMPARABLE: _l("La source dit que la valeur ne se compare pas."),
    Rule.SOURCES_DIFFER: _l(
        "Les sources ne disent pas la même chose : aucun mot n'est donné, elles sont côte à côte."
    ),
    Rule.TOO_SMALL: _l(
        "Le nombre est trop petit pour être montré : on ne le compare pas à la cible."
    ),
    Rule.HELD_BACK: _l("Le nombre n'est pas montré : on ne le compare pas à la cible."),
    Rule.NO_TARGET: _l("Il n'y a pas de cible à laquelle comparer la valeur."),
    Rule.NO_PATH: _l(
        "Sans valeur de départ et sans dates, on ne sait pas où l'on devrait en être."
    ),
    Rule.NO_DIRECTION: _l("Le sens voulu n'est pas dit : augmenter, diminuer ou atteindre."),
}


_KINDS: Mapping[str, Mapping[Any, object]] = {
    "assessor": ASSESSORS,
    "level": LEVELS,
    "point": POINTS,
    "figure": FIGURES,
    "missing": MISSING,
    "source": SOURCE_KINDS,
    "reporter": REPORTERS,
    "progress": PROGRESS,
    "rule": RULES,
}


@lru_cache(maxsize=len(LOCALES))
def _typeset(_locale: str) -> Mapping[str, Mapping[Any, str]]:
    """Return all labels in the language of the page: an overview has thousands."""
    return {
        kind: {key: typeset(str(label)) for key, label in labels.items()}
        for kind, labels in _KINDS.items()
    }


def labels_of(kind: str) -> Mapping[Any, str]:
    """Return the labels of a kind, such as "progress", in the language of the page."""
    return _typeset(current_locale())[kind]


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
