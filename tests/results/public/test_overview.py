"""One page with all indicators, and the headline of each, in words and as a bar."""

import copy
import re

import pytest
from sqlalchemy import event

from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.results.public import labels, views
from consultation.results.public.tables import CONCLUSIVE, KeepOrChange, PublicFigures
from consultation.results.publication import snapshot_store
from consultation.work.services import Work
from tests.factories import make_measure
from tests.pages import main_text
from tests.results.publishing_builders import answer_many, publish, publisher
from tests.results.publishing_builders import measure as measure
from tests.results.publishing_builders import opened as opened
from tests.results.publishing_builders import settings as settings

STANCE, RELEVANCE = ("T7.1", "stance"), ("T7.1", "relevance")
JUDGES, POLICE = {"capacity": "justice"}, {"capacity": "police"}
PAGE = "/resultats"
JARGON = re.compile(r"médiane|quartile|désaccord|RAND", re.IGNORECASE)


@pytest.fixture
def published(session, opened, measure):
    """Twelve would keep the indicator, eighteen change it, in ways too few to be shown each."""
    answer_many(
        session, opened, "T7",
        (12, {STANCE: "keep", RELEVANCE: 8}, JUDGES), (15, {STANCE: "amend", RELEVANCE: 9}, POLICE),
        (3, {STANCE: "drop", RELEVANCE: 7}, POLICE),
    )  # fmt: skip
    return publish(session, opened, measure.id)


def plain(text):
    return re.sub(r"[\u00a0\u202f]", " ", text)


def bars(page):
    """The widths of each bar, by class."""
    drawn = re.findall(r'<svg class="opinion".*?</svg>', page, re.DOTALL)
    widths = r'class="(kept|changed)"[^>]*? width="([\d.]+)%"'
    return [{name: float(width) for name, width in re.findall(widths, it)} for it in drawn]


def test_overview_has_a_row_for_each_indicator_with_words_and_bar(client, published):
    page = client.get(PAGE).text

    assert "à garder 12 à changer 18 pertinent" in plain(main_text(client.get(PAGE)))
    assert bars(page[page.index("/resultats/T7#T7.1") :]) == [{"kept": 40.0, "changed": 60.0}]
    assert "/resultats/T7#T7.1" in page


def test_overview_in_english(client, published):
    text = plain(main_text(client.get(f"/en{PAGE}")))

    assert "keep 12 change 18 relevant" in text
    assert " :" not in text


def test_overview_is_shared_with_the_sentence_that_opens_it(client, published):
    page = plain(client.get(PAGE).text)

    description = "30 contributions sur 1 mesure. Leur indicateur a un résultat public."
    assert f'<meta name="description" content="{description}' in page
    assert '<meta property="og:title" content="Les résultats">' in page
    assert "og:title" not in client.get(f"{PAGE}?q=hebergement").text


def test_overview_shows_neither_class_where_one_is_hidden(client, session, opened, measure):
    answer_many(session, opened, "T7", (12, {STANCE: "keep"}, JUDGES))
    answer_many(session, opened, "T7", (3, {STANCE: "drop"}, JUDGES), (5, {}, JUDGES))
    publish(session, opened, measure.id)

    page = client.get(PAGE)

    text = plain(main_text(page))
    assert bars(page.text) == []
    assert "1 autre mesure : chiffres masqués, pour protéger un petit nombre" in text
    assert "12" not in text.split("Mesure par mesure")[1].split("Réutiliser")[0]


def test_page_says_the_true_reason_where_seven_of_thirteen_want_a_change(
    client, session, opened, measure
):
    """Both are enough: it is those without an opinion who are few, and protected."""
    answer_many(session, opened, "T7", (6, {STANCE: "keep"}, JUDGES), (7, {STANCE: "drop"}, JUDGES))
    answer_many(session, opened, "T7", (2, {}, JUDGES))
    publish(session, opened, measure.id)

    for page in (client.get(PAGE), client.get(f"{PAGE}/T7")):
        text = plain(main_text(page)).split("Mesure par mesure")[-1]
        assert "rop peu" not in text
        assert "masqués, pour protéger un petit nombre" in text
        assert not re.search(r"\d contributions? sur", text)
        assert bars(page.text) == []
    answers = client.get(f"{PAGE}/T7.json").json["questions"][0]
    assert answers["classes"] is None


def test_overview_begins_with_the_totals_of_axes_and_plan(client, session, opened, measure):
    answer_many(session, opened, "T7", (12, {STANCE: "keep"}, JUDGES))
    answer_many(session, opened, "T7", (6, {STANCE: "drop"}, JUDGES), (5, {}, JUDGES))
    publish(session, opened)

    text = plain(main_text(client.get(PAGE)))
    totals = client.get("/resultats.json").json["totals"]

    assert text.index("Axe par axe") < text.index("Hébergement spécialisé")
    assert "Tout le plan à garder 12 à changer 6 23 contributions sur 1 mesure" in text
    assert totals["plan"] == {"indicators": 1, "kept": 12, "changed": 6}
    assert [(it["kept"], it["changed"]) for it in totals["axes"]] == [(12, 6)]


def test_totals_are_gone_while_a_measure_is_withdrawn(client, session, opened, measure):
    answer_many(
        session, opened, "T7", (12, {STANCE: "keep"}, JUDGES), (6, {STANCE: "drop"}, JUDGES)
    )
    publish(session, opened)
    with writing(session()):
        snapshot = snapshot_store.current(session(), opened.id, measure.id)
        snapshot_store.withdraw(Work(session(), publisher(session), now()), snapshot)

    assert client.get("/resultats.json").json["totals"] is None


