"""Two hours and more of a bad mail server on a compressed clock: nothing is lost, none is twice."""

import itertools
import logging
import random
from collections import Counter, defaultdict
from datetime import timedelta

import pytest
import time_machine
import trustme

from consultation.clock import now
from consultation.mail import outbox
from consultation.mail.delivery import breakers
from consultation.mail.models import MessageStatus
from tests.mail.builders import (
    START,
    codes_of,
    deliver,
    enqueue,
    messages,
    minutes,
    wait_for_replies,
)
from tests.mail.smtp_server import DROP, HANG, TAKE_AND_DROP, Slow

MAILS, MAILS_LONG = 100, 500
DOMAINS = 20
VERBS = ("EHLO", "MAIL", "RCPT", "DATA")
SEED = 20261124
PASS = timedelta(seconds=30)
SHORT_PATIENCE = 0.3  # seconds
GREYLISTED_FOR = minutes(10)
FIRST_DELAY, LONGEST_DELAY = minutes(1), timedelta(hours=1)


@pytest.fixture
def settings(settings, smtp_sink):
    ours = {"MAIL_HOURLY_CAP": 0, "MAIL_RETURN_PATH": "retours@exemple.fr"}
    return settings | smtp_sink.settings | ours


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def quiet_server(caplog):
    """The server tells of each handshake that fails; that is what it is for."""
    caplog.set_level(logging.CRITICAL, "mail.log")


@pytest.fixture
def count(request):
    return MAILS_LONG if request.config.getoption("run_long") else MAILS


class Faults:
    """What goes wrong, one after the other, for so many minutes each."""

    def __init__(self, app, sink, chance):
        self.app, self.sink, self.chance = app, sink, chance
        self.patience = app.config["MAIL_TIMEOUT"]
        self.first_seen, self.dropped, self.unwelcome = {}, set(), {}

    def phases(self):
        always = self.sink.always
        return [
            ("healthy", 5, lambda: None),
            ("connection refused", 8, self.sink.refuse_connections),
            ("421 at the greeting", 8, lambda: always("greeting", "421 4.3.2 closing")),
            ("421 at RCPT", 6, lambda: always("RCPT", "421 4.7.0 too many")),
            ("greylisting", 25, lambda: always("RCPT", self.greylist)),
            ("451", 8, lambda: always("DATA", "451 4.3.0 local error")),
            ("452", 8, lambda: always("MAIL", "452 4.3.1 no room")),
            ("550 for some", 10, lambda: always("RCPT", self.refuse("550 5.1.1 unknown"))),
            ("554 after DATA for some", 10, lambda: always("DATA", self.refuse("554 5.7.1 spam"))),
            ("drop after DATA", 10, lambda: always("DATA", self.drop)),
            *((f"hang at {verb}", 2, self.slow(verb, HANG)) for verb in VERBS),
            ("bad certificate", 8, lambda: self.sink.shows_certificate_of(trustme.CA())),
            ("a byte now and then", 1.5, self.slow("RCPT", Slow("250 " + "a" * 99, 0.1))),
        ]

    def end(self, name):
        self.sink.clear()
        wait_for_replies(self.app, self.patience)
        if name == "connection refused":
            self.sink.accept_connections()
        if name == "bad certificate":
            self.sink.shows_own_certificate()

    def greylist(self, address):
        first = self.first_seen.setdefault(address, now())
        return "450 4.2.0 greylisted" if now() < first + GREYLISTED_FOR else None

    def refuse(self, reply):
        def answer(address):
            is_refused = self.unwelcome.setdefault(address, self.chance.random() < 0.4)
            return reply if is_refused else None

        return answer

    def drop(self, address):
        if address in self.dropped:
            return None
        self.dropped.add(address)
        return self.chance.choice((DROP, TAKE_AND_DROP))

    def slow(self, verb, reply):
        """Only here is the worker impatient: a busy machine answers late in all the phases."""

        def begin():
            wait_for_replies(self.app, SHORT_PATIENCE)
            self.sink.always(verb, reply)

        return begin


