"""Plan drafts: a plan as plain values, edited before anything is stored."""

import enum
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

from consultation.i18n import N_, Localized
from consultation.plan.measurement.values import EMPTY, Measurement, measurement_of
from consultation.plan.models import Indicator, Measure
from consultation.records.fields import (
    described,
    descriptions,
    line,
    paragraphs,
    record,
    translated,
)
from consultation.spreadsheets.reader.rows import CODE_NOTE, Holds

BLANK = "Ce champ est vide : remplissez-le."
FIGURE_HINT = "Un texte, avec l'année s'il y a lieu, par exemple « 19 % (2025) ». Peut rester vide."


@dataclass(frozen=True)
class AxisDraft:
    """A chapter of the plan; measures name it by its code."""

    code: str
    title: Localized


@record(kw_only=False)
class IndicatorDraft:
    """An indicator and its wording; `reason` explains, in French, why the wording changed.

    `is_shipped` marks an example that comes with the product; one read from a file never is.
    `keeps_measurement` leaves the stored measurement as it is: the file has no columns for it.
    """

    code: str = described(
        line(30, Holds.CODE),
        "Code",
        f"Code de l'indicateur. {CODE_NOTE}",
        missing=BLANK,
        width=12,
    )
    label: Localized = translated(
        line(500, Holds.LINE),
        N_("Intitulé"),
        "Ce que l'indicateur mesure, en une ligne.",
        missing=BLANK,
        width=50,
    )
    definition: Localized | None = translated(
        paragraphs(5000, Holds.TEXT),
        N_("Définition"),
        "Ce qui est compté, chez qui et quand. Peut rester vide.",
        width=60,
        default=None,
    )
    unit: Localized | None = translated(
        line(100, Holds.LINE),
        N_("Unité"),
        "Par exemple : personnes, %, mois. Peut rester vide.",
        width=14,
        default=None,
    )
    data_source: Localized | None = translated(
        paragraphs(1000, Holds.TEXT),
        "Source des données",
        "Qui produit la donnée et où la trouver. Peut rester vide.",
        width=40,
        default=None,
    )
    baseline: Localized | None = translated(
        paragraphs(1000), N_("Valeur de départ"), FIGURE_HINT, width=24, default=None
    )
    midterm_target: Localized | None = translated(
        paragraphs(1000), N_("Cible à mi-parcours"), FIGURE_HINT, width=24, default=None
    )
    final_target: Localized | None = translated(
        paragraphs(1000), N_("Cible finale"), FIGURE_HINT, width=24, default=None
    )
    measurement: Measurement = EMPTY
    keeps_measurement: bool = False
    reason: str | None = described(
        paragraphs(500, Holds.TEXT),
        "Motif du changement",
        "Pourquoi le texte de l'indicateur change ; vide s'il ne change pas.",
        width=40,
        default=None,
    )
    is_shipped: bool = False


WORDING = tuple(name for name, it in descriptions(IndicatorDraft).items() if it.is_translated)
"""The names of the texts of an indicator, which are those of the columns of a version."""


@record(kw_only=False)
class MeasureDraft:
    """A measure, the code of its axis, and its indicators in order.

    `is_shipped` marks a theme that comes with the product; one read from a file never is.
    `keeps_tags` leaves the stored tags as they are: the file has no column for them.
    """

    code: str = described(
        line(20, Holds.CODE),
        "Code",
        f"Code de la mesure, par exemple son numéro dans le plan. {CODE_NOTE}",
        missing=BLANK,
        width=12,
    )
    axis: str
    title: Localized = translated(
        line(500, Holds.LINE),
        "Intitulé",
        "Intitulé officiel de la mesure.",
        missing=BLANK,
        width=50,
    )
    summary: Localized | None = translated(
        paragraphs(5000, Holds.TEXT),
        "Résumé",
        "Ce que la mesure prévoit, en quelques phrases. Peut rester vide.",
        width=60,
        default=None,
    )
    lead: str | None = described(
        line(300, Holds.LINE),
        "Pilote",
        "Institution chargée de la mesure. Peut rester vide.",
        width=24,
        default=None,
    )
    tags: Localized | None = translated(
        line(300, Holds.LINE),
        "Mots-clés",
        "Thèmes ou métiers que la mesure concerne, séparés par des virgules : « justice, "
        "santé ». Chacun devient une case à cocher dans la liste des mesures. Peut rester vide.",
        width=24,
        default=None,
    )
    keeps_tags: bool = False
    indicators: tuple[IndicatorDraft, ...] = ()
    is_shipped: bool = False


@dataclass(frozen=True)
class PlanDraft:
    """A whole plan; `unread` names, in French, the parts of the file that are not of the plan."""

    axes: tuple[AxisDraft, ...]
    measures: tuple[MeasureDraft, ...]
    unread: tuple[str, ...] = field(default=(), compare=False)


def with_reason(plan: PlanDraft, reason: str) -> PlanDraft:
    """Give that reason to each indicator that has none of its own."""

    def explained(indicator: IndicatorDraft) -> IndicatorDraft:
        return indicator if indicator.reason else replace(indicator, reason=reason)

    measures = (
        replace(measure, indicators=tuple(map(explained, measure.indicators)))
        for measure in plan.measures
    )
    return replace(plan, measures=tuple(measures)) if reason else plan


def measure_draft(measure: Measure, indicators: Sequence[Indicator]) -> MeasureDraft:
    """Return a stored measure with the given ones of its indicators."""
    return MeasureDraft(
        axis=measure.axis.code,
        **{name: getattr(measure, name) for name in descriptions(MeasureDraft)},
        indicators=tuple(map(indicator_draft, indicators)),
        is_shipped=measure.is_shipped,
    )


