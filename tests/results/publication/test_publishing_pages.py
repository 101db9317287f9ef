"""The staff pages of results: figures as they stand, the preview, publishing, taking back."""

import re

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db.stale import StaleEdit
from consultation.responses.models import Response
from consultation.results.models import Snapshot
from consultation.results.public import queries
from consultation.results.publication import snapshot_store
from consultation.results.tallies import maintain
from tests.accounts.builders import make_account
from tests.exports.builders import respond
from tests.invitations.builders import Browser, text_of
from tests.pages import main_text
from tests.results.publishing_builders import answer_many, publish
from tests.results.publishing_builders import measure as measure
from tests.results.publishing_builders import opened as opened
from tests.results.publishing_builders import settings as settings
from tests.results.test_by_mail import by_mail as by_mail

STANCE = ("T7.1", "stance")
JUDGES, POLICE = {"capacity": "justice"}, {"capacity": "police", "territory": "corse"}
LIST = "/organisation/resultats"
PAGE, PREVIEW = f"{LIST}/T7", f"{LIST}/T7/apercu"


@pytest.fixture
def organiser(app, session):
    make_account(session, "organiser@exemple.fr", Role.ORGANISER)
    browser = Browser(app)
    browser.enter("organiser@exemple.fr")
    return browser


@pytest.fixture
def answered(session, opened):
    answer_many(
        session, opened, "T7",
        (20, {STANCE: "keep"}, JUDGES),
        (6, {STANCE: "amend"}, POLICE), (2, {STANCE: "drop"}, POLICE),
    )  # fmt: skip
    maintain.refresh(session())


def press(browser, page, address):
    """Open a page of the staff and press the button that posts to `address`."""
    browser.get(page)
    return browser.post(address, {"tour": "tour-1"})


def test_without_a_round_the_page_says_what_to_do_first(organiser):
    assert "Préparer un tour" in text_of(organiser.get(LIST))


def test_list_says_how_many_came_in_and_what_was_published_when(
    session, organiser, opened, answered, measure
):
    before = main_text(organiser.get(LIST))
    publish(session, opened, measure.id)

    after = main_text(organiser.get(LIST))

    assert "T7 Hébergement spécialisé 28 –" in before
    assert re.search(r"T7 Hébergement spécialisé 28 \d+(er)? \w+ 20\d\d", after)


def test_live_page_shows_every_count_and_says_it_is_internal(organiser, opened, answered):
    text = main_text(organiser.get(PAGE))

    assert "Interne : ne pas diffuser." in text
    assert "S'en passer 2 7 %" in text


@pytest.mark.every_case
@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ("qualite=police", "8"),
        ("territoire=corse", "8"),
        ("territoire=-", "20"),
        ("canal=web", "28"),
        ("canal=mail", None),
        ("statut=unverified&qualite=justice", "20"),
        ("canal=nonsense", "28"),
        ("qualite=rien", None),
    ],
)
def test_live_page_is_narrowed_by_any_filters_together(organiser, opened, answered, filters, count):
    text = main_text(organiser.get(f"{PAGE}?{filters}"))

    if count is None:
        assert "retirez-en un" in text
    else:
        assert f"contributions {count}" in text


def test_preview_shows_exactly_what_becomes_public(organiser, client, opened, answered):
    preview = main_text(organiser.get(PREVIEW))
    press(organiser, PREVIEW, f"{PAGE}/publier")

    public = client.get("/resultats/T7").text

    figures = re.findall(
        r"Le (?:garder|reformuler|remplacer) [•\d]+(?: masqué \(pour protéger un petit nombre\))?",
        preview,
    )
    told = " ".join(re.sub(r"<[^>]+>", " ", public).replace("\xa0", " ").split())
    assert len(figures) >= 3
    assert all(figure in told for figure in figures)
    assert "S'en passer 2" not in preview


def test_publishing_one_makes_its_page_public(session, organiser, client, opened, answered):
    assert client.get("/resultats/T7").status_code == 404

    answer = press(organiser, PREVIEW, f"{PAGE}/publier")

    assert answer.status_code == 303
    assert client.get("/resultats/T7").status_code == 200


def test_taking_back_makes_it_private_and_publishing_again_public(
    session, organiser, client, opened, answered
):
    press(organiser, PREVIEW, f"{PAGE}/publier")
    press(organiser, PREVIEW, f"{PAGE}/retirer")
    assert client.get("/resultats/T7").status_code == 404

    press(organiser, PREVIEW, f"{PAGE}/publier")

    assert client.get("/resultats/T7").status_code == 200


def test_publishing_all_leaves_out_what_nobody_answered(session, organiser, opened, answered):
    answer = press(organiser, f"{LIST}/publier", f"{LIST}/publier")

    assert answer.status_code == 303
    assert [one.measure.code for one in queries.measures(session())] == ["T7"]
    assert "Chiffres publiés pour 1 formulaire." in main_text(organiser.get(LIST))


def test_publishing_all_leaves_out_what_was_taken_back_and_says_so(
    session, organiser, client, opened, answered
):
    respond(session, opened, None, {"tool_method": 8})
    session.commit()
    maintain.refresh(session())
    press(organiser, PREVIEW, f"{PAGE}/publier")
    press(organiser, PREVIEW, f"{PAGE}/retirer")

    page = main_text(organiser.get(f"{LIST}/publier"))
    answer = press(organiser, f"{LIST}/publier", f"{LIST}/publier")

    to_publish, left_out = page.split("Laissés de côté")
    assert "Les chiffres de 1 formulaire seront publiés" in to_publish
    assert "T7 Hébergement spécialisé" not in to_publish
    assert "T7 Hébergement spécialisé" in left_out
    assert answer.status_code == 303
    assert [one.measure for one in queries.measures(session())] == [None]
    assert client.get("/resultats/T7").status_code == 404