class Run:
    """The worker's passes, every thirty seconds, while mails are owed all along."""

    def __init__(self, session, app, clock, count):
        self.session, self.app, self.clock, self.count = session, app, clock, count
        self.queued = []

    def play(self, faults):
        """Go through the phases; return how many tries failed in each."""
        phases, failed = faults.phases(), {}
        shares = itertools.accumulate(lasts for _name, lasts, _begin in phases)
        whole = sum(lasts for _name, lasts, _begin in phases)
        for (name, lasts, begin), end in zip(phases, shares, strict=True):
            begin()
            passes = int(lasts * 2)
            target, start = int(self.count * end / whole), len(self.queued)
            counts = [self.one_pass(start, target, n, passes) for n in range(1, passes + 1)]
            failed[name] = sum(it[1] + it[2] for it in counts)
            faults.end(name)
            self.until(lambda: breakers.find(self.session, breakers.SERVER) is None)
        self.until(lambda: outbox.oldest_waiting(self.session) is None)
        return failed

    def one_pass(self, start, target, number, passes):
        end = start + (target - start) * number // passes
        self.queued += enqueue_until(self.session, self.app, len(self.queued), end)
        counted = deliver(self.session, self.app)
        self.clock.shift(PASS)
        return counted

    def until(self, is_over):
        for _ in range(1000):
            if is_over():
                return
            deliver(self.session, self.app)
            self.clock.shift(PASS)
        raise AssertionError("the worker does not come to an end")


def enqueue_until(session, app, start, end):
    queued = [(f"CODE-{n}", f"personne{n}@domaine{n % DOMAINS}.example") for n in range(start, end)]
    for code, address in queued:
        enqueue(session, code, address, now(), caps=outbox.Caps.of(app.config))
    return queued


def check(sink, queued):
    """Raise AssertionError where the server's log breaks a promise; return the figures."""
    tries = tries_by_recipient(sink.log)
    arrived = defaultdict(list)
    for mail in sink.mails:
        arrived[mail.recipients[0]].append(mail)
    refused = {who for who, told in tries.items() if told[-1].reply.startswith("5")}
    lost = [who for _code, who in queued if who not in arrived and who not in refused]
    unsure = Counter(said.about for said in sink.log if said.reply in (DROP, TAKE_AND_DROP))
    assert lost == [], "a mail that neither arrived nor was refused for good"
    assert refused.isdisjoint(arrived), "a mail that arrived and was refused"
    assert set(tries) <= {who for _code, who in queued}, "a mail that nobody owed"
    for who, mails in arrived.items():
        assert len(mails) <= 1 + unsure[who] <= 2, "a repeat without a drop after DATA"
    for code, who in queued:
        offered = [mail for mail in sink.offered if mail.recipients == (who,)]
        assert len({(mail.message_id, mail.content) for mail in offered}) <= 1, "another repeat"
        assert all(codes_of(mail) == [code] for mail in offered), "a mail of somebody else"
        check_tries(tries[who])
    again = sum(len(told) > 1 for told in tries.values())
    twice = sum(len(mails) > 1 for mails in arrived.values())
    return {"owed": len(queued), "lost": len(lost), "arrived": len(arrived),
            "refused": len(refused), "tries": sum(map(len, tries.values())),
            "tried again": again, "twice": twice,
            "drops after DATA": sum(unsure.values())}  # fmt: skip


def tries_by_recipient(log):
    """The last word that the server said in each try of each mail, in order.

    A try that got no further than MAIL is told apart by its return path, which names the mail.
    """
    by_path, address_of = defaultdict(list), {}
    path = None
    for said in log:
        if said.verb == "MAIL":
            path = said.about
            by_path[path].append(said)
        elif said.verb in ("RCPT", "DATA"):
            address_of[path] = said.about
            by_path[path][-1] = said
    return {address_of[path]: tries for path, tries in by_path.items()}


