"""Public tables and charts of published figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from consultation.i18n import Localized
from consultation.results.publication.disclosure import NO_ANSWER
from consultation.results.publication.figures import THIRDS


@dataclass(frozen=True)
class Bar:
    """One line of a chart; without `count` where it is hidden."""

    code: str
    label: Localized
    count: int | None
    share: float | None = None
    width: float = 0
    start: float = 0


@dataclass(frozen=True)
class Chart:
    """Bars on one scale; `whole` is how many contributions its whole width stands for.

    That width is `widest`, in hundredths of the drawing: figures stand beside the bars.
    """

    bars: Sequence[Bar]
    whole: int
    widest: float = 74.0


def chart(
    counted: Sequence[Mapping[str, Any]], responses: int | None, base: int | None = None
) -> Chart:
    """Draw a bar for each count; shares and width are of `base`, where it is shown.

    Else the width is of all `responses`.  Figures published one after the other may pass these,
    and where neither is shown there is no whole: then it is the highest count.
    """
    highest = max((one["count"] or 0 for one in counted), default=0)
    whole = max(base or responses or 0, highest)
    bars = [
        Bar(
            one["code"],
            one["label"],
            one["count"],
            one["count"] / base if base and one["count"] is not None else None,
            Chart.widest * one["count"] / whole if one["count"] else 0,
        )
        for one in counted
    ]
    return Chart(bars, whole)


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    code: str
    label: Localized


@dataclass(frozen=True)
class Row:
    """One line of a table, a count for each column."""

    code: str
    label: Localized
    counts: Sequence[int | None]

    @property
    def shows_something(self) -> bool:
        """Whether any of its counts is shown."""
        return any(count is not None for count in self.counts)


@dataclass(frozen=True)
class PublicTable:
    """A table as its page, its CSV and its JSON hold it; `slug` names it in addresses."""

    slug: str
    title: Localized
    columns: Sequence[Column]
    rows: Sequence[Row]


@dataclass(frozen=True)
class ShownQuestion:
    """One question of a measure that was published."""

    asked: Mapping[str, Any]
    responses: int | None
    threshold: int

    @property
    def slug(self) -> str:
        """What names its table in addresses; the tables of sides have their names already."""
        indicator, code = self.asked["indicator"], self.asked["code"]
        if indicator:
            return f"{indicator}.{code}"
        is_taken = code in (slug for slug, _title in SIDE_TABLES.values())
        return f"question.{code}" if is_taken else str(code)

    @cached_property
    def chart(self) -> Chart:
        """A bar for each value; those who gave no answer have none.

        Shares of notes are of those who gave one: « sans avis » has none.
        """
        drawn = chart(self._answers, self.responses, self._base)
        if not self.asked["is_rated"]:
            return drawn
        shares = {part.code: part.share for part in self.thirds}
        bars = [replace(bar, share=shares.get(bar.code)) for bar in drawn.bars]
        return replace(drawn, bars=bars)

    @property
    def is_several(self) -> bool:
        """Whether one response may have chosen several values."""
        return bool(self.asked.get("is_several"))

    @property
    def unanswered(self) -> int | bool | None:
        """How many gave no answer, None where that is hidden, False where nobody counts them."""
        held: int | None = next(
            (value["count"] for value in self.asked["values"] if value["code"] == NO_ANSWER), None
        )
        return False if self.is_several else held

    @cached_property
    def thirds(self) -> list[Bar]:
        """The three parts of the scale end to end, or nothing unless all of them are shown."""
        parts = [value for value in self._answers if value["code"] in THIRDS]
        counts = [part["count"] for part in parts]
        if not self.asked["is_rated"] or None in counts or sum(counts) < self.threshold:
            return []
        found, start = [], 0.0
        for part in parts:
            share = part["count"] / sum(counts)
            found.append(Bar(part["code"], part["label"], part["count"], share, 100 * share, start))
            start += 100 * share
        return found

    @property
    def crossed(self) -> PublicTable:
        """The table by capacity, everybody first."""
        values = self.asked["values"]
        everybody = Row(
            "", {"fr": "Ensemble", "en": "Everybody"}, [value["count"] for value in values]
        )
        return PublicTable(
            self.slug,
            self.asked["label"],
            [Column(value["code"], value["label"]) for value in values],
            [
                everybody,
                *(
                    Row(row["code"], row["label"], row["counts"])
                    for row in self.asked["by_capacity"]
                ),
            ],
        )

    @property
    def tells_by_capacity(self) -> bool:
        """Whether anything is shown of any capacity."""
        return any(row.code and row.shows_something for row in self.crossed.rows)

    @property
    def _answers(self) -> list[Mapping[str, Any]]:
        return [value for value in self.asked["values"] if value["code"] != NO_ANSWER]

    @property
    def _base(self) -> int | None:
        """How many answered, as far as that is shown and what is shown agrees with it.

        Of several values, shares are of all contributions.
        """
        if self.responses is None or self.unanswered is None:
            return None
        base = self.responses - self.unanswered
        counts = [value["count"] or 0 for value in self._answers]
        shown = max(counts, default=0) if self.is_several else sum(counts)
        return base if base >= self.threshold and shown <= base else None


@dataclass(frozen=True)
class ShownIndicator:
    """An indicator and what was asked of it; without `code`, what was asked of the measure."""

    code: str | None
    label: Localized
    questions: Sequence[ShownQuestion]


@dataclass(frozen=True)
class Shown:
    """The published figures of a measure, or what would be public of them."""

    public: Mapping[str, Any]

    @property
    def responses(self) -> int | None:
        """How many contributions are counted, or None where that is hidden."""
        held: int | None = self.public["responses"]
        return held

    @property
    def responses_by_mail(self) -> int | None:
        """How many came by mail and are not in `responses`, or None where that is hidden."""
        held: int | None = self.public.get("responses_by_mail", 0)  # version 1 has none
        return held

    @cached_property
    def indicators(self) -> list[ShownIndicator]:
        """The indicators with their questions, those of the measure itself last."""
        wordings = [(one["code"], one["label"]) for one in self.public["indicators"]]
        found = [
            ShownIndicator(code, label, [one for one in self._questions if _is_of(one, code)])
            for code, label in [*wordings, (None, {})]
        ]
        return [one for one in found if one.questions]

    def side(self, side: str) -> Chart:
        """Return a bar for each capacity or territory of which somebody answered."""
        heard = [one for one in self.public["sides"].get(side, ()) if one["count"] != 0]
        heard.sort(key=lambda one: -(one["count"] or 0))
        return chart(heard, self.responses)

    def tables(self) -> list[PublicTable]:
        """Return every table that a file is offered of."""
        sides = [
            PublicTable(slug, title, [COUNT], [_row(one) for one in self.public["sides"][side]])
            for side, (slug, title) in SIDE_TABLES.items()
            if self.public["sides"].get(side)
        ]
        return [*sides, *(one.crossed for one in self._questions)]

    def table(self, slug: str) -> PublicTable:
        """Return the table of that slug, which there must be."""
        return next(one for one in self.tables() if one.slug == slug)

    @cached_property
    def _questions(self) -> list[ShownQuestion]:
        return [
            ShownQuestion(asked, self.responses, self.public["threshold"])
            for asked in self.public["questions"]
        ]


COUNT = Column("responses", {"fr": "Contributions", "en": "Contributions"})
SIDE_TABLES: Mapping[str, tuple[str, Localized]] = {
    "capacity": (
        "qualites",
        {"fr": "Contributions par qualité", "en": "Contributions by capacity"},
    ),
    "territory": (
        "territoires",
        {"fr": "Contributions par territoire", "en": "Contributions by territory"},
    ),
}


def _is_of(question: ShownQuestion, indicator: str | None) -> bool:
    return bool(question.asked["indicator"] == indicator)


def _row(one: Mapping[str, Any]) -> Row:
    return Row(one["code"], one["label"], [one["count"]])
