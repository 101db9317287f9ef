"""Model of a document: what it says, whatever the format that it is written in.

Texts of the plan are exact; typography is the writers' own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from consultation.i18n import is_french
from consultation.plan.text_diff import Part
from consultation.web.typography import french


@dataclass(frozen=True)
class Text:
    """A text of the plan and the language that it is in, which may not be the document's."""

    value: str
    language: str
    address: str = ""
    """Of a page on it."""

    @property
    def typeset(self) -> str:
        """The text in the typography of its language."""
        return french(self.value) if is_french(self.language) else self.value


@dataclass(frozen=True)
class Fact:
    """A text with its label."""

    label: str
    text: Text


@dataclass(frozen=True)
class Table:
    """Rows of texts under columns; the first cell of a row is its head."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Text]]


@dataclass(frozen=True)
class Difference:
    """A text before and after a change, as the parts that stay, go and come."""

    label: str
    parts: Sequence[Part]
    language: str


@dataclass(frozen=True)
class Quotation:
    """A text of a respondent, with « en espagnol » where it is not in the document's language."""

    text: Text
    mention: str = ""


@dataclass(frozen=True)
class DecisionEntry:
    """A published decision; what is not displayed in this document is empty."""

    heading: str
    """Its outcome and what it changed."""
    subject: Text | None = None
    """What was missing, where no indicator is named."""
    reason: Text | None = None
    contributions: str = ""
    quotations: Sequence[Quotation] = ()


@dataclass(frozen=True)
class IndicatorEntry:
    """An indicator, and what became of it."""

    code: str
    label: Text
    state: str = ""
    """That it is new, was changed or was removed."""
    facts: Sequence[Fact] = ()
    points: Table | None = None
    """Values to start from and to reach."""
    values: Table | None = None
    """What was observed."""
    differences: Sequence[Difference] = ()
    decisions: Sequence[DecisionEntry] = ()
    brief: Sequence[Fact] = ()
    """Where it starts and what it is to reach, where that fits on a line of a page."""
    before: "IndicatorEntry | None" = None
    """As it was, where the document marks what was changed of it."""
    is_new: bool = False
    """Whether the document marks it as new."""
    follows: str = ""
    """The code of the indicator before it, of one that was removed."""

    @property
    def place(self) -> str:
        """The name of its place in a file."""
        return f"indicateur-{self.code}"

    @property
    def is_bare(self) -> bool:
        """Whether the document says nothing of it but its name."""
        parts = (self.facts, self.points, self.values, self.differences, self.decisions)
        return not any(parts)


@dataclass(frozen=True)
class MeasureEntry:
    """A measure; `removed` are indicators that the plan has no more."""

    code: str
    title: Text
    state: str
    facts: Sequence[Fact]
    judgements: Table | None
    indicators: Sequence[IndicatorEntry]
    removed: Sequence[IndicatorEntry]
    decisions: Sequence[DecisionEntry]
    """On what is missing."""
    address: str
    """Short address of its form, empty where the site has no public address."""
    scan: str
    """Text alternative of the QR code of that address."""
    replies: Sequence[Fact] = ()
    """What institutions reply to a judgement of it, or that they do not."""
    quotations: Sequence[Text] = ()
    """Texts of respondents on it."""
    differences: Sequence[Difference] = ()
    before: "MeasureEntry | None" = None
    """As it was, without its indicators, where the document marks what was changed of it."""
    is_new: bool = False
    """Whether the document marks it as new."""
    overview: Table | None = None
    """A row for each of its indicators, whose tables are in the annex."""

    @property
    def place(self) -> str:
        """The name of its place in a file."""
        return f"mesure-{self.code}"

    def in_order(self) -> list[IndicatorEntry]:
        """Its indicators, each one that was removed where it was."""
        entries = list(self.indicators)
        for removed in self.removed:
            codes = [it.code for it in entries]
            rank = codes.index(removed.follows) + 1 if removed.follows in codes else 0
            entries.insert(rank, removed)
        return entries


