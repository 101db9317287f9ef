"""Public pages of the working document, its files, and the short addresses of forms."""

import os
import re
from io import BytesIO

import docx
import pypdf
import pytest
import time_machine

from consultation import turns
from consultation.clock import now
from consultation.db.base import writing
from consultation.documents import office, views
from consultation.documents.public import files, handlers
from consultation.jobs import erase_copies
from consultation.moderation.models import ModeratedText
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_published_text,
)
from tests.decisions.test_deciding import erase as erase
from tests.decisions.test_deciding import withdraw, withhold
from tests.documents.builders import plan_of_axes, two_editions
from tests.faults.server import wait_for
from tests.moderation.builders import Colleague, make_actor, range_of

AXIS = "/document/axes/T"
LARGEST_PAGE = 120_000
QUOTED = "Comptez aussi les places en outre-mer."
PDF = "/document/edition-2.pdf"


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_page_shows_the_last_edition_and_leads_to_its_files(
    client, session, opened, organiser, prefix
):
    two_editions(session, organiser)

    page, axis = client.get(f"{prefix}/document"), client.get(f"{prefix}{AXIS}")

    assert (page.status_code, axis.status_code) == (200, 200)
    assert "Deuxième version" in page.text
    assert f"{prefix}/document/edition-2.docx" in page.text
    assert f'href="{prefix}{AXIS}#mesure-T7"' in page.text
    lang = {"": "", "/en": ' lang="fr"'}[prefix]  # nobody translated the new wording
    assert f'<span dir="auto"{lang}>Places ouvertes (T7.1)</span>' in axis.text


def test_earlier_edition_stays_at_its_address(client, session, opened, organiser):
    two_editions(session, organiser)

    page, axis = client.get("/document?edition=1"), client.get(f"{AXIS}?edition=1")

    assert "Première version" in page.text
    assert f'href="{AXIS}?edition=1"' in page.text
    assert "Places réservées (T7.1)" in axis.text


def test_page_says_what_changed_when_asked_to(client, session, opened, organiser):
    two_editions(session, organiser)

    page, axis = client.get("/document?edition=2&depuis=1"), client.get(f"{AXIS}?depuis=1")

    assert '<del><span class="hidden">[enlevé\xa0: </span>réservées' in axis.text
    assert "<del>" not in client.get(AXIS).text
    assert f'href="{AXIS}?depuis=1#mesure-T7"' in page.text
    assert client.get("/document?edition=1&depuis=1").status_code == 200


def test_page_says_in_a_sentence_what_it_holds_and_what_changed(client, session, opened, organiser):
    two_editions(session, organiser)
    french, english = (
        client.get(it).text.replace("\xa0", " ") for it in ("/document", "/en/document")
    )

    assert (
        "2 mesures et 3 indicateurs. Depuis l’édition précédente, 1 indicateur a été reformulé."
    ) in french
    assert "2 measures and 3 indicators. Since the previous edition, 1 indicator was" in english
    assert "C’est la première édition." in client.get("/document?edition=1").text


def test_each_measure_and_indicator_is_on_the_page_of_its_axis_alone(client, session, organiser):
    plan_of_axes(session)
    make_edition(session, organiser)

    pages = {place: client.get(f"/document/axes/A{place}") for place in range(1, 7)}
    contents = client.get("/document")

    for place, page in pages.items():
        measures = re.findall(r'id="mesure-([^"]+)"', page.text)
        indicators = re.findall(r'id="indicateur-([^"]+)"', page.text)
        assert measures == [f"A{place}-{number}" for number in range(1, 11)]
        assert indicators == [f"{code}.{kind}" for code in measures for kind in range(1, 5)]
        assert all(contents.text.count(f'#mesure-{code}"') == 1 for code in measures)
    sizes = [len(page.data) for page in (contents, *pages.values())]
    assert max(sizes) <= LARGEST_PAGE


