"""Public pages of reports: figures with their own page, files, what changed since the last one."""

import csv
import re
import zipfile
from io import BytesIO, StringIO

import docx
import pypdf
import pytest
import time_machine

from consultation.clock import now
from consultation.db.base import writing
from consultation.documents.public import files
from consultation.institutions.replies import requests
from consultation.plan.values import record
from consultation.plan.values.models import Reporter, ValuePoint
from consultation.reports import archive, build, editions
from consultation.reports import content as report_content
from consultation.responses.models import Answer, Response
from consultation.web.navigation import REPORTS_LINK, Flag
from consultation.work.services import Work
from tests.decisions.builders import make_organiser, make_published_text
from tests.exports.reading import make, records_of
from tests.factories import make_round
from tests.institutions.replies.builders import act, make_over, make_reply, make_request
from tests.pages import straight
from tests.plan.values.builders import (
    make_measured_indicator,
    make_public_value,
    make_value,
    publish_values,
    redefine,
)
from tests.reports.builders import make_draft, make_report
from tests.statements import selects

AXIS, MEASURE = "/axes/T", "/mesures/T7"
"""Ends of the addresses of parts of a report."""
CITING = "Il y en a {{valeur:T7.1@mi-parcours}}, dont on parle peu."
FIGURE = "/bilan/1/chiffres/valeur:T7.1@mi-parcours"


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def indicator(session):
    return make_measured_indicator(session)


@pytest.fixture
def organiser(session, indicator):
    return make_organiser(session)


@pytest.fixture
def value(session, indicator, organiser):
    return make_public_value(
        session, organiser, indicator, 150.0, source="Rapport annuel", covers="La France"
    )


def test_without_a_report_the_page_says_what_will_come(client):
    answer = client.get("/bilan")

    assert answer.status_code == 404
    assert "Aucun bilan n’est encore publié" in answer.text


def test_report_shows_its_figures_with_their_pages(client, session, organiser, value):
    make_report(session, organiser, introduction=CITING)

    cover, axis, measure = (client.get(f"/bilan/1{it}").text for it in ("", AXIS, MEASURE))

    for page in (cover, measure):
        assert f'<a href="{FIGURE}"' in page.replace("%3A", ":").replace("%40", "@")
    assert ">150</a>" in cover
    assert "Rapport annuel" in measure
    assert all("En retard" in page for page in (axis, measure))


def test_draft_is_nowhere_public(client, session, organiser, value):
    make_draft(session, organiser, introduction="Phrase encore secrète.")
    assert editions.in_preparation(session).introduction == {"fr": "Phrase encore secrète."}

    parts = (f"/bilan/1{AXIS}", f"/bilan/1{MEASURE}")
    for address in ("/bilan", "/bilan/1", *parts, "/bilan/1/bilan.html", FIGURE):
        assert client.get(address).status_code == 404


def test_figure_has_its_facts_and_the_sentence_to_quote_it(client, session, organiser, value):
    make_report(session, organiser)

    page = client.get(FIGURE).text

    none_hidden = "La source n’en masque aucun."
    for text in ("150", "Rapport annuel", "La France", none_hidden, "Pour le citer", "bilan n° 1"):
        assert text in page.replace("\xa0", " ")
    assert client.get(FIGURE.replace("T7", "T9")).status_code == 404


def test_figure_that_is_not_shown_says_why(client, session, organiser, indicator):
    make_public_value(session, organiser, indicator, 3.0)
    make_report(session, organiser)

    page = client.get(FIGURE).text

    assert "moins de 11" in page.replace("\xa0", " ")
    assert "il pourrait faire reconnaître" in page


def test_same_number_is_in_every_page_and_file(client, session, organiser, indicator, tmp_path):
    make_public_value(session, organiser, indicator, 1234.5)
    make_report(session, organiser, introduction=CITING)
    opened = make_round(session)
    session.commit()

    pages = (
        "/bilan/1", f"/bilan/1{AXIS}", f"/bilan/1{MEASURE}", FIGURE, "/bilan/1/bilan.html",
        "/plan/T7", "/mesures/T7/indicateurs/T7.1", "/plan.csv",
    )  # fmt: skip
    texts = {it: client.get(it).text for it in pages}
    pdf = pypdf.PdfReader(BytesIO(client.get("/bilan/1/bilan.pdf").data))
    texts["pdf"] = "".join(page.extract_text() for page in pdf.pages)
    document = docx.Document(BytesIO(client.get("/bilan/1/bilan.docx").data))
    texts["docx"] = "\n".join(paragraph.text for paragraph in document.paragraphs)
    with zipfile.ZipFile(BytesIO(client.get("/bilan/1/donnees.zip").data)) as package:
        texts["data"] = package.read("chiffres.csv").decode()
    book = make(session, opened, tmp_path)

    assert [it for it, text in texts.items() if "1234,5" not in "".join(text.split())] == []
    figure = client.get("/bilan/1.json").json["content"]["figures"]["valeur:T7.1@mi-parcours"]
    (measure,) = client.get("/plan.json").json["measures"]
    assert figure["facts"]["value"] == measure["indicators"][0]["values"][0]["value"] == 1234.5
    assert [it["Valeur"] for it in records_of(book.path, "Valeurs")] == [1234.5]


