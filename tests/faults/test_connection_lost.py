"""PostgreSQL goes away at each statement of a submission: one response, and the pool recovers."""

import itertools
from collections import Counter

import pytest
import sqlalchemy as sa

from consultation.mail.delivery.claim import LEASE
from tests.faults.checking import check_all
from tests.faults.proxy import Cut, Proxy, Way
from tests.faults.test_kill import wait_for_mail
from tests.faults.visiting import PATH, Form

NEVER = 10_000
TIMES_LONG = 4


@pytest.fixture
def proxy(databases, database_url):
    """A door that the site alone uses, in front of the PostgreSQL of the suite."""
    engine = sa.create_engine(database_url, isolation_level="AUTOCOMMIT")

    def terminate(pid):
        with engine.connect() as connection:
            connection.execute(sa.text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    folder = sa.make_url(database_url).query["host"]
    door = Proxy(f"{folder}/.s.PGSQL.5432", terminate)
    yield door
    door.close()
    engine.dispose()


@pytest.fixture
def server(make_server, proxy, database_url):
    """A site of one process, without a worker that would be counted as well, behind the door."""
    through = proxy.url(sa.make_url(database_url).database)
    running = make_server(database_url=through, WEB_PROCESSES=1)
    running.start()
    return running


def count_statements(server, proxy, history):
    """How many statements a submission takes once the site is warm, and which of them commit.

    Now and then one takes more, as counts that have ended are forgotten with it.
    """
    seen = []
    for number in range(8):
        form = Form(server, PATH, f"Avant {number}", f"avant{number}@ici.fr")
        proxy.armed = Cut(NEVER, Way.DROPPED)
        form.try_once(server, history)
        seen.append((proxy.armed.seen, proxy.armed.commits))
    proxy.armed = None
    return min(seen[3:])


@pytest.mark.only("postgresql")
@pytest.mark.timeout(900)
def test_no_statement_at_which_the_database_goes_away_loses_or_doubles_a_response(
    server, proxy, session, history, recorded, is_long
):
    statements, commits = count_statements(server, proxy, history)
    outcomes, forgotten = Counter(), []
    places = {*range(statements, 0, -1 if is_long else -6), *commits}
    for way, at in itertools.product(Way, sorted(places)):
        for number in range(TIMES_LONG if is_long else 1):
            address = f"{way}{at}.{number}@ici.fr"  # a second mail to one would wait for company
            form = Form(server, PATH, f"Texte {way} {at} {number} « gardé »", address)
            proxy.armed = Cut(at, way)
            outcome = form.try_once(server, history)
            proxy.armed = None
            outcomes[outcome] += 1
            if outcome != "thanks":
                is_kept = outcome == "taken" or form.text in form.page
                forgotten += [] if is_kept else [(way, at)]
                assert form.try_once(server, history) == "thanks"
    # Of a mail whose connection went as it was noted, nobody knows before its lease ends.
    wait_for_mail(session, seconds=LEASE.total_seconds() + 300)

    figures = check_all(session, history, server.home)
    recorded(
        "R14 connection lost at each statement",
        {"statements": statements, "cuts": sum(outcomes.values())}
        | {f"then {outcome}": times for outcome, times in outcomes.items()}
        | figures,
    )
    assert forgotten == []
    assert outcomes["refused"]
    assert outcomes["unknown"]
    assert outcomes["thanks"] or not is_long
