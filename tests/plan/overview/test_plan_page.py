"""Public page of the plan: its lines, what narrows them, and what it says while it is empty."""

import re
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
LONG_TITLE = " ".join(["Former les personnes qui accueillent"] * 4)[:120]
LONG_LABEL = " ".join(["Part des personnes accueillies"] * 6)[:160]
LARGEST = 140_000
"""Bytes of the page for 60 measures of 4 indicators, with the longest titles."""


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
    """The codes of the rows, in their order."""
    page = client.get(f"{PAGE}?{query}").text
    return re.findall(r'<li class="plan-row">.*?<span class="code">([^<]*)</span>', page, re.DOTALL)


def row_of(client, code):
    """The row of a measure as HTML."""
    page = client.get(PAGE).text
    (row,) = [
        row for row in page.split('<li class="plan-row">')[1:] if f'"code">{code}</span>' in row
    ]
    return row.partition('<li class="plan-row">')[0].partition("</ol>")[0]


def test_row_has_the_three_assessments_as_signs_with_their_words(client, measures):
    page = main_text(client.get(PAGE))

    expected = "T7 Mesure T7 État engagée Collectif pas encore évaluée Rapporteur non réalisée"
    assert page.count(expected) == 1


def test_row_leads_to_its_measure_and_has_all_of_a_long_title(client, session, measures):
    measures[1].title = {"fr": LONG_TITLE}
    session.commit()

    row = row_of(client, "T7")

    assert 'href="/plan/T7"' in row
    assert LONG_TITLE in row.replace("’", "'")
    assert row.count("<a ") == 1


def test_row_has_a_dot_for_each_indicator_with_its_name_and_progress(client, session):
    make_measure(session, "T7", indicators=3)
    session.commit()

    row = row_of(client, "T7")

    assert row.count('<li class="not-measured">') == 3
    assert all(f"T7.{number} " in row for number in (1, 2, 3))
    assert row.count("non mesuré</span>") == 3


def test_row_says_where_the_assessors_contradict_each_other(client, measures):
    assert "Les avis divergent" in row_of(client, "T4")
    assert "Les avis divergent" not in row_of(client, "T7")
    assert "ne peuvent pas être vrais ensemble" in main_text(client.get(PAGE))


def test_page_begins_with_a_sentence_made_from_the_figures(client, measures):
    page = main_text(client.get(PAGE))

    assert page.startswith(
        "Où en est le plan Sur 3 mesures, 2 avancent d'après l'État, 1 d'après le collectif et"
        " aucune d'après le rapporteur national ; leurs avis divergent sur 1."
    )


def test_square_of_each_measure_has_the_three_assessments_in_a_column(client, measures):
    page = client.get(PAGE).text

    column = r'<a href="/plan/T4" tabindex="-1" title="T4">(.*?)</a>'
    (squares,) = re.findall(column, page, re.DOTALL)
    assert re.findall(r'class="([\w-]+)"', squares) == ["done", "partly-done", "unjudged"]
    assert page.count('tabindex="-1" title=') == 3


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
    head = f"{count} mesure{'s trouvées' if count > 1 else ' trouvée'}"
    assert (head in page) is (0 < count < 3)
    assert ("Aucune mesure ne correspond Retirer le filtre" in page) is (not codes)


def test_filters_show_what_was_asked_for(client, measures):
    page = client.get(f"{PAGE}?axe=T&juge=state&niveau=unjudged&desaccord=1&q=accueil").text

    for chosen in ('value="T" selected', 'value="state" selected', 'value="unjudged" selected'):
        assert chosen in page
    assert 'name="desaccord" value="1" checked' in page
    assert 'value="accueil"' in page


def test_chosen_filters_are_chips_that_are_taken_off(client, measures):
    page = client.get(f"{PAGE}?axe=T&desaccord=1")

    assert 'href="/plan?desaccord=1#resultats"' in page.text
    assert 'href="/plan?axe=T#resultats"' in page.text
    assert "Retirer le filtre : Avis divergents" in main_text(page)
    assert 'class="chips"' not in client.get(PAGE).text


def test_filter_lands_on_the_results(client, measures):
    for prefix in ("", "/en"):
        page = client.get(prefix + PAGE).text

        assert f'role="search" action="{prefix}/plan#resultats"' in page
        assert '<h2 id="resultats" tabindex="-1">' in page


def test_counts_by_level_and_assessor_lead_to_their_measures(client, measures):
    page = client.get(PAGE)

    assert 'href="/plan?juge=collective&amp;niveau=unjudged#resultats"' in page.text
    text = main_text(page)
    assert "partiellement réalisée 0 1 0" in text
    assert "pas encore évaluée 1 2 2" in text
    assert listed(client, "juge=collective&niveau=unjudged") == ["T7", "U1"]


def test_downloads_are_at_the_top_and_keep_what_was_asked_for(client, measures):
    page = client.get(f"{PAGE}?axe=T").text

    top = page.partition('id="resultats"')[0]
    assert 'href="/plan.csv?axe=T"' in top
    assert 'href="/plan.json?axe=T"' in top


def test_page_leads_on_to_what_there_is(client, session, measures):
    assert "next-pages" not in client.get(PAGE).text

    make_round(session)
    session.commit()

    page = client.get(PAGE).text
    assert re.search(r'class="next-pages".*href="/mesures">Donner votre avis', page, re.DOTALL)


def test_page_of_the_whole_plan_stays_small(client, session):
    for number in range(60):
        measure = make_measure(session, f"N{number}", title=LONG_TITLE, indicators=4)
        for indicator in measure.indicators:
            indicator.version.label = {"fr": LONG_LABEL}
        judge(session, measure, state="engaged", collective="not_done", rapporteur="not_engaged")

    page = client.get(PAGE)

    assert page.text.count('<li class="plan-row">') == 60
    assert len(page.data) < LARGEST


def test_history_is_drawn_and_has_its_table(client, session, measures):
    judge(session, measures[1], state="not_done", on=date(2024, 2, 1))

    page = client.get(PAGE)

    assert "L'évolution des évaluations" in main_text(page)
    assert 'data-label="non réalisée"' in page.text
    assert "30 juin 2024" in main_text(page)


def test_page_says_what_comes_next_while_nothing_is_assessed(client, session):
    make_measure(session, "T7")
    session.commit()

    for prefix, sentence in (
        ("", "Aucune évaluation n'est encore publiée."),
        ("/en", "No assessment has been published yet."),
    ):
        page = client.get(prefix + PAGE)
        assert sentence in main_text(page)
        assert "T7" in page.text
        assert 'class="squares"' not in page.text


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
