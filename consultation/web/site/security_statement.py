"""Security statement of the site: findings on the requirements of ASVS.

The contents are in `security.toml`, which people read and edit.  Beside them: `security.txt`
(RFC 9116), with the contact for reports of vulnerabilities.
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
from consultation.i18n import DEFAULT_LOCALE, Localized
from consultation.web.locale import in_each_language

TABLE = PACKAGE / "web" / "site" / "security.toml"
LEVELS = (1, 2)
MONTHS_AHEAD = 11


class Finding(enum.StrEnum):
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
    finding: Finding
    says: Localized
    evidence: tuple[str, ...] = ()
    needed: Localized | None = None


@dataclass(frozen=True)
class Chapter:
    number: int
    title: Localized
    requirements: tuple[Requirement, ...]

    def count(self, finding: Finding) -> int:
        return sum(each.finding == finding for each in self.requirements)


@dataclass(frozen=True)
class Statement:
    """All findings, as last revised."""

    revised: date
    chapters: tuple[Chapter, ...]

    @property
    def all(self) -> Chapter:
        """The requirements of all chapters together."""
        return Chapter(0, {}, tuple(each for part in self.chapters for each in part.requirements))

    def with_finding(self, finding: Finding) -> Sequence[Requirement]:
        return [each for each in self.all.requirements if each.finding == finding]

    def counted(self, level: int) -> tuple[int, int]:
        """Count the requirements of a level that are met, and those that apply."""
        apply = [
            each
            for each in self.all.requirements
            if each.level == level and each.finding is not Finding.ABSENT
        ]
        return sum(each.finding is Finding.MET for each in apply), len(apply)

    def rate(self, upto: int) -> float:
        """Return the share of requirements met among those that apply, up to a level."""
        counted = [self.counted(level) for level in LEVELS if level <= upto]
        return sum(met for met, _ in counted) / sum(apply for _, apply in counted)


@cache
def read() -> Statement:
    table = tomllib.loads(TABLE.read_text("utf-8"))
    rows = sorted(_rows(table), key=lambda each: [int(part) for part in each.number.split(".")])
    return Statement(
        table["revised"],
        tuple(
            Chapter(
                int(number),
                in_each_language(title[DEFAULT_LOCALE]),
                tuple(each for each in rows if each.number.startswith(f"{number}.")),
            )
            for number, title in table["chapters"].items()
        ),
    )


def _rows(table: Mapping[str, Any]) -> Iterator[Requirement]:
    levels = {number: level for level in LEVELS for number in table["levels"][str(level)]}
    for number, row in table["met"].items():
        yield Requirement(number, levels[number], Finding.MET, _says(row), tuple(row["shown"]))
    for group in table["absent"]:
        for number in group["numbers"]:
            yield Requirement(number, levels[number], Finding.ABSENT, _says(group))
    for number, row in table["missed"].items():
        needed = _says(row["needed"])
        yield Requirement(number, levels[number], Finding.MISSED, _says(row), needed=needed)


def _says(row: Mapping[str, Any]) -> Localized:
    return in_each_language(row[DEFAULT_LOCALE])


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
