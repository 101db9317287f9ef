"""Languages of the site: their page, what it says is to be translated, and who read them."""

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent, Role
from consultation.clock import now
from consultation.collective import languages
from consultation.collective.models import LanguageReading, SiteTextKind
from consultation.db.base import writing
from consultation.i18n import LOCALES, among_locales, lacking
from consultation.work.services import Work
from tests.accounts.builders import Browser, make_account
from tests.collective.builders import write_site
from tests.factories import make_measure, make_round
from tests.pages import visible_text
from tests.questionnaires.rounds.builders import organiser_of

PAGE = "/organisation/site/langues"


@pytest.fixture
def browser(app, session):
    make_account(session, "lou@association.fr", Role.ORGANISER)
    browser = Browser(app)
    browser.enter("lou@association.fr")
    return browser


def test_text_lacks_a_language_where_its_french_is_written_alone():
    assert lacking({"fr": "Un"}) == ["en"]
    assert lacking({"fr": "Un", "en": "One"}) == lacking({"fr": " "}) == lacking(None) == []
    assert lacking({"fr": "Un"}, ("fr",)) == []


def test_languages_chosen_among_those_of_the_site_have_french_first():
    assert among_locales(None) == LOCALES == ("fr", "en")
    assert among_locales([]) == among_locales(["xx"]) == ("fr",)
    assert among_locales(["en", "xx", "en"]) == ("fr", "en")


def test_page_counts_what_is_to_be_translated_and_to_be_looked_at_again(browser, session):
    actor = organiser_of(session, "nour@association.fr")
    make_round(session)
    make_measure(session, title="Sans traduction")
    session.commit()
    write_site(session, actor, SiteTextKind.HELP, fr="Le matin.", en="In the morning.")
    write_site(session, actor, SiteTextKind.HELP, 1, fr="Le soir.", en="In the morning.")
    write_site(session, actor, SiteTextKind.HOST, fr="Ici")

    said = visible_text(browser.get(PAGE))

    assert "Anglais le public la voit" in said
    assert "Le collectif : 1 texte à traduire, 1 traduction à revoir : le français a changé" in said
    assert "Le questionnaire : tout est traduit" in said
    assert "Les textes du tour : tout est traduit" in said
    assert "Le plan :" in said


def test_language_is_noted_as_read_once_and_taken_back(session):
    work = Work(session(), organiser_of(session), now())

    with writing(session()):
        languages.note(work, "en", "Une association")
        languages.note(work, "en", "Une autre")
        noted = session.scalars(sa.select(LanguageReading.reader)).all()
        languages.take_back(work, "en")
        languages.take_back(work, "en")

    assert noted == ["Une association"]
    assert session.scalars(sa.select(LanguageReading)).all() == []
    actions = set(session.scalars(sa.select(AuditEvent.action)))
    assert {"language_read", "language_reading_taken_back"} <= actions


@pytest.mark.parametrize("tag", ["fr", "en", "xx", ""])
def test_no_other_language_is_noted(browser, tag):
    assert browser.post(PAGE, {"tag": tag, "reader": "Moi"}).status_code == 404


def test_languages_that_were_read_before_they_shipped_are_shown(session):
    assert languages.read(session()) == {"fr", "en"}
