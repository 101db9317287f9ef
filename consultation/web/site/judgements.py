"""Signed judgements: what persons found of criteria on audited pages, with their names and days.

They are in a file of the site's folder, `accessibilite.toml`: the site that declares signs, and
what the package ships carries no signature.
"""

import enum
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any


class Finding(enum.StrEnum):
    """What may hold of a criterion, on a page or as a whole."""

    MET = "met"
    FAILED = "failed"
    ABSENT = "absent"
    UNVERIFIED = "unverified"


FILE = "accessibilite.toml"
YEARS_VALID = 3
VERDICTS = {
    "conforme": Finding.MET, "non conforme": Finding.FAILED, "sans objet": Finding.ABSENT
}  # fmt: skip


class JudgementsInvalid(ValueError):
    """The file of judgements does not read; its one argument is the French sentence why."""


@dataclass(frozen=True)
class Judgement:
    """What one person found, the same for each of the criteria on each of the pages."""

    criteria: frozenset[str]
    pages: frozenset[str]
    finding: Finding
    signature: str
    day: date
    defect: str = ""


@dataclass(frozen=True)
class Audit:
    """All judgements of a site, and the prints that the pages had when they were looked at."""

    judgements: tuple[Judgement, ...] = ()
    fingerprints: Mapping[str, str] = field(default_factory=dict)

    @property
    def days(self) -> Sequence[date]:
        return sorted({judgement.day for judgement in self.judgements})

    @property
    def ends(self) -> date | None:
        """The day from which the oldest judgement no longer counts."""
        if not self.judgements:
            return None
        first = self.days[0]
        is_leap_day = (first.month, first.day) == (2, 29)
        return first.replace(year=first.year + YEARS_VALID, day=28 if is_leap_day else first.day)

    def changed(self, fingerprints: Mapping[str, str]) -> Sequence[str]:
        """Names of the judged pages that are not what they were, in the order of the grid."""
        judged = {page for judgement in self.judgements for page in judgement.pages}
        return [
            name
            for name, now in fingerprints.items()
            if name in judged and self.fingerprints.get(name) != now
        ]


def read(path: Path, criteria: Collection[str], pages: Collection[str], today: date) -> Audit:
    """Read the file of a site, which need not exist; raise `JudgementsInvalid`."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Audit()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise JudgementsInvalid(f"{FILE} ne se lit pas : {error}") from None
    fingerprints = table.get("pages", {})
    rows = enumerate(table.get("avis", []), 1)
    judgements = tuple(_judgement(number, row, fingerprints) for number, row in rows)
    for number, judgement in enumerate(judgements, 1):
        _refuse_unknown(number, "critère inconnu", judgement.criteria, criteria)
        _refuse_unknown(number, "page inconnue", judgement.pages, pages)
        if judgement.day > today:
            raise JudgementsInvalid(f"{FILE}, avis {number} : le jour est à venir.")
    return Audit(judgements, fingerprints)


def _judgement(number: int, row: Mapping[str, Any], pages: Mapping[str, str]) -> Judgement:
    try:
        made = Judgement(
            frozenset(row["criteres"]),
            frozenset(row.get("pages", pages)),
            VERDICTS[row["constat"]],
            row["signature"].strip(),
            row["jour"],
            row.get("defaut", "").strip(),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise JudgementsInvalid(f"{FILE}, avis {number} : revoyez {error}.") from None
    if not made.signature or type(made.day) is not date:
        raise JudgementsInvalid(f"{FILE}, avis {number} : il faut un nom et un jour (2026-12-01).")
    if made.finding is Finding.FAILED and not made.defect:
        raise JudgementsInvalid(f'{FILE}, avis {number} : dites le défaut (defaut = "…").')
    return made


def _refuse_unknown(number: int, kind: str, names: Collection[str], known: Collection[str]) -> None:
    if unknown := sorted(set(names) - set(known)):
        raise JudgementsInvalid(f"{FILE}, avis {number} : {kind} : {', '.join(unknown)}")
