"""Which measures a mail may be about: by its address, their codes, numbers and titles."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from consultation.inbox.models import Clue
from consultation.inbox.naming import Names, bare
from consultation.inbox.reading import ReadMessage

MOST_PROPOSED = 10
LONGEST_LOOKED_AT = 100_000

_TAG = re.compile(r"\+(?:(mesure|measure|theme)[-_.]?)?([a-z0-9]{1,20})@")


@dataclass(frozen=True)
class KnownMeasure:
    """A measure as it may be named in a mail."""

    id: int
    code: str
    titles: tuple[str, ...]


@dataclass(frozen=True)
class Proposed:
    """A measure that a mail may be about, and what says so."""

    measure_id: int
    clue: Clue


def propose(message: ReadMessage, known: Sequence[KnownMeasure]) -> list[Proposed]:
    """Return the measures that `message` may be about, the likeliest first.

    Its address comes before its subject, that before what its author wrote, and quotations last.
    """
    names = Names.of((measure.id, measure.code, measure.titles) for measure in known)
    found: dict[int, Clue] = {}
    for measure_id, clue in _all_clues(message, names):
        found.setdefault(measure_id, clue)
        if len(found) == MOST_PROPOSED:
            break
    return [Proposed(measure_id, clue) for measure_id, clue in found.items()]


def _all_clues(message: ReadMessage, names: Names) -> Iterator[tuple[int, Clue]]:
    yield from _in_addresses(message.recipients, names)
    for text in (message.subject, message.kept, message.original):
        looked_at = bare(text[:LONGEST_LOOKED_AT])
        yield from names.numbered_in(looked_at)
        yield from names.titled_in(looked_at)


def _in_addresses(addresses: Iterable[str], names: Names) -> Iterator[tuple[int, Clue]]:
    for address in addresses:
        tag = _TAG.search(bare(address))
        measure_id = names.by_tag(tag[1], tag[2]) if tag else None
        if measure_id is not None:
            yield measure_id, Clue.ADDRESS
