"""Status assessments of measures, by the State, the collective and the rapporteur."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from consultation.accounts.audit import audit_log
from consultation.db.stale import StaleEdit, digest
from consultation.i18n import Localized
from consultation.plan import queries
from consultation.plan.models import Assessor, Axis, Level, Measure, MeasureStatus
from consultation.plan.statuses.parsing import ASSESSOR, LEVEL
from consultation.records.fields import (
    described,
    descriptions,
    paragraphs,
    record,
    translated,
)
from consultation.records.kinds import DAY, LINK
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


class AlreadyAssessed(Exception):
    """The assessor already has a status assessment of the measure on that day."""


@record
class Assessment:
    """One status assessment, as plain values."""

    assessor: Assessor = described(
        ASSESSOR,
        "Qui évalue",
        "Chaque évaluateur a son propre fil : les trois avis restent côte à côte.",
        header="Évaluateur",
        missing="Dites qui évalue.",
        width=22,
    )
    assessed_on: date = described(
        DAY,
        "Date de l'évaluation",
        "Le jour où l'évaluation a été faite ou publiée, au plus tard aujourd'hui.",
        header="Date",
        missing="Donnez le jour où l'évaluation a été faite.",
        width=14,
    )
    level: Level = described(
        LEVEL,
        "Niveau",
        "Deux échelles sont en usage ; prenez celle que suit cette évaluation.",
        missing="Choisissez un niveau.",
        width=24,
    )
    evidence: Localized | None = translated(
        paragraphs(5000),
        "Éléments à l'appui",
        "Ce qui fonde l'évaluation, en texte simple ; une ligne vide sépare deux paragraphes."
        " Facultatif, 5 000 caractères au plus.",
        header="Éléments",
        width=60,
        default=None,
    )
    source_url: str | None = described(
        LINK,
        "Lien vers la source",
        "Facultatif. L'adresse d'une page, qui commence par https://",
        header="Lien",
        width=40,
        default=None,
    )

    @property
    def digest(self) -> str:
        """Text that differs as soon as any value does."""
        evidence = sorted((self.evidence or {}).items())
        return digest(self.assessor, self.assessed_on, self.level, evidence, self.source_url)


@dataclass(frozen=True)
class BoardRow:
    """A measure and the latest status assessment by each assessor that has one."""

    measure: Measure
    latest: Mapping[Assessor, MeasureStatus]


@dataclass(frozen=True)
class Board:
    """The measures in force by axis, and how many are at each level, by assessor."""

    axes: Sequence[tuple[Axis, Sequence[BoardRow]]]
    counts: Mapping[Assessor, Mapping[Level, int]]
    measure_count: int

    @property
    def measures(self) -> Sequence[Measure]:
        """The measures, axis by axis."""
        return [row.measure for _axis, rows in self.axes for row in rows]

    @property
    def levels(self) -> Mapping[int, Mapping[Assessor, Level]]:
        """The latest level by each assessor, by id of the measure."""
        rows = [row for _axis, rows in self.axes for row in rows]
        return {row.measure.id: {it: row.latest[it].level for it in row.latest} for row in rows}

    @property
    def assessment_count(self) -> int:
        """Number of the latest status assessments."""
        return sum(sum(by_level.values()) for by_level in self.counts.values())


def assessment_of(status: MeasureStatus) -> Assessment:
    """Return the values of a stored status assessment."""
    return Assessment(**{name: getattr(status, name) for name in descriptions(Assessment)})


def in_order(statuses: Iterable[MeasureStatus]) -> list[MeasureStatus]:
    """Sort status assessments, latest first; those of one day in the order of `Assessor`."""
    rank = {assessor: position for position, assessor in enumerate(Assessor)}
    by_assessor = sorted(statuses, key=lambda status: rank[status.assessor])
    return sorted(by_assessor, key=lambda status: status.assessed_on, reverse=True)


def latest(statuses: Iterable[MeasureStatus]) -> dict[Assessor, MeasureStatus]:
    """Return each assessor's latest status assessment, in the order of `Assessor`."""
    by_assessor: dict[Assessor, MeasureStatus] = {}
    for status in in_order(statuses):
        by_assessor.setdefault(status.assessor, status)
    return {assessor: by_assessor[assessor] for assessor in Assessor if assessor in by_assessor}


def latest_levels(session: Session) -> dict[int, dict[Assessor, Level]]:
    """Return the latest level by each assessor, by id of the measure, in one query."""
    query = sa.select(MeasureStatus.measure_id, MeasureStatus.assessor, MeasureStatus.level)
    by_measure: dict[int, dict[Assessor, Level]] = {}
    for measure_id, assessor, level in session.execute(query.order_by(MeasureStatus.assessed_on)):
        by_measure.setdefault(measure_id, {})[assessor] = level
    return by_measure


