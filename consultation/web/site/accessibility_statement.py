"""Accessibility statement of the site: findings on the criteria of RGAA, with their evidence.

The contents are in `accessibility.toml`, which people read and edit.
"""

import enum
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from consultation.files import PACKAGE
from consultation.i18n import Localized

TABLE = PACKAGE / "web" / "site" / "accessibility.toml"
EVIDENCE = ("test", "seen", "absent", "unverified")
"""Kinds of evidence, of which a row has exactly one."""


class Finding(enum.StrEnum):
    MET = "met"
    FAILED = "failed"
    ABSENT = "absent"
    UNVERIFIED = "unverified"


@dataclass(frozen=True)
class Criterion:
    """A criterion, paraphrased; `evidence` is its one piece of evidence, by kind."""

    number: str
    says: Localized
    evidence: Mapping[str, Any]
    defect: Localized | None

    @property
    def finding(self) -> Finding:
        """The finding that the evidence gives."""
        if "unverified" in self.evidence:
            return Finding.UNVERIFIED
        if "absent" in self.evidence:
            return Finding.ABSENT
        return Finding.FAILED if self.defect else Finding.MET


@dataclass(frozen=True)
class Theme:
    """The criteria of one theme of RGAA, or those that WCAG 2.2 adds."""

    title: Localized
    criteria: tuple[Criterion, ...]

    def count(self, finding: Finding) -> int:
        return sum(criterion.finding == finding for criterion in self.criteria)


@dataclass(frozen=True)
class Statement:
    """All findings, as last revised."""

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
        """Share of the criteria met among those that apply and were verified."""
        met, failed = (self.all.count(each) for each in (Finding.MET, Finding.FAILED))
        return met / (met + failed)

    def with_finding(self, finding: Finding) -> Sequence[Criterion]:
        """Return the criteria with a finding, those of WCAG 2.2 last."""
        every = (*self.all.criteria, *self.additions.criteria)
        return [criterion for criterion in every if criterion.finding == finding]


@cache
def read() -> Statement:
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
