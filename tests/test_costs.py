"""What the tests take of the processor: counted with what they start, kept, compared."""

import os
import subprocess
import sys

from tests import costs

BUSY = "import sys, time\nwhile time.process_time() < 0.3: pass\n"


def test_what_is_started_counts_while_it_runs_and_after():
    before = costs.spent(os.getpid())
    waits = BUSY + "print(flush=True)\nsys.stdin.read()\n"
    with subprocess.Popen(
        [sys.executable, "-c", waits], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as started:
        started.stdout.readline()
        while_it_runs = costs.spent(os.getpid())
    after = costs.spent(os.getpid())

    assert while_it_runs - before >= 0.25
    assert after >= while_it_runs


def test_all_are_counted_again_when_one_ends_meanwhile(monkeypatch):
    real, gone = costs.ticks_of, []

    def ends_once(place):
        if place.name != str(os.getpid()) and not gone:
            gone.append(place)
            raise FileNotFoundError(place)
        return real(place)

    monkeypatch.setattr(costs, "ticks_of", ends_once)
    spins = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ninput()\n"
    with subprocess.Popen(
        [sys.executable, "-c", spins], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as started:
        started.stdout.readline()
        before = sum(map(real, [costs.Path("/proc", str(os.getpid()))])) / costs.TICKS

        counted = costs.spent(os.getpid())

    assert gone
    assert counted - before >= 0.25


def of_tier(seconds, tier="test"):
    return {(name, tier): it for name, it in seconds.items()}


def test_package_that_grew_by_a_third_is_named_with_its_tier():
    kept = of_tier({"mail": 30.0, "plan": 30.0, "web": 1.0}) | of_tier({"mail": 30.0}, "deep")
    spent = of_tier({"mail": 39.0, "plan": 39.0, "web": 4.0, "new": 9.0})

    assert costs.grown(spent | of_tier({"mail": 41.0}, "deep"), kept) == [
        "mail (deep) grew from 30 to 41 s"
    ]


def test_slower_machine_names_nothing():
    kept = of_tier(dict.fromkeys("abcdefgh", 10.0))
    slower = dict.fromkeys("abcdefgh", 25.0)

    assert costs.grown(of_tier(slower), kept) == []
    assert costs.grown(of_tier(slower | {"h": 40.0}), kept) == ["h (test) grew from 25 to 40 s"]


def test_seconds_that_are_kept_are_read_again(tmp_path):
    path = tmp_path / "costs.csv"
    costs.write({}, "sqlite", of_tier({"mail": 30.26, "plan": 2.0}), path)
    costs.write(costs.read(path), "postgresql", of_tier({"mail": 12.0}, "deep"), path)

    assert costs.read(path) == {
        ("mail", "test"): {"sqlite": 30.3, "postgresql": 0.0},
        ("plan", "test"): {"sqlite": 2.0, "postgresql": 0.0},
        ("mail", "deep"): {"sqlite": 0.0, "postgresql": 12.0},
    }


def test_each_package_is_a_folder_of_the_tests():
    assert costs.package_of("tests/mail/delivery/test_pacing.py::test_a[b/c]") == "mail"
    assert costs.package_of("tests/test_costs.py::test_b") == "tests"
