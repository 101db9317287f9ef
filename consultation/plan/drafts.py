"""Plan drafts: a plan as values, before anything is stored, and edits of it."""

import enum
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from consultation.i18n import Localized
from consultation.plan.models import WORDING, Indicator, Measure


@dataclass(frozen=True)
class AxisDraft:
    """A chapter; its code is how measures name it."""

    code: str
    title: Localized


@dataclass(frozen=True)
class IndicatorDraft:
    """One indicator and its wording; `reason` says why the wording changed.

    `is_shipped` marks an example of the follow-up; what comes from a file never is one.
    """

    code: str
    label: Localized
    definition: Localized | None = None
    unit: Localized | None = None
    data_source: Localized | None = None
    baseline: Localized | None = None
    midterm_target: Localized | None = None
    final_target: Localized | None = None
    reason: str | None = None
    is_shipped: bool = False


@dataclass(frozen=True)
class MeasureDraft:
    """One measure, the code of its axis, and its indicators in order.

    `is_shipped` marks a theme of the follow-up; what comes from a file never is one.
    """

    code: str
    axis: str
    title: Localized
    summary: Localized | None = None
    lead: str | None = None
    indicators: tuple[IndicatorDraft, ...] = ()
    is_shipped: bool = False


@dataclass(frozen=True)
class PlanDraft:
    """A whole plan; `unread` names, in French, what of the file is no part of it."""

    axes: tuple[AxisDraft, ...]
    measures: tuple[MeasureDraft, ...]
    unread: tuple[str, ...] = field(default=(), compare=False)


def measure_draft(measure: Measure, indicators: Sequence[Indicator]) -> MeasureDraft:
    """Return what is stored of a measure, with those of its indicators."""
    return MeasureDraft(
        code=measure.code,
        axis=measure.axis.code,
        title=measure.title,
        summary=measure.summary,
        lead=measure.lead,
        indicators=tuple(map(indicator_draft, indicators)),
        is_shipped=measure.is_shipped,
    )


def indicator_draft(indicator: Indicator) -> IndicatorDraft:
    """Return what is stored of an indicator, in the wording in force."""
    wording = {name: getattr(indicator.version, name) for name in WORDING}
    return IndicatorDraft(code=indicator.code, **wording, is_shipped=indicator.is_shipped)


class _Coded(Protocol):
    @property
    def code(self) -> str: ...


Item = TypeVar("Item", bound=_Coded)


class Direction(enum.StrEnum):
    """Where something goes among its neighbours."""

    UP = "up"
    DOWN = "down"


class NotInPlan(Exception):
    """The plan in force has nothing of that code."""


def axis_of(draft: PlanDraft, code: str) -> AxisDraft:
    """Return the axis of that code; raise `NotInPlan`."""
    return _found(draft.axes, code)


def known_axis(draft: PlanDraft, axis: AxisDraft) -> AxisDraft:
    """Return the axis as the plan has it, else as it was typed or stored."""
    return next((known for known in draft.axes if known.code == axis.code), axis)


def measure_of(draft: PlanDraft, code: str) -> MeasureDraft:
    """Return the measure of that code; raise `NotInPlan`."""
    return _found(draft.measures, code)


def indicator_of(draft: PlanDraft, code: str) -> tuple[MeasureDraft, IndicatorDraft]:
    """Return the indicator of that code and its measure; raise `NotInPlan`."""
    for measure in draft.measures:
        for indicator in measure.indicators:
            if indicator.code == code:
                return measure, indicator
    raise NotInPlan(code)


def put_measure(draft: PlanDraft, measure: MeasureDraft, axis: AxisDraft) -> PlanDraft:
    """Put a measure, new or edited, in `axis`, which may be new or have another title.

    One that stays in its axis keeps its place; any other comes last in its axis.
    """
    others = [other for other in draft.measures if other.code != measure.code]
    placed = replace(measure, axis=axis.code)
    before = next((other for other in draft.measures if other.code == measure.code), None)
    if before is not None and before.axis == axis.code:
        return _rebuilt(draft, _replaced(draft.measures, placed), axis)
    last = max((place for place, one in enumerate(others, 1) if one.axis == axis.code), default=0)
    others.insert(last or len(others), placed)
    return _rebuilt(draft, others, axis)


