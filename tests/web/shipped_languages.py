"""What runs on a site that has all languages that ship: `test_shipped_languages` starts it."""

import re
from io import BytesIO

import pytest
import sqlalchemy as sa
from pypdf import PdfReader

from consultation.accounts.models import Role
from consultation.clock import now, ticks
from consultation.collective.models import LanguageReading
from consultation.documents.changes import ChangeCounts
from consultation.documents.public import summary
from consultation.exports.selection import Selection
from consultation.i18n import LANGUAGES, OTHER_LOCALES, SHIPPED, name_of, prefix_for
from consultation.mail import rendering
from consultation.mail.models import OutboxMessage
from consultation.plan.models import Assessor, Level, Measure
from consultation.plan.overview.sentences import of_plan
from consultation.questionnaires.models import QuestionKind
from consultation.readability.explanations import explanations
from consultation.responses.models import Respondent
from consultation.responses.submission import acknowledgement
from consultation.web import navigation
from consultation.web.locale import in_each_language, in_language
from tests.accounts.builders import BASE, Browser, make_account
from tests.exports.reading import make, records_of
from tests.factories import make_measure, make_round
from tests.mail.builders import make_acknowledgement
from tests.pages import check_page, main_text, straight, visible_text
from tests.questionnaires.kinds.test_grids import error_of, make_instrument
from tests.questionnaires.outline_builders import CONDITIONAL
from tests.responses.conftest import Form
from tests.results.publishing_builders import answer_many, publish
from tests.web.added_language import opened as opened
from tests.web.added_language import settings as settings

SHORT = [tag for tag, language in LANGUAGES.items() if language.is_short]
STANCE = ("T7.1", "stance")
PAGES = (
    "/", "/mesures", "/mesures/T7", "/mesures/T7/contribuer", "/dix-minutes", "/resultats", "/plan",
    "/decisions", "/aide", "/donnees-personnelles", "/accessibilite", "/securite",
    "/mentions-legales", "/contributions/retrouver", "/contributions/",
)  # fmt: skip


def test_site_has_the_languages_that_ship():
    assert LANGUAGES == SHIPPED
    assert len(OTHER_LOCALES) > 1


@pytest.mark.parametrize("tag", OTHER_LOCALES)
def test_pages_speak_the_language_and_little_else(client, opened, tag):
    for path in PAGES:
        page = client.get(f"{prefix_for(tag)}{path}")

        assert page.status_code == client.get(path).status_code
        language = LANGUAGES[tag]
        direction = ' dir="rtl"' if language.direction == "rtl" else ""
        size = ' class="large"' if language.is_large else ""
        assert f'<html lang="{language.lang}"{direction}{size}>' in page.text
        if language.base:
            continue  # what it lacks is in the language that it is a form of
        translated = BESIDE_PART.sub("", page.text).replace("Français</", "</")
        foreign = re.findall(r'<(\w+)[^>]*? lang="fr"', translated)
        assert set(foreign) <= {"a", "button", "span"}, path


@pytest.mark.parametrize("tag", OTHER_LOCALES)
def test_form_is_sent_acknowledged_and_printed_in_the_language(client, session, opened, tag):
    prefix = prefix_for(tag)
    measure = session.scalars(sa.select(Measure).where(Measure.code == "T7")).one()
    form = Form(session, measure)

    receipt = client.post(
        f"{prefix}{form.path}",
        data=form.data(suggestions="…", email="j@exemple.fr"),
        follow_redirects=True,
    )
    printed = client.get(f"{prefix}/mesures/T7/formulaire.pdf")

    assert receipt.status_code == 200
    assert session.scalars(sa.select(Respondent.locale)).all() == [tag]
    assert session.scalars(sa.select(OutboxMessage.locale)).all() == [tag]
    language, *_territory = tag.split("-")
    assert PdfReader(BytesIO(printed.data)).trailer["/Root"]["/Lang"].startswith(language)


@pytest.mark.parametrize("tag", OTHER_LOCALES)
def test_what_is_sent_in_the_language_is_exported_with_its_labels(
    client, session, opened, tmp_path, tag
):
    measure = session.scalars(sa.select(Measure).where(Measure.code == "T7")).one()
    form = Form(session, measure)
    client.post(f"{prefix_for(tag)}{form.path}", data=form.data(suggestions="…"))
    session.rollback()

    made = make(session, opened, tmp_path, selection=Selection(locale=tag))

    (sent,) = records_of(made.path, "Contributions")
    (text,) = records_of(made.path, "Textes")
    assert sent["Langue"] == LANGUAGES[tag].french_name
    assert text["Langue"] == name_of(LANGUAGES[tag].lang)
    (asked,) = [it.label for it in form.instrument.questions if it.code == "suggestions"]
    assert text["Question"] == asked.get(tag, asked["fr"])


