"""What runs on a site that has all languages that ship: `test_mentions` starts it."""

import re
from io import BytesIO

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.clock import in_paris, now, ticks
from consultation.collective.models import LanguageReading, SiteTextKind
from consultation.i18n import LANGUAGES
from consultation.plan.models import Measure
from consultation.readings.models import PageReading, ReadingLogo
from consultation.web import navigation
from tests.accounts.builders import BASE, Browser, make_account
from tests.collective.builders import write_site
from tests.pages import check_page, visible_text
from tests.questionnaires.rounds.builders import organiser_of
from tests.readings.builders import TAG, chunk, image
from tests.responses.conftest import Form
from tests.results.publishing_builders import answer_many, publish
from tests.statements import selects
from tests.web.added_language import opened as opened

PREFIX = LANGUAGES[TAG].prefix
PAGE = f"/organisation/site/langues/{TAG}/relectures"
HELP = f"{PAGE}/aide"
PATHS = {
    "accueil": "/",
    "mesures": "/mesures",
    "formulaire/T7": "/mesures/T7/contribuer",
    "formulaire/outil": "/outil/contribuer",
    "aide": "/aide",
    "donnees": "/donnees-personnelles",
    "resultats": "/resultats",
}


@pytest.fixture
def settings(settings):
    return settings | {"BASE_URL": BASE}


@pytest.fixture
def browser(app, session, opened):
    make_account(session, "lou@association.fr", Role.ORGANISER)
    session.add(LanguageReading(tag=TAG, reader="Une association", noted_at=now()))
    session.commit()
    browser = Browser(app)
    browser.enter("lou@association.fr")
    return browser


@pytest.fixture
def later(monkeypatch):
    """Let processes notice what changed."""
    passed = [0]
    monkeypatch.setattr(navigation, "ticks", lambda: ticks() + passed[0])

    def wait():
        passed[0] += navigation.FLAG_SECONDS

    return wait


def field_of(page, name):
    return re.search(rf'name="{name}"[^>]* value="([^"]*)"', page.text)[1]


def note(browser, path=HELP, opened=None, **fields):
    """Note a reading on the page of a page."""
    opened = opened or browser.get(path)
    sent = {
        "digest": field_of(opened, "digest"),
        "replaced": field_of(opened, "replaced"),
        "readers": "Karim et Ana",
        "read_on": "2026-11-20",
        "agrees": "y",
        **fields,
    }
    return browser.post(path, sent)


def put_logo(browser, content=None, opened=None, **fields):
    sent = {
        "replaced": field_of(opened or browser.get(PAGE), "replaced"),
        "alternative": "Logo facile à lire",
        "agrees": "y",
        "file": (BytesIO(image() if content is None else content), "logo.png"),
        **fields,
    }
    return browser.post(f"{PAGE}/logo", sent, content_type="multipart/form-data")


MENTION = "Page relue par Karim et Ana, le 20 novembre 2026."


def says_it(page):
    return MENTION in visible_text(page)


@pytest.mark.parametrize("slug", PATHS)
def test_page_says_who_read_it(client, session, opened, browser, later, slug):
    if slug == "resultats":
        answer_many(session, opened, "T7", (12, {("T7.1", "stance"): "keep"}, {}))
        publish(session, opened)
    later()
    path = f"{PREFIX}{PATHS[slug]}"
    before = client.get(path)
    answer = note(browser, f"{PAGE}/{slug}")
    later()
    after = client.get(path)

    assert (before.status_code, answer.status_code, after.status_code) == (200, 303, 200)
    assert not says_it(before)
    assert says_it(after)
    assert after.text.count("read-over") == 1
    assert not says_it(client.get(PATHS[slug]))
    for other in set(PATHS) - {slug, "resultats"}:
        assert not says_it(client.get(f"{PREFIX}{PATHS[other]}"))


def test_receipt_says_who_read_it(client, session, opened, browser, later):
    note(browser, f"{PAGE}/recu")
    later()
    form = Form(session, session.scalars(sa.select(Measure).where(Measure.code == "T7")).one())

    receipt = client.post(
        f"{PREFIX}{form.path}", data=form.data(suggestions="…"), follow_redirects=True
    )

    assert receipt.status_code == 200
    assert says_it(receipt)


