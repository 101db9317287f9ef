"""Workbook columns of respondents and of their answers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from consultation.exports.workbook.instrument import Group, RoundInstrument
from consultation.exports.workbook.variables import (
    DATE,
    LIST,
    MEDIUM,
    NARROW,
    NUMBER,
    TEXT,
    WIDE,
    YES_NO,
    FrameColumn,
    Variable,
    labelled,
    mapped,
    measure_variable,
    stored,
)
from consultation.i18n import SHIPPED, name_of
from consultation.questionnaires.kinds import KINDS, Cells
from consultation.questionnaires.kinds.scales import NO_OPINION
from consultation.questionnaires.models import Destination
from consultation.responses.models import Standing
from consultation.spreadsheets.cells import Cell

SHORT_HEADERS = {
    "stance": "Avis",
    "relevance": "Pertinence",
    "feasibility": "Faisabilité",
    "standing": "Où en est la mesure",
}
"""Headers of questions whose wording is long; the codebook has the wording."""

YES = "yes"


def source_of(code: str, option: str | None = None) -> str:
    """Return the name of a reply's column in a frame, distinct from those of the respondent."""
    return f"reply:{code}" if option is None else f"reply:{code}={option}"


def sources_of(group: Group) -> list[str]:
    """Return the columns of a question in a frame: one, or one per option of several."""
    if not has_column_per_option(group):
        return [source_of(group.code)]
    return [source_of(group.code, option) for option in group.labels]


def has_column_per_option(group: Group) -> bool:
    """Whether a reply may hold several options: those chosen, or those that have a place."""
    return KINDS[group.last.kind].cells in (Cells.OPTIONS, Cells.RANKS)


def replies_beside(known: Iterable[FrameColumn], groups: Iterable[Group]) -> list[FrameColumn]:
    """Return the reply columns of questions, for a sheet that has the `known` columns.

    Organisers choose the codes of questions: one that is the code of another column already gets
    a prefix.
    """
    taken = {column.variable.code for column in known}
    added: list[FrameColumn] = []
    for group in groups:
        columns = replies_of(group)
        while not taken.isdisjoint(column.variable.code for column in columns):
            columns = [_prefixed(column) for column in columns]
        taken.update(column.variable.code for column in columns)
        added += columns
    return added


def _prefixed(column: FrameColumn) -> FrameColumn:
    variable = replace(column.variable, code=f"question_{column.variable.code}")
    return replace(column, variable=variable)


def replies_of(group: Group) -> Sequence[FrameColumn]:
    """Return the reply columns of a question; a text has none, but its own sheet."""
    make = _MAKERS.get(KINDS[group.last.kind].cells)
    return make(group) if make else ()


def as_number(value: Any) -> Cell:
    """Return a stored number, as int where it is whole; None for anything else."""
    if not isinstance(value, float):
        return None
    return int(value) if value.is_integer() else value


def variable_of(group: Group, kind: str, suffix: str = "", header: str = "") -> Variable:
    """Return the variable of a reply column."""
    return Variable(
        code=group.code.replace(".", "_") + suffix,
        header=SHORT_HEADERS.get(group.code, group.last.label) + header,
        meaning=group.last.label,
        kind=kind,
        group=group,
    )


def _choice(group: Group) -> Sequence[FrameColumn]:
    source = source_of(group.code)
    return (
        FrameColumn(variable_of(group, LIST), labelled(source, group.labels)),
        FrameColumn(variable_of(group, LIST, "_code", " (code)"), stored(source)),
    )


def _yes_no(group: Group) -> Sequence[FrameColumn]:
    is_yes = mapped(source_of(group.code), lambda code: code == YES)
    return (FrameColumn(variable_of(group, YES_NO), is_yes),)


def _number(group: Group) -> Sequence[FrameColumn]:
    return (FrameColumn(variable_of(group, NUMBER), mapped(source_of(group.code), as_number)),)


def _date(group: Group) -> Sequence[FrameColumn]:
    return (FrameColumn(variable_of(group, DATE), stored(source_of(group.code))),)


def _scale(group: Group) -> Sequence[FrameColumn]:
    source = source_of(group.code)
    is_none = mapped(source, lambda value: value == NO_OPINION)
    return (
        FrameColumn(variable_of(group, NUMBER), mapped(source, as_number)),
        FrameColumn(variable_of(group, YES_NO, "_no_opinion", " : je ne sais pas"), is_none),
    )


def _several(group: Group) -> Sequence[FrameColumn]:
    """Return a yes-or-no column per option, all empty without an answer."""
    return [
        FrameColumn(
            variable_of(group, YES_NO, f"_{option}", f" : {label}"),
            partial(_is_chosen, source_of(group.code, option), sources_of(group)),
        )
        for option, label in group.labels.items()
    ]


def _ranks(group: Group) -> Sequence[FrameColumn]:
    """Return a column per option with its place, empty where it has none."""
    return [
        FrameColumn(
            variable_of(group, NUMBER, f"_{option}", f" : place de « {label} »"),
            stored(source_of(group.code, option)),
        )
        for option, label in group.labels.items()
    ]


