"""PostgreSQL that answers no more: the visitor is told in time, and keeps what was typed."""

import time

import pytest
import sqlalchemy as sa

from consultation.extensions import db
from tests.faults.checking import check_history
from tests.faults.proxy import Proxy
from tests.faults.server import wait_for
from tests.faults.visiting import PATH, Form

IN_TIME = 12  # seconds
LEFT_WAITING = """SELECT count(*) FROM pg_stat_activity
    WHERE wait_event = 'SyncRep' AND query_start < now() - interval '7 seconds'"""
"""Commits that wait for the standby although the site has ceased to wait for them."""
pytestmark = [pytest.mark.only("postgresql"), pytest.mark.timeout(120)]


def try_in_time(form, server, history):
    """Send a form; return what came of it, which took no longer than is promised."""
    began = time.monotonic()
    outcome = form.try_once(server, history)
    assert time.monotonic() - began < IN_TIME
    return outcome


def pages_in_time(server):
    """Return the status of a page, which came as soon."""
    began = time.monotonic()
    status, _headers, _page = server.get("/mesures")
    assert time.monotonic() - began < IN_TIME
    return status


def test_post_without_its_only_standby_is_unknown_in_time_and_stored_once(
    cluster, settings, make_server, history, request
):
    settings["DATABASE_URL"] = cluster.url
    server = make_server(database_url=cluster.url, WEB_PROCESSES=1, RATE_LIMITS="on")
    server.start()
    form = Form(server, PATH, "Un texte « gardé » quand le secours manque", "secours@ici.fr")
    cluster.set(synchronous_standby_names="gone")

    for _ in range(2):  # sent again, it is not confirmed either: only this disk has it
        assert try_in_time(form, server, history) == "unknown"
        assert form.text in form.page
        assert "ne savons pas" in form.page
    assert pages_in_time(server) == 200
    assert cluster.ask(LEFT_WAITING) == 0

    cluster.set(synchronous_standby_names="")
    assert try_in_time(form, server, history) == "thanks"
    session = request.getfixturevalue("session")
    assert check_history(session, history.events())["stored"] == 1
    session.remove()
    db.engine.dispose()


def test_network_that_goes_silent_holds_no_visitor(database_url, make_server, history, session):
    url = sa.make_url(database_url)
    proxy = Proxy(f"{url.query['host']}/.s.PGSQL.5432", terminate=None)
    server = make_server(database_url=proxy.url(url.database), WEB_PROCESSES=1)
    server.start()
    form = Form(server, PATH, "Un texte « gardé » quand le réseau se tait", "reseau@ici.fr")

    proxy.fall_silent()
    assert try_in_time(form, server, history) != "thanks"
    assert form.text in form.page
    assert pages_in_time(server) == 503

    proxy.speak_again()
    wait_for(lambda: server.get("/mesures")[0] == 200)
    assert try_in_time(form, server, history) == "thanks"
    assert check_history(session, history.events())["stored"] == 1
    proxy.close()
