"""Totals of what is said of the indicators: of each axis and of the plan, as far as they are safe.

A total holds the hidden numbers of many measures.  It is published where each of them keeps as many
possible values as the smallest count, whoever subtracts what is shown; the plan's obeys the same
rule beside those of its axes.  It is published anew with the figures of a measure where setting it
against each earlier one tells no more either; else the last ones stay, with their day.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import Any, NamedTuple

from consultation.i18n import Localized
from consultation.results.publication.disclosure import TOTAL, Cell, Publication, TwoClasses
from consultation.results.publication.figures import Report

PARTS = ("kept", "changed", "rest")
"""What a response may say of an indicator: keep it, change it, neither of both."""


class Secret(NamedTuple):
    """Parts of an opinion that are not known, and what they hold of it, by `PARTS`.

    They hold it together: the public knows the sum.
    """

    parts: frozenset[str] = frozenset()
    held: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True)
class Opinion:
    """How many say what of an indicator in one publication of its measure, by `PARTS`."""

    axis: str
    counts: tuple[int, int, int]
    hidden: Secret
    """What is hidden, for those who know what stayed as it was published before."""
    unknown: Secret
    """What is hidden or stayed, for all others."""
    moment: str
    """When its measure was published."""


def opinions_of(report: Report, publication: Publication, moment: str) -> dict[str, Opinion]:
    """Return by indicator what is said of it; without those that have other answers to choose."""
    if report.measure is None:
        return {}
    axis = report.measure.axis.code
    return {
        question.indicator: opinion_of(axis, question.classes, publication, moment)
        for question in report.questions.values()
        if question.indicator and question.classes and question.has_classes_only
    }


def opinion_of(axis: str, classes: TwoClasses, publication: Publication, moment: str) -> Opinion:
    """Return the opinion of a publication on an indicator, in two classes."""
    counts, published = publication.counts, publication.published
    values = [cell for cell in counts if len(cell) == 2 and cell[0] == classes.question]
    parts: dict[Cell, str] = {cell: _part(cell, classes) for cell in values}
    if classes.rest_cell in counts:
        parts = {cell: part for cell, part in zip(classes.cells, PARTS, strict=True)}  # noqa: C416 - of any cells

    def secret(cells: Collection[Cell]) -> Secret:
        names = frozenset(parts[it] for it in parts if it in cells or TOTAL in cells)
        if len(names) == 1 and TOTAL not in cells:
            return Secret()  # the public knows their sum
        return Secret(names, _by_part({it: counts[it] for it in parts if it in cells}, parts))

    hidden = {cell for cell in counts if published[cell] is None}
    whole = _by_part({it: counts[it] for it in parts}, parts)
    return Opinion(axis, whole, secret(hidden), secret(publication.unknown), moment)


def _by_part(counts: Mapping[Cell, int], parts: Mapping[Cell, str]) -> tuple[int, int, int]:
    kept, changed, rest = (
        sum(count for cell, count in counts.items() if parts[cell] == part) for part in PARTS
    )
    return kept, changed, rest


def _part(cell: Cell, classes: TwoClasses) -> str:
    if cell[1] == classes.first:
        return "kept"
    return "changed" if cell[1] in classes.second else "rest"


def is_safe(opinions: Collection[Opinion], small: int) -> bool:
    """Return whether the sums of opinions leave each secret number `small` possible values."""
    return all(
        _leaves_room([it for it in secrets if it.parts], small)
        for secrets in ([it.hidden for it in opinions], [it.unknown for it in opinions])
    )


def _leaves_room(secrets: Sequence[Secret], small: int) -> bool:
    """Return whether the sums of secrets leave each of them `small` possible values.

    What one holds may be shared out among its parts in any way: its ways are the points of a
    simplex, and those of many the points of a sum of simplices, which one bound for each set of
    parts describes.
    """
    masses = dict.fromkeys(_SETS, 0)
    for it in secrets:
        masses[it.parts] += sum(it.held)
    sums = [sum(it.held[place] for it in secrets) for place in range(len(PARTS))]
    return all(
        _has_room(it, {**masses, it.parts: masses[it.parts] - sum(it.held)}, sums, small)
        for it in set(secrets)
    )


_SETS = tuple(
    frozenset(parts)
    for parts in chain.from_iterable(combinations(PARTS, size) for size in range(len(PARTS) + 1))
)


def _has_room(
    secret: Secret, others: Mapping[frozenset[str], int], sums: Sequence[int], small: int
) -> bool:
    """Return whether each part of a secret has enough values that the others can complete.

    What it loses, one other part gains: more values than these may be possible.
    """
    possible: dict[int, set[int]] = {PARTS.index(part): set() for part in secret.parts}
    for more, less in combinations(possible, 2):
        for move in range(1 - small, small):
            moved = list(secret.held)
            moved[more], moved[less] = moved[more] + move, moved[less] - move
            rest = [whole - it for whole, it in zip(sums, moved, strict=True)]
            if min(moved) >= 0 and _is_shared(rest, others):
                possible[more].add(moved[more])
                possible[less].add(moved[less])
    return all(len(values) >= small for values in possible.values())


def _is_shared(held: Sequence[int], masses: Mapping[frozenset[str], int]) -> bool:
    """Return whether simplices of these masses, each on its parts, may add up to a point."""
    return all(
        sum(it for it, part in zip(held, PARTS, strict=True) if part in parts)
        >= sum(mass for of, mass in masses.items() if of <= parts)
        for parts in _SETS
    )


@dataclass(frozen=True)
class Totals:
    """Opinions by indicator, and which sums of them are published: of axes, and of the plan."""

    opinions: Mapping[str, Opinion]
    axes: frozenset[str]
    has_plan: bool

    def of(self, axis: str | None) -> list[Opinion]:
        """Return the opinions of an axis, or of the plan."""
        return [it for it in self.opinions.values() if axis in (None, it.axis)]

    @property
    def published(self) -> list[str | None]:
        """The published sums: axes, and None for the plan."""
        return [*sorted(self.axes), *([None] if self.has_plan else [])]


def decided(
    opinions: Mapping[str, Opinion], earlier: Sequence[Totals], small: int
) -> Totals | None:
    """Return the totals that may be published after these; None where the last ones stay."""
    codes = {it.axis for it in opinions.values()}
    every = Totals(opinions, frozenset(), has_plan=False)
    axes = frozenset(code for code in codes if is_safe(every.of(code), small))
    others = [it for it in opinions.values() if it.axis not in axes]
    made = Totals(opinions, axes, is_safe(others, small))
    return made if all(_may_follow(made, before, small) for before in earlier) else None


def _may_follow(now: Totals, before: Totals, small: int) -> bool:
    """Return whether two publications of totals tell nothing when one is taken from the other."""
    for axis in set(now.published) & set(before.published):
        changed = [
            (before.opinions.get(code), now.opinions.get(code))
            for code in {**before.opinions, **now.opinions}
            if before.opinions.get(code) != now.opinions.get(code)
        ]
        pairs = [pair for pair in changed if any(it and axis in (None, it.axis) for it in pair)]
        if not all(is_safe([it for it in side if it], small) for side in zip(*pairs, strict=True)):
            return False
        secret = [pair for pair in pairs if any(it and it.unknown.parts for it in pair)]
        if any(0 < abs(_moved(secret, place)) < small for place in range(2)):
            return False
    return True


def _moved(pairs: Iterable[tuple[Opinion | None, Opinion | None]], place: int) -> int:
    return sum(
        (now.counts[place] if now else 0) - (before.counts[place] if before else 0)
        for before, now in pairs
    )


def public_json(totals: Totals, titles: Mapping[str, Localized], taken_at: str) -> dict[str, Any]:
    """Return public totals as JSON; `kept` and `changed` are null where hidden."""

    def sums(axis: str | None) -> dict[str, Any]:
        of = totals.of(axis)
        is_public = axis in totals.axes if axis else totals.has_plan
        kept, changed = (
            sum(it.counts[place] for it in of) if is_public else None for place in range(2)
        )
        return {"indicators": len(of), "kept": kept, "changed": changed}

    codes = {it.axis for it in totals.opinions.values()}
    return {
        "taken_at": taken_at,
        "plan": sums(None),
        "axes": [
            {"code": code, "title": title, **sums(code)}
            for code, title in titles.items()
            if code in codes
        ],
    }


def as_json(totals: Totals) -> dict[str, Any]:
    """Return totals as stored JSON, for the publications that follow."""
    return {
        "opinions": {code: opinion_json(it) for code, it in totals.opinions.items()},
        "axes": sorted(totals.axes),
        "has_plan": totals.has_plan,
    }


def from_json(stored: Mapping[str, Any]) -> Totals:
    opinions = {code: opinion_from(it) for code, it in stored["opinions"].items()}
    return Totals(opinions, frozenset(stored["axes"]), stored["has_plan"])


def opinion_json(it: Opinion) -> list[Any]:
    secrets = ([sorted(secret.parts), secret.held] for secret in (it.hidden, it.unknown))
    return [it.axis, it.counts, *secrets, it.moment]


def opinion_from(stored: Sequence[Any]) -> Opinion:
    axis, counts, *secrets, moment = stored
    hidden, unknown = (Secret(frozenset(parts), tuple(held)) for parts, held in secrets)
    return Opinion(axis, tuple(counts), hidden, unknown, moment)
