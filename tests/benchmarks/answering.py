"""What answering costs beside the least that such a site can be: `-m tests.benchmarks.answering`.

Complete responses: the form on a new connection, 25 answers, the receipt.  This machine's figures
compare with nothing but each other, and so ours and the frame's are taken in turns.
"""

import contextlib
import gzip
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from consultation.i18n import SHIPPED
from tests.benchmarks import frame
from tests.benchmarks.deployed import Deployed
from tests.benchmarks.sizes import sized
from tests.benchmarks.visitors import Connection, Visit, get, visiting
from tests.faults.server import ROOT

CLIENTS, SECONDS, ROUNDS = (1, 8, 32), sized(5.0, 0.2), sized(5, 1)
PATH, GROWN_PATH = "/mesures/T7/contribuer", "/mesures/DEMO-1/contribuer"
TEXT = "Une réponse d'une phrase ou deux, comme on en écrit : ni un mot, ni une page entière."
TICKS = os.sysconf("SC_CLK_TCK")
RADIO = re.compile(r'<input[^>]*type="radio"[^>]*name="(question_\d+)"[^>]*value="([^"]+)"')
LONG_TEXT = re.compile(r'<textarea id="(question_\d+)"')
CAPACITY = re.compile(r'<select id="(question_\d+)" name="question_\d+" aria-required')
ADDRESS = re.compile(r'name="(question_\d+)" type="email"')
ASSET = re.compile(r'(?:src|rel="stylesheet" href|rel="icon" href)="(/static/[^"]+)"')


class Frame(Deployed):
    """The least that such a site can be, by gunicorn."""

    ready = "/"

    def begin(self):
        database = self.home / "frame.sqlite"
        frame.make_tables(database)
        process = subprocess.Popen(
            frame.command(self.port), cwd=ROOT, start_new_session=True,
            env=os.environ | {"FRAME_DATABASE": str(database)},
        )  # fmt: skip
        self.group, self.wait = process.pid, process.wait


@dataclass
class Run:
    """What one setting showed, over all its rounds."""

    steps: list = field(default_factory=list)
    seconds: float = 0.0
    cpu: dict = field(default_factory=dict)
    memory: float = 0.0

    @property
    def rate(self):
        return len(self.steps) / self.seconds

    @property
    def cpu_each(self):
        return 1000 * sum(self.cpu.values()) / len(self.steps)

    def cpu_of(self, kind):
        return 1000 * self.cpu.get(kind, 0.0) / len(self.steps)

    def ms(self, share, steps=(0, 1, 2)):
        """Return how long that share of the responses, or of some of their steps, took at most."""
        took = sorted(sum(each[step] for step in steps) for each in self.steps)
        return 1000 * took[int(len(took) * share)]


def measure(run, server, visit, clients, seconds=SECONDS):
    before = cpu_of(server)
    began = time.monotonic()
    run.steps += visiting(visit, clients, seconds)
    run.seconds += time.monotonic() - began
    run.memory = memory_of(server)
    for kind, spent in cpu_of(server).items():
        run.cpu[kind] = run.cpu.get(kind, 0.0) + spent - before.get(kind, 0.0)
    return run


def cpu_of(server):
    """Seconds of processor by kind of process: those that serve, and the worker."""
    spent = {}
    members = server.members()
    for place, pid in enumerate(members):
        with contextlib.suppress(OSError):
            # The worker is forked last, and comes before what it starts itself.
            kind = "web" if isinstance(server, Frame) or place < 3 else "worker"
            spent[kind] = spent.get(kind, 0.0) + cpu_of_process(pid)
    return spent


def cpu_of_process(pid, *, with_ended=False):
    """Seconds of processor of a process, and perhaps of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11 : 15 if with_ended else 13])) / TICKS


def memory_of(server):
    """Bytes in memory, shared pages counted once."""
    return sum(of_living(_memory_of_process, server.members()))


def _memory_of_process(pid):
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.split("\nPss:")[1].split()[0]) * 1024


def of_living(figure, pids):
    """Yield the figure of each process; a worker's subprocess may have ended meanwhile."""
    for pid in pids:
        with contextlib.suppress(OSError):
            yield figure(pid)


def visit_of(port, path):
    _head, page = Connection(port).ask(get(path.encode()).replace(b"gzip", b"identity"))
    return Visit(port, path, *answers_of(page.decode()))


