"""A real browser on a real server that sends to a real SMTP server."""

from pathlib import Path

import pytest

from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.server import run
from tests.browser import axe
from tests.factories import open_for_good
from tests.faults.server import Server
from tests.mail.smtp_server import certificate_authority as certificate_authority
from tests.mail.smtp_server import smtp_sink as smtp_sink
from tests.needing import program

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip


JOURNEYS = {
    f"test_{name}.py" for name in ("decisions", "journey", "organiser", "reports", "space_journey")
}
"""What is gone through on both databases; the rest is about pages."""


def pytest_collection_modifyitems(config, items):
    axe.Tier.is_long = config.getoption("--run-long")
    here = Path(__file__).parent
    for item in (item for item in items if here in item.path.parents):
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.timeout(300))
        if item.path.name not in JOURNEYS:
            item.add_marker(pytest.mark.once)


def pytest_runtest_setup(item):
    """Look for the browser before what drives it, which needs more of a machine."""
    if {"playwright", "browser", "browser_type", "page"} & set(getattr(item, "fixturenames", ())):
        program("chromium-headless-shell")


PATIENCE = 30_000
"""Milliseconds that what is expected of a page may take: machines are busy."""


def launching(arguments):
    """Debian's Chromium, without windows or whole."""
    from playwright.sync_api import expect  # here: who launches nothing may lack it

    expect.set_options(timeout=PATIENCE)
    return arguments | {"executable_path": program("chromium-headless-shell"), "args": QUIET}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return launching(browser_type_launch_args)


@pytest.fixture
def opened(app):
    """The first round, which is open; a module whose database has it does nothing here."""
    open_first_round(app)


@pytest.fixture
def site(opened, tmp_path, keys_dir, database_url, smtp_sink):
    """The server, with the shipped plan and an open round."""
    home = tmp_path / "site"
    home.mkdir()
    server = Server(
        home, database_url=database_url, KEYS_DIR=keys_dir, EXPORTS_DIR=tmp_path / "exports",
        **smtp_sink.settings,
    )  # fmt: skip
    server.start()
    server.address = f"http://127.0.0.1:{server.port}"
    yield server
    server.close()


def open_first_round(app):
    """Open the first round of an empty site as at a public address, where it is no trial."""
    with app.app_context():
        with writing(db.session()):
            run.prepare(db.session(), now(), is_local=True)
        open_for_good(db.session)


@pytest.fixture
def base_url(site):
    """Where the pages of the test are; pytest-playwright reads it."""
    return site.address
