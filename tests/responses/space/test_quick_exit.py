"""Quick exit on the server: the space is closed, and the visitor does not wait for it."""

import re
import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.responses.models import Draft, RespondentSession
from consultation.responses.space import sessions
from tests.responses.two_measures import consultation_round as consultation_round
from tests.responses.two_measures import fields
from tests.responses.two_measures import link as link
from tests.responses.two_measures import other_form as other_form
from tests.responses.two_measures import other_measure as other_measure

pytestmark = pytest.mark.database

NEUTRAL = "https://www.meteofrance.com/"
SPACE, SPACE_FORM = "/contributions/", "/contributions/mesures/T8"
QUICKLY = 1.0  # seconds, on a machine that does other things as well
SCRIPT = {"headers": {"Accept": "application/json"}}


@pytest.fixture
def opened(client, link):
    client.post(link)
    return client


def is_open(session):
    session.rollback()
    return session.scalars(sa.select(RespondentSession.revoked_at)).all() == [None]


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_link_closes_the_space_and_leads_to_the_neutral_site(opened, session, prefix):
    answer = opened.get(f"{prefix}/quitter")

    assert (answer.status_code, answer.headers["Location"]) == (303, NEUTRAL)
    assert answer.headers["Cache-Control"] == "no-store, private"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert not is_open(session)
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert opened.get(SPACE).status_code == 403


def test_script_closes_the_space_and_is_told_nothing(opened, session):
    answer = opened.post("/quitter", headers={"Sec-Fetch-Site": "same-origin"})

    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert not is_open(session)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_has_no_space_open_only_leaves(client, form, method):
    answer = client.open("/quitter", method=method)

    assert answer.status_code == (303 if method == "GET" else 204)
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "prefetch"},
        {"X-Moz": "prefetch"},
        {"Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_what_nobody_has_clicked_closes_nothing(opened, session, headers):
    answer = opened.get("/quitter", headers=headers)

    assert is_open(session)
    assert "Set-Cookie" not in answer.headers


def test_browser_that_fetches_ahead_is_given_nothing_to_use_later(opened):
    answer = opened.get("/quitter", headers={"Sec-Purpose": "prefetch"})

    assert answer.status_code == 403
    assert "Location" not in answer.headers


def test_looking_at_the_address_closes_nothing(opened, session):
    opened.head("/quitter")

    assert is_open(session)


def test_every_public_page_leads_out_by_that_address(client, form):
    for prefix, path in (("", "/"), ("", form.path), ("/en", "/mesures")):
        page = client.get(prefix + path)
        assert f'href="{prefix}/quitter"' in page.text
        assert f'data-quick-exit="{NEUTRAL}"' in page.text
        assert "connect-src 'self'" in page.headers["Content-Security-Policy"]


def test_staff_pages_let_no_script_send_anything(client, form):
    assert "connect-src" not in client.get("/connexion").headers["Content-Security-Policy"]


@pytest.fixture
def locked(app):
    """The database, held by somebody else who writes; what it returns lets it go."""
    held, done = threading.Event(), threading.Event()

    def keep_busy():
        with app.app_context(), writing(db.session()):
            db.session.execute(sa.update(RespondentSession).values(created_at=now()))
            held.set()
            done.wait(60)

    thread = threading.Thread(target=keep_busy)
    thread.start()
    held.wait(60)

    def let_go():
        done.set()
        thread.join()

    yield let_go
    let_go()


def test_leaving_waits_for_nobody_who_writes_and_the_space_is_closed_all_the_same(
    opened, session, locked
):
    """The answer is there at once; what it could not write is written once it has gone."""
    session.rollback()
    begun = time.monotonic()

    answer = opened.get("/quitter", buffered=False)

    assert time.monotonic() - begun < QUICKLY
    assert (answer.status_code, answer.headers["Location"]) == (303, NEUTRAL)
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    locked()
    answer.close()
    assert not is_open(session)


def sends(client, form, **answers):
    """Send a public form; return the path of its receipt."""
    return client.post(form.path, data=form.data(**answers)).headers["Location"]


def opens(client, receipt):
    client.post(re.search(r"/contributions/ouvrir/[\w.-]+", client.get(receipt).text)[0])


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/quitter"), ("POST", "/contributions/fermer")]
)
def test_receipt_in_the_history_opens_nothing_once_its_space_was_left(
    app, client, form, other_form, method, path
):
    stranger = app.test_client()
    receipt, another = sends(client, form), sends(stranger, other_form)
    opens(client, receipt)
    opens(stranger, another)
    assert client.get(receipt).status_code == 200

    client.open(path, method=method)

    gone = client.get(receipt)
    assert gone.status_code == 410
    assert "/contributions/ouvrir/" not in gone.text
    assert client.get(f"{receipt}/code").status_code == 410
    assert stranger.get(another).status_code == 200


