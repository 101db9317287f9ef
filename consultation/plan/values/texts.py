"""Texts of an observed value: French labels, and how a form or a file says them."""

import re
from collections.abc import Mapping
from datetime import date

from consultation.i18n import folded
from consultation.plan.measurement import texts as measurement_texts
from consultation.plan.measurement.values import Value
from consultation.plan.models import MeasuredAs
from consultation.plan.values.models import (
    MissingBecause,
    Progress,
    Reporter,
    SourceKind,
    ValuePoint,
)
from consultation.plan.values.progress import Rule
from consultation.spreadsheets.reader.rows import QUOTED, ValueRefused, named
from consultation.web.typography import parse_date

POINTS: Mapping[ValuePoint, str] = {
    ValuePoint.INTERIM: "étape",
    ValuePoint.MIDTERM: "mi-parcours",
    ValuePoint.FINAL: "fin du plan",
}
MISSING: Mapping[MissingBecause, str] = {
    MissingBecause.NEVER_REQUESTED: "jamais demandé",
    MissingBecause.NO_ANSWER: "demandé, sans réponse",
    MissingBecause.REFUSED: "refusé",
    MissingBecause.DOES_NOT_EXIST: "n'existe pas",
    MissingBecause.CONFIDENTIAL: "secret statistique",
    MissingBecause.NOT_COMPARABLE: "non comparable",
}
SOURCE_KINDS: Mapping[SourceKind, str] = {
    SourceKind.OFFICIAL_STATISTICS: "statistique publique",
    SourceKind.ADMINISTRATIVE: "donnée administrative",
    SourceKind.ASSOCIATION_COUNT: "décompte associatif",
    SourceKind.SURVEY: "enquête",
    SourceKind.PRESS: "presse",
}
REPORTERS: Mapping[Reporter, str] = {
    Reporter.STATE: "État",
    Reporter.COLLECTIVE: "collectif",
    Reporter.RAPPORTEUR: "rapporteur national",
    Reporter.ASSOCIATION: "association",
}
PROGRESS: Mapping[Progress, str] = {
    Progress.REACHED: "atteint",
    Progress.ON_TRACK: "en bonne voie",
    Progress.LATE: "en retard",
    Progress.NOT_MEASURED: "non mesuré",
    Progress.NOT_COMPARABLE: "non comparable",
}
RULES: Mapping[Rule, str] = {
    Rule.TARGET_REACHED: "La dernière valeur atteint la cible.",
    Rule.AHEAD_OF_PATH: (
        "La dernière valeur est au moins là où mène la ligne droite du départ à la cible."
    ),
    Rule.BEHIND_PATH: (
        "La dernière valeur n'est pas encore là où mène la ligne droite du départ à la cible."
    ),
    Rule.TARGET_DAY_PASSED: "Le jour de la cible est passé, et elle n'est pas atteinte.",
    Rule.NO_VALUE: "Aucune valeur n'est connue.",
    Rule.OTHER_DEFINITION: (
        "La valeur suit une autre définition que la cible : on ne les compare pas."
    ),
    Rule.REPORTED_INCOMPARABLE: "La source dit que la valeur ne se compare pas.",
    Rule.SOURCES_DIFFER: "Les sources ne disent pas la même chose : à vous de dire.",
    Rule.TOO_SMALL: "Le nombre est trop petit pour être montré : on ne le compare pas à la cible.",
    Rule.HELD_BACK: "Le nombre n'est pas montré : on ne le compare pas à la cible.",
    Rule.NO_TARGET: "Il n'y a pas de cible à laquelle comparer la valeur.",
    Rule.NO_PATH: "Sans valeur de départ et sans dates, on ne sait pas où l'on devrait en être.",
    Rule.NO_DIRECTION: "Le sens voulu n'est pas dit : augmenter, diminuer ou atteindre.",
}

LONGEST_COVERS = LONGEST_SOURCE = LONGEST_LINK = 500
LONGEST_REPORTER, LONGEST_NOTE = 300, 2000

_NONE = {"n.d.", "nd", "n.d", "n/a", "na", "?", "inconnu", "inconnue", "non disponible", "-"}
_ABOUT = re.compile(r"(environ|autour de|a peu pres|pres de|plus de|moins de|~|>|<)\s*\S")
_EXPONENT = re.compile(r"[+-]?\d+(?:[.,]\d+)?e[+-]?\d+", re.IGNORECASE)


def observed(text: str, kind: MeasuredAs | None) -> Value:
    """Return the value of a kind that a text says; raise `ValueRefused` with the remedy."""
    bare = folded(text)
    if bare in _NONE:
        raise ValueRefused(
            f"« {text[:QUOTED]} » n'est pas une valeur",
            "Laissez la valeur vide, et dites pourquoi elle manque.",
        )
    if kind is not MeasuredAs.LEVEL and _ABOUT.match(bare):
        raise ValueRefused(
            f"« {text[:QUOTED]} » est une approximation",
            "Écrivez le nombre seul, et dites dans la note qu'il est approché.",
        )
    if kind in (MeasuredAs.NUMBER, MeasuredAs.PERCENTAGE, MeasuredAs.DURATION) and (
        _EXPONENT.fullmatch(text)
    ):
        raise ValueRefused(
            f"« {text[:QUOTED]} » est une écriture de calculatrice",
            "Écrivez le nombre en entier, par exemple 100 000.",
        )
    if kind in (MeasuredAs.NUMBER, MeasuredAs.DURATION) and text.endswith("%"):
        raise ValueRefused(
            f"« {text[:QUOTED]} » est un pourcentage, et l'indicateur n'en est pas un",
            "Écrivez le nombre dans l'unité de l'indicateur, sans « % ».",
        )
    return measurement_texts.value_of(text, kind)


def moment_of(text: str) -> ValuePoint | date:
    """Return the moment of the plan or the day that a text names; raise `ValueRefused`."""
    if day := parse_date(text):
        return day
    try:
        return named(text, POINTS, "")
    except ValueRefused:
        raise ValueRefused(
            f"« {text[:QUOTED]} » n'est ni un moment du plan ni un jour qui existe",
            "Écrivez « étape », « mi-parcours », « fin du plan », ou un jour comme 30/06/2026.",
        ) from None


def is_doubtful(value: Value | None, kind: MeasuredAs | None) -> bool:
    """Return whether a value is possible but unlikely: a share below 0 or above 100."""
    is_share = kind is MeasuredAs.PERCENTAGE and isinstance(value, int | float)
    return is_share and not 0 <= float(value) <= 100  # type: ignore[arg-type]
