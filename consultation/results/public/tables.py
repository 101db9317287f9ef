"""Tables and charts of published figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from consultation.i18n import Localized
from consultation.results.indicators.verdicts import IndicatorVerdict
from consultation.results.publication.disclosure import NO_ANSWER
from consultation.results.publication.figures import KEEP, THIRDS, TO_CHANGE
from consultation.results.tallies.queries import FEASIBILITY, RELEVANCE, STANCE
from consultation.web.locale import in_each_language

CONCLUSIVE = frozenset(IndicatorVerdict) - {IndicatorVerdict.TOO_FEW, IndicatorVerdict.OTHER_SCALE}


@dataclass(frozen=True)
class Bar:
    """One bar of a chart; `count` is None where it is hidden."""

    code: str
    label: Localized
    count: int | None
    share: float | None = None
    width: float = 0
    start: float = 0


@dataclass(frozen=True)
class Chart:
    """Bars on one scale, whose full width is `whole` contributions.

    That width is `widest` percent of the drawing, which leaves room for the figures.
    """

    bars: Sequence[Bar]
    whole: int
    widest: float = 74.0


def chart(
    counted: Sequence[Mapping[str, Any]], responses: int | None, base: int | None = None
) -> Chart:
    """Return a bar per count, with shares and widths of `base`, None where that is hidden.

    Without a base the width is of all `responses`.  Counts published earlier may exceed both, and
    both may be hidden: then it is of the highest count.
    """
    highest = max((entry["count"] or 0 for entry in counted), default=0)
    whole = max(base or responses or 0, highest)
    bars = [
        Bar(
            entry["code"],
            entry["label"],
            entry["count"],
            entry["count"] / base if base and entry["count"] is not None else None,
            Chart.widest * entry["count"] / whole if entry["count"] else 0,
        )
        for entry in counted
    ]
    return Chart(bars, whole)


@dataclass(frozen=True)
class Column:
    code: str
    label: Localized


@dataclass(frozen=True)
class Row:
    """Row of a public table, with a count per column, None where it is hidden."""

    code: str
    label: Localized
    counts: Sequence[int | None]

    @property
    def has_count(self) -> bool:
        """Whether any of its counts is public."""
        return any(count is not None for count in self.counts)


@dataclass(frozen=True)
class PublicTable:
    """Table as on its page and in its CSV and JSON files; `slug` is its name in addresses."""

    slug: str
    title: Localized
    columns: Sequence[Column]
    rows: Sequence[Row]


@dataclass(frozen=True)
class KeepOrChange:
    """How many would keep an indicator and how many change it; None where that is hidden.

    One without the other says nothing: neither is shown alone.
    """

    kept: int | None
    changed: int | None

    @property
    def base(self) -> int | None:
        """The number of those who said either; None where it is hidden."""
        if self.kept is None or self.changed is None:
            return None
        return self.kept + self.changed

    @property
    def share(self) -> float:
        """The share of those who would keep it, of those who said either."""
        return (self.kept or 0) / (self.base or 1)

    @property
    def widths(self) -> tuple[float, float]:
        """The widths of both in percent; none where nobody said either, or one is hidden."""
        return (100 * self.share, 100 - 100 * self.share) if self.base else (0.0, 0.0)


@dataclass(frozen=True)
class RankedValue:
    """A value of a ranking: its points for one contribution, of `most`."""

    label: Localized
    points: float
    most: int


@dataclass(frozen=True)
class PublicQuestion:
    """Published figures of one question; `content` is its JSON in the snapshot."""

    content: Mapping[str, Any]
    responses: int | None
    threshold: int

    @property
    def slug(self) -> str:
        """Name of its table in addresses, distinct from those of the tables of sides."""
        indicator, code = self.content["indicator"], self.content["code"]
        if indicator:
            return f"{indicator}.{code}"
        is_taken = code in (slug for slug, _title in SIDE_TABLES.values())
        return f"question.{code}" if is_taken else str(code)

    @cached_property
    def chart(self) -> Chart:
        """A bar per value, without one for no answer.

        Shares of notes are of all notes: « je ne sais pas » has no share.
        """
        drawn = chart(self._answers, self.responses, self._base)
        if not self.content["is_rated"]:
            return drawn
        shares = {part.code: part.share for part in self.thirds}
        bars = [replace(bar, share=shares.get(bar.code)) for bar in drawn.bars]
        return replace(drawn, bars=bars)

    @cached_property
    def opinion(self) -> KeepOrChange | None:
        """The two classes of a stance on an indicator; None for any other question.

        Figures that earlier versions published have them where all their parts are public.
        """
        counts = {value["code"]: value["count"] for value in self.content["values"]}
        is_stance = self.content["indicator"] and self.content["code"] == STANCE
        if not is_stance or KEEP not in counts or self.is_several:
            return None
        classes = self.content.get("classes", ())
        if classes:
            kept, changed = (it["count"] for it in classes)
        else:
            parts = [counts[code] for code in TO_CHANGE if code in counts]
            is_older = "classes" not in self.content and None not in parts
            kept, changed = counts[KEEP], sum(parts) if is_older else None
        return KeepOrChange(kept, changed)

    @property
    def verdict(self) -> IndicatorVerdict | None:
        """What the notes of relevance or of feasibility conclude; None if nothing."""
        statistics = self.content["statistics"]
        if not statistics or self.content["code"] not in (RELEVANCE, FEASIBILITY):
            return None
        verdict = IndicatorVerdict(statistics["verdict"])
        return verdict if verdict in CONCLUSIVE else None

    @property
    def is_several(self) -> bool:
        return bool(self.content.get("is_several"))

    @property
    def is_ranked(self) -> bool:
        """Whether it is a ranking: its counts are of the values put first."""
        return bool(self.content.get("is_ranked"))

    @cached_property
    def ranking(self) -> list[RankedValue]:
        """The values of a ranking by their points, the most first; empty where that is hidden."""
        ranking = self.content.get("ranking")
        if not ranking:
            return []
        labels = {value["code"]: value["label"] for value in self.content["values"]}
        places = [
            RankedValue(labels.get(code, {"fr": code}), points, ranking["most"])
            for code, points in ranking["points"].items()
        ]
        return sorted(places, key=lambda place: -place.points)

    @property
    def unanswered(self) -> int | bool | None:
        """Responses without an answer, None where hidden, False for a multiple choice."""
        count: int | None = next(
            (value["count"] for value in self.content["values"] if value["code"] == NO_ANSWER), None
        )
        return False if self.is_several else count

    @cached_property
    def thirds(self) -> list[Bar]:
        """The thirds of the scale end to end; empty unless all are public."""
        parts = [value for value in self._answers if value["code"] in THIRDS]
        counts = [part["count"] for part in parts]
        if not self.content["is_rated"] or None in counts or sum(counts) < self.threshold:
            return []
        bars, start = [], 0.0
        for part in parts:
            share = part["count"] / sum(counts)
            bars.append(Bar(part["code"], part["label"], part["count"], share, 100 * share, start))
            start += 100 * share
        return bars

    @property
    def crossed(self) -> PublicTable:
        """The table by capacity, with all responses in the first row."""
        values = self.content["values"]
        everybody = Row("", in_each_language("Ensemble"), [value["count"] for value in values])
        return PublicTable(
            self.slug,
            self.content["label"],
            [Column(value["code"], value["label"]) for value in values],
            [
                everybody,
                *(
                    Row(row["code"], row["label"], row["counts"])
                    for row in self.content["by_capacity"]
                ),
            ],
        )

    @property
    def has_capacities(self) -> bool:
        """Whether a count of any capacity is public."""
        return any(row.code and row.has_count for row in self.crossed.rows)

    @property
    def _answers(self) -> list[Mapping[str, Any]]:
        return [value for value in self.content["values"] if value["code"] != NO_ANSWER]

    @property
    def _base(self) -> int | None:
        """The number of answers; None where it is hidden, too small, or below the counts.

        For a multiple choice, it is the number of contributions.
        """
        if self.responses is None or self.unanswered is None:
            return None
        base = self.responses - self.unanswered
        counts = [value["count"] or 0 for value in self._answers]
        least = max(counts, default=0) if self.is_several else sum(counts)
        return base if base >= self.threshold and least <= base else None


@dataclass(frozen=True)
class PublicIndicator:
    """An indicator with its questions; without `code`, the measure with its own."""

    code: str | None
    label: Localized
    questions: Sequence[PublicQuestion]
    other_labels: Sequence[Localized] = ()
    """Its other wordings in the round, which some of the answers are about."""

    @property
    def opinion(self) -> KeepOrChange | None:
        """How many would keep it; None where that was not asked."""
        return next((it.opinion for it in self.questions if it.opinion), None)

    @property
    def is_concluded(self) -> bool:
        """Whether anybody's opinion on it, or a verdict of its notes, is public."""
        has_opinion = self.opinion is not None and bool(self.opinion.base)
        return has_opinion or any(it.verdict for it in self.questions)

    @property
    def hides_something(self) -> bool:
        """Whether a count of any answer to its questions is hidden."""
        return any(
            value["count"] is None for it in self.questions for value in it.content["values"]
        )


