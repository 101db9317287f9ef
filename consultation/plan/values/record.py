"""Recording of observed values: reported once, superseded or taken back, never edited."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from consultation.accounts.audit import audit_log
from consultation.db.stale import StaleEdit
from consultation.i18n import N_, folded, localized
from consultation.plan import apply
from consultation.plan.measurement.texts import LONGEST_LEVEL, date_of, date_text, value_text
from consultation.plan.measurement.values import Value, measurement_of
from consultation.plan.models import Indicator, IndicatorVersion, MeasuredAs
from consultation.plan.queries import IndicatorRetired
from consultation.plan.values.models import (
    IndicatorValue,
    MissingBecause,
    Reporter,
    Showing,
    SourceKind,
    ValuePoint,
)
from consultation.plan.values.progress import Conclusion, Observation, conclude, end_of
from consultation.plan.values.texts import observed
from consultation.records.fields import (
    FieldKind,
    choice,
    described,
    descriptions,
    line,
    paragraphs,
    record,
)
from consultation.records.kinds import DAY, LINK
from consultation.spreadsheets.reader.rows import Holds
from consultation.web.permissions import Actor, Permission
from consultation.work.services import Work, needs

COLUMNS: Mapping[type, str] = {
    bool: "is_met",
    float: "number",
    int: "number",
    date: "date",
    str: "level",
}
"""The column of a value of each type."""
ORDER = (ValuePoint.INTERIM, ValuePoint.MIDTERM, ValuePoint.FINAL)


OTHER_REPORTERS: Mapping[str, Reporter] = {
    "l'etat": Reporter.STATE,
    "le collectif": Reporter.COLLECTIVE,
    "le rapporteur": Reporter.RAPPORTEUR,
    "le rapporteur national": Reporter.RAPPORTEUR,
    "rapporteur": Reporter.RAPPORTEUR,
    "une association": Reporter.ASSOCIATION,
}
"""Further names of those who give a value, without accents."""
PARTIAL_DATE: FieldKind[str] = FieldKind(date_of, date_text, 30)
OBSERVED: FieldKind[Value] = FieldKind(
    partial(observed, kind=None), value_text, LONGEST_LEVEL, holds=Holds.VALUE
)


def observed_as(measured_as: MeasuredAs | None) -> FieldKind[Value]:
    """Return the kind of the values of an indicator."""
    return replace(OBSERVED, read=partial(observed, kind=measured_as))


@record
class Report:
    """A value as it is reported: of a point or of a day, and either a value or why there is none.

    `observed_on` is in ISO 8601, as precise as it is known.
    """

    point: ValuePoint | None = described(
        choice(ValuePoint),
        N_("Échéance"),
        "Échéance du plan ; vide si la valeur est d'un jour.",
        default=None,
    )
    day: date | None = described(
        DAY, "Jour", "Jour de la valeur, si elle n'est pas d'une échéance.", default=None
    )
    value: Value | None = described(
        OBSERVED, "Valeur", "La valeur seule : 12,5 pour 12,5 %. Vide si elle manque.", default=None
    )
    missing_because: MissingBecause | None = described(
        choice(MissingBecause, "aucune raison ne s'appelle"),
        N_("Pourquoi elle manque"),
        "À dire quand la valeur est vide.",
        header="Valeur manquante",
        blank="Elle ne manque pas",
        width=24,
        default=None,
    )
    observed_on: str = described(
        PARTIAL_DATE,
        "Date de la valeur",
        "Aussi précise qu'on la sait : 2026, 06/2026 ou 30/06/2026.",
        width=14,
        default="",
    )
    covers: str = described(
        line(500),
        N_("Ce qu'elle couvre"),
        "Territoire, personnes, ce qui n'y est pas.",
        header="Couvre",
        width=40,
        default="",
    )
    reported_by: Reporter = described(
        choice(Reporter, "aucune source ne s'appelle", OTHER_REPORTERS),
        "Qui la donne",
        "L'État, le collectif, le rapporteur ou une association.",
        missing="Dites qui donne cette valeur.",
    )
    reporter: str = described(
        line(300),
        N_("Organisation"),
        "L'association ou le service, s'il est dit.",
        width=26,
        default="",
    )
    source: str = described(line(500), N_("Source"), "D'où vient la valeur.", width=40, default="")
    source_url: str | None = described(
        LINK,
        N_("Lien"),
        "L'adresse de la source, qui commence par https://.",
        width=40,
        default=None,
    )
    source_kind: SourceKind | None = described(
        choice(SourceKind, "aucune sorte de source ne s'appelle"),
        N_("Sorte de source"),
        "Ce qu'est la source. Peut rester vide.",
        blank="Pas encore dit",
        width=24,
        default=None,
    )
    note: str = described(
        paragraphs(2000), "Note", "Pour l'équipe seulement.", width=40, is_public=False, default=""
    )


REPORTED = tuple(name for name in descriptions(Report) if name != "value")
"""The names of what is reported beside the value, which are those of the columns."""


class AlreadyReported(Exception):
    """The same value of the same source is there for that moment."""


def current(session: Session, indicator_ids: Collection[int]) -> Mapping[int, list[IndicatorValue]]:
    """Return by indicator the values that stand, in the order of their moments, in one query."""
    rows = session.scalars(
        sa.select(IndicatorValue)
        .join(IndicatorVersion, IndicatorVersion.id == IndicatorValue.indicator_version_id)
        .where(IndicatorVersion.indicator_id.in_(indicator_ids), is_in_force())
        .options(joinedload(IndicatorValue.version))
        .order_by(IndicatorValue.id)
    )
    values: dict[int, list[IndicatorValue]] = defaultdict(list)
    for row in rows:
        values[row.version.indicator_id].append(row)
    return {indicator_id: sorted(of, key=_moment) for indicator_id, of in values.items()}


def in_place_of(
    session: Session, indicator_id: int, public_id: str | None
) -> IndicatorValue | None:
    """Return the value that stands in the place of one, itself as long as it stands.

    None for one of another indicator, and once it was taken back.
    """
    query = (
        sa.select(IndicatorValue)
        .join(IndicatorVersion, IndicatorVersion.id == IndicatorValue.indicator_version_id)
        .where(IndicatorVersion.indicator_id == indicator_id)
    )
    row = session.scalar(query.where(IndicatorValue.public_id == public_id))
    while row and (later := session.scalar(query.where(IndicatorValue.supersedes_id == row.id))):
        row = later
    return None if row is None or row.is_withdrawn else row


def is_in_force() -> sa.ColumnElement[bool]:
    """Return the condition that an `IndicatorValue` is neither superseded nor taken back."""
    later = aliased(IndicatorValue)
    is_superseded = sa.exists().where(later.supersedes_id == IndicatorValue.id)
    return sa.and_(~is_superseded, IndicatorValue.is_withdrawn.is_(False))


def measures_valued(session: Session) -> set[int]:
    """Return the ids of the measures of whose indicators a value was reported."""
    rows = session.scalars(
        sa.select(Indicator.measure_id)
        .join(IndicatorVersion, IndicatorVersion.indicator_id == Indicator.id)
        .join(IndicatorValue, IndicatorValue.indicator_version_id == IndicatorVersion.id)
        .distinct()
    )
    return set(rows)


def report(
    work: Work, indicator: Indicator, reported: Report, *, supersedes: str | None = None
) -> IndicatorValue:
    """Store a value, in place of the one of that public id if any; else of the version in force.

    Raise `StaleEdit` where that one does not stand any more, `AlreadyReported`,
    `IndicatorRetired` or `NotAllowed`.
    """
    before = _in_force(work, indicator, supersedes)
    if indicator.retired_at is not None:
        raise IndicatorRetired
    row = row_of(indicator, before, reported, work.actor, work.at)
    others = current(work.session, [indicator.id]).get(indicator.id, [])
    if any(is_same(reported, report_of(it)) for it in others if it is not before):
        raise AlreadyReported
    work.session.add(row)
    work.session.flush()
    _record(work, "value_changed" if before else "value_reported", indicator, row)
    return row


def withdraw(work: Work, indicator: Indicator, public_id: str) -> None:
    """Take a value back; raise `StaleEdit` where it does not stand any more."""
    before = _in_force(work, indicator, public_id)
    assert before is not None
    row = IndicatorValue(
        indicator_version_id=before.indicator_version_id,
        point=before.point,
        day=before.day,
        is_withdrawn=True,
        reported_by=before.reported_by,
        created_at=work.at,
        account_id=work.actor.id,
        supersedes_id=before.id,
    )
    work.session.add(row)
    work.session.flush()
    _record(work, "value_withdrawn", indicator, row)


def row_of(
    indicator: Indicator,
    before: IndicatorValue | None,
    reported: Report,
    actor: Actor,
    at: datetime,
) -> IndicatorValue:
    """Return the row of a value, to be stored; a corrected one keeps its definition."""
    version_id = before.indicator_version_id if before else indicator.version.id
    row = IndicatorValue(
        indicator_version_id=version_id,
        supersedes_id=before.id if before else None,
        created_at=at,
        account_id=actor.id,
        **{name: getattr(reported, name) for name in REPORTED},
    )
    if reported.value is not None:
        setattr(row, COLUMNS[type(reported.value)], reported.value)
    return row


def report_of(row: IndicatorValue) -> Report:
    return Report(value=value_of(row), **{name: getattr(row, name) for name in REPORTED})


def is_same(reported: Report, other: Report) -> bool:
    """Return whether two reports are of the same value of the same source for the same moment."""
    names = ("point", "day", "value", "missing_because", "reported_by", "reporter")
    return all(getattr(reported, it) == getattr(other, it) for it in (*names, "source", "covers"))


def value_of(row: IndicatorValue) -> Value | None:
    """Return the value of a row, None where it is missing."""
    for value in (row.number, row.date, row.is_met, row.level):
        if value is not None:
            return value
    return None


def series_of(indicator: Indicator) -> Mapping[int, int]:
    """Return the number of the series of each version, by its id.

    Another definition, unit or kind of value starts another series; another label does not.
    """
    numbers: dict[int, int] = {}
    last: object = None
    number = 0
    for version in indicator.versions:
        texts = (version.definition, version.unit)
        measured_as = measurement_of(version).measured_as
        meaning = (*(folded(localized(it, "fr")) for it in texts), measured_as)
        number += meaning != last
        numbers[version.id], last = number, meaning
    return numbers


def progress_of(
    indicator: Indicator,
    values: Sequence[IndicatorValue],
    today: date,
    hidden: Mapping[int, Showing] | None = None,
) -> Conclusion:
    """Return the word for the progress of an indicator, by the targets of the version in force.

    `hidden` says by id how a value is shown whose number is not: the word says nothing of it.
    """
    series = series_of(indicator)
    present = series[indicator.version.id]
    hidden = hidden or {}
    observations = [
        Observation(
            None if row.id in hidden else value_of(row),
            row.point,
            row.observed_on or (row.day.isoformat() if row.day else ""),
            row.missing_because,
            series[row.indicator_version_id] == present,
            hidden.get(row.id),
        )
        for row in values
    ]
    return conclude(measurement_of(indicator.version), observations, today)


@needs(Permission.RECORD_VALUES)
def _in_force(work: Work, indicator: Indicator, public_id: str | None) -> IndicatorValue | None:
    """Lock the plan, and return the value of that id as long as it stands."""
    apply.lock_plan(work.session)
    work.session.refresh(indicator)
    if public_id is None:
        return None
    rows = current(work.session, [indicator.id]).get(indicator.id, [])
    row = next((it for it in rows if it.public_id == public_id), None)
    if row is None:
        raise StaleEdit("la valeur")
    return row


def _moment(row: IndicatorValue) -> tuple[date, int, int]:
    """Return the key that sorts values: by date, those of a point without one at its place."""
    day = row.day or end_of(row.observed_on) or date.max
    return day, ORDER.index(row.point) if row.point else 0, row.id


def details_of(row: IndicatorValue) -> dict[str, str]:
    """Return the details of a value in the audit log, beside its indicator."""
    return {"point": row.point.value if row.point else str(row.day)}


def _record(work: Work, action: str, indicator: Indicator, row: IndicatorValue) -> None:
    audit_log.log(work, action, indicator.code, details_of(row))
