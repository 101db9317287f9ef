"""What is public of values: pages, files and picture have published ones, and no other."""

import csv
import io
import json
from datetime import date
from types import SimpleNamespace

import pytest

from consultation import turns
from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import MeasuredAs
from consultation.plan.overview import lines, value_texts
from consultation.plan.overview.views import RENDERED
from consultation.plan.values import overrides, record
from consultation.plan.values.models import (
    MissingBecause,
    Progress,
    Reporter,
    Showing,
    SourceKind,
    ValuePoint,
)
from consultation.work.services import Work
from tests.accounts.builders import Browser, make_account
from tests.moderation.builders import make_actor
from tests.pages import main_text, straight
from tests.plan.overview.builders import judge
from tests.plan.values.builders import (
    SMALLEST,
    make_measured_indicator,
    make_public_value,
    make_value,
    publish_as,
    redefine,
)
from tests.statements import selects

PAGES = ("/plan/T7", "/mesures/T7", "/mesures/T7/indicateurs/T7.1")
TODAY = date(2026, 11, 29)
FILES = ("/plan.json", "/plan.csv")
OVERVIEW = "/plan"
EVERYWHERE = (
    *PAGES, OVERVIEW, *FILES, *(f"/en{path}" for path in (*PAGES, OVERVIEW, *FILES)),
)  # fmt: skip
SECRET_NOTE = "Note que personne d'autre ne lit"


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False, "SMALL_CELL": SMALLEST}


@pytest.fixture
def actor(session):
    return make_actor(session, "camille", Role.ORGANISER)


@pytest.fixture
def indicator(session, actor):
    return make_measured_indicator(session)


def everything(client):
    """Everything that the public may fetch of the plan, address by address."""
    return {path: client.get(path).get_data(as_text=True) for path in EVERYWHERE}


def values_of(client):
    content = json.loads(client.get("/plan.json").text)
    (measure,) = content["measures"]
    return measure["indicators"][0]["values"]


def rows_of(client, prefix=""):
    made = client.get(f"{prefix}/plan.csv").get_data().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(made), delimiter=";"))


def test_unpublished_value_is_with_the_team_and_nowhere_in_public(
    app, client, session, actor, indicator
):
    make_public_value(session, actor, indicator, 150.0, source="Rapport lu de tous")
    make_value(
        session,
        actor,
        indicator,
        173.0,
        point=ValuePoint.FINAL,
        source="Rapport que l'on relit",
        covers="Une ville de France",
        note=SECRET_NOTE,
    )
    make_account(session, "lou@exemple.fr", Role.ORGANISER)
    staff = Browser(app)
    staff.enter("lou@exemple.fr")
    page = main_text(staff.get("/organisation/valeurs/T7.1"))
    secrets = ("173", "Rapport que l'on relit", "Une ville de France", SECRET_NOTE)
    assert all(secret in page for secret in secrets)

    for path, text in everything(client).items():
        plain = text.replace("’", "'")
        assert "Rapport lu de tous" in plain or path.endswith(("/plan", "/mesures/T7")), path
        assert [secret for secret in secrets if secret in plain] == [], path
        assert "camille" not in plain, path


def test_note_and_staff_are_nowhere_even_of_a_published_value(client, session, actor, indicator):
    make_public_value(session, actor, indicator, note=SECRET_NOTE)

    for path, text in everything(client).items():
        assert "150" in text or path.endswith(OVERVIEW), path
        assert SECRET_NOTE not in text.replace("’", "'"), path
        assert "camille" not in text, path


def test_small_count_is_said_as_such_and_its_number_is_nowhere(client, session, actor, indicator):
    make_public_value(session, actor, indicator, 7.625)

    for path, text in everything(client).items():
        assert "7.625" not in text, path
        assert "7,625" not in text, path
        if path in PAGES:
            assert f"moins de {SMALLEST}" in main_text(client.get(path)), path
    (value,) = values_of(client)
    assert (value["value"], value["is_below_threshold"]) == (None, True)
    (row,) = [row for row in rows_of(client) if row["Nature"] == "valeur"]
    assert row["Valeur ou niveau"] == f"moins de {SMALLEST}"


