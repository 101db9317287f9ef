"""A full disk: no thank-you, no lost text, and life goes on once there is room."""

import contextlib
import html
import os
import subprocess
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from consultation import create_app
from consultation.extensions import db
from consultation.responses.models import Response
from tests.decisions.builders import make_edition, make_organiser
from tests.factories import open_for_good
from tests.faults.visiting import PATH, Form
from tests.needing import lacking
from tests.reports.builders import make_report

SIZE = "16m"
LEFT = 600_000  # bytes: less than these documents have together, and six contributions' room
DOCUMENTS = [
    "/mesures/T7/formulaire.pdf", "/mesures/T7/affiche.pdf", "/bilan/1/donnees.zip", "/plan.png",
    *(f"{name}.{extension}" for name in ("/document/edition-1", "/bilan/1/bilan")
      for extension in ("pdf", "docx", "odt", "html")),
]  # fmt: skip
pytestmark = pytest.mark.only("sqlite")  # the disk of PostgreSQL is its own affair


@pytest.fixture
def small_disk(tmp_path):
    """A file system of a few mebibytes."""
    if os.geteuid() != 0:
        lacking("only root can mount a small file system")
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", place], check=True)
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def fill(place):
    """Take all the room that is left; return the file to remove."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    return ballast


def test_full_disk_refuses_with_the_text_and_recovers_by_itself(small_disk, make_server):
    database = f"sqlite:///{small_disk / 'consultation.sqlite'}"
    server = make_server(database_url=database)
    server.start()
    forms = [Form(server, PATH, f"Texte {number} « gardé »" + " x" * 2000) for number in range(40)]
    ballast = fill(small_disk)

    answers = [server.request("POST", PATH, urlencode(form.fields)) for form in forms]
    ballast.unlink()
    healed = [form.send(server) for form in forms]

    refused = [page for status, _headers, page in answers if status == 503]
    assert refused
    assert {status for status, _headers, _page in answers} <= {303, 503}
    assert all("« gardé »" in html.unescape(page) for page in refused)
    assert {status for status, _code in healed} == {303}
    engine = sa.create_engine(database)
    with engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(Response)) == len(forms)
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    engine.dispose()


def test_full_disk_for_the_log_and_temporary_files_stops_no_answer(
    small_disk, make_server, session, recorded
):
    server = make_server(environment={"TMPDIR": str(small_disk)})
    server.log = small_disk / "log"
    server.start()
    fill(small_disk)

    answers = [Form(server, PATH, f"Texte {number}").send(server) for number in range(10)]
    session.execute(sa.text("ALTER TABLE measure RENAME TO away"))
    session.commit()
    status, _headers, page = server.get("/mesures")  # which the log is told of
    session.execute(sa.text("ALTER TABLE away RENAME TO measure"))
    session.commit()

    recorded("R4 log and temporary files full", f"{len(answers)}/10 taken")
    assert {status for status, _code in answers} == {303}
    assert all(code for _status, code in answers)
    assert status == 503
    assert "Le site ne peut pas lire ses données en ce moment" in html.unescape(page)
    assert server.get("/mesures")[0] == 200


@contextmanager
def site_at(home, database, keys_dir):
    """The session of a site, beside its server."""
    app = create_app({"HOME": home, "DATABASE_URL": database, "KEYS_DIR": keys_dir})
    with app.app_context():
        yield db.session
        db.session.remove()
        db.engine.dispose()


def test_readers_leave_the_last_bytes_of_a_disk_to_contributions(small_disk, make_server, keys_dir):
    database = f"sqlite:///{small_disk / 'consultation.sqlite'}"
    server = make_server(
        database_url=database, HOME=small_disk, environment={"TMPDIR": str(small_disk)}
    )
    server.start()
    with site_at(small_disk, database, keys_dir) as session:
        open_for_good(session)
        organiser = make_organiser(session)
        make_edition(session, organiser)
        make_report(session, organiser)
    forms = [Form(server, PATH, f"Texte {number}") for number in range(3)]
    ballast = fill(small_disk)
    os.truncate(ballast, ballast.stat().st_size - LEFT)

    fetched = {it: server.fetch("GET", it) for it in DOCUMENTS}
    answers = {it: status for it, (status, _headers, _body) in fetched.items()}
    sent = [form.send(server)[0] for form in forms]

    assert {it: status for it, status in answers.items() if status != 200 and "odt" not in it} == {}
    assert {status for it, status in answers.items() if "odt" in it} <= {404, 503}
    assert list((small_disk / "documents").glob("*")) == []
    assert sum(len(body) for _status, _headers, body in fetched.values()) > LEFT
    assert sent == [303] * len(forms)
