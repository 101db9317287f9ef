"""What verdicts make of a text: the table pair by pair, and any sequence of them."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.moderation.decisions import (
    HIDING,
    TRANSITIONS,
    NoSuchMove,
    after,
    state_and_pending,
    state_of,
    verdicts_for,
)
from consultation.moderation.models import TextState, Verdict

W, S, P, R, H = (
    TextState.WAITING,
    TextState.SECONDING,
    TextState.PUBLISHED,
    TextState.REDACTED,
    TextState.WITHHELD,
)
# By state, what becomes of a text by: publish, redact, withhold, reopen.
EXPECTED = {
    W: (P, R, H, None),
    S: (P, R, H, W),
    P: (None, R, H, W),
    R: (None, None, H, W),
    H: (P, R, None, W),
}


@dataclass(frozen=True)
class PastVerdict:
    verdict: Verdict
    awaits_second: bool = False


def test_each_verdict_on_each_state_makes_what_the_table_says():
    for state, results in EXPECTED.items():
        for verdict, result in zip(Verdict, results, strict=True):
            assert TRANSITIONS.get((state, verdict)) == result, (state, verdict)
        assert verdicts_for(state) == tuple(
            verdict for verdict, result in zip(Verdict, results, strict=True) if result
        )


def test_verdict_without_meaning_is_refused_and_one_that_awaits_a_second_waits():
    with pytest.raises(NoSuchMove):
        after(W, Verdict.REOPEN)
    with pytest.raises(NoSuchMove):
        after(R, Verdict.REDACT, awaits_second=True)

    assert after(W, Verdict.WITHHOLD, awaits_second=True) == (S, Verdict.WITHHOLD)
    assert after(S, Verdict.REDACT, awaits_second=True) == (S, Verdict.REDACT)


@given(st.lists(st.tuples(st.sampled_from(Verdict), st.booleans()), max_size=30))
def test_any_sequence_ends_in_the_state_that_the_table_gives(wanted):
    history, state = [], W
    for verdict, with_second in wanted:
        decision = PastVerdict(verdict, with_second and verdict in HIDING)
        if (state, verdict) not in TRANSITIONS:
            continue
        history.append(decision)
        state = S if decision.awaits_second else TRANSITIONS[state, verdict]

    assert state_of(history) is state
    assert (state_and_pending(history)[1] is not None) == (state is S)
