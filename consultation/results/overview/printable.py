"""Printable summary of a round: a tagged PDF of the figures of the overview and of coverage."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from consultation.files import PACKAGE
from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.results.coverage.board import Board
from consultation.results.overview.board import OUTCOMES_IN_COLUMNS, Row, Stances, Total
from consultation.typesetting.font_coverage import FONT, drawable, not_drawn
from consultation.typesetting.subprocess import typeset
from consultation.web.typography import french

TEMPLATE = PACKAGE / "typesetting" / "summary.typ"
STANDARD = "ua-1"
MOST_DISPUTED, LEAST_COVERED = 25, 10
WARNING = (
    "Document interne, ne pas diffuser : les petits nombres y sont exacts et peuvent désigner une"
    " personne."
)


@dataclass(frozen=True)
class Part:
    """A part of the document: rows under columns, numbers but for the first one or `is_textual`."""

    heading: str
    sentences: Sequence[str] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = field(default_factory=list)
    is_textual: bool = False


def verdicts(totals: Iterable[Total], plan: Total) -> Part:
    """Return how many indicators have each verdict, by axis and in the whole plan."""
    rows = [
        (
            _axis_label(total),
            str(len(total.rows)),
            *(str(total.by_outcome[outcome]) for outcome in OUTCOMES_IN_COLUMNS),
            _share(total.stances),
        )
        for total in (*totals, plan)
    ]
    return Part(
        "Ce que l'on dit, axe par axe",
        ["« À garder » : la part des personnes qui le disent, parmi celles qui ont un avis."],
        ["Axe", "Indicateurs", *(outcome.label for outcome in OUTCOMES_IN_COLUMNS), "À garder"],
        rows,
    )


def disputes(rows: Sequence[tuple[Row, str]]) -> Part:
    """Return the indicators that people disagree on, each with its sentence."""
    if not rows:
        return Part("Les désaccords", ["Aucun indicateur ne divise ceux qui l'ont noté."])
    more = len(rows) - MOST_DISPUTED
    sentences = [f"Et {more} de plus, dans la vue d'ensemble du site."] if more > 0 else []
    cells = [
        (
            f"{row.summary.subject.code} {localized(row.summary.subject.label, DEFAULT_LOCALE)}",
            sentence,
        )
        for row, sentence in rows[:MOST_DISPUTED]
    ]
    return Part(
        "Les désaccords",
        sentences,
        ["Indicateur", "Ce que disent les notes"],
        cells,
        is_textual=True,
    )


def coverage(board: Board, sentences: Sequence[str]) -> Part:
    """Return the part on coverage: the gaps, and the measures with the fewest responses."""
    measures = [row for row in board.rows if row.measure and row.is_asked]
    fewest = sorted(measures, key=lambda row: row.total)[:LEAST_COVERED]
    cells = [
        (f"{row.key} {localized(row.measure.title, DEFAULT_LOCALE)}", str(row.total))
        for row in fewest
        if row.measure
    ]
    heading = "Qui manque encore"
    return Part(heading, sentences, ["Mesures les moins couvertes", "Contributions"], cells)


def document(parts: Sequence[Part], **texts: str) -> bytes:
    """Return the PDF; `texts` are the others of the template.  Raise as `typeset` does."""
    content = _printable({**texts, "sections": [asdict(part) for part in parts]})
    inputs = {"content": json.dumps(content, ensure_ascii=False), "font": FONT}
    return typeset(TEMPLATE, format="pdf", sys_inputs=inputs, pdf_standards=[STANDARD])


def _axis_label(total: Total) -> str:
    if total.axis is None:
        return "Tout le plan"
    return f"{total.axis.code} {localized(total.axis.title, DEFAULT_LOCALE)}"


def _share(stances: Stances) -> str:
    return f"{stances.shares[0] * 100:.0f} %" if stances.count else "–"


def _printable(content: Any) -> Any:
    if isinstance(content, dict):
        return {name: _printable(part) for name, part in content.items()}
    if isinstance(content, list | tuple):
        return [_printable(part) for part in content]
    if not isinstance(content, str):
        return content
    text = french(content)
    return drawable(text, not_drawn(text))
