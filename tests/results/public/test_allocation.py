"""Measures proposed to who has ten minutes, from what is public alone."""

import random
import re
import secrets
from collections import Counter

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from consultation.clock import now
from consultation.plan import choice_views
from consultation.plan.models import Measure
from consultation.questionnaires.models import Round
from consultation.results.models import Snapshot
from consultation.results.public import allocation
from consultation.results.public.allocation import HIDDEN, PublishedCounts
from tests.factories import make_measure, make_round
from tests.simulate.allocation import table
from tests.statements import selects

CAPACITY = "support_association"
PAGE = "/dix-minutes"


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def plan(session):
    """Twelve measures in an open round."""
    for number in range(1, 13):
        make_measure(session, f"M{number}", f"Mesure {number}")
    make_round(session)
    session.commit()
    return session


def publish(session, code, count, notes, actual=None):
    """Figures of a measure: public counts, None where hidden, and the actual ones for the team."""
    figures = {"actual": count if actual is None else actual}
    values = [{"code": code, "count": notes} for code in ("low", "middle", "high")]
    public = {
        "sides": {"capacity": [{"code": CAPACITY, "count": count}]},
        "questions": [
            {"is_rated": True, "values": [*values, {"code": "", "count": 90}]},
            {"is_rated": False, "values": [{"code": "keep", "count": 0}]},
        ],
    }
    measure = session.scalars(sa.select(Measure).where(Measure.code == code)).one()
    round_id = session.scalar(sa.select(Round.id))
    times = {"taken_at": now(), "published_at": now()}
    session.add(
        Snapshot(measure=measure, round_id=round_id, figures=figures, public=public, **times)
    )
    session.commit()


def proposed(client, draw=None):
    draw = draw or secrets.token_hex(4)
    page = client.post(f"{PAGE}?tirage={draw}", data={"qualite": CAPACITY})
    assert page.status_code == 200
    return re.findall(
        r'action="/mesures/(M\d+)/contribuer\?proposee=1[^"]*"', page.get_data(as_text=True)
    )


def test_measures_are_drawn_at_random_before_any_publication(plan, client):
    drawn = [proposed(client) for _ in range(60)]

    assert {len(set(codes)) for codes in drawn} == {2}  # their forms take five minutes each
    assert len({code for codes in drawn for code in codes}) == 12


def test_thousand_requests_do_not_tell_one_hidden_figure_from_another(plan, app):
    for number in range(1, 13):
        publish(plan, f"M{number}", None, 2, actual=1 if number <= 6 else 4)
    client = FlaskClient(app, use_cookies=False)

    with selects() as statements:
        counts = Counter(code for _ in range(1000) for code in proposed(client))

    few = sum(counts[f"M{number}"] for number in range(1, 7))
    assert sum(counts.values()) == 2000
    assert abs(few - 1000) < 130  # more than six standard deviations of a draw without preference
    assert max(counts.values()) - min(counts.values()) < 150
    read = " ".join(statements)
    assert not re.search(r"\btally\b|\banswer\b|FROM response\b|snapshot\.figures", read)


def test_measures_that_lack_this_voice_come_before_those_that_have_it(plan, client):
    for number in range(1, 13):
        publish(plan, f"M{number}", 20 if number <= 3 else 0, 1)

    assert {code for _ in range(40) for code in proposed(client)} == {
        f"M{number}" for number in range(4, 13)
    }


def test_measures_nearest_to_nine_notes_come_first_and_those_beyond_last():
    published = {
        number: PublishedCounts({CAPACITY: 0}, notes)
        for number, notes in enumerate([9, 40, *range(8, -1, -1), 12])
    }

    drawn = {
        it for seed in range(50)
        for it in allocation.draw(range(12), published, CAPACITY, random.Random(seed))
    }  # fmt: skip

    assert drawn == set(range(2, 11))


def test_hidden_figure_and_unpublished_measure_have_one_value_each(plan):
    publish(plan, "M1", None, None, actual=4)
    publish(plan, "M2", 7, 3)

    published = allocation.published_counts(plan(), plan.scalar(sa.select(Round.id)))

    assert sorted(published.values(), key=lambda it: it.notes) == [
        PublishedCounts({CAPACITY: HIDDEN}, 3 * HIDDEN),
        PublishedCounts({CAPACITY: 7}, 9),
    ]


def test_page_asks_again_without_a_known_capacity_and_is_kept_by_nobody(plan, client):
    asked = [client.get(PAGE), client.get("/en/dix-minutes")]
    refused = [client.post(PAGE, data={"qualite": it}) for it in ("", "girafe")]

    for page in (*asked, *refused):
        assert "contribuer" not in page.get_data(as_text=True).split("</h1>")[1]
        assert "no-store" in page.headers["Cache-Control"]
    for page in refused:
        assert page.status_code == 422
        assert 'aria-describedby="qualite-error"' in page.text
        assert "Indiquez à quel titre vous répondez." in page.text


def test_same_address_draws_the_same_measures(plan, client):
    assert proposed(client, "a1b2") == proposed(client, "a1b2")
    assert len({tuple(proposed(client, str(number))) for number in range(20)}) > 1


def test_address_that_names_measures_shows_them_again(plan, client):
    page = client.get("/dix-minutes?mesures=M7,M2,X,M2")

    links = re.findall(r'href="/mesures/(M\d+)/contribuer\?proposee=1[^"]*"', page.text)
    assert links == ["M7", "M2"]
    assert CAPACITY not in re.search(r'data-proposed="([^"]*)"', page.text)[1]


@pytest.mark.parametrize(
    ("minutes", "count"), [([4, 3, 3], 3), ([4, 5, 3], 2), ([6, 6, 4], 2), ([12, 9, 1], 1)]
)
def test_measures_that_are_proposed_fit_ten_minutes(plan, client, monkeypatch, minutes, count):
    lengths = iter(minutes)
    monkeypatch.setattr(choice_views, "announced_minutes", lambda *_it, **_more: next(lengths))

    assert len(proposed(client)) == count


def test_page_leads_to_the_list_while_no_round_is_open(session, client):
    make_measure(session, "M1")
    session.commit()

    assert client.get(PAGE).location.endswith("/mesures")
    assert client.post(PAGE).location.endswith("/mesures")


def test_simulation_is_the_same_each_time_and_proposals_reach_more_measures():
    first, again = table(200, 1), table(200, 1)
    counts = [int(line.split()[-1]) for line in first[1:]]

    assert first == again
    assert counts == sorted(set(counts))
