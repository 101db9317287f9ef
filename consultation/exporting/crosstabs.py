"""The sheet *Tableaux croisés*: what was chosen, by who answers and from where."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy.orm import Session

from consultation.exporting.asked import Asked, Group
from consultation.exporting.crossing import (
    NOBODY,
    Crossed,
    Subject,
    cross,
    crossable,
    modalities,
    subject_of,
)
from consultation.exporting.replies import SHORT_HEADERS
from consultation.exporting.variables import (
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
from consultation.results.tallies import FEASIBILITY, RELEVANCE, STANCE, STANDING
from consultation.sheets.cells import Cell
from consultation.sheets.looks import Look

NAME = "Tableaux croisés"
CROSSED = (STANCE, RELEVANCE, FEASIBILITY, STANDING)
"""Codes of the questions that are crossed unless others are chosen."""

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


def sheet(instant: Session, asked: Asked, chosen: Sequence[str] = CROSSED) -> Sheet:
    """Return the sheet of the questions that have the `chosen` codes, counted in SQL."""
    groups = [group for group in crossable(asked) if group.code in chosen]
    crossed = cross(instant, asked, groups)
    capacities = with_unforeseen(asked.labels_for(Destination.CAPACITY), crossed.capacities())
    territories = with_unforeseen(
        asked.labels_for(Destination.TERRITORY), crossed.territories() - {NOBODY}
    )
    territories[NOBODY] = UNSAID_TERRITORY
    return Sheet(
        NAME,
        "Une ligne par modalité de chaque question croisée, par indicateur ou par mesure : combien"
        " l'ont choisie, en tout, par qualité et par territoire.",
        (
            *VARIABLES,
            *_columns("capacity", "Qualité", capacities),
            *_columns("territory", "Territoire", territories),
        ),
        partial(_rows, _lines(asked, groups), crossed, list(capacities), list(territories)),
        kept_columns=2,
    )


def _columns(code: str, header: str, labels: Mapping[str, str]) -> list[Variable]:
    meaning = "Contributions qui ont choisi cette modalité"
    return [
        counted(
            f"{code}_{option or 'unstated'}", f"{header} : {label}", f"{meaning} : {label}.", 14
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
    lines: Sequence[Line],
    crossed: Crossed,
    capacities: Sequence[str],
    territories: Sequence[str],
) -> Iterator[Sequence[Cell]]:
    for line in lines:
        answered = crossed.answered.get(line.subject, 0)
        by_capacity = crossed.by_capacity.get(line.subject, {})
        by_territory = crossed.by_territory.get(line.subject, {})
        for code, label in modalities(line.group).items():
            total = crossed.total(line.subject, code)
            yield (
                line.measure,
                line.indicator,
                line.group.code,
                SHORT_HEADERS.get(line.group.code, line.group.last.label),
                code,
                label,
                answered,
                total,
                round(total / answered, SHARE_DIGITS) if answered else None,
                *(by_capacity.get((code, who), 0) for who in capacities),
                *(by_territory.get((code, who), 0) for who in territories),
            )
