"""The public page that verifies a file: what it answers, what it refuses, what it keeps."""

from io import BytesIO

import docx
import pytest

from consultation.reports.models import ReportFile
from tests.decisions.builders import make_organiser
from tests.plan.values.builders import make_measured_indicator, make_public_value
from tests.reports.builders import make_report

ADDRESS = "/bilan/verifier"


@pytest.fixture
def report(session):
    indicator = make_measured_indicator(session)
    organiser = make_organiser(session)
    make_public_value(session, organiser, indicator, 150.0)
    return make_report(session, organiser, introduction="Ils sont {{valeur:T7.1@mi-parcours}}.")


def sent(client, content, name="bilan.docx", address=ADDRESS):
    return client.post(address, data={"file": (BytesIO(content), name)})


def saved(opened):
    made = BytesIO()
    opened.save(made)
    return made.getvalue()


def test_page_of_the_report_leads_to_it(client, report):
    assert f'href="{ADDRESS}"' in client.get("/bilan").text
    assert client.get(ADDRESS).status_code == 200


@pytest.mark.parametrize("extension", ["pdf", "docx", "html"])
def test_downloaded_file_is_known(client, session, report, extension):
    content = client.get(f"/bilan/1/bilan.{extension}").data
    assert client.get(f"/bilan/1/bilan.{extension}").data == content

    answer = sent(client, content)

    assert answer.status_code == 200
    assert "celui que le site a donné" in answer.text
    assert session.query(ReportFile).count() == 1


def test_file_saved_again_is_read(client, report):
    opened = docx.Document(BytesIO(client.get("/bilan/1/bilan.docx").data))

    assert "dit ce que le site a écrit" in sent(client, saved(opened)).text


def test_changed_file_names_figure_and_place(client, report):
    opened = docx.Document(BytesIO(client.get("/bilan/1/bilan.docx").data))
    (paragraph,) = [it for it in opened.paragraphs if it.text == "Ils sont 150."]
    paragraph.runs[0].text = "<b>Ils</b> étaient "

    page = sent(client, saved(opened), address=f"/en{ADDRESS}")

    assert page.status_code == 200
    assert "not what the site wrote" in page.text
    assert "valeur:T7.1@mi-parcours" in page.text
    assert "&lt;b&gt;Ils" in page.text


@pytest.mark.parametrize("content", [b"", b"bonjour", b"%PDF-1.7", b"<html><p>Autre"])
def test_other_file_is_refused_gently(client, report, content):
    answer = sent(client, content)

    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_form_without_a_file_says_so(client, report):
    answer = client.post(ADDRESS, data={"file": ""}, content_type="multipart/form-data")

    assert answer.status_code == 422
    assert "Choisissez" in answer.text


@pytest.mark.parametrize(("mebibytes", "status"), [(6, 422), (11, 413)])
def test_file_may_be_larger_than_on_other_pages(client, report, mebibytes, status):
    answer = sent(client, b"bonjour " * (mebibytes << 17))

    assert answer.status_code == status
