"""Demonstration values: invented ones over time, most of them published, and judgements."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.roles import StaffActor
from consultation.i18n import Localized
from consultation.plan.measurement import values as measurements
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import (
    Assessor,
    Indicator,
    IndicatorVersion,
    Level,
    Measure,
    MeasuredAs,
    MeasureStatus,
    WantedDirection,
)
from consultation.plan.values import overrides, publication, record
from consultation.plan.values.models import (
    IndicatorValue,
    MissingBecause,
    Progress,
    Reporter,
    SourceKind,
    ValuePoint,
)
from consultation.plan.values.record import Report
from consultation.web.locale import in_each_language
from consultation.work.services import Work

SMALLEST = 5
SOURCE = "Source inventée, pour la démonstration"
RULE = "Règle inventée : aucun nombre n'est masqué."
COVERS = "France entière (démonstration)"
NOTE = "Note de démonstration."
REASON = "Démonstration : l'avancement indiqué par une personne, pour une raison inventée."
EVIDENCE: Localized = in_each_language(
    "Évaluation inventée, pour essayer le site : elle ne dit rien d'aucun plan."
)
REDEFINED: Localized = in_each_language("Autre définition de démonstration : au 31 décembre.")
UNITS: Sequence[Localized] = (
    in_each_language("places"),
    in_each_language("jours"),
    in_each_language("%"),
    in_each_language("personnes"),
    in_each_language("euros"),
)
KINDS = (
    (MeasuredAs.NUMBER, WantedDirection.MORE),
    (MeasuredAs.DURATION, WantedDirection.LESS),
    (MeasuredAs.PERCENTAGE, WantedDirection.MORE),
    (MeasuredAs.NUMBER, WantedDirection.MORE),
    (MeasuredAs.NUMBER, WantedDirection.REACH),
)
"""Kind and direction of the indicators of a measure, in their order."""
SOURCES = (
    (Reporter.STATE, SourceKind.ADMINISTRATIVE, ""),
    (Reporter.ASSOCIATION, SourceKind.ASSOCIATION_COUNT, "Association de démonstration"),
    (Reporter.RAPPORTEUR, SourceKind.OFFICIAL_STATISTICS, ""),
)
UNTYPED, UNVALUED, UNPUBLISHED, REDEFINED_EVERY, OVERRIDDEN = 7, 6, 5, 16, 40
"""Of so many indicators, one lacks targets, values, public values; has a break, another word."""
CORRECTED = 8
"""Of so many values, one is corrected."""
MISSING = 0.15
"""Share of the values that are missing."""


def measure(session: Session, actor: StaffActor, chance: random.Random, at: datetime) -> None:
    """Give most indicators a baseline and targets, and some another definition after a value."""
    for place, indicator in enumerate(_indicators(session)):
        if place % UNTYPED and not indicator.version.measurements:
            indicator.version.unit = UNITS[_kind_of(indicator)]
            measurements.store(indicator.version, _measurement(indicator, chance), at)
            if place % REDEFINED_EVERY == 1:
                _redefine(session, actor, indicator, chance, at)
    session.flush()


def add(session: Session, actor: StaffActor, chance: random.Random, at: datetime) -> int:
    """Record values of indicators, publish most, judge measures; return how many values.

    Does nothing where measures are judged already: the demonstration was filled before.
    """
    if session.scalar(sa.select(MeasureStatus.id).limit(1)) is not None:
        return 0
    indicators = _indicators(session)
    rows = [
        record.row_of(indicator, None, reported, actor, at)
        for place, indicator in enumerate(indicators)
        if place % UNVALUED
        for reported in _reports(indicator, place, chance)
    ]
    session.add_all(rows)
    session.flush()
    for row in rows[::CORRECTED]:
        better = replace(record.report_of(row), note="Valeur de démonstration corrigée.")
        session.add(record.row_of(row.version.indicator, row, better, actor, at))
    session.flush()
    _publish(session, actor, indicators, at)
    _judge(session, chance, at)
    for indicator in indicators[3::OVERRIDDEN]:
        overrides.override(Work(session, actor, at), indicator, Progress.LATE, REASON, None)
    return session.scalars(
        sa.select(sa.func.count(IndicatorValue.id)).where(record.is_in_force())
    ).one()


def _indicators(session: Session) -> Sequence[Indicator]:
    measures = (
        sa.select(Indicator)
        .join(Indicator.measure)
        .where(
            Measure.code.startswith("DEMO-", autoescape=True),
            Indicator.retired_at.is_(None),
            Measure.retired_at.is_(None),
        )
    )
    return session.scalars(measures.order_by(Measure.position, Indicator.position)).all()


def _kind_of(indicator: Indicator) -> int:
    return (indicator.position - 1) % len(KINDS)


def _measurement(indicator: Indicator, chance: random.Random) -> Measurement:
    measured_as, direction = KINDS[_kind_of(indicator)]
    start = float(chance.randint(5, 40))
    wish = 0.5 if direction is WantedDirection.LESS else 2.0
    figures = [
        Figure(_rounded(start * (1 + (wish - 1) * share), measured_as), dated, SOURCE)
        for share, dated in ((0, "2024"), (0.5, "2026-06"), (1, "2027"))
    ]
    return Measurement(measured_as, direction, *figures)


def _redefine(
    session: Session, actor: StaffActor, indicator: Indicator, chance: random.Random, at: datetime
) -> None:
    """Record a value, then store another definition: values of the two are not compared."""
    before = indicator.version
    first = Report(
        reported_by=Reporter.STATE,
        point=ValuePoint.INTERIM,
        value=float(chance.randint(5, 60)),
        observed_on="2025",
        source=SOURCE,
    )
    session.flush()
    session.add(record.row_of(indicator, None, first, actor, at))
    version = IndicatorVersion(
        number=before.number + 1,
        label=before.label,
        unit=before.unit,
        definition=REDEFINED,
        created_at=at,
    )
    indicator.versions.append(version)
    measurements.store(version, measurements.measurement_of(before), at)


def _reports(indicator: Indicator, place: int, chance: random.Random) -> Iterator[Report]:
    measurement = measurements.measurement_of(indicator.version)
    for moment, dated in ((ValuePoint.INTERIM, "2025"), (ValuePoint.MIDTERM, "2026-06")):
        for reporter, kind, name in SOURCES[: 1 + place % len(SOURCES)]:
            value = _near(measurement, dated, chance)
            if value is not None and chance.random() < MISSING:
                value = None
            yield Report(
                reported_by=reporter,
                point=moment,
                value=value,
                missing_because=chance.choice(list(MissingBecause)) if value is None else None,
                observed_on=dated,
                covers=COVERS,
                source=SOURCE,
                source_kind=kind,
                reporter=name,
                note=NOTE,
            )
    if measurement.baseline is not None and place % 4 == 0:
        yield Report(
            reported_by=Reporter.COLLECTIVE,
            day=date(2026, 9, 30),
            value=_near(measurement, "2026-09-30", chance),
            observed_on="2026-09-30",
            source=SOURCE,
        )


def _near(measurement: Measurement, dated: str, chance: random.Random) -> float | None:
    """Return a number near the line from the baseline to the target, None without these."""
    start, final = measurement.baseline, measurement.final
    if start is None or final is None:
        return None
    begin, end = float(start.value), float(final.value)  # type: ignore[arg-type]
    share = {"2025": 0.33, "2026-06": 0.55}.get(dated, 0.65) * chance.uniform(0.2, 1.9)
    return _rounded(begin + (end - begin) * share, measurement.measured_as)


def _rounded(value: float, measured_as: MeasuredAs | None) -> float:
    """Return a value as it would be counted: places and people are whole."""
    return float(round(value)) if measured_as is MeasuredAs.NUMBER else round(value, 1)


def _publish(
    session: Session, actor: StaffActor, indicators: Sequence[Indicator], at: datetime
) -> None:
    values = record.current(session, [it.id for it in indicators])
    chosen = {
        indicator: [row.public_id for row in values.get(indicator.id, ())]
        for place, indicator in enumerate(indicators)
        if place % UNPUBLISHED
    }
    filled = {indicator: ids for indicator, ids in chosen.items() if ids}
    if filled:
        publication.publish(Work(session, actor, at), filled, source_rule=RULE, smallest=SMALLEST)


LEVELS: Mapping[Assessor, Sequence[Level]] = {
    Assessor.STATE: (Level.DONE, Level.ENGAGED, Level.PARTLY_DONE, Level.DONE),
    Assessor.COLLECTIVE: (Level.PARTLY_DONE, Level.ENGAGED, Level.NOT_DONE),
    Assessor.RAPPORTEUR: (Level.PARTLY_DONE, Level.NOT_ENGAGED, Level.ENGAGED, Level.DONE),
}
UNJUDGED: Mapping[Assessor, float] = {
    Assessor.STATE: 0.1,
    Assessor.COLLECTIVE: 0.25,
    Assessor.RAPPORTEUR: 0.4,
}
"""Share of the measures that nobody has judged."""


def _judge(session: Session, chance: random.Random, at: datetime) -> None:
    measures = sa.select(Measure).where(
        Measure.code.startswith("DEMO-", autoescape=True), Measure.retired_at.is_(None)
    )
    for place, measure in enumerate(session.scalars(measures.order_by(Measure.position))):
        for assessor, levels in LEVELS.items():
            if chance.random() < UNJUDGED[assessor]:
                continue
            session.add(
                MeasureStatus(
                    measure_id=measure.id,
                    assessor=assessor,
                    assessed_on=(at - timedelta(days=10 + place)).date(),
                    level=levels[place % len(levels)],
                    evidence=EVIDENCE,
                )
            )
    session.flush()
