"""Check of a published report: what each of its figures would be if it were published again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from consultation.clock import in_paris
from consultation.decisions.content import digest
from consultation.reports import content, figures
from consultation.reports.figures import Figure
from consultation.reports.models import ReportEdition


@dataclass(frozen=True)
class Difference:
    """A figure that is not what was published; `facts` has what differs, before and now.

    Without `facts` there is no such figure any more.
    """

    figure: Figure
    facts: Mapping[str, tuple[Any, Any]]


def is_intact(edition: ReportEdition) -> bool:
    """Return whether the content of a published edition is the one that was hashed."""
    return edition.content is not None and digest(edition.content) == edition.content_hash


def differences(session: Session, edition: ReportEdition, smallest: int) -> Sequence[Difference]:
    """Return the figures of a published edition that differ from what they would be now.

    Words of progress are those of the day of its publication.
    """
    assert edition.content is not None
    assert edition.published_at is not None
    today = in_paris(edition.published_at).date()
    present = {it.key: it for it in figures.load(session, today, smallest)}
    different = []
    for figure in content.figures_of(edition.content):
        recomputed = present.get(figure.key)
        facts = _changed(figure.facts, recomputed.facts) if recomputed else {}
        if facts or recomputed is None:
            different.append(Difference(figure, facts))
    return different


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        name: (before.get(name), now.get(name))
        for name in {**before, **now}
        if before.get(name) != now.get(name)
    }
