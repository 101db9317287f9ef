"""Sheet « Tableau de bord »: a row per axis and one for the plan, with charts one can show."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from consultation.exports.workbook import statistics
from consultation.exports.workbook.instrument import AskedIndicator, RoundInstrument
from consultation.exports.workbook.statistics import Figures
from consultation.exports.workbook.variables import WIDE, Sheet, Variable, counted
from consultation.results.overview.board import OUTCOME_OF, IndicatorOutcome, Stances, stances_of
from consultation.results.tallies.queries import RELEVANCE, RESPONSES, STANCE
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.style import Chart, ChartKind, Fill, Series

NAME = "Tableau de bord"
PLAN, NO_AXIS = "Tout le plan", "L'ensemble des indicateurs"
OUTCOMES: Mapping[IndicatorOutcome, tuple[str, Fill]] = {
    IndicatorOutcome.KEPT: ("Retenus", Fill.ACCENT),
    IndicatorOutcome.UNCERTAIN: ("Incertains", Fill.PALE),
    IndicatorOutcome.DISMISSED: ("Écartés", Fill.GREY),
    IndicatorOutcome.DISPUTED: ("Désaccords", Fill.WARM),
    IndicatorOutcome.NONE: ("Sans conclusion", Fill.SPARK),
}
STANCES = (
    ("kept", "À garder", Fill.ACCENT),
    ("changed", "À reformuler ou remplacer", Fill.SPARK),
    ("dropped", "S'en passer", Fill.GREY),
)
VARIABLES = (
    Variable("axis", "Axe", "Axe du plan ; la dernière ligne additionne tout.", width=WIDE),
    counted("responses", "Contributions", "Nombre de contributions comptées.", 15),
    counted("indicators", "Indicateurs", "Nombre d'indicateurs soumis pendant le tour.", 12),
    *(
        counted(f"outcome_{outcome.name.lower()}", label, f"Nombre d'indicateurs : {label}.", 13)
        for outcome, (label, _fill) in OUTCOMES.items()
    ),
    *(
        counted(f"stance_{code}", label, f"Nombre d'avis : {label}.", 13)
        for code, label, _ in STANCES
    ),
)


def sheet(instrument: RoundInstrument, figures: Figures) -> Sheet:
    """Return the sheet; its charts stand under some ten rows, on the first screen."""
    return Sheet(
        NAME,
        "Une ligne par axe, et une pour tout le plan : combien de contributions, ce que disent les"
        " notes des indicateurs, et ce qu'il faut en faire. Les graphiques sont sous le tableau.",
        VARIABLES,
        partial(_rows, instrument, figures),
        charts=_charts(instrument),
    )


def _charts(instrument: RoundInstrument) -> list[Chart]:
    axes = list(_measures_by_axis(instrument))
    place = {variable.code: number for number, variable in enumerate(VARIABLES)}
    outcomes = [
        Series(place[f"outcome_{outcome.name.lower()}"], fill)
        for outcome, (_label, fill) in OUTCOMES.items()
    ]
    stances = [Series(place[f"stance_{code}"], fill) for code, _label, fill in STANCES]
    drawn = (
        (ChartKind.BARS, "Contributions par axe", [Series(place["responses"], Fill.ACCENT)]),
        (ChartKind.STACKED, "Ce que disent les notes", outcomes),
        (ChartKind.SHARES, "Que faire des indicateurs", stances),
    )
    return [
        Chart(
            kind,
            title,
            categories=0,
            series=series,
            first=0,
            count=len(axes),
            alt=f"Barres, une par axe : {title} ; les nombres sont dans le tableau au-dessus.",
        )
        for kind, title, series in drawn
        if axes
    ]


def _measures_by_axis(instrument: RoundInstrument) -> dict[str, list[str]]:
    by_axis: dict[str, list[str]] = defaultdict(list)
    for form in instrument.latest_forms():
        by_axis[form.axis or NO_AXIS].append(form.measure)
    return by_axis


def _rows(instrument: RoundInstrument, figures: Figures) -> Iterator[Sequence[Cell]]:
    indicators: dict[str, list[AskedIndicator]] = defaultdict(list)
    for indicator in instrument.indicators:
        indicators[indicator.measure].append(indicator)
    rows = {
        axis: _counts(figures, measures, [it for code in measures for it in indicators[code]])
        for axis, measures in _measures_by_axis(instrument).items()
    }
    for axis, counts in rows.items():
        yield (axis, *counts)
    if rows:
        yield (PLAN, *(sum(column) for column in zip(*rows.values(), strict=True)))


def _counts(
    figures: Figures, measures: Sequence[str], indicators: Sequence[AskedIndicator]
) -> Sequence[int]:
    responses = sum(figures.tally((None, code, RESPONSES)).answered for code in measures)
    outcomes: Counter[IndicatorOutcome] = Counter()
    stances = Stances()
    for indicator in indicators:
        conclusion = statistics.conclusion_of(figures, (indicator.code, "", RELEVANCE))
        outcomes[OUTCOME_OF[conclusion.verdict]] += 1
        stances += stances_of(figures.tally((indicator.code, "", STANCE)).by_value)
    return (
        responses,
        len(indicators),
        *(outcomes[outcome] for outcome in OUTCOMES),
        *(stances.kept, stances.changed, stances.dropped),
    )