def test_overview_says_where_too_few_answered(client, session, opened, measure):
    answer_many(session, opened, "T7", (3, {STANCE: "keep"}, JUDGES), (4, {STANCE: "drop"}, JUDGES))
    publish(session, opened, measure.id)

    page = client.get(PAGE)

    assert bars(page.text) == []
    reason = "1 autre mesure : trop peu de contributions pour publier ses avis"
    assert reason in plain(main_text(page))


@pytest.fixture
def other(session, measure):
    """Another measure of the round, which comes after it."""
    return make_measure(session, "T8", indicators=1)


def test_overview_says_on_how_many_measures_the_number_is_hidden(client, session, other, opened):
    answer_many(session, opened, "T7", (12, {STANCE: "keep"}, JUDGES))
    answer_many(session, opened, "T8", (3, {}, JUDGES))
    publish(session, opened)

    text = plain(main_text(client.get(PAGE)))

    assert "12 contributions sur 1 mesure ; sur 1 autre, leur nombre est masqué." in text


@pytest.mark.parametrize(
    ("opinion", "widths"),
    [
        (KeepOrChange(6, 6), (50, 50)),
        (KeepOrChange(10, None), (0, 0)),
        (KeepOrChange(None, 10), (0, 0)),
        (KeepOrChange(0, 0), (0, 0)),
    ],
)
def test_opinion_is_not_drawn_larger_than_it_is(opinion, widths):
    assert opinion.widths == widths


def test_figures_of_an_earlier_version_have_classes_where_all_their_parts_are_public(published):
    public = copy.deepcopy(published.public)
    stance = next(it for it in public["questions"] if it["code"] == "stance")
    del stance["classes"]
    assert PublicFigures(public).indicators[0].opinion.changed is None

    for value in stance["values"]:
        value["count"] = {"keep": 12, "amend": 15}.get(value["code"], 0)
    assert PublicFigures(public).indicators[0].opinion == KeepOrChange(12, 15)


def test_overview_asks_as_many_queries_for_one_measure_as_for_many(
    client, session, opened, measure, published
):
    asked = []
    client.get(PAGE)  # the header is then made up too
    client.application.extensions[views.OVERVIEW].clear()
    event.listen(db.engine, "before_cursor_execute", lambda *it: asked.append(it[2]))
    client.get(PAGE)
    alone, asked[:] = len(asked), []

    client.get(PAGE)
    again, asked[:] = len(asked), []
    client.application.extensions[views.OVERVIEW].clear()
    client.get(f"/en{PAGE}")

    assert again == alone - 1
    assert len(asked) == alone


def test_measures_are_folded_in_their_axis_only_where_they_are_many(client, published, monkeypatch):
    assert "<summary>1 mesure" not in client.get(PAGE).text
    monkeypatch.setattr(views, "MOST_UNFOLDED", 0)

    page = client.get(PAGE).text
    assert "<summary>1 mesure" in plain(page)
    assert "1 à changer" in plain(main_text(client.get(PAGE)))
    assert "/resultats/T7#T7.1" not in page
    assert "/resultats/T7#T7.1" in client.get(f"{PAGE}?q=hebergement").text


def test_search_without_a_result_proposes_only_words_that_have_one(client, session, published):
    make_measure(session, "T8", title="Recrutement clandestin")
    session.commit()

    page = client.get(f"{PAGE}?q=zzz").text

    proposed = re.findall(r'href="/resultats\?q=([^"#]+)#mesures"', page)
    assert proposed
    assert not any("ecrutement" in word or "landestin" in word for word in proposed)
    assert all("1 mesure trouvée" in plain(client.get(f"{PAGE}?q={it}").text) for it in proposed)


def test_overview_row_is_rendered_anew_for_a_new_snapshot(
    client, session, opened, measure, published
):
    client.get(PAGE)
    answer_many(session, opened, "T7", (20, {STANCE: "keep"}, JUDGES))
    publish(session, opened, measure.id)

    assert "à garder 32 à changer 18" in plain(main_text(client.get(PAGE)))


def test_words_of_the_method_are_only_where_one_asks_for_more(client, published):
    page = client.get(f"{PAGE}/T7").text
    without = re.sub(r'<details class="more">.*?</details>', "", page, flags=re.DOTALL)

    assert JARGON.search(page)
    assert not JARGON.search(without)
    assert not JARGON.search(client.get(PAGE).text)


def test_tables_are_folded_and_the_headline_is_not(client, published):
    page = client.get(f"{PAGE}/T7").text
    unfolded = re.sub(r'<details class="answers more">.*?</section>', "", page, flags=re.DOTALL)

    assert "<table" in page
    assert "<table" not in unfolded
    assert "À garder pour 40 % des 30 avis" in plain(unfolded)


def test_question_has_one_shape_of_chart_whatever_is_hidden(client, published):
    page = client.get(f"{PAGE}/T7").text

    sides = 2
    assert page.count('<svg class="chart"') == page.count('<div class="question">') + sides


def test_each_verdict_that_concludes_has_a_tag_on_each_question():
    assert all(it.keys() == CONCLUSIVE for it in labels.TAGS.values())
    assert all(it.keys() <= CONCLUSIVE for it in labels.VERDICTS.values())


def test_each_verdict_has_words_of_its_own_on_each_question(app):
    with app.test_request_context("/"):
        texts = [str(it) for each in labels.VERDICTS.values() for it in each.values()]

    assert len(set(texts)) == len(texts) - 1  # two ways in which notes of feasibility divide
    assert not any(JARGON.search(it) for it in texts)
