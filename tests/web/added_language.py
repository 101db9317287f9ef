"""What runs in the copy of the tree that `test_added_language` makes."""

import re
from io import BytesIO

import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from consultation.accounts.models import Role
from consultation.clock import now, ticks
from consultation.i18n import LANGUAGES
from consultation.jobs import queue
from consultation.mail import rendering
from consultation.mail.models import OutboxMessage
from consultation.plan import seed
from consultation.plan.models import Measure
from consultation.questionnaires.models import CONSENTS, Question
from consultation.responses.models import Respondent
from consultation.responses.submission import acknowledgement
from consultation.web import navigation
from tests.accounts.builders import Browser, make_account
from tests.factories import make_round
from tests.mail.builders import make_acknowledgement
from tests.pages import visible_text
from tests.responses.conftest import Form

TAG = "eo-001-x-simpla"
FORM = "/mesures/T7/contribuer"


@pytest.fixture
def settings(settings):
    return settings | {"BASE_URL": "http://127.0.0.1:8000"}


@pytest.fixture
def opened(session):
    seed.load_shipped(session(), now())
    opened = make_round(session)
    session.commit()
    return opened


@pytest.fixture
def whole(session, opened):
    """The round, whose forms ask in the language what one must answer."""
    translate(session)
    return opened


@pytest.fixture
def form(session, opened):
    return Form(session, session.scalars(sa.select(Measure).where(Measure.code == "T7")).one())


def translate(session):
    for question in session.scalars(sa.select(Question)):
        if question.is_required or question.destination in CONSENTS:
            for text in (question, *question.options):
                text.label = text.label | {TAG: f"{text.label['fr']} (eo)"}
    session.commit()


@pytest.mark.parametrize("path", ["/", FORM, "/document", "/rien"])
def test_page_leads_to_the_language_and_back(client, whole, path):
    french, page = client.get(path), client.get(f"/{TAG}{path}")

    assert re.search(rf'lang="{TAG}"[^>]*>Esperanto</', french.text)
    assert re.search(r'lang="fr"[^>]*>Français</', page.text)
    assert re.search(r'lang="en"[^>]*>English</', page.text)


@pytest.mark.parametrize(
    ("path", "status"), [("/rien", 404), ("/recu/rien", 404), ("/contributions/", 403)]
)
def test_page_that_refuses_is_in_the_language(client, path, status):
    page = client.get(f"/{TAG}{path}")

    assert page.status_code == status
    assert f'<html lang="{TAG}" dir="rtl">' in page.text


def test_form_that_is_refused_is_in_the_language(client, form):
    page = client.post(f"/{TAG}{form.path}", data=form.data(email="rien"))

    assert page.status_code == 422
    assert f'<html lang="{TAG}" dir="rtl">' in page.text


def test_text_that_is_translated_is_shown_and_others_stay_french(client, opened):
    page = client.get(f"/{TAG}/mesures").text

    assert "Helpo" in page
    assert "Les mesures" in page


def test_browser_that_prefers_the_language_is_offered_it(client, opened):
    page = client.get("/", headers={"Accept-Language": f"{TAG}, fr;q=0.5"}).text

    assert LANGUAGES[TAG].offer in page


@pytest.mark.parametrize("document", ["formulaire", "affiche"])
def test_paper_is_printed_in_the_language(client, whole, document):
    printed = client.get(f"/{TAG}/mesures/T7/{document}.pdf")

    assert printed.status_code == 200
    assert PdfReader(BytesIO(printed.data)).trailer["/Root"]["/Lang"] == "eo"


def test_form_whose_questions_are_not_in_the_language_is_not_offered_in_it(client, opened):
    page = client.get(f"/{TAG}{FORM}").text
    printed = client.get(f"/{TAG}/mesures/T7/formulaire.pdf")

    assert f'<html lang="{TAG}" dir="rtl">' in page
    assert 'name="submission_key"' not in page
    assert "Esperanto" not in client.get(FORM).text
    assert PdfReader(BytesIO(printed.data)).trailer["/Root"]["/Lang"] == "fr"


def test_form_is_sent_and_acknowledged_in_the_language(client, session, form):
    receipt = client.post(
        f"/{TAG}{form.path}",
        data=form.data(suggestions="Mi samopinias.", email="j@exemple.fr"),
        follow_redirects=True,
    )

    assert receipt.status_code == 200
    assert f'<html lang="{TAG}" dir="rtl">' in receipt.text
    assert session.scalars(sa.select(Respondent.locale)).all() == [TAG]
    queued = session.scalars(sa.select(OutboxMessage)).one()
    assert queued.locale == TAG
    assert f"/{TAG}/contributions/ouvrir/" in queued.parameters


def test_mails_that_pages_owe_are_in_the_language(client, session, form):
    prefix, address = f"/{TAG}/contributions", "j@exemple.fr"
    sent = form.data(suggestions="Mi samopinias.", email=address)
    receipt = client.post(f"/{TAG}{FORM}", data=sent, follow_redirects=True)
    (space,) = set(re.findall(rf"{prefix}/ouvrir/([\w.-]+)", receipt.text))

    client.post(f"{prefix}/envoyer-mon-lien", data={"link": space, "address": "a@exemple.fr"})
    client.post(f"{prefix}/retrouver", data={"address": address})
    queue.run_due(session)
    client.post(f"{prefix}/ouvrir/{space}")
    client.post(f"{prefix}/retirer")

    mails = session.scalars(sa.select(OutboxMessage)).all()
    kinds = ["acknowledgement", "departure", "personal_link", "recovered_link"]
    assert sorted(it.kind for it in mails) == kinds
    assert {it.locale for it in mails} == {TAG}
    links = re.findall(r"127.0.0.1:8000(/[^/]+)/", " ".join(it.parameters for it in mails))
    assert links == [f"/{TAG}"] * 3


def test_mail_is_written_in_the_language(app):
    letter = rendering.render(acknowledgement.KIND, TAG, [make_acknowledgement()], "j@exemple.fr")

    assert "Saluton," in letter.rich.text


def test_mail_in_a_language_that_the_site_no_longer_has_is_french(app):
    letter = rendering.render(acknowledgement.KIND, "la", [make_acknowledgement()], "j@exemple.fr")

    assert '<html lang="fr">' in letter.rich.text


class TestPublicSite:
    @pytest.fixture
    def settings(self, settings):
        return settings | {"BASE_URL": "https://consultation.example.org"}

    def test_language_waits_until_somebody_has_read_it(self, client, session, opened):
        sent_on = client.get(f"/{TAG}/mesures?q=a")

        assert (sent_on.status_code, sent_on.headers["Location"]) == (302, "/mesures?q=a")
        assert f'lang="{TAG}"' not in client.get("/mesures").text

    def test_language_that_was_read_is_shown(self, app, client, session, opened, monkeypatch):
        make_account(session, "lou@association.fr", Role.ORGANISER)
        browser = Browser(app)
        browser.enter("lou@association.fr")
        page = "/organisation/site/langues"
        refused = browser.post(page, {"tag": TAG, "reader": " "})
        assert (refused.status_code, "Dites qui a lu ces pages." in refused.text) == (422, True)

        browser.post(page, {"tag": TAG, "reader": "Une association"})

        assert "Lue par Une association" in visible_text(browser.get(page))
        monkeypatch.setattr(navigation, "ticks", lambda: ticks() + navigation.FLAG_SECONDS)
        assert client.get(f"/{TAG}/mesures").status_code == 200
        assert f'lang="{TAG}"' in client.get("/mesures").text
