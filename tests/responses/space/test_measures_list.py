"""The list of measures while a space is open: what was sent, what is a draft."""

import re

import pytest

from tests.factories import make_measure


@pytest.fixture
def plan(session, measure):
    for code in ("T8", "T9"):
        make_measure(session, code, f"Mesure {code}").axis = measure.axis
    session.flush()


@pytest.fixture
def consultation_round(plan, consultation_round):
    return consultation_round


def rows(page):
    """The list item of each measure, by its code."""
    items = re.findall(r"<li><a href=\"/mesures/(\w+)\">(.*?)</li>", page.text, re.DOTALL)
    return {code: " ".join(re.sub(r"<[^>]+>", " ", item).split()) for code, item in items}


def test_list_says_what_was_sent_to_its_holder_and_to_nobody_else(app, client, form):
    sent = form.data(capacity="support_association")
    receipt = client.post(form.path, data=sent, follow_redirects=True)
    link = re.search(r'action="(/contributions/ouvrir/[\w.-]+)"', receipt.text)[1]
    assert "envoyée" not in client.get("/mesures").text

    client.post(link)
    own = client.get("/mesures")

    assert "envoyée" in rows(own)["T7"]
    assert "envoyée" not in rows(own)["T8"]
    assert "no-store" in own.headers["Cache-Control"]
    assert "envoyée" not in app.test_client().get("/mesures").text


def test_ten_minutes_leave_out_what_was_sent_and_lead_into_the_space(client, form):
    sent = form.data(capacity="support_association")
    receipt = client.post(form.path, data=sent, follow_redirects=True)
    client.post(re.search(r'action="(/contributions/ouvrir/[\w.-]+)"', receipt.text)[1])

    asked = client.get("/dix-minutes")
    capacity = {"qualite": "support_association"}
    pages = [client.post(f"/dix-minutes?tirage={it}", data=capacity).text for it in range(5)]

    assert 'value="support_association" selected' in asked.text
    for page in pages:
        links = re.findall(r'href="(/contributions/mesures/\w+)\?proposee=1[^"]*"', page)
        assert sorted(links) == ["/contributions/mesures/T8", "/contributions/mesures/T9"]