def answers_of(page):
    """Return how a form is answered, and the field of an address, which each response has its own.

    Of each question its first choice, which asks for nothing more, and every long text: 25 at most.
    """
    answers = {}
    for name, value in RADIO.findall(page):
        answers.setdefault(name, value)
    answers |= dict.fromkeys(LONG_TEXT.findall(page), TEXT)
    answers = dict(list(answers.items())[-24:])
    answers[CAPACITY.search(page)[1]] = "citizen"
    return answers, ADDRESS.search(page)[1]


def frame_visit(port):
    answers = {f"question_{number}": TEXT if number % 2 else "3" for number in range(frame.FIELDS)}
    return Visit(port, "/", answers)


def weight(port, path):
    """Return how many requests the form's page takes with nothing kept, and how many bytes."""
    head, body = Connection(port).ask(get(path.encode()))
    page = gzip.decompress(body)
    sizes = [len(head) + len(body)]
    for address in dict.fromkeys(ASSET.findall(page.decode())):
        sizes.append(sum(map(len, Connection(port).ask(get(address.encode())))))
    return len(sizes), sum(sizes)


def compared(folder):
    """Return what each number of clients showed, ours and the frame's in turns."""
    with ExitStack() as stack:
        ours = started(Deployed(folder / "ours"), stack)
        kinds = {"ours": (ours, visit_of(ours.port, PATH))}
        if frame.has_server():
            bare = started(Frame(folder), stack)
            kinds["frame"] = bare, frame_visit(bare.port)
        found = {(name, clients): Run() for clients in CLIENTS for name in kinds}
        for _server, visit in kinds.values():  # what is made once is made
            visiting(visit, 4, SECONDS / 5)
        for _ in range(ROUNDS):
            for (name, clients), run in found.items():
                measure(run, *kinds[name], clients)
        return found, weight(ours.port, PATH)


def started(server, stack):
    stack.callback(server.close)
    server.start()
    return server


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found, (requests, size) = compared(folder)
        commits = frame.committing(folder / "commits.sqlite", SECONDS)
    print_table(found, requests, size, commits)
    for languages in ("fr en", " ".join(SHIPPED)):
        print(flush=True)
        subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.receipt_steps"], cwd=ROOT, check=True,
            env=os.environ | {"CONSULTATION_LANGUAGES": languages},
        )  # fmt: skip


def print_table(runs, requests, size, commits):
    """Print the table that docs/performances.md quotes."""
    eight = runs["ours", 8]
    rows = [
        ("réponses complètes par seconde, 1 / 8 / 32 visiteurs", rates(runs, "ours")),
        ("p50 / p95 / p99 à 8 visiteurs, ms", tail(eight)),
        ("p95 à 32 visiteurs, ms", f"{runs['ours', 32].ms(0.95):.0f}"),
        ("processeur du serveur par réponse, ms : web + service",
         f"{eight.cpu_of('web'):.1f} + {eight.cpu_of('worker'):.1f}"),
        ("mémoire en charge (PSS), tous les processus",
         f"{max(run.memory for (name, _), run in runs.items() if name == 'ours') / 1e6:.0f} Mo"),
        ("page du formulaire, sans cache", f"{requests} requêtes, {size / 1000:.0f} ko"),
        ("SQLite seul, 26 lignes par écriture durable", f"{commits:.0f} par seconde"),
        *(of_frame(runs) if ("frame", 8) in runs else [("le cadre nu", frame.LACKING)]),
    ]  # fmt: skip
    print(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cœurs virtuels\n")
    print("| Mesure | Valeur |\n| --- | --- |")
    for label, value in rows:
        print(f"| {label} | {value} |")


def of_frame(runs):
    """Return the same rows of the bare frame."""
    bare = runs["frame", 8]
    return [
        ("le cadre nu : réponses par seconde", rates(runs, "frame")),
        ("rapport au cadre nu, 8 visiteurs", f"{runs['ours', 8].rate / bare.rate:.2f}"),
        ("le cadre nu : p50 / p95 / p99 à 8 visiteurs, ms", tail(bare)),
        ("le cadre nu : p95 à 32 visiteurs, ms", f"{runs['frame', 32].ms(0.95):.0f}"),
        ("le cadre nu : processeur par réponse, ms", f"{bare.cpu_each:.1f}"),
    ]


def rates(runs, name):
    return " / ".join(f"{runs[name, clients].rate:.0f}" for clients in CLIENTS)


def tail(run):
    return " / ".join(f"{run.ms(share):.0f}" for share in (0.5, 0.95, 0.99))


if __name__ == "__main__":
    main()
