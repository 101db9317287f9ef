"""Statements of accessibility (RGAA) and of security (ASVS), and the file `security.txt`.

The contents are in `accessibility.toml` and `security.toml`, which people read and edit.
"""

import calendar
import enum
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from consultation.files import PACKAGE
from consultation.i18n import Localized

ACCESSIBILITY_TABLE = PACKAGE / "web" / "site" / "accessibility.toml"
EVIDENCE = ("test", "seen", "absent", "unverified")
"""Kinds of evidence, of which a row has exactly one."""


class AccessibilityFinding(enum.StrEnum):
    """Finding on a criterion."""

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
    def finding(self) -> AccessibilityFinding:
        """The finding that the evidence gives."""
        if "unverified" in self.evidence:
            return AccessibilityFinding.UNVERIFIED
        if "absent" in self.evidence:
            return AccessibilityFinding.ABSENT
        return AccessibilityFinding.FAILED if self.defect else AccessibilityFinding.MET


@dataclass(frozen=True)
class Theme:
    """The criteria of one theme of RGAA, or those that WCAG 2.2 adds."""

    title: Localized
    criteria: tuple[Criterion, ...]

    def count(self, finding: AccessibilityFinding) -> int:
        """Count the criteria with a finding."""
        return sum(criterion.finding == finding for criterion in self.criteria)


@dataclass(frozen=True)
class AccessibilityStatement:
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
        met, failed = (
            self.all.count(each) for each in (AccessibilityFinding.MET, AccessibilityFinding.FAILED)
        )
        return met / (met + failed)

    def with_finding(self, finding: AccessibilityFinding) -> Sequence[Criterion]:
        """Return the criteria with a finding, those of WCAG 2.2 last."""
        every = (*self.all.criteria, *self.additions.criteria)
        return [criterion for criterion in every if criterion.finding == finding]


@cache
def accessibility_statement() -> AccessibilityStatement:
    """Read the statement from its file."""
    table = tomllib.loads(ACCESSIBILITY_TABLE.read_text("utf-8"))
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
    return AccessibilityStatement(table["revised"], tuple(themes.values()), additions)


def _criterion(number: str, row: Mapping[str, Any]) -> Criterion:
    return Criterion(
        number,
        {"fr": row["fr"], "en": row["en"]},
        {kind: row[kind] for kind in EVIDENCE if kind in row},
        row.get("fault"),
    )


SECURITY_TABLE = PACKAGE / "web" / "site" / "security.toml"
LEVELS = (1, 2)
MONTHS_AHEAD = 11


class SecurityFinding(enum.StrEnum):
    """Finding on a requirement."""

    MET = "met"
    ABSENT = "absent"
    MISSED = "missed"


@dataclass(frozen=True)
class Requirement:
    """A requirement by its number; `says` paraphrases one that is met or missed.

    For requirements that do not apply, `says` is the reason, which several may share.
    """

    number: str
    level: int
    finding: SecurityFinding
    says: Localized
    evidence: tuple[str, ...] = ()
    needed: Localized | None = None


@dataclass(frozen=True)
class Chapter:
    """The requirements of one chapter."""

    number: int
    title: Localized
    requirements: tuple[Requirement, ...]

    def count(self, finding: SecurityFinding) -> int:
        """Count the requirements with a finding."""
        return sum(each.finding == finding for each in self.requirements)


@dataclass(frozen=True)
class SecurityStatement:
    """All findings, as last revised."""

    revised: date
    chapters: tuple[Chapter, ...]

    @property
    def all(self) -> Chapter:
        """The requirements of all chapters together."""
        return Chapter(0, {}, tuple(each for part in self.chapters for each in part.requirements))

    def with_finding(self, finding: SecurityFinding) -> Sequence[Requirement]:
        """Return the requirements with a finding."""
        return [each for each in self.all.requirements if each.finding == finding]

    def counted(self, level: int) -> tuple[int, int]:
        """Count the requirements of a level that are met, and those that apply."""
        apply = [
            each
            for each in self.all.requirements
            if each.level == level and each.finding is not SecurityFinding.ABSENT
        ]
        return sum(each.finding is SecurityFinding.MET for each in apply), len(apply)

    def rate(self, upto: int) -> float:
        """Return the share of requirements met among those that apply, up to a level."""
        counted = [self.counted(level) for level in LEVELS if level <= upto]
        return sum(met for met, _ in counted) / sum(apply for _, apply in counted)


@cache
def security_statement() -> SecurityStatement:
    """Read the statement from its file."""
    table = tomllib.loads(SECURITY_TABLE.read_text("utf-8"))
    rows = sorted(_rows(table), key=lambda each: [int(part) for part in each.number.split(".")])
    return SecurityStatement(
        table["revised"],
        tuple(
            Chapter(
                int(number),
                title,
                tuple(each for each in rows if each.number.startswith(f"{number}.")),
            )
            for number, title in table["chapters"].items()
        ),
    )


def _rows(table: Mapping[str, Any]) -> Iterator[Requirement]:
    levels = {number: level for level in LEVELS for number in table["levels"][str(level)]}
    for number, row in table["met"].items():
        yield Requirement(
            number, levels[number], SecurityFinding.MET, _says(row), tuple(row["shown"])
        )
    for group in table["absent"]:
        for number in group["numbers"]:
            yield Requirement(number, levels[number], SecurityFinding.ABSENT, _says(group))
    for number, row in table["missed"].items():
        yield Requirement(
            number, levels[number], SecurityFinding.MISSED, _says(row), needed=row["needed"]
        )


def _says(row: Mapping[str, Any]) -> Localized:
    return {"fr": row["fr"], "en": row["en"]}


def contact(settings: Mapping[str, Any]) -> str:
    """Return the address for reports of vulnerabilities."""
    return str(settings["SECURITY_CONTACT"] or settings["MAIL_SENDER"])


def security_txt(settings: Mapping[str, Any], at: datetime) -> str:
    """Return the file `security.txt` (RFC 9116), valid for eleven to twelve months."""
    base, whom = settings["BASE_URL"], contact(settings)
    lines = {
        "Contact": whom if whom.startswith("https:") else f"mailto:{whom}",
        "Expires": f"{_good_until(at):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages": "fr, en",
        "Canonical": f"{base}/.well-known/security.txt",
        "Policy": f"{base}/securite",
    }
    return "".join(f"{name}: {value}\n" for name, value in lines.items())


def _good_until(at: datetime) -> datetime:
    """Return the end of the month eleven months ahead."""
    years, month = divmod(at.month - 1 + MONTHS_AHEAD, 12)
    year, month = at.year + years, month + 1
    day = calendar.monthrange(year, month)[1]
    return datetime(year, month, day, 23, 59, 59, tzinfo=UTC)