def test_form_that_comes_back_with_errors_says_nothing(client, session, opened, browser, later):
    note(browser, f"{PAGE}/formulaire/T7")
    later()
    path = f"{PREFIX}/mesures/T7/contribuer"
    form = Form(session, session.scalars(sa.select(Measure).where(Measure.code == "T7")).one())

    back = client.post(path, data=form.data(capacity=""))

    assert back.status_code == 422
    assert not says_it(back)
    assert says_it(client.get(path))
    assert not says_it(client.get(f"{PREFIX}/mesures/T1/contribuer"))


def test_mention_goes_and_comes_back_with_the_text(client, session, browser, later):
    actor = organiser_of(session, "nour@association.fr")
    write_site(session, actor, SiteTextKind.HELP, **{"fr": "…", TAG: "Le matin."})
    note(browser)
    put_logo(browser)
    later()
    first = client.get(f"{PREFIX}/aide")
    write_site(session, actor, SiteTextKind.HELP, 1, **{"fr": "…", TAG: "Le soir."})
    later()
    changed = client.get(f"{PREFIX}/aide")
    told = visible_text(browser.get(PAGE))
    write_site(session, actor, SiteTextKind.HELP, 2, **{"fr": "…", TAG: "Le matin."})
    later()

    assert says_it(first)
    assert "Logo facile à lire" in first.text
    assert not says_it(changed)
    assert "Logo facile à lire" not in changed.text
    assert "1 page a changé depuis sa relecture" in told
    assert says_it(client.get(f"{PREFIX}/aide"))


def test_mention_costs_a_page_no_statement_until_it_is_asked_for_again(client, browser, later):
    path = f"{PREFIX}/mesures/T7/contribuer"
    later()
    client.get(path)
    with selects() as statements:
        client.get(path)
    usual = len(statements)
    note(browser, f"{PAGE}/formulaire/T7")
    later()
    client.get(path)
    with selects() as statements:
        page = client.get(path)

    assert says_it(page)
    assert len(statements) == usual


def test_logo_stands_beside_the_names(client, session, browser, later):
    later()
    without = client.get(f"{PREFIX}/aide")
    note(browser)
    answer = put_logo(browser, image(chunk(b"tEXt", b"Author\0Prenom Nom")))
    later()
    page = client.get(f"{PREFIX}/aide")
    (public_id,) = session.scalars(sa.select(ReadingLogo.public_id)).all()
    address = f"/relectures/{public_id}.png"

    assert answer.status_code == 303
    assert "<img" not in without.text
    assert f'src="{PREFIX}{address}"' in page.text
    assert re.search(r'alt="Logo facile à lire"\s+width="64" height="48"', page.text)
    check_page(page.text)
    served = client.get(f"{PREFIX}{address}")
    assert (served.data, served.mimetype) == (image(), "image/png")
    assert "sandbox" in served.headers["Content-Security-Policy"]
    assert client.get(f"/relectures/{public_id}.svg").status_code == 404
    assert "1 Ko à la sauvegarde" in visible_text(browser.get(PAGE))

    removed = browser.post(
        f"{PAGE}/logo/retirer", {"logo": field_of(browser.get(PAGE), "logo")}, follow_redirects=True
    )
    again = browser.post(f"{PAGE}/logo/retirer", {"logo": public_id}, follow_redirects=True)
    later()

    assert "aucune page n'a plus ce logo" in visible_text(removed)
    assert "on l'a retiré ou remplacé entre-temps" in visible_text(again)

    assert "<img" not in client.get(f"{PREFIX}/aide").text
    assert says_it(client.get(f"{PREFIX}/aide"))
    assert client.get(f"{PREFIX}{address}").status_code == 404


def test_removed_names_are_nowhere(client, session, browser, later):
    note(browser)
    later()
    identifier = field_of(browser.get(HELP), "replaced")

    removed = browser.post(f"{PAGE}/retirer", {"reading": identifier})
    again = browser.post(f"{PAGE}/retirer", {"reading": "1; DROP"})
    later()

    assert (removed.status_code, again.status_code) == (303, 303)
    assert not says_it(client.get(f"{PREFIX}/aide"))
    assert "Karim" not in browser.get(PAGE).text
    assert session.scalars(sa.select(PageReading)).all() == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"readers": " "}, "Écrivez le prénom des personnes qui ont relu."),
        ({"readers": "é" * 201}, "Ce texte compte 201 caractères : 200 au plus."),
        ({"read_on": ""}, "Donnez le jour de la relecture."),
        ({"read_on": "hier"}, "Écrivez ce jour ainsi : 24/11/2026."),
        ({"read_on": "2999-01-01"}, "Ce jour n'est pas encore venu"),
        ({"agrees": ""}, "Demandez d'abord leur accord à ces personnes"),
    ],
)
def test_reading_is_refused_with_what_to_do(session, browser, fields, sentence):
    refused = note(browser, **fields)

    assert refused.status_code == 422
    assert sentence.replace("'", "’") in visible_text(refused).replace("'", "’").replace(
        "\u202f", " "
    ).replace("\xa0", " ")
    assert session.scalars(sa.select(PageReading)).all() == []


