"""A plan as a file or a page says it, before anything is stored."""

from dataclasses import dataclass, field

from consultation.i18n import Localized


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
