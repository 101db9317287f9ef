"""What `consultation doctor` says of one thing that it looked at."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `says` tells what was found and, when it is not fine, what to do.

    What is not known could not be looked at from here, which is no fault.
    """

    subject: str
    is_fine: bool
    says: str
    is_known: bool = True

    @property
    def mark(self) -> str:
        return "?" if not self.is_known else "ok" if self.is_fine else "À VOIR"

    def as_json(self) -> Mapping[str, str]:
        """Return the finding as a machine reads it: state is ok, fault or unknown."""
        state = "unknown" if not self.is_known else "ok" if self.is_fine else "fault"
        return {"subject": self.subject, "state": state, "says": self.says}


def span(seconds: float) -> str:
    """Return a span as one says it: minutes, hours or days."""
    minutes = int(seconds // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2 * 24 * 60 else f"{minutes // (24 * 60)} jours"
