"""Comparison of two rounds, indicator by indicator, with the breaks that forbid it.

Answers break where the editor would ask for another code: see `answer_comparability`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from consultation.plan.models import Measure
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import answer_comparability
from consultation.results.indicators.summary import Subject
from consultation.results.overview.board import Row, board
from consultation.results.tallies.queries import RELEVANCE, STANCE
from consultation.work.services import Work

WORDING = "le libellé a changé"
SEVERAL = "le libellé a changé pendant un tour"


@dataclass(frozen=True)
class Pair:
    """What two rounds say of an indicator; None where a round did not ask about it."""

    before: Row | None
    after: Row | None
    answer_breaks: Mapping[str, Sequence[str]]
    """Why answers of the two rounds don't compare, by the code of the question."""

    @property
    def row(self) -> Row:
        """The row of the later round, else of the earlier one."""
        row = self.after or self.before
        assert row is not None
        return row

    @property
    def measure(self) -> Measure:
        return self.row.measure

    @property
    def breaks(self) -> list[str]:
        """Why its figures do not compare, in French, though both rounds asked about it."""
        return list(dict.fromkeys([*self.share_breaks, *self.median_breaks]))

    @property
    def share_breaks(self) -> list[str]:
        """Why the shares of the stances do not compare."""
        return self._breaks_of(STANCE)

    @property
    def median_breaks(self) -> list[str]:
        """Why the medians of relevance do not compare."""
        return self._breaks_of(RELEVANCE)

    @property
    def shares(self) -> tuple[float | None, float | None]:
        """The shares of those who would keep it, of those who say what to do with it."""
        return _share(self.before), _share(self.after)

    @property
    def medians(self) -> tuple[float | None, float | None]:
        """The medians of its relevance."""
        return _median(self.before), _median(self.after)

    @property
    def change(self) -> float | None:
        """How much the share of keeping changed; None where the rounds do not compare."""
        before, after = self.shares
        return None if before is None or after is None or self.share_breaks else after - before

    def _breaks_of(self, code: str) -> list[str]:
        if self.before is None or self.after is None:
            return []
        before, after = self.before.summary.subject, self.after.summary.subject
        return [*_wording_breaks(before, after), *self.answer_breaks.get(code, ())]


def _wording_breaks(before: Subject, after: Subject) -> list[str]:
    if before.wordings > 1 or after.wordings > 1:
        return [SEVERAL]
    return [WORDING] if before.version != after.version else []


def _share(row: Row | None) -> float | None:
    return row.stances.shares[0] if row and row.stances.count else None


def _median(row: Row | None) -> float | None:
    return row.summary.tally.relevance.median if row else None


def earlier(rounds: Sequence[Round], chosen: Round, at: datetime) -> list[Round]:
    """Return the rounds that opened before the chosen one, the latest first."""
    begun = [it for it in rounds if it.announced_at is not None and it.opens_at <= at]
    before = [it for it in begun if (it.opens_at, it.id) < (chosen.opens_at, chosen.id)]
    return sorted(before, key=lambda it: (it.opens_at, it.id), reverse=True)


def compare(work: Work, before_id: int, after_id: int) -> list[Pair]:
    """Return the indicators of both rounds in the later one's order; raise `NotAllowed`."""
    before = {row.summary.subject.id: row for row in board(work, before_id)}
    after = {row.summary.subject.id: row for row in board(work, after_id)}
    breaks = answer_comparability.load_breaks(work.session, before_id, after_id)
    pairs = [Pair(before.get(id_), row, breaks) for id_, row in after.items()]
    return pairs + [Pair(row, None, breaks) for id_, row in before.items() if id_ not in after]


def change_key(pair: Pair) -> float | None:
    """Return the key of an order by change of the share, the greatest first; None without one."""
    return None if pair.change is None else -abs(pair.change)
