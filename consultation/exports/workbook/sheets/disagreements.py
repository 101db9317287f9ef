"""Sheet « Désaccords »: indicators whose notes disagree, the strongest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from consultation.exports.workbook import statistics
from consultation.exports.workbook.instrument import AskedIndicator, RoundInstrument
from consultation.exports.workbook.statistics import EVERYBODY, Figures
from consultation.exports.workbook.variables import (
    LIST,
    NARROW,
    NUMBER,
    WIDE,
    Sheet,
    Variable,
    counted,
    label_for,
)
from consultation.questionnaires.models import Destination
from consultation.results.consensus import Consensus
from consultation.results.indicators.verdicts import Conclusion, IndicatorVerdict
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.style import Look
from consultation.text import capitalized

NAME = "Désaccords"
KINDS = {
    IndicatorVerdict.DISAGREED: "notes dispersées",
    IndicatorVerdict.DIVIDED: "qualités opposées",
}
FORCE = "IPR divisé par IPRAS : au-dessus de 1, les notes sont en désaccord ; le plus fort d'abord."

VARIABLES = (
    Variable("measure", "Mesure", "Code de la mesure que l'indicateur suit.", width=NARROW),
    Variable("indicator", "Indicateur", "Code de l'indicateur.", width=NARROW),
    Variable("label", "Libellé", "Libellé sur lequel porte le plus de réponses.", width=WIDE),
    Variable("question", "Question", "Pertinence ou faisabilité.", LIST, 12),
    Variable(
        "kind",
        "Désaccord",
        "Notes dispersées : l'IPR dépasse l'IPRAS. Qualités opposées : les unes donnent surtout 7 à"
        " 9, d'autres surtout 1 à 3.",
        LIST,
    ),
    Variable("force", "Force", FORCE, NUMBER, NARROW, look=Look.DECIMAL),
    Variable("sentence", "En mots", statistics.SENTENCE, width=56),
    Variable("high", "Qualité plutôt pour", "Qualité qui donne surtout des notes de 7 à 9."),
    Variable("low", "Qualité plutôt contre", "Qualité qui donne surtout des notes de 1 à 3."),
    counted("n", "Nombre de notes", "Nombre de notes de 1 à 9, « je ne sais pas » non compris."),
    *(
        Variable(it.code, capitalized(it.header), it.meaning, it.kind, 13, look=it.look)
        for it in statistics.STATISTICS
        if it.code in ("median", "share_1_3", "share_4_6", "share_7_9")
    ),
    Variable("ipr", "IPR 30-70", statistics.IPR, NUMBER, NARROW, look=Look.DECIMAL),
    Variable("ipras", "IPRAS", statistics.IPRAS, NUMBER, NARROW, look=Look.DECIMAL),
)


@dataclass(frozen=True)
class Disagreement:
    """A disagreement on one question about one indicator."""

    indicator: AskedIndicator
    question: str
    name: str
    consensus: Consensus
    conclusion: Conclusion


def sheet(instrument: RoundInstrument, figures: Figures) -> Sheet:
    return Sheet(
        NAME,
        "Une ligne par indicateur sur lequel les notes, ou deux qualités, se contredisent ; le"
        " désaccord le plus fort d'abord. Vide : aucun désaccord n'est établi.",
        VARIABLES,
        partial(_rows, instrument, figures),
        kept_columns=2,
    )


def disagreements(instrument: RoundInstrument, figures: Figures) -> list[Disagreement]:
    """Return the disagreements of a round, the strongest first."""
    every = (
        _of(figures, indicator, question, name)
        for indicator in instrument.indicators
        for question, name in statistics.RATED
    )
    disagreed = [it for it in every if it is not None]
    return sorted(disagreed, key=lambda it: (-it.consensus.disagreement, -it.consensus.count))


def _of(
    figures: Figures, indicator: AskedIndicator, question: str, name: str
) -> Disagreement | None:
    subject = (indicator.code, "", question)
    consensus = figures.ratings(subject, EVERYBODY).consensus()
    conclusion = statistics.conclusion_of(figures, subject)
    if consensus is None or conclusion.verdict not in KINDS:
        return None
    return Disagreement(indicator, question, name, consensus, conclusion)


def _rows(instrument: RoundInstrument, figures: Figures) -> Iterator[Sequence[Cell]]:
    labels = instrument.labels_for(Destination.CAPACITY)
    for disagreement in disagreements(instrument, figures):
        consensus, divide = disagreement.consensus, disagreement.conclusion.divide
        yield (
            disagreement.indicator.measure,
            disagreement.indicator.code,
            statistics.answered_version(figures, disagreement.indicator).label,
            disagreement.name,
            KINDS[disagreement.conclusion.verdict],
            round(consensus.disagreement, statistics.DIGITS),
            statistics.sentence(disagreement.conclusion, disagreement.question, labels),
            label_for(divide.high, labels) if divide else None,
            label_for(divide.low, labels) if divide else None,
            consensus.count,
            consensus.median,
            round(consensus.low_share, statistics.DIGITS),
            round(consensus.middle_share, statistics.DIGITS),
            round(consensus.high_share, statistics.DIGITS),
            float(consensus.interpercentile_range),
            float(consensus.adjusted_range),
        )
