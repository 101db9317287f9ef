"""A real browser on a real server that sends to a real SMTP server."""

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.faults.server import Server
from tests.mail.smtp_server import certificate_authority as certificate_authority
from tests.mail.smtp_server import smtp_sink as smtp_sink

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in (item for item in items if here in item.path.parents):
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.timeout(300))


def launching(arguments):
    """Debian's Chromium, without windows or whole, else Playwright's own; none is a failure."""
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    return arguments | {"executable_path": found, "args": QUIET}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return launching(browser_type_launch_args)


@pytest.fixture
def site(tmp_path, keys_dir, database_url, smtp_sink):
    """The server, with the shipped plan and an open round."""
    home = tmp_path / "site"
    home.mkdir()
    server = Server(
        home, database_url=database_url, KEYS_DIR=keys_dir, EXPORTS_DIR=tmp_path / "exports",
        **smtp_sink.settings,
    )  # fmt: skip
    server.start()
    _open_for_good(server)
    server.address = f"http://127.0.0.1:{server.port}"
    yield server
    server.close()


def _open_for_good(server):
    """Make the trial of a new site a round like any other, as most tests look at pages of one."""
    engine = sa.create_engine(
        server.environment["CONSULTATION_DATABASE_URL"]
        or f"sqlite:///{server.home / 'consultation.sqlite'}"
    )
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE round SET is_trial = false, planned_opening = NULL"))
    engine.dispose()


@pytest.fixture
def base_url(site):
    """Where the pages of the test are; pytest-playwright reads it."""
    return site.address
