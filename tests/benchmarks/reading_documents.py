"""Forty readers of each document while forms are sent: `-m tests.benchmarks.reading_documents`.

On SQLite, on PostgreSQL, and on two servers of one PostgreSQL.  A reader who is told to come back
does so when told; what counts is how long it took until the file was there.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import sqlalchemy as sa

from consultation.documents.formats import formats_here
from tests.benchmarks.deployed import Deployed, demonstrate
from tests.benchmarks.sizes import sized
from tests.faults.cluster import Cluster, make_folder, remove
from tests.faults.visiting import Form

MEASURES, RESPONSES = sized((60, 500), (4, 20))
READERS, VISITORS = sized((40, 4), (4, 1))
ADDRESS = "http://127.0.0.1:8000"
"""Of the site, the same for all its servers: documents follow from it."""
PATIENCE = 60.0  # seconds in which each reader has to have the file
MOST_OF_FORM = 1.0  # seconds, p95
SOONEST = sized(60, 1)  # seconds after which a reader comes back, unless told an earlier time
LONGEST_JOB = 900.0  # seconds
MADE = sa.text("SELECT count(*) FROM job WHERE kind = 'published_documents' AND status = 'done'")
OTHERS = [
    "/document/edition-1.pdf?depuis=0", "/bilan/1/donnees.zip",
    "/mesures/{code}/formulaire.pdf", "/mesures/{code}/affiche.pdf",
]  # fmt: skip
WIDTHS = "{:<34}{:>7}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}"


def main():
    print(WIDTHS.format("document", "later", "p50", "p95", "lost", "forms", "p95", "refused"))
    for name, is_postgresql, count in (
        ("SQLite", False, 1), ("PostgreSQL", True, 1), ("PostgreSQL, two servers", True, 2),
    )[: sized(3, 1)]:  # fmt: skip
        with ExitStack() as stack:
            folder = make_folder()
            stack.callback(remove, folder)
            cluster = None
            if is_postgresql:
                cluster = Cluster(folder)
                stack.callback(cluster.close)
            servers = begun(stack, folder, cluster.url if cluster else "", count)
            read_all(name, servers, folder / "home")


def begun(stack, folder, url, count):
    """Start web servers of a demonstration, with a worker; return them once the files are made."""
    home = folder / "home"
    home.mkdir()
    demonstrate(home, MEASURES, RESPONSES, **({"DATABASE_URL": url} if url else {}))
    parts = [None] if count == 1 else ["web"] * count + ["worker"]
    servers = [Deployed(home, url, only=part, BASE_URL=ADDRESS) for part in parts]
    for server in servers:
        stack.callback(server.close)
        server.start()
    engine = sa.create_engine(url or f"sqlite:///{home / 'consultation.sqlite'}")
    stack.callback(engine.dispose)
    began = time.monotonic()
    while not count_of(engine, MADE):
        assert time.monotonic() < began + LONGEST_JOB, "the files are not made"
        time.sleep(0.5)
    print(f"  files of what is published made in {time.monotonic() - began:.0f} s")
    return servers[:count]


def count_of(engine, statement):
    with engine.connect() as connection:
        return connection.scalar(statement)


def read_all(name, servers, home):
    print(name)
    code = "DEMO-1"
    formats = formats_here(home) if not sized(0, 1) else ("html",)
    frozen = [
        *(f"/bilan/1/bilan.{format}" for format in formats),
        *(f"/document/edition-1.{format}" for format in formats),
        "/en/bilan/1/bilan.html",
    ]
    for path in (*frozen, *OTHERS):
        row(servers, path.format(code=code), f"/mesures/{code}/contribuer", path in frozen)


def row(servers, path, form, is_frozen):
    """Read one document at once with all readers, and print what they and who answers met."""
    done = threading.Event()
    forms = Forms(servers, form, done)
    with ThreadPoolExecutor(READERS + VISITORS) as people:
        visitors = [people.submit(forms.send, number) for number in range(VISITORS)]
        readers = [
            people.submit(read, servers[number % len(servers)], path) for number in range(READERS)
        ]
        try:
            taken = [it.result() for it in readers]
        finally:
            done.set()
        for visitor in visitors:
            visitor.result()
    waits = sorted(seconds for seconds, _later in taken if seconds is not None)
    later = sum(later for _seconds, later in taken)
    lost = READERS - len(waits)
    print(
        WIDTHS.format(
            path, later, *(f"{at(waits, share):.2f}" for share in (0.5, 0.95)), lost,
            len(forms.waits), f"{at(sorted(forms.waits), 0.95):.2f}", forms.refused,
        ),
        flush=True,
    )  # fmt: skip
    if (
        lost
        or forms.refused
        or (is_frozen and later)
        or at(sorted(forms.waits), 0.95) > MOST_OF_FORM
    ):
        print("    more than it may")


def at(waits, share):
    return waits[int(len(waits) * share)] if waits else float("nan")


def read(server, path):
    """Return the seconds until the file was there, None after a minute, and how often it wasn't."""
    began, later = time.monotonic(), 0
    while time.monotonic() < began + PATIENCE:
        status, headers, _file = server.fetch("GET", path, timeout=PATIENCE)
        if status == 200:
            return time.monotonic() - began, later
        assert status == 503, f"{path}: {status}"
        later += 1
        time.sleep(min(SOONEST, int(headers["Retry-After"])))
    return None, later


class Forms:
    """Visitors who send forms one after the other, until the readers are done."""

    def __init__(self, servers, path, done):
        self.servers, self.path, self.done = servers, path, done
        self.waits, self.refused = [], 0

    def send(self, number):
        count = 0
        while not (self.done.is_set() and count):
            server = self.servers[(number + count) % len(self.servers)]
            form = Form(server, self.path, f"Réponse {number}.{count}")
            began = time.monotonic()
            status, _place = form.post(server)
            self.waits.append(time.monotonic() - began)
            self.refused += status != 303
            count += 1


if __name__ == "__main__":
    main()
