"""Application of a draft of the plan: writes its rows, for imports and edits on screen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.collective import stale_translations
from consultation.collective.stale_translations import Rewording
from consultation.crypto.keyring import keyring
from consultation.db.base import Base
from consultation.i18n import DEFAULT_LOCALE, OTHER_LOCALES, Localized, folded, localized
from consultation.mail import outbox
from consultation.plan.changes import FIELD_LABELS, Change, Changes, PlanChanges, describe
from consultation.plan.drafts import WORDING, IndicatorDraft, MeasureDraft, PlanDraft
from consultation.plan.measurement import texts as measurement_texts
from consultation.plan.measurement import values as measurements
from consultation.plan.measurement.values import EMPTY, Measurement
from consultation.plan.models import (
    Axis,
    Indicator,
    IndicatorVersion,
    Measure,
    Plan,
    SilencedRemark,
)
from consultation.plan.queries import indicators_in_force, measured_measure
from consultation.plan.seed import plan_followed
from consultation.plan.text_diff import TextChange
from consultation.records.fields import descriptions

TEXTS_OF_MEASURE = tuple(n for n, it in descriptions(MeasureDraft).items() if it.is_translated)
LOCALIZED = ("title", "summary", *WORDING)

Form = list[tuple[str, int]]
"""Codes and version numbers of the indicators in force of a measure, in order."""


def edit(row: Base, **values: object) -> list[str]:
    """Assign the values that differ, and return their names."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return changed


def change(
    code: str,
    title: Localized,
    fields: Sequence[str] = (),
    *,
    keeps_translation: bool = False,
    texts: Sequence[TextChange] = (),
) -> Change:
    """Return the change of a row, under its French title."""
    return Change(code, localized(title, "fr"), tuple(fields), keeps_translation, tuple(texts))


def text_changes(
    row: Base, described: MeasureDraft | IndicatorDraft, names: Iterable[str]
) -> list[TextChange]:
    """Return the French texts of a row that the draft changes."""
    changes = []
    for name in names:
        before, after = _in_french(getattr(row, name)), _in_french(getattr(described, name))
        if before != after:
            changes.append(TextChange(FIELD_LABELS[name], before, after))
    return changes


def _in_french(text: Localized | str | None) -> str:
    return localized(text, "fr") if isinstance(text, dict) else text or ""


def keeps_translation(row: Base, described: MeasureDraft | IndicatorDraft) -> bool:
    """Whether a French text changes beside a translation that does not."""
    for name in LOCALIZED:
        old, new = getattr(row, name, None) or {}, getattr(described, name, None) or {}
        is_reworded = old.get(DEFAULT_LOCALE) != new.get(DEFAULT_LOCALE)
        if is_reworded and any(new.get(tag) and old.get(tag) == new[tag] for tag in OTHER_LOCALES):
            return True
    return False


def form_of(measure: Measure) -> Form:
    """Return the indicators that the form of a measure asks about at present, in order."""
    in_force = sorted(indicators_in_force(measure), key=lambda indicator: indicator.position)
    return [(indicator.code, indicator.version.number) for indicator in in_force]


@dataclass(frozen=True)
class _UpdatedMeasure:
    """A row and the measure of the draft that it was edited to; `fields` are those that changed."""

    row: Measure
    described: MeasureDraft
    fields: Sequence[str]
    is_new: bool
    form_before: Form
    keeps_translation: bool = False
    texts: Sequence[TextChange] = ()


