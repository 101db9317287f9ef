"""Sheet « Indicateurs »: a row per indicator, with charts."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from consultation.exports.workbook import statistics
from consultation.exports.workbook.instrument import RoundInstrument
from consultation.exports.workbook.statistics import Figures
from consultation.exports.workbook.variables import (
    NARROW,
    NUMBER,
    WIDE,
    Sheet,
    Variable,
    counted,
)
from consultation.questionnaires.models import Destination
from consultation.results.overview.board import stances_of
from consultation.results.tallies import queries
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.style import Chart, ChartKind, Fill, Look, Series

BARS = 20
"""Indicators in one chart; more are not legible on a page."""

STANCES = (Fill.ACCENT, Fill.PALE, Fill.SPARK, Fill.WARM, Fill.GREY)
THIRDS = (("share_1_3", Fill.WARM), ("share_4_6", Fill.GREY), ("share_7_9", Fill.ACCENT))


def charts(
    instrument: RoundInstrument, variables: Sequence[Variable], rated: Sequence[tuple[str, str]]
) -> Sequence[Chart]:
    """Return the charts of a sheet with these columns and a row per indicator."""
    place = {variable.code: number for number, variable in enumerate(variables)}
    stances = [number for code, number in place.items() if code.startswith("stance_")]
    series = [Series(number, STANCES[min(n, len(STANCES) - 1)]) for n, number in enumerate(stances)]
    drawn = _run(instrument, place, ChartKind.STACKED, "Avis", series) if series else []
    for code, name in rated:
        thirds = [Series(place[f"{code}_{suffix}"], fill) for suffix, fill in THIRDS]
        drawn += _run(instrument, place, ChartKind.SHARES, f"{name}, notes par tiers", thirds)
    return drawn


def _run(
    instrument: RoundInstrument,
    place: dict[str, int],
    kind: ChartKind,
    name: str,
    series: Sequence[Series],
) -> list[Chart]:
    codes = [indicator.code for indicator in instrument.indicators]
    return [
        Chart(
            kind,
            f"{name} : {_named(codes[first : first + BARS])}",
            categories=place["indicator"],
            series=series,
            first=first,
            count=min(BARS, len(codes) - first),
            alt=_alt(name, codes[first : first + BARS], first),
        )
        for first in range(0, len(codes), BARS)
    ]


def _named(codes: Sequence[str]) -> str:
    return codes[0] if len(codes) == 1 else f"{codes[0]} à {codes[-1]}"


def _alt(name: str, codes: Sequence[str], first: int) -> str:
    return (
        f"Barres empilées, une par indicateur, de {_named(codes)} : {name[:1].lower()}{name[1:]} ;"
        f" les chiffres sont dans les lignes {first + 2} à {first + 1 + len(codes)} de cette"
        " feuille."
    )


NAME = "Indicateurs"
COUNTED = (queries.STANCE, *(code for code, _ in statistics.RATED))
"""Codes of the questions that the sheet counts."""

VARIABLES = (
    Variable("measure", "Mesure", "Code de la mesure que l'indicateur suit.", width=NARROW),
    Variable("indicator", "Indicateur", "Code de l'indicateur.", width=NARROW),
    Variable("label", "Libellé", "Libellé sur lequel porte le plus de réponses.", width=WIDE),
    Variable("versions", "Versions montrées", "Numéros des formulations montrées pendant le tour."),
)


def sheet(instrument: RoundInstrument, figures: Figures) -> Sheet:
    stances = _stance_labels(instrument)
    variables = (*VARIABLES, *_stances(stances), *statistics.variables())
    return Sheet(
        NAME,
        "Une ligne par indicateur, toutes versions confondues : les avis comptés, ce que disent les"
        " notes de pertinence et de faisabilité, puis celles des invités, des autres, et d'une voix"
        " par organisation. Les graphiques sont sous le tableau.",
        variables,
        partial(_rows, instrument, figures, list(stances)),
        kept_columns=2,
        charts=charts(instrument, variables, statistics.RATED),
    )


SHORT = (
    Variable("measure", "Mesure", "Code de la mesure que l'indicateur suit.", width=NARROW),
    Variable("indicator", "Indicateur", "Code de l'indicateur.", width=NARROW),
    Variable("label", "Libellé", "Libellé sur lequel porte le plus de réponses.", width=WIDE),
    Variable("sentence", "Ce que disent les notes", statistics.SENTENCE, width=38),
    Variable(
        "share_kept",
        "À garder",
        f"Part de « garder » parmi ceux qui disent qu'en faire, {statistics.SHARE}.",
        NUMBER,
        11,
        look=Look.SHARE,
    ),
    counted("kept", "Garder", "Nombre de personnes qui veulent le garder.", 11),
    counted("changed", "Reformuler ou remplacer", "Nombre de personnes qui le changeraient.", 13),
    counted("dropped", "S'en passer", "Nombre de personnes qui s'en passeraient.", 11),
    counted("relevance_n", "Notes de pertinence", "Nombre de notes de pertinence.", 12),
    *(
        Variable(code, f"Pertinence : {header}", meaning, NUMBER, 12, look=Look.DECIMAL)
        for code, header, meaning in (
            ("median", "médiane", "Médiane des notes de pertinence."),
            ("q1", "premier quartile", "Un quart des notes est en dessous."),
            ("q3", "troisième quartile", "Un quart des notes est au-dessus."),
        )
    ),
    counted("feasibility_n", "Notes de faisabilité", "Nombre de notes de faisabilité.", 12),
    Variable(
        "feasibility",
        "Faisabilité : médiane",
        "Médiane des notes de faisabilité.",
        NUMBER,
        12,
        look=Look.DECIMAL,
    ),
)
"""The columns of a short workbook, words first."""


def short_sheet(instrument: RoundInstrument, figures: Figures) -> Sheet:
    """Return the sheet of a short workbook, without charts."""
    return Sheet(
        NAME,
        "Une ligne par indicateur : ce que disent les notes en mots, ce qu'il faut en faire, et"
        " les médianes.",
        SHORT,
        partial(_short_rows, instrument, figures),
        kept_columns=2,
    )


def _short_rows(instrument: RoundInstrument, figures: Figures) -> Iterator[Sequence[Cell]]:
    labels = instrument.labels_for(Destination.CAPACITY)
    for indicator in instrument.indicators:
        relevance = (indicator.code, "", queries.RELEVANCE)
        ratings = figures.ratings(relevance, statistics.EVERYBODY)
        feasibility = figures.ratings(
            (indicator.code, "", queries.FEASIBILITY), statistics.EVERYBODY
        )
        stances = stances_of(figures.tally((indicator.code, "", queries.STANCE)).by_value)
        consensus = ratings.consensus()
        yield (
            indicator.measure,
            indicator.code,
            statistics.answered_version(figures, indicator).label,
            statistics.sentence(
                statistics.conclusion_of(figures, relevance), queries.RELEVANCE, labels
            ),
            round(stances.shares[0], statistics.DIGITS) if stances.count else None,
            *(stances.kept, stances.changed, stances.dropped),
            ratings.count,
            ratings.median,
            consensus.lower_quartile if consensus else None,
            consensus.upper_quartile if consensus else None,
            feasibility.count,
            feasibility.median,
        )


def _stance_labels(instrument: RoundInstrument) -> Mapping[str, str]:
    groups = instrument.groups(about_indicators=True)
    return next((group.labels for group in groups if group.code == queries.STANCE), {})


def _stances(labels: Mapping[str, str]) -> list[Variable]:
    return [
        counted(f"stance_{code}", f"Avis : {label}", f"Nombre d'avis « {label} ».")
        for code, label in labels.items()
    ]


def _rows(
    instrument: RoundInstrument, figures: Figures, stances: Sequence[str]
) -> Iterator[Sequence[Cell]]:
    labels = instrument.labels_for(Destination.CAPACITY)
    for indicator in instrument.indicators:
        by_stance = figures.tally((indicator.code, "", queries.STANCE)).by_value
        yield (
            indicator.measure,
            indicator.code,
            statistics.answered_version(figures, indicator).label,
            ", ".join(str(version.number) for version in indicator.versions),
            *(by_stance.get(code, 0) for code in stances),
            *statistics.cells(figures, indicator.code, labels),
        )
