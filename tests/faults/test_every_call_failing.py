"""An exception at each call to the outside: a page in French, nothing half done, no open door."""

import builtins
import contextlib
import errno
import html
import io
import itertools
import os
import random
import re

import pytest
import sqlalchemy as sa
from flask import has_request_context

from consultation import clock
from consultation.accounts.models import Role
from consultation.db.base import Base
from consultation.extensions import db
from consultation.responses.models import Response
from tests.accounts.builders import Browser, make_account
from tests.questionnaires.form_reader import fields_of
from tests.responses.conftest import Form
from tests.responses.conftest import consultation_round as consultation_round
from tests.responses.conftest import form as form
from tests.responses.conftest import measure as measure
from tests.test_authorisation import REVIEWED, answer_to, path_of
from tests.test_authorisation import actors as actors

SEED = 20261124
SAMPLE = 16  # of so many routes, the gate tries one with each fault
AT, AT_LONG = (1, 2, 5), (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144)
"""At which statements of each page it fails: every one of every page would take half an hour."""
INCIDENT = re.compile(r"<code>[0-9a-f]{8}</code>")
TEXT = "Un texte « précieux » & plus <b>, assez long pour être montré"
pytestmark = [pytest.mark.once, pytest.mark.timeout(1800)]
ROUTES = [row for row in REVIEWED if row[1] in ("GET", "POST")]


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture(autouse=True)
def as_deployed(app):
    """Let exceptions end in a page, as they do in service."""
    app.config["PROPAGATE_EXCEPTIONS"] = False


@contextlib.contextmanager
def database_failing(at, error):
    """Raise at the statement of that number of a request; what is yielded counts them."""
    seen = itertools.count(1)
    reached = []

    def fail(*_arguments):
        if has_request_context() and next(seen) == at:
            reached.append(at)
            raise error

    sa.event.listen(db.engine, "before_cursor_execute", fail)
    try:
        yield reached
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", fail)


def refuse(*_arguments, **_options):
    raise OSError(errno.EIO, "the outside fails")


def break_clock(patch):
    patch.setattr(clock, "datetime", type("Stopped", (), {"now": refuse}))


def break_random(patch):
    patch.setattr(os, "urandom", refuse)
    patch.setattr(random, "_urandom", refuse)


def break_disk(patch):
    read = io.open

    def only_read(file, mode="r", *arguments, **options):
        if set(mode) & set("wax+"):
            raise OSError(errno.ENOSPC, "no room")
        return read(file, mode, *arguments, **options)

    for module in (io, builtins):
        patch.setattr(module, "open", only_read)
    patch.setattr(os, "fsync", refuse)


BREAKS = {"clock": break_clock, "random": break_random, "disk": break_disk}


def errors():
    """What a database may raise, in turn: it is away, or something that nobody has foreseen."""
    return itertools.cycle((
        sa.exc.OperationalError("SELECT", None, ConnectionError("reset")),
        RuntimeError("not foreseen: secret value"),
    ))  # fmt: skip


def rows(session):
    """How many rows each table has, but the trail.

    What it tells of is noted before it is shown: where the page then fails, it says too much, and
    would say too little the other way round.
    """
    session.rollback()
    tables = [table for table in Base.metadata.sorted_tables if table.name != "audit_event"]
    return [session.scalar(sa.select(sa.func.count()).select_from(table)) for table in tables]


def faults_of(page):
    """What is wrong with the answer to a request that met with a failure."""
    text = html.unescape(page.get_data().decode(errors="replace"))
    found = [word for word in ("Traceback", "secret value", "site-packages") if word in text]
    if page.status_code >= 500:
        found += [] if page.status_code in (500, 503) else [page.status_code]
    if page.status_code >= 500 and not page.is_json:  # `/readyz` answers machines
        found += [] if INCIDENT.search(text) else ["no incident"]
        found += [] if 'lang="fr"' in text or 'lang="en"' in text else ["no page"]
    return found


def ask(actors, row):
    """Let somebody with the right to it ask for a route; a post is empty."""
    address, method, _permission, roles, _stranger = row
    role = next((role for role in actors if role and role.value in roles.split()), None)
    browser = actors[role]
    return (browser.get if method == "GET" else browser.post)(path_of(address))


