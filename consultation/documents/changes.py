"""Changes of a document: how indicators were worded before, and the decisions on each."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from consultation.decisions import editions
from consultation.decisions.models import IndicatorChange, PlanEdition
from consultation.decisions.published import PublishedDecision, published_decisions
from consultation.plan.measurement.values import EMPTY, as_json
from consultation.plan.models import WORDING
from consultation.plan.text_diff import Part

Content = Mapping[str, Any]
"""An axis, a measure or an indicator as the content of an edition has it."""


@dataclass(frozen=True)
class Changes:
    """Decisions by code of their measure and indicator, and what an indicator was before.

    The code None is that of what is missing.
    """

    decisions: Mapping[tuple[str, str | None], Sequence[PublishedDecision]] = field(
        default_factory=dict
    )
    indicators: Mapping[str, Content] = field(default_factory=dict)
    measures: Mapping[str, Content] = field(default_factory=dict)
    added: frozenset[str] = frozenset()
    """Codes of new indicators and measures."""

    def on(self, measure: str, indicator: str | None = None) -> Sequence[PublishedDecision]:
        """Return the decisions on an indicator or on what is missing, the latest first."""
        return self.decisions.get((measure, indicator), ())


def decisions_of(session: Session, edition: PlanEdition) -> Changes:
    """Return what an edition decided, without what was before."""
    return Changes(_by_place(_published(session, edition.number - 1, edition)))


def since(session: Session, edition: PlanEdition, number: int) -> Changes:
    """Return what changed since the edition of that number; 0 is the plan before the first one.

    Nothing is frozen of that one: only what was decided is known to have changed then.
    """
    decided = _published(session, number, edition)
    earlier = editions.published_edition(session, number) if number else None
    if earlier is None or earlier.content is None:
        added = {it.code for it in decided if it.code and it.decision.change is IndicatorChange.ADD}
        return Changes(_by_place(decided), _reworded(decided), {}, frozenset(added))
    before, after = (content_by_code(it) for it in (earlier.content, edition.content or {}))
    added = (after[0].keys() - before[0].keys()) | (after[1].keys() - before[1].keys())
    return Changes(_by_place(decided), before[1], before[0], frozenset(added))


def content_by_code(content: Content) -> tuple[Mapping[str, Content], Mapping[str, Content]]:
    """Return the measures and the indicators of a content by their codes."""
    measures = {it["code"]: it for axis in content.get("axes", ()) for it in axis["measures"]}
    indicators = {it["code"]: it for measure in measures.values() for it in measure["indicators"]}
    return measures, indicators


def joined(parts: Iterable[Part]) -> list[Part]:
    """Return the parts of a difference with changes joined that only blanks keep apart."""
    made: list[Part] = []
    removed = added = blanks = ""
    for part in [*parts, Part("")]:
        if part.is_removed or part.is_added:
            removed += blanks + (part.text if part.is_removed else "")
            added += blanks + (part.text if part.is_added else "")
            blanks = ""
        elif (removed or added) and part.text.isspace():
            blanks += part.text
        else:
            made += [Part(removed, is_removed=True), Part(added, is_added=True)]
            made.append(Part(blanks + part.text))
            removed = added = blanks = ""
    return [part for part in made if part.text]


def _published(session: Session, number: int, edition: PlanEdition) -> Sequence[PublishedDecision]:
    within = PlanEdition.number.between(number + 1, edition.number)
    return published_decisions(session, which=within)


def _by_place(
    decided: Sequence[PublishedDecision],
) -> Mapping[tuple[str, str | None], Sequence[PublishedDecision]]:
    by_place: dict[tuple[str, str | None], list[PublishedDecision]] = defaultdict(list)
    for it in decided:
        by_place[it.measure.code, it.code].append(it)
    return by_place


def _reworded(decided: Sequence[PublishedDecision]) -> Mapping[str, Content]:
    """Return the wording that each indicator had before the earliest decision on it."""
    before: dict[str, Content] = {}
    for it in decided:  # the latest edition first
        version = it.decision.version
        if it.code and version is not None:
            texts = {name: getattr(version, name) for name in WORDING}
            before[it.code] = {"code": it.code, **texts, "measurement": as_json(EMPTY)}
    return before
