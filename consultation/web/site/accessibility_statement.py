"""Accessibility statement of the site, computed: each criterion of RGAA on each audited page.

Who decides a cell: a person who signs, a screen reader that was heard, the machine.  A defect that
any of them saw outweighs what another found in order; what nobody decided is unverified.  The
criteria are in `accessibility.toml`, what the machine measured is in `accessibility_machine.toml`
(`tests/browser/test_rgaa.py` writes it), and judgements are in the folder of the site.
"""

import enum
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from typing import Any

from consultation.files import PACKAGE
from consultation.i18n import DEFAULT_LOCALE, Localized
from consultation.web.locale import in_each_language
from consultation.web.site.audited_pages import AuditedPage
from consultation.web.site.judgements import Audit, Finding, Judgement

TABLE = PACKAGE / "web" / "site" / "accessibility.toml"
MACHINE = PACKAGE / "web" / "site" / "accessibility_machine.toml"
EVIDENCE = ("test", "seen", "absent", "unverified")
"""Kinds of evidence for whoever judges, of which a row has exactly one; it decides nothing."""
PARTIAL = 0.5
"""The least rate at which a site is partially conform."""


class Source(enum.StrEnum):
    PERSON = "person"
    READER = "reader"
    MACHINE = "machine"


class State(enum.StrEnum):
    TOTAL = "total"
    PARTIAL = "partial"
    NONE = "none"
    UNASSESSED = "unassessed"
    STALE = "stale"


@dataclass(frozen=True)
class GridCell:
    """What was found of a criterion on a page, and by whom; nobody where it is unverified."""

    finding: Finding
    source: Source | None = None


@dataclass(frozen=True)
class Criterion:
    """A criterion, paraphrased; `heard` are the tests with a screen reader, by page."""

    number: str
    says: Localized
    evidence: Mapping[str, Any]
    heard: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Theme:
    """The criteria of one theme of RGAA, or those that WCAG 2.2 adds."""

    title: Localized
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True)
class AuditGrid:
    """The criteria, the pages and what the machine found, as shipped: nothing in it is signed."""

    themes: tuple[Theme, ...]
    additions: Theme
    pages: tuple[AuditedPage, ...]
    machine: Mapping[str, Mapping[str, Finding]]
    """Findings by page and criterion."""
    axe: str
    """Version of axe-core that looked."""

    @cached_property
    def criteria(self) -> tuple[Criterion, ...]:
        """Those of RGAA."""
        return tuple(each for theme in self.themes for each in theme.criteria)

    @property
    def parts(self) -> Sequence[Theme]:
        """The themes, then what WCAG 2.2 adds."""
        return (*self.themes, self.additions)

    @cached_property
    def numbers(self) -> Sequence[str]:
        return [each.number for theme in self.parts for each in theme.criteria]

    @property
    def fingerprints(self) -> Mapping[str, str]:
        return {page.name: page.fingerprint for page in self.pages}