_MAKERS: dict[Cells, Callable[[Group], Sequence[FrameColumn]]] = {
    Cells.NUMBER: _number,
    Cells.DATE: _date,
    Cells.YES_NO: _yes_no,
    Cells.OPTION: _choice,
    Cells.OPTIONS: _several,
    Cells.RATING: _scale,
    Cells.RANKS: _ranks,
}


def _is_chosen(
    source: str, sources: Sequence[str], frame: Mapping[str, Sequence[Any]]
) -> Sequence[Cell]:
    answered = (any(row) for row in zip(*(frame[name] for name in sources), strict=True))
    return [
        code is not None if is_answered else None
        for code, is_answered in zip(frame[source], answered, strict=True)
    ]


RECEIPT = Variable(
    "receipt",
    "Numéro de dépôt",
    "Numéro que la personne a reçu ; il relie les feuilles entre elles.",
    width=22,
)
NUMBER_IN_WORKBOOK = Variable(
    "number",
    "Numéro",
    "Numéro dans ce classeur, qui relie les feuilles entre elles ; il ne mène à personne.",
    NUMBER,
    NARROW,
)
RESPONDENTS = {
    Standing.INVITED: "invité",
    Standing.CONFIRMED: "adresse confirmée",
    Standing.UNVERIFIED: "non vérifié",
}
CONSENTS = {
    Destination.CONSENT_CONTACT: "Accord pour un contact",
    Destination.CONSENT_ANONYMOUS: "Accord pour une citation sans nom",
    Destination.CONSENT_NAMED: "Accord pour une citation avec le nom",
}


def receipt(instrument: RoundInstrument) -> FrameColumn:
    """Return the column of the receipt code or number, which all sheets share."""
    if instrument.is_anonymised:
        return FrameColumn(
            NUMBER_IN_WORKBOOK,
            mapped("response_id", lambda id_: instrument.number_by_response[id_]),
        )
    return FrameColumn(RECEIPT, stored("receipt_code"))


def measure(instrument: RoundInstrument) -> FrameColumn:
    forms = instrument.form_by_id
    return FrameColumn(
        measure_variable(),
        mapped("questionnaire_id", lambda id_: forms[id_].measure),
    )


def capacity(instrument: RoundInstrument) -> FrameColumn:
    """Return the column of the capacity's label."""
    return _labelled(instrument, Destination.CAPACITY, "capacity", "Qualité")


def territory(instrument: RoundInstrument) -> FrameColumn:
    """Return the column of the territory's label."""
    return _labelled(instrument, Destination.TERRITORY, "territory", "Territoire")


def codes(instrument: RoundInstrument) -> Sequence[FrameColumn]:
    """Return the columns of the codes of capacity and territory."""
    return tuple(
        FrameColumn(
            _variable(instrument, destination, f"{name}_code", f"{header} (code)"), stored(name)
        )
        for destination, name, header in (
            (Destination.CAPACITY, "capacity", "Qualité"),
            (Destination.TERRITORY, "territory", "Territoire"),
        )
    )


def organisation(instrument: RoundInstrument) -> FrameColumn:
    variable = _variable(
        instrument, Destination.ORGANISATION, "organisation", "Organisation", TEXT, WIDE
    )
    return FrameColumn(variable, stored("organisation"))


def consents(instrument: RoundInstrument) -> Sequence[FrameColumn]:
    """Return a yes-or-no column per consent; no answer is a no."""
    return tuple(
        FrameColumn(
            _variable(instrument, destination, destination.value, header, YES_NO),
            stored(destination.value),
        )
        for destination, header in CONSENTS.items()
        if not (instrument.is_anonymised and destination is Destination.CONSENT_CONTACT)
    )


def channel() -> FrameColumn:
    """Return the column of the response's channel."""
    return FrameColumn(
        Variable("channel", "Voie", "Par où la contribution est arrivée.", LIST, NARROW),
        mapped("channel", lambda channel: channel.label),
    )


def respondent() -> FrameColumn:
    """Return the column of the respondent's standing: invited, address confirmed, or neither."""
    meaning = "Personne invitée, personne sûre de son adresse, ou ni l'une ni l'autre."
    return FrameColumn(
        Variable("respondent_standing", "Répondant", meaning, LIST, MEDIUM),
        mapped("standing", RESPONDENTS.__getitem__),
    )


def language() -> FrameColumn:
    return FrameColumn(
        Variable("locale", "Langue", "Langue du formulaire rempli.", LIST, NARROW),
        labelled("locale", {tag: name_of(tag) for tag in SHIPPED}),
    )


def _labelled(
    instrument: RoundInstrument, destination: Destination, name: str, header: str
) -> FrameColumn:
    variable = _variable(instrument, destination, name, header, width=WIDE)
    return FrameColumn(variable, labelled(name, instrument.labels_for(destination)))


def _variable(
    instrument: RoundInstrument,
    destination: Destination,
    code: str,
    header: str,
    kind: str = LIST,
    width: int = MEDIUM,
) -> Variable:
    """Return a variable that the codebook explains by the question that fills it."""
    return Variable(code, header, header, kind, width, group=instrument.group_for(destination))
