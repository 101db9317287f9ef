"""Importer of status assessments: reads a file, compares it with what is stored, applies it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.clock import in_paris
from consultation.db import stale
from consultation.db.stale import StaleEdit
from consultation.i18n import DEFAULT_LOCALE, LOCALES, folded, key_of
from consultation.plan.models import Measure, MeasureStatus
from consultation.plan.statuses import assessments
from consultation.plan.statuses.assessments import Assessment, assessment_of
from consultation.plan.statuses.parsing import assessed_by
from consultation.plan.statuses.workbook import READ_COLUMNS, SHEET, TITLE
from consultation.records.files import values_of
from consultation.spreadsheets.changes import ImportChanges
from consultation.spreadsheets.reader.rows import (
    QUOTED,
    ListSheet,
    Row,
    Sheet,
    is_doubtful_percentage,
    plain_text,
)
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

LISTED = ListSheet(
    SHEET,
    READ_COLUMNS,
    "les évaluations",
    ("aucune évaluation n'est remplie", "Remplissez une ligne au moins."),
    unread=(TITLE,),
)
EVIDENCE = tuple(key_of("evidence", tag) for tag in LOCALES)
CONTENT = ("assessed_on", "level", *EVIDENCE, "source_url")
"""A row counts when one of these columns at least is filled."""


@dataclass(frozen=True)
class StatusDraft:
    """Status assessment of one row; `columns` are those of the sheet, empty cells included."""

    measure_id: int
    assessment: Assessment
    columns: frozenset[str]


@dataclass(frozen=True)
class StatusList:
    """Status assessments of a file, and the headers of columns that were not read."""

    drafts: Sequence[StatusDraft]
    unread: Sequence[str]


def read_statuses(path: Path, measures: Sequence[Measure], today: date) -> StatusList:
    """Return the status assessments that an XLSX, ODS or CSV file holds of `measures`.

    Raise `SheetRefused` with all errors: a file with one error gives nothing.
    """
    known = {folded(measure.code): measure for measure in measures}
    return StatusList(*LISTED.read(path, lambda sheet: _drafts(sheet, known, today)))


def _drafts(sheet: Sheet, known: Mapping[str, Measure], today: date) -> list[StatusDraft]:
    first_row: dict[tuple[object, ...], int] = {}
    drafts = []
    for raw in sheet.raw_rows():
        if not raw.has(CONTENT):
            continue
        row = sheet.read(raw.with_written_dates(["assessed_on"]))
        draft = _draft(row, known, today)
        if draft is None:
            continue
        assessment = draft.assessment
        place = (draft.measure_id, assessment.assessor, assessment.assessed_on)
        if first_row.setdefault(place, row.number) != row.number:
            _note_twice(row, first_row[place])
        drafts.append(draft)
    return drafts


def _draft(row: Row, known: Mapping[str, Measure], today: date) -> StatusDraft | None:
    """Return the status assessment of a row, None when a value is missing or refused, as noted."""
    problems = len(row.sheet.problems)
    measure = _measure(row, known)
    for key in ("assessed_on", "level"):
        _require(row, key)
    values = values_of(row, Assessment, {"assessed_on": assessed_by(today)})
    _note_percentages(row)
    if measure is None or len(row.sheet.problems) > problems:
        return None
    return StatusDraft(measure.id, Assessment(**values), frozenset(row.raw.cells))


def _measure(row: Row, known: Mapping[str, Measure]) -> Measure | None:
    code = row.text("measure")
    if code is None:
        return None
    measure = known.get(folded(code))
    if measure is None:
        row.note(
            "measure",
            f"aucune mesure en vigueur n'a pour code « {code[:QUOTED]} »",
            "Écrivez le code comme il est dans le plan, ou supprimez la ligne.",
        )
    return measure


def _require(row: Row, key: str) -> None:
    """Note a cell that a row may not leave empty."""
    if not plain_text(row.raw.cells.get(key)):
        row.note(
            key,
            "la cellule est vide alors que la ligne dit quelque chose",
            "Remplissez-la, ou videz la date, le niveau, les éléments et le lien de la ligne.",
        )


def _note_percentages(row: Row) -> None:
    """Refuse a number as evidence: a spreadsheet stores 19 % as 0.19."""
    for key in EVIDENCE:
        cell = row.raw.cells.get(key)
        if is_doubtful_percentage(cell, ""):
            row.note(
                key,
                f"un nombre ({plain_text(cell)}) se trouve là où un texte est attendu",
                "Mettez la cellule au format Texte et écrivez une phrase.",
            )


def _note_twice(row: Row, first: int) -> None:
    row.note(
        "assessed_on",
        f"la ligne {first} donne déjà une évaluation de cette mesure, du même évaluateur et du"
        " même jour",
        f"Gardez une seule des lignes {first} et {row.number}, ou changez une date.",
    )


@dataclass(frozen=True)
class StatusChange:
    """A status assessment as stored, None for a new one, and as the file has it."""

    measure: Measure
    before: Assessment | None
    after: Assessment

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the values that differ."""
        before = vars(self.before) if self.before else {}
        return tuple(name for name, value in vars(self.after).items() if before.get(name) != value)


