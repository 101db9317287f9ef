"""Sheet « Indicateurs »: a row per indicator, with charts."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from consultation.exports.workbook import statistics
from consultation.exports.workbook.instrument import RoundInstrument
from consultation.exports.workbook.statistics import Figures
from consultation.exports.workbook.variables import NARROW, WIDE, Sheet, Variable, counted
from consultation.questionnaires.models import Destination
from consultation.results.tallies import queries
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.style import Chart, ChartKind, Fill, Series

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
    Variable("label", "Libellé", "Libellé de la dernière version montrée.", width=WIDE),
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
            indicator.versions[-1].label,
            ", ".join(str(version.number) for version in indicator.versions),
            *(by_stance.get(code, 0) for code in stances),
            *statistics.cells(figures, indicator.code, labels),
        )
