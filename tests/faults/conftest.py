"""A server of one's own, on the database that the suite runs on."""

from pathlib import Path

import pytest

from tests.faults.server import Server
from tests.mail.smtp_server import certificate_authority as certificate_authority
from tests.mail.smtp_server import smtp_sink as smtp_sink


def pytest_collection_modifyitems(items):
    """Programmes that load the machine run one after the other, in one worker."""
    here = Path(__file__).parent
    for item in (item for item in items if here in item.path.parents):
        item.add_marker(pytest.mark.faults)
        item.add_marker(pytest.mark.xdist_group("faults"))


@pytest.fixture
def make_server(tmp_path, keys_dir, database_url):
    """Make servers that end with the test, however it ends."""
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


@pytest.fixture
def server(make_server):
    """A server that runs, with the shipped plan and an open round."""
    running = make_server()
    running.start()
    return running
