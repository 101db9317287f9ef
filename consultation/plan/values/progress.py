"""Progress of an indicator in words: from baseline, targets, direction and dates, by stated rules.

There is never a percentage, and never a word across a break: a value of another definition is not
compared with the targets of this one.
"""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from consultation.i18n import N_, Labelled, folded
from consultation.plan.measurement.values import Figure, Measurement, Value
from consultation.plan.models import MeasuredAs, WantedDirection
from consultation.plan.values.models import MissingBecause, Progress, Showing, ValuePoint

SMALLEST_DIFFERENCE = 1e-9
"""Numbers that differ by less are the same: they were typed in decimals."""


class Rule(Labelled):
    """The rule by which a word was given, or why none could be."""

    TARGET_REACHED = "target_reached", N_("La dernière valeur atteint la cible.")
    AHEAD_OF_PATH = (
        "ahead_of_path",
        N_("La dernière valeur suit le rythme attendu pour atteindre la cible."),
    )
    BEHIND_PATH = (
        "behind_path",
        N_("La dernière valeur n'est pas au rythme attendu pour atteindre la cible."),
    )
    TARGET_DAY_PASSED = (
        "target_day_passed",
        N_("L'échéance est passée et la cible n'est pas atteinte."),
    )
    NO_VALUE = "no_value", N_("Aucune valeur n'est connue.")
    OTHER_DEFINITION = (
        "other_definition",
        N_("La valeur suit une autre définition que la cible : on ne les compare pas."),
    )
    REPORTED_INCOMPARABLE = (
        "reported_incomparable",
        N_("La source dit que la valeur ne se compare pas."),
    )
    SOURCES_DIFFER = (
        "sources_differ",
        "Les sources donnent des valeurs différentes : à vous de dire.",
        N_("Les sources donnent des valeurs différentes. Nous ne tranchons pas : les voici."),
    )
    TOO_SMALL = (
        "too_small",
        N_("Le nombre est trop petit pour être montré : on ne le compare pas à la cible."),
    )
    HELD_BACK = "held_back", N_("Le nombre n'est pas montré : on ne le compare pas à la cible.")
    NO_TARGET = "no_target", N_("Il n'y a pas de cible à laquelle comparer la valeur.")
    NO_PATH = (
        "no_path",
        N_("Sans valeur de départ et sans dates, on ne sait pas où l'on devrait en être."),
    )
    NO_DIRECTION = (
        "no_direction",
        N_("L'objectif n'est pas dit : faire monter, faire baisser ou atteindre la cible."),
    )


@dataclass(frozen=True)
class Conclusion:
    """A word, None where none can be given, and the rule that it follows."""

    progress: Progress | None
    rule: Rule


@dataclass(frozen=True)
class Observation:
    """A value as progress sees it; `value` is None where it is missing.

    `observed_on` is in ISO 8601, as precise as it is known.  `is_of_series` says whether it was
    measured by the definition of the targets; `hidden`, how the value is shown where its number is
    not, nor is here.
    """

    value: Value | None
    point: ValuePoint | None = None
    observed_on: str = ""
    missing_because: MissingBecause | None = None
    is_of_series: bool = True
    hidden: Showing | None = None


def conclude(
    measurement: Measurement, observations: Sequence[Observation], today: date
) -> Conclusion:
    """Return the word for the latest observations; those of one moment may come from many sources.

    `observations` are in the order of their moments, the latest last.
    """
    latest = _latest(observations)
    if not latest:
        return Conclusion(Progress.NOT_MEASURED, Rule.NO_VALUE)
    comparable = [it for it in latest if it.is_of_series]
    if not comparable:
        return Conclusion(Progress.NOT_COMPARABLE, Rule.OTHER_DEFINITION)
    measured = [it for it in comparable if it.value is not None]
    if not measured:
        return _unmeasured(comparable)
    conclusions = {_conclude(measurement, it, today) for it in measured}
    if len({it.progress for it in conclusions}) > 1:
        return Conclusion(None, Rule.SOURCES_DIFFER)
    return next(iter(conclusions))


def _unmeasured(missing: Sequence[Observation]) -> Conclusion:
    if any(it.hidden is Showing.SMALL for it in missing):
        return Conclusion(None, Rule.TOO_SMALL)
    if any(it.hidden for it in missing):
        return Conclusion(None, Rule.HELD_BACK)
    if all(it.missing_because is MissingBecause.NOT_COMPARABLE for it in missing):
        return Conclusion(Progress.NOT_COMPARABLE, Rule.REPORTED_INCOMPARABLE)
    return Conclusion(Progress.NOT_MEASURED, Rule.NO_VALUE)