def check_tries(tries):
    assert all(said.reply[0] != "5" for said in tries[:-1]), "tried again after a refusal"
    done = [said for said in tries if said.verb == "DATA" and said.reply == "250 OK"]
    assert done in ([], tries[-1:]), "tried again after it was taken"
    for number, (one, after) in enumerate(itertools.pairwise(tries)):
        least = min(FIRST_DELAY * 2**number, LONGEST_DELAY)
        assert after.at - one.at >= least, "tried again too soon"


def test_bad_server_loses_no_mail_and_repeats_none(session, app, smtp_sink, clock, count, recorded):
    run = Run(session, app, clock, count)

    failed = run.play(Faults(app, smtp_sink, random.Random(SEED)))

    figures = check(smtp_sink, run.queued)
    counts = outbox.counts(session)
    lasted = now() - START
    print(f"\nfailed tries: {failed}")
    told = {"of faults": lasted} | figures | {"lost": 0, "seed": SEED}
    recorded("M1 a bad mail server", told)
    assert counts[MessageStatus.SENT] == figures["arrived"]
    assert counts[MessageStatus.UNDELIVERABLE] == figures["refused"] > 0
    assert sum(counts.values()) == figures["owed"] == count
    assert {it.last_error for it in messages(session)} == {"smtp_550", "smtp_554", None}
    assert [name for name, tries in failed.items() if not tries] == ["healthy"]
    assert timedelta(hours=2) <= lasted


def test_domain_away_for_five_days_makes_its_mails_undeliverable_and_no_others(
    session, app, smtp_sink, clock
):
    smtp_sink.always("RCPT", lambda who: "450 4.2.0 later" if "absent" in who else None)
    for number in range(8):
        enqueue(session, f"CODE-{number}", f"personne{number}@absent.example")
        enqueue(session, f"CODE-1{number}", f"personne{number}@present.example")

    seen = []
    for _ in range(5 * 24 * 2):
        deliver(session, app)
        seen.append((now() - START, outbox.counts(session)))
        clock.shift(minutes(30))
    smtp_sink.clear()
    enqueue(session, "CODE-20", "nouvelle@absent.example", now())
    clock.shift(timedelta(hours=2))
    deliver(session, app)

    given_up = [(at, it[MessageStatus.UNDELIVERABLE]) for at, it in seen]
    first = next(at for at, number in given_up if number)
    whole = next(at for at, number in given_up if number == 8)
    print(f"\nfirst given up after {first}, the eighth after {whole}")
    assert timedelta(days=4) <= first
    assert whole < timedelta(days=5)
    assert all(it[MessageStatus.SENT] == 8 for _at, it in seen)
    arrived = Counter(mail.recipients[0].partition("@")[2] for mail in smtp_sink.mails)
    assert arrived == {"present.example": 8, "absent.example": 1}
    assert {it.last_error for it in messages(session)} == {"smtp_450", None}


def test_server_away_for_thirty_days_gets_every_mail_once(
    request, session, app, smtp_sink, clock, count
):
    step = minutes(20) if request.config.getoption("run_long") else timedelta(hours=6)
    smtp_sink.refuse_connections()
    queued = enqueue_until(session, app, 0, count)

    deliver(session, app)
    while now() < START + timedelta(days=30):
        clock.shift(step)
        assert deliver(session, app) in ((0, 1, 0), (0, 0, 0))
    stalled_since = outbox.stalled_since(session)
    session.rollback()
    smtp_sink.accept_connections()
    clock.shift(timedelta(hours=2))
    after = deliver(session, app)

    assert stalled_since == START
    assert after == (count, 0, 0)
    assert outbox.counts(session)[MessageStatus.SENT] == count
    assert Counter(mail.recipients[0] for mail in smtp_sink.mails) == {
        who: 1 for _code, who in queued
    }
