"""What costs more where more is stored, each as a ratio with its goal.

`python -m tests.benchmarks.growth`, about ten minutes.  Pages among few and among many responses
are asked for in turns.
"""

import os
import statistics
import tempfile
import time
from contextlib import ExitStack, redirect_stderr
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from consultation import create_app
from consultation.db import upgrade
from consultation.extensions import db
from consultation.mail.delivery import loop
from tests.benchmarks import exporting, moderating, sending
from tests.benchmarks.answering import GROWN_PATH, Run, measure, visit_of
from tests.benchmarks.deployed import Deployed
from tests.benchmarks.sizes import sized
from tests.benchmarks.visitors import visiting

FEW, TENTH, MANY = sized((1_000, 10_000, 100_000), (20, 20, 40))
CLIENTS, SECONDS, ROUNDS = 2, sized(5.0, 0.2), sized(6, 1)
EXPORTS = {TENTH: sized(3, 1), MANY: 1}
FLAT = 1.1
LONGEST_EXPORT = 10.0  # seconds, of a workbook of `TENTH` responses


@dataclass
class Growth:
    """What the same thing costs among few and among many; the ratio that it may have at most."""

    label: str
    small: float
    large: float
    goal: float = FLAT

    def __str__(self):
        ratio = self.large / self.small
        is_reached = "tenu" if ratio <= self.goal else "manqué"
        return (
            f"| {self.label} | {self.small:.2f} | {self.large:.2f} | × {ratio:.2f}"
            f" | ≤ {self.goal:g} | {is_reached} |"
        )


def main():
    print(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cœurs virtuels\n")
    print("| Mesure | peu | beaucoup | rapport | visé | |")
    print("| --- | ---: | ---: | ---: | ---: | --- |")
    for growth in growths():
        print(growth, flush=True)


def growths():
    with tempfile.TemporaryDirectory() as name:
        homes = {size: Path(name) / str(size) for size in (FEW, TENTH, MANY)}
        for size, folder in homes.items():
            folder.mkdir()
            exporting.in_process(exporting.fill, folder, size)
        yield from exported(homes)
        yield from answered(homes)
    yield from moderated()
    yield from delivered()


def exported(homes):
    """Seconds and memory of exports to XLSX: of several, those that others disturbed least."""
    found = {}
    for size, times in EXPORTS.items():
        each = [exporting.in_process(exporting.export, homes[size], "xlsx") for _ in range(times)]
        found[size] = [min(figures) for figures in zip(*each, strict=True)]
    (tenth, tenth_cpu, tenth_peak), (many, many_cpu, many_peak) = found.values()
    of_both, proportion = f"classeur de {TENTH} et de {MANY} contributions", MANY / TENTH
    yield Growth(f"classeur de {TENTH} contributions, s : visé, mesuré", LONGEST_EXPORT, tenth, 1)
    yield Growth(f"{of_both}, s", tenth, many, proportion)
    yield Growth(f"{of_both}, s de processeur", tenth_cpu, many_cpu, proportion)
    yield Growth(f"{of_both}, Mio", tenth_peak, many_peak, 1.2)


def answered(homes):
    """What visitors see of a site that holds few responses, and of one that holds many."""
    with ExitStack() as stack:
        runs = {}
        for size in (FEW, MANY):
            home = homes[size] / "home"
            server = Deployed(home, f"sqlite:///{home / 'db.sqlite'}")
            stack.callback(server.close)
            server.start()
            runs[size] = Run(), server, visit_of(server.port, GROWN_PATH)
            visiting(runs[size][2], CLIENTS, SECONDS / 5)
        for _ in range(ROUNDS):
            for run, server, visit in runs.values():
                measure(run, server, visit, CLIENTS, SECONDS)
    small, large = (run for run, _server, _visit in runs.values())
    among = f"parmi {FEW} et {MANY} réponses, ms"
    for label, step in {"envoi": 1, "page": 0}.items():
        for name, share in {"p95": 0.95, "p50": 0.5}.items():
            figures = (run.ms(share, (step,)) for run in (small, large))
            yield Growth(f"{label}, {name}, {among}", *figures)
    yield Growth(
        f"réponse complète {among} de processeur", small.cpu_of("web"), large.cpu_of("web")
    )


def delivered():
    """Processor of the worker for one mail, of few and of many that wait."""
    each = [milliseconds_a_mail(waiting) for waiting in (FEW, MANY)]
    yield Growth(f"un courriel parmi {FEW} et {MANY} en attente, ms de processeur", *each)


def milliseconds_a_mail(waiting):
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(
            {
                "HOME": folder,
                "DATABASE_URL": f"sqlite:///{folder}/db.sqlite",
                "BASE_URL": "https://consultation.example",
                "MAIL_HOURLY_CAP": 0,
            }
        )
        with app.app_context():
            upgrade.upgrade(db.engine)
            sending.enqueue_mails(waiting, "")
            with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
                costs = [deliver(app) for _ in range(ROUNDS)]
            db.session.remove()
            db.engine.dispose()
    return statistics.median(costs)


def deliver(app):
    """Deliver some of the mails that wait; return the ms of processor for each."""
    left = iter(range(FEW // ROUNDS))
    began = time.process_time()
    count = loop.deliver(db.session(), app.config, lambda: next(left, None) is None)
    return 1000 * (time.process_time() - began) / count.sent


def moderated():
    """Processor of each page of a moderator, while few texts wait and while many do."""
    few, many = moderating.pages(FEW), moderating.pages(MANY)
    for name, (spent, _queries) in few.items():
        medians = (statistics.median(each) for each in (spent, many[name][0]))
        yield Growth(f"modération : {name}, {FEW} et {MANY} textes, ms de processeur", *medians)


if __name__ == "__main__":
    main()
