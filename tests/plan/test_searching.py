"""Search for measures, by what a person would type."""

import pytest

from consultation.plan.apply import apply
from consultation.plan.queries import measure_by_code, measures
from tests.pages import visible_text
from tests.plan.builders import (
    AT,
    LATER,
    make_draft,
    make_indicator_draft,
    make_measure_draft,
)
from tests.statements import selects


@pytest.fixture
def plan(session):
    """Three measures on two axes, and a fourth that is retired with an indicator of the first."""
    kept = make_measure_draft(
        "1",
        make_indicator_draft("1.1", "Délai d'accès à l'hébergement"),
        title="Protéger les œuvres de l’esprit",
        summary={"fr": "Créer un réseau", "en": "Set up a network"},
    )
    second = make_measure_draft("M-2", title="Enquêter", axis="B")
    third = make_measure_draft("3", title="Sanctionner")
    gone = make_indicator_draft("1.2", "Bracelets posés")
    before = make_measure_draft("1", make_indicator_draft("1.1", "Ancien libellé"), gone)
    apply(session, make_draft(before, make_measure_draft("9", title="Retirée", axis="C")), AT)
    apply(session, make_draft(kept, second, third), LATER)
    session.expire_all()
    return session


def codes_found(session, query="", axis=None):
    return [measure.code for measure in measures(session, query=query, axis=axis)]


def test_without_a_query_all_measures_in_force_come_in_the_order_of_the_plan(plan):
    assert codes_found(plan) == ["1", "M-2", "3"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("PROTEGER", ["1"]),
        ("oeuvres", ["1"]),
        ("œuvres l'esprit", ["1"]),
        ("reseau", ["1"]),
        ("network", ["1"]),
        ("acces hebergement delai", ["1"]),
        ("m-2", ["M-2"]),
        ("enquêter protéger", []),
        ("bracelets", []),
        ("ancien libelle", []),
        ("retirée", []),
        ("  ", ["1", "M-2", "3"]),
        ("\0", []),
    ],
)
def test_each_word_must_stand_somewhere_whatever_accents_and_case(plan, query, expected):
    assert codes_found(plan, query) == expected


def test_axis_keeps_its_own_measures(plan):
    first, second = dict.fromkeys(measure.axis for measure in measures(plan))

    assert (first.code, second.code) == ("A", "B")
    assert codes_found(plan, axis=first) == ["1", "3"]
    assert codes_found(plan, query="enqueter", axis=first) == []
    assert codes_found(plan, axis=second) == ["M-2"]


def test_axis_without_a_measure_in_force_is_not_offered(plan, client):
    plan.commit()

    page = client.get("/mesures").get_data(as_text=True)

    assert "Axe B" in page.replace("\u00a0", " ")
    assert "Axe C" not in page.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("code", "expected"),
    [("M-2", "M-2"), ("m-2", "M-2"), ("9", "9"), ("99", None), ("", None), ("\0", None),
     ("%", None), ("é", None)],
)  # fmt: skip
def test_measure_is_found_by_its_code_whatever_its_case(plan, code, expected):
    measure = measure_by_code(plan, code)

    assert (measure.code if measure else None) == expected


def test_search_takes_two_queries_whatever_the_number_of_measures(session):
    indicators = [make_indicator_draft(f"i{number}") for number in range(60)]
    drafts = [
        make_measure_draft(f"m{number}", indicators[number], axis=f"A{number % 6}")
        for number in range(60)
    ]
    apply(session, make_draft(*drafts), AT)
    session.commit()
    session.expire_all()

    with selects() as statements:
        found_measures = measures(session, query="services")
        titles = {measure.axis.title["fr"] for measure in found_measures}

    assert (len(found_measures), len(titles)) == (60, 6)
    assert len(statements) == 2


def test_list_counts_what_is_in_force_without_reading_any_wording(plan, client):
    plan.commit()

    home = visible_text(client.get("/"))
    with selects() as statements:
        listed = visible_text(client.get("/mesures"))

    assert "Chercher parmi 3 mesures" in home
    assert "1 Protéger les œuvres de l'esprit 1 indicateur " in listed
    assert "M-2 Enquêter 0 indicateur " in listed
    assert not [it for it in statements if "indicator_version" in it]
