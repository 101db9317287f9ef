"""Page of all decisions, and its files: by edition or by measure, narrowed down, paged."""

import json
import re

import pytest

from consultation.decisions.decide import Subject
from consultation.decisions.models import DecisionOutcome, IndicatorChange
from consultation.decisions.public import overview, quotations
from consultation.decisions.published import published_decisions
from consultation.spreadsheets import csv_files
from consultation.web import navigation
from consultation.web.navigation import FLAG_SECONDS
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_earlier_decision,
    make_edition,
    make_published_text,
    wording_of,
)
from tests.factories import make_axis, make_measure
from tests.pages import main_text
from tests.statements import selects

PAGE = "/decisions"
KEPT = {"fr": "On garde tout."}


def decide_on(session, organiser, *codes, **values):
    return [
        make_decision(session, organiser, indicator_subject(session, code), **values)
        for code in codes
    ]


@pytest.fixture
def two_editions(session, opened, organiser):
    """T7.1 decided twice, T4.1 and T7.2 once each."""
    first = decide_on(session, organiser, "T7.1", reason={"fr": "Raison première."})
    about = indicator_subject(session, "T4.1")
    first.append(make_earlier_decision(session, organiser, about, DecisionOutcome.NOT_TAKEN))
    make_edition(session, organiser, *first, title="L'ancienne", introduction={"fr": "Du *début*."})
    second = decide_on(session, organiser, "T7.1", "T7.2", outcome=DecisionOutcome.LATER)
    make_edition(
        session, organiser, *second, title="La nouvelle", introduction={"fr": "La **fin**"}
    )


def rows_of(client, path=PAGE):
    """Edition and code of each decision that the JSON beside a page has."""
    _path, _, query = path.partition("?")
    content = json.loads(client.get(f"/decisions.json?{query}").text)
    return [(it["edition"], it["indicator"]) for it in content["decisions"]]


def places(page, *texts):
    shown = main_text(page)
    return [shown.index(text) for text in texts]


def test_page_without_an_edition_says_what_will_come(client, session, opened, organiser):
    decide_on(session, organiser, "T7.1")

    for path, sentence in ((PAGE, "Rien n'est encore publié"), ("/en" + PAGE, "Nothing is")):
        page = client.get(path)
        assert page.status_code == 200
        assert sentence in main_text(page)
    assert rows_of(client) == []
    assert len(client.get("/decisions.csv").text.splitlines()) == 1


def test_decisions_are_listed_by_edition_the_latest_first(client, two_editions):
    page = client.get(PAGE)

    order = places(page, "La nouvelle", "T7.2", "Édition 1 L'ancienne", "T4.1", "Raison première.")
    assert order == sorted(order)
    assert "<strong>fin</strong>" in page.text
    assert "début" not in main_text(page)
    assert "4 décisions" in main_text(page).replace("\u00a0", " ")
    assert 'href="/document?edition=2"' in page.text
    assert 'href="/document?edition=1"' in client.get(f"{PAGE}?edition=1").text


def test_decisions_are_listed_by_measure(client, two_editions):
    page = client.get(f"{PAGE}?par=mesure")

    order = places(page, "T4 Accès", "T4.1", "T7 Hébergement", "T7.2", "Raison première.")
    assert order == sorted(order)
    assert "?edition=2&amp;par=mesure" in client.get(f"{PAGE}?par=mesure&edition=2").text


@pytest.mark.every_case
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [(2, "T7.1"), (2, "T7.2"), (1, "T4.1"), (1, "T7.1")]),
        ("edition=1", [(1, "T4.1"), (1, "T7.1")]),
        ("mesure=T7", [(2, "T7.1"), (2, "T7.2"), (1, "T7.1")]),
        ("mesure=T7&edition=1", [(1, "T7.1")]),
        ("suite=not_taken", [(1, "T4.1")]),
        ("suite=not_taken&mesure=T7", []),
        ("axe=T&suite=later", [(2, "T7.1"), (2, "T7.2")]),
        ("edition=9&mesure=X&suite=x&axe=x", [(2, "T7.1"), (2, "T7.2"), (1, "T4.1"), (1, "T7.1")]),
        ("edition=x", [(2, "T7.1"), (2, "T7.2"), (1, "T4.1"), (1, "T7.1")]),
    ],
)  # fmt: skip
def test_decisions_are_narrowed_down_on_the_page_and_in_its_files(
    client, two_editions, query, expected
):
    assert rows_of(client, f"{PAGE}?{query}") == expected
    page = client.get(f"{PAGE}?{query}")
    assert page.text.count('<article class="decided"') == len(expected)
    assert ("Aucune décision ne correspond" in main_text(page)) == (expected == [])
    csv = csv_files.read(client.get(f"/decisions.csv?{query}").data, "decisions.csv")
    assert [row[3] for row in csv[1:]] == [code for _, code in expected]