def test_publishing_all_when_all_was_taken_back_publishes_nothing(
    session, organiser, client, opened, answered
):
    press(organiser, PREVIEW, f"{PAGE}/publier")
    press(organiser, PREVIEW, f"{PAGE}/retirer")

    page = main_text(organiser.get(f"{LIST}/publier"))
    answer = press(organiser, f"{LIST}/publier", f"{LIST}/publier")

    assert "Rien à publier" in page
    assert "T7 Hébergement spécialisé" in page.split("Laissés de côté")[1]
    assert answer.status_code == 409
    assert client.get("/resultats/T7").status_code == 404


def test_what_is_listed_before_publishing_all_is_what_is_published(
    session, organiser, opened, answered
):
    press(organiser, PREVIEW, f"{PAGE}/publier")
    for response in session.scalars(sa.select(Response)):
        response.withdrawn_at = now()
    session.commit()
    maintain.refresh(session())

    page = main_text(organiser.get(f"{LIST}/publier"))
    press(organiser, f"{LIST}/publier", f"{LIST}/publier")

    assert "Les chiffres de 1 formulaire seront publiés" in page
    assert "T7 Hébergement spécialisé 0 Aperçu" in page
    assert session.query(Snapshot).count() == 2


def test_page_says_that_the_round_is_still_open(session, organiser, opened, answered):
    said = "Le tour est ouvert jusqu'au"

    assert said in text_of(organiser.get(PREVIEW))
    assert said in text_of(organiser.get(f"{LIST}/publier"))

    opened.closes_at = now()
    session.commit()
    assert said not in text_of(organiser.get(PREVIEW))
    assert said not in text_of(organiser.get(f"{LIST}/publier"))


def test_nothing_is_published_of_a_measure_that_nobody_answered(session, organiser, opened):
    answer = press(organiser, PREVIEW, f"{PAGE}/publier")

    assert answer.status_code == 409
    assert "il n'y a rien à publier" in text_of(answer)
    assert session.query(Snapshot).count() == 0


@pytest.mark.parametrize("address", [f"{PAGE}/publier", f"{LIST}/publier"])
def test_nothing_is_published_of_a_round_that_is_tried_out(
    session, organiser, opened, answered, address
):
    opened.is_trial = True
    session.commit()

    answer = organiser.post(address, {"tour": "tour-1"})

    assert answer.status_code == 409
    assert "Ce tour est à l'essai : rien n'en est publié." in text_of(answer)
    assert session.query(Snapshot).count() == 0


@pytest.mark.parametrize("seen_on", [PREVIEW, f"{LIST}/publier"])
def test_measure_of_mails_alone_is_published_one_by_one_as_with_the_others(
    session, organiser, client, opened, by_mail, seen_on
):
    by_mail(6)
    maintain.refresh(session())

    answer = press(organiser, seen_on, seen_on.replace("/apercu", "/publier"))

    assert answer.status_code == 303
    assert "<dt>par courriel, en plus</dt><dd>6</dd>" in text_of(client.get("/resultats/T7"))


def test_what_was_withdrawn_since_it_was_counted_is_published_neither_way(
    session, organiser, opened, answered
):
    for response in session.scalars(sa.select(Response)):
        response.withdrawn_at = now()
    session.commit()

    answers = [
        press(organiser, page, page.replace("/apercu", "/publier"))
        for page in (PREVIEW, f"{LIST}/publier")
    ]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert session.query(Snapshot).count() == 0


def test_unknown_measure_or_round_is_not_found(organiser, opened):
    assert organiser.get(f"{LIST}/X9").status_code == 404
    assert organiser.get(f"{LIST}/X9/apercu").status_code == 404
    assert organiser.get(f"{LIST}?tour=rien").status_code == 404


def test_moderators_may_not_publish(app, session, opened):
    make_account(session, "m@exemple.fr", Role.MODERATOR)
    moderator = Browser(app)
    moderator.enter("m@exemple.fr")

    assert moderator.get(LIST).status_code == 403
    assert moderator.get(PREVIEW).status_code == 403


def test_tool_has_figures_of_its_own(session, organiser, client, opened):
    for _ in range(9):
        respond(session, opened, None, {"tool_method": 8}, capacity="justice")
    session.commit()
    press(organiser, f"{LIST}/outil/apercu", f"{LIST}/outil/publier")

    page = client.get("/resultats/outil")

    assert page.status_code == 200
    assert "Les avis sur l'ensemble des indicateurs" in text_of(client.get("/resultats"))


@pytest.mark.parametrize("page", [PREVIEW, f"{LIST}/publier"])
def test_publication_refused_as_stale_says_who_was_faster_and_when(
    organiser, opened, answered, monkeypatch, page
):
    def refuse(*given):
        raise StaleEdit("la publication de ces chiffres", "lou@exemple.fr", now())

    monkeypatch.setattr(snapshot_store, "publish", refuse)

    answer = press(organiser, page, page.replace("/apercu", "/publier"))

    assert answer.status_code == 409
    assert "lou@exemple.fr a modifié la publication de ces chiffres entre-temps, le" in main_text(
        answer
    )
    assert "Erreur : " in text_of(answer)