@dataclass(frozen=True)
class PublicFigures:
    """Figures of a measure that are, or would be, public; `public` is a snapshot's content."""

    public: Mapping[str, Any]

    @property
    def responses(self) -> int | None:
        """The number of contributions by form, None where it is hidden."""
        count: int | None = self.public["responses"]
        return count

    @property
    def responses_by_mail(self) -> int | None:
        """The number of contributions by mail, not in `responses`; None where hidden."""
        count: int | None = self.public.get("responses_by_mail", 0)  # version 1 has none
        return count

    @cached_property
    def indicators(self) -> list[PublicIndicator]:
        """The indicators that have questions, the measure itself last."""
        wordings = [
            (it["code"], it["label"], it.get("other_labels", ()))
            for it in self.public["indicators"]
        ]
        indicators = [
            PublicIndicator(
                code,
                label,
                [it for it in self._questions if it.content["indicator"] == code],
                others,
            )
            for code, label, others in [*wordings, (None, {}, ())]
        ]
        return [it for it in indicators if it.questions]

    def side(self, side: str) -> Chart:
        """Return a bar for each capacity or territory with responses, the longest first."""
        counts = [it for it in self.public["sides"].get(side, ()) if it["count"] != 0]
        counts.sort(key=lambda it: -(it["count"] or 0))
        return chart(counts, self.responses)

    def tables(self) -> list[PublicTable]:
        """Return all tables; each has a CSV and a JSON file."""
        return [table for table, _question in self.tables_with_questions()]

    def tables_with_questions(self) -> list[tuple[PublicTable, PublicQuestion | None]]:
        """Return all tables, each with the question that it counts, None for those of sides."""
        sides = [
            PublicTable(
                slug,
                title,
                [COUNT],
                [Row(it["code"], it["label"], [it["count"]]) for it in self.public["sides"][side]],
            )
            for side, (slug, title) in SIDE_TABLES.items()
            if self.public["sides"].get(side)
        ]
        return [*((it, None) for it in sides), *((it.crossed, it) for it in self._questions)]

    def table(self, slug: str) -> PublicTable:
        """Return the table of a slug that exists."""
        return next(it for it in self.tables() if it.slug == slug)

    @cached_property
    def _questions(self) -> list[PublicQuestion]:
        return [
            PublicQuestion(content, self.responses, self.public["threshold"])
            for content in self.public["questions"]
        ]


COUNT = Column("responses", in_each_language("Contributions"))
SIDE_TABLES: Mapping[str, tuple[str, Localized]] = {
    "capacity": (
        "qualites",
        in_each_language("À quel titre on répond"),
    ),
    "territory": (
        "territoires",
        in_each_language("Contributions par territoire"),
    ),
}