def test_value_of_another_definition_is_marked_in_every_page_and_file(
    client, session, organiser, indicator
):
    make_public_value(session, organiser, indicator, 41.0)
    redefine(session, indicator)
    make_public_value(session, organiser, indicator, 250.0, point=ValuePoint.FINAL)
    make_report(session, organiser, introduction=CITING)

    pages = (f"/bilan/1{MEASURE}", FIGURE, "/bilan/1/bilan.html")
    texts = {it: re.sub(r"<[^>]+>", "", client.get(it).text) for it in pages}
    pdf = pypdf.PdfReader(BytesIO(client.get("/bilan/1/bilan.pdf").data))
    texts["pdf"] = "".join(page.extract_text() for page in pdf.pages)
    document = docx.Document(BytesIO(client.get("/bilan/1/bilan.docx").data))
    rows = [row for table in document.tables for row in table.rows]
    texts["docx"] = "\n".join(cell.text for row in rows for cell in row.cells)
    with zipfile.ZipFile(BytesIO(client.get("/bilan/1/donnees.zip").data)) as package:
        texts["data"] = package.read("chiffres.csv").decode()

    plain = {it: "".join(text.split()) for it, text in texts.items()}
    assert [it for it, text in plain.items() if "41(autredéfinition)" not in text] == []
    assert "250(autredéfinition)" not in "".join(plain.values())
    assert "on ne la compare ni aux cibles, ni à la suite" in texts[FIGURE]
    data = csv.DictReader(StringIO(texts["data"].removeprefix("\ufeff")), delimiter=";")
    compared = {
        it["Imprimé"]: it["Se compare aux cibles"] for it in data if it["Nature"] == "valeur"
    }
    assert compared == {"41 (autre définition)": "non", "250": "oui"}


def test_published_report_stays_when_a_value_is_corrected(
    client, session, organiser, indicator, value
):
    make_report(session, organiser, introduction=CITING)
    with writing(session):
        point, dated = ValuePoint.MIDTERM, "2026"
        report = record.Report(
            reported_by=Reporter.STATE, point=point, value=160.0, observed_on=dated
        )
        corrected = record.report(
            Work(session, organiser, now()), indicator, report, supersedes=value.public_id
        )
    publish_values(session, organiser, corrected)
    assert "150" in client.get(FIGURE).text

    make_report(session, organiser, introduction=CITING)

    page = client.get("/bilan").text
    assert "Ce qui a changé depuis le bilan n° 1" in page.replace("\xa0", " ")
    assert "1 chiffre a changé" in page
    assert "150" in client.get("/bilan/1").text


def test_unpublished_value_is_in_no_report(client, session, organiser, indicator):
    make_value(session, organiser, indicator, 4321.0)
    make_report(session, organiser)

    for address in ("/bilan", f"/bilan/1{AXIS}", f"/bilan/1{MEASURE}", "/bilan/1/bilan.html"):
        assert "4321" not in "".join(client.get(address).text.split())


def test_withdrawn_quotation_is_gone_from_every_page(client, session, organiser, indicator):
    opened = make_round(session)
    session.commit()
    answer_id = make_published_text(session, opened, "Il manque des places.")
    make_report(session, organiser, quotations=[answer_id])
    addresses = (f"/bilan/1{MEASURE}", "/bilan/1/bilan.html")
    assert all("Il manque des places." in client.get(it).text for it in addresses)

    session.get(Response, session.get(Answer, answer_id).response_id).withdrawn_at = now()
    session.commit()

    assert not any("Il manque des places." in client.get(it).text for it in addresses)


def test_quotation_in_another_language_says_which(client, session, organiser, indicator):
    opened = make_round(session)
    session.commit()
    answer_id = make_published_text(session, opened, "Count the refusals.", locale="en")
    make_report(session, organiser, quotations=[answer_id])

    said_after = client.get(f"/bilan/1{MEASURE}").text.partition("Count the refusals.")[2]

    assert (
        said_after.partition("</blockquote>")[2].lstrip().startswith('<p class="hint">En anglais')
    )


def test_report_is_in_english_too(client, session, organiser, value):
    make_report(session, organiser, introduction=CITING)

    page = client.get("/en/bilan").text

    assert '<html lang="en"' in page
    assert "150" in page


@pytest.mark.parametrize("number", [0, 2, 99999999999999999999])
def test_report_that_is_not_there_is_not_found(client, session, organiser, value, number):
    make_report(session, organiser)

    assert client.get(f"/bilan/{number}").status_code == 404


