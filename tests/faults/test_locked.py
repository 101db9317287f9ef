"""A database that can't be written for a while: patience first, then a clear page."""

import contextlib
import html
import time
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from consultation.responses.models import Response, Submission
from tests.faults.visiting import Form

PATH = "/mesures/T7/contribuer"
LONGEST_WAIT = 12  # seconds


@contextlib.contextmanager
def locked(database_url):
    """Hold every write back, as a stuck process would."""
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    is_sqlite = engine.dialect.name == "sqlite"
    with contextlib.closing(engine.raw_connection()) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "BEGIN IMMEDIATE" if is_sqlite else "LOCK TABLE submission IN EXCLUSIVE MODE"
        )
        yield
        cursor.execute("ROLLBACK")


def count(session):
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).select_from(Response))


def test_lock_of_three_seconds_is_waited_out(server, session, database_url):
    form = Form(server, PATH, "Patience")
    with ThreadPoolExecutor(1) as pool:
        with locked(database_url):
            sending = pool.submit(form.send, server)
            time.sleep(3)
        status, code = sending.result()

    assert (status, count(session)) == (303, 1)
    assert code


def test_lasting_lock_stores_nothing_keeps_the_text_and_takes_the_form_once_gone(
    server, session, database_url
):
    form = Form(server, PATH, "Un texte « précieux »")
    with locked(database_url):
        began = time.monotonic()
        status, headers, page = server.request("POST", PATH, _encoded(form))
        waited = time.monotonic() - began
        other, _headers, _page = server.get("/accessibilite")
    stored = count(session), session.scalar(sa.select(sa.func.count()).select_from(Submission))
    again, code = form.send(server)  # here, for to wait once more would tell nothing new

    assert (status, other) == (503, 200)
    assert waited < LONGEST_WAIT
    assert headers["Retry-After"]
    assert "Un texte « précieux »" in html.unescape(page)
    assert "Nous ne pouvons rien enregistrer" in page
    assert stored == (0, 0)
    assert (again, count(session)) == (303, 1)
    assert code


def _encoded(form):
    from urllib.parse import urlencode

    return urlencode(form.fields)
