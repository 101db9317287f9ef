"""Overview board: a row for each indicator of a round, and totals of each axis and of the plan.

Only tallies are read: a page costs the same for any number of responses.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from consultation.i18n import DEFAULT_LOCALE, Labelled, folded, localized
from consultation.plan.models import Axis, Measure
from consultation.results.indicators.summary import IndicatorSummary, summaries
from consultation.results.indicators.verdicts import IndicatorVerdict
from consultation.results.public.tables import KeepOrChange
from consultation.results.publication.figures import KEEP, TO_CHANGE
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

DROP = "drop"


class IndicatorOutcome(Labelled):
    """A verdict on the relevance of an indicator, by its value in an address."""

    DISPUTED = "desaccord", "Avis opposés"
    DISMISSED = "ecarte", "Peu pertinents"
    UNCERTAIN = "incertain", "Avis partagés"
    KEPT = "retenu", "Pertinents"
    NONE = "sans", "Sans conclusion"
    """Too few ratings, or another scale."""


OUTCOMES_IN_COLUMNS = (
    IndicatorOutcome.KEPT,
    IndicatorOutcome.UNCERTAIN,
    IndicatorOutcome.DISMISSED,
    IndicatorOutcome.DISPUTED,
    IndicatorOutcome.NONE,
)
"""In the order of the columns; rows are sorted by that of the members."""
OUTCOME_OF = {
    IndicatorVerdict.DISAGREED: IndicatorOutcome.DISPUTED,
    IndicatorVerdict.DIVIDED: IndicatorOutcome.DISPUTED,
    IndicatorVerdict.DISMISSED: IndicatorOutcome.DISMISSED,
    IndicatorVerdict.UNCERTAIN: IndicatorOutcome.UNCERTAIN,
    IndicatorVerdict.KEPT: IndicatorOutcome.KEPT,
    IndicatorVerdict.TOO_FEW: IndicatorOutcome.NONE,
    IndicatorVerdict.OTHER_SCALE: IndicatorOutcome.NONE,
}


@dataclass(frozen=True)
class Stances:
    """How many would keep an indicator, word it otherwise or replace it, and do without it."""

    kept: int = 0
    changed: int = 0
    dropped: int = 0

    @property
    def count(self) -> int:
        """The number of those who said any of it."""
        return self.kept + self.changed + self.dropped

    @property
    def shares(self) -> tuple[float, float, float]:
        """The shares of each, from 0 to 1."""
        whole = self.count or 1
        return self.kept / whole, self.changed / whole, self.dropped / whole

    @property
    def classes(self) -> KeepOrChange:
        """The two classes of public pages."""
        return KeepOrChange(self.kept, self.changed + self.dropped)

    def __add__(self, other: "Stances") -> "Stances":
        return Stances(
            self.kept + other.kept, self.changed + other.changed, self.dropped + other.dropped
        )


def stances_of(by_stance: Mapping[str, int]) -> Stances:
    """Return the three classes of the shipped stances; those that organisers added have none."""
    changed = sum(by_stance.get(code, 0) for code in TO_CHANGE if code != DROP)
    return Stances(by_stance.get(KEEP, 0), changed, by_stance.get(DROP, 0))


@dataclass(frozen=True)
class Row:
    """An indicator, its measure and what respondents say."""

    summary: IndicatorSummary
    measure: Measure

    @cached_property
    def stances(self) -> Stances:
        """What to do with the indicator."""
        return stances_of(self.summary.tally.by_stance)

    @cached_property
    def outcome(self) -> IndicatorOutcome:
        """The verdict on its relevance."""
        return OUTCOME_OF[self.summary.relevance.verdict]

    @cached_property
    def searched(self) -> str:
        """What a search looks at."""
        subject = self.summary.subject
        texts = [localized(it, DEFAULT_LOCALE) for it in (subject.label, subject.measure_title)]
        return folded(" ".join([subject.code, subject.measure_code, *texts]))


@dataclass(frozen=True)
class Total:
    """The indicators of an axis, or of the plan when `axis` is None."""

    axis: Axis | None
    rows: Sequence[Row] = field(default_factory=list)

    @cached_property
    def by_outcome(self) -> Counter[IndicatorOutcome]:
        """How many indicators have each verdict."""
        return Counter(row.outcome for row in self.rows)

    @cached_property
    def stances(self) -> Stances:
        """The stances on all of its indicators together."""
        return sum((row.stances for row in self.rows), Stances())


@needs(Permission.FOLLOW)
def board(work: Work, round_id: int) -> list[Row]:
    """Return the indicators of a round in the plan's order; raise `NotAllowed`.  Four queries."""
    return load_rows(work.session, round_id)


def load_rows(session: Session, round_id: int) -> list[Row]:
    """Load what `board` returns."""
    rows = summaries(session, round_id)
    ids = {row.subject.measure_id for row in rows}
    wanted = sa.select(Measure).options(joinedload(Measure.axis)).where(Measure.id.in_(ids))
    measures = {measure.id: measure for measure in session.scalars(wanted)}
    return [Row(row, measures[row.subject.measure_id]) for row in rows]


def by_axis(rows: Iterable[Row]) -> list[Total]:
    axes: dict[int, Total] = {}
    for row in rows:
        total = axes.setdefault(row.measure.axis_id, Total(row.measure.axis, []))
        axes[row.measure.axis_id] = Total(total.axis, [*total.rows, row])
    return list(axes.values())


_OUTCOMES = list(IndicatorOutcome)


def outcome_key(row: Row) -> tuple[int, float] | None:
    """Return the key of an order by verdict, disagreements first; None without a verdict."""
    if row.outcome is IndicatorOutcome.NONE:
        return None
    consensus = row.summary.consensus
    return _OUTCOMES.index(row.outcome), -consensus.disagreement if consensus else 0.0


def median_key(row: Row) -> float | None:
    """Return the key of an order by relevance, the highest first; None without a rating."""
    median = row.summary.tally.relevance.median
    return None if median is None else -median


def kept_key(row: Row) -> float | None:
    """Return the key of an order by the share that would keep it, the highest first."""
    return -row.stances.shares[0] if row.stances.count else None