@dataclass(frozen=True)
class AxisEntry:
    """A chapter."""

    code: str
    title: Text
    measures: Sequence[MeasureEntry]
    introduction: Text | None = None
    """In the Markdown of organisers."""


CHARACTERS = {
    "done": "■",
    "partly_done": "◧",
    "engaged": "▣",
    "not_done": "☒",
    "not_engaged": "□",
    "": "·",
}
"""Levels of measures as characters of a line of text; the empty one is nobody's."""


@dataclass(frozen=True)
class Squares:
    """Squares of the measures of an axis: a line for each who assesses, of the levels."""

    code: str
    title: Text
    lines: Sequence[Sequence[str]]

    def characters(self, place: int) -> str:
        """The line at a place as text."""
        return " ".join(CHARACTERS[it] for it in self.lines[place])


@dataclass(frozen=True)
class SummaryPart:
    """A heading of the summary, its sentences, and what they count."""

    heading: str
    sentences: Sequence[str]
    listed: Sequence[Fact] = ()
    """Measures or indicators by code."""
    codes: Sequence[str] = ()
    """Lines of codes alone."""


@dataclass(frozen=True)
class FrontSummary:
    """The first two pages of a document: what it comes to, before its contents."""

    introduction: Text | None
    """In the Markdown of organisers."""
    standing: SummaryPart
    counts: Sequence[Fact]
    """Numbers, each labelled by what it counts."""
    assessors: Sequence[str]
    squares: Sequence[Squares]
    key: Sequence[tuple[str, str]]
    """Levels that are drawn, with their labels."""
    parts: Sequence[SummaryPart]


@dataclass(frozen=True)
class ChangeLine:
    """A change of a measure or an indicator, for the list that a document opens with."""

    state: str
    code: str
    text: Text
    place: str
    """Of the measure or the indicator where the document says more; empty where it does not."""


@dataclass(frozen=True)
class ChangeList:
    """What changed since an earlier edition, in the order of the plan."""

    title: str
    sentence: str
    lines: Sequence[ChangeLine]


@dataclass(frozen=True)
class Document:
    """A document, in the order of its pages."""

    language: str
    title: Text
    eyebrow: str
    plan: Text
    day: str
    author: str
    notes: Sequence[str]
    """Plain sentences on what this document is."""
    introduction: Text | None
    """In the Markdown of organisers."""
    axes: Sequence[AxisEntry]
    removed: Sequence[MeasureEntry]
    """Measures that the plan has no more."""
    labels: Mapping[str, str]
    name: str
    """Beginning of a file's name."""
    made_at: datetime
    """When the edition was published, or the beginning of the day."""
    numbers: Mapping[str, Any] | None = None
    """Its numbers in JSON types, which PDF and DOCX carry with them."""
    changed: ChangeList | None = None
    """What changed since an earlier edition; None where there is none."""
    summary: FrontSummary | None = None
    """In the place of a cover."""
    annex: Sequence[AxisEntry] = ()
    """Every figure, by axis, measure and indicator."""
    keeps_rows: bool = False
    """Rows of its tables are not cut by the end of a page; reports of before are as they were."""

    @property
    def quotations(self) -> Sequence[str]:
        """The texts of respondents and institutions that it quotes."""
        of_decisions = [it.text.value for made in self._decisions() for it in made.quotations]
        measures = [measure for axis in self.axes for measure in axis.measures]
        replies = [it.text.value for measure in measures for it in measure.replies]
        of_measures = [it.value for measure in measures for it in measure.quotations]
        return of_decisions + replies + of_measures

    def _decisions(self) -> Iterator[DecisionEntry]:
        for axis in self.axes:
            for measure in axis.measures:
                yield from measure.decisions
                for indicator in (*measure.indicators, *measure.removed):
                    yield from indicator.decisions

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"made_at": self.made_at.isoformat()}
