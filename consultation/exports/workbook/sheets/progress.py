"""Sheets « Valeurs » and « Jugements »: what indicators were worth, and how far the plan is."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from consultation.clock import in_paris
from consultation.exports.workbook.instrument import RoundInstrument
from consultation.exports.workbook.variables import (
    DATE,
    LIST,
    NARROW,
    NUMBER,
    STABLE,
    TEXT_WIDTH,
    WIDE,
    YES_NO,
    Sheet,
    Variable,
    described,
    described_cells,
    label_and_code,
    without,
)
from consultation.i18n import LOCALES, NAMES, OTHER_LOCALES, key_of, localized
from consultation.plan.measurement.texts import figure_text, value_text
from consultation.plan.measurement.values import measurement_of
from consultation.plan.models import (
    Assessor,
    Axis,
    Indicator,
    IndicatorVersion,
    Level,
    Measure,
    MeasureStatus,
    Point,
    StoredMeasurement,
)
from consultation.plan.queries import indicators_in_force
from consultation.plan.statuses import assessments
from consultation.plan.values import overrides, publication, record
from consultation.plan.values.models import (
    IndicatorValue,
    Progress,
    Showing,
    ValuePublication,
)
from consultation.plan.values.progress import Conclusion
from consultation.plan.values.record import Report
from consultation.records.fields import descriptions, public_names
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.style import Tone
from consultation.spreadsheets.table import ResearchOptions

VALUES, JUDGEMENTS = "Valeurs", "Jugements"
MEASURE = Variable("measure", "Mesure", "Code de la mesure.", width=NARROW)
INDICATOR = Variable("indicator", "Indicateur", "Code de l'indicateur.", width=NARROW)
REPORTED = descriptions(Report)
OBSERVED = public_names(Report, without=("point", "day", "value"))
CODES = {"missing_because": "missing"}
"""Codes of variables that are not the names of their fields."""
SMALL, SOME_SMALL, HELD_BACK = (
    "moins de {less_than}",
    "petit nombre (seuil inconnu)",
    "non montré",
)
"""What a published value is shown as whose number is not."""


VALUE_VARIABLES = (
    MEASURE,
    INDICATOR,
    Variable("label", "Intitulé", "L'indicateur tel qu'il se lit à présent.", width=WIDE),
    Variable("unit", "Unité", "L'unité dans laquelle la valeur a été mesurée."),
    Variable("measured_as", "Type de valeur", "Ce qui se mesure.", LIST),
    Variable("baseline", "Départ (plan)", "Ce que le plan dit du départ, avec sa date."),
    Variable("midterm", "Cible à mi-parcours (plan)", "Ce que le plan veut à mi-parcours."),
    Variable("final", "Cible de fin (plan)", "Ce que le plan veut à la fin."),
    Variable(
        "series",
        "Série",
        "Numéro de la définition suivie : d'une série à l'autre, on ne compare pas.",
        NUMBER,
        NARROW,
    ),
    *described("point", REPORTED["point"]),
    Variable("day", "Jour", "Jour de la valeur, si elle n'est pas d'une échéance.", DATE, 14),
    Variable("number", "Valeur", "La valeur observée, si c'est un nombre qui se montre.", NUMBER),
    Variable(
        "text",
        "Valeur en toutes lettres",
        "La valeur telle qu'elle s'écrit ; un petit nombre publié comme tel y est « moins de n »,"
        " et « non montré » celui qui le ferait retrouver.",
    ),
    *chain.from_iterable(described(CODES.get(it, it), REPORTED[it]) for it in OBSERVED),
    Variable("is_public", "Publiée", "La valeur a été relue et publiée.", YES_NO, NARROW),
    Variable(
        "source_rule",
        "Petits nombres",
        "Ce que la source publie des petits nombres, tel qu'on l'a écrit en publiant.",
        width=WIDE,
    ),
)
NOTE = Variable("note", "Note interne", "Pour l'équipe seulement.", width=TEXT_WIDTH)


def values_sheet(snapshot: Session, instrument: RoundInstrument, *, is_internal: bool) -> Sheet:
    """Return the sheet of the values that stand, of the indicators of the selected measures.

    An anonymised workbook has the published ones alone, as they are shown in public; only an
    internal one has notes.
    """
    return Sheet(
        VALUES,
        "Une ligne par valeur notée d'un indicateur, avec le départ et les cibles du plan à côté."
        " Plusieurs sources restent côte à côte. Vide : il n'y en a pas.",
        [*VALUE_VARIABLES, *([NOTE] if is_internal else [])],
        partial(_value_rows, snapshot, instrument, is_internal=is_internal),
        kept_columns=2,
        tone=Tone.FIGURES,
        package=ResearchOptions(),
    )


def short_values_sheet(snapshot: Session, instrument: RoundInstrument) -> Sheet:
    """Return the sheet of a short workbook, in words only."""
    codes = ("point_code", "missing_code", "reported_by_code", "source_kind_code", "source_rule")
    return without(values_sheet(snapshot, instrument, is_internal=False), codes)


def _value_rows(
    snapshot: Session, instrument: RoundInstrument, *, is_internal: bool
) -> Iterator[list[Cell]]:
    measures = _measures(snapshot, instrument)
    indicators = [it for measure in measures for it in measure.indicators]
    ids = [it.id for it in indicators]
    public = publication.showings(snapshot, ids)
    values = record.current(snapshot, ids)
    for indicator in indicators:
        series = record.series_of(indicator)
        for row in values.get(indicator.id, ()):
            published = public.get(row.id)
            if published is None and instrument.is_anonymised:
                continue
            hidden = _hidden(published) if published and instrument.is_anonymised else None
            yield [
                *_plan_cells(indicator, row, instrument.selection.locale),
                series[row.indicator_version_id],
                *_observed(row, hidden),
                published is not None,
                published.source_rule if published else None,
                *([row.note] if is_internal else []),
            ]


def _hidden(published: ValuePublication) -> str | None:
    """Return the words in the place of a number that is not shown."""
    if published.showing is Showing.EXACT:
        return None
    if published.showing is Showing.HELD_BACK:
        return HELD_BACK
    return SMALL.format(less_than=published.less_than) if published.less_than else SOME_SMALL


def _measures(snapshot: Session, instrument: RoundInstrument) -> Sequence[Measure]:
    """Return the selected measures, retired ones too, in the order of the plan."""
    versions = selectinload(Measure.indicators).selectinload(Indicator.versions)
    figures = versions.selectinload(IndicatorVersion.measurements)
    return snapshot.scalars(
        sa.select(Measure)
        .join(Measure.axis)
        .where(instrument.selection.planned())
        .order_by(Axis.position, Axis.id, Measure.position, Measure.id)
        .options(
            joinedload(Measure.axis),
            figures.selectinload(StoredMeasurement.figures),
            selectinload(Measure.statuses),
        )
    ).all()


def _plan_cells(indicator: Indicator, row: IndicatorValue, locale: str) -> list[Cell]:
    version = row.version
    measurement = measurement_of(version)
    return [
        indicator.measure.code,
        indicator.code,
        localized(indicator.version.label, locale),
        localized(version.unit, locale) or None,
        measurement.measured_as.label if measurement.measured_as else None,
        *(figure_text(measurement.figure(point)) for point in Point),
    ]


def _observed(row: IndicatorValue, hidden: str | None) -> list[Cell]:
    """Return the cells of a value; `hidden` is what is written in the place of its number."""
    value = record.value_of(row)
    text = None if value is None else value_text(value)
    return [
        *label_and_code(row.point),
        row.day,
        None if hidden else row.number,
        hidden or text,
        *chain.from_iterable(described_cells(REPORTED[it], getattr(row, it)) for it in OBSERVED),
    ]


OF_MEASURE, OF_INDICATOR = "jugement sur la mesure", "mot sur l'indicateur"
JUDGEMENT_VARIABLES = (
    MEASURE,
    Variable(
        "indicator", "Indicateur", "Son code ; vide pour une évaluation de la mesure.", width=NARROW
    ),
    Variable("kind", "Sorte", f"« {OF_MEASURE} » ou « {OF_INDICATOR} ».", LIST, 24),
    Variable("assessor", "Qui juge", "Qui évalue ; vide quand le mot suit une règle.", LIST, 22),
    Variable("assessor_code", "Qui juge (code)", STABLE, LIST, options=dict(Assessor.choices())),
    Variable("day", "Date", "Jour de l'évaluation, ou du mot d'une personne.", DATE, 14),
    Variable(
        "judgement",
        "Jugement",
        "Le niveau, ou le mot ; vide quand la règle n'en donne pas.",
        LIST,
        24,
    ),
    Variable(
        "judgement_code",
        "Jugement (code)",
        STABLE,
        LIST,
        options={**dict(Level.choices()), **dict(Progress.choices())},
    ),
    Variable("is_latest", "Dernier", "Le dernier de qui évalue ; les autres sont avant.", YES_NO),
    Variable("evidence", "Éléments", "Ce qui fonde une évaluation.", width=TEXT_WIDTH),
    *(
        Variable(
            key_of("evidence", tag),
            f"Éléments ({NAMES[tag]})",
            f"Les mêmes, en {NAMES[tag]}.",
            width=TEXT_WIDTH,
        )
        for tag in OTHER_LOCALES
    ),
    Variable("source_url", "Lien", "Adresse de la source.", width=WIDE),
    Variable("rule", "Règle", "La règle qui donne le mot, ou dit pourquoi il n'y en a pas.", LIST),
    Variable(
        "rule_word", "Mot de la règle", "Ce que la règle donne, quand une personne dit autre chose."
    ),
    Variable("reason", "Raison", "Pourquoi une personne dit un autre mot.", width=TEXT_WIDTH),
)


def judgements_sheet(snapshot: Session, instrument: RoundInstrument, at: datetime) -> Sheet:
    """Return the sheet of all judgements of the selected measures, and of the words for indicators.

    In an anonymised workbook, the words follow from published values alone.
    """
    return Sheet(
        JUDGEMENTS,
        "Une ligne par évaluation d'une mesure, par l'État, le collectif ou le rapporteur, puis une"
        " par indicateur en vigueur : le mot sur son avancement, et la règle qui le donne.",
        JUDGEMENT_VARIABLES,
        partial(_judgement_rows, snapshot, instrument, in_paris(at).date()),
        kept_columns=2,
        tone=Tone.FIGURES,
        package=ResearchOptions(),
    )


def _judgement_rows(
    snapshot: Session, instrument: RoundInstrument, today: date
) -> Iterator[list[Cell]]:
    measures = _measures(snapshot, instrument)
    in_force = {
        it.id: it
        for measure in measures
        if measure.retired_at is None
        for it in indicators_in_force(measure)
    }
    conclusions = _conclusions(snapshot, instrument, list(in_force.values()), today)
    stated = overrides.current(snapshot, list(in_force.values()))
    for measure in measures:
        latest = set(assessments.latest(measure.statuses).values())
        for status in reversed(assessments.in_order(measure.statuses)):
            yield _status_cells(measure, status, is_latest=status in latest)
        for indicator in measure.indicators:
            if indicator.id in in_force:
                word = stated.get(indicator.id)
                yield _word_cells(indicator, conclusions[indicator.id], word)


def _conclusions(
    snapshot: Session, instrument: RoundInstrument, indicators: Sequence[Indicator], today: date
) -> Mapping[int, Conclusion]:
    if instrument.is_anonymised:
        public = publication.public_progress(snapshot, indicators, today)
        return {indicator_id: it.conclusion for indicator_id, it in public.items()}
    values = record.current(snapshot, [it.id for it in indicators])
    return {it.id: record.progress_of(it, values.get(it.id, []), today) for it in indicators}


def _status_cells(measure: Measure, status: MeasureStatus, *, is_latest: bool) -> list[Cell]:
    evidence = status.evidence or {}
    return [
        measure.code,
        None,
        OF_MEASURE,
        *label_and_code(status.assessor),
        status.assessed_on,
        *label_and_code(status.level),
        is_latest,
        *(evidence.get(tag) for tag in LOCALES),
        status.source_url,
        None,
        None,
        None,
    ]


def _word_cells(indicator: Indicator, conclusion: Conclusion, word: Any) -> list[Cell]:
    progress: Progress | None = word.progress if word else conclusion.progress
    said_by_rule = conclusion.progress.label if word and conclusion.progress else None
    return [
        indicator.measure.code,
        indicator.code,
        OF_INDICATOR,
        None,
        None,
        in_paris(word.created_at).date() if word else None,
        *label_and_code(progress),
        True,
        None,
        None,
        None,
        conclusion.rule.label,
        said_by_rule,
        word.reason if word else None,
    ]