def dead(client, receipt):
    """Return whether neither a receipt nor the drawing of its link is displayed any more."""
    page = client.get(receipt)
    codes = {page.status_code, client.get(f"{receipt}/code").status_code}
    return codes == {410} and "/contributions/ouvrir/" not in page.text


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("prefix", ["", "/en"])
def test_first_receipt_is_dead_once_any_page_of_its_browser_is_left(
    app, client, form, other_form, session, method, prefix
):
    stranger = app.test_client()
    receipt, another = sends(client, form), sends(stranger, other_form)
    link = re.search(r"/contributions/ouvrir/[\w.-]+", client.get(receipt).text)[0]

    answer = client.open(f"{prefix}/quitter", method=method)

    assert "displayed=;" in answer.headers["Set-Cookie"]
    assert dead(client, receipt)
    assert dead(stranger, receipt)
    assert stranger.get(another).status_code == 200
    assert stranger.get(link).status_code == 200, "the link lives"
    assert client.get(SPACE).status_code == 403


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_first_receipt_is_dead_once_left_by_a_browser_without_cookies(app, client, form, method):
    receipt = sends(client, form)
    page = app.test_client(use_cookies=False).get(receipt)
    way_out = re.search(r'href="([^"]+)"[^>]*data-quick-exit', page.text)[1]

    app.test_client(use_cookies=False).open(way_out, method=method)

    assert dead(client, receipt)


def test_every_receipt_that_a_browser_was_shown_is_dead_once_it_is_left(client, form, other_form):
    receipts = [sends(client, form), sends(client, other_form)]

    client.get("/quitter")

    assert all(dead(client, receipt) for receipt in receipts)


def test_receipt_is_dead_once_a_space_is_closed_beside_it(client, form, other_form):
    first = sends(client, form)
    page = client.get(first)
    alone = sends(client, other_form)
    opens(client, alone)
    assert page.status_code == 200

    client.post("/contributions/fermer")

    assert dead(client, first)
    assert dead(client, alone)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_receipt_lives_when_nobody_has_clicked(client, form, headers):
    receipt = sends(client, form)

    for way_out in ("/quitter", f"{receipt}/quitter"):
        client.get(way_out, headers=headers)

    assert client.get(receipt).status_code == 200


def test_form_gone_back_to_is_told_nothing_once_its_browser_was_left(client, form):
    data = form.data()
    client.post(form.path, data=data)
    asked = {"submission_key": data["submission_key"], "intent": "sent"}
    assert "Envoyé" in client.post(form.path, data=asked).json["sentence"]

    client.get("/quitter")

    assert client.post(form.path, data=asked).json["sentence"] == ""


def test_page_of_an_erasure_is_dead_once_its_browser_was_left(app, client, form):
    opens(client, sends(client, form))
    erased = client.post("/contributions/effacer", data={"understood": "1"}).headers["Location"]
    assert "C’est effacé" in client.get(erased).text

    client.get("/quitter")

    assert app.test_client().get(erased).status_code == 404


def test_receipt_cookie_opens_nothing_and_ends_with_the_receipt(client, form):
    answer = client.post(form.path, data=form.data())
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if "displayed=" in line)

    assert {"HttpOnly", "SameSite=Strict", "Max-Age=7200", "Path=/"} <= set(cookie.split("; "))
    assert client.get(SPACE).status_code == 403


def test_what_is_sent_after_a_space_was_left_has_its_receipt(client, form, other_form):
    opens(client, sends(client, form))
    page = client.get(SPACE_FORM)
    client.get("/quitter")

    sent = client.post(SPACE_FORM, data=fields(other_form, page), follow_redirects=True)

    assert "est enregistrée" in sent.text