def test_rules_of_several_sources_are_a_sentence_each(app):
    rules = ("Aucun n'est masqué.", " aucune", "rien sous 5", "Aucun n'est masqué", "")
    values = [SimpleNamespace(source_rule=rule) for rule in rules]

    with app.test_request_context("/plan"):
        sentences = value_texts.rules_of(values)

    assert sentences == [
        "<bdi>Aucun n’est masqué.</bdi>",
        "La source n’en masque aucun.",
        "<bdi>rien sous 5.</bdi>",
    ]


@pytest.mark.parametrize("present", [5, 100])
def test_small_count_keeps_the_rule_of_its_publication(
    app, client, session, actor, indicator, present
):
    make_public_value(session, actor, indicator, 7.0)
    app.config["SMALL_CELL"] = present

    for path in ("/plan/T7", "/mesures/T7", "/plan.csv"):
        text = client.get(path).get_data(as_text=True)
        assert f"moins de {SMALLEST}" in text.replace("\u00a0", " "), path
        assert f"moins de {present}" not in text.replace("\u00a0", " "), path
    (value,) = values_of(client)
    assert (value["less_than"], value["is_below_threshold"]) == (SMALLEST, True)
    assert lines.line_of(session, indicator.measure, TODAY).indicators[0].bullet.bars[0].width < 10


def test_small_count_of_an_unknown_rule_says_so(client, session, actor, indicator):
    publish_as(session, actor, make_value(session, actor, indicator, 7.625), Showing.SMALL)

    for path, text in everything(client).items():
        assert "7.625" not in text, path
        assert "7,625" not in text, path
        if path in PAGES:
            assert "petit nombre (seuil inconnu)" in main_text(client.get(path)), path
    (value,) = values_of(client)
    assert (value["is_below_threshold"], value["less_than"]) == (True, None)
    (row,) = [row for row in rows_of(client) if row["Nature"] == "valeur"]
    assert row["Valeur ou niveau"] == "petit nombre (seuil inconnu)"


def test_value_held_back_is_nowhere_and_says_why(client, session, actor, indicator):
    publish_as(session, actor, make_value(session, actor, indicator, 173.0), Showing.HELD_BACK)

    for path, text in everything(client).items():
        assert "173" not in text, path
        if path in PAGES:
            assert "non montré" in main_text(client.get(path)), path
    assert "il ferait retrouver un nombre trop petit" in main_text(client.get("/plan/T7"))
    (value,) = values_of(client)
    assert (value["value"], value["is_held_back"], value["less_than"]) == (None, True, None)
    (row,) = [row for row in rows_of(client) if row["Nature"] == "valeur"]
    assert row["Valeur ou niveau"] == "non montré"


def test_value_that_its_source_published_is_shown_as_it_is(client, session, actor, indicator):
    make_public_value(session, actor, indicator, 7.625, as_it_is=True, source="Annuaire")

    for path in PAGES:
        assert "7,625" in main_text(client.get(path)), path
    assert values_of(client)[0]["value"] == 7.625


def test_value_is_shown_with_target_source_and_word(client, session, actor, indicator):
    make_public_value(
        session,
        actor,
        indicator,
        180.0,
        source="Rapport annuel",
        source_url="https://exemple.fr/rapport",
        source_kind=SourceKind.ADMINISTRATIVE,
        covers="France entière",
    )

    assert "1 indicateur : 1 en bonne voie" in main_text(client.get("/plan"))
    line = main_text(client.get("/mesures/T7"))
    assert "180 · l'État, mi-parcours (2026) départ 100 (2024)" in line
    for path in ("/plan/T7", "/mesures/T7/indicateurs/T7.1"):
        page = client.get(path)
        assert "l'État, donnée administrative Rapport annuel France entière" in main_text(page)
        assert 'href="https://exemple.fr/rapport" rel="noreferrer"' in page.text
        assert 'class="time-chart"' in page.text
        assert "La dernière valeur suit le rythme attendu pour atteindre la cible" in main_text(
            page
        )
    assert "on track" in main_text(client.get("/en/plan"))


