"""The sheet *Tableaux croisés*: what was chosen, by who answers and from where."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from consultation.exports.workbook.columns import SHORT_HEADERS
from consultation.exports.workbook.instrument import Asked, Group
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
"""Codes of the questions that are crossed unless others are chosen."""

NOBODY = ""
"""Stands for the territory of those who named none."""

ANSWERED = (
    "Contributions qui répondent à la question, « sans avis » compris. Quand plusieurs modalités"
    " peuvent être choisies, leur somme est plus grande."
)
SHARE = "Part de la modalité parmi ces contributions, de 0 à 1, montrée en pourcentage."
SHARE_DIGITS = 4

VARIABLES = (
    measure_variable(),
    Variable("indicator", "Indicateur", "Code de l'indicateur, vide pour la mesure.", width=NARROW),
    Variable("question", "Question (code)", "Code de la question, que ce dictionnaire explique."),
    Variable("question_label", "Question", "La question, dans sa dernière formulation.", width=30),
    Variable("modality", "Modalité (code)", "Code de la réponse, ou tiers de l'échelle.", LIST, 12),
    Variable("modality_label", "Modalité", "Ce qui a été répondu.", LIST, 24),
    counted("answered", "Réponses à la question", ANSWERED, 12),
    counted("total", "Total", "Contributions qui ont choisi cette modalité."),
    Variable("share", "Part", SHARE, NUMBER, NARROW, look=Look.SHARE),
)


@dataclass(frozen=True)
class Line:
    """A question as it is asked of one indicator or measure."""

    measure: str
    indicator: str | None
    group: Group

    @property
    def subject(self) -> Subject:
        """The key of its counts."""
        return subject_of(self.indicator, self.measure, self.group.code)


def sheet(asked: Asked, figures: Figures, chosen: Collection[str] = CROSSED) -> Sheet:
    """Return the sheet of the questions that have the `chosen` codes."""
    columns = {
        TallySide.CAPACITY: _labels(asked, figures, TallySide.CAPACITY, Destination.CAPACITY),
        TallySide.TERRITORY: _labels(asked, figures, TallySide.TERRITORY, Destination.TERRITORY),
    }
    parts = [(side, code) for side, labels in columns.items() for code in labels]
    lines = _lines(asked, crossable(asked, chosen))
    return Sheet(
        NAME,
        "Une ligne par modalité de chaque question croisée, par indicateur ou par mesure : combien"
        " l'ont choisie, en tout, par qualité et par territoire.",
        (
            *VARIABLES,
            *_columns("capacity", "Qualité", columns[TallySide.CAPACITY]),
            *_columns("territory", "Territoire", columns[TallySide.TERRITORY]),
        ),
        partial(_rows, lines, figures, parts),
        kept_columns=2,
    )


def _labels(
    asked: Asked, figures: Figures, side: TallySide, destination: Destination
) -> Mapping[str, str]:
    """Return what was offered, then what else occurs; an empty code is of who said nothing."""
    occurring = figures.codes(side)
    labels = with_unforeseen(asked.labels_for(destination), occurring - {NOBODY})
    return {**labels, NOBODY: UNSAID_TERRITORY} if NOBODY in occurring else labels


def _columns(code: str, header: str, labels: Mapping[str, str]) -> list[Variable]:
    meaning = "Contributions qui ont choisi cette modalité"
    return [
        counted(
            f"{code}_{option or 'unstated'}", f"{header} : {label}", f"{meaning} : {label}.", 16
        )
        for option, label in labels.items()
    ]


def _lines(asked: Asked, groups: Sequence[Group]) -> list[Line]:
    """Return what was asked, in the order of the plan, a measure after its indicators."""
    subjects = {
        subject_of(one.version.code if one.version else None, one.form.measure, one.code)
        for one in asked.questions
    }
    indicators: dict[str, list[str | None]] = defaultdict(list)
    for indicator in asked.indicators:
        indicators[indicator.measure].append(indicator.code)
    lines = (
        Line(form.measure, code, group)
        for form in asked.latest_forms()
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
        theirs = [figures.tally(line.subject, part) for part in parts]
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
                *(modality_count(group, one, code) for one in theirs),
            )
