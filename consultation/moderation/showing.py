"""The one rule of what may be seen of a text, on every way out: page, workbook, mail."""

import enum
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from consultation.moderation.models import TextState
from consultation.responses.forgetting import ERASED_TEXT

COVER = "█"


class Audience(enum.StrEnum):
    """Who would see a text."""

    PUBLIC = "public"
    ORGANISER = "organiser"
    EXPORT = "export"
    MODERATOR = "moderator"


DECIDED = (TextState.PUBLISHED, TextState.REDACTED)


class Seen(NamedTuple):
    """A text and all that decides who may see it; `state` is None until a machine screened it.

    A tuple for speed, since a workbook has hundreds of thousands.
    """

    text: str
    state: TextState | None
    is_flagged: bool
    covered: tuple[tuple[int, int], ...]
    """Ranges of characters, masked or erased, that nobody but moderators may see."""
    may_be_quoted: bool
    """The respondent agreed to be quoted, by name or without."""
    is_current: bool
    """Neither withdrawn, nor superseded, nor set aside."""
    is_gone: bool
    """Withdrawn or superseded: nobody decides on it any more."""


def visible(seen: Seen, audience: Audience) -> str | None:
    """Return what `audience` may read of a text, or None when it may read nothing of it."""
    if audience is Audience.MODERATOR:
        return seen.text
    if not _is_open(seen, audience):
        return None
    return covered(seen.text, seen.covered)


def _is_open(seen: Seen, audience: Audience) -> bool:
    if audience is Audience.PUBLIC:
        is_there = seen.text != ERASED_TEXT
        return is_there and seen.is_current and seen.may_be_quoted and seen.state in DECIDED
    if seen.state in DECIDED:
        return True
    if seen.is_gone and audience is Audience.ORGANISER:
        return False  # what is masked in the revision that stands may be repeated in it
    # The team may work with what a machine saw nothing in, before anybody decided.
    return seen.state is TextState.WAITING and not seen.is_flagged


def told(state: TextState | None, *, is_covered: bool) -> TextState | None:
    """Return what is told of a text's state: one that was masked since it was published shows it.

    `fetching.IS_REDACTED` says the same in SQL.
    """
    if state is TextState.PUBLISHED and is_covered:
        return TextState.REDACTED
    return state


def why_hidden(seen: Seen) -> str:
    """Return, for the team, why a text can't be read."""
    if seen.state is TextState.WITHHELD:
        return "[texte écarté par la modération]"
    if seen.is_gone:
        return "[texte remplacé ou retiré sans avoir été relu]"
    return "[texte en attente de relecture]"


def covered(text: str, ranges: Iterable[tuple[int, int]]) -> str:
    """Return `text` with each run of covered characters as three marks, whatever its length.

    Overlapping and touching ranges are one run, so that nothing can be read off their number.
    """
    pieces, at = [], 0
    for start, end in _runs(ranges):
        pieces += [text[at:start], COVER * 3]
        at = end
    return "".join([*pieces, text[at:]])


def _runs(ranges: Iterable[tuple[int, int]]) -> Sequence[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if runs and start <= runs[-1][1]:
            runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
        else:
            runs.append((start, end))
    return runs