def _latest(observations: Sequence[Observation]) -> list[Observation]:
    """Return the observations of the last moment of which any is reported."""
    if not observations:
        return []
    last = observations[-1]
    return [
        it
        for it in observations
        if (it.point, it.observed_on if it.point is None else "")
        == (last.point, last.observed_on if last.point is None else "")
    ]


def _conclude(measurement: Measurement, seen: Observation, today: date) -> Conclusion:
    assert seen.value is not None
    target = _target(measurement, seen)
    if target is None:
        return Conclusion(None, Rule.NO_TARGET)
    if type(target.value) is not type(seen.value) and not _are_numbers(target.value, seen.value):
        return Conclusion(Progress.NOT_COMPARABLE, Rule.OTHER_DEFINITION)
    is_reached = _is_reached(measurement, seen.value, target.value)
    if is_reached is None:
        return Conclusion(None, Rule.NO_DIRECTION)
    if is_reached:
        return Conclusion(Progress.REACHED, Rule.TARGET_REACHED)
    due = end_of(target.dated)
    if due is not None and due < today:
        return Conclusion(Progress.LATE, Rule.TARGET_DAY_PASSED)
    expected = _expected(measurement, seen, target)
    if expected is None:
        return Conclusion(None, Rule.NO_PATH)
    is_ahead = _is_reached(measurement, seen.value, expected)
    if is_ahead:
        return Conclusion(Progress.ON_TRACK, Rule.AHEAD_OF_PATH)
    return Conclusion(Progress.LATE, Rule.BEHIND_PATH)


def _target(measurement: Measurement, seen: Observation) -> Figure | None:
    """Return the target that an observation is compared with: the next one from its moment."""
    if seen.point is ValuePoint.FINAL or measurement.midterm is None:
        return measurement.final or measurement.midterm
    observed, midterm = end_of(seen.observed_on), end_of(measurement.midterm.dated)
    if seen.point is None and observed and midterm and observed > midterm:
        return measurement.final or measurement.midterm
    return measurement.midterm


def _are_numbers(*values: Value) -> bool:
    return all(isinstance(it, int | float) and not isinstance(it, bool) for it in values)


def _is_reached(measurement: Measurement, value: Value, target: Value) -> bool | None:
    """Return whether a value is as good as a target, None where no direction says what is good."""
    if isinstance(value, str) and isinstance(target, str):
        return folded(value) == folded(target)
    if isinstance(value, bool) or isinstance(target, bool):
        return value == target
    difference = _difference(value, target)
    if measurement.measured_as is MeasuredAs.DATE and measurement.direction is None:
        return difference <= 0
    match measurement.direction:
        case WantedDirection.MORE:
            return difference >= -SMALLEST_DIFFERENCE
        case WantedDirection.LESS:
            return difference <= SMALLEST_DIFFERENCE
        case WantedDirection.REACH:
            return abs(difference) <= SMALLEST_DIFFERENCE
    return None


def _difference(value: Value, target: Value) -> float:
    if isinstance(value, date) and isinstance(target, date):
        return float((value - target).days)
    assert isinstance(value, int | float)
    assert isinstance(target, int | float)
    return float(value) - float(target)


def _expected(measurement: Measurement, seen: Observation, target: Figure) -> float | None:
    """Return the number on the straight line from the baseline to a target on the day observed."""
    start = measurement.baseline
    if start is None or measurement.direction is WantedDirection.REACH:
        return None
    if not _are_numbers(start.value, target.value):
        return None
    begin, end, on = end_of(start.dated), end_of(target.dated), end_of(seen.observed_on)
    if begin is None or end is None or on is None or end <= begin:
        return None
    share = min(max((on - begin).days / (end - begin).days, 0.0), 1.0)
    return float(start.value) + share * (float(target.value) - float(start.value))  # type: ignore[arg-type]


def end_of(dated: str) -> date | None:
    """Return the last day of a date in ISO 8601 that may be a year or a month, None for a blank."""
    parts = [int(part) for part in dated.split("-")] if dated else []
    match parts:
        case [year]:
            return date(year, 12, 31)
        case [year, month]:
            return date(year, month, monthrange(year, month)[1])
        case [year, month, day]:
            return date(year, month, day)
    return None