def test_axis_narrows_down_to_its_measures(client, session, opened, organiser):
    other = make_measure(session, "U1", indicators=1)
    other.axis_id = make_axis(session, "U").id
    session.commit()
    make_edition(session, organiser, *decide_on(session, organiser, "T7.1", "U1.1"))

    assert rows_of(client, f"{PAGE}?axe=U") == [(1, "U1.1")]


def test_counts_of_outcomes_are_of_what_else_was_asked_for(client, two_editions):
    def counts(query=""):
        options = client.get(f"{PAGE}?{query}").text.partition('id="suite"')[2]
        return [it for it in ("Gardé (1)", "Non repris (1)", "Reporté (2)") if it in options]

    assert counts() == ["Gardé (1)", "Non repris (1)", "Reporté (2)"]
    assert counts("suite=later") == ["Gardé (1)", "Non repris (1)", "Reporté (2)"]
    assert counts("edition=2") == ["Reporté (2)"]


def test_edition_without_decisions_says_that_it_changes_nothing(client, session, opened, organiser):
    make_edition(session, organiser, title="Telle quelle")

    page = client.get(PAGE)
    assert "Telle quelle" in main_text(page)
    assert "Cette édition ne change rien" in main_text(page)
    assert "<select" not in page.text

    make_edition(session, organiser, title="Encore")
    assert "Telle quelle" in main_text(client.get(f"{PAGE}?edition=1"))
    assert "Encore" not in main_text(client.get(f"{PAGE}?edition=1"))


def test_decision_of_before_says_what_it_said(client, session, opened, organiser):
    about = indicator_subject(session)
    changed = {"wording": wording_of(about, label="Places ouvertes")}
    taken, reworded = DecisionOutcome.TAKEN_IN_PART, IndicatorChange.REWORD
    earlier = make_earlier_decision(session, organiser, about, taken, reworded, **changed)
    make_edition(session, organiser, earlier, *decide_on(session, organiser, "T7.2"))

    page = main_text(client.get(PAGE))
    assert re.search(r"Repris en partie\s+Nouveau texte", page)
    assert re.search(r"Gardé\s+Les contributions", page)


def test_decision_on_what_is_missing_is_listed_by_its_subject(client, session, opened, organiser):
    measure = Subject(indicator_subject(session).measure)
    decision = make_decision(
        session, organiser, measure, outcome=DecisionOutcome.LATER, subject={"fr": "Un budget"}
    )
    make_edition(session, organiser, decision)

    assert "Ce qui manquait : Un budget" in main_text(client.get(PAGE)).replace("\u00a0", " ")
    (found,) = json.loads(client.get("/decisions.json").text)["decisions"]
    assert (found["indicator"], found["label"]) == (None, {"fr": "Un budget"})
    assert found["page"].endswith("/decisions?mesure=T7")


def test_long_list_is_paged_and_every_decision_is_on_one_page(
    client, session, opened, organiser, monkeypatch
):
    monkeypatch.setattr(overview, "PER_PAGE", 2)
    make_edition(session, organiser, *decide_on(session, organiser, "T7.1", "T4.1", "T7.2"))

    pages = [main_text(client.get(f"{PAGE}?page={number}")) for number in (1, 2)]
    assert [["T4.1" in it, "T7.1" in it, "T7.2" in it] for it in pages] == [
        [True, True, False],
        [False, False, True],
    ]
    assert 'href="/decisions?page=1"' in client.get(f"{PAGE}?page=99").text
    assert "page=2&amp;mesure=T7" not in client.get(f"{PAGE}?mesure=T7").text


def test_few_texts_are_quoted_and_the_others_counted(client, session, opened, organiser):
    answers = [
        make_published_text(session, opened, f"Avis numéro {number}.") for number in range(7)
    ]
    make_edition(session, organiser, *decide_on(session, organiser, "T7.1", answer_ids=answers))

    page = main_text(client.get(PAGE)).replace("\u00a0", " ")
    assert page.count("Avis numéro") == quotations.MOST_QUOTED == 5
    assert "et 2 autres extraits." in page
    assert "s'appuie sur 5 à 19 contributions" in page
    (found,) = json.loads(client.get("/decisions.json").text)["decisions"]
    assert (len(found["quotations"]), found["other_quotations"]) == (5, 2)
    assert found["contributions"] == {"at_least": 5, "below": 20}


