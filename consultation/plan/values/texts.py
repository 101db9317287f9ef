"""Texts of an observed value: how a form or a file says it."""

import re
from datetime import date

from consultation.i18n import folded
from consultation.plan.measurement import texts as measurement_texts
from consultation.plan.measurement.values import Value
from consultation.plan.models import MeasuredAs
from consultation.plan.values.models import (
    ValuePoint,
)
from consultation.spreadsheets.reader.rows import QUOTED, ValueRefused, named
from consultation.web.typography import parse_date

LONGEST_COVERS = LONGEST_SOURCE = LONGEST_LINK = 500
LONGEST_REPORTER, LONGEST_NOTE = 300, 2000

EARLIER_NAMES = {"etape": ValuePoint.INTERIM}
"""What older files call an échéance, folded."""

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
        return named(text, ValuePoint, "", EARLIER_NAMES)
    except ValueRefused:
        raise ValueRefused(
            f"« {text[:QUOTED]} » n'est ni une échéance du plan ni un jour qui existe",
            "Écrivez « échéance intermédiaire », « mi-parcours », « fin du plan », ou un jour comme"
            " 30/06/2026.",
        ) from None


def is_doubtful(value: Value | None, kind: MeasuredAs | None) -> bool:
    """Return whether a value is possible but unlikely: a share below 0 or above 100."""
    is_share = kind is MeasuredAs.PERCENTAGE and isinstance(value, int | float)
    return is_share and not 0 <= float(value) <= 100  # type: ignore[arg-type]
