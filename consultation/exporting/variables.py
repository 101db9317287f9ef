"""Variables: the columns of the data sheets, each described once for sheet and codebook."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from consultation.exporting.asked import Group
from consultation.responses.identity import NO_CAPACITY
from consultation.sheets.cells import Cell
from consultation.sheets.tables import Column, Table

TEXT, NUMBER, DATE, YES_NO, LIST = "texte", "nombre", "date", "oui ou non", "liste"
"""What a cell of a column holds, in the words of the codebook."""

NARROW, MEDIUM, WIDE, TEXT_WIDTH = 10, 18, 36, 80

UNSTATED = {NO_CAPACITY: "Non précisée"}


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


@dataclass(frozen=True)
class Sheet:
    """One data sheet; `about` says in a sentence what one row is."""

    name: str
    about: str
    variables: Sequence[Variable]
    rows: Callable[[], Iterable[Sequence[Cell]]]

    def table(self) -> Table:
        """Return the sheet as the writer takes it; a column's note names its variable."""
        columns = [
            Column(header, variable.width, note=f"Variable : {variable.code}")
            for header, variable in zip(self.headers(), self.variables, strict=True)
        ]
        return Table(self.name, columns, self.rows)

    def headers(self) -> list[str]:
        """Return the headers; one that says what an earlier one says adds its code."""
        headers: list[str] = []
        for variable in self.variables:
            is_taken = variable.header in headers
            headers.append(f"{variable.header} ({variable.code})" if is_taken else variable.header)
        return headers


def word_for(code: str, labels: Mapping[str, str]) -> str:
    """Return the label of a code; one that was stored and never offered stands for itself."""
    return labels.get(code) or UNSTATED.get(code, code)


def with_unforeseen(labels: Mapping[str, str], found: Iterable[str]) -> dict[str, str]:
    """Return the labels by code, those stored and never offered at the end."""
    unforeseen = sorted(set(found) - set(labels))
    return {**labels, **{code: word_for(code, labels) for code in unforeseen}}