def test_quotations_stand_in_an_order_that_says_nothing_of_their_authors(
    session, opened, organiser
):
    texts = [f"Avis numéro {number}." for number in range(5)]
    answers = [make_published_text(session, opened, text) for text in texts]
    make_edition(session, organiser, *decide_on(session, organiser, "T7.1", answer_ids=answers))

    (decided,) = published_decisions(session)
    assert decided.basis.quotations == texts
    quoted = [it.text for it in quotations.quoted(decided.basis).texts]
    assert sorted(quoted) == texts
    assert quoted != texts


def test_text_that_several_wrote_alike_is_quoted_once(client, session, opened, organiser):
    answers = [make_published_text(session, opened, "Comptez les refus.") for _ in range(7)]
    make_edition(session, organiser, *decide_on(session, organiser, "T7.1", answer_ids=answers))

    page = main_text(client.get(PAGE))
    assert page.count("Comptez les refus.") == 1
    assert "autre extrait" not in page
    assert "moins de 10 contributions" in page.replace("\u00a0", " ")


def test_quotation_is_marked_as_of_its_language(client, session, opened, organiser):
    answers = [make_published_text(session, opened, "Count the refusals.", locale="en")]
    make_edition(session, organiser, *decide_on(session, organiser, "T7.1", answer_ids=answers))

    french, english = client.get(PAGE).text, client.get("/en" + PAGE).text
    assert '<blockquote class="quoted" lang="en" dir="auto">Count' in french
    assert '<p class="hint">En anglais</p>' in french
    assert '<blockquote class="quoted" dir="auto">Count' in english
    assert "anglais" not in english.partition("Count")[2]


def test_files_have_documented_fields(client, session, opened, organiser):
    (decision,) = decide_on(session, organiser, "T7.1", label="Places ouvertes", reason=KEPT)
    edition = make_edition(session, organiser, decision, introduction={"fr": "Voici"})

    content = json.loads(client.get("/decisions.json").text)
    assert (content["format"], content["format_version"]) == ("consultation-decisions", 3)
    (found,) = content["editions"]
    assert found == {
        "number": 1, "title": {"fr": "Version révisée"}, "introduction": {"fr": "Voici"},
        "published_at": edition.published_at.isoformat(timespec="seconds"),
        "sha256": edition.content_hash,
    }  # fmt: skip
    (decided,) = content["decisions"]
    assert decided["texts"] == {
        "label": {
            "before": {"fr": "Places réservées (T7.1)", "en": "Reserved places (T7.1)"},
            "after": {"fr": "Places ouvertes"},
        }
    }
    assert decided["page"] == "https://consultation.example/mesures/T7/indicateurs/T7.1"
    header, row = csv_files.read(client.get("/decisions.csv").data, "decisions.csv")
    found = dict(zip(header, row, strict=True))
    assert found["Textes changés"] == "Intitulé : Places réservées (T7.1) → Places ouvertes"
    assert (found["Décision"], found["Motif"]) == ("Modifié", KEPT["fr"])
    english = csv_files.read(client.get("/en/decisions.csv").data, "decisions.csv")
    assert english[0][5] == "Decision"


def test_formula_in_a_reason_is_text_in_the_csv_file(client, session, opened, organiser):
    formula = {"fr": "=HYPERLINK(1)"}
    make_edition(session, organiser, *decide_on(session, organiser, "T7.1", reason=formula))

    assert ";'=HYPERLINK(1);" in client.get("/decisions.csv").text


def test_page_takes_as_many_queries_for_many_decisions(client, session, opened, organiser):
    def publish(*codes):
        text = make_published_text(session, opened, f"Avis sur {codes[0]}.")
        decided = decide_on(session, organiser, *codes, answer_ids=[text])
        make_edition(session, organiser, *decided)

    publish("T7.1")
    client.get(PAGE)
    with selects() as few:
        client.get(PAGE)
    publish("T7.1", "T7.2", "T4.1")
    with selects() as many:
        client.get(PAGE)

    assert len(few) == len(many)


class Ticks:
    def __init__(self, monkeypatch):
        self.at = 100.0
        monkeypatch.setattr(navigation, "ticks", lambda: self.at)


def test_every_page_links_to_decisions_once_an_edition_is_published(
    client, session, opened, organiser, monkeypatch
):
    ticks, link = Ticks(monkeypatch), f'href="{PAGE}"'
    pages = ("/", "/mesures", "/aide", "/mesures/T7", "/mesures/T7/contribuer")
    decided = decide_on(session, organiser, "T7.1")
    assert [path for path in pages if link in client.get(path).text] == []

    make_edition(session, organiser, *decided)
    ticks.at += FLAG_SECONDS

    assert 'href="/decisions?mesure=T7"' in client.get("/mesures/T7").text
    assert [path for path in pages if link not in client.get(path).text] == []