@pytest.mark.parametrize("tag", OTHER_LOCALES)
def test_mail_is_written_in_the_language(app, tag):
    letter = rendering.render(acknowledgement.KIND, tag, [make_acknowledgement()], "j@exemple.fr")

    thanks = "Merci. Nous avons bien reçu votre contribution :"
    assert in_each_language("Bonjour,").get(tag, "Bonjour,") in letter.rich.text
    assert thanks not in letter.rich.text


@pytest.mark.parametrize("tag", OTHER_LOCALES)
def test_sentences_list_in_the_language(app, tag):
    ranking = make_instrument(QuestionKind.RANKING)
    changed = ChangeCounts(1, is_previous=True, reworded=3, added=2)

    with app.test_request_context(), in_language(tag):
        tie = error_of(ranking, accueil="1", suivi="1").casefold()
        document = summary.sentences((), changed)

    assert "accueil" in tie
    assert "suivi" in tie
    assert re.findall("[2-9]", document) == ["5", "3", "2"]


@pytest.mark.parametrize("tag", OTHER_LOCALES)
def test_form_says_in_the_language_after_which_answers_a_question_is_asked(client, session, tag):
    make_measure(session, "T7")
    make_round(session, outline=CONDITIONAL)
    session.commit()

    page = client.get(f"{prefix_for(tag)}/mesures/T7/contribuer")

    assert '<p class="hint when"' in page.text


@pytest.mark.parametrize("tag", SHORT)
def test_plan_of_short_pages_has_a_sentence_for_each_assessor(app, tag):
    levels = dict.fromkeys(Level, 0)
    counts = {it: levels | {Level.DONE: place} for place, it in enumerate(Assessor, 1)}

    with app.test_request_context(), in_language(tag):
        made = [straight(it) for it in of_plan(counts, 60, 2)]

    assert " ".join(made) == (
        "Sur 60 mesures, 1 avance selon l'État. 2 avancent selon le collectif."
        " 3 avancent selon le rapporteur national. Leurs avis sont contraires sur 2."
        " 1 est faite selon l'État. 2 sont faites selon le collectif."
        " 3 sont faites selon le rapporteur national."
    )


@pytest.mark.parametrize("tag", SHORT)
def test_results_of_short_pages_are_one_sentence_for_each_indicator(client, session, opened, tag):
    answer_many(session, opened, "T7", (12, {STANCE: "keep"}, {}), (8, {STANCE: "amend"}, {}))
    answer_many(session, opened, "T1", (7, {("T1.1", "stance"): "keep"}, {}))
    answer_many(session, opened, "T1", (2, {("T1.1", "stance"): "drop"}, {}))
    publish(session, opened)

    page = client.get(f"{prefix_for(tag)}/resultats")
    text = main_text(page).replace("\u00a0", " ").replace("\u202f", " ")
    whole = client.get("/resultats")

    assert "Nous avons reçu 20 réponses." in text
    assert "12 réponses sur 20 demandent de garder cet indicateur." in text
    assert "7 réponses" not in text
    assert text.count("Ce chiffre est caché, pour protéger les personnes.") == 1
    assert f'href="{prefix_for(tag)}/resultats/T7"' in page.text
    assert not re.search("<(form|svg|table)", main_html(page))
    assert "<svg" in main_html(whole)
    assert "demandent de garder" not in whole.text


@pytest.mark.parametrize("tag", SHORT)
def test_results_of_a_measure_in_short_pages_are_sentences_before_figures(
    client, session, opened, tag
):
    answer_many(session, opened, "T7", (12, {STANCE: "keep"}, {}), (8, {STANCE: "amend"}, {}))
    publish(session, opened)

    short = main_html(client.get(f"{prefix_for(tag)}/resultats/T7"))
    usual = main_html(client.get("/resultats/T7"))
    said, figures = short.split('<details class="more">\n  <summary>Voir les chiffres</summary>')

    assert "12 réponses sur 20 demandent de garder cet indicateur." in straight(said)
    assert not re.search("<(svg|table|details)", said)
    assert figures.count("<svg") == usual.count("<svg") > 0
    assert figures.count("<table") == usual.count("<table") > 0
    assert short.count("Comment lire ces chiffres") == usual.count("Comment lire ces chiffres") == 1
    assert "Voir les chiffres" not in usual


@pytest.mark.parametrize("tag", SHORT)
def test_figures_that_no_sentence_sums_up_stand_open(client, session, opened, tag):
    answer_many(session, opened, None, (9, {"tool_method": 8}, {}))
    publish(session, opened)

    short = main_html(client.get(f"{prefix_for(tag)}/resultats/outil"))

    assert '<details class="more" open>\n  <summary>Voir les chiffres</summary>' in short


