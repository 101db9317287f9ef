"""Life of a request: states, undone events, and the days that the delays give."""

from datetime import date

import pytest

from consultation.clock import Delay, delay_of
from consultation.institutions.data_requests import life
from consultation.institutions.data_requests.life import Delays, Referral, RequestState
from consultation.institutions.data_requests.models import RequestEvent, RequestEventKind

ASKED = date(2026, 1, 31)
BOTH = Delays(Delay(months=3), Delay(days=20))


def events(*kinds, undoes=None):
    """Events a day apart, the first on the day ASKED; `undoes` adds one that undoes that id."""
    rows = [
        RequestEvent(id=place, kind=kind, happened_on=ASKED.replace(day=31 - len(kinds) + place))
        for place, kind in enumerate(kinds, 1)
    ]
    if undoes:
        kind = RequestEventKind.UNDONE
        rows.append(RequestEvent(id=99, kind=kind, happened_on=ASKED, undoes_id=undoes))
    return rows


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("10 jours", Delay(days=10)),
        ("1 jour", Delay(days=1)),
        (" 3 mois ", Delay(months=3)),
        ("", None),
        ("0 jours", None),
        ("deux mois", None),
        ("3 semaines", None),
    ],
)
def test_delay_is_read_in_days_or_months(text, delay):
    assert delay_of(text) == delay


def test_delay_in_months_ends_on_the_last_day_of_a_shorter_month():
    assert Delay(months=1).after(date(2026, 1, 31)) == date(2026, 2, 28)
    assert Delay(months=13).after(date(2026, 12, 31)) == date(2028, 1, 31)
    assert Delay(days=10).after(date(2026, 12, 25)) == date(2027, 1, 4)


def test_state_is_that_of_the_last_event_which_was_not_undone():
    requested, refused = RequestEventKind.REQUESTED, RequestEventKind.REFUSED

    assert life.state_of([]) is RequestState.PREPARED
    assert life.state_of(events(requested, refused)) is RequestState.REFUSED
    assert life.state_of(events(requested, refused, undoes=2)) is RequestState.REQUESTED
    assert life.state_of(events(requested, undoes=1)) is RequestState.PREPARED


@pytest.mark.parametrize("last", [None, RequestEventKind.NO_ANSWER])
def test_silence_opens_the_way_when_its_delay_ends(last):
    rows = events(*filter(None, (RequestEventKind.REQUESTED, last)))
    asked = rows[0].happened_on

    found = life.referral(rows, BOTH)

    assert found == Referral(BOTH.silence.after(asked), date(2026, 5, 20))


def test_refusal_opens_the_way_on_its_day_without_the_delay_of_silence():
    rows = events(RequestEventKind.REQUESTED, RequestEventKind.REFUSED)

    found = life.referral(rows, Delays(None, Delay(days=20)))

    assert found == Referral(ASKED, date(2026, 2, 20))


def test_no_day_is_computed_without_its_delay():
    rows = events(RequestEventKind.REQUESTED)

    assert life.referral(rows, Delays(None, Delay(days=20))) is None
    assert life.referral(rows, Delays(Delay(days=10), None)) == Referral(date(2026, 2, 10), None)


@pytest.mark.parametrize(
    "last", [None, RequestEventKind.ANSWERED, RequestEventKind.WITHDRAWN], ids=str
)
def test_request_that_waits_for_nothing_has_no_day(last):
    rows = events(RequestEventKind.REQUESTED, last) if last else []

    assert life.referral(rows, BOTH) is None