def test_values_of_one_moment_stand_side_by_side(client, session, actor, indicator):
    make_public_value(session, actor, indicator, 180.0)
    make_public_value(
        session, actor, indicator, 120.0, reported_by=Reporter.ASSOCIATION, reporter="Amicale"
    )

    page = client.get("/mesures/T7")

    text = main_text(page)
    assert "180 · l'État, mi-parcours (2026) 120 · Amicale , mi-parcours (2026)" in text
    assert page.text.count('<rect class="of-state"') == 1
    assert page.text.count('<rect class="of-association"') == 1
    assert "150" not in text
    of_measure = main_text(client.get("/plan/T7"))
    assert "Sources divergentes Les sources donnent des valeurs différentes." in of_measure


def test_missing_value_says_why_and_is_not_drawn(client, session, actor, indicator):
    make_public_value(session, actor, indicator, None, missing_because=MissingBecause.NO_ANSWER)

    for path in PAGES:
        page = client.get(path)
        assert "demandé" in main_text(page), path
        assert "sans réponse" in main_text(page), path
        assert "<rect class" not in page.text, path
        assert 'class="dot' not in page.text, path
    assert "2026 : demandée, sans réponse (l'État)." in main_text(client.get("/plan/T7"))
    assert values_of(client)[0]["missing_because"] == "no_answer"


def test_value_of_another_definition_is_not_beside_the_target(client, session, actor, indicator):
    make_public_value(session, actor, indicator, 180.0)
    redefine(session, indicator)

    page = client.get("/mesures/T7")

    assert "180 · l'État, mi-parcours (2026) (autre définition)" in main_text(page)
    assert "<rect class" not in page.text
    assert "1 non comparable" in main_text(client.get("/plan"))
    of_measure = client.get("/plan/T7")
    assert "d'après une autre définition : on ne le compare ni aux cibles" in main_text(of_measure)
    assert '<line class="break"' in of_measure.text
    (row,) = [row for row in rows_of(client) if row["Nature"] == "valeur"]
    assert row["Se compare aux cibles"] == "non"


def test_word_of_a_person_is_shown_with_its_reason_and_the_rule(client, session, actor, indicator):
    make_public_value(session, actor, indicator, 180.0)
    with writing(session):
        overrides.override(
            Work(session, actor, now()),
            indicator,
            Progress.LATE,
            "Le compte s'arrête en mars.",
            None,
        )

    assert "1 en retard" in main_text(client.get("/plan"))
    page = main_text(client.get("/plan/T7"))
    assert "Le compte s'arrête en mars." in page
    assert "La règle, elle, dit : La dernière valeur suit le rythme" in page
    content = json.loads(client.get("/plan.json").text)["measures"][0]["indicators"][0]
    assert content["override"] == {"progress": "late", "reason": "Le compte s'arrête en mars."}
    assert (content["progress"], content["rule"]) == ("late", "ahead_of_path")


@pytest.mark.parametrize(
    ("kind", "worth", "text"),
    [
        (MeasuredAs.YES_NO, True, "oui"),
        (MeasuredAs.DATE, date(2026, 9, 1), "1er septembre 2026"),
        (MeasuredAs.LEVEL, "expérimenté", "expérimenté"),
        (MeasuredAs.PERCENTAGE, 12.5, "12,5 %"),
    ],
)
def test_value_of_each_kind_is_said_in_words(client, session, actor, kind, worth, text):
    figure = Figure(worth, "2027")
    indicator = make_measured_indicator(session, measurement=Measurement(kind, final=figure))
    make_public_value(session, actor, indicator, worth)

    for path in PAGES:
        assert text in main_text(client.get(path)), path
    written = worth.isoformat() if isinstance(worth, date) else worth
    assert values_of(client)[0]["value"] == written


def test_chart_names_its_marks_and_says_where_the_value_is_to_go(client, session, actor, indicator):
    make_public_value(session, actor, indicator, 180.0)
    make_public_value(session, actor, indicator, 120.0, reported_by=Reporter.RAPPORTEUR)

    page = client.get("/plan/T7")

    text = main_text(page)
    assert "départ 100" in text
    assert "cible 200" in text
    assert "↑ Objectif : faire monter" in text
    for source in ("state", "rapporteur"):
        assert page.text.count(f'<svg class="dot of-{source}"') == 2, "in the chart, and in its key"


