"""Processor seconds of the tests, by package and tier: measured, and compared with those kept.

What tests start counts too: servers, browsers, subprocesses.  `--keep-costs` writes the seconds of
this run into tests/costs.csv.  They fail nothing: a machine is not another.
"""

import collections
import contextlib
import csv
import os
import statistics
from pathlib import Path

import pytest

from tests import tiers

FILE = Path(__file__).with_name("costs.csv")
DATABASES = ("sqlite", "postgresql")
GROWN = 4 / 3
"""From there on a package is named."""
LEAST = 5.0
"""Seconds: below, chance is larger than what anybody wrote."""
ENOUGH = 8
"""Packages from which it is seen how fast this machine is beside the one that was measured."""
TICKS = os.sysconf("SC_CLK_TCK")
PROPERTY = "processor"


def spent(pid):
    """Seconds of processor of a process, of what it has started and of what that has started.

    What ends while it is counted counts for who waited for it, who was perhaps counted before:
    then all are counted again.
    """
    while True:
        with contextlib.suppress(OSError):
            return sum(map(ticks_of, family(pid))) / TICKS


def family(pid):
    waiting = [str(pid)]
    while waiting:
        place = Path("/proc", waiting.pop())
        yield place
        for task in (place / "task").iterdir():
            waiting += (task / "children").read_text().split()


def ticks_of(place):
    fields = (place / "stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15]))


class Meter:
    """Notes with each test what it took of the processor."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item):
        self.before = spent(os.getpid())
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item):
        result = yield
        seconds = round(spent(os.getpid()) - self.before, 2)
        item.user_properties.append((PROPERTY, max(seconds, 0.0)))
        return result


class Bill:
    """Adds up what the tests took, and compares it with what is kept."""

    def __init__(self, database, is_kept):
        self.database, self.is_kept = database, is_kept
        self.seconds, self.of_tests = collections.Counter(), {}

    def pytest_runtest_logreport(self, report):
        noted = dict(report.user_properties)
        if report.when == "teardown" and PROPERTY in noted:
            self.seconds[package_of(report.nodeid), noted[tiers.PROPERTY]] += noted[PROPERTY]
            self.of_tests.setdefault(tiers.name_of(report.nodeid), []).append(noted[PROPERTY])

    def pytest_terminal_summary(self, terminalreporter):
        if not self.seconds:
            return
        kept = read()
        lines = grown(self.seconds, {name: row[self.database] for name, row in kept.items()})
        of_tiers = (
            f"{sum(it for (_, its), it in self.seconds.items() if its == tier):.0f} s of {tier}"
            for tier in sorted({its for _, its in self.seconds})
        )
        total = f"processor on {self.database}: {', '.join(of_tiers)}"
        terminalreporter.write_line("; ".join([total, *lines]))
        if self.is_kept:
            write(kept, self.database, self.seconds)
            if self.database == "sqlite":
                tiers.keep_costly(self.of_tests)


def plugins(config):
    """The part of this process: where tests run, where reports come together, or both."""
    if os.path.isdir("/proc/self/task"):
        yield Meter()
    if not hasattr(config, "workerinput"):
        yield Bill(config.getoption("database"), config.getoption("keep_costs"))


def package_of(nodeid):
    """The folder under `tests` that a test lies in, or `tests`."""
    folders = nodeid.split("::")[0].split("/")[1:-1]
    return folders[0] if folders else "tests"


def grown(seconds, kept):
    """Say which packages of which tier grew by a third, this machine's speed left out."""
    ratios = {
        name: spent / kept[name] for name, spent in seconds.items() if kept.get(name, 0) >= LEAST
    }
    speed = statistics.median(ratios.values()) if len(ratios) >= ENOUGH else 1.0
    return [
        f"{package} ({tier}) grew from {kept[package, tier] * speed:.0f}"
        f" to {seconds[package, tier]:.0f} s"
        for (package, tier), ratio in sorted(ratios.items())
        if ratio >= GROWN * speed
    ]


def read(path=FILE):
    """Return the seconds that are kept, by package and tier, then by database."""
    rows = csv.DictReader(path.read_text("utf-8").splitlines()) if path.exists() else ()
    return {
        (row["package"], row["tier"]): {name: float(row[name] or 0) for name in DATABASES}
        for row in rows
    }


def write(kept, database, seconds, path=FILE):
    """Put the seconds of a run on one database in the place of those that were kept."""
    rows = {name: dict.fromkeys(DATABASES, 0.0) for name in {*kept, *seconds}}
    for name, row in rows.items():
        row |= kept.get(name, {})
        row[database] = round(seconds.get(name, row[database]), 1)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["package", "tier", *DATABASES])
        writer.writerows([*name, *rows[name].values()] for name in sorted(rows))