@dataclass
class StatusChanges(ImportChanges[StatusChange]):
    """Status assessments that an import adds and changes; it removes none."""

    @property
    def digest(self) -> str:
        """The digest of all that a preview displays."""
        return stale.digest(
            [
                (change.measure.code, change.before and change.before.digest, change.after.digest)
                for change in (*self.new, *self.changed)
            ],
            self.unchanged_count,
        )


def read(work: Work, path: Path) -> StatusList:
    """Return the status assessments of a file on the measures in force; raise `SheetRefused`.

    Slow for a large file: to be called outside `writing`.
    """
    measures = assessments.assessed_measures(work)
    return read_statuses(path, measures, in_paris(work.at).date())


def compare(work: Work, drafts: Sequence[StatusDraft]) -> StatusChanges:
    """Compare the drafts with what is stored now; changes come in the order of the plan."""
    measures = {measure.id: measure for measure in assessments.assessed_measures(work)}
    stored = _stored(work.session)
    rank = {measure_id: position for position, measure_id in enumerate(measures)}
    changes = StatusChanges()
    for draft in sorted(drafts, key=lambda draft: rank.get(draft.measure_id, 0)):
        measure = measures.get(draft.measure_id)
        if measure is None:  # retired since the file was read; the displayed changes are stale
            continue
        status = stored.get(_place(draft.measure_id, draft.assessment))
        _add_change(changes, measure, assessment_of(status) if status else None, draft)
    return changes


@needs(Permission.EDIT_PLAN)
def apply(work: Work, drafts: Sequence[StatusDraft], previewed: str) -> StatusChanges:
    """Store what the drafts change, when its digest is still `previewed`.

    Raise `StaleEdit`.
    """
    assessments.lock_measures(work.session, {draft.measure_id for draft in drafts})
    changes = compare(work, drafts)
    if changes.digest != previewed:
        raise StaleEdit("une évaluation ou le plan")
    stored = _stored(work.session)
    for change in changes.changed:
        status = stored[_place(change.measure.id, change.after)]
        for name in change.fields:
            setattr(status, name, getattr(change.after, name))
    work.session.add_all(
        MeasureStatus(measure_id=change.measure.id, **vars(change.after)) for change in changes.new
    )
    work.session.flush()
    audit_log.log(work, "statuses_imported", None, changes.counts)
    return changes


Place = tuple[object, ...]


def _place(measure_id: int, assessment: Assessment) -> Place:
    return measure_id, assessment.assessor, assessment.assessed_on


def _stored(session: Session) -> Mapping[Place, MeasureStatus]:
    query = sa.select(MeasureStatus).execution_options(populate_existing=True)
    return {
        (status.measure_id, status.assessor, status.assessed_on): status
        for status in session.scalars(query)
    }


def _add_change(
    changes: StatusChanges, measure: Measure, before: Assessment | None, draft: StatusDraft
) -> None:
    change = StatusChange(measure, before, _with_stored_values(draft, before))
    if before is None:
        changes.new.append(change)
    elif change.fields:
        changes.changed.append(change)
    else:
        changes.unchanged_count += 1


def _with_stored_values(draft: StatusDraft, before: Assessment | None) -> Assessment:
    """Return the status assessment of a row, with stored values where the sheet lacks columns."""
    assessment = draft.assessment
    if before is None:
        return assessment
    now, then = assessment.evidence or {}, before.evidence or {}
    texts = {
        tag: (now if key_of("evidence", tag) in draft.columns else then).get(tag, "")
        for tag in LOCALES
    }
    evidence = {tag: text for tag, text in texts.items() if text}
    link = assessment.source_url if "source_url" in draft.columns else before.source_url
    has_french = DEFAULT_LOCALE in evidence
    return replace(assessment, evidence=evidence if has_french else None, source_url=link)