def test_page_of_an_axis_leads_to_the_next_one_and_to_the_contents(client, session, organiser):
    plan_of_axes(session)
    make_edition(session, organiser)

    first, last = client.get("/document/axes/A1").text, client.get("/document/axes/A6").text

    assert 'href="/document/axes/A2"' in first
    assert 'href="/document"' in first
    assert "/document/axes/" not in last.partition('class="next-pages"')[2]


def test_pages_ask_for_an_opinion_only_while_a_round_is_open(client, session, opened, organiser):
    make_edition(session, organiser)
    asked = [client.get(it).text for it in ("/document", AXIS)]
    with time_machine.travel(opened.closes_at.replace(year=opened.closes_at.year + 1)):
        later = [client.get(it).text for it in ("/document", AXIS)]

    assert ["Donner mon avis" in page for page in (*asked, *later)] == [True, True, False, False]


def test_size_of_a_file_is_given_once_it_is_made(client, session, opened, organiser):
    make_edition(session, organiser)
    before = client.get("/document").text
    made = client.get("/document/edition-1.html").data

    after = client.get("/document").text

    assert f"{-(-len(made) // 1000)}\xa0ko" in after.replace(" ", "\xa0")
    assert "\xa0ko" not in before.replace(" ", "\xa0")


def test_without_edition_a_calm_page_says_so(client, opened):
    page = client.get("/document")

    assert page.status_code == 404
    assert "Aucune édition n’est encore publiée" in page.text
    assert client.get(PDF).status_code == 404
    assert client.get(AXIS).status_code == 404


@pytest.mark.parametrize(
    "address",
    ["/document?edition=9", "/document/edition-9.pdf", f"{AXIS}?edition=9", "/document/axes/X"],
)
def test_edition_that_is_not_published_is_not_there(client, session, opened, organiser, address):
    two_editions(session, organiser)

    assert client.get(address).status_code == 404


def test_files_are_attached_under_the_name_of_their_edition(client, session, opened, organiser):
    two_editions(session, organiser)

    pdf, word = client.get(PDF), client.get("/en/document/edition-2.docx?depuis=1")

    assert pdf.headers["Content-Disposition"] == 'attachment; filename="document-edition-2-fr.pdf"'
    assert pypdf.PdfReader(BytesIO(pdf.data)).metadata.title == "Deuxième version"
    assert "edition-2-depuis-1-en.docx" in word.headers["Content-Disposition"]
    assert docx.Document(BytesIO(word.data)).core_properties.title == "Deuxième version"


def kept_files(app):
    return sorted((app.config["HOME"] / files.FOLDER).glob("*"))


def test_file_is_written_for_who_asks_first(app, client, session, opened, organiser, monkeypatch):
    two_editions(session, organiser)
    first = client.get(PDF).data
    monkeypatch.setattr(files, "written", lambda *_: pytest.fail("written again"))

    assert client.get(PDF).data == first
    assert len(kept_files(app)) == 1


@pytest.mark.parametrize("since", ["", "?depuis=1", "?depuis=0"])
def test_document_is_built_for_who_asks_first(
    app, client, session, opened, organiser, monkeypatch, since
):
    two_editions(session, organiser)
    file = f"/document/edition-2.docx{since}"
    addresses = [file, f"/document{since}", f"{AXIS}{since}"]
    first = [client.get(it).data for it in addresses]
    for module in (files, views.build):
        monkeypatch.setattr(module, "of_sources", lambda *_: pytest.fail("built again"))

    assert [client.get(it).data for it in addresses] == first


def test_page_lists_an_edition_as_soon_as_it_is_published(client, session, opened, organiser):
    make_edition(session, organiser, title="Première version")
    address = "/document?edition=1"
    assert "Deuxième version" not in client.get(address).text

    make_edition(session, organiser, title="Deuxième version")

    assert "Deuxième version" in client.get(address).text


def test_kept_files_are_few(app, client, session, opened, organiser, monkeypatch):
    two_editions(session, organiser)
    monkeypatch.setattr(files, "MOST_KEPT", 2)

    for number in (1, 2):
        for extension in ("html", "docx"):
            assert client.get(f"/document/edition-{number}.{extension}").status_code == 200

    assert len(kept_files(app)) == 2


