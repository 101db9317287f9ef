"""Public page of an indicator: its texts, its versions, what was decided of it and why."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.decisions.models import DecisionOutcome
from consultation.plan import queries
from consultation.plan.measurement import values
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import Indicator, Measure, MeasuredAs, WantedDirection
from consultation.questionnaires.models import Round
from consultation.results.public.views import RENDERED
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_published_text,
    wording_of,
)
from tests.factories import make_measure
from tests.pages import main_text, straight
from tests.results.publishing_builders import answer_many, publish
from tests.statements import selects

PAGE = "/mesures/T7/indicateurs/T7.1"


def plain(page):
    return straight(main_text(page))


def test_page_shows_the_texts_and_leads_to_measure_and_form(client, session, opened):
    page = client.get(PAGE)

    assert "Places réservées (T7.1)" in main_text(page)
    assert "Au 31 décembre, par région." in main_text(page)
    assert 'href="/mesures/T7"' in page.text
    assert 'href="/mesures/T7/contribuer"' in page.text
    assert 'href="/mesures/T7/indicateurs/T7.2"' in page.text
    assert "Places réservées (T7.2)" in main_text(page)


@pytest.mark.parametrize(
    "path", ["/mesures/t7/indicateurs/t7.1", "/en/mesures/T7/indicateurs/T7.1"]
)
def test_address_takes_any_case_in_both_languages(client, session, opened, path):
    page = client.get(path)

    assert page.status_code == 200
    prefix = "/en" if path.startswith("/en") else ""
    assert f'<link rel="canonical" href="https://consultation.example{prefix}{PAGE}">' in page.text


@pytest.mark.parametrize("path", ["/mesures/T7/indicateurs/T7.9", "/mesures/T7/indicateurs/%C3%A9"])
def test_code_of_no_indicator_is_not_found(client, session, opened, path):
    assert client.get(path).status_code == 404


def test_page_follows_an_indicator_to_another_measure(client, session, opened):
    indicator = queries.stored_indicator(session, "T7.1")
    indicator.measure_id = session.scalar(sa.select(Measure.id).where(Measure.code == "T4"))
    session.commit()

    answer = client.get("/en" + PAGE)
    assert (answer.status_code, answer.location) == (302, "/en/mesures/T4/indicateurs/T7.1")


def test_retired_indicator_stays_and_says_so(client, session, opened, organiser):
    decision = make_decision(
        session, organiser, indicator_subject(session), outcome=DecisionOutcome.RETIRED,
        reason={"fr": "Personne ne le compte."},
    )  # fmt: skip
    make_edition(session, organiser, decision)

    page = client.get(PAGE)
    assert "a été retiré du plan le" in main_text(page)
    assert "Personne ne le compte." in main_text(page)
    assert "Retiré" in main_text(page)
    assert "contribuer" not in page.text


def test_indicator_of_a_retired_measure_stays_and_leads_to_no_lost_page(client, session, opened):
    session.execute(sa.update(Measure).where(Measure.code == "T7").values(retired_at=now()))
    session.commit()

    page = client.get(PAGE)
    assert "n'est plus dans le plan" in main_text(page)
    assert 'href="/mesures/T7"' not in page.text


def test_example_indicator_is_shown_from_the_first_announced_round_on(client, session):
    make_measure(session, "T8", is_shipped=True)
    session.commit()

    assert client.get("/mesures/T8/indicateurs/T8.1").status_code == 404


def test_example_indicator_is_shown_once_something_is_decided_of_it(
    client, session, opened, organiser
):
    make_edition(session, organiser, make_decision(session, organiser, indicator_subject(session)))
    session.execute(sa.update(Measure).values(is_shipped=True))
    session.execute(sa.update(Round).values(announced_at=None))
    session.commit()

    page = client.get(PAGE)
    assert page.status_code == 200
    assert 'href="/mesures/T7"' not in page.text
    assert client.get("/mesures/T7/indicateurs/T7.2").status_code == 404


def test_versions_tell_in_words_what_changed_and_why(client, session, opened, organiser):
    text = make_published_text(session, opened, "Comptez les places ouvertes.")
    decision = make_decision(
        session, organiser, indicator_subject(session),
        label="Places ouvertes (T7.1)", answer_ids=[text],
        outcome=DecisionOutcome.AMENDED, reason={"fr": "On compte ce qui est ouvert."},
    )  # fmt: skip
    make_edition(session, organiser, decision)

    page = client.get(PAGE)
    shown = plain(page)
    assert "Places [enlevé : réservées ] [ajouté : ouvertes ] (T7.1)" in shown
    assert "Modifié" in shown
    assert shown.count("On compte ce qui est ouvert.") == 1, "the version has the same reason"
    assert "s'appuie sur moins de 10 contributions" in shown
    assert "Comptez les places ouvertes." in shown
    assert shown.index("Version 2") < shown.index("Version 1")
    assert "<del>" in page.text
    assert "<ins>" in page.text


def test_version_that_no_decision_led_to_says_its_reason(client, session, opened, organiser):
    first = make_decision(session, organiser, indicator_subject(session), label="Places", at=now())
    make_edition(session, organiser, first, at=now() - timedelta(days=2))
    indicator = queries.stored_indicator(session, "T7.1")
    indicator.version.created_at = now() - timedelta(days=1)
    indicator.version.reason = "Faute de frappe"
    session.commit()

    assert "Pourquoi : Faute de frappe" in plain(client.get(PAGE))


def test_decision_to_keep_stands_beside_the_version_that_it_keeps(
    client, session, opened, organiser
):
    reworded = make_decision(session, organiser, indicator_subject(session), label="Places")
    make_edition(session, organiser, reworded)
    kept = make_decision(
        session, organiser, indicator_subject(session), reason={"fr": "C'est bien ainsi."}
    )
    make_edition(session, organiser, kept)

    shown = plain(client.get(PAGE))
    order = ["Version 2", "Édition 2", "C'est bien ainsi.", "Édition 1", "Version 1"]
    places = [shown.index(it) for it in order]
    assert places == sorted(places)


def test_indicator_that_a_decision_added_says_so(client, session, opened, organiser):
    subject = indicator_subject(session)
    measure = type(subject)(subject.measure)
    added = make_decision(
        session, organiser, measure, outcome=DecisionOutcome.ADDED, code="T7.9",
        wording=wording_of(subject, label="Refus"), reason={"fr": "On ne voyait pas les refus."},
        subject={"fr": "Les refus"},
    )  # fmt: skip
    make_edition(session, organiser, added)

    shown = main_text(client.get("/mesures/T7/indicateurs/T7.9"))
    assert "Ajouté" in shown
    assert "On ne voyait pas les refus." in shown
    assert "On ne voyait pas les refus." not in main_text(client.get(PAGE))


def test_decision_of_no_published_edition_is_on_no_page(client, session, opened, organiser):
    make_decision(session, organiser, indicator_subject(session), reason={"fr": "Pas encore dit"})

    assert "Pas encore dit" not in client.get(PAGE).text
    assert "Pas encore dit" not in client.get("/decisions").text


def test_typed_values_are_written_in_the_language_of_the_page(client, session, opened):
    indicator = queries.stored_indicator(session, "T7.1")
    measurement = Measurement(
        MeasuredAs.PERCENTAGE, WantedDirection.MORE,
        baseline=Figure(12.5, "2022", "Miprof"), midterm=Figure(2994.0, "2026-06"),
    )  # fmt: skip
    indicator.version.final_target = {"fr": "la moitié"}
    values.store(indicator.version, measurement, now())
    session.commit()

    french, english = plain(client.get(PAGE)), plain(client.get("/en" + PAGE))
    assert "un pourcentage" in french
    assert "Objectif faire monter" in french
    assert "12,5 % (2022)" in french
    assert "Source : Miprof" in french
    assert "2 994 % (juin 2026)" in french
    assert "Cible finale la moitié" in french
    assert "12.5 % (2022)" in english
    assert "(June 2026)" in english


def test_french_texts_are_marked_on_the_english_page(client, session, opened, organiser):
    decision = make_decision(session, organiser, indicator_subject(session), label="Places")
    make_edition(session, organiser, decision)

    page = client.get("/en" + PAGE)
    assert '<bdi lang="fr">' in page.text, "the text that has no English is compared in French"
    assert "Reserved places (T7.1)" not in main_text(page)
    assert 'lang="fr" dir="auto">Les contributions le demandent.' in page.text


def test_results_and_measure_lead_to_the_indicator(client, session, opened):
    answer_many(session, opened, "T7", (20, {("T7.1", "stance"): "keep"}, {"capacity": "justice"}))
    publish(session, opened)
    client.application.extensions[RENDERED].clear()

    link = f'href="{PAGE}"'
    assert link in client.get("/mesures/T7").text
    assert link in client.get("/resultats/T7").text
    assert 'href="/resultats/T7#T7.1"' in client.get(PAGE).text


def test_page_takes_as_many_queries_for_many_versions_and_decisions(
    client, session, opened, organiser
):
    def decide_again(label):
        decision = make_decision(session, organiser, indicator_subject(session), label=label)
        make_edition(session, organiser, decision)

    decide_again("Places 1")
    client.get(PAGE)
    with selects() as few:
        client.get(PAGE)
    for number in range(2, 6):
        decide_again(f"Places {number}")
    with selects() as many:
        client.get(PAGE)

    assert len(few) == len(many)
    assert session.scalar(sa.select(sa.func.count(Indicator.id)))


def test_page_is_not_sent_again_while_nothing_changes(client, session, opened):
    first = client.get(PAGE)
    again = client.get(PAGE, headers={"If-None-Match": first.headers["ETag"]})

    assert (first.headers["Cache-Control"], again.status_code) == ("no-cache", 304)
    with writing(session):
        session.execute(
            sa.update(Indicator).where(Indicator.code == "T7.1").values(retired_at=now())
        )
    changed = client.get(PAGE, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
