"""PostgreSQL under 1, 2 and 4 web servers, beside SQLite: `-m tests.benchmarks.several_servers`.

All of them, the database and the visitors share this machine's cores: what compares is the
processor time of a response, from which docs/performances.md reckons a larger site.  PgBouncer has
its row where it is installed.
"""

import statistics
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path

import sqlalchemy as sa

from tests.benchmarks import pooler
from tests.benchmarks.answering import (
    PATH,
    SECONDS,
    cpu_of_process,
    of_living,
    visit_of,
)
from tests.benchmarks.deployed import Deployed
from tests.benchmarks.sizes import sized
from tests.benchmarks.visitors import visiting
from tests.faults.cluster import Cluster, make_folder, remove
from tests.faults.proxy import Cut, Proxy

VISITORS, ROUNDS = sized((8, 5), (2, 1))
WEB_SERVERS = sized((1, 2, 4), (1,))
COUNTED = sized(50, 3)  # responses whose statements are counted
WAITING = sa.text("SELECT count(*) FROM outbox_message WHERE status IN ('queued', 'sending')")
CONNECTIONS = sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
SIZE = sa.text("SELECT pg_database_size(current_database())")
WRITTEN = sa.text("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")


class Site:
    """Web servers and one worker at `url`; they reach the database by `way`, if by another."""

    def __init__(self, folder, name, url, web_servers=1, way=""):
        self.engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
        shared = {"KEYS_DIR": folder / f"{name}-keys", "BASE_URL": "http://127.0.0.1:8000"}
        self.servers = []
        for number, part in enumerate(["web"] * web_servers + ["worker"]):
            home = folder / f"{name}{number}"
            home.mkdir()
            self.servers.append(Deployed(home, way or url, only=part, **shared))
            self.servers[-1].start()
        self.visits = [visit_of(server.port, PATH) for server in self.servers[:-1]]

    def ask(self, statement):
        with self.engine.connect() as connection:
            return connection.scalar(statement)

    def wait_for_mail(self):
        end = time.monotonic() + 300
        while self.ask(WAITING):
            assert time.monotonic() < end, "mail still waits"
            time.sleep(0.1)

    def cpu(self):
        """Seconds of processor of the web servers and of the worker."""
        *web, worker = (sum(of_living(cpu_of_process, it.members())) for it in self.servers)
        return {"web": sum(web), "worker": worker}

    def close(self):
        self.engine.dispose()
        for server in self.servers:
            server.close()


class Turns:
    """A visit to one server after the other."""

    def __init__(self, visits):
        self.visits = visits

    def pay(self, number):
        return self.visits[number % len(self.visits)].pay(number)


class Setting:
    """So many web servers of a site, and what each round showed."""

    def __init__(self, label, site, web_servers=1, cluster=None):
        self.label, self.site, self.cluster = label, site, cluster
        self.visit = Turns(site.visits[:web_servers])
        self.rates, self.responses, self.connections = [], 0, 0
        self.cpu = dict.fromkeys(("web", "worker", "database"), 0.0)

    def measure(self):
        before, began = self._cpu(), time.monotonic()
        responses = len(visiting(self.visit, VISITORS, SECONDS))
        self.rates.append(responses / (time.monotonic() - began))
        self.responses += responses
        if self.cluster:
            self.connections = max(self.connections, self.site.ask(CONNECTIONS) - 1)
        self.site.wait_for_mail()
        for kind, spent in self._cpu().items():
            self.cpu[kind] += spent - before[kind]

    def row(self):
        each = (f"{1000 * spent / self.responses:.1f}" for spent in self.cpu.values())
        rates = statistics.median(self.rates), min(self.rates), max(self.rates)
        return (
            self.label,
            "{:.0f} ({:.0f}–{:.0f})".format(*rates),
            *each,
            str(self.connections or "–"),
        )

    def _cpu(self):
        database = cpu_of_cluster(self.cluster) if self.cluster else 0.0
        return self.site.cpu() | {"database": database}


def cpu_of_cluster(cluster):
    """Seconds of processor of the server and all that it has ever forked."""
    parent = cluster.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return cpu_of_process(parent, with_ended=True) + sum(of_living(cpu_of_process, children))


def make_database(cluster, name):
    """Make a database, and return its address."""
    engine = sa.create_engine(cluster.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return cluster.url.replace("/postgres?", f"/{name}?")


def compared(folder, cluster):
    """Return the settings after all rounds, and bytes kept and written by a response."""
    with ExitStack() as stack:

        def begin(*arguments, **options):
            return stack.enter_context(closing(Site(folder, *arguments, **options)))

        site = begin("several", make_database(cluster, "several"), max(WEB_SERVERS))
        settings = [Setting("SQLite, 1", begin("file", f"sqlite:///{folder / 'db.sqlite'}"))]
        settings += [Setting(f"PostgreSQL, {it}", site, it, cluster) for it in WEB_SERVERS]
        if pooler.program():
            pool = stack.enter_context(closing(pooler.Pooler(cluster)))
            pooled = begin("pooled", make_database(cluster, "pooled"), 2, way=pool.url("pooled"))
            settings.append(Setting("PostgreSQL, 2, par PgBouncer", pooled, 2, cluster))
        for setting in settings:  # what is made once is made
            visiting(setting.visit, VISITORS, SECONDS / 5)
            setting.site.wait_for_mail()
        size = site.ask(SIZE)
        for _ in range(ROUNDS):
            for setting in settings:
                setting.measure()
        stored = sum(it.responses for it in settings if it.site is site)
        return settings, (site.ask(SIZE) - size) / stored, written_by_one(site)


def written_by_one(site):
    """Return how many bytes of write-ahead log a response takes, its mail included."""
    before = site.ask(WRITTEN)
    responses = len(visiting(Turns(site.visits[:1]), VISITORS, SECONDS))
    site.wait_for_mail()
    return float(site.ask(WRITTEN) - before) / responses


def statements(folder, cluster):
    """Return how many statements a response takes, its mail included."""
    url, proxy = make_database(cluster, "counted"), Proxy(cluster.socket, None)
    with closing(Site(folder, "counted", url, way=proxy.url("counted"))) as site:
        proxy.armed = Cut(0, None)
        for number in range(COUNTED):
            site.visits[0].pay(number)
        site.wait_for_mail()
        proxy.close()
        return proxy.armed.seen / COUNTED


def main():
    cluster_folder = make_folder()
    with tempfile.TemporaryDirectory() as name:
        cluster = Cluster(cluster_folder)
        try:
            settings, kept, written = compared(Path(name), cluster)
            sent = statements(Path(name), cluster)
        finally:
            cluster.close()
            remove(cluster_folder)
    print(
        "| Base et serveurs web | réponses par seconde | web, ms | service, ms | base, ms |"
        " connexions |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for setting in settings:
        print(f"| {' | '.join(setting.row())} |")
    file, one = settings[:2]
    pairs = zip(one.rates, file.rates, strict=True)
    ratio = statistics.median(ours / its for ours, its in pairs)
    print(f"PostgreSQL / SQLite, {VISITORS} visiteurs : {ratio:.2f}")
    print(
        f"par réponse : {sent:.0f} instructions, {kept:.0f} octets gardés, {written:.0f} au journal"
    )


if __name__ == "__main__":
    main()
