"""Variables: the columns of a sheet as the codebook describes them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from consultation.exports.workbook.instrument import Group
from consultation.responses.submission.store import NO_CAPACITY
from consultation.spreadsheets.cells import BoundedCache, Cell, Part
from consultation.spreadsheets.style import Chart, Look, Tone
from consultation.spreadsheets.table import Column, ResearchOptions, Table

TEXT, NUMBER, DATE, YES_NO, LIST = "texte", "nombre", "date", "oui ou non", "liste"
"""What a cell of a column holds, in the words of the codebook."""

NARROW, MEDIUM, WIDE, TEXT_WIDTH = 12, 18, 36, 80

UNSTATED = {NO_CAPACITY: "Non précisée"}
UNSAID_TERRITORY = "Non précisé"


@dataclass(frozen=True)
class Variable:
    """One column.  `code` is its stable name, `header` what row 1 says, `meaning` a sentence.

    A column that holds the replies to a question names its `group`; the codebook then gives every
    wording.  `options` are labels by code.
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
        """Return the labels of the codes in its cells, when they are codes."""
        if self.group is not None and self.code.endswith("_code"):
            unstated = UNSTATED if self.code.startswith("capacity") else {}
            return {**unstated, **self.group.labels}
        return {}


@dataclass(frozen=True)
class Sheet:
    """One data sheet; `about` says in a sentence what one row is.

    `kept_columns` say which row it is and stay in sight; `tone` says what the sheet is for.
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
        """Return the sheet as the writer takes it; a column's note names its variable."""
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
        """Return the headers; one that says what an earlier one says adds its code."""
        headers: list[str] = []
        for variable in self.variables:
            is_taken = variable.header in headers
            headers.append(f"{variable.header} ({variable.code})" if is_taken else variable.header)
        return headers


def without(sheet: Sheet, codes: Collection[str]) -> Sheet:
    """Return a sheet that has not the columns of these codes."""
    kept = [n for n, variable in enumerate(sheet.variables) if variable.code not in codes]
    return replace(
        sheet,
        variables=[sheet.variables[n] for n in kept],
        rows=lambda: ([row[n] for n in kept] for row in sheet.rows()),
    )


def measure_variable() -> Variable:
    """Return the column of the measure's code, which is the same in every sheet."""
    meaning = "Code de la mesure, ou (outil) pour l'outil dans son ensemble."
    return Variable("measure", "Mesure", meaning, width=NARROW)


def counted(code: str, header: str, meaning: str, width: int = NARROW) -> Variable:
    """Return a column of whole numbers that count something."""
    return Variable(code, header, meaning, NUMBER, width, look=Look.COUNT)


def word_for(code: str, labels: Mapping[str, str]) -> str:
    """Return the label of a code; one that was stored and never offered stands for itself."""
    return labels.get(code) or UNSTATED.get(code, code)


def with_unforeseen(labels: Mapping[str, str], found: Iterable[str]) -> dict[str, str]:
    """Return the labels by code, those stored and never offered at the end."""
    unforeseen = sorted(set(found) - set(labels))
    return {**labels, **{code: word_for(code, labels) for code in unforeseen}}


Cells = Callable[[Mapping[str, Sequence[Any]]], Sequence[Cell]]


@dataclass(frozen=True)
class FrameColumn:
    """A variable, and how a frame gives its cells."""

    variable: Variable
    cells: Cells


def stored(name: str) -> Cells:
    """Return the cells of a frame's column as they are."""
    return lambda frame: frame[name]


def mapped(name: str, cell: Callable[[Any], Cell]) -> Cells:
    """Return `cell` of each value of a frame's column; what is missing stays so."""
    known = BoundedCache(lambda value: None if value is None else cell(value))
    return lambda frame: list(map(known.__getitem__, frame[name]))


def labelled(name: str, labels: Mapping[str, str]) -> Cells:
    """Return the label of each code of a frame's column."""
    return mapped(name, lambda code: word_for(code, labels))


def rows_of(
    frame: Mapping[str, Sequence[Any]], columns: Sequence[FrameColumn]
) -> Iterator[Sequence[Cell]]:
    """Yield the rows of a sheet."""
    return zip(*(column.cells(frame) for column in columns), strict=True)


def part_of(names: Sequence[str], columns: Sequence[FrameColumn]) -> BoundedCache:
    """Return what gives the part of a row that `columns` fill, by the values that `names` name.

    It is made once for values that keep coming back.
    """

    def made(values: Sequence[Any]) -> Part:
        frame = {name: (value,) for name, value in zip(names, values, strict=True)}
        return Part([column.cells(frame)[0] for column in columns])

    return BoundedCache(made)
