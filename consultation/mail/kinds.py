"""Message kinds: the registry of their templates, parameters and reach."""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


class Reach(enum.Enum):
    """Recipients of a kind of mail, which decides what may suppress it."""

    ANSWER = "answer"
    """To an address that any visitor may have typed."""
    BULK = "bulk"
    """To many at once, who may unsubscribe."""
    STAFF = "staff"


@dataclass(frozen=True)
class MessageKind:
    """One kind of mail: its templates in `mail/messages`, `.txt` and `.html`, and what they take.

    `parameters` is a frozen dataclass whose fields are texts, whole numbers, truth values, lists
    and mappings of those, or None. `label` is the kind in French, for the staff. A message of a
    kind that `is_forgotten` is blanked as soon as it is not to be sent any more.
    """

    name: str
    template: str
    parameters: type[Any]
    label: str = ""
    reach: Reach = Reach.STAFF
    is_forgotten: bool = False


_kinds: dict[str, MessageKind] = {}


def register_kind(kind: MessageKind) -> None:
    """Register a kind; raise ValueError when another has its name."""
    if _kinds.setdefault(kind.name, kind) != kind:
        raise ValueError(f"two kinds of message are called {kind.name!r}")


def kind_named(name: str) -> MessageKind:
    """Return a registered kind; raise ValueError."""
    try:
        return _kinds[name]
    except KeyError:
        raise ValueError(f"no kind of message is called {name!r}") from None


def kind_labels() -> Mapping[str, str]:
    return {kind.name: kind.label or kind.name for kind in _kinds.values()}


def forgotten_names() -> list[str]:
    """Return the names of the kinds that are blanked once they are not to be sent."""
    return [kind.name for kind in _kinds.values() if kind.is_forgotten]


def names_of(reaches: Iterable[Reach]) -> list[str]:
    wanted = set(reaches)
    return [kind.name for kind in _kinds.values() if kind.reach in wanted]