@needs(Permission.EDIT_PLAN)
def assessed_measures(work: Work) -> Sequence[Measure]:
    """Return the measures in force with axis and status assessments, by axis, in two queries."""
    query = sa.select(Measure).join(Measure.axis).where(Measure.retired_at.is_(None))
    query = query.order_by(Axis.position, Axis.id, Measure.position, Measure.id)
    query = query.options(joinedload(Measure.axis), selectinload(Measure.statuses))
    return work.session.scalars(query.execution_options(populate_existing=True)).all()


def board(work: Work) -> Board:
    """Return measures in force with their latest status assessments, and counts by level."""
    axes: dict[int, tuple[Axis, list[BoardRow]]] = {}
    counts: dict[Assessor, Counter[Level]] = {assessor: Counter() for assessor in Assessor}
    measures = assessed_measures(work)
    for measure in measures:
        row = BoardRow(measure, latest(measure.statuses))
        axes.setdefault(measure.axis_id, (measure.axis, []))[1].append(row)
        for assessor, status in row.latest.items():
            counts[assessor][status.level] += 1
    return Board(list(axes.values()), counts, len(measures))


@needs(Permission.EDIT_PLAN)
def measure_of(work: Work, code: str) -> Measure | None:
    """Return the measure of that code, retired or not; None for an unknown code."""
    return queries.bare_measure(work.session, code)


@needs(Permission.EDIT_PLAN)
def find(work: Work, measure: Measure, public_id: str) -> MeasureStatus | None:
    """Return the status assessment of that id as stored now, None unless it is one of `measure`."""
    query = sa.select(MeasureStatus).where(
        MeasureStatus.measure_id == measure.id, MeasureStatus.public_id == public_id
    )
    return work.session.scalars(query.execution_options(populate_existing=True)).one_or_none()


def lock_measures(session: Session, measure_ids: Iterable[int]) -> None:
    """Lock measures until the transaction ends; FOR NO KEY UPDATE, so respondents do not wait."""
    query = sa.select(Measure.id).where(Measure.id.in_(sorted(measure_ids))).order_by(Measure.id)
    session.execute(query.with_for_update(key_share=True))


@needs(Permission.EDIT_PLAN)
def add(work: Work, measure: Measure, assessment: Assessment) -> MeasureStatus:
    """Store a status assessment of `measure`; raise `AlreadyAssessed`."""
    lock_measures(work.session, [measure.id])
    _check_day(work.session, measure.id, assessment)
    status = MeasureStatus(measure_id=measure.id, **vars(assessment))
    work.session.add(status)
    work.session.flush()
    _record(work, "status_added", measure, status)
    return status


def change(
    work: Work, measure: Measure, public_id: str, assessment: Assessment, seen: str
) -> MeasureStatus:
    """Change a status assessment whose digest is still `seen`.

    Raise `StaleEdit` and `AlreadyAssessed`.
    """
    status = _unchanged_status(work, measure, public_id, seen)
    _check_day(work.session, measure.id, assessment, but=status.id)
    for name, value in vars(assessment).items():
        setattr(status, name, value)
    work.session.flush()
    _record(work, "status_changed", measure, status)
    return status


def remove(work: Work, measure: Measure, public_id: str, seen: str) -> None:
    """Delete a status assessment whose digest is still `seen`; raise `StaleEdit`."""
    status = _unchanged_status(work, measure, public_id, seen)
    _record(work, "status_removed", measure, status)
    work.session.delete(status)
    work.session.flush()


@needs(Permission.EDIT_PLAN)
def _unchanged_status(work: Work, measure: Measure, public_id: str, seen: str) -> MeasureStatus:
    lock_measures(work.session, [measure.id])
    status = find(work, measure, public_id)
    if status is None or assessment_of(status).digest != seen:
        raise StaleEdit("cette évaluation")
    return status


def _check_day(
    session: Session, measure_id: int, assessment: Assessment, but: int | None = None
) -> None:
    query = sa.select(MeasureStatus.id).where(
        MeasureStatus.measure_id == measure_id,
        MeasureStatus.assessor == assessment.assessor,
        MeasureStatus.assessed_on == assessment.assessed_on,
    )
    if session.scalar(query) not in (None, but):
        raise AlreadyAssessed


def _record(work: Work, action: str, measure: Measure, status: MeasureStatus) -> None:
    details = {
        "status": status.public_id,
        "assessor": status.assessor.value,
        "level": status.level.value,
    }
    audit_log.log(work, action, measure.code, details)