def test_format_that_cannot_be_written_here_is_neither_offered_nor_served(
    client, session, opened, organiser, monkeypatch
):
    two_editions(session, organiser)
    monkeypatch.setattr(office, "PROGRAM", "no-such-program")

    assert "ODT" not in client.get("/document").text
    assert client.get("/document/edition-2.odt").status_code == 404


@pytest.mark.parametrize(("converts", "status"), [(True, 200), (False, 404)])
def test_odt_is_offered_and_served_where_its_trial_made_one(
    app, client, session, opened, organiser, monkeypatch, tmp_path, converts, status
):
    two_editions(session, organiser)
    program = tmp_path / "office"
    program.write_text('#!/bin/sh\nfor last; do :; done; cat "$last" > "${last%.docx}.odt"\n')
    program.chmod(0o755)
    monkeypatch.setattr(office, "PROGRAM", str(program))
    office.note_trial(app.config["HOME"], now(), converts=converts)

    assert ("ODT" in client.get("/document").text) is converts
    assert client.get("/document/edition-2.odt").status_code == status


def decided_on_a_text(session, opened, organiser):
    text = make_published_text(session, opened, QUOTED)
    decision = make_decision(
        session, organiser, indicator_subject(session), label="Places", answer_ids=[text]
    )
    make_edition(session, organiser, decision)
    return text


def mask(session, answer_id):
    colleague = Colleague(session, make_actor(session, "masquage"))
    colleague.mask(session.get_one(ModeratedText, answer_id), range_of(QUOTED, "outre-mer"))


@pytest.mark.parametrize("way", ["withdrawn", "withheld", "masked", "erased"])
def test_quoted_text_that_is_gone_is_in_no_file(
    app, client, session, opened, organiser, erase, way
):
    text = decided_on_a_text(session, opened, organiser)
    address = "/document/edition-1.html?depuis=0"
    assert QUOTED in client.get(address).text
    assert QUOTED in client.get(f"{AXIS}?depuis=0").text

    ways = {"withdrawn": withdraw, "withheld": withhold, "masked": mask, "erased": erase}
    ways[way](session, text)

    assert "outre-mer" not in client.get(address).text
    assert "outre-mer" not in client.get(f"{AXIS}?depuis=0").text
    assert not any(b"outre-mer" in path.read_bytes() for path in kept_files(app))


def test_file_on_the_disk_can_be_read_with_its_texts_only(
    app, client, session, opened, organiser, monkeypatch
):
    decided_on_a_text(session, opened, organiser)
    address = "/document/edition-1.html?depuis=0"
    made = count_written(monkeypatch)

    assert [QUOTED in client.get(address).text for _ in range(2)] == [True, True]

    (kept,) = kept_files(app)
    assert len(made) == 1
    assert b"outre-mer" not in kept.read_bytes()
    assert b"<html" not in kept.read_bytes()


def test_file_that_is_not_whole_is_written_again(app, client, session, opened, organiser):
    two_editions(session, organiser)
    first = client.get(PDF).data
    (kept,) = kept_files(app)
    kept.write_bytes(kept.read_bytes()[:-1])

    assert client.get(PDF).data[:4] == first[:4] == b"%PDF"


def test_erasure_removes_the_files_that_are_kept(app, client, session, opened, organiser):
    two_editions(session, organiser)
    client.get("/document/edition-2.html")
    assert kept_files(app)

    for clean in erase_copies._cleaners.values():
        clean(now())

    assert kept_files(app) == []


def test_visitor_waits_for_no_second_file(client, session, opened, organiser, monkeypatch):
    two_editions(session, organiser)
    monkeypatch.setattr(turns, "LONGEST_WAIT", 0.01)

    with turns.turn():
        refused = client.get(PDF)

    assert refused.status_code == 503
    assert "Retry-After" in refused.headers
    assert client.get(PDF).status_code == 200


