"""Pages of the team for documents: ordered, followed, taken, and gone when a text is."""

import pypdf
import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent, Role
from consultation.clock import now
from consultation.documents import jobs
from consultation.documents.build import Choice
from consultation.documents.formats import DocumentFormat
from consultation.exports import files as export_files
from consultation.jobs import queue
from consultation.jobs.models import Job, JobStatus
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_published_text,
)
from tests.decisions.test_deciding import erase as erase
from tests.decisions.test_deciding import withdraw, withhold
from tests.documents.builders import two_editions
from tests.moderation.builders import make_actor
from tests.results.publishing_builders import signed_in

PAGE = "/organisation/document"
QUOTED = "Comptez aussi les places en outre-mer."


@pytest.fixture
def staff(app, session, opened):
    return signed_in(app, session, Role.ORGANISER)


def fields(staff, **values):
    staff.get(PAGE)
    return {"edition": "2", "depuis": "", "format": "pdf", "langue": "fr"} | values


def ordered(staff, session, **values):
    """Order a document and let the worker write it; return the address of its page."""
    answer = staff.post(PAGE, fields(staff, **values))
    assert answer.status_code == 303, answer.text
    queue.run_due(session())
    session.expire_all()
    return answer.headers["Location"]


def taken(staff, page):
    """The bytes of a file, whose answer is closed."""
    with staff.get(f"{page}/fichier") as answer:
        return answer.data


def test_document_is_ordered_and_taken(staff, session, organiser, settings):
    two_editions(session, organiser)

    page = ordered(staff, session, depuis="1")
    with staff.get(f"{page}/fichier") as file:
        assert "document-edition-2-depuis-1-fr-" in file.headers["Content-Disposition"]
        assert file.data.startswith(b"%PDF-")

    assert "Télécharger le document" in staff.get(page).text
    assert "Édition 2, avec ce qui a changé depuis l" in staff.get(PAGE).text
    (event,) = session.scalars(sa.select(AuditEvent).filter_by(action="document_ordered"))
    assert event.details["edition"] == 2


def test_page_shows_progress_until_the_worker_has_written(staff, session, organiser):
    two_editions(session, organiser)
    answer = staff.post(PAGE, fields(staff))

    page = staff.get(answer.headers["Location"])

    assert page.headers["Refresh"] == "2"
    assert "en attente" in page.text
    assert "Refresh" not in staff.get(answer.headers["Location"] + "?actualiser=non").headers


def test_plan_as_it_is_can_be_ordered_before_any_edition(staff, session):
    page = ordered(staff, session, edition="", format="html")

    assert "Plan tel qu" in staff.get(page).text
    assert b"Places r\xc3\xa9serv\xc3\xa9es (T7.1)" in taken(staff, page)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"edition": "1", "depuis": "1"}, "plus ancienne"),
        ({"edition": "7"}, "Choisissez une édition de la liste."),
        ({"format": "exe"}, "Choisissez un format de la liste."),
        ({"format": "odt"}, "Choisissez un format de la liste."),
    ],
)
def test_choice_that_makes_no_sense_is_refused_at_its_field(
    staff, session, organiser, values, sentence
):
    two_editions(session, organiser)

    refused = staff.post(PAGE, fields(staff, **values))

    assert refused.status_code == 422
    assert sentence in refused.text
    assert session.scalars(sa.select(Job).filter_by(kind=jobs.KIND)).all() == []


def test_second_click_finds_the_first_order(session, opened, organiser):
    choice = Choice()
    with session.begin_nested():
        first, is_new = jobs.order(Work(session, organiser, now()), choice, DocumentFormat.PDF)
        again, is_new_again = jobs.order(
            Work(session, organiser, now()), choice, DocumentFormat.PDF
        )

    assert (is_new, is_new_again) == (True, False)
    assert again.id == first.id


def test_moderator_orders_no_document(session, opened):
    with pytest.raises(NotAllowed):
        jobs.order(Work(session, make_actor(session), now()), Choice(), DocumentFormat.PDF)


def test_edition_that_is_gone_fails_with_a_sentence(staff, session, organiser):
    two_editions(session, organiser)
    answer = staff.post(PAGE, fields(staff))
    job = session.scalars(sa.select(Job).filter_by(kind=jobs.KIND)).one()
    job.parameters = {**job.parameters, "choice": {"edition": 9, "since": None, "language": "fr"}}
    session.commit()
    queue.run_due(session())

    page = staff.get(answer.headers["Location"]).text

    assert "L’édition 9 n’est pas publiée" in page


def test_nearly_full_disk_is_told_in_a_sentence(staff, session, organiser, settings, monkeypatch):
    two_editions(session, organiser)
    monkeypatch.setattr("consultation.files.RESERVE", 2**62)

    page = staff.get(ordered(staff, session))

    assert "Le disque est presque plein" in page.text
    assert not list(settings["EXPORTS_DIR"].glob("document-*"))


@pytest.mark.parametrize("way", ["withdrawn", "withheld", "erased"])
def test_file_whose_quotation_is_gone_is_not_given_any_more(
    app, staff, session, opened, organiser, erase, way
):
    text = make_published_text(session, opened, QUOTED)
    decision = make_decision(session, organiser, indicator_subject(session), answer_ids=[text])
    make_edition(session, organiser, decision)
    page = ordered(staff, session, edition="1", depuis="0", format="html")
    assert QUOTED.encode() in taken(staff, page)

    {"withdrawn": withdraw, "withheld": withhold, "erased": erase}[way](session, text)
    gone = staff.get(f"{page}/fichier")

    assert gone.status_code == 303
    assert "Ce document n" in staff.get(page).text
    assert list(app.config["EXPORTS_DIR"].glob("document-*")) == []


def test_erasure_removes_documents_made_before(app, staff, session, organiser):
    two_editions(session, organiser)
    ordered(staff, session, format="html")
    directory = app.config["EXPORTS_DIR"]
    assert list(directory.glob("document-*"))

    assert export_files.remove_made_before(directory, now()) == 1
    assert list(directory.glob("document-*")) == []


def test_cancelled_document_leaves_no_file(app, staff, session, organiser):
    two_editions(session, organiser)
    ordered(staff, session, format="html")
    job = session.scalars(sa.select(Job).filter_by(kind=jobs.KIND)).one()
    assert job.status is JobStatus.DONE

    jobs.discard(app.config["EXPORTS_DIR"], job.result)

    assert list(app.config["EXPORTS_DIR"].glob("document-*")) == []


def test_pdf_that_is_ordered_is_that_of_the_command(staff, session, organiser, tmp_path):
    two_editions(session, organiser)
    page = ordered(staff, session)
    path = tmp_path / "document.pdf"
    path.write_bytes(taken(staff, page))

    assert pypdf.PdfReader(path).metadata.title == "Deuxième version"
