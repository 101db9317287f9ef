"""Modules of each kind of process, after one request of each sort, one mail and one export."""

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.exports.orders import jobs
from consultation.exports.orders.order import Order
from consultation.jobs.models import JobStatus
from consultation.server import memory, run
from consultation.spreadsheets.writer import Format
from consultation.work.services import Work
from tests.accounts.builders import PASSWORD, make_account
from tests.exports.staff import Staff
from tests.faults.server import Server, wait_for
from tests.faults.travelling import Traveller
from tests.faults.visiting import PATH, Form
from tests.mail.smtp_server import certificate_authority as certificate_authority
from tests.mail.smtp_server import smtp_sink as smtp_sink

EMAIL = "lou@association.example"
SPACE = re.compile(r"(/contributions/ouvrir/\S+)")
KINDS = ("parent", "web", "web", "worker")
"""The processes of a site, in the order in which they start."""

EVERYWHERE = {
    "altcha", "argon2", "babel", "blinker", "click", "cryptography", "cython_runtime", "dotenv",
    "email_validator", "environs", "flask", "flask_babel", "flask_mail",
    "flask_sqlalchemy", "flask_wtf", "greenlet", "idna",
    "itsdangerous", "jinja2", "markdown_it", "markupsafe", "marshmallow", "mdurl", "nh3",
    "passlib", "phonenumbers", "pyrage", "pytz", "segno", "rapidfuzz", "snowballstemmer",
    "sqlalchemy", "stdnum", "structlog", "typing_extensions", "waitress", "werkzeug", "wtforms",
    "xlsxwriter",
}  # fmt: skip
"""Third-party packages that the parent imports before it forks, with what they import."""
OF_TOOLS = {"attr", "pygments", "rich"}
"""What structlog imports where it finds rich: the tests' tools bring it, a site has none."""
BESIDE = {"parent": set(), "web": set(), "worker": set()}
"""Those that a kind of process imports beside, after the fork."""


@pytest.fixture
def start(tmp_path, keys_dir, smtp_sink):
    """Start a site that ends with the test."""
    (tmp_path / "home").mkdir()
    started = []

    def run(database):
        own = {"EXPORTS_DIR": tmp_path / "exports", "BASE_URL": "http://127.0.0.1:8000"}
        site = Server(
            tmp_path / "home",
            database,
            is_bare=True,
            KEYS_DIR=keys_dir,
            **own,
            **smtp_sink.settings,
        )
        started.append(site)
        site.start()
        return site

    yield run
    for site in started:
        site.close()


def order_export(session, account):
    """Let the worker export the first round, and wait until it has."""
    organiser = Staff(account)
    with writing(session):
        job, _ = jobs.order(Work(session, organiser, now()), Order("tour-1", Format.XLSX))
        public_id = job.public_id

    def is_done():
        session.rollback()
        session.expire_all()
        return jobs.find(Work(session, organiser), public_id).job.status is JobStatus.DONE

    wait_for(is_done)


def visit_once(server, session, smtp_sink):
    """One request of each sort, one mail, one export; each web process serves some of them."""
    form = Form(server, PATH, "Une seule fois", "jeanne@exemple.fr")
    _status, receipt = form.post(server)
    assert server.get(receipt)[0] == 200
    mail = wait_for(lambda: smtp_sink.mails)[0]
    visitor = Traveller([server])
    link = SPACE.search(mail.part("plain"))[1]
    visitor.get(link)
    visitor.post(link)
    assert visitor.get("/contributions/")[0] == 200
    account = make_account(session, EMAIL, Role.ORGANISER)
    organiser = Traveller([server])
    organiser.get("/connexion")
    assert organiser.post("/connexion", {"email": EMAIL, "password": PASSWORD})[0] == 302
    for page in ("/organisation/", "/organisation/compte/deux-etapes"):
        assert organiser.get(page)[0] == 200
    order_export(session, account)


@cache
def of_python():
    """What Python imports as soon as it starts: that of Debian has a module of its own there."""
    command = [sys.executable, "-c", "import sys; print(*sys.modules)"]
    started = subprocess.run(command, capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in started.stdout.split()}


def packages_in(modules):
    """The third-party packages among modules, without their compiled parts."""
    names = {name.partition(".")[0] for name in modules if not name.startswith("_")}
    return names - set(sys.stdlib_module_names) - of_python() - OF_TOOLS - {"consultation", "tests"}


@pytest.mark.only("sqlite")
def test_worker_lets_web_processes_go_first(start, database_url):
    server = start(database_url)

    parent, first, second, worker = server.processes()

    def niceness(pid):
        return os.getpriority(os.PRIO_PROCESS, pid)

    nicer = min(19, niceness(parent) + run.WORKER_NICENESS)
    assert niceness(first) == niceness(second) == niceness(parent)
    assert wait_for(lambda: niceness(worker) == nicer)


@pytest.mark.only("sqlite")
def test_processes_hold_what_their_kind_needs_and_no_more(start, session, smtp_sink, database_url):
    server = start(database_url)

    visit_once(server, session, smtp_sink)

    found = [
        (kind, packages_in(server.modules_of(pid)))
        for kind, pid in zip(KINDS, server.processes(), strict=True)
    ]

    assert [(kind, packages ^ (EVERYWHERE | BESIDE[kind])) for kind, packages in found] == [
        (kind, set()) for kind in KINDS
    ]


@pytest.mark.only("sqlite")
def test_first_start_leaves_nothing_of_the_migrations_behind(start, tmp_path):
    server = start(f"sqlite:///{tmp_path / 'new.sqlite'}")

    assert server.get("/mesures")[0] == 200
    assert [packages_in(server.modules_of(pid)) for pid in server.processes()] == [
        EVERYWHERE
    ] * len(KINDS)


@pytest.mark.only("sqlite")
def test_parent_holds_no_connection_that_its_children_would_share(start, tmp_path):
    server = start(f"sqlite:///{tmp_path / 'new.sqlite'}")

    opened = [path.readlink().name for path in Path(f"/proc/{server.group}/fd").iterdir()]

    assert [name for name in opened if "sqlite" in name] == []


def test_rehearsed_pages_are_pages(client, session):
    for path in memory.REHEARSED:
        assert client.get(path).status_code == 200, path
