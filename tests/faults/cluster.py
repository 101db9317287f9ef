"""A PostgreSQL of one's own that writes to the disk, to be stopped as a power cut would."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa

from tests.databases import postgres_package


class Cluster:
    """A cluster in a folder of its own, with `fsync` and all else as PostgreSQL ships it."""

    def __init__(self, folder):
        package = postgres_package(folder)
        self.server = package.get_server(folder / "cluster", cleanup_mode="delete")
        self.sockets = sa.make_url(self.server.get_uri()).query["host"]
        self.place, self.programs = self.server.pgdata, self.server.bin_path
        self.user = self.server.system_user

    @property
    def url(self):
        return f"postgresql+psycopg://postgres@/postgres?host={self.sockets}"

    @property
    def socket(self):
        return Path(self.sockets) / ".s.PGSQL.5432"

    @property
    def pid(self):
        """The process that all others of it come from, 0 where it was stopped."""
        file = self.place / "postmaster.pid"
        return int(file.read_text().split()[0]) if file.exists() else 0

    def ask(self, statement):
        """Run one statement outside a transaction; return its first value, if it has any."""
        engine = sa.create_engine(self.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
        with engine.connect() as connection:
            result = connection.exec_driver_sql(statement)
            return result.scalar() if result.returns_rows else None

    def set(self, **settings):
        """Write settings that hold from now on, without a restart."""
        for name, value in settings.items():
            self.ask(f"ALTER SYSTEM SET {name} = '{value}'")
        self.ask("SELECT pg_reload_conf()")

    def cut(self):
        """Stop it at once, without a checkpoint and without a word to whoever is connected."""
        self._control("-m", "immediate", "stop")

    def kill(self):
        """Kill all its processes at once, as the loss of its machine would."""
        parent = self.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        pids = [parent, *map(int, children)]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        end = time.monotonic() + 30
        while any(map(_is_alive, pids)):
            assert time.monotonic() < end, "processes are left behind"
            time.sleep(0.01)

    def start(self):
        """Start it again, and wait until it has recovered."""
        options = f'-h "" -k {self.sockets}'
        self._control("-w", "-o", options, "-l", str(self.place / "log"), "start")

    def close(self):
        self.end()
        self.server.cleanup()  # which knows of no other process than the first

    def end(self):
        """End whatever still runs."""
        if _is_alive(self.pid):
            self.cut()

    def _control(self, *arguments):
        self._run("pg_ctl", "-D", self.place, *arguments)

    def _run(self, program, *arguments):
        subprocess.run(
            [self.programs / program, *arguments],
            user=self.user,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )


class Standby(Cluster):
    """A copy of a running cluster that follows it, until it takes its place.

    The primary confirms a commit when the standby has applied it.  This is set only once the copy
    is made: a copy that had the setting would wait for a standby itself, after its promotion.
    """

    NAME = "standby"

    def __init__(self, primary, folder, sockets):
        self.programs, self.user = primary.programs, primary.user
        self.sockets, self.place = str(sockets), folder / "cluster"
        for path in (folder, sockets):
            path.mkdir(exist_ok=True)
            shutil.chown(path, self.user)
        source = f"host={primary.sockets} user=postgres application_name={self.NAME}"
        self._run(
            "pg_basebackup", "-d", source, "-D", self.place, "-R", "-X", "stream", "-c", "fast"
        )
        self.start()
        primary.set(synchronous_commit="remote_apply", synchronous_standby_names=self.NAME)

    def disconnect(self):
        """Follow the primary no longer, as where the network between them is cut."""
        self.set(primary_conninfo="")
        end = time.monotonic() + 30
        while self.ask("SELECT count(*) FROM pg_stat_wal_receiver"):
            assert time.monotonic() < end, "the standby still follows"
            time.sleep(0.01)

    def promote(self):
        """Let it take writes; return when it does."""
        self._control("-w", "promote")

    def close(self):
        self.end()


def _is_alive(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def make_folder():
    """A folder on a disk that the user of PostgreSQL can enter (pytest's own are closed)."""
    folder = Path(tempfile.mkdtemp(prefix="cluster-"))
    folder.chmod(0o755)
    return folder


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)
