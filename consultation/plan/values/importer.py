"""Importer of observed values: reads a file, compares it with what stands, stores what changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.db import stale
from consultation.db.stale import StaleEdit
from consultation.i18n import folded, localized
from consultation.plan import apply as plan_apply
from consultation.plan import queries
from consultation.plan.measurement.values import measurement_of
from consultation.plan.models import Indicator, IndicatorVersion, MeasuredAs
from consultation.plan.queries import indicators_in_force
from consultation.plan.values import record
from consultation.plan.values.models import IndicatorValue
from consultation.plan.values.record import Report, is_same, observed_as, report_of, row_of
from consultation.plan.values.texts import is_doubtful, moment_of
from consultation.plan.values.workbook import (
    CONTEXT,
    MOMENT,
    READ_COLUMNS,
    REFERENCE,
    REPORTED,
    SHEET,
    texts_of,
)
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
    "les valeurs",
    ("aucune valeur n'est remplie", "Remplissez une ligne au moins."),
    unread=CONTEXT,
)
CONTENT = [field.name for field in (*REPORTED, REFERENCE)]
"""A row counts when one of these columns at least is filled."""


@dataclass(frozen=True)
class ValueDraft:
    """Value of one row; `reference` is the public id of the one that it corrects, "" for none."""

    indicator_id: int
    reference: str
    reported: Report
    row: int


@dataclass(frozen=True)
class ValueList:
    """Values of a file, and the headers of columns that were not read."""

    drafts: Sequence[ValueDraft]
    unread: Sequence[str]


class Conflict(Exception):
    """A row does not fit what is stored now; `column` is the key of the cell to mend."""

    def __init__(self, column: str, what: str, remedy: str) -> None:
        super().__init__(what)
        self.column, self.what, self.remedy = column, what, remedy


@dataclass(frozen=True)
class ValueChange:
    """A value as stored, None for a new one, and as the file has it."""

    indicator: Indicator
    stored: IndicatorValue | None
    reported: Report

    @property
    def version(self) -> IndicatorVersion:
        """The version by which it is measured: a corrected value keeps its own."""
        return self.stored.version if self.stored else self.indicator.version

    @cached_property
    def before(self) -> dict[str, str]:
        """The texts of the stored value."""
        return texts_of(report_of(self.stored)) if self.stored else {}

    @cached_property
    def after(self) -> dict[str, str]:
        """The texts of the value of the file."""
        return texts_of(self.reported)

    @property
    def fields(self) -> list[str]:
        """Names of the texts that differ."""
        return [name for name, text in self.after.items() if self.before.get(name) != text]

    @property
    def is_doubtful(self) -> bool:
        """Whether the value is possible but unlikely."""
        return is_doubtful(self.reported.value, measurement_of(self.version).measured_as)


@dataclass
class ValueChanges(ImportChanges[ValueChange]):
    """Values that an import adds and corrects; it takes none back."""

    conflict_count: int = 0

    @property
    def doubtful(self) -> list[ValueChange]:
        """Those that a person has to confirm."""
        return [change for change in (*self.new, *self.changed) if change.is_doubtful]

    @property
    def digest(self) -> str:
        """The digest of all that a preview displays."""
        return stale.digest(
            [
                (change.version.id, change.stored and change.stored.public_id, change.after)
                for change in (*self.new, *self.changed)
            ],
            self.unchanged_count,
        )


@dataclass(frozen=True)
class Recorded:
    """The indicators in force, in the order of the plan, and their values that stand."""

    indicators: Mapping[int, Indicator]
    values: Mapping[int, Sequence[IndicatorValue]]

    @cached_property
    def by_code(self) -> Mapping[str, Indicator]:
        """The indicators by their folded code."""
        return {folded(it.code): it for it in self.indicators.values()}

    @cached_property
    def by_reference(self) -> Mapping[str, IndicatorValue]:
        """The values by their public id."""
        return {row.public_id: row for rows in self.values.values() for row in rows}


def recorded(session: Session) -> Recorded:
    """Return the record with which an import is compared, in few queries."""
    measures = queries.whole_measures(session)
    indicators = {it.id: it for measure in measures for it in indicators_in_force(measure)}
    return Recorded(indicators, record.current(session, list(indicators)))


@needs(Permission.RECORD_VALUES)
def read(work: Work, path: Path) -> ValueList:
    """Return the values of a file on the indicators in force; raise `SheetRefused`.

    Slow for a large file: to be called outside `writing`.
    """
    stored = recorded(work.session)
    drafts, unread = LISTED.read(path, partial(_drafts, work.session, stored))
    return ValueList(drafts, unread)


@needs(Permission.RECORD_VALUES)
def compare(work: Work, drafts: Sequence[ValueDraft]) -> ValueChanges:
    """Compare the drafts with what is stored now; changes come in the order of the plan."""
    stored = recorded(work.session)
    rank = {indicator_id: place for place, indicator_id in enumerate(stored.indicators)}
    changes = ValueChanges()
    for draft in sorted(drafts, key=lambda it: rank.get(it.indicator_id, 0)):
        try:
            change = _change(draft, stored)
        except Conflict:  # stored since the file was read; the displayed changes are stale
            changes.conflict_count += 1
            continue
        if change is None:
            changes.unchanged_count += 1
        else:
            (changes.changed if change.stored else changes.new).append(change)
    return changes


@needs(Permission.RECORD_VALUES)
def apply(work: Work, drafts: Sequence[ValueDraft], previewed: str) -> ValueChanges:
    """Store what the drafts change, when its digest is still `previewed`.

    Raise `StaleEdit`.
    """
    plan_apply.lock_plan(work.session)
    changes = compare(work, drafts)
    if changes.conflict_count or changes.digest != previewed:
        raise StaleEdit("une valeur ou le plan")
    work.session.add_all(
        row_of(change.indicator, change.stored, change.reported, work.actor, work.at)
        for change in (*changes.new, *changes.changed)
    )
    work.session.flush()
    audit_log.log(work, "values_imported", None, changes.counts)
    return changes


def _drafts(session: Session, stored: Recorded, sheet: Sheet) -> list[ValueDraft]:
    drafts: list[ValueDraft] = []
    first_row: dict[object, int] = {}
    for raw in sheet.raw_rows():
        if not raw.has(CONTENT):
            continue
        row = sheet.read(raw.with_written_dates([MOMENT.name, "observed_on"]))
        draft = _draft(session, row, stored)
        if draft is None:
            continue
        for key, column, what in _places(draft):
            if first_row.setdefault(key, row.number) != row.number:
                _note_twice(row, first_row[key], column, what)
                break
        else:
            drafts.append(draft)
    return drafts


def _places(draft: ValueDraft) -> list[tuple[object, str, str]]:
    """Return the places that no other row may take, with its column and its name in a sentence."""
    texts = texts_of(draft.reported)
    same = ("moment", "value", "missing_because", "reported_by", "reporter", "source", "covers")
    content = (draft.indicator_id, *(texts[name] for name in same))
    places: list[tuple[object, str, str]] = [
        (content, "value", "donne déjà cette valeur de cette source")
    ]
    if draft.reference:
        corrects = "corrige déjà la valeur de cette référence"
        places.append((draft.reference, REFERENCE.name, corrects))
    return places


def _note_twice(row: Row, first: int, column: str, what: str) -> None:
    row.note(
        column,
        f"la ligne {first} {what}",
        f"Gardez une seule des lignes {first} et {row.number} ; pour une valeur de plus, videz sa"
        " référence et changez ce qui la distingue.",
    )


def _draft(session: Session, row: Row, stored: Recorded) -> ValueDraft | None:
    """Return the value of a row, None when a cell is missing or refused, as noted."""
    indicator = _indicator(session, row, stored)
    if indicator is None:
        return None
    reference = row.text(REFERENCE.name) or ""
    before = stored.by_reference.get(reference)
    version = before.version if before else indicator.version
    _check_unit(row, version)
    reported = _reported(row, before, measurement_of(version).measured_as)
    if reported is None:
        return None
    draft = ValueDraft(indicator.id, reference, reported, row.number)
    try:
        _change(draft, stored)
    except Conflict as conflict:
        row.note(conflict.column, conflict.what, conflict.remedy)
        return None
    return draft


def _indicator(session: Session, row: Row, stored: Recorded) -> Indicator | None:
    code = row.text("indicator")
    if code is None:
        return None
    indicator = stored.by_code.get(folded(code))
    if indicator is not None:
        return indicator
    if queries.stored_indicator(session, code) is None:
        what = f"aucun indicateur en vigueur n'a pour code « {code[:QUOTED]} »"
        remedy = "Écrivez le code comme il est dans le plan, ou supprimez la ligne."
    else:
        what = f"l'indicateur « {code[:QUOTED]} » est retiré du plan"
        remedy = "Supprimez la ligne, ou remettez d'abord l'indicateur dans le plan."
    row.note("indicator", what, remedy)
    return None


def _check_unit(row: Row, version: IndicatorVersion) -> None:
    text, unit = row.text("unit"), localized(version.unit, "fr")
    if not text or folded(text) == folded(unit):
        return
    is_named = f"celle de l'indicateur est « {unit} »" if unit else "l'indicateur n'en a pas"
    row.note(
        "unit",
        f"l'unité écrite est « {text[:QUOTED]} », et {is_named}",
        "Convertissez la valeur et remettez l'unité du plan. Si c'est l'indicateur qui change"
        " d'unité, changez d'abord le plan.",
    )


def _reported(row: Row, before: IndicatorValue | None, kind: MeasuredAs | None) -> Report | None:
    """Return the report of a row; a field without a column in the sheet stays as it is stored."""
    problems = len(row.sheet.problems)
    values = values_of(row, Report, {"value": observed_as(kind)}) | _moment(row)
    if row.text("value") and "missing_because" not in row.raw.cells:
        values["missing_because"] = None
    _require(row, MOMENT.name)
    _require(row, "reported_by")
    if before:
        values = vars(report_of(before)) | values
    _check_value(row, values, kind)
    if len(row.sheet.problems) > problems:
        return None
    return Report(**values)


def _moment(row: Row) -> dict[str, Any]:
    moment = row.value(MOMENT.name, moment_of)
    is_day = isinstance(moment, date)
    return {"day": moment if is_day else None, "point": None if is_day else moment}


def _require(row: Row, key: str) -> None:
    if not plain_text(row.raw.cells.get(key)):
        row.note(
            key,
            "la cellule est vide alors que la ligne dit quelque chose",
            "Remplissez-la, ou supprimez la ligne.",
        )


def _check_value(row: Row, values: Mapping[str, Any], kind: MeasuredAs | None) -> None:
    cell = row.raw.cells.get("value")
    if kind is MeasuredAs.PERCENTAGE and is_doubtful_percentage(cell, "%"):
        row.note(
            "value",
            f"le nombre {row.text('value')} est peut-être un pourcentage, qu'un tableur enregistre"
            " divisé par cent",
            "Mettez la cellule au format Texte, puis écrivez « 12,5 » pour 12,5 %.",
        )
    elif plain_text(cell) and values.get("missing_because"):
        row.note(
            "value",
            "la ligne donne une valeur et dit qu'elle manque",
            "Gardez l'un ou l'autre.",
        )
    elif not (
        plain_text(cell)
        or plain_text(row.raw.cells.get("missing_because"))
        or values.get("missing_because")
    ):
        row.note(
            "value",
            "la ligne ne donne pas de valeur et ne dit pas pourquoi elle manque",
            "Écrivez la valeur, ou dites pourquoi elle manque.",
        )


def _change(draft: ValueDraft, stored: Recorded) -> ValueChange | None:
    """Return the change that a draft makes, None for one that stands already; raise `Conflict`."""
    indicator = stored.indicators.get(draft.indicator_id)
    if indicator is None:
        raise Conflict("indicator", "l'indicateur est retiré du plan", "Supprimez la ligne.")
    rows = stored.values.get(indicator.id, ())
    before = next((it for it in rows if it.public_id == draft.reference), None)
    texts = texts_of(draft.reported)
    alike = next((it for it in rows if texts_of(report_of(it)) == texts), None)
    if alike is not None and before in (None, alike):
        return None  # an import that was done before: its corrections stand by other references
    if draft.reference and before is None:
        raise _unknown_reference(draft, stored)
    if any(is_same(draft.reported, report_of(it)) for it in rows if it is not before):
        raise Conflict(
            "value",
            "cette valeur est déjà là, pour cette échéance et de cette source",
            "Supprimez la ligne ; pour corriger la valeur qui est là, prenez sa référence dans un"
            " classeur téléchargé maintenant.",
        )
    return ValueChange(indicator, before, draft.reported)


def _unknown_reference(draft: ValueDraft, stored: Recorded) -> Conflict:
    other = stored.by_reference.get(draft.reference)
    if other is None:
        what = "la valeur que la ligne corrige a été corrigée ou retirée entre-temps"
        remedy = (
            "Téléchargez le classeur de nouveau et reprenez-y la correction, ou videz la référence"
            " pour ajouter une valeur."
        )
    else:
        code = stored.indicators[other.version.indicator_id].code
        what = f"la référence est celle d'une valeur de « {code} »"
        remedy = f"Remettez le code « {code} », ou videz la référence pour ajouter une valeur."
    return Conflict(REFERENCE.name, what, remedy)
