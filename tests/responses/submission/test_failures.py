"""Database failures: nothing typed is lost, and no page claims what it cannot know."""

import contextlib
import html
import re

import pytest
import sqlalchemy as sa
from flask import has_request_context

from consultation.db import base
from consultation.db.base import OutcomeUnknown, StorageUnavailable, writing
from consultation.extensions import db
from consultation.responses.models import Answer, Respondent, Response
from tests.questionnaires.form_reader import fields_of
from tests.responses.conftest import hidden

pytestmark = pytest.mark.database

TEXT = "Un texte « précieux » & plus <b>,\nsur deux lignes, et assez long pour être montré"


def rename(session, old, new):
    session.rollback()
    session.execute(sa.text(f"ALTER TABLE {old} RENAME TO {new}"))
    session.commit()


def texts(session):
    session.rollback()
    return session.scalars(sa.select(Answer.text).where(Answer.text.is_not(None))).all()


def test_unreadable_form_is_sent_again_from_the_page_that_says_so(app, client, form, session):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    rename(session, "measure", "away")
    page = client.post(form.path, data=form.data(suggestions=TEXT))
    rename(session, "away", "measure")

    answer = client.post(form.path, data=fields_of(page, "submission_key"))

    assert page.status_code in (500, 503)
    assert TEXT in html.unescape(page.text)
    assert answer.status_code == 303
    assert texts(session) == [TEXT]


def test_page_that_could_not_be_read_says_that_nothing_is_lost(app, client, form, session):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    rename(session, "measure", "away")

    page = client.get(form.path)

    assert page.status_code in (500, 503)
    assert "Ce que vous avez" not in page.text
    rename(session, "away", "measure")


@contextlib.contextmanager
def locked(database_url, table):
    """Let nobody read a table, as a migration or a VACUUM FULL that never ends would.

    Meanwhile statements are cut sooner than usual; not before or after, on a busy machine.
    """
    engine = sa.create_engine(database_url, poolclass=sa.NullPool)
    with engine.begin() as connection, pytest.MonkeyPatch.context() as patch:
        connection.execute(sa.text(f"LOCK TABLE {table}"))
        patch.setattr(base, "LONGEST_STATEMENT", 0.5)
        yield


@pytest.mark.only("postgresql")
@pytest.mark.timeout(60)
class TestTableThatStaysLocked:
    """PostgreSQL that answers a statement only after the lock of another connection."""

    @pytest.fixture(autouse=True)
    def without_debugger(self, app, session):
        app.config["PROPAGATE_EXCEPTIONS"] = False
        session.rollback()

    def test_reader_is_told_that_nothing_is_lost(self, client, form, database_url):
        with locked(database_url, "measure"):
            page = client.get(form.path)

        assert page.status_code == 503
        assert "Rien n’est perdu" in html.unescape(page.text)
        assert client.get(form.path).status_code == 200

    @pytest.mark.every_case
    @pytest.mark.parametrize("table", ["measure", "response"])
    def test_form_comes_back_with_its_text_and_is_taken_later(
        self, client, form, session, database_url, table
    ):
        with locked(database_url, table):
            page = client.post(form.path, data=form.data(suggestions=TEXT))
        again = client.post(form.path, data=fields_of(page, "submission_key"))

        assert page.status_code == 503
        assert TEXT in html.unescape(page.text)
        assert again.status_code == 303
        assert texts(session) == [TEXT]


@pytest.fixture
def losing_answers(app):
    """Let the database carry out commits, and lose its answers."""

    def lose(connection):
        if not has_request_context():  # what the test itself commits
            return
        connection.connection.dbapi_connection.commit()
        raise sa.exc.OperationalError("COMMIT", None, ConnectionError("reset"))

    sa.event.listen(db.engine, "commit", lose)
    yield
    sa.event.remove(db.engine, "commit", lose)


def test_commit_whose_answer_is_lost_is_not_said_to_have_failed(request, client, form, session):
    sent = form.data(suggestions=TEXT)
    request.getfixturevalue("losing_answers")

    page = client.post(form.path, data=sent)

    text = html.unescape(page.text)
    assert page.status_code == 503
    assert "Nous ne savons pas si cet envoi est enregistré" in text
    assert TEXT in text
    assert "rien n'a été enregistré" not in text


def test_failure_before_the_commit_is_sure(session):
    with pytest.raises(StorageUnavailable) as failure, writing(session):
        raise sa.exc.OperationalError("INSERT", None, ConnectionError("reset"))

    assert not isinstance(failure.value, OutcomeUnknown)
    assert session.scalar(sa.select(sa.func.count()).select_from(Response)) == 0


def test_erasure_of_unknown_outcome_is_not_said_not_to_be_done(request, app, client, form, session):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    thanks = client.post(form.path, data=form.data(), follow_redirects=True)
    client.post(re.search(r"(/contributions/ouvrir/[\w.-]+)", thanks.text)[1])
    erasing = hidden(client.get("/contributions/effacer"), "asked")
    request.getfixturevalue("losing_answers")

    page = client.post("/contributions/effacer", data={"asked": erasing, "understood": "yes"})

    session.rollback()
    assert session.scalars(sa.select(Respondent.erased_at)).one() is not None
    assert page.status_code == 503
    assert "Rien n’a été effacé" not in page.text
    assert "Nous ne savons pas si votre dernier geste a été enregistré" in page.text
