"""Parts of a report: its content narrowed to an axis or a measure, and what a page has of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from consultation.documents.model import IndicatorEntry, MeasureEntry, Table
from consultation.plan.models import Assessor, Point
from consultation.reports.build import AddressOf
from consultation.reports.comparison import Changes
from consultation.reports.figures import BASELINE, JUDGEMENT, PROGRESS, TARGET, Figure
from consultation.reports.pages import counts
from consultation.reports.pages.counts import ByCode, Counts
from consultation.web.typography import label_of

Content = Mapping[str, Any]


@dataclass(frozen=True)
class IndicatorPart:
    """An indicator of a report; its tables lead to the page of each figure."""

    entry: IndicatorEntry
    progress: Figure | None
    points: Sequence[Figure]
    """Where it starts from, and its targets."""
    last: Sequence[Figure]
    """The values of the last moment."""


@dataclass(frozen=True)
class MeasurePart:
    """A measure of a report, its assessments as figures, and its indicators."""

    entry: MeasureEntry
    assessments: Mapping[Assessor, Figure]
    counts: Counts
    indicators: Sequence[IndicatorPart]


def measures_of(content: Content) -> Sequence[tuple[Content, Content]]:
    """Return every measure of a frozen content with its axis, in the plan's order."""
    return [(axis, measure) for axis in content["axes"] for measure in axis["measures"]]


def without_axes(content: Content) -> Content:
    """Return a content with its texts on the plan as a whole alone."""
    return {**content, "axes": []}


def of_axis(content: Content, axis: Content) -> Content:
    return {**content, "introduction": None, "axes": [axis]}


def of_measure(content: Content, axis: Content, measure: Content) -> Content:
    """Return a content of one measure, with its own figures alone."""
    codes = {measure["code"], *(it["code"] for it in measure["indicators"])}
    own = {id: it for id, it in content["figures"].items() if it["code"] in codes}
    alone = {**axis, "introduction": None, "measures": [measure]}
    return {**content, "introduction": None, "axes": [alone], "figures": own}


def codes_of(measures: Sequence[Content]) -> set[str]:
    """Return the codes of measures and of their indicators, by which their figures are known."""
    indicators = {it["code"] for measure in measures for it in measure["indicators"]}
    return indicators | {it["code"] for it in measures}


def measure_with(content: Content, code: str) -> str | None:
    """Return the code of the measure that has this code, or an indicator of it; None for none."""
    every = (measure for _axis, measure in measures_of(content))
    return next((it["code"] for it in every if code in codes_of([it])), None)


@dataclass(frozen=True)
class ChangedMeasures:
    """How many figures of each measure changed since the report of that number, by its code."""

    since: int
    counts: Mapping[str, int]
    gone: int
    """Figures of measures that this report has no more."""

    @property
    def total(self) -> int:
        return sum(self.counts.values()) + self.gone


def by_measure(changes: Changes, measures: Sequence[Content]) -> ChangedMeasures:
    """Count the changes by measure, in the plan's order."""
    measure_of = {code: it["code"] for it in measures for code in codes_of([it])}
    counted = Counter(measure_of.get(it.figure.code) for it in changes.rows)
    ordered = {it["code"]: counted[it["code"]] for it in measures if counted[it["code"]]}
    return ChangedMeasures(changes.since, ordered, counted[None])


def beside(listed: Sequence[Content], code: str) -> tuple[Content | None, Content | None]:
    """Return the neighbours of the axis or measure of that code, None at either end."""
    place = [it["code"] for it in listed].index(code)
    following = listed[place + 1] if place + 1 < len(listed) else None
    return (listed[place - 1] if place else None), following


def measure_part(
    entry: MeasureEntry, measure: Content, known: ByCode, address_of: AddressOf
) -> MeasurePart:
    """Return a measure of a document, whose figures are known by code, in the language in force."""
    own = known.get(entry.code, ())
    return MeasurePart(
        entry,
        {Assessor(it.facts["assessor"]): it for it in own if it.kind == JUDGEMENT},
        counts.counts_of([measure], known),
        [_indicator_part(it, known.get(it.code, ()), address_of) for it in entry.indicators],
    )


def _indicator_part(
    entry: IndicatorEntry, known: Sequence[Figure], address_of: AddressOf
) -> IndicatorPart:
    points = [it for it in known if it.kind in (BASELINE, TARGET)]
    stated = next((it for it in known if it.kind == PROGRESS), None)
    facts = [it for it in entry.facts if not it.text.address]  # that of progress leads to its page
    linked = replace(entry, facts=facts, points=_linked(entry.points, points, address_of))
    return IndicatorPart(linked, stated, points, counts.last_values(known))


def _linked(table: Table | None, points: Sequence[Figure], address_of: AddressOf) -> Table | None:
    """Return the table of start and targets, with the pages of those that are figures."""
    if table is None:
        return None
    addresses = {label_of(Point(it.facts["point"])): address_of(it) for it in points}
    rows = [
        [label, replace(value, address=addresses.get(label.value, "")), *rest]
        for label, value, *rest in table.rows
    ]
    return replace(table, rows=rows)