def indicator_draft(indicator: Indicator) -> IndicatorDraft:
    """Return a stored indicator in the wording in force."""
    wording = {name: getattr(indicator.version, name) for name in WORDING}
    return IndicatorDraft(
        code=indicator.code,
        **wording,
        measurement=measurement_of(indicator.version),
        is_shipped=indicator.is_shipped,
    )


class _Coded(Protocol):
    @property
    def code(self) -> str: ...


Item = TypeVar("Item", bound=_Coded)


class Direction(enum.StrEnum):
    """Direction in which an axis, measure or indicator moves among its neighbours."""

    UP = "up"
    DOWN = "down"


class NotInPlan(Exception):
    """The plan in force has no axis, measure or indicator of that code."""


def axis_of(draft: PlanDraft, code: str) -> AxisDraft:
    """Return the axis of that code; raise `NotInPlan`."""
    return _item_of(draft.axes, code)


def known_axis(draft: PlanDraft, axis: AxisDraft) -> AxisDraft:
    """Return the plan's axis of the same code, or `axis` itself when the plan has none."""
    return next((known for known in draft.axes if known.code == axis.code), axis)


def measure_of(draft: PlanDraft, code: str) -> MeasureDraft:
    """Return the measure of that code; raise `NotInPlan`."""
    return _item_of(draft.measures, code)


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
    last = max(
        (place for place, other in enumerate(others, 1) if other.axis == axis.code), default=0
    )
    others.insert(last or len(others), placed)
    return _rebuilt(draft, others, axis)


def retire_measure(draft: PlanDraft, code: str) -> PlanDraft:
    """Take a measure out of the plan in force; raise `NotInPlan`."""
    gone = measure_of(draft, code)
    return _rebuilt(draft, [measure for measure in draft.measures if measure is not gone])


def move_measure(draft: PlanDraft, code: str, direction: Direction) -> PlanDraft:
    """Let a measure change places with its neighbour in the same axis, if it has one."""
    axis = measure_of(draft, code).axis
    places = [place for place, it in enumerate(draft.measures) if it.axis == axis]
    moved = iter(_moved([draft.measures[place] for place in places], code, direction))
    measures = [next(moved) if it.axis == axis else it for it in draft.measures]
    return _rebuilt(draft, measures)


def place_measure(draft: PlanDraft, code: str, place: int) -> PlanDraft:
    """Put a measure at a place, from 1, among those of its axis; beyond the last, it comes last.

    Raise `NotInPlan`.
    """
    placed = measure_of(draft, code)
    others = [it for it in draft.measures if it.axis == placed.axis and it is not placed]
    others.insert(max(place, 1) - 1, placed)
    ordered = iter(others)
    measures = [next(ordered) if it.axis == placed.axis else it for it in draft.measures]
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
        draft, measure.code, lambda indicators: [it for it in indicators if it is not gone]
    )


def move_indicator(draft: PlanDraft, code: str, direction: Direction) -> PlanDraft:
    """Let an indicator change places with its neighbour under the same measure."""
    measure, _ = indicator_of(draft, code)
    return _with_indicators(
        draft, measure.code, lambda indicators: _moved(indicators, code, direction)
    )


def retire_indicators(draft: PlanDraft, codes: Container[str]) -> PlanDraft:
    """Take several indicators out of the plan in force."""
    kept = {
        measure.code: [it for it in measure.indicators if it.code not in codes]
        for measure in draft.measures
    }
    return with_indicators(draft, kept)


def gather_indicators(
    draft: PlanDraft, code: str, indicators: Sequence[IndicatorDraft]
) -> PlanDraft:
    """Put indicators of other measures, or retired ones, last under a measure.

    Those that are examples stay examples in a shipped theme only.  Raise `NotInPlan`.
    """
    target = measure_of(draft, code)
    draft = retire_indicators(draft, {it.code for it in indicators})
    own = measure_of(draft, code).indicators
    added = [replace(it, is_shipped=it.is_shipped and target.is_shipped) for it in indicators]
    return with_indicators(draft, {code: [*own, *added]})


def with_indicators(
    draft: PlanDraft, by_measure: Mapping[str, Iterable[IndicatorDraft]]
) -> PlanDraft:
    """Give measures these indicators, in this order; the other measures keep theirs."""
    measures = [
        replace(it, indicators=tuple(by_measure[it.code])) if it.code in by_measure else it
        for it in draft.measures
    ]
    return _rebuilt(draft, measures)


def as_official(measure: MeasureDraft) -> MeasureDraft:
    """Return a shipped theme as an official measure, its indicators no longer examples."""
    indicators = tuple(replace(it, is_shipped=False) for it in measure.indicators)
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
    """Return a draft of these measures, with the axes that they name, in their order."""
    measures = tuple(measures)
    axis_by_code = {known.code: known for known in draft.axes}
    if axis is not None:
        axis_by_code[axis.code] = axis
    codes = dict.fromkeys(measure.axis for measure in measures)
    return PlanDraft(tuple(axis_by_code[code] for code in codes), measures)


def _item_of(items: Sequence[Item], code: str) -> Item:
    for item in items:
        if item.code == code:
            return item
    raise NotInPlan(code)


def _replaced(items: Sequence[Item], item: Item) -> list[Item]:
    return [item if other.code == item.code else other for other in items]


def _moved(items: Sequence[Item], code: str, direction: Direction) -> list[Item]:
    """Exchange an item and its neighbour; the first does not move up, nor the last down."""
    place = items.index(_item_of(items, code))
    neighbour = place + (1 if direction is Direction.DOWN else -1)
    moved = list(items)
    if 0 <= neighbour < len(moved):
        moved[place], moved[neighbour] = moved[neighbour], moved[place]
    return moved
