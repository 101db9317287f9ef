"""Variables of the workbook: the columns of each sheet, as the codebook describes them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from consultation.exports.workbook.instrument import Group
from consultation.i18n import Labelled
from consultation.records.fields import Description
from consultation.responses.identity import NO_CAPACITY
from consultation.spreadsheets.cells import BoundedCache, Cell, Part
from consultation.spreadsheets.style import Chart, Look, Tone
from consultation.spreadsheets.table import Column, ResearchOptions, Table

TEXT, NUMBER, DATE, YES_NO, LIST = "texte", "nombre", "date", "oui ou non", "liste"
"""Types of cells, as the codebook names them."""

NARROW, MEDIUM, WIDE, TEXT_WIDTH = 12, 18, 36, 80

UNSTATED = {NO_CAPACITY: "Non précisée"}
UNSAID_TERRITORY = "Non précisé"


@dataclass(frozen=True)
class Variable:
    """One column: `code` is its stable name, `header` its first row, `meaning` a sentence.

    A reply column has the `group` of its questions; the codebook then gives every wording.
    `options` are labels by code.
    """

    code: str
    header: str
    meaning: str
    kind: str = TEXT
    width: int = MEDIUM
    options: Mapping[str, str] = field(default_factory=dict)
    group: Group | None = None
    look: Look = Look.PLAIN

    def labels(self) -> Mapping[str, str]:
        """Return the labels of the codes in the cells; empty where the cells are no codes."""
        if self.group is not None and self.code.endswith("_code"):
            unstated = UNSTATED if self.code.startswith("capacity") else {}
            return {**unstated, **self.group.labels}
        return {}


@dataclass(frozen=True)
class Sheet:
    """One data sheet; `about` is a sentence on what one row is.

    The first `kept_columns` identify a row and are frozen; `tone` colours the tab.
    """

    name: str
    about: str
    variables: Sequence[Variable]
    rows: Callable[[], Iterable[Sequence[Any]]]
    kept_columns: int = 1
    tone: Tone = Tone.FIGURES
    charts: Sequence[Chart] = ()
    package: ResearchOptions | None = None
    is_in_parts: bool = False

    def table(self) -> Table:
        """Return the table to write; the note of a column is the code of its variable."""
        columns = [
            Column(
                header,
                variable.width,
                note=f"Variable : {variable.code}",
                look=variable.look,
                code=variable.code,
                meaning=variable.meaning,
                kind=variable.kind,
                labels=variable.labels(),
            )
            for header, variable in zip(self.headers(), self.variables, strict=True)
        ]
        return Table(
            self.name,
            columns,
            self.rows,
            kept_columns=self.kept_columns,
            tone=self.tone,
            charts=self.charts,
            package=self.package,
            is_in_parts=self.is_in_parts,
        )

    def headers(self) -> list[str]:
        """Return the headers, made distinct by the code where two are the same."""
        headers: list[str] = []
        for variable in self.variables:
            is_taken = variable.header in headers
            headers.append(f"{variable.header} ({variable.code})" if is_taken else variable.header)
        return headers


def without(sheet: Sheet, codes: Collection[str]) -> Sheet:
    kept = [n for n, variable in enumerate(sheet.variables) if variable.code not in codes]
    return replace(
        sheet,
        variables=[sheet.variables[n] for n in kept],
        rows=lambda: ([row[n] for n in kept] for row in sheet.rows()),
    )


def measure_variable() -> Variable:
    """Return the variable of the measure's code, the same in every sheet."""
    meaning = "Code de la mesure, ou (outil) pour l'ensemble des indicateurs."
    return Variable("measure", "Mesure", meaning, width=NARROW)


STABLE = "Le même, en code stable."


def described(code: str, description: Description[Any]) -> list[Variable]:
    """Return the variable of a field of a record; one of choices has its stable code beside it."""
    header, width = description.column, description.width
    choices = description.kind.choices
    if choices is None:
        return [Variable(code, header, description.hint, width=width)]
    options = dict(choices.choices())
    return [
        Variable(code, header, description.hint, LIST, width),
        Variable(f"{code}_code", f"{header} (code)", STABLE, LIST, options=options),
    ]


def described_cells(description: Description[Any], value: Any) -> list[Cell]:
    if description.kind.choices is None:
        return [description.text(value) or None]
    return label_and_code(value)


def label_and_code(value: Labelled | None) -> list[Cell]:
    return [None, None] if value is None else [value.label, value.value]


def counted(code: str, header: str, meaning: str, width: int = NARROW) -> Variable:
    """Return the variable of a column of counts."""
    return Variable(code, header, meaning, NUMBER, width, look=Look.COUNT)


def label_for(code: str, labels: Mapping[str, str]) -> str:
    """Return the label of a code, or the code where it was stored and never offered."""
    return labels.get(code) or UNSTATED.get(code, code)


def with_unforeseen(labels: Mapping[str, str], occurring: Iterable[str]) -> dict[str, str]:
    """Return labels by code, with those that occur and were never offered at the end."""
    unforeseen = sorted(set(occurring) - set(labels))
    return {**labels, **{code: label_for(code, labels) for code in unforeseen}}


Cells = Callable[[Mapping[str, Sequence[Any]]], Sequence[Cell]]


@dataclass(frozen=True)
class FrameColumn:
    """A variable, and the function that takes its cells from a frame."""

    variable: Variable
    cells: Cells


def stored(name: str) -> Cells:
    """Take the values of a frame's column as they are."""
    return lambda frame: frame[name]


def mapped(name: str, cell: Callable[[Any], Cell]) -> Cells:
    """Take `cell` of each value of a frame's column, None of None."""
    known = BoundedCache(lambda value: None if value is None else cell(value))
    return lambda frame: list(map(known.__getitem__, frame[name]))


def labelled(name: str, labels: Mapping[str, str]) -> Cells:
    """Take the label of each code of a frame's column."""
    return mapped(name, lambda code: label_for(code, labels))


def rows_of(
    frame: Mapping[str, Sequence[Any]], columns: Sequence[FrameColumn]
) -> Iterator[Sequence[Cell]]:
    return zip(*(column.cells(frame) for column in columns), strict=True)


def part_of(names: Sequence[str], columns: Sequence[FrameColumn]) -> BoundedCache:
    """Return a cache of the cells that `columns` fill in a row, by the values of `names`."""

    def made(values: Sequence[Any]) -> Part:
        frame = {name: (value,) for name, value in zip(names, values, strict=True)}
        return Part([column.cells(frame)[0] for column in columns])

    return BoundedCache(made)