def tried(is_long):
    return ROUTES if is_long else ROUTES[SEED % SAMPLE :: SAMPLE]


def test_database_failing_at_any_statement_ends_in_a_page_and_changes_nothing(
    request, session, actors, is_long, recorded
):
    wrong, failures, before, kinds = [], 0, rows(session), errors()
    for row in tried(is_long):
        for at in AT_LONG if is_long else AT:
            with database_failing(at, next(kinds)) as reached:
                page = ask(actors, row)
            failures += len(reached)
            is_changed = bool(reached) and rows(session) != before
            before = rows(session)
            wrong += [(*row[:2], at, fault) for fault in faults_of(page)]
            wrong += [(*row[:2], at, "half done")] if is_changed and page.status_code >= 500 else []
            if not reached:
                break

    recorded("S14 database", {"routes": len(tried(is_long)), "failures": failures, "wrong": 0})
    assert not wrong, "\n".join(map(str, wrong))


def test_no_door_opens_while_the_database_fails(session, actors, is_long):
    stranger, kinds, opened = actors[None], errors(), []
    for row in tried(is_long):
        if row[3] == "everyone":
            continue
        for at in (1, 2, 3):
            with database_failing(at, next(kinds)):
                call = stranger.get if row[1] == "GET" else stranger.post
                page = call(path_of(row[0]))
            is_shut = page.status_code in (404, 500, 503) or answer_to(page) == "sign-in"
            opened += [] if is_shut else [(*row[:2], page.status_code)]

    assert opened == []


@pytest.mark.parametrize("what", BREAKS)
def test_failing_clock_random_source_or_disk_ends_in_a_page(
    session, actors, monkeypatch, what, is_long, recorded
):
    wrong, failures = [], 0
    for row in tried(is_long):
        with monkeypatch.context() as patch:
            BREAKS[what](patch)
            page = ask(actors, row)
        failures += page.status_code >= 500
        wrong += [(*row[:2], fault) for fault in faults_of(page)]

    recorded(f"S14 {what}", {"routes": len(tried(is_long)), "failures": failures, "wrong": 0})
    assert not wrong, "\n".join(map(str, wrong))


def test_submission_keeps_its_text_wherever_the_database_fails(client, form: Form, session):
    lost, kinds, key = [], errors(), None
    for at in itertools.count(1):
        sent = form.data(key=key, suggestions=TEXT)
        key = sent["submission_key"]
        with database_failing(at, next(kinds)) as reached:
            page = client.post(form.path, data=sent)
        if not reached:
            break
        session.rollback()
        assert session.scalar(sa.select(sa.func.count()).select_from(Response)) == 0
        lost += [] if TEXT in html.unescape(page.text) else [at]
        lost += [] if "submission_key" in fields_of(page, "submission_key") else [at]

    assert page.status_code == 303
    assert lost == []


def test_staff_entry_keeps_its_text_wherever_the_database_fails(app, form: Form, session):
    make_account(session, "lou@association.fr", Role.ORGANISER)
    organiser, kinds, lost = Browser(app), errors(), []
    organiser.enter("lou@association.fr")
    path = f"/organisation/contributions/saisir/{form.measure.code}"
    organiser.get(path)  # for the token of its form
    entered = {"voie": "paper", "recue": clock.in_paris(clock.now()).date().isoformat()}
    sent = form.data(suggestions=TEXT) | entered
    for at in itertools.count(1):
        with database_failing(at, next(kinds)) as reached:
            page = organiser.post(path, sent)
        if not reached:
            break
        session.rollback()
        assert session.scalar(sa.select(sa.func.count()).select_from(Response)) == 0
        lost += [] if TEXT in html.unescape(page.text) else [at]

    assert page.status_code == 303
    assert organiser.post(path, sent).headers["Location"] == page.headers["Location"]
    assert lost == []


@pytest.mark.parametrize("what", BREAKS)
def test_submission_keeps_its_text_whatever_else_fails(client, form, session, monkeypatch, what):
    sent = form.data(suggestions=TEXT)
    with monkeypatch.context() as patch:
        BREAKS[what](patch)
        page = client.post(form.path, data=sent)

    again = client.post(form.path, data=sent)

    assert page.status_code == 303 or TEXT in html.unescape(page.text)
    assert again.status_code == 303
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(Response)) == 1