def test_values_of_a_measure_are_folded_with_their_number(client, session, actor, indicator):
    make_public_value(session, actor, indicator, 180.0, source="Annuaire")
    make_public_value(session, actor, indicator, 120.0, reported_by=Reporter.RAPPORTEUR)

    page = client.get("/plan/T7")

    folded = page.text.partition("<details")[2].partition("</details>")[0]
    assert "Ses 2 valeurs et leurs sources" in folded
    assert 'class="whole" role="cell" data-label="Source"' in folded
    assert "Annuaire" in folded


def test_withdrawn_and_corrected_values_leave_the_pages(client, session, actor, indicator):
    row = make_public_value(session, actor, indicator, 173.0)
    assert "173" in client.get("/plan/T7").text
    with writing(session):
        record.withdraw(Work(session, actor, now()), indicator, row.public_id)

    assert all("173" not in text for text in everything(client).values())


def test_lines_are_narrowed_by_word(client, session, actor, indicator):
    make_public_value(session, actor, indicator, 180.0)
    make_measured_indicator(session, "T8")

    def codes(word):
        content = json.loads(client.get(f"/plan.json?progres={word}").text)
        return [measure["code"] for measure in content["measures"]]

    assert codes("on_track") == ["T7"]
    assert codes("not_measured") == ["T8"]
    assert codes("no_word") == []
    assert codes("mieux") == ["T7", "T8"]


def test_files_have_judgements_targets_and_values_told_apart(client, session, actor, indicator):
    judge(session, indicator.measure, state="done", collective="not_done")
    make_public_value(session, actor, indicator, 180.5)

    rows = rows_of(client)
    natures = [row["Nature"] for row in rows]
    assert natures == ["jugement", "jugement", "départ", "cible", "valeur"]
    assert [row["Valeur ou niveau"] for row in rows[-3:]] == ["100", "200", "180,5"]
    assert rows[0]["Selon qui"].replace("’", "'") == "L'État"
    assert "judgement" in [row["Kind"] for row in rows_of(client, "/en")]
    (measure,) = json.loads(client.get("/plan.json").text)["measures"]
    assert measure["in_disagreement"] is True
    assert [it["level"] for it in measure["judgements"]] == ["done", "not_done"]
    assert measure["page"] == "https://consultation.example/plan/T7"


def test_picture_has_counts_and_changes_with_them(client, session, actor, indicator):
    assert 'content="https://consultation.example/static/share.png' in client.get("/plan").text
    judge(session, indicator.measure, state="done", collective="not_done")

    page = client.get("/plan")
    first = client.get("/plan.png")

    assert 'property="og:image" content="https://consultation.example/plan.png"' in page.text
    assert "État : 1 ; Collectif : 0" in straight(page.text)
    assert first.get_data().startswith(b"\x89PNG")
    assert first.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    judge(session, indicator.measure, rapporteur="done")
    assert client.get("/plan.png").get_data() != first.get_data()


def test_picture_that_had_no_turn_is_drawn_at_the_next_request(
    client, session, actor, indicator, monkeypatch
):
    judge(session, indicator.measure, state="done")
    monkeypatch.setattr(turns, "LONGEST_WAIT", 0.01)
    with turns.turn():
        assert client.get("/plan.png").status_code == 302

    assert client.get("/plan.png").get_data().startswith(b"\x89PNG")


def test_page_of_a_measure_that_is_not_there_is_not_found(client, session, indicator):
    assert client.get("/plan/T9").status_code == 404
    indicator.measure.retired_at = now()
    session.commit()
    assert client.get("/plan/T7").status_code == 404


def test_shipped_measure_without_a_round_has_no_page(client, session, indicator):
    indicator.measure.is_shipped = True
    session.commit()

    assert client.get("/plan/T7").status_code == 404


@pytest.mark.parametrize("path", ["/plan", "/plan.json"])
def test_values_of_more_indicators_take_no_more_queries(
    app, client, session, actor, indicator, path
):
    make_public_value(session, actor, indicator)
    client.get(path)
    app.extensions[RENDERED].clear()
    with selects() as few:
        client.get(path)
    for number in range(6):
        other = make_measured_indicator(session, f"N{number}")
        make_public_value(session, actor, other)
        redefine(session, other)

    with selects() as many:
        client.get(path)

    assert len(many) == len(few)