@dataclass(frozen=True)
class Statement:
    """What a grid and an audit say together on a day.

    An audit that is stale counts for nothing.
    """

    grid: AuditGrid
    audit: Audit
    today: date

    @cached_property
    def changed(self) -> Sequence[AuditedPage]:
        """The pages that have changed since they were judged."""
        names = self.audit.changed(self.grid.fingerprints)
        return [page for page in self.grid.pages if page.name in names]

    @property
    def is_too_old(self) -> bool:
        return self.audit.ends is not None and self.today >= self.audit.ends

    @property
    def is_stale(self) -> bool:
        return self.is_too_old or bool(self.changed)

    @property
    def age(self) -> int:
        """Days since the oldest judgement."""
        return (self.today - self.audit.days[0]).days if self.audit.days else 0

    @cached_property
    def judgements(self) -> Sequence[Judgement]:
        """Those that count."""
        return () if self.is_stale else self.audit.judgements

    @cached_property
    def cells(self) -> Mapping[str, Mapping[str, GridCell]]:
        """By criterion, then by page."""
        every = [each for theme in self.grid.parts for each in theme.criteria]
        return {
            each.number: {page.name: self._cell(each, page.name) for page in self.grid.pages}
            for each in every
        }

    def _cell(self, criterion: Criterion, page: str) -> GridCell:
        decided = [
            GridCell(each.finding, Source.PERSON)
            for each in self.judgements
            if criterion.number in each.criteria and page in each.pages
        ]
        if page in criterion.heard:
            decided.append(GridCell(Finding.MET, Source.READER))
        if measured := self.grid.machine.get(page, {}).get(criterion.number):
            decided.append(GridCell(measured, Source.MACHINE))
        failed = [cell for cell in decided if cell.finding is Finding.FAILED]
        return next(iter(failed + decided), GridCell(Finding.UNVERIFIED))

    def finding(self, criterion: Criterion) -> Finding:
        """What holds of a criterion on all pages together: its worst, absent only if everywhere."""
        findings = {cell.finding for cell in self.cells[criterion.number].values()}
        order = (Finding.FAILED, Finding.UNVERIFIED, Finding.MET)
        return next((each for each in order if each in findings), Finding.ABSENT)

    def count(self, theme: Theme | None = None) -> Counter[Finding]:
        """Number of criteria by what holds of them, of a theme or of RGAA."""
        return Counter(map(self.finding, theme.criteria if theme else self.grid.criteria))

    def count_on(self, page: AuditedPage) -> Counter[Finding]:
        """The same on one page, of RGAA."""
        return Counter(cell.finding for cell in self._cells_on([page]))

    @property
    def sources(self) -> Counter[Source | None]:
        """Number of cells of RGAA by who decided them."""
        return Counter(cell.source for cell in self._cells_on(self.grid.pages))

    def _cells_on(self, pages: Iterable[AuditedPage]) -> Iterable[GridCell]:
        names = [page.name for page in pages]
        return (self.cells[each.number][name] for each in self.grid.criteria for name in names)

    @property
    def rate(self) -> float:
        """Share of the criteria met among those that apply and were verified."""
        count = self.count()
        return count[Finding.MET] / max(count[Finding.MET] + count[Finding.FAILED], 1)

    @property
    def state(self) -> State:
        """The state by RGAA, which asks for an audit of all criteria: signed, and in force."""
        if self.is_stale:
            return State.STALE
        if not self.judgements or self.count()[Finding.UNVERIFIED]:
            return State.UNASSESSED
        if self.rate == 1:
            return State.TOTAL
        return State.PARTIAL if self.rate >= PARTIAL else State.NONE

    @property
    def has_rate(self) -> bool:
        return self.state in (State.TOTAL, State.PARTIAL, State.NONE)

    def with_finding(self, finding: Finding) -> Sequence[Criterion]:
        """The criteria with a finding, those of WCAG 2.2 last."""
        every = (*self.grid.criteria, *self.grid.additions.criteria)
        return [criterion for criterion in every if self.finding(criterion) == finding]

    def failing_pages(self, criterion: Criterion) -> Sequence[AuditedPage]:
        cells = self.cells[criterion.number]
        return [page for page in self.grid.pages if cells[page.name].finding is Finding.FAILED]

    def defects(self, criterion: Criterion) -> Sequence[Judgement]:
        """The judgements that found it wrong."""
        return [
            each
            for each in self.judgements
            if criterion.number in each.criteria and each.finding is Finding.FAILED
        ]


@cache
def shipped() -> AuditGrid:
    """Read the grid of the package."""
    table = tomllib.loads(TABLE.read_text("utf-8"))
    criteria = [_criterion(*row) for row in table["criteria"].items()]
    themes = {
        number: Theme(
            in_each_language(title[DEFAULT_LOCALE]),
            tuple(each for each in criteria if each.number.startswith(f"{number}.")),
        )
        for number, title in table["themes"].items()
    }
    additions = Theme(
        themes.pop("wcag").title, tuple(_criterion(*row) for row in table["wcag"].items())
    )
    pages = tuple(
        AuditedPage(name, in_each_language(row[DEFAULT_LOCALE]), tuple(row["templates"]))
        for name, row in table["pages"].items()
    )
    machine = tomllib.loads(MACHINE.read_text("utf-8"))
    measured = {page: _measured(row) for page, row in machine["pages"].items()}
    return AuditGrid(tuple(themes.values()), additions, pages, measured, machine["axe"])


def _measured(row: Mapping[str, str]) -> Mapping[str, Finding]:
    return {
        number: Finding(finding) for finding, numbers in row.items() for number in numbers.split()
    }


def _criterion(number: str, row: Mapping[str, Any]) -> Criterion:
    return Criterion(
        number,
        in_each_language(row[DEFAULT_LOCALE]),
        {kind: row[kind] for kind in EVIDENCE if kind in row},
        row.get("heard", {}),
    )
