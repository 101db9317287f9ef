"""Changes of a document: how indicators were worded before, and the decisions on each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from consultation.decisions.basis import Basis
from consultation.decisions.models import DecisionOutcome, IndicatorChange, PlanEdition
from consultation.decisions.published import (
    PublishedDecision,
    decisions_alone,
    published_decisions,
)
from consultation.i18n import Localized
from consultation.plan.drafts import WORDING
from consultation.plan.measurement.values import EMPTY, as_json

Content = Mapping[str, Any]
"""An axis, a measure or an indicator as the content of an edition has it."""


@dataclass(frozen=True)
class Decided:
    """A published decision, with all that a document says of it."""

    edition: int
    measure: str
    code: str | None
    """The code of the indicator, of the one that was added, or None for what is missing."""
    outcome: DecisionOutcome
    change: IndicatorChange
    subject: Localized | None
    """What is missing, where no indicator is named."""
    reason: Localized
    basis: Basis
    before: Content | None
    """The indicator as it was worded then."""


@dataclass(frozen=True)
class Changes:
    """Decisions by code of their measure and indicator, and what an indicator was before.

    The code None is that of what is missing.
    """

    decisions: Mapping[tuple[str, str | None], Sequence[Decided]] = field(default_factory=dict)
    indicators: Mapping[str, Content] = field(default_factory=dict)
    measures: Mapping[str, Content] = field(default_factory=dict)
    added: frozenset[str] = frozenset()
    """Codes of new indicators and measures."""

    def on(self, measure: str, indicator: str | None = None) -> Sequence[Decided]:
        """Return the decisions on an indicator or on what is missing, the latest first."""
        return self.decisions.get((measure, indicator), ())


@dataclass(frozen=True)
class ChangeCounts:
    """How much of a plan changed since an earlier edition, or since the beginning."""

    since: int
    """The number of the earlier edition, 0 for the beginning."""
    is_previous: bool
    """Whether no edition came between."""
    reworded: int = 0
    added: int = 0
    removed: int = 0
    added_measures: int = 0
    removed_measures: int = 0

    @property
    def indicators(self) -> int:
        return self.reworded + self.added + self.removed

    @property
    def measures(self) -> int:
        return self.added_measures + self.removed_measures


def decided_by(session: Session, edition: int) -> Sequence[Decided]:
    """Return the decisions of an edition, without their basis."""
    alone = decisions_alone(session, PlanEdition.number == edition)
    return [_decided(it) for it in alone]


def decided_since(session: Session, earlier: int, edition: int) -> Sequence[Decided]:
    """Return the decisions of the editions after an earlier one, with their basis at this moment.

    The latest edition comes first.
    """
    within = PlanEdition.number.between(earlier + 1, edition)
    return [_decided(it) for it in published_decisions(session, which=within)]


def since(decided: Sequence[Decided], earlier: Content | None, content: Content) -> Changes:
    """Return the changes since an earlier content; None is the plan before the first edition.

    Nothing is frozen of that one: only what was decided is known to have changed then.
    """
    if earlier is None:
        added = {it.code for it in decided if it.code and it.change is IndicatorChange.ADD}
        return Changes(_by_place(decided), _reworded(decided), {}, frozenset(added))
    before, after = (content_by_code(it) for it in (earlier, content))
    added = (after[0].keys() - before[0].keys()) | (after[1].keys() - before[1].keys())
    return Changes(_by_place(decided), before[1], before[0], frozenset(added))


def content_by_code(content: Content) -> tuple[Mapping[str, Content], Mapping[str, Content]]:
    """Return the measures and the indicators of a content by their codes."""
    measures = {it["code"]: it for axis in content.get("axes", ()) for it in axis["measures"]}
    indicators = {it["code"]: it for measure in measures.values() for it in measure["indicators"]}
    return measures, indicators


def _decided(published: PublishedDecision) -> Decided:
    decision = published.decision
    return Decided(
        published.edition.number,
        published.measure.code,
        published.code,
        decision.outcome,
        decision.change,
        None if decision.indicator else decision.subject,
        decision.reason,
        published.basis,
        _before(published),
    )


def _before(published: PublishedDecision) -> Content | None:
    """Return the wording that an indicator had when it was decided on."""
    version = published.decision.version
    if published.code is None or version is None:
        return None
    texts = {name: getattr(version, name) for name in WORDING}
    return {"code": published.code, **texts, "measurement": as_json(EMPTY)}


def _by_place(
    decided: Sequence[Decided],
) -> Mapping[tuple[str, str | None], Sequence[Decided]]:
    by_place: dict[tuple[str, str | None], list[Decided]] = defaultdict(list)
    for it in decided:
        by_place[it.measure, it.code].append(it)
    return by_place


def _reworded(decided: Sequence[Decided]) -> Mapping[str, Content]:
    """Return the wording that each indicator had before the earliest decision on it."""
    return {it.code: it.before for it in decided if it.code and it.before}
