"""Comparison of a published report: with what is known now, and with the report before it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from consultation.clock import in_paris
from consultation.reports import content, editions, figures, labels
from consultation.reports.figures import Figure
from consultation.reports.models import ReportEdition


@dataclass(frozen=True)
class Difference:
    """A figure that is not what was published; `facts` has what differs, before and now.

    Without `facts` there is no such figure any more.
    """

    figure: Figure
    facts: Mapping[str, tuple[Any, Any]]


def differences(session: Session, edition: ReportEdition) -> Sequence[Difference]:
    """Return the figures of a published edition that differ from what they would be now.

    Words of progress are those of the day of its publication.
    """
    assert edition.content is not None
    assert edition.published_at is not None
    today = in_paris(edition.published_at).date()
    present = {it.key: it for it in figures.load(session, today)}
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


@dataclass(frozen=True)
class Change:
    """A figure whose print differs; `before` is empty for a new one, `after` for one that went."""

    figure: Figure
    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Changes:
    """What changed since the report of that number."""

    since: int
    rows: Sequence[Change]


@dataclass(frozen=True)
class Earlier:
    """A report that was published before, and its frozen content."""

    number: int
    content: Mapping[str, Any]


def before(session: Session, number: int) -> Earlier | None:
    """The report before the one of that number, None for the first one."""
    edition = editions.published_edition(session, number - 1)
    return Earlier(edition.number, edition.content) if edition and edition.content else None


def since_before(
    session: Session, edition: ReportEdition, codes: Collection[str] | None = None
) -> Changes | None:
    """Return the changes since the report before, None for the first one.

    Of the figures of these codes, if any are given.
    """
    assert edition.content is not None
    return changes(before(session, edition.number), edition.content, codes)


def changes(
    before: Earlier | None, stored: Mapping[str, Any], codes: Collection[str] | None = None
) -> Changes | None:
    """The changes between two frozen contents, None without an earlier one."""
    if before is None:
        return None
    earlier, present = (
        {it.id: it for it in content.figures_of(each) if codes is None or it.code in codes}
        for each in (before.content, stored)
    )
    rows = []
    for id, figure in (earlier | present).items():
        texts = [labels.text_of(it[id]) if id in it else "" for it in (earlier, present)]
        if texts[0] != texts[1]:
            rows.append(Change(figure, labels.name_of(figure), *texts))
    return Changes(before.number, rows)
