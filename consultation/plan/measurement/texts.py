"""Texts of a measurement, as a form and a file have them."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from consultation.i18n import folded
from consultation.plan.measurement.values import Figure, Measurement, Value
from consultation.plan.models import MeasuredAs, Point, WantedDirection
from consultation.spreadsheets.reader.rows import QUOTED, ValueRefused, named
from consultation.text import length
from consultation.web.typography import parse_date, parse_number

TEXT_OF_POINT: Mapping[Point, str] = {
    Point.BASELINE: "baseline",
    Point.MIDTERM: "midterm_target",
    Point.FINAL: "final_target",
}
"""The free text of a wording that says the value of each point."""

PARTS = {"value": "valeur", "dated": "date", "source": "source"}
LABELS: Mapping[str, str] = {
    "measured_as": "Type de valeur",
    "direction": "Sens voulu",
    **{
        f"{point.value}_{part}": f"{point.label} : {noun}"
        for point in Point
        for part, noun in PARTS.items()
    },
}
"""The name of each text of a measurement, in French."""

LONGEST_LEVEL = 200
LONGEST_SOURCE = 500

FIELDS = (
    "measured_as",
    "direction",
    *(f"{point.value}_{part}" for point in Point for part in ("value", "dated", "source")),
)
"""The names of the texts of a measurement."""


def texts_of(measurement: Measurement) -> dict[str, str]:
    """Return the texts of a measurement by their names, as `read` takes them."""
    texts = {
        "measured_as": measurement.measured_as.label if measurement.measured_as else "",
        "direction": measurement.direction.label if measurement.direction else "",
    }
    for point in Point:
        figure = measurement.figure(point)
        texts |= {
            f"{point.value}_value": value_text(figure.value) if figure else "",
            f"{point.value}_dated": date_text(figure.dated) if figure else "",
            f"{point.value}_source": figure.source if figure else "",
        }
    return texts


def value_text(value: Value) -> str:
    """Return a value as a person types it in French."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, float | int):
        return f"{value:.15g}".replace(".", ",")
    return value


def read(
    texts: Mapping[str, str], refuse: Callable[[str, ValueRefused], None]
) -> Measurement | None:
    """Return the measurement that texts say, by the names of `FIELDS`; absent ones are blank.

    Call `refuse` with the name of each text that can't be read, and return None then.
    """
    refused: list[str] = []

    def attempt(name: str, parse: Callable[[str], Any]) -> Any:
        text = texts.get(name, "")
        if not text:
            return None
        try:
            return parse(text)
        except ValueRefused as refusal:
            refused.append(name)
            refuse(name, refusal)
            return None

    kind = attempt("measured_as", kind_of)
    direction = attempt("direction", direction_of)
    figures = {}
    for point in Point:
        value = attempt(f"{point.value}_value", lambda text: value_of(text, kind))
        dated = attempt(f"{point.value}_dated", date_of)
        source = attempt(f"{point.value}_source", source_of)
        if value is None and (dated or source) and f"{point.value}_value" not in refused:
            refused.append(point.value)
            refuse(f"{point.value}_value", ValueRefused(*NO_VALUE))
        figures[point.value] = None if value is None else Figure(value, dated or "", source or "")
    return None if refused else Measurement(kind, direction, **figures)


NO_VALUE = (
    "la date ou la source est là sans la valeur",
    "Écrivez aussi la valeur, ou effacez le reste.",
)
NO_KIND = (
    "la valeur est là sans que l'on sache ce qui se mesure",
    (
        "Dites d'abord si c'est un nombre, un pourcentage, une durée, une date, un oui ou non, ou"
        " un niveau en mots."
    ),
)


def kind_of(text: str) -> MeasuredAs:
    """Return the kind of value named in French or by the stored value; raise `ValueRefused`."""
    return named(text, MeasuredAs, "aucune valeur n'est du type")


def direction_of(text: str) -> WantedDirection:
    """Return the direction named in French or by the stored value; raise `ValueRefused`."""
    return named(text, WantedDirection, "aucun sens ne s'appelle")


def source_of(text: str) -> str:
    """Return a source that is not too long; raise `ValueRefused`."""
    return _bounded(text, LONGEST_SOURCE)


_YEAR = re.compile(r"(19|20)[0-9]{2}")
_MONTH = re.compile(r"(?P<month>0?[1-9]|1[0-2])/(?P<year>(?:19|20)[0-9]{2})")


def date_of(text: str) -> str:
    """Return a date in ISO 8601, as precise as it was typed: 2026, 06/2026 or 30/06/2026."""
    if _YEAR.fullmatch(text):
        return text
    if month := _MONTH.fullmatch(text):
        return f"{month['year']}-{int(month['month']):02}"
    if day := parse_date(text):
        return day.isoformat()
    raise ValueRefused(
        f"« {text[:QUOTED]} » n'est pas une date",
        "Écrivez une année, un mois ou un jour : 2026, 06/2026 ou 30/06/2026.",
    )


def value_of(text: str, kind: MeasuredAs | None) -> Value:
    """Return the value of a kind that a text says; raise `ValueRefused`."""
    match kind:
        case None:
            raise ValueRefused(*NO_KIND)
        case MeasuredAs.DATE:
            return _day_of(text)
        case MeasuredAs.YES_NO:
            return _yes_or_no(text)
        case MeasuredAs.LEVEL:
            return _bounded(text, LONGEST_LEVEL)
    number = parse_number(text.removesuffix("%").strip())
    if number is None:
        raise ValueRefused(
            f"« {text[:QUOTED]} » n'est pas un nombre",
            "Écrivez le nombre seul, en chiffres : 12, 12,5 ou 2 994. L'unité et la date ont leur"
            " propre place.",
        )
    return number


def _day_of(text: str) -> date:
    if day := parse_date(text):
        return day
    raise ValueRefused(
        f"« {text[:QUOTED]} » n'est pas une date",
        "Écrivez le jour, le mois et l'année, comme 24/11/2026.",
    )


def _yes_or_no(text: str) -> bool:
    answers = {"oui": True, "vrai": True, "non": False, "faux": False}
    if (answer := answers.get(folded(text))) is not None:
        return answer
    raise ValueRefused(f"« {text[:QUOTED]} » n'est ni oui ni non", "Écrivez « oui » ou « non ».")


def _bounded(text: str, most: int) -> str:
    if length(text) > most:
        raise ValueRefused(
            f"le texte compte {length(text)} caractères, la limite est de {most}",
            "Raccourcissez-le.",
        )
    return text


def date_text(dated: str) -> str:
    """Return a date in ISO 8601 as a person types it in French."""
    return "/".join(reversed(dated.split("-")))


def figure_text(figure: Figure | None) -> str | None:
    """Return a value of the plan with its date, for one cell; None for none."""
    if figure is None:
        return None
    dated = f" ({date_text(figure.dated)})" if figure.dated else ""
    return f"{value_text(figure.value)}{dated}"


_FREE = re.compile(
    r"(?P<value>[+-]?\d[\d ]*(?:[.,]\d+)?)(?P<rest> ?%?\D*(?P<year>\b(?:19|20)\d\d\b)?\D*)"
)


def free_figure(text: str) -> Figure | None:
    """Return the value that a free text seems to say, such as « 2 994 (2022) », or None.

    Only a text that begins with its one number, and names one year at most, is read; a year alone
    is no value.
    """
    match = _FREE.fullmatch(" ".join(text.split()))
    number = parse_number(match["value"].strip()) if match else None
    if match is None or number is None or _YEAR.fullmatch(match[0]):
        return None
    return Figure(number, match["year"] or "")
