"""Sheet « Tableaux croisés »: counts of each option by capacity and territory."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from consultation.exports.workbook.columns import SHORT_HEADERS
from consultation.exports.workbook.instrument import Group, RoundInstrument
from consultation.exports.workbook.statistics import (
    Figures,
    Part,
    Subject,
    crossable,
    modalities,
    modality_count,
    subject_of,
)
from consultation.exports.workbook.variables import (
    LIST,
    NARROW,
    NUMBER,
    UNSAID_TERRITORY,
    Sheet,
    Variable,
    counted,
    measure_variable,
    with_unforeseen,
)
from consultation.questionnaires.models import Destination
from consultation.results.models import TallySide
from consultation.results.tallies.queries import FEASIBILITY, RELEVANCE, STANCE, STANDING
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.style import Look

NAME = "Tableaux croisés"
CROSSED = (STANCE, RELEVANCE, FEASIBILITY, STANDING)
"""Codes of the questions that are crossed by default."""

UNSTATED_TERRITORY = ""
"""Code of the respondents who stated no territory."""

ANSWERED = (
    "Contributions qui répondent à la question, « je ne sais pas » compris. Quand plusieurs"
    " réponses proposées peuvent être choisies, leur somme est plus grande."
)
SHARE = "Part de cette réponse parmi ces contributions, de 0 à 1, montrée en pourcentage."
SHARE_DIGITS = 4

VARIABLES = (
    measure_variable(),
    Variable("indicator", "Indicateur", "Code de l'indicateur, vide pour la mesure.", width=NARROW),
    Variable("question", "Question (code)", "Code de la question, que ce dictionnaire explique."),
    Variable("question_label", "Question", "La question, dans sa dernière formulation.", width=30),
    Variable(
        "modality",
        "Réponse proposée (code)",
        "Code de la réponse, ou tiers de l'échelle.",
        LIST,
        12,
    ),
    Variable("modality_label", "Réponse proposée", "Ce qui a été répondu.", LIST, 24),
    counted("answered", "Réponses à la question", ANSWERED, 12),
    counted("total", "Total", "Contributions qui ont choisi cette réponse."),
    Variable("share", "Part", SHARE, NUMBER, NARROW, look=Look.SHARE),
)


@dataclass(frozen=True)
class Line:
    """A question about one indicator or measure."""

    measure: str
    indicator: str | None
    group: Group

    @property
    def subject(self) -> Subject:
        return subject_of(self.indicator, self.measure, self.group.code)


def sheet(
    instrument: RoundInstrument, figures: Figures, chosen: Collection[str] = CROSSED
) -> Sheet:
    """Return the sheet of the questions that have the `chosen` codes."""
    columns = {
        TallySide.CAPACITY: _labels(instrument, figures, TallySide.CAPACITY, Destination.CAPACITY),
        TallySide.TERRITORY: _labels(
            instrument, figures, TallySide.TERRITORY, Destination.TERRITORY
        ),
    }
    parts = [(side, code) for side, labels in columns.items() for code in labels]
    lines = _lines(instrument, crossable(instrument, chosen))
    return Sheet(
        NAME,
        "Une ligne par réponse proposée de chaque question croisée, par indicateur ou par mesure :"
        " combien l'ont choisie, en tout, par qualité et par territoire.",
        (
            *VARIABLES,
            *_columns("capacity", "Qualité", columns[TallySide.CAPACITY]),
            *_columns("territory", "Territoire", columns[TallySide.TERRITORY]),
        ),
        partial(_rows, lines, figures, parts),
        kept_columns=2,
    )


def _labels(
    instrument: RoundInstrument, figures: Figures, side: TallySide, destination: Destination
) -> Mapping[str, str]:
    """Return the labels of a side: the options offered, others that occur, and unstated."""
    occurring = figures.codes(side)
    labels = with_unforeseen(instrument.labels_for(destination), occurring - {UNSTATED_TERRITORY})
    return (
        {**labels, UNSTATED_TERRITORY: UNSAID_TERRITORY}
        if UNSTATED_TERRITORY in occurring
        else labels
    )


def _columns(code: str, header: str, labels: Mapping[str, str]) -> list[Variable]:
    meaning = "Contributions qui ont choisi cette réponse"
    return [
        counted(
            f"{code}_{option or 'unstated'}", f"{header} : {label}", f"{meaning} : {label}.", 16
        )
        for option, label in labels.items()
    ]


def _lines(instrument: RoundInstrument, groups: Sequence[Group]) -> list[Line]:
    """Return the lines in the order of the plan, a measure after its indicators."""
    subjects = {
        subject_of(it.version.code if it.version else None, it.form.measure, it.code)
        for it in instrument.questions
    }
    indicators: dict[str, list[str | None]] = defaultdict(list)
    for indicator in instrument.indicators:
        indicators[indicator.measure].append(indicator.code)
    lines = (
        Line(form.measure, code, group)
        for form in instrument.latest_forms()
        for code in (*indicators[form.measure], None)
        for group in groups
        if (group.last.version is None) is (code is None)
    )
    return [line for line in lines if line.subject in subjects]


def _rows(
    lines: Sequence[Line], figures: Figures, parts: Sequence[Part]
) -> Iterator[Sequence[Cell]]:
    for line in lines:
        group = line.group
        everybody = figures.tally(line.subject)
        by_part = [figures.tally(line.subject, part) for part in parts]
        for code, label in modalities(group).items():
            total = modality_count(group, everybody, code)
            answered = everybody.answered
            yield (
                line.measure,
                line.indicator,
                group.code,
                SHORT_HEADERS.get(group.code, group.last.label),
                code,
                label,
                answered,
                total,
                round(total / answered, SHARE_DIGITS) if answered else None,
                *(modality_count(group, tally, code) for tally in by_part),
            )
