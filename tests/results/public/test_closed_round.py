"""A closed round: thanks, how many, what is next, results first; and no page invites to answer."""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest
import sqlalchemy as sa
from flask_babel import gettext

from consultation.clock import now
from consultation.questionnaires.models import Round
from consultation.results.public import closed_rounds
from consultation.results.tallies import maintain
from consultation.web.locale import in_language
from tests.factories import form_data, instrument_of, key_for
from tests.pages import main_text
from tests.results.publishing_builders import answer_many, publish
from tests.results.publishing_builders import measure as measure
from tests.results.publishing_builders import opened as opened
from tests.results.publishing_builders import settings as settings

STANCE = ("T7.1", "stance")
INVITING = (
    "Choisir une mesure", "Donner mon avis", "Vous choisissez",
    "Sans compte, en quelques minutes.", "Répondre hors de mon espace", "Corriger ma réponse",
    "Donner un avis général", "Donner un avis général dans mon espace",
    "Me proposer trois mesures", "J'ai dix minutes",
    "Une remarque sur l'ensemble ou sur la méthode ?",
    "Le formulaire vous demande ce que vous observez.",
    "Aucun indicateur n'est encore proposé : le formulaire vous permet d'en suggérer.",
    "votre avis est demandé", "Choisir une autre mesure", "Mesure suivante :",
    "Répondre à une mesure :", "Reprendre mon brouillon :",
    "Rouvrir le formulaire pour la renvoyer", "Continuer le formulaire", "pas commencée",
)  # fmt: skip
OTHER_PHRASES = (
    "mesure à commenter", "mesures à commenter", "to comment on", "sont les bienvenues",
    "dites ce qu'il faut", "tell us what to keep", "tous les formulaires", "every form",
    "vous y répondez", "mesure ci-dessus",
    "choisissez une mesure",
)  # fmt: skip
ELSEWHERE = ("/static", "/organisation", "/quitter", "/en/quitter")  # leaving closes the space
FORMS = re.compile(
    r"^(?:/en)?(?:/mesures/[^/]+/contribuer|/outil/contribuer|/contributions/(?:mesures/|outil))"
)
LINK = re.compile(r'<a\b[^>]*\bhref="([^"]*)"[^>]*>')


@pytest.fixture
def inviting(app):
    """The phrases by which the site invites to answer, in both languages."""
    said = set(OTHER_PHRASES)
    for locale in ("fr", "en"):
        with app.test_request_context(), in_language(locale):
            said |= {gettext(phrases).replace("’", "'").lower() for phrases in INVITING}
    return said


def crawl(client, *starts):
    """Every page of the site that links lead to from some, by its address."""
    pages, waiting = {}, list(starts)
    while waiting:
        address = waiting.pop()
        path = urlsplit(address).path
        if address in pages or path.startswith(ELSEWHERE):
            continue
        page = client.get(address)
        pages[address] = page
        if page.mimetype != "text/html" or page.status_code >= 300:
            continue
        for href in LINK.findall(page.text):
            found = urljoin(address, unescape(href).partition("#")[0])
            if found.startswith("/") and not found.startswith("//"):
                waiting.append(found)
    return {
        address: page
        for address, page in pages.items()
        if page.mimetype == "text/html" and page.status_code != 303
    }


def is_in(phrases, text):
    """Whether a text has these phrases, and not as the beginning of others: « you answered »."""
    return re.search(rf"(?<!\w){re.escape(phrases)}(?!\w)", text) is not None


def invitations_in(pages, inviting):
    """What invites to answer, as address and phrases or link."""
    found = []
    for address, page in pages.items():
        text = main_text(page).lower()
        found += [(address, phrases) for phrases in inviting if is_in(phrases, text)]
        found += [
            (address, link[1])
            for link in LINK.finditer(page.text)
            if FORMS.match(link[1]) and "hreflang" not in link[0]  # the other language of itself
        ]
    return found


def send(client, session, measure, **answers):
    """Send the public form; return the address of the receipt."""
    asked = instrument_of(session, measure)
    data = form_data(asked, capacity="citizen", suggestions="Mes mots.", **answers)
    answer = client.post("/mesures/T7/contribuer", data=data | {"submission_key": key_for(asked)})
    assert answer.status_code == 303, answer.text
    return answer.location


def close(session):
    session.execute(sa.update(Round).values(closes_at=now()))
    session.commit()


@pytest.fixture
def answered(session, opened):
    answer_many(session, opened, "T7", (20, {STANCE: "keep"}, {"capacity": "justice"}))
    maintain.refresh(session())
    return opened


def test_words_of_invitation_are_those_of_an_open_round(client, answered, inviting):
    found = invitations_in(crawl(client, "/", "/en/"), inviting)

    assert len({phrases for _address, phrases in found}) >= 15


