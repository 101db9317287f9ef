"""What one look at the sending domain found, in the words of a volunteer."""

import enum
from dataclasses import dataclass

from consultation.text import clean_line

OWNER = "la personne qui gère le nom de domaine"
LONGEST_SHOWN = 120
LONGEST_VALUE = 255
"""Bytes that one string of a TXT record may hold."""
LONGEST_PUBLISHED = 450
"""Bytes beyond which an answer might not fit into one packet."""


class State(enum.Enum):
    """What a look found; `UNKNOWN` is no fault: it could not be seen from here."""

    FINE = "fine"
    LACKING = "lacking"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Check:
    """One thing looked at: `says` is for a person, `record` the exact line to publish, if any."""

    subject: str
    state: State
    says: str
    record: str | None = None


def txt(name: str, value: str) -> str:
    """Return a TXT record as zones write it, its value cut where a string would be too long."""
    strings = [value[i : i + LONGEST_VALUE] for i in range(0, len(value), LONGEST_VALUE)]
    return f"{name}. TXT " + " ".join(f'"{string}"' for string in strings)


def publishable(value: str) -> bool:
    """Say whether a value made of a stranger's record may be proposed for publication."""
    is_plain = value.isascii() and value.isprintable()
    return is_plain and not set(value) & set('"\\;') and len(value) <= LONGEST_PUBLISHED


def shown(text: str) -> str:
    """Return what a stranger's record holds as something that a terminal may show."""
    line = clean_line(text)
    return line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]}…"


def not_seen(subject: str) -> Check:
    """Return the check of something about which the name servers did not answer."""
    says = "n'a pu être vérifié : les serveurs de noms n'ont pas répondu ; recommencez plus tard."
    return Check(subject, State.UNKNOWN, says)
