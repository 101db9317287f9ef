"""A server of one's own, on the database that the suite runs on."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults.cluster import Cluster, make_folder, remove
from tests.faults.server import ROOT, Server
from tests.faults.visiting import History
from tests.mail.smtp_server import certificate_authority as certificate_authority
from tests.mail.smtp_server import smtp_sink as smtp_sink


def pytest_collection_modifyitems(items):
    """Mark the programmes as such."""
    here = Path(__file__).parent
    for item in (item for item in items if here in item.path.parents):
        item.add_marker(pytest.mark.faults)


LOG_LINES = 40


@pytest.fixture
def make_server(tmp_path, keys_dir, database_url):
    """Make servers that end with the test, however it ends, and tell the ends of their logs."""
    made = []

    def make(**settings):
        home = tmp_path / f"home{len(made)}"
        home.mkdir()
        server = Server(home, **({"database_url": database_url, "KEYS_DIR": keys_dir} | settings))
        made.append(server)
        return server

    yield make
    for server in made:
        server.close()
        if server.log.exists():
            print(*server.log.read_text().splitlines()[-LOG_LINES:], sep="\n")


@pytest.fixture
def server(make_server):
    """A server that runs, with the shipped plan and an open round."""
    running = make_server()
    running.start()
    return running


@pytest.fixture
def history(tmp_path):
    """What visitors have seen, in a file that the application knows nothing of."""
    written = History(tmp_path / "history.jsonl")
    yield written
    written.close()


@pytest.fixture
def cluster():
    """A PostgreSQL that this test alone uses, and may stop."""
    folder = make_folder()
    own = Cluster(folder)
    yield own
    own.close()
    remove(folder)


class Forks:
    """Processes that each do one thing of `tests.faults.forks`, to be killed or waited for."""

    def __init__(self, settings):
        told = {n: str(it) if isinstance(it, Path) else it for n, it in settings.items()}
        self.launcher = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.forks", json.dumps(told)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, deed):
        """Begin a deed in a process of its own; return its id."""
        self.launcher.stdin.write(f"{deed}\n")
        self.launcher.stdin.flush()
        return int(self.launcher.stdout.readline())

    def wait(self, pid, seconds=60):
        """Return once the process has ended."""
        end = time.monotonic() + seconds
        while Path(f"/proc/{pid}").exists():
            assert time.monotonic() < end, "it does not end"
            time.sleep(0.01)

    def close(self):
        self.launcher.stdin.close()
        self.launcher.wait(60)
        self.launcher.stdout.close()


@pytest.fixture
def forks(settings, app):
    """Processes that know the settings of the test."""
    running = Forks(settings)
    yield running
    running.close()
