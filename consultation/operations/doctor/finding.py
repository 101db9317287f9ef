"""Finding: the result of one check of `consultation doctor`."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """The result of one check; `says` is French and says what to do if it is not fine.

    `is_known` is False for what can't be checked from this machine, which is no error.  `command`
    mends it from a terminal, where the page of the site has a button that does.
    """

    subject: str
    is_fine: bool
    says: str
    is_known: bool = True
    command: str = ""

    @property
    def in_terminal(self) -> str:
        return f"{self.says} : « {self.command} »." if self.command else self.says

    @property
    def mark(self) -> str:
        return "?" if not self.is_known else "ok" if self.is_fine else "À VOIR"

    def as_json(self) -> Mapping[str, str]:
        """Return the finding for `--json`; `state` is ok, fault or unknown."""
        state = "unknown" if not self.is_known else "ok" if self.is_fine else "fault"
        return {"subject": self.subject, "state": state, "says": self.in_terminal}


def decimal(number: float) -> str:
    """Return a number with one decimal, as French writes it."""
    return f"{number:.1f}".replace(".", ",")


def span(seconds: float) -> str:
    """Return a duration in French: minutes, hours or days."""
    minutes = int(seconds // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2 * 24 * 60 else f"{minutes // (24 * 60)} jours"
