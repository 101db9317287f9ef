"""Puts the measures and indicators of a draft into their rows: new, edited, reworded, retired."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consultation.database import Base
from consultation.i18n import Localized, folded, localized
from consultation.plan.changes import Change, PlanChanges
from consultation.plan.drafts import IndicatorDraft, MeasureDraft
from consultation.plan.models import Axis, Indicator, IndicatorVersion, Measure
from consultation.plan.searching import indicators_in_force

WORDING = (
    "label",
    "definition",
    "unit",
    "data_source",
    "baseline",
    "midterm_target",
    "final_target",
)

LOCALIZED = ("title", "summary", *WORDING)

Form = list[tuple[str, int]]
"""What a measure asks about: codes of indicators in force, numbers of their versions, in order."""


def edit(row: Base, **values: object) -> list[str]:
    """Give a row the values that it has not yet, and return their names."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return changed


def change(
    code: str, title: Localized, fields: Sequence[str] = (), *, keeps_english: bool = False
) -> Change:
    """Return what is told of a row, under its French title."""
    return Change(code, localized(title, "fr"), tuple(fields), keeps_english)


def keeps_english(row: Base, described: MeasureDraft | IndicatorDraft) -> bool:
    """Say whether a French text of a row is to change beside an English one that is not."""
    for name in LOCALIZED:
        old, new = getattr(row, name, None) or {}, getattr(described, name, None) or {}
        if new.get("en") and old.get("en") == new["en"] and old.get("fr") != new.get("fr"):
            return True
    return False


def form_of(measure: Measure) -> Form:
    """Return what the measure asks about at present, in order."""
    in_force = sorted(indicators_in_force(measure), key=lambda indicator: indicator.position)
    return [(indicator.code, indicator.version.number) for indicator in in_force]


@dataclass(frozen=True)
class _Placed:
    """A measure of the draft in its row; `fields` are those that changed."""

    row: Measure
    described: MeasureDraft
    fields: Sequence[str]
    is_new: bool
    form_before: Form
    keeps_english: bool = False


class Placing:
    """One import on its way.

    `stored` are all measures with their indicators and versions, in the plan's order.  The
    methods are called once each, in the order in which they stand here.
    """

    def __init__(
        self, session: Session, stored: Sequence[Measure], changes: PlanChanges, at: datetime
    ) -> None:
        self._session = session
        self._changes = changes
        self._at = at
        self._measures = {folded(measure.code): measure for measure in stored}
        self._indicators = {
            folded(indicator.code): indicator
            for measure in stored
            for indicator in measure.indicators
        }
        self._were_in_force = [measure for measure in stored if measure.retired_at is None]
        self._placed: list[_Placed] = []

    def put_measures(
        self, measures: Sequence[MeasureDraft], axis_by_code: Mapping[str, Axis]
    ) -> None:
        """Add or edit a row for each measure, in the order of the draft."""
        for position, described in enumerate(measures, start=1):
            placed = self._placed_in(described, axis_by_code[described.axis])
            placed.row.position = position
            self._placed.append(placed)

    def put_indicators(self) -> None:
        """Add, move or reword the indicators of each measure, in the order of the draft."""
        for placed in self._placed:
            for position, described in enumerate(placed.described.indicators, start=1):
                self._put_indicator(described, placed.row).position = position

    def retire_absent(self) -> None:
        """Retire the measures and indicators in force that the draft does not name."""
        for measure in self._measures.values():
            if measure.retired_at is None:
                measure.retired_at = self._at
                self._changes.measures.absent.append(change(measure.code, measure.title))
        for indicator in self._indicators.values():
            if indicator.retired_at is None:
                indicator.retired_at = self._at
                label = indicator.version.label
                self._changes.indicators.absent.append(change(indicator.code, label))

    def tell_measures(self) -> None:
        """Sort the measures of the draft into new, changed and unchanged, and tell their order."""
        for placed in self._placed:
            placed.row.indicators.sort(key=lambda indicator: indicator.position)
            is_asked_otherwise = form_of(placed.row) != placed.form_before
            fields = [*placed.fields, *(["indicators"] if is_asked_otherwise else [])]
            if placed.is_new:
                self._changes.measures.new.append(change(placed.row.code, placed.row.title))
            else:
                row, keeps = placed.row, placed.keeps_english
                told = change(row.code, row.title, fields, keeps_english=keeps)
                self._changes.measures.add(told)
        after = [placed.row for placed in self._placed if placed.row in self._were_in_force]
        before = [measure for measure in self._were_in_force if measure in after]
        self._changes.is_reordered = before != after

    def _placed_in(self, described: MeasureDraft, axis: Axis) -> _Placed:
        values = {
            "code": described.code,
            "title": described.title,
            "summary": described.summary,
            "lead": described.lead,
            "axis": axis,
            "is_shipped": described.is_shipped,
            "retired_at": None,
        }
        row = self._measures.pop(folded(described.code), None)
        if row is None:
            row = Measure(indicators=[], **values)
            self._session.add(row)
            return _Placed(row, described, [], True, [])
        form_before, keeps = form_of(row), keeps_english(row, described)
        return _Placed(row, described, edit(row, **values), False, form_before, keeps)

    def _put_indicator(self, described: IndicatorDraft, measure: Measure) -> Indicator:
        values = {"code": described.code, "measure": measure}
        row = self._indicators.pop(folded(described.code), None)
        if row is None:
            row = Indicator(versions=[], is_shipped=described.is_shipped, **values)
            self._session.add(row)
            _reword(row, described, self._at)
            self._changes.indicators.new.append(change(described.code, described.label))
            return row
        keeps = keeps_english(row.versions[-1], described)
        fields = edit(row, **values, is_shipped=described.is_shipped, retired_at=None)
        fields += _reword(row, described, self._at)
        told = change(described.code, described.label, fields, keeps_english=keeps)
        self._changes.indicators.add(told)
        return row


def _reword(indicator: Indicator, described: IndicatorDraft, at: datetime) -> list[str]:
    """Write a new version when the wording is not that of the last; return what differs."""
    wording = {name: getattr(described, name) for name in WORDING}
    last = indicator.versions[-1] if indicator.versions else None
    changed = [name for name, text in wording.items() if getattr(last, name, None) != text]
    if last is None or changed:
        number = last.number + 1 if last else 1
        version = IndicatorVersion(number=number, reason=described.reason, created_at=at, **wording)
        indicator.versions.append(version)
    return changed
