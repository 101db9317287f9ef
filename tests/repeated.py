"""Tests that ask PostgreSQL nothing new: each of their statements is sent by three others.

They are about data, pages and files, which SQLite shows as well.  `--keep-repeated`, on all tests
of PostgreSQL with `--every-case`, writes their names into tests/repeated.txt; a test that is not
named there runs on both databases.  Nor is one that had another process work for it, whose
statements nobody saw, or one of a file in which threads or servers meet: there the database has a
part that no statement tells.
"""

import collections
import hashlib
import os
import re
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests import costs

FILE = Path(__file__).with_suffix(".txt")
ENOUGH = 3
"""Tests that send a statement, if so many do."""
PROPERTY = "statements"
ELSEWHERE = "elsewhere"
MEETING = re.compile(r"[Tt]hread|side_by_side|beside\(|subprocess|Server\(|make_server|/readyz")
SERVED = ("tests/browser/", "tests/faults/", "tests/hostile/", "tests/programmes/")
LEAST = 0.1
"""Seconds that a test takes at least, whatever was measured."""
MOST_ELSEWHERE = 0.05
"""Seconds of processor that a test may take in other processes."""


class Recorder:
    """Notes with each test the statements that its process sent meanwhile."""

    def __init__(self):
        self.sent = set()
        sa.event.listen(sa.engine.Engine, "before_cursor_execute", self._note)

    def _note(self, _connection, _cursor, statement, *_rest):
        self.sent.add(hashlib.md5(statement.encode(), usedforsecurity=False).hexdigest()[:12])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item):
        self.sent.clear()
        self.before = _spent_elsewhere()
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item):
        result = yield
        item.user_properties.append((PROPERTY, sorted(self.sent)))
        item.user_properties.append((ELSEWHERE, _spent_elsewhere() - self.before))
        return result


def _spent_elsewhere():
    """Seconds of processor of all that this process has started."""
    return costs.spent(os.getpid()) - time.process_time()


class Register:
    """Gathers what the tests sent, and keeps the names of those that may be left out."""

    def __init__(self):
        self.sent, self.seconds, self.elsewhere = {}, {}, set()

    def pytest_runtest_logreport(self, report):
        if report.when == "teardown":
            noted = dict(report.user_properties)
            name = name_of(report.nodeid)
            self.sent.setdefault(name, set()).update(noted[PROPERTY])
            self.seconds[name] = self.seconds.get(name, 0.0) + noted.get(costs.PROPERTY, 0.0)
            if noted[ELSEWHERE] > MOST_ELSEWHERE:
                self.elsewhere.add(name)

    def pytest_terminal_summary(self, terminalreporter):
        alone = {
            name: it
            for name, it in self.sent.items()
            if name not in self.elsewhere and not has_others(name)
        }
        left_out = sorted(alone.keys() - needed(alone, self.seconds))
        FILE.write_text("".join(f"{name}\n" for name in left_out), "utf-8")
        told = sum(self.seconds[name] for name in left_out)
        terminalreporter.write_line(f"repeated: {len(left_out)} tests, {told:.0f} s of processor")


def plugins(config):
    """The part of this process, where a run is to be kept."""
    if config.getoption("keep_repeated"):
        yield Recorder()
        if not hasattr(config, "workerinput"):
            yield Register()


def name_of(nodeid):
    """The name of a test, without its case."""
    return nodeid.partition("[")[0]


def has_others(name):
    """Say whether a test lies where others than itself meet in the database."""
    place = name.partition("::")[0]
    text = (FILE.parents[1] / place).read_text("utf-8")
    return place.startswith(SERVED) or MEETING.search(text) is not None


def needed(sent, seconds):
    """Return the cheapest tests found that send each statement often enough, by their names."""
    senders = collections.Counter(it for statements in sent.values() for it in statements)
    lacking = {it: min(ENOUGH, count) for it, count in senders.items()}
    kept, left = set(), dict(sent)
    while lacking:
        best = max(left, key=lambda name: _worth(left[name], lacking, seconds.get(name, 0.0)))
        kept.add(best)
        for it in left.pop(best) & lacking.keys():
            lacking[it] -= 1
            if not lacking[it]:
                del lacking[it]
    return kept


def _worth(statements, lacking, seconds):
    """New statements for a second of processor."""
    return len(statements & lacking.keys()) / max(seconds, LEAST)


def repeated(items):
    """Return the tests that are left out, of these."""
    names = set(FILE.read_text("utf-8").split()) if FILE.exists() else set()
    return [
        item
        for item in items
        if name_of(item.nodeid) in names and item.get_closest_marker("every_case") is None
    ]
