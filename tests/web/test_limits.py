"""Rate limits: counts are shared and hashed, and fail open."""

import multiprocessing
import sqlite3
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from structlog.testing import capture_logs

from consultation.web import rate_limits
from consultation.web.rate_limits import (
    Counts,
    Limit,
    Tally,
    by_source,
    file_engine,
    key_of,
)

pytestmark = pytest.mark.database

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture
def counts(app):
    return app.extensions["throttle"]


@pytest.fixture
def rows(app, counts):
    """What the store holds, as a stranger who has its file reads it."""

    def read():
        with counts.engine().connect() as connection:
            return connection.execute(sa.text("SELECT name, hits FROM rate_limit")).all()

    return read


def another(counts):
    return Counts(counts.engine)


def test_hits_add_up_within_a_window(counts):
    hits = [
        counts.take("a", 60).hits,
        counts.take("a", 60).hits,
        counts.take("a", 60, amount=3).hits,
    ]

    assert hits == [1, 2, 5]
    assert counts.look("a") == 5
    assert counts.look("b") == 0


def test_hit_given_back_counts_no_more(counts):
    counts.take("a", 60)
    window = counts.take("a", 60)

    with capture_logs() as logged:
        counts.give_back("a", window)

    assert counts.look("a") == 1
    assert logged == []


def test_window_ends_and_another_begins(counts):
    with time_machine.travel(NOON, tick=False) as clock:
        ends_at = counts.take("a", 60).ends_at
        clock.shift(timedelta(seconds=59))
        before = counts.take("a", 60).hits
        clock.shift(timedelta(seconds=1))
        after = counts.look("a"), counts.take("a", 60).hits

    assert ends_at == NOON.timestamp() + 60
    assert (before, after) == (2, (0, 1))


def test_rows_whose_window_has_ended_are_removed(counts, rows):
    with time_machine.travel(NOON, tick=False) as clock:
        for name in "abc":
            counts.take(name, 60)
        clock.shift(timedelta(seconds=61))
        counts.take("d", 60)

        assert [row.name for row in rows()] == ["d"]


def test_two_stores_count_together(counts):
    other = another(counts)

    hits = [counts.take("a", 60).hits, other.take("a", 60).hits, counts.take("a", 60).hits]

    assert hits == [1, 2, 3]
    assert other.look("a") == 3


def _count(url, ready, hits):
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    counts = Counts(lambda: engine)
    ready.wait()
    for _ in range(hits):
        counts.take("a", 600)


def test_processes_that_begin_at_once_lose_no_hit(app, counts):
    url = counts.engine().url.render_as_string(hide_password=False)
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(2)
    workers = [context.Process(target=_count, args=(url, ready, 40)) for _ in range(2)]

    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert [worker.exitcode for worker in workers] == [0, 0]
    assert counts.look("a") == 80


def test_threads_of_one_process_lose_no_hit(app, counts):
    with app.app_context():
        engine = counts.engine()
    store = Counts(lambda: engine)
    threads = [
        threading.Thread(target=lambda: [store.take("a", 60).hits for _ in range(20)])
        for _ in range(6)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counts.look("a") == 120


def test_no_address_can_be_read_in_the_store(app, rows):
    addresses = ["192.0.2.77", "2001:db8:1:2::77"]
    app.add_url_rule("/essai", "essai", lambda: "", methods=["POST"])
    rate_limits.throttle(app, "essai", Limit(3, 60, by_source))
    client = app.test_client()

    for address in addresses:
        client.post("/essai", environ_overrides={"REMOTE_ADDR": address})

    held = repr(rows())
    assert len(rows()) == 2
    for address in (*addresses, "2001:db8:1:2::/64", "192.0.2"):
        assert address not in held


def test_key_is_another_one_tomorrow_and_for_another_purpose(app):
    with time_machine.travel(NOON, tick=False) as clock:
        today, account = key_of("source", "192.0.2.1"), key_of("account", "192.0.2.1")
        same = key_of("source", "192.0.2.1")
        clock.shift(timedelta(days=1))
        tomorrow = key_of("source", "192.0.2.1")

    assert today == same
    assert len({today, account, tomorrow}) == 3


@pytest.mark.parametrize(
    ("first", "other", "are_one"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("", "", True),
        ("unix:", "192.0.2.1", False),
    ],
)
def test_source_is_an_address_or_the_network_of_one_subscriber(app, first, other, are_one):
    def key(address):
        with app.test_request_context(environ_overrides={"REMOTE_ADDR": address}):
            return by_source()

    assert (key(first) == key(other)) is are_one


def test_counting_is_no_part_of_the_main_transaction(session, counts):
    session.execute(sa.text("SELECT 1"))

    counts.take("a", 60)
    session.rollback()

    assert counts.look("a") == 1


@pytest.fixture
def path(tmp_path):
    return tmp_path / "limits.sqlite"


@pytest.fixture
def in_file(path):
    engine = file_engine(path)
    yield Counts(lambda: engine)
    engine.dispose()


def _break_by_a_folder(path):
    path.mkdir()


def _break_by_nonsense(path):
    path.write_bytes(b"this is no database " * 100)


@pytest.mark.parametrize("break_file", [_break_by_a_folder, _break_by_nonsense])
def test_unreachable_file_lets_everybody_pass_and_is_logged(in_file, path, break_file):
    break_file(path)

    with capture_logs() as logged:
        results = in_file.look("a"), in_file.take("a", 60).hits

    assert results == (0, 0)
    assert [entry["event"] for entry in logged] == ["rate limits out of reach"] * 2


def test_page_is_served_when_nothing_can_be_counted(app, settings):
    app.add_url_rule("/essai", "essai", lambda: ("", 204), methods=["POST"])
    rate_limits.throttle(app, "essai", Limit(1, 60, by_source, lambda response: True))
    counts = app.extensions["throttle"]
    counts.engine = lambda: file_engine(settings["HOME"])

    posts = [app.test_client().post("/essai", data={"a": "b"}) for _ in range(3)]

    assert [post.status_code for post in posts] == [204] * 3


def test_file_locked_by_another_process_is_not_waited_for(in_file, path):
    in_file.take("a", 60)
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")

        hits = in_file.take("a", 60).hits

    assert hits == 0


def test_deleted_file_is_made_again_within_a_minute(in_file, path):
    with time_machine.travel(NOON, tick=False) as clock:
        in_file.take("a", 600)
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        clock.shift(timedelta(seconds=61))

        assert in_file.take("a", 600).hits == 1
    assert path.exists()


def test_who_names_many_is_counted_once_for_each(app, counts):
    def count(what):
        return counts.query(
            lambda connection: Tally(counts, connection).count_different("place", what, seconds=60),
            otherwise=0,
        )

    with app.test_request_context():
        named = [count(what) for what in ("a", "b", "a", "c", "b")]

    assert named == [1, 2, 2, 3, 3]


def test_postgresql_table_is_unlogged(postgres_server):
    engine = sa.create_engine(postgres_server.get_uri(database="postgres"), poolclass=sa.NullPool)
    Counts(lambda: engine).take("a", 60)

    with engine.connect() as connection:
        persistence = connection.scalar(
            sa.text("SELECT relpersistence FROM pg_class WHERE relname = 'rate_limit'")
        )

    assert persistence == "u"
