"""Changes of an import that adds and corrects, and removes nothing."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

Change = TypeVar("Change")


@dataclass
class ImportChanges(Generic[Change]):
    """What a file adds and corrects, and how many of its rows are stored already."""

    new: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged_count: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.changed)

    @property
    def counts(self) -> dict[str, int]:
        """Counts of new, changed and unchanged rows, for the audit log."""
        return {
            "added": len(self.new),
            "changed": len(self.changed),
            "unchanged": self.unchanged_count,
        }
