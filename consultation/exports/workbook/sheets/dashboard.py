"""Sheets « Tableau de bord », for a board, and « Axes », whose figures its charts show."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from consultation.clock import in_paris
from consultation.exports.selection import TOOL
from consultation.exports.workbook import contents, statistics
from consultation.exports.workbook.counts import Counts
from consultation.exports.workbook.instrument import AskedIndicator, RoundInstrument
from consultation.exports.workbook.statistics import Figures
from consultation.exports.workbook.variables import NUMBER, WIDE, Sheet, Variable, counted
from consultation.results.overview.board import OUTCOME_OF, IndicatorOutcome, Stances, stances_of
from consultation.results.tallies.queries import RELEVANCE, RESPONSES, STANCE
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.style import Chart, ChartKind, Fill, Look, Series, Tone
from consultation.spreadsheets.table import Column, Table
from consultation.web.typography import day

PLAN, NO_AXIS = "Tout le plan", "L'ensemble des indicateurs"
OUTCOMES: Mapping[IndicatorOutcome, Fill] = {
    IndicatorOutcome.KEPT: Fill.ACCENT,
    IndicatorOutcome.UNCERTAIN: Fill.PALE,
    IndicatorOutcome.DISMISSED: Fill.SPARK,
    IndicatorOutcome.DISPUTED: Fill.WARM,
    IndicatorOutcome.NONE: Fill.GREY,
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
        counted(f"outcome_{it.name.lower()}", it.label, f"Nombre d'indicateurs : {it.label}.", 13)
        for it in OUTCOMES
    ),
    *(
        counted(f"stance_{code}", label, f"Nombre d'avis : {label}.", 13)
        for code, label, _ in STANCES
    ),
    *(
        Variable(
            f"share_{code}",
            f"{label} (part)",
            f"Part des avis : {label}.",
            NUMBER,
            13,
            look=Look.SHARE,
        )
        for code, label, _ in STANCES
    ),
)
COUNTED = len(VARIABLES) - len(STANCES)
"""How many columns, from the axis on, hold no share."""


WIDTHS = (24, 150)
BEFORE_SHOWING = (
    "À montrer, non à publier : ces nombres sont exacts, et un petit nombre peut désigner"
    " quelqu'un. « Lisez-moi » dit comment les lire."
)


def sheet(instrument: RoundInstrument, figures: Figures) -> Sheet:
    """Make the sheet « Axes »: a row per axis and one for the plan."""
    return Sheet(
        contents.AXES,
        "Une ligne par axe, et une pour tout le plan : combien de contributions, ce que disent les"
        " notes des indicateurs, et ce qu'il faut en faire.",
        VARIABLES,
        partial(_rows, instrument, figures),
    )


def table(instrument: RoundInstrument, counts: Counts, figures: Figures, axes: Sheet) -> Table:
    """Make the sheet « Tableau de bord »: at most ten lines, and charts of `axes` under them."""
    return Table(
        contents.DASHBOARD,
        [Column("", width) for width in WIDTHS],
        partial(_lines, instrument, counts, figures),
        kind="text",
        tone=Tone.GUIDE,
        charts=_charts(instrument),
        drawn_from=axes.table(),
    )


def _lines(
    instrument: RoundInstrument, counts: Counts, figures: Figures
) -> Iterator[Sequence[Cell]]:
    whole = _whole(instrument, figures)
    yield (f"Consultation : {instrument.round_title}",)
    if instrument.opens_at and instrument.closes_at:
        yield ("Dates", "du " + " au ".join(_days(instrument.opens_at, instrument.closes_at)))
    received = f"{_number(counts.included)} comptées, sur {_number(counts.received)} reçues"
    yield ("Contributions", received)
    yield ("Mesures", _measures(instrument, figures))
    yield ("Indicateurs", _outcomes(whole))
    yield ("Qu'en faire", _stances(whole))
    if contested := _contested(instrument, figures):
        yield ("Le plus à changer", contested)
    texts = f"{_number(counts.texts)} à lire, dont {_number(counts.texts_unread)} que personne"
    yield ("Textes libres", f"{texts} n'a relus")
    decided = f"{_number(counts.decisions)} prises, dont {_number(counts.decisions_published)}"
    yield ("Décisions", f"{decided} publiées")
    if instrument.is_evaluated:
        values = f"{_number(counts.values)} notées, dont {_number(counts.values_public)} publiées"
        yield ("Valeurs", values)
    yield ("Avant de montrer", BEFORE_SHOWING)


def _number(count: int) -> str:
    return f"{count:,}".replace(",", "\u202f")


def _days(*moments: datetime) -> list[str]:
    return [day(in_paris(moment).date()) for moment in moments]


def _measures(instrument: RoundInstrument, figures: Figures) -> str:
    responses = {
        form: figures.tally((None, form.measure, RESPONSES)).answered
        for form in instrument.latest_forms()
        if form.measure != TOOL
    }
    heard = sum(1 for count in responses.values() if count)
    most = max(responses, key=lambda form: responses[form], default=None)
    counted_ = f"{heard} sur {len(responses)} ont reçu une contribution"
    if most is None or not responses[most]:
        return counted_
    return f"{counted_} ; la plus commentée, {responses[most]} fois : {most.measure}, {most.title}"


def _outcomes(whole: Mapping[str, int]) -> str:
    parts = (f"{whole[f'outcome_{it.name.lower()}']} {it.label.lower()}" for it in OUTCOMES)
    return f"{whole['indicators']} soumis, d'après les notes : {', '.join(parts)}"


def _stances(whole: Mapping[str, int]) -> str:
    stances = [whole[f"stance_{code}"] for code, _label, _fill in STANCES]
    if not (all_ := sum(stances)):
        return "aucun avis"
    kept, changed, dropped = (f"{count / all_:.0%}".replace("%", "\u202f%") for count in stances)
    return (
        f"sur {_number(all_)} avis : {kept} veulent garder l'indicateur, {changed} le reformuler"
        f" ou le remplacer, {dropped} s'en passer"
    )


def _contested(instrument: RoundInstrument, figures: Figures) -> str:
    """Name the indicator that most want changed or dropped, by their number."""
    against = {
        indicator: stances.changed + stances.dropped
        for indicator in instrument.indicators
        for stances in [stances_of(figures.tally((indicator.code, "", STANCE)).by_value)]
    }
    most = max(against, key=lambda indicator: against[indicator], default=None)
    if most is None or not against[most]:
        return ""
    label = most.versions[-1].label
    return f"{most.code}, « {label} » : {against[most]} avis demandent un changement"


def _whole(instrument: RoundInstrument, figures: Figures) -> Mapping[str, int]:
    counts = [0] * (COUNTED - 1)
    for of_axis in _counts_by_axis(instrument, figures).values():
        counts = [both + more for both, more in zip(counts, of_axis, strict=True)]
    return dict(zip((variable.code for variable in VARIABLES[1:COUNTED]), counts, strict=True))


def _charts(instrument: RoundInstrument) -> list[Chart]:
    axes = list(_measures_by_axis(instrument))
    place = {variable.code: number for number, variable in enumerate(VARIABLES)}
    outcomes = [
        Series(place[f"outcome_{outcome.name.lower()}"], fill) for outcome, fill in OUTCOMES.items()
    ]
    stances = [Series(place[f"share_{code}"], fill) for code, _label, fill in STANCES]
    drawn = (
        (ChartKind.STACKED, "Contributions par axe", [Series(place["responses"], Fill.ACCENT)]),
        (ChartKind.STACKED, "Indicateurs : ce que disent les notes", outcomes),
        (ChartKind.SHARES, "Indicateurs : qu'en faire", stances),
    )
    return [
        Chart(
            kind,
            title,
            categories=0,
            series=series,
            first=0,
            count=len(axes),
            alt=f"Barres, une par axe : {title} ; les nombres sont dans « {contents.AXES} ».",
        )
        for kind, title, series in drawn
        if axes
    ]


def _measures_by_axis(instrument: RoundInstrument) -> dict[str, list[str]]:
    by_axis: dict[str, list[str]] = defaultdict(list)
    for form in instrument.latest_forms():
        by_axis[form.axis or NO_AXIS].append(form.measure)
    return by_axis


def _counts_by_axis(instrument: RoundInstrument, figures: Figures) -> Mapping[str, tuple[int, ...]]:
    indicators: dict[str, list[AskedIndicator]] = defaultdict(list)
    for indicator in instrument.indicators:
        indicators[indicator.measure].append(indicator)
    return {
        axis: _counts(figures, measures, [it for code in measures for it in indicators[code]])
        for axis, measures in _measures_by_axis(instrument).items()
    }


def _rows(instrument: RoundInstrument, figures: Figures) -> Iterator[Sequence[Cell]]:
    rows = _counts_by_axis(instrument, figures)
    if rows:
        whole = tuple(sum(column) for column in zip(*rows.values(), strict=True))
        rows = {**rows, PLAN: whole}
    for axis, counts in rows.items():
        yield (axis, *counts, *_shares(counts[-len(STANCES) :]))


def _shares(stances: Sequence[int]) -> Sequence[Cell]:
    all_ = sum(stances)
    return [count / all_ if all_ else None for count in stances]


def _counts(
    figures: Figures, measures: Sequence[str], indicators: Sequence[AskedIndicator]
) -> tuple[int, ...]:
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
