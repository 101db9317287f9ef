"""What is wrong in a file that somebody filled in: the place, the fault and the remedy."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One fault of a file.

    `row` is numbered as a spreadsheet does, `column` is the header as the file writes it.  `what`
    is a clause, `remedy` one or more sentences.  The reader of workbooks refuses a file in a
    sentence of its own that names the file: it is then `what`, and all else is empty.
    """

    file: str
    sheet: str | None
    row: int | None
    column: str | None
    what: str
    remedy: str

    @property
    def sentence(self) -> str:
        """The fault as a person reads it: where, what, and what to do."""
        if not self.remedy:
            return self.what
        places = [f"« {self.file} »"]
        if self.sheet is not None:
            places.append(f"feuille « {self.sheet} »")
        if self.row is not None:
            places.append(f"ligne {self.row}")
        if self.column is not None:
            places.append(f"colonne « {self.column} »")
        return f"{', '.join(places)} : {self.what}. {self.remedy}"


class SheetRefused(Exception):
    """A file has faults, all of them in `problems`; nothing of it may be taken in."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(problem.sentence for problem in problems))
        self.problems = tuple(problems)
