"""Slow visitors and too many visitors: ordinary ones are served, the rest is told to come back."""

import contextlib
import socket
import statistics
import time

import pytest

from tests.faults.crowding import Crowd
from tests.faults.visiting import PATH, Form

SLOW = {
    "headers": b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    "bodies": b"POST /mesures/T7/contribuer HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\n",
}
SLOW_ONES, EVERY, LASTS = 200, 5, 60  # connections; seconds between two bytes; seconds
CUT_AFTER = 30
PLENTY = 12  # visitors who answer all the time: what the site can do
TOO_MANY, OVERLOAD_LASTS = 3, 300  # times as many, for so many seconds


class SlowOnes:
    """Connections that send a byte now and then; `cut` says after how long each was closed."""

    def __init__(self, port, start):
        self.began, self.cut, self.open = time.monotonic(), [], []
        for _ in range(SLOW_ONES):
            one = socket.create_connection(("127.0.0.1", port))
            one.sendall(start)
            one.setblocking(False)
            self.open.append(one)

    def send_a_byte(self):
        for one in list(self.open):
            try:
                one.send(b"a")
                is_cut = one.recv(4096) == b""
            except BlockingIOError:
                is_cut = False
            except OSError:
                is_cut = True
            if is_cut:
                self.cut.append(time.monotonic() - self.began)
                self.open.remove(one)
                one.close()

    def close(self):
        for one in self.open:
            one.close()


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", SLOW)
def test_two_hundred_slow_visitors_hold_up_no_submission_and_are_cut(server, kind, recorded):
    took, statuses = [], set()
    with contextlib.closing(SlowOnes(server.port, SLOW[kind])) as slow:
        next_byte, ends_at = time.monotonic(), time.monotonic() + LASTS
        while time.monotonic() < ends_at:
            if time.monotonic() >= next_byte:
                slow.send_a_byte()
                next_byte += EVERY
            form = Form(server, PATH, f"Texte {len(took)}")
            began = time.monotonic()
            statuses.add(form.post(server)[0])
            took.append(time.monotonic() - began)
            time.sleep(0.1)
        cut = slow.cut

    p95 = statistics.quantiles(took, n=20)[-1]
    recorded(
        f"R10 {SLOW_ONES} visitors with slow {kind}",
        {"submissions": len(took), "p95": f"{p95 * 1000:.0f} ms", "cut": f"{len(cut)}/{SLOW_ONES}"}
        | {"after at most": f"{max(cut, default=0):.0f} s"},
    )
    assert statuses == {303}
    assert p95 < 1
    assert len(cut) == SLOW_ONES
    assert max(cut) <= CUT_AFTER + EVERY  # a closed connection is seen at the next byte


@pytest.mark.long
@pytest.mark.timeout(900)
def test_three_times_too_many_visitors_are_told_to_come_back_and_the_others_are_served(
    server, recorded
):
    crowd = Crowd(server, PATH)
    crowd.stay(PLENTY, 3)  # warm
    before = crowd.stay(PLENTY, 30)
    over = crowd.come(TOO_MANY * before.per_second(), OVERLOAD_LASTS)
    calm_again = next(iter(crowd.stay(1, 10).took.get(200, [10.0])))
    after = crowd.stay(PLENTY, 30)

    can = statistics.mean([before.per_second(), after.per_second()])
    share = over.per_second() / can
    taken = len(over.took.get(303, []))
    recorded(
        "R11 overload",
        {
            "capacity": f"{before.per_second():.0f}/s, then {after.per_second():.0f}/s",
            "came": f"{over.visits / over.seconds / can:.1f} times as many",
            "for": f"{over.seconds} s",
            "goodput": f"{share:.0%}",
            "served p95": f"{over.p95(200, 303):.2f} s",
            "taken": taken,
            "thanked": over.complete,
            "refused": len(over.took.get(503, [])),
            "refused p95": f"{over.p95(503):.2f} s",
            "no answer": len(over.took.get(0, [])),
            "calm again after": f"{calm_again:.2f} s",
        },
    )
    assert share >= 0.5  # of what it can where nobody is refused; they share its processors
    assert over.complete == taken
    assert set(over.took) <= {200, 303, 503}
    assert over.p95(200, 303) < 2
    assert over.without_retry_after == 0
    assert over.took[503]
    assert calm_again < 10