def test_other_pages_lead_to_a_report_once_there_is_one(app, session, organiser, value):
    make_round(session)
    session.commit()
    addresses, link = ("/", "/plan"), 'href="/bilan"'
    client = app.test_client()
    assert not any(link in client.get(it).text for it in addresses)

    make_report(session, organiser)
    app.extensions[REPORTS_LINK] = Flag(lambda: editions.is_any_published(session))

    assert [it for it in addresses if link not in client.get(it).text] == []


def test_reply_of_an_institution_is_printed_as_it_is_and_later_ones_are_not(
    app, client, session, organiser, indicator
):
    with time_machine.travel(now(), tick=False) as traveller:
        answered = make_request(session, app, organiser)
        make_reply(session, answered, text="Les huit autres ouvrent en mars.")
        silent = make_request(session, app, organiser, institution="Direction muette")
        make_over(traveller, answered)
        make_report(session, organiser)
        traveller.shift(60)
        for row in (answered, silent):
            act(session, organiser, row, requests.publish)
        traveller.shift(60)
        make_report(session, organiser)

    first, second = (client.get(f"/bilan/{number}{MEASURE}").text for number in (1, 2))
    assert "Les huit autres ouvrent en mars." not in first
    assert "Les huit autres ouvrent en mars." in second
    assert "Direction muette" in second
    assert "elle n’a pas répondu" in second
    opened = docx.Document(BytesIO(client.get("/bilan/2/bilan.docx").data))
    assert "Les huit autres ouvrent en mars." in "\n".join(it.text for it in opened.paragraphs)


def counted(monkeypatch, module, name):
    """The calls of a function that is called all the same."""
    calls, called = [], getattr(module, name)
    monkeypatch.setattr(module, name, lambda *it: calls.append(it) or called(*it))
    return calls


def test_page_and_data_of_a_report_are_made_once(client, session, organiser, value, monkeypatch):
    make_report(session, organiser)
    documents = counted(monkeypatch, build, "document_of")
    archives = counted(monkeypatch, archive, "archived")

    pages = [client.get(address).text for address in ("/bilan/1", "/bilan/1", "/bilan")]
    data = [client.get("/bilan/1/donnees.zip").data for _ in range(2)]

    assert pages[0] == pages[1]
    assert data[0] == data[1]
    assert (len(documents), len(archives)) == (1, 1)


def test_report_that_is_kept_is_built_for_no_reader(client, session, organiser, value, monkeypatch):
    make_report(session, organiser)
    documents = counted(monkeypatch, build, "document_of")

    made = [client.get("/bilan/1/bilan.html").data for _ in range(2)]

    assert made[0] == made[1]
    assert len(documents) == 1


@pytest.mark.parametrize(
    "name", ["1", f"1{AXIS}", f"1{MEASURE}", "1.json", "1/bilan.html", "1/donnees.zip"]
)
def test_content_of_a_report_is_read_for_who_asks_first(client, session, organiser, value, name):
    make_report(session, organiser)
    asked = []
    for _ in range(2):
        session.remove()
        with selects() as statements:
            assert client.get(f"/bilan/{name}").status_code == 200
        asked.append(any(re.search(r"report_edition\.content\b", it) for it in statements))

    assert asked == [True, False]


def test_kept_page_and_file_lose_a_quotation_at_the_next_request(app, client, session, organiser):
    opened = make_round(session)
    session.commit()
    answer_id = make_published_text(session, opened, "Trop peu de places.")
    make_report(session, organiser, quotations=[answer_id])
    addresses = (f"/bilan/1{MEASURE}", "/bilan/1/bilan.html")
    assert all("Trop peu de places." in client.get(it).text for it in addresses)
    (kept,) = (app.config["HOME"] / files.FOLDER).iterdir()
    assert b"Trop peu de places." not in kept.read_bytes()

    response = session.get_one(Response, session.get_one(Answer, answer_id).response_id)
    response.withdrawn_at = now()
    session.commit()

    assert not any("Trop peu de places." in client.get(it).text for it in addresses)


def test_summary_is_offered_with_its_pages_and_given_alone(client, session, organiser, value):
    make_report(session, organiser)

    alone = client.get("/bilan/1/resume.pdf")

    assert alone.mimetype == "application/pdf"
    assert 'filename="bilan-1-resume-fr.pdf"' in alone.headers["Content-Disposition"]
    page = straight(client.get("/bilan/1").text)
    (listed,) = re.findall(
        r'href="/bilan/1/resume.pdf"[^>]*>([^<]+)</a>[^<]*<span[^>]*>([^<]+)', page
    )
    assert listed[0] == "Résumé en PDF, à imprimer"
    assert listed[1].replace("\xa0", " ").startswith("1 page, ")


def test_report_published_before_has_no_summary_alone(
    client, session, organiser, value, monkeypatch
):
    monkeypatch.setattr(report_content, "FORMAT", 1)
    make_report(session, organiser)

    assert client.get("/bilan/1/resume.pdf").status_code == 404
    assert "resume.pdf" not in client.get("/bilan/1").text
