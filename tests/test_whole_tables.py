"""The rule by which a table that is gone through again and again is found."""

import sqlite3
from contextlib import closing

import pytest

from tests.whole_tables import AGAIN, ONCE, scans


@pytest.fixture
def plan_of():
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT)")
        connection.execute("CREATE TABLE said (id INTEGER PRIMARY KEY, person_id, word UNIQUE)")
        yield lambda statement: connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT * FROM said WHERE word = 'oui'", []),
        ("SELECT count(*) FROM said AS said_1", [("said", ONCE)]),
        ("DELETE FROM said WHERE person_id = 3", [("said", ONCE)]),
        (
            "SELECT EXISTS (SELECT * FROM said WHERE said.person_id = person.id) FROM person",
            [("person", ONCE), ("said", AGAIN)],
        ),
        ("SELECT * FROM person CROSS JOIN said WHERE person.id < 9", [("said", AGAIN)]),
        (
            "SELECT * FROM said JOIN person ON person.id = said.person_id WHERE said.word = 'oui'",
            [],
        ),
        (
            "SELECT name FROM person WHERE id = 3 UNION ALL SELECT person_id FROM said",
            [("said", ONCE)],
        ),
    ],
)
def test_plan_says_which_tables_are_gone_through_and_how_often(plan_of, statement, expected):
    assert list(scans(statement, plan_of(statement))) == expected
