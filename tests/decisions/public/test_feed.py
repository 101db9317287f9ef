"""Feed of editions: an Atom feed as RFC 4287 says, one entry for each edition."""

import re
from datetime import datetime
from urllib.parse import urlsplit
from xml.etree import ElementTree

from consultation.decisions.models import DecisionOutcome
from tests.decisions.builders import indicator_subject, make_decision, make_edition

ATOM = "{http://www.w3.org/2005/Atom}"
FEED = "/decisions.atom"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
HOSTILE = "Places & <b>lits</b> ]]> \u202e « 100 % » 👩🏽‍🌾"


def feed_of(client, path=FEED):
    answer = client.get(path)
    assert answer.mimetype == "application/atom+xml"
    return ElementTree.fromstring(answer.data)


def texts(element, name):
    return [it.text for it in element.findall(f"{ATOM}{name}")]


def errors_in(feed):
    """What RFC 4287, 4.1, asks of a feed and of its entries, and is not so."""
    found = [] if feed.tag == f"{ATOM}feed" else ["root"]
    if not texts(feed, "author"):
        found.append("no author")
    links = [(it.get("rel"), it.get("href")) for it in feed.findall(f"{ATOM}link")]
    found += [] if [rel for rel, _ in links].count("self") == 1 else ["self"]
    ids = []
    for element in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            if len(texts(element, name)) != 1 or not texts(element, name)[0].strip():
                found.append(f"{element.tag}: {name}")
        ids += texts(element, "id")
        found += [it for it in texts(element, "updated") if not RFC_3339.fullmatch(it)]
        found += [it for it in ids if not urlsplit(it).scheme]
        for link in element.findall(f"{ATOM}link"):
            found += [] if urlsplit(link.get("href")).netloc else [link.get("href")]
    for entry in feed.findall(f"{ATOM}entry"):
        rels = [it.get("rel") for it in entry.findall(f"{ATOM}link")]
        found += [] if "alternate" in rels or texts(entry, "content") else ["entry leads nowhere"]
    return found + [it for it in ids if ids.count(it) > 1]


def test_feed_without_an_edition_is_valid_and_empty(client, session, opened):
    feed = feed_of(client)

    assert errors_in(feed) == []
    assert feed.findall(f"{ATOM}entry") == []


def test_feed_has_an_entry_for_each_edition_the_latest_first(client, session, opened, organiser):
    first = make_decision(session, organiser, indicator_subject(session))
    make_edition(session, organiser, first, title="Première")
    ids = texts(feed_of(client).find(f"{ATOM}entry"), "id")
    make_edition(session, organiser, title="Seconde")

    for path in (FEED, "/en" + FEED):
        assert errors_in(feed_of(client, path)) == []
    feed = feed_of(client)
    latest, earlier = feed.findall(f"{ATOM}entry")
    assert [texts(it, "title")[0].split()[-1] for it in (latest, earlier)] == [
        "Seconde", "Première",
    ]  # fmt: skip
    assert texts(earlier, "id") == ids, "an entry keeps its id"
    updated = [datetime.fromisoformat(texts(it, "updated")[0]) for it in (feed, latest, earlier)]
    assert updated[0] == updated[1] >= updated[2]


def test_entry_says_what_was_decided_and_leads_to_the_indicator(client, session, opened, organiser):
    decision = make_decision(
        session, organiser, indicator_subject(session), outcome=DecisionOutcome.KEPT,
        reason={"fr": "Personne ne le compte."},
    )  # fmt: skip
    make_edition(session, organiser, decision, introduction={"fr": "Voici **tout**."})

    (content,) = texts(feed_of(client).find(f"{ATOM}entry"), "content")
    assert "<strong>tout</strong>" in content
    assert "Gardé" in content
    assert "Personne ne le compte." in content
    assert "https://consultation.example/mesures/T7/indicateurs/T7.1" in content


def test_texts_of_organisers_are_texts_in_the_feed(client, session, opened, organiser):
    decision = make_decision(session, organiser, indicator_subject(session), reason={"fr": HOSTILE})
    make_edition(session, organiser, decision, title=HOSTILE, introduction={"fr": HOSTILE})

    feed = feed_of(client)
    assert errors_in(feed) == []
    entry = feed.find(f"{ATOM}entry")
    assert "<b>lits</b>" in texts(entry, "title")[0]
    assert "<b>lits" not in texts(entry, "content")[0]


def test_notes_of_the_team_are_in_no_feed(client, session, opened, organiser):
    decision = make_decision(session, organiser, indicator_subject(session), note="Entre nous")
    make_edition(session, organiser, decision)

    for path in (FEED, "/decisions", "/decisions.json", "/decisions.csv"):
        assert "Entre nous" not in client.get(path).text
