"""Records of processing: what is kept, with blanks for what only the collective knows."""

import re
from io import BytesIO

import docx
import pytest

from consultation.accounts.models import Role
from consultation.collective.models import SiteTextKind as Kind
from consultation.privacy import inventory, records
from consultation.web.typography import french
from tests.accounts.builders import Browser, make_account
from tests.collective.builders import write_site
from tests.moderation.builders import make_actor
from tests.pages import visible_text

PAGE = "/administration/donnees"
PUBLIC = [category for category in inventory.categories() if category.is_public]


def plain(text):
    return re.sub(r"\s+", " ", text)


def sign_in(app, session, role):
    make_account(session, "ada@exemple.fr", role)
    browser = Browser(app)
    browser.enter("ada@exemple.fr")
    return browser


@pytest.fixture
def page(app, session):
    return sign_in(app, session, Role.ADMINISTRATOR).get(PAGE)


def test_page_says_where_the_documents_come_from(page):
    assert "Ces documents viennent de ce que le programme garde." in visible_text(page)


def test_page_names_every_column_that_holds_something_of_a_person(page):
    text = visible_text(page)

    for category in inventory.categories():
        assert plain(category.name) in text
        for column in category.columns:
            assert f"({column.name})" in text


def test_page_says_what_the_settings_delete(app, session):
    app.config |= {"RETENTION_MAIL_DAYS": 12, "RETENTION_EXPORT_DAYS": 3}

    text = visible_text(sign_in(app, session, Role.ADMINISTRATOR).get(PAGE))

    assert "12 jours après la mise en attente" in text
    assert "supprime après 3 jours ; la liste des contacts, après 1 jour" in text
    assert "Serveur réglé aucun pour l'instant" in text


def test_what_only_the_collective_knows_is_a_blank(app, page):
    marked = sum(
        text in ("?", "{SITE_CONTROLLER}", "{SITE_HOST}")
        for document in records._table()["documents"]
        for section in document["sections"]
        for _, text in section.get("facts", [])
    )
    unlimited = sum(not category.is_dated(app.config) for category in inventory.categories())

    blanks = page.text.count(f"<mark>{records.BLANK}</mark>")

    assert marked > 20
    assert blanks == marked + unlimited + 1  # the first says what the mark means


def test_no_name_date_or_assessment_of_the_collective_is_written_for_it(app, session):
    of_the_collective = re.compile(
        "Nom et adresse|Responsable|Délégué|Pays|Contrat|Qui |Avis|Valid|Gravité"
    )
    facts = [
        fact
        for document in records.documents(records.known(session, app.config))
        for section in document.sections
        for fact in section.facts
        if of_the_collective.match(fact[0])
    ]

    assert len(facts) > 15
    assert [label for label, text in facts if text != records.BLANK] == []


def test_page_says_what_the_site_says_of_controller_and_host(app, session):
    actor = make_actor(session, "lou", Role.ORGANISER)
    write_site(session, actor, Kind.CONTROLLER, fr="Secours d'exemple\n106 rue d'Exemple, Paris")
    write_site(session, actor, Kind.HOST, fr="Hébergeur d'exemple, Lyon")

    text = visible_text(sign_in(app, session, Role.ADMINISTRATOR).get(PAGE))

    assert "Responsable du traitement Secours d'exemple 106 rue d'Exemple, Paris" in text
    assert "Nom et adresse Hébergeur d'exemple, Lyon" in text


def test_every_ground_is_a_proposal_and_the_whole_a_draft(page):
    text = visible_text(page)

    assert text.count("à valider par le délégué") >= len(inventory.categories())
    assert records.TO_REVIEW in text


def test_who_sees_a_category_is_who_has_the_permission():
    readers = {each.name: records.readers_of(each) for each in inventory.categories()}

    assert readers["Brouillons"].startswith("aucun membre de l'équipe")
    assert readers["Coordonnées des personnes qui répondent"] == "organisation, modération"
    assert readers["Comptes de l'équipe"] == "administration"
    assert readers["Réponses"] == "organisation, modération"


@pytest.mark.parametrize("role", [Role.ORGANISER, Role.MODERATOR])
def test_only_administrators_see_the_documents(app, session, role):
    browser = sign_in(app, session, role)

    assert browser.get(PAGE).status_code == 403
    assert browser.get(f"{PAGE}/documents.pdf").status_code == 403
    assert browser.get(f"{PAGE}/documents.docx").status_code == 403


def test_records_are_given_out_as_a_document_that_screen_readers_can_read(app, session):
    answer = sign_in(app, session, Role.ADMINISTRATOR).get(f"{PAGE}/documents.pdf")

    assert answer.mimetype == "application/pdf"
    assert "consultation-donnees-personnelles-" in answer.headers["Content-Disposition"]
    for part in (b"<pdfuaid:part>1</pdfuaid:part>", b"/Lang(fr)", b"/StructTreeRoot"):
        assert part in answer.data


def test_collective_completes_the_records_in_a_word_processor(app, session):
    answer = sign_in(app, session, Role.ADMINISTRATOR).get(f"{PAGE}/documents.docx")

    assert re.search(r"consultation-donnees-personnelles-.*\.docx", str(answer.headers))
    paragraphs = docx.Document(BytesIO(answer.data)).paragraphs
    headings = [it.text for it in paragraphs if it.style.name.startswith("Heading")]
    documents = records.documents(records.known(session, app.config))
    for number, document in enumerate(documents, 1):
        assert f"{number} {french(document.title)}" in headings
    for category in inventory.categories():
        assert any(it.endswith(f" {french(category.name)}") for it in headings)
    blanks = sum(it.text.count(records.BLANK) for it in paragraphs)
    facts = [fact for document in documents for it in document.sections for fact in it.facts]
    assert blanks == sum(text == records.BLANK for _label, text in facts) > 20


@pytest.mark.parametrize(("prefix", "locale"), [("", "fr"), ("/en", "en")])
def test_public_page_lists_what_is_kept_of_who_reads_it(client, app, prefix, locale):
    text = visible_text(client.get(f"{prefix}/donnees-personnelles"))

    for category in PUBLIC:
        for part in (category.title, category.purpose, category.kept_until(app.config)):
            assert plain(part[locale]) in text
    for category in (each for each in inventory.categories() if each not in PUBLIC):
        assert plain(category.purpose[locale]) not in text


def test_list_stands_apart_from_the_notice_that_people_agree_to(client):
    page = client.get("/donnees-personnelles").text

    notice, _, listed = page.partition('<section class="prose kept"')

    assert "version 2026-12-01" in notice
    assert "Vous pouvez aussi saisir la" in notice
    assert "Combien de temps" not in notice
    assert listed.count("Combien de temps") == len(PUBLIC)
