"""Public page of the plan: its lines, what narrows them, and what it says while it is empty."""

from dataclasses import replace
from datetime import date

import pytest

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.plan.models import Assessor, Level, Measure
from consultation.plan.overview.views import RENDERED
from consultation.plan.statuses import assessments
from consultation.plan.statuses.assessments import assessment_of
from consultation.work.services import Work
from tests.factories import make_axis, make_measure, make_round
from tests.moderation.builders import make_actor
from tests.pages import main_text
from tests.plan.overview.builders import judge
from tests.statements import selects

PAGE = "/plan"


@pytest.fixture
def measures(session):
    """Two measures of one axis and one of another, judged but for the last."""
    made = [make_measure(session, code, title=f"Mesure {code}") for code in ("T4", "T7", "U1")]
    other = make_axis(session, "U", "Autre axe")
    made[2].axis_id = other.id
    session.commit()
    judge(session, made[0], state="done", collective="partly_done")
    judge(session, made[1], state="engaged", rapporteur="not_done", on=date(2026, 5, 1))
    return made


def listed(client, query=""):
    """The codes of the measures by axis, disagreements aside."""
    page = main_text(client.get(f"{PAGE}?{query}"))
    found = page.partition("mesure")[2]
    return [code for code in ("T4", "T7", "U1") if f"{code} Mesure {code}" in found]


def test_line_has_the_three_judges_side_by_side(client, measures):
    page = main_text(client.get(PAGE))

    expected = (
        "T7 Mesure T7 L'État engagée 1er mai 2026 Le collectif pas encore jugée"
        " Le rapporteur national non réalisée 1er mai 2026"
    )
    assert page.count(expected) == 1


def test_disagreements_come_first_in_words(client, measures):
    page = main_text(client.get(PAGE))

    said = "T4 Mesure T4 L'État : réalisée · Le collectif : partiellement réalisée"
    assert page.count("Là où ils se contredisent") == 1
    assert page.index(said) < page.index("T7 Mesure T7")
    assert "L'État : engagée" not in page
    assert "ne peuvent pas être vrais ensemble" in page


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["T4", "T7", "U1"]),
        ("axe=U", ["U1"]),
        ("axe=nulle-part", ["T4", "T7", "U1"]),
        ("juge=rapporteur", ["T7"]),
        ("juge=personne", ["T4", "T7", "U1"]),
        ("niveau=done", ["T4"]),
        ("niveau=mieux", ["T4", "T7", "U1"]),
        ("juge=collective&niveau=done", []),
        ("juge=collective&niveau=unjudged", ["T7", "U1"]),
        ("desaccord=1", ["T4"]),
        ("q=U1", ["U1"]),
        ("q=introuvable", []),
        ("axe=T&juge=state&niveau=engaged", ["T7"]),
    ],
)
def test_lines_are_narrowed_by_the_address(client, measures, query, codes):
    assert listed(client, query) == codes
    page = main_text(client.get(f"{PAGE}?{query}"))
    count = len(codes)
    assert f"{count} mesure{'s' if count > 1 else ''}" in page
    assert ("Aucune mesure ne correspond" in page) is (not codes)


def test_filters_show_what_was_asked_for(client, measures):
    page = client.get(f"{PAGE}?axe=T&juge=state&niveau=unjudged&desaccord=1&q=accueil").text

    for chosen in ('value="T" selected', 'value="state" selected', 'value="unjudged" selected'):
        assert chosen in page
    assert 'name="desaccord" value="1" checked' in page
    assert 'value="accueil"' in page


def test_counts_by_judge_and_level_lead_to_their_measures(client, measures):
    page = client.get(PAGE).text

    assert 'href="/plan?juge=collective&amp;niveau=unjudged"' in page
    text = main_text(client.get(PAGE))
    assert "Le collectif partiellement réalisée 1 pas encore jugée 2" in text


def test_history_is_drawn_and_has_its_table(client, session, measures):
    judge(session, measures[1], state="not_done", on=date(2024, 2, 1))

    page = client.get(PAGE)

    assert "Comment les jugements ont changé" in main_text(page)
    assert 'data-label="non réalisée"' in page.text
    assert "30 juin 2024" in main_text(page)


def test_page_says_what_comes_next_while_nobody_has_judged(client, session):
    make_measure(session, "T7")
    session.commit()

    for prefix, sentence in (
        ("", "Personne n'a encore jugé"),
        ("/en", "No assessment published yet"),
    ):
        page = client.get(prefix + PAGE)
        assert sentence in main_text(page)
        assert "T7" in page.text
        assert "contredisent" not in main_text(page).partition("Seulement")[0]


def test_page_without_a_measure_says_what_will_come(client, session):
    for prefix, sentence in (("", "Le plan n'est pas encore en ligne"), ("/en", "not online yet")):
        page = client.get(prefix + PAGE)
        assert page.status_code == 200
        assert sentence in main_text(page)


def test_shipped_themes_show_once_a_round_is_announced(client, session):
    make_measure(session, "T7", is_shipped=True)
    session.commit()
    assert "T7" not in client.get(PAGE).text

    make_round(session)
    session.commit()

    assert "T7" in client.get(PAGE).text


def test_retired_measure_is_on_no_line(client, session, measures):
    session.get(Measure, measures[0].id).retired_at = measures[0].indicators[0].version.created_at
    session.commit()

    assert listed(client) == ["T7", "U1"]


def test_page_is_not_sent_again_unchanged(client, session, measures):
    first = client.get(PAGE)

    again = client.get(PAGE, headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    judge(session, measures[2], state="done")
    changed = client.get(PAGE, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


def test_number_of_queries_does_not_grow_with_the_plan(app, client, session, measures):
    client.get(PAGE)
    app.extensions[RENDERED].clear()
    with selects() as few:
        client.get(PAGE)
    for number in range(12):
        judge(session, make_measure(session, f"N{number}", indicators=4), state="done")

    with selects() as many:
        client.get(PAGE)

    assert len(many) == len(few)


@pytest.mark.parametrize("path", ["/plan", "/plan.json", "/plan.csv", "/plan?juge=state"])
def test_page_is_made_once_until_something_changes(app, client, session, measures, path):
    client.get(path)
    with selects() as statements:
        client.get(path)
    assert not any("indicator_version.label" in it for it in statements)

    organiser = make_actor(session, "lou", Role.ORGANISER)
    (status,) = [it for it in measures[0].statuses if it.assessor is Assessor.STATE]
    before = assessment_of(status)
    said = replace(before, level=Level.NOT_DONE)
    with writing(session):
        assessments.change(
            Work(session, organiser, now()), measures[0], status.public_id, said, before.digest
        )

    page = client.get(path).get_data(as_text=True)
    assert "not_done" in page if path.endswith("json") else "non réalisée" in page


def test_search_is_not_kept(app, client, measures):
    client.get(f"{PAGE}?q=U1")

    assert app.extensions[RENDERED].size == 0
    client.get(PAGE)
    assert app.extensions[RENDERED].size > 0
