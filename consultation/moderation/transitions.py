"""What each verdict makes of a text: one table, and the state that follows from a history."""

from collections.abc import Iterable
from typing import Protocol

from consultation.moderation.models import TextState, Verdict

TRANSITIONS = {
    (TextState.WAITING, Verdict.PUBLISH): TextState.PUBLISHED,
    (TextState.WAITING, Verdict.REDACT): TextState.REDACTED,
    (TextState.WAITING, Verdict.WITHHOLD): TextState.WITHHELD,
    (TextState.SECONDING, Verdict.PUBLISH): TextState.PUBLISHED,
    (TextState.SECONDING, Verdict.REDACT): TextState.REDACTED,
    (TextState.SECONDING, Verdict.WITHHOLD): TextState.WITHHELD,
    (TextState.SECONDING, Verdict.REOPEN): TextState.WAITING,
    (TextState.PUBLISHED, Verdict.REDACT): TextState.REDACTED,
    (TextState.PUBLISHED, Verdict.WITHHOLD): TextState.WITHHELD,
    (TextState.PUBLISHED, Verdict.REOPEN): TextState.WAITING,
    (TextState.REDACTED, Verdict.WITHHOLD): TextState.WITHHELD,
    (TextState.REDACTED, Verdict.REOPEN): TextState.WAITING,
    (TextState.WITHHELD, Verdict.PUBLISH): TextState.PUBLISHED,
    (TextState.WITHHELD, Verdict.REDACT): TextState.REDACTED,
    (TextState.WITHHELD, Verdict.REOPEN): TextState.WAITING,
}
"""Masks have to be lifted before a redacted text can be published whole: it is reopened first."""

HIDING = (Verdict.REDACT, Verdict.WITHHOLD)
"""The verdicts after which something of a text is held back, for a reason."""

PUBLISHING = (Verdict.PUBLISH, Verdict.REDACT)
"""The verdicts after which anybody may read a text, or what is not masked of it."""

Standing = tuple[TextState, Verdict | None]
"""The state of a text, and the verdict that waits for a second moderator."""

UNDECIDED: Standing = (TextState.WAITING, None)


class Said(Protocol):
    """A verdict of a history, and whether it only counts once another moderator agrees."""

    verdict: Verdict
    awaits_second: bool


class NoSuchMove(Exception):
    """The verdict means nothing for a text in that state."""


def after(state: TextState, verdict: Verdict, *, awaits_second: bool = False) -> Standing:
    """Return what a verdict makes of a text in `state`; raise `NoSuchMove`."""
    result = TRANSITIONS.get((state, verdict))
    if result is None:
        raise NoSuchMove
    return (TextState.SECONDING, verdict) if awaits_second else (result, None)


def standing_of(decisions: Iterable[Said]) -> Standing:
    """Return how a text stands after all that was said of it, the oldest first."""
    state, pending = UNDECIDED
    for decision in decisions:
        state, pending = after(state, decision.verdict, awaits_second=decision.awaits_second)
    return state, pending


def was_hidden(decisions: Iterable[Said]) -> bool:
    """Say whether anything of a text was ever held back by a verdict that counted."""
    state = UNDECIDED[0]
    hidden = (TextState.REDACTED, TextState.WITHHELD)
    for decision in decisions:
        state, _pending = after(state, decision.verdict, awaits_second=decision.awaits_second)
        if state in hidden:
            return True
    return False


def state_of(decisions: Iterable[Said]) -> TextState:
    """Return the state of a text after all that was said of it, the oldest first."""
    return standing_of(decisions)[0]


def verdicts_for(state: TextState) -> tuple[Verdict, ...]:
    """Return what may be said of a text in `state`."""
    return tuple(verdict for verdict in Verdict if (state, verdict) in TRANSITIONS)