def retire_measure(draft: PlanDraft, code: str) -> PlanDraft:
    """Take a measure out of the plan in force; raise `NotInPlan`."""
    gone = measure_of(draft, code)
    return _rebuilt(draft, [measure for measure in draft.measures if measure is not gone])


def move_measure(draft: PlanDraft, code: str, direction: Direction) -> PlanDraft:
    """Let a measure change places with its neighbour in the same axis, if it has one."""
    axis = measure_of(draft, code).axis
    places = [place for place, one in enumerate(draft.measures) if one.axis == axis]
    moved = iter(_moved([draft.measures[place] for place in places], code, direction))
    measures = [next(moved) if one.axis == axis else one for one in draft.measures]
    return _rebuilt(draft, measures)


def retitle_axis(draft: PlanDraft, code: str, title: Localized) -> PlanDraft:
    """Give an axis another title; raise `NotInPlan`."""
    return _rebuilt(draft, draft.measures, replace(axis_of(draft, code), title=title))


def move_axis(draft: PlanDraft, code: str, direction: Direction) -> PlanDraft:
    """Let an axis change places with its neighbour, all its measures with it."""
    ranks = {axis.code: rank for rank, axis in enumerate(_moved(draft.axes, code, direction))}
    return _rebuilt(draft, sorted(draft.measures, key=lambda measure: ranks[measure.axis]))


def put_indicator(draft: PlanDraft, measure: str, indicator: IndicatorDraft) -> PlanDraft:
    """Put an indicator, edited in its place or new and last, under a measure."""

    def put(indicators: Sequence[IndicatorDraft]) -> Iterable[IndicatorDraft]:
        is_there = any(other.code == indicator.code for other in indicators)
        return _replaced(indicators, indicator) if is_there else (*indicators, indicator)

    return _with_indicators(draft, measure, put)


def retire_indicator(draft: PlanDraft, code: str) -> PlanDraft:
    """Take an indicator out of the plan in force; raise `NotInPlan`."""
    measure, gone = indicator_of(draft, code)
    return _with_indicators(
        draft, measure.code, lambda indicators: [one for one in indicators if one is not gone]
    )


def move_indicator(draft: PlanDraft, code: str, direction: Direction) -> PlanDraft:
    """Let an indicator change places with its neighbour under the same measure."""
    measure, _ = indicator_of(draft, code)
    return _with_indicators(
        draft, measure.code, lambda indicators: _moved(indicators, code, direction)
    )


def as_official(measure: MeasureDraft) -> MeasureDraft:
    """Return a shipped theme as a measure of the plan, its indicators as true ones."""
    indicators = tuple(replace(one, is_shipped=False) for one in measure.indicators)
    return replace(measure, is_shipped=False, indicators=indicators)


def _with_indicators(
    draft: PlanDraft,
    code: str,
    change: Callable[[Sequence[IndicatorDraft]], Iterable[IndicatorDraft]],
) -> PlanDraft:
    measure = measure_of(draft, code)
    changed = replace(measure, indicators=tuple(change(measure.indicators)))
    return _rebuilt(draft, _replaced(draft.measures, changed))


def _rebuilt(
    draft: PlanDraft, measures: Iterable[MeasureDraft], axis: AxisDraft | None = None
) -> PlanDraft:
    """Return a draft of these measures: its axes are theirs, in their order."""
    measures = tuple(measures)
    axis_by_code = {known.code: known for known in draft.axes}
    if axis is not None:
        axis_by_code[axis.code] = axis
    codes = dict.fromkeys(measure.axis for measure in measures)
    return PlanDraft(tuple(axis_by_code[code] for code in codes), measures)


def _found(items: Sequence[Item], code: str) -> Item:
    for item in items:
        if item.code == code:
            return item
    raise NotInPlan(code)


def _replaced(items: Sequence[Item], item: Item) -> list[Item]:
    return [item if other.code == item.code else other for other in items]


def _moved(items: Sequence[Item], code: str, direction: Direction) -> list[Item]:
    """Return the items, that one and its neighbour exchanged; at the end, all stay."""
    place = items.index(_found(items, code))
    neighbour = place + (1 if direction is Direction.DOWN else -1)
    moved = list(items)
    if 0 <= neighbour < len(moved):
        moved[place], moved[neighbour] = moved[neighbour], moved[place]
    return moved
