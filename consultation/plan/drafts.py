"""A plan as a file says it, before anything is stored."""

from dataclasses import dataclass, field

from consultation.i18n import Localized


@dataclass(frozen=True)
class AxisDraft:
    """A chapter; its code is how measures name it."""

    code: str
    title: Localized


@dataclass(frozen=True)
class IndicatorDraft:
    """One indicator and its wording; `reason` says why the wording changed."""

    code: str
    label: Localized
    definition: Localized | None = None
    unit: Localized | None = None
    data_source: Localized | None = None
    baseline: Localized | None = None
    midterm_target: Localized | None = None
    final_target: Localized | None = None
    reason: str | None = None


@dataclass(frozen=True)
class MeasureDraft:
    """One measure, the code of its axis, and its indicators in the order of the file."""

    code: str
    axis: str
    title: Localized
    summary: Localized | None = None
    lead: str | None = None
    indicators: tuple[IndicatorDraft, ...] = ()


@dataclass(frozen=True)
class PlanDraft:
    """A whole plan; `unread` names, in French, what of the file is no part of it."""

    axes: tuple[AxisDraft, ...]
    measures: tuple[MeasureDraft, ...]
    unread: tuple[str, ...] = field(default=(), compare=False)
