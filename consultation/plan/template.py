"""Writes the plan's file: one to fill in, or the plan as it is."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from consultation.plan.drafts import AxisDraft, IndicatorDraft, MeasureDraft, PlanDraft
from consultation.plan.examples import EXAMPLES
from consultation.plan.explanations import explanations
from consultation.plan.models import Indicator, Measure
from consultation.plan.placing import WORDING
from consultation.plan.searching import indicators_in_force, whole_measures
from consultation.plan.tabling import combined_table, tables
from consultation.sheets.tables import Table
from consultation.sheets.writing import Format, write_csv, write_workbook


def write_template(path: Path, format: Format) -> None:
    """Write a file to fill in, with example rows that an import leaves out.

    XLSX and ODS begin with a sheet of explanations.  CSV is one plain file, not a zip: the one
    sheet that `reading.read_plan` expects.  Raise OSError when the file can't be written.
    """
    write_draft(EXAMPLES, path, format, before=[explanations()])


def write_draft(
    draft: PlanDraft, path: Path, format: Format, *, before: Sequence[Table] = ()
) -> None:
    """Write a draft as a file that `reading.read_plan` reads; `before` are sheets for people."""
    if format is Format.CSV:
        write_csv(combined_table(draft), path)
    else:
        write_workbook([*before, *tables(draft)], path, format)


def export_tables(session: Session) -> list[Table]:
    """Return the plan in force in the shape of the template: imported again, it changes nothing.

    *Motif du changement* is empty: it is for the next change.
    """
    return tables(draft_of(session))


def draft_of(session: Session) -> PlanDraft:
    """Return the plan in force as a draft, its axes in the order of its measures."""
    found = whole_measures(session)
    axis_by_code = {
        measure.axis.code: AxisDraft(measure.axis.code, measure.axis.title) for measure in found
    }
    drafts = (measure_draft(measure, indicators_in_force(measure)) for measure in found)
    return PlanDraft(tuple(axis_by_code.values()), tuple(drafts))


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