@pytest.mark.parametrize("tag", SHORT)
def test_form_of_short_pages_has_a_screen_for_each_indicator(client, opened, tag):
    short = main_html(client.get(f"{prefix_for(tag)}/mesures/T7/contribuer"))
    usual = main_html(client.get("/mesures/T7/contribuer"))
    sections = re.findall(r'<section class="card screen" id="(.*?)"', short)
    ways = re.findall(r'<p class="onward">(.*?)</p>', short, re.DOTALL)

    assert len(sections) == usual.count("data-indicator") == 4
    assert [re.findall('href="#(.*?)"', it) for it in ways[1:-1]] == [
        [sections[0], sections[2]],
        [sections[1], sections[3]],
    ]
    assert all(f'id="{it}"' in short for way in ways for it in re.findall('href="#(.*?)"', way))
    assert "onward" not in usual
    names = 'name="(.*?)"'
    assert re.findall(names, short) == re.findall(names, usual)


@pytest.mark.parametrize("tag", [tag for tag in LANGUAGES if explanations(tag)])
def test_pages_end_with_what_their_hard_words_mean(client, opened, tag):
    page = client.get(f"{prefix_for(tag)}/mesures/T5")
    text = visible_text(page)

    assert "Les mots de cette page" in text
    assert "mineur Un mineur est une personne de moins de 18 ans." in text
    assert "asile Demander" not in text
    assert "Les mots de cette page" not in visible_text(client.get("/mesures/T5"))


class TestTeam:
    @pytest.fixture
    def settings(self, settings):
        return settings | {"BASE_URL": BASE}

    def test_team_reads_the_name_of_a_language_as_it_is_written(self, app, session):
        make_account(session, "lou@association.fr", Role.ORGANISER)
        browser = Browser(app)
        browser.enter("lou@association.fr")

        page = visible_text(browser.get("/organisation/site/langues"))

        assert "Portugais du Brésil" in page

    def test_team_is_advised_beside_a_text_that_is_to_be_easy(self, app, session):
        make_account(session, "lou@association.fr", Role.ORGANISER)
        browser = Browser(app)
        browser.enter("lou@association.fr")
        texts = dict.fromkeys(LANGUAGES, "Deux personnes de la DGT.")

        stored = browser.post("/organisation/site/hebergeur", texts | {"number": "0"})
        page = browser.get("/organisation/site/hebergeur")

        assert stored.status_code == 303
        assert visible_text(page).count("écrivez ce nombre en chiffres") == 1
        assert "« DGT » : dites en une phrase ce que c'est." in visible_text(page)
        assert "advice.js" in page.text


def main_html(page):
    return page.text[page.text.index("<main") : page.text.index("</main>")]


def test_form_is_offered_in_the_languages_of_its_round(client, session, opened):
    path = "/mesures/T7/contribuer"
    opened.languages = ["fr", "ar"]
    session.commit()

    page = client.get(path).text

    assert re.findall(r'formaction="([^"]+)" name="intent"', page) == [f"/ar{path}"]
    assert 'name="submission_key"' in client.get(f"/ar{path}").text
    for tag in set(OTHER_LOCALES) - {"ar"}:
        page = client.get(f"{prefix_for(tag)}{path}").text
        check_page(page)
        assert re.findall(r' hreflang="([^"]+)"', page.split("</header>")[0]) == ["fr", "ar"]
        assert 'name="submission_key"' not in page


BESIDE_PART = re.compile(r'<details class="more french" open>.*?</details>', re.DOTALL)
BESIDE = {
    "/aide": "Personne ne lit ce site en urgence",
    "/donnees-personnelles": "Ce que nous gardons, pourquoi, combien de temps",
    "/mesures/T7/contribuer": "En envoyant, vous acceptez que le collectif lise",
}


@pytest.mark.parametrize("path", BESIDE)
@pytest.mark.parametrize("tag", OTHER_LOCALES)
def test_french_stands_beside_what_nobody_has_read(session, client, opened, monkeypatch, tag, path):
    address = f"{prefix_for(tag)}{path}"
    page = client.get(address).text
    check_page(page)
    before = french_beside(page)
    session.add(LanguageReading(tag=tag, reader="Une association", noted_at=now()))
    session.commit()
    monkeypatch.setattr(navigation, "ticks", lambda: ticks() + navigation.FLAG_SECONDS)
    after = french_beside(client.get(address).text)

    assert after == ""
    if LANGUAGES[tag].is_read:
        assert before == ""
    else:
        assert BESIDE[path] in straight(before)
    assert french_beside(client.get(path).text) == ""


def french_beside(page):
    """What the page says in French beside its translation."""
    return "".join(BESIDE_PART.findall(page))