def test_text_that_changed_meanwhile_is_told_with_what_was_typed(session, browser):
    opened = browser.get(HELP)
    actor = organiser_of(session, "nour@association.fr")
    write_site(session, actor, SiteTextKind.HELP, **{"fr": "…", TAG: "Le soir."})

    stale = note(browser, opened=opened)

    assert stale.status_code == 409
    assert "Relisez la page, puis notez de nouveau" in visible_text(stale)
    assert 'value="Karim et Ana"' in stale.text
    assert field_of(stale, "digest") != field_of(opened, "digest")
    assert session.scalars(sa.select(PageReading)).all() == []


def test_second_of_two_people_is_told_who_was_first(session, browser):
    opened = browser.get(HELP)
    note(browser, opened=opened)
    stale = note(browser, opened=opened, readers="Sophie")
    again = note(browser, opened=stale, readers="Sophie")

    assert (stale.status_code, again.status_code) == (409, 303)
    assert "lou@association.fr" in visible_text(stale)
    assert session.scalars(sa.select(PageReading.readers)).all() == ["Sophie"]


@pytest.mark.parametrize(
    ("content", "fields", "status", "sentence"),
    [
        (b"", {}, 422, "Choisissez d'abord le fichier du logo."),
        (b"<svg/>", {}, 422, "n'est pas une image PNG"),
        (None, {"alternative": " "}, 422, "Choisissez aussi le fichier de nouveau."),
        (None, {"agrees": ""}, 422, "Lisez d'abord les conditions d'usage du logo"),
        (image() + bytes(700_000), {}, 413, "dépasse 500 Ko"),
    ],
)
def test_logo_is_refused_with_what_to_do(session, browser, content, fields, status, sentence):
    refused = put_logo(browser, content, **fields)

    assert refused.status_code == status
    text = visible_text(refused).replace("’", "'").replace("\xa0", " ").replace("\u202f", " ")
    assert sentence in text
    assert session.scalars(sa.select(ReadingLogo.tag)).all() == []


def test_of_two_who_put_a_logo_the_second_sees_both_texts(session, browser):
    opened = browser.get(PAGE)
    put_logo(browser, opened=opened)
    stale = put_logo(browser, image(width=100), opened, alternative="Un livre ouvert")
    stored = session.scalars(sa.select(ReadingLogo.alternative)).all()
    again = put_logo(browser, image(width=100), stale, alternative="Un livre ouvert")

    assert (stale.status_code, again.status_code) == (409, 303)
    text = visible_text(stale)
    assert "lou@association.fr a modifié ce logo entre-temps" in text.replace("\xa0", " ")
    assert 'value="Un livre ouvert"' in stale.text
    assert "Logo facile à lire" in text
    check_page(stale.text)
    assert stored == ["Logo facile à lire"]
    session.rollback()
    assert session.scalars(sa.select(ReadingLogo.alternative)).all() == ["Un livre ouvert"]


@pytest.mark.parametrize("path", ["/formulaire", "/formulaire/T99", "/aide/T7", "/ailleurs"])
def test_no_other_page_is_noted(browser, path):
    assert browser.get(f"{PAGE}{path}").status_code == 404
    assert browser.post(f"{PAGE}{path}", {}).status_code == 404


def test_list_leads_to_each_page_and_its_tabs_count(browser):
    note(browser)
    page = browser.get(PAGE)
    text = visible_text(page)

    assert "Relue par Karim et Ana le 20 novembre 2026" in text.replace("\xa0", " ")
    assert "Relues (1)" in text.replace("\xa0", " ")
    assert f'href="{PAGE}/formulaire/T7"' in page.text
    assert f'href="{PAGE}"' in browser.get("/organisation/site/langues").text
    assert "Le formulaire" not in visible_text(browser.get(f"{PAGE}?etat=relues"))
    for path in ("/formulaire/T7", "/formulaire/outil", "/recu", ""):
        check_page(browser.get(f"{PAGE}{path}").text)
    assert in_paris(now()).date().isoformat() in browser.get(f"{PAGE}/recu").text