@pytest.mark.every_case
@pytest.mark.parametrize("has_results", [False, True])
def test_no_public_page_of_a_closed_round_invites_to_answer(
    client, session, answered, inviting, has_results
):
    if has_results:
        publish(session, answered)
    close(session)

    pages = crawl(
        client, "/", "/en/", "/nulle-part", "/en/nulle-part", "/mesures/T7/contribuer",
        "/en/mesures/T7/contribuer", "/outil/contribuer", "/en/outil/contribuer",
        "/contributions/", "/contributions/ouvrir/inconnu", "/en/contributions/", "/connexion",
    )  # fmt: skip

    assert len(pages) >= 20
    asked = ("/mesures/T7/contribuer", "/outil/contribuer")
    assert [page.status_code for page in map(client.get, asked)] == [200, 200]
    assert invitations_in(pages, inviting) == []


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_space_and_receipt_of_a_closed_round_invite_to_nothing(
    client, session, opened, measure, inviting, prefix
):
    receipt = prefix + send(client, session, measure)
    link = prefix + re.search(r"(/contributions/ouvrir/[\w.-]+)", client.get(receipt).text)[1]
    close(session)

    knock, shown = client.get(link), client.get(receipt)
    space = client.post(link, data={"intent": "continue"}, follow_redirects=True)
    pages = crawl(client, f"{prefix}/contributions/", f"{prefix}/contributions/copie")
    pages |= {"knock": knock, "receipt": shown, "space": space}

    assert space.request.path.endswith("/contributions/")
    assert "Mes mots." in space.text
    assert len(pages) >= 8
    assert pages[f"{prefix}/contributions/"].status_code == 200
    assert invitations_in(pages, inviting) == []


def test_what_was_withdrawn_is_not_offered_to_be_sent_again(
    client, session, opened, measure, inviting
):
    receipt = send(client, session, measure)
    link = re.search(r"(/contributions/ouvrir/[\w.-]+)", client.get(receipt).text)[1]
    client.post(link)
    client.post("/contributions/retirer", data={"confirmed": "1"}, follow_redirects=True)
    before = client.get("/contributions/retirees")
    close(session)

    after = client.get("/contributions/retirees")

    assert "Rouvrir le formulaire" in before.text
    assert invitations_in({"withdrawn": after}, inviting) == []


def test_closed_home_thanks_says_how_many_and_what_is_next(client, session, answered):
    close(session)

    home, english = (main_text(client.get(it)).lower() for it in ("/", "/en/"))

    for phrases in (
        "la consultation est terminée", "merci à toutes les personnes qui ont répondu",
        "au moins 20 contributions ont été reçues", "et maintenant ?",
        "les résultats paraîtront ici", "aucune date n'est encore fixée",
        "retrouver mon espace", "la prochaine consultation",
    ):  # fmt: skip
        assert phrases in home
    assert "at least 20 contributions were received" in english
    assert "what happens now?" in english


def test_results_come_first_once_they_are_published(client, session, answered):
    publish(session, answered)
    close(session)

    for path in ("/", "/mesures/T7", "/mesures/T7/contribuer", "/outil/contribuer"):
        page = client.get(path).text
        first = re.search(r'<a class="button[^"]*" href="([^"]*)"', page[page.index("<main") :])
        assert first[1].startswith("/resultats"), path
    assert "Lire les résultats" in client.get("/mesures").text


@pytest.mark.every_case
@pytest.mark.parametrize(("count", "expected"), [(4, 0), (5, 5), (9, 5), (10, 10)])
def test_count_is_told_in_groups_so_that_none_stands_out(app, session, opened, count, expected):
    answer_many(session, opened, "T7", (count, {STANCE: "keep"}, {"capacity": "justice"}))
    maintain.refresh(session())
    close(session)

    found = closed_rounds.closed_round(session, opened, now(), {"SMALL_CELL": 5})

    assert found.response_count == expected


def test_open_round_is_not_closed(session, answered):
    assert closed_rounds.closed_round(session, answered, now(), {"SMALL_CELL": 5}) is None
    assert closed_rounds.closed_round(session, None, now(), {"SMALL_CELL": 5}) is None


def test_before_a_round_opens_no_page_offers_its_forms(client, session, answered):
    opens_at = now() + timedelta(days=3)
    session.execute(
        sa.update(Round).values(opens_at=opens_at, closes_at=opens_at + timedelta(days=30))
    )
    session.commit()

    for path in ("/", "/mesures", "/en/", "/en/mesures"):
        page = client.get(path)
        assert [href for href in LINK.findall(page.text) if FORMS.match(href)] == []
        assert "à commenter" not in page.text
        assert "to comment on" not in page.text
