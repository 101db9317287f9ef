"""Typed values proposed from the free texts of indicators, for people to take or to leave."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from consultation.db.stale import StaleEdit, digest
from consultation.i18n import DEFAULT_LOCALE, folded, localized
from consultation.plan import drafts
from consultation.plan.drafts import IndicatorDraft, MeasureDraft, PlanDraft
from consultation.plan.measurement.texts import TEXT_OF_POINT, free_figure
from consultation.plan.measurement.values import Measurement
from consultation.plan.models import MeasuredAs, Point

COUNTED = (MeasuredAs.NUMBER, MeasuredAs.PERCENTAGE, MeasuredAs.DURATION)
_DURATION = re.compile(r"(heures?|jours?|semaines?|mois|ans?|annees?)\b")


@dataclass(frozen=True)
class Proposal:
    """An indicator whose texts say values that are not typed yet.

    `texts` are those that say them, by point; `by_hand` those that only a person can read.
    """

    measure: MeasureDraft
    indicator: IndicatorDraft
    measurement: Measurement
    texts: Mapping[Point, str]
    by_hand: Mapping[Point, str]

    @property
    def mark(self) -> str:
        """What changes when the proposal does."""
        return digest(self.indicator.code, self.measurement)


def proposals(draft: PlanDraft) -> list[Proposal]:
    """Return the indicators with a value in a text that is not typed, in the plan's order."""
    return list(_proposals(draft))


def take(draft: PlanDraft, marks: Collection[str]) -> PlanDraft:
    """Return the plan with the proposals of these marks typed; raise `StaleEdit`."""
    taken = [proposal for proposal in _proposals(draft) if proposal.mark in marks]
    if len(taken) != len(set(marks)):
        raise StaleEdit("un indicateur")
    for proposal in taken:
        typed = replace(proposal.indicator, measurement=proposal.measurement)
        draft = drafts.put_indicator(draft, proposal.measure.code, typed)
    return draft


def _proposals(draft: PlanDraft) -> Iterator[Proposal]:
    for measure in draft.measures:
        for indicator in measure.indicators:
            texts = _untyped(indicator)
            if not texts:
                continue
            measurement = _proposed(indicator, texts)
            read = {point: text for point, text in texts.items() if measurement.figure(point)}
            by_hand = {point: text for point, text in texts.items() if point not in read}
            yield Proposal(measure, indicator, measurement, read, by_hand)


def _untyped(indicator: IndicatorDraft) -> dict[Point, str]:
    """Return the texts of the points that have no typed value."""
    return {
        point: localized(text, DEFAULT_LOCALE)
        for point, name in TEXT_OF_POINT.items()
        if (text := getattr(indicator, name)) and not indicator.measurement.figure(point)
    }


def _proposed(indicator: IndicatorDraft, texts: Mapping[Point, str]) -> Measurement:
    """Return the measurement with what the texts say; as it is where they contradict each other."""
    stored = indicator.measurement
    figures = {point: figure for point, text in texts.items() if (figure := free_figure(text))}
    kind = stored.measured_as or _kind(indicator, [texts[point] for point in figures])
    if kind not in COUNTED or not figures:
        return stored
    typed: dict[str, Any] = {point.value: figure for point, figure in figures.items()}
    return replace(stored, measured_as=kind, **typed)


def _kind(indicator: IndicatorDraft, texts: Sequence[str]) -> MeasuredAs | None:
    """Return the kind of values, None where some are percentages and others are not."""
    shares = ["%" in text for text in texts]
    unit = folded(localized(indicator.unit, DEFAULT_LOCALE))
    if unit == "%" or (shares and all(shares)):
        return MeasuredAs.PERCENTAGE
    if any(shares):
        return None
    return MeasuredAs.DURATION if _DURATION.match(unit) else MeasuredAs.NUMBER