def test_page_of_a_saved_form_shows_no_link_once_its_space_was_left(client, form):
    saved = client.post(form.path, data=form.data() | {"intent": "save"}).headers["Location"]
    assert "/contributions/ouvrir/" in client.get(saved).text

    client.get("/quitter")

    gone = client.get(saved)
    assert gone.status_code == 410
    assert "/contributions/ouvrir/" not in gone.text


def save_late(client, form, page, text):
    """What the script of a form sends as its page is left, with the cookie of that moment."""
    sent = fields(form, page, suggestions=text) | {"intent": "save", "leaving": "1"}
    return client.post(SPACE_FORM, data=sent, **SCRIPT)


def late(opened, app):
    """A request that left with the cookie, before the answer that took it away."""
    name = "__Host-space"
    other = app.test_client()
    other.set_cookie(name, opened.get_cookie(name).value, secure=True)
    return other


def drafts(session):
    session.rollback()
    return session.scalars(sa.select(Draft)).all()


def test_last_words_of_a_form_are_saved_though_the_space_was_closed_first(
    app, opened, other_form, session
):
    page, on_its_way = opened.get(SPACE_FORM), late(opened, app)
    opened.post("/quitter")

    saved = save_late(on_its_way, other_form, page, "Le dernier mot")

    assert saved.status_code == 200
    assert "Le dernier mot" in drafts(session)[0].fields
    assert not is_open(session)
    assert on_its_way.get(SPACE_FORM).status_code == 403


def test_last_words_stay_when_an_earlier_saving_comes_after_them(app, opened, other_form, session):
    page, on_its_way = opened.get(SPACE_FORM), late(opened, app)
    earlier = fields(other_form, page, suggestions="Un début") | {"intent": "save"}
    save_late(on_its_way, other_form, page, "Le dernier mot")
    opened.post("/quitter")

    refused = on_its_way.post(SPACE_FORM, data=earlier, **SCRIPT)

    assert refused.status_code == 409
    assert "Le dernier mot" in drafts(session)[0].fields


def test_last_words_replace_what_the_same_page_saved_a_moment_before(
    app, opened, other_form, session
):
    page, on_its_way = opened.get(SPACE_FORM), late(opened, app)
    earlier = fields(other_form, page, suggestions="Un début") | {"intent": "save"}
    opened.post(SPACE_FORM, data=earlier, **SCRIPT)
    opened.post("/quitter")

    save_late(on_its_way, other_form, page, "Le dernier mot")

    assert "Le dernier mot" in drafts(session)[0].fields


def test_nothing_is_saved_any_more_a_minute_after_leaving(app, opened, other_form, session):
    page, on_its_way = opened.get(SPACE_FORM), late(opened, app)
    opened.post("/quitter")

    with time_machine.travel(now() + timedelta(minutes=1), tick=False):
        refused = save_late(on_its_way, other_form, page, "Trop tard")

    assert refused.status_code == 409
    assert drafts(session) == []


def test_page_shows_nothing_of_a_space_just_left(app, opened, other_form, session):
    """Only what a script saves is still taken: its answer tells nothing of what is there."""
    page, on_its_way = opened.get(SPACE_FORM), late(opened, app)
    opened.post("/quitter")
    sent = fields(other_form, page, suggestions="Par le bouton") | {"intent": "save"}

    refused = on_its_way.post(SPACE_FORM, data=sent)

    assert refused.status_code == 409
    assert "Votre espace s’est refermé" in refused.text
    assert drafts(session) == []


def test_whoever_was_shut_out_saves_nothing_late(app, opened, other_form, session):
    """Closed everywhere by its respondent, the space takes nothing, not even for a minute."""
    page, on_its_way = opened.get(SPACE_FORM), late(opened, app)
    session.rollback()
    with writing(session()):
        [row] = session.scalars(sa.select(RespondentSession)).all()
        sessions.close_all(session(), row.respondent_id, now())

    refused = save_late(on_its_way, other_form, page, "D'un voleur")

    assert refused.status_code == 409
    assert drafts(session) == []
