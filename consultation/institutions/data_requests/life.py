"""Life of a data request: its state, what may follow, and when one may turn to the CADA.

The delays are settings, which the collective's counsel gives: without them no day is computed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from consultation.clock import Delay, delay_of
from consultation.i18n import Labelled
from consultation.institutions.data_requests.models import RequestEvent, RequestEventKind


class RequestState(Labelled):
    PREPARED = "prepared", "à envoyer"
    REQUESTED = "requested", "demandé"
    NO_ANSWER = "no_answer", "sans réponse"
    REFUSED = "refused", "refusé"
    ANSWERED = "answered", "répondu"
    WITHDRAWN = "withdrawn", "abandonné"


OPEN = (RequestState.PREPARED, RequestState.REQUESTED, RequestState.NO_ANSWER)
"""States in which the same figure is not left_on again."""
UNMET = (RequestState.REQUESTED, RequestState.NO_ANSWER, RequestState.REFUSED)
"""States in which one may turn to the CADA, one day."""
FOLLOWING: Mapping[RequestState, Sequence[RequestEventKind]] = {
    RequestState.PREPARED: (RequestEventKind.REQUESTED, RequestEventKind.WITHDRAWN),
    RequestState.REQUESTED: (
        RequestEventKind.ANSWERED,
        RequestEventKind.REFUSED,
        RequestEventKind.NO_ANSWER,
        RequestEventKind.WITHDRAWN,
    ),
    RequestState.NO_ANSWER: (
        RequestEventKind.ANSWERED,
        RequestEventKind.REFUSED,
        RequestEventKind.WITHDRAWN,
    ),
    RequestState.REFUSED: (RequestEventKind.ANSWERED, RequestEventKind.WITHDRAWN),
    RequestState.ANSWERED: (),
    RequestState.WITHDRAWN: (),
}
"""What may happen next; an event noted by mistake is undone instead."""


@dataclass(frozen=True)
class Delays:
    """The delays that the collective's counsel gave, None where they are not given yet."""

    silence: Delay | None = None
    referral: Delay | None = None


UNKNOWN = Delays()


@dataclass(frozen=True)
class Referral:
    """From which day to which one may turn to the CADA; `until` is None without its delay."""

    since: date
    until: date | None

    def is_open(self, on: date) -> bool:
        return self.since <= on and (self.until is None or on <= self.until)


def delays_of(settings: Mapping[str, Any]) -> Delays:
    """Return the delays of the settings, as far as they are given."""
    return Delays(
        delay_of(settings["CADA_SILENCE_DELAY"]), delay_of(settings["CADA_REFERRAL_DELAY"])
    )


def standing(events: Sequence[RequestEvent]) -> list[RequestEvent]:
    """Return the events that were not undone, in their order."""
    undone = {event.undoes_id for event in events}
    return [
        event
        for event in events
        if event.kind is not RequestEventKind.UNDONE and event.id not in undone
    ]


def state_of(events: Sequence[RequestEvent]) -> RequestState:
    last = standing(events)[-1:]
    return RequestState(last[0].kind.value) if last else RequestState.PREPARED


def requested_on(events: Sequence[RequestEvent]) -> date | None:
    """Return the day on which the letter left, None before."""
    return _day_of(events, RequestEventKind.REQUESTED)


def referral(events: Sequence[RequestEvent], delays: Delays) -> Referral | None:
    """Return when one may turn to the CADA, None where one may not or no delay says when.

    After a refusal from its day, after silence from the end of the delay.
    """
    if state_of(events) not in UNMET:
        return None
    since = _day_of(events, RequestEventKind.REFUSED)
    if since is None:
        left_on = requested_on(events)
        assert left_on is not None
        if delays.silence is None:
            return None
        since = delays.silence.after(left_on)
    return Referral(since, delays.referral.after(since) if delays.referral else None)


def _day_of(events: Sequence[RequestEvent], kind: RequestEventKind) -> date | None:
    return next((it.happened_on for it in standing(events) if it.kind is kind), None)
