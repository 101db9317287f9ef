"""What is known of the site's accessibility, criterion by criterion.

The table itself is `accessibility.toml`, which people read and change.
"""

import enum
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from consultation.i18n import Localized
from consultation.resources import PACKAGE

TABLE = PACKAGE / "web" / "accessibility.toml"
EVIDENCE = ("test", "seen", "absent", "unverified")
"""The kinds of evidence, of which a row has exactly one."""


class Finding(enum.StrEnum):
    """What is known of one criterion."""

    MET = "met"
    FAILED = "failed"
    ABSENT = "absent"
    UNVERIFIED = "unverified"


@dataclass(frozen=True)
class Criterion:
    """One criterion in our words; `evidence` is what its row holds by the kind of evidence."""

    number: str
    says: Localized
    evidence: Mapping[str, Any]
    fault: Localized | None

    @property
    def finding(self) -> Finding:
        """What the evidence comes to."""
        if "unverified" in self.evidence:
            return Finding.UNVERIFIED
        if "absent" in self.evidence:
            return Finding.ABSENT
        return Finding.FAILED if self.fault else Finding.MET


@dataclass(frozen=True)
class Theme:
    """The criteria of one theme of RGAA, or those that WCAG 2.2 adds."""

    title: Localized
    criteria: tuple[Criterion, ...]

    def count(self, finding: Finding) -> int:
        """Return of how many criteria that is known."""
        return sum(criterion.finding == finding for criterion in self.criteria)


@dataclass(frozen=True)
class Statement:
    """All that is known, as it was last revised."""

    revised: date
    themes: tuple[Theme, ...]
    additions: Theme

    @property
    def all(self) -> Theme:
        """The criteria of all themes of RGAA together."""
        return Theme({}, tuple(each for theme in self.themes for each in theme.criteria))

    @property
    def parts(self) -> Sequence[Theme]:
        """The themes, then what WCAG 2.2 adds."""
        return (*self.themes, self.additions)

    @property
    def rate(self) -> float:
        """The share of what is met among what applies and was looked at."""
        met, failed = (self.all.count(each) for each in (Finding.MET, Finding.FAILED))
        return met / (met + failed)

    def found(self, finding: Finding) -> Sequence[Criterion]:
        """Return the criteria of which that is known, the additions last."""
        every = (*self.all.criteria, *self.additions.criteria)
        return [criterion for criterion in every if criterion.finding == finding]


@cache
def statement() -> Statement:
    """Return what is known."""
    table = tomllib.loads(TABLE.read_text("utf-8"))
    criteria = [_criterion(*row) for row in table["criteria"].items()]
    themes = {
        number: Theme(
            title, tuple(each for each in criteria if each.number.startswith(f"{number}."))
        )
        for number, title in table["themes"].items()
    }
    additions = Theme(
        themes.pop("wcag").title, tuple(_criterion(*row) for row in table["wcag"].items())
    )
    return Statement(table["revised"], tuple(themes.values()), additions)


def _criterion(number: str, row: Mapping[str, Any]) -> Criterion:
    return Criterion(
        number,
        {"fr": row["fr"], "en": row["en"]},
        {kind: row[kind] for kind in EVIDENCE if kind in row},
        row.get("fault"),
    )
