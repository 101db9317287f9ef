"""Changes from one report to the next: figures that differ, come and go, as they are printed."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from consultation.reports import content, editions, labels
from consultation.reports.figures import Figure
from consultation.reports.models import ReportEdition


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


def since_before(session: Session, edition: ReportEdition) -> Changes | None:
    """Return what changed since the report before, None for the first one."""
    before = editions.published_edition(session, edition.number - 1)
    if before is None or before.content is None or edition.content is None:
        return None
    earlier = {it.id: it for it in content.figures_of(before.content)}
    present = {it.id: it for it in content.figures_of(edition.content)}
    rows = []
    for id, figure in (earlier | present).items():
        texts = [labels.text_of(it[id]) if id in it else "" for it in (earlier, present)]
        if texts[0] != texts[1]:
            rows.append(Change(figure, labels.name_of(figure), *texts))
    return Changes(before.number, rows)