class PlanUpdate:
    """Update of the stored plan from a draft, in steps.

    `stored` are all measures with their indicators and versions, in the plan's order.  The public
    methods are called once each, in the order in which they are defined.
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
        self._updated: list[_UpdatedMeasure] = []
        self.rewordings: list[Rewording] = []

    def put_measures(
        self, measures: Sequence[MeasureDraft], axis_by_code: Mapping[str, Axis]
    ) -> None:
        """Add or edit a row for each measure, in the order of the draft."""
        for position, described in enumerate(measures, start=1):
            updated = self._put_measure(described, axis_by_code[described.axis])
            updated.row.position = position
            self._updated.append(updated)

    def put_indicators(self) -> None:
        """Add, move or reword the indicators of each measure, in the order of the draft."""
        for updated in self._updated:
            for position, described in enumerate(updated.described.indicators, start=1):
                self._put_indicator(described, updated.row).position = position

    def retire_absent(self) -> None:
        """Retire the measures and indicators in force that the draft lacks."""
        for measure in self._measures.values():
            if measure.retired_at is None:
                measure.retired_at = self._at
                self._changes.measures.absent.append(change(measure.code, measure.title))
        for indicator in self._indicators.values():
            if indicator.retired_at is None:
                indicator.retired_at = self._at
                label = indicator.version.label
                self._changes.indicators.absent.append(change(indicator.code, label))

    def report_measures(self) -> None:
        """Record which measures of the draft are new, changed, unchanged or reordered."""
        for updated in self._updated:
            updated.row.indicators.sort(key=lambda indicator: indicator.position)
            is_asked_otherwise = form_of(updated.row) != updated.form_before
            fields = [*updated.fields, *(["indicators"] if is_asked_otherwise else [])]
            if updated.is_new:
                self._changes.measures.new.append(change(updated.row.code, updated.row.title))
            else:
                row, keeps, texts = updated.row, updated.keeps_translation, updated.texts
                changed = change(row.code, row.title, fields, keeps_translation=keeps, texts=texts)
                self._changes.measures.add(changed)
        after = [updated.row for updated in self._updated if updated.row in self._were_in_force]
        before = [measure for measure in self._were_in_force if measure in after]
        self._changes.is_reordered = before != after

    def _put_measure(self, described: MeasureDraft, axis: Axis) -> _UpdatedMeasure:
        texts = {name: getattr(described, name) for name in descriptions(MeasureDraft)}
        if described.keeps_tags:
            del texts["tags"]
        values = {
            **texts,
            "axis": axis,
            "is_shipped": described.is_shipped,
            "retired_at": None,
        }
        row = self._measures.pop(folded(described.code), None)
        if row is None:
            row = Measure(indicators=[], **values)
            self._session.add(row)
            return _UpdatedMeasure(row, described, [], True, [])
        form_before, keeps = form_of(row), keeps_translation(row, described)
        changes = text_changes(row, described, ("title", "summary", "lead"))
        self._reword(row, described, [it for it in TEXTS_OF_MEASURE if it in values])
        fields = edit(row, **values)
        return _UpdatedMeasure(row, described, fields, False, form_before, keeps, changes)

    def _put_indicator(self, described: IndicatorDraft, measure: Measure) -> Indicator:
        values = {"code": described.code, "measure": measure}
        row = self._indicators.pop(folded(described.code), None)
        if row is None:
            row = Indicator(versions=[], is_shipped=described.is_shipped, **values)
            self._session.add(row)
            _reword(row, described, self._at)
            _measure(row, described, self._at)
            self._changes.indicators.new.append(change(described.code, described.label))
            return row
        keeps = keeps_translation(row.versions[-1], described)
        texts = [
            *text_changes(row.versions[-1], described, WORDING),
            *_measurement_changes(row, described),
        ]
        self._reword(row.versions[-1], described, WORDING)
        fields = edit(row, **values, is_shipped=described.is_shipped, retired_at=None)
        measurement = measurements.measurement_of(row.version)
        fields += _reword(row, described, self._at)
        fields += _measure(row, described, self._at, measurement)
        changed = change(
            described.code, described.label, fields, keeps_translation=keeps, texts=texts
        )
        self._changes.indicators.add(changed)
        return row

    def _reword(
        self, row: Base, described: MeasureDraft | IndicatorDraft, names: Iterable[str]
    ) -> None:
        self.rewordings += [(getattr(row, it), getattr(described, it)) for it in names]


def _reword(indicator: Indicator, described: IndicatorDraft, at: datetime) -> list[str]:
    """Add a version when the wording differs from the last one; return the fields that do."""
    wording = {name: getattr(described, name) for name in WORDING}
    last = indicator.versions[-1] if indicator.versions else None
    changed = [name for name, text in wording.items() if getattr(last, name, None) != text]
    if last is None or changed:
        number = last.number + 1 if last else 1
        version = IndicatorVersion(number=number, reason=described.reason, created_at=at, **wording)
        indicator.versions.append(version)
    return changed


def _measurement_changes(row: Indicator, described: IndicatorDraft) -> list[TextChange]:
    if described.keeps_measurement:
        return []
    before = measurement_texts.texts_of(measurements.measurement_of(row.version))
    after = measurement_texts.texts_of(described.measurement)
    return [
        TextChange(measurement_texts.LABELS[name], before[name], after[name])
        for name in measurement_texts.FIELDS
        if before[name] != after[name]
    ]


def _measure(
    indicator: Indicator,
    described: IndicatorDraft,
    at: datetime,
    before: Measurement = EMPTY,
) -> list[str]:
    """Store the measurement where it differs from `before`, or where the wording is new."""
    wanted = before if described.keeps_measurement else described.measurement
    if measurements.measurement_of(indicator.version) != wanted:
        measurements.store(indicator.version, wanted, at)
    return ["measurement"] if wanted != before else []


__all__ = ["PlanChanges", "apply", "describe", "lock_plan", "remove_measure"]


def lock_plan(session: Session) -> None:
    """Lock the plan until the transaction ends, to change it or to make forms of it."""
    outbox.lock(session, keyring.blind_index("lock", "plan"))


def apply(session: Session, draft: PlanDraft, at: datetime) -> PlanChanges:
    """Replace the plan in force by `draft`, whose codes are all distinct, whatever their case.

    Measures and indicators are matched by code, whatever its case.  The texts of a measure are
    edited in place; an indicator whose wording changes gets a new version, and one that the draft
    has under another measure moves there with all its answers.  Whatever the draft lacks is
    retired at `at`; retired rows that the draft has are in force again.  `is_shipped` becomes
    that of the draft.  Axes without a measure are deleted.

    Flushes and never commits: to preview an import, apply it and roll back.
    """
    plan = plan_followed(session)
    changes = PlanChanges(unread=draft.unread)
    update = PlanUpdate(session, _stored_measures(session), changes, at)
    axis_by_code = _put_axes(session, plan, draft, changes.axes, update.rewordings)
    update.put_measures(draft.measures, axis_by_code)
    update.put_indicators()
    update.retire_absent()
    session.flush()
    stale_translations.note(session, update.rewordings)
    update.report_measures()
    _delete_empty_axes(session, plan, changes.axes)
    return changes


def remove_measure(session: Session, measure: Measure) -> None:
    """Delete a measure with its indicators, versions and statuses, and an axis left without any.

    For a measure that no questionnaire refers to; the foreign keys refuse any other.
    """
    plan = session.get_one(Plan, measure.axis.plan_id)
    for indicator in measure.indicators:
        of_indicator = SilencedRemark.indicator_id == indicator.id
        session.execute(sa.delete(SilencedRemark).where(of_indicator))
        for version in indicator.versions:
            for stored in version.measurements:
                for figure in stored.figures:
                    session.delete(figure)
                session.delete(stored)
            session.delete(version)
        session.delete(indicator)
    for status in measure.statuses:
        session.delete(status)
    session.delete(measure)
    session.flush()
    _delete_empty_axes(session, plan, Changes())


def _stored_measures(session: Session) -> Sequence[Measure]:
    """Return all measures as stored now, overwriting what the session had read before."""
    query = sa.select(Measure).order_by(Measure.position, Measure.id).options(*measured_measure())
    return session.scalars(query.execution_options(populate_existing=True)).all()


def _put_axes(
    session: Session,
    plan: Plan,
    draft: PlanDraft,
    changes: Changes,
    rewordings: list[Rewording],
) -> Mapping[str, Axis]:
    """Add or edit the row of each axis; return the rows by the code that measures name."""
    stored = session.scalars(sa.select(Axis).where(Axis.plan_id == plan.id))
    stored_by_code = {folded(axis.code): axis for axis in stored}
    axis_by_code = {}
    for position, described in enumerate(draft.axes, start=1):
        axis = stored_by_code.get(folded(described.code))
        if axis is None:
            axis = Axis(plan_id=plan.id, code=described.code, title=described.title, position=0)
            session.add(axis)
            changes.new.append(change(described.code, described.title))
        else:
            rewordings.append((axis.title, described.title))
            fields = edit(axis, code=described.code, title=described.title)
            changes.add(change(described.code, described.title, fields))
        axis.position = position
        axis_by_code[described.code] = axis
    return axis_by_code


def _delete_empty_axes(session: Session, plan: Plan, changes: Changes) -> None:
    is_empty = ~sa.exists().where(Measure.axis_id == Axis.id)
    empty = sa.select(Axis).where(Axis.plan_id == plan.id, is_empty).order_by(Axis.position)
    for axis in session.scalars(empty):
        changes.absent.append(change(axis.code, axis.title))
        session.delete(axis)
    session.flush()
