"""What a hostile or an odd sending is, and how so many are drawn from a seed."""

import enum
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

SEED = 20261125
FORM = "application/x-www-form-urlencoded"
LONGEST, LONGEST_LINE = 5000, 200
"""How many UTF-16 units the form takes of a text, and of a line."""


class Outcome(enum.Enum):
    """What has to become of a sending."""

    STORED = "stored"
    REFUSED = "refused"
    """With a page that says so: nothing is stored."""


@dataclass(frozen=True)
class Case:
    """One sending: what is typed, by question, and what has to become of it."""

    kind: str
    typed: Mapping[str, Any] = field(default_factory=dict)
    """By question; several values in a list, none at all for None."""
    outcome: Outcome = Outcome.STORED
    expected: Mapping[str, Any] = field(default_factory=dict)
    """What is to be stored where it is not the text that was typed, by question."""
    body: Callable[[list, Mapping], bytes] | None = None
    """Makes the body of pairs of names and values, and of the names by question."""
    content_type: str = FORM
    is_bare: bool = False
    """Whether the text is to be sent without a canary after it."""
    number: int = 0

    @property
    def canary(self):
        """What is found wherever something of this sending has come to."""
        return f"zq{self.number:05}k"

    def numbered(self, number):
        return replace(self, number=number)

    def fields(self):
        """What is sent, by question."""
        sent = {
            "capacity": "citizen",
            "suggestions": "Un mot.",
            "name": f"Nom {self.canary}",
            "email": f"{self.canary}@exemple.fr",
        } | dict(self.typed)
        if not self.is_bare:
            sent["suggestions"] += f" {self.canary}"
        return sent


def of_text(kind, text):
    """The sending of one text, in every place that takes it."""
    typed = {"suggestions": text, "missing_indicator": text}
    if len(text) < LONGEST_LINE // 2:
        typed |= {"organisation": text, "name": text, "missing_source": text}
    return Case(kind, typed)


def drawn(chance, count, *choices):
    """So many different combinations of one of each of `choices`, in no order."""
    for number in chance.sample(range(math.prod(map(len, choices))), count):
        picked = []
        for choice in choices:
            number, place = divmod(number, len(choice))
            picked.append(choice[place])
        yield tuple(picked)
