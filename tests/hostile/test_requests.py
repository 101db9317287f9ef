"""Seven hundred connections that bring no ordinary request, or bring it in an odd way."""

import re
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from consultation.extensions import db
from consultation.responses.models import Response, Submission
from consultation.responses.submission import key as submission_key
from consultation.server.connection import REFUSALS
from tests.hostile.cases import SEED, Outcome
from tests.hostile.drawing import all_requests
from tests.hostile.protected import headers_missing
from tests.hostile.site import PATH, site
from tests.hostile.walking import read_stored
from tests.hostile.wire import MARK, exchange

pytestmark = pytest.mark.timeout(600)
GATE, LONG = 10, 1
"""One connection in so many of seven hundred is made."""
BATCH = 10
BASE_URL = "https://consultation.example"
OWN_PLACE = re.compile(r'/(?![/\\])[^\s<>"\\]*')


class Seen:
    """What came back, what ordinary visitors got in between, and what is stored afterwards."""

    def __init__(self, running, cases):
        self.site, self.exchanges, self.visits = running, [], []
        for number, case in enumerate(cases):
            self.exchanges.append(self._connect(number, case))
            if number % BATCH == BATCH - 1:
                self.visits += [running.server.get(path)[0] for path in ("/", PATH)]
        self.stored = read_stored(db.session)
        self.times_stored = dict(
            db.session.execute(
                sa.select(Submission.key, sa.func.count(Response.id))
                .join(Response, Response.submission_id == Submission.id)
                .group_by(Submission.key)
            ).all()
        )
        self.log = Path(running.server.log).read_text("utf-8")

    def _connect(self, number, case):
        """Make one connection; a contribution has a key and a text of its own."""
        port = self.site.server.port
        if not case.brings_a_contribution:
            return exchange(port, case)
        key, text = (
            submission_key.mint(self.site.instrument.public_id),
            f"L'été, « œuvre » zq{number:05}k",
        )
        names = self.site.names
        fields = {
            "submission_key": key, names["capacity"]: "citizen", names["suggestions"]: text
        }  # fmt: skip
        return exchange(port, case, submission_key.read(key).id, text, urlencode(fields).encode())

    @property
    def replies(self):
        return [reply for one in self.exchanges for reply in one.replies]

    def contributions(self):
        return [one for one in self.exchanges if one.case.brings_a_contribution]


@pytest.fixture(scope="module")
def seen(request, tmp_path_factory, databases, keys_dir):
    """Every connection of the run; the tests below look at what came of it."""
    cases = all_requests(LONG if request.config.getoption("run_long") else GATE)
    folder, start = tmp_path_factory.mktemp("requests"), time.perf_counter()
    with site(folder, databases, keys_dir, BASE_URL=BASE_URL) as running:
        found = Seen(running, cases)
        print(f"\n{len(cases)} connections, seed {SEED}, {time.perf_counter() - start:.1f} s")
        yield found


def described(exchange):
    """What to say of an exchange that went wrong."""
    sent = exchange.case.sent if isinstance(exchange.case.sent, bytes) else "a contribution"
    statuses = [reply.status for reply in exchange.replies]
    return exchange.case.kind, sent[:300], exchange.case.methods, statuses, exchange.rest[:200]


def is_refusal(reply):
    """Whether the server itself answered, in place of the application."""
    return reply.body.decode("utf-8", "replace") in REFUSALS.values()


def test_no_request_makes_the_site_fail(seen, recorded):
    failed = [described(one) for one in seen.exchanges if any(r.status >= 500 for r in one.replies)]
    shouted = [line for line in seen.log.splitlines() if "ERROR" in line or "incident" in line]

    recorded("Hostile requests, failures of the site", f"{len(failed)}/{len(seen.exchanges)}")
    assert failed == []
    assert shouted == []
    assert "Traceback" not in seen.log


def test_each_request_is_answered_once_and_in_time(seen, recorded):
    wrong = [
        described(one)
        for one in seen.exchanges
        if one.is_worker_down or one.rest or len(one.replies) != len(one.case.methods)
    ]

    recorded(
        "Hostile requests, answers too many or wanting",
        f"{len(wrong)}, requests {len(seen.replies)}, seed {SEED}",
    )
    assert wrong == []


def test_each_request_gets_an_answer_that_fits_it(seen):
    unfit = [
        described(one)
        for one in seen.exchanges
        if one.case.statuses and {reply.status for reply in one.replies} - one.case.statuses
    ]

    assert unfit == []


def test_ordinary_visitors_are_answered_in_between(seen):
    assert set(seen.visits) == {200}
    assert len(seen.visits) >= len(seen.exchanges) // BATCH


def test_no_answer_holds_what_was_sent_as_it_stands(seen):
    alive = [described(one) for one in seen.exchanges if MARK[3:].encode() in one.raw]
    named = [
        reply.headers.items()
        for reply in seen.replies
        if "X-Zq" in reply.headers or "zq=" in reply.headers.get("Set-Cookie", "")
    ]

    assert alive == []
    assert named == []
    assert any(b"svg/onload=zq" in reply.body for reply in seen.replies)  # where it is escaped


def test_no_answer_leads_anywhere_else(seen):
    places = [reply.headers["Location"] for reply in seen.replies if "Location" in reply.headers]

    assert places
    assert [place for place in places if not OWN_PLACE.fullmatch(place)] == []


def test_every_answer_carries_the_headers_that_protect_it(seen, recorded):
    wrong = [
        (reply.method, reply.status, missing)
        for reply in seen.replies
        if (missing := missing_of(reply))
    ]

    recorded("Hostile requests, answers without a header", f"{len(wrong)}/{len(seen.replies)}")
    assert wrong == []


def missing_of(reply):
    """What an answer lacks; that of the server itself is a bare text, which may do nothing."""
    headers = reply.headers
    if is_refusal(reply) or (reply.method == "HEAD" and "Referrer-Policy" not in headers):
        expected = {
            "Cache-Control": "no-store", "Content-Type": "text/plain; charset=utf-8",
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
        }  # fmt: skip
        missing = [name for name, value in expected.items() if headers.get(name) != value]
        return missing + [name for name in ("Server", "Via") if name in headers]
    is_staff = headers.get("Referrer-Policy") in ("same-origin", "strict-origin")
    is_personal = is_staff or reply.method == "POST" or "Set-Cookie" in headers
    return headers_missing(headers, is_staff=is_staff, is_personal=is_personal)


def test_what_was_thanked_is_stored_once_and_nothing_else_is(seen, recorded):
    thanked, wrong = set(), []
    for one in seen.contributions():
        if any(reply.status == 303 for reply in one.replies):
            thanked.add(one.key)
            if seen.stored[one.key].answers["suggestions"] != one.text:
                wrong.append(described(one))

    recorded(
        "Hostile requests, contributions",
        f"thanked {len(thanked)} · stored {len(seen.stored)} · of {len(seen.contributions())}",
    )
    assert wrong == []
    assert seen.times_stored == dict.fromkeys(thanked, 1)


def test_each_contribution_comes_to_what_it_has_to_come_to(seen):
    wrong = [
        described(one)
        for one in seen.contributions()
        if (one.key in seen.stored) is not (one.case.outcome is Outcome.STORED)
    ]

    assert wrong == []
    assert {one.case.outcome for one in seen.contributions()} == set(Outcome)


def test_no_log_says_anything_that_was_sent(seen):
    assert "zq" not in seen.log.lower()
    assert re.findall(r"127\.0\.0\.1|@|/recu|/contributions", seen.log) == []