def test_file_that_quotes_is_made_anew_once_a_text_is_gone(
    client, session, opened, organiser, monkeypatch
):
    text = decided_on_a_text(session, opened, organiser)
    address = "/document/edition-1.html?depuis=0"
    made = count_written(monkeypatch)
    assert QUOTED in client.get(address).text

    withdraw(session, text)

    assert "outre-mer" not in client.get(address).text
    assert len(made) == 2


def count_written(monkeypatch):
    made, write = [], files.written
    monkeypatch.setattr(files, "written", lambda *it: made.append(it) or write(*it))
    return made


class TestNearlyFullDisk:
    """A disk that has no room for documents left, or whose last byte is taken."""

    def test_file_is_made_and_leaves_the_reserve_to_contributions(
        self, app, client, session, opened, organiser, monkeypatch
    ):
        two_editions(session, organiser)
        made = count_written(monkeypatch)
        monkeypatch.setattr("consultation.files.RESERVE", 2**62)

        assert [client.get(PDF).status_code for _ in range(2)] == [200, 200]
        assert kept_files(app) == []
        assert len(made) == 1

        monkeypatch.setattr(files, "QUOTING", 0.0)
        client.get("/document/edition-1.html")
        held = client.application.extensions[handlers.FILES]._held
        wait_for(lambda: len(held._packed) == 1)

    def test_copy_that_fails_leaves_nothing_and_the_reader_has_the_file(
        self, app, client, session, opened, organiser, monkeypatch
    ):
        two_editions(session, organiser)

        def full(_draft, _place):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("consultation.documents.public.files.Path.replace", full)

        assert client.get(PDF).status_code == 200
        assert kept_files(app) == []

    def test_drafts_of_a_killed_process_are_removed_and_what_is_not_sealed(self, app):
        folder = app.config["HOME"] / files.FOLDER
        folder.mkdir()
        for name in ("tmpold", "tmpnew", "0123.pdf", "0123.pdf.sealed"):
            (folder / name).write_bytes(b"x")
            if name != "tmpnew":
                os.utime(folder / name, (0, 0))

        files.remove_strays(app.config["HOME"])

        assert [path.name for path in kept_files(app)] == ["0123.pdf.sealed", "tmpnew"]


class TestLimits:
    """Limits of files that are written for one place."""

    @pytest.fixture
    def settings(self, settings):
        return settings | {"RATE_LIMITS": True}

    def test_place_that_asks_for_many_files_is_refused(
        self, client, session, opened, organiser, monkeypatch
    ):
        two_editions(session, organiser)
        monkeypatch.setattr("consultation.documents.public.handlers.MOST_WRITTEN", 1)

        assert client.get("/document/edition-1.html").status_code == 200
        assert client.get("/document/edition-2.html").status_code == 429
        assert client.get("/document/edition-1.html").status_code == 200  # it is kept


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_short_address_leads_to_the_form_and_to_the_measure_later(client, opened, prefix):
    asked = client.get(f"{prefix}/m/T7")
    with time_machine.travel(opened.closes_at.replace(year=opened.closes_at.year + 1)):
        later = client.get(f"{prefix}/m/T7")

    assert asked.headers["Location"] == f"{prefix}/mesures/T7/contribuer"
    assert later.headers["Location"] == f"{prefix}/mesures/T7"
    assert client.get("/m/X9").status_code == 404


@pytest.mark.parametrize("address", ["/", "/mesures/T7"])
def test_home_and_measure_lead_to_the_last_edition(client, session, opened, organiser, address):
    link = 'href="/document"'
    assert link not in client.get(address).text

    make_edition(session, organiser)

    assert link in client.get(address).text


def test_address_of_the_round_comes_before_our_own(client, session, opened, organiser):
    make_edition(session, organiser)
    with writing(session):
        opened.document_url = "https://exemple.fr/document.pdf"

    page = client.get("/").text

    assert "https://exemple.fr/document.pdf" in page
    assert 'href="/document"' not in page
