"""Result of one check of the domain.

A result quotes a stranger's record in part only: see `displayed`.
"""

import enum
from dataclasses import dataclass

from consultation.text import clean_line

MAX_DISPLAYED = 120  # characters

OWNER = "la personne qui gère le nom de domaine"


class State(enum.Enum):
    """Result of a check; `UNKNOWN` is no error: it could not be verified from here."""

    FINE = "fine"
    LACKING = "lacking"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Check:
    """One check: `says` is for a person, `record` the exact line to publish, if any."""

    subject: str
    state: State
    says: str
    record: str | None = None


Outcome = tuple[State, str] | tuple[State, str, str | None]
"""A check without its subject."""


def displayed(text: str) -> str:
    """Return a stranger's text as one short line that a terminal may display."""
    line = clean_line(text)
    return line if len(line) <= MAX_DISPLAYED else f"{line[:MAX_DISPLAYED]}…"
