"""Round pages of the organisers, and what visitors read of a round."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.accounts.models import AuditEvent, Role
from consultation.collective.models import SiteTextKind
from consultation.db.base import writing
from consultation.mail.models import OutboxMessage
from consultation.questionnaires.models import Round, RoundText
from consultation.questionnaires.outline import store
from consultation.questionnaires.rounds import queries, service, views
from consultation.responses import plan_changes
from tests.accounts.builders import Browser, make_account
from tests.collective.builders import write_site
from tests.factories import make_measure, make_round
from tests.pages import visible_text
from tests.plan.builders import make_draft, make_measure_draft
from tests.questionnaires.rounds.builders import NOON, actions, make_safe, organiser_of

DAY = timedelta(days=1)
ROOM = "/organisation/tours"
NEW = {
    "title": "Deuxième tour", "title_en": "Second round", "code": "tour-2",
    "opens_day": "4/12/2026", "opens_hour": "9 h", "closes_day": "24 décembre 2026",
    "closes_hour": "23 h 59", "document_url": "https://exemple.fr/document.pdf", "languages": "en",
}  # fmt: skip


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def measure(session):
    made = make_measure(session, "T7")
    session.commit()
    return made


@pytest.fixture
def organiser(app, session, measure):
    make_account(session, "lou@association.fr", Role.ORGANISER)
    make_safe(app, session)
    browser = Browser(app)
    browser.enter("lou@association.fr")
    return browser


@pytest.fixture
def first(session, measure):
    """A round that has closed."""
    made = make_round(session, NOON - 30 * DAY, NOON - DAY)
    session.commit()
    return made


def send(browser, path, fields=None):
    browser.get(path)
    return browser.post(path, fields)


def prepare(browser, **fields):
    return send(browser, f"{ROOM}/preparer", NEW | fields)


def test_organiser_prepares_announces_closes_and_reopens(organiser, session, noon, first):
    assert "fermé le 23 novembre 2026 à 12 h 00" in visible_text(organiser.get(ROOM))
    proposed = organiser.get(f"{ROOM}/preparer").text
    assert 'value="tour-2"' in proposed
    assert 'value="2026-11-26"' in proposed

    made = prepare(organiser)
    page = visible_text(organiser.get(made.location))
    assert "en préparation" in page
    assert "4 décembre 2026 à 9 h 00" in page
    assert "en préparation" in visible_text(organiser.get(ROOM))

    question = visible_text(organiser.get(f"{ROOM}/tour-2/annoncer"))
    assert "2 formulaires" in question
    assert "points restent ouverts" in question
    refused = send(organiser, f"{ROOM}/tour-2/annoncer")
    assert refused.status_code == 422
    assert "cochez la case pour passer outre" in visible_text(refused)
    done = send(organiser, f"{ROOM}/tour-2/annoncer", {"confirmed": "1"})
    assert done.status_code == 303
    assert "annoncé, ouvrira le 4 décembre 2026" in visible_text(organiser.get(done.location))

    noon.move_to(NOON + 12 * DAY)
    organiser.enter("lou@association.fr")
    assert "ouvert jusqu'au 24 décembre 2026 à 23 h 59" in visible_text(organiser.get(ROOM))
    assert "encore 2 h" in visible_text(organiser.get(f"{ROOM}/tour-2/fermer"))
    send(organiser, f"{ROOM}/tour-2/fermer")
    assert "Ce tour est fermé" in visible_text(organiser.get(f"{ROOM}/tour-2"))
    reopening = {"closes_day": "31/12/2026", "closes_hour": "18 h"}
    send(organiser, f"{ROOM}/tour-2/rouvrir", reopening)
    assert "ouvert jusqu'au 31 décembre 2026 à 18 h 00" in visible_text(organiser.get(ROOM))
    assert [action for action in actions(session) if action.startswith("round_")] == [
        "round_created", "round_announced", "round_closed", "round_reopened",
    ]  # fmt: skip


def test_reopened_round_follows_the_plan_changed_while_it_was_closed(
    organiser, client, session, noon, first
):
    with writing(session()):
        plan_changes.load_plan(session(), make_draft(make_measure_draft("M2")), NOON)
    reopening = {"closes_day": "31/12/2026", "closes_hour": "18 h"}

    done = send(organiser, f"{ROOM}/tour-1/rouvrir", reopening)

    told = visible_text(organiser.get(done.location))
    assert "Le tour est rouvert. 1 formulaire publié, 1 formulaire fermé, 1 inchangé." in told
    statuses = [client.get(f"/mesures/{code}/contribuer").status_code for code in ("M2", "T7")]
    assert statuses == [200, 404]


def test_round_is_opened_at_once(organiser, client):
    prepare(organiser)

    opened = send(organiser, f"{ROOM}/tour-2/ouvrir", {"confirmed": "1"})

    assert "2 formulaires publiés" in visible_text(organiser.get(opened.location))
    assert "Ouvert à toutes et à tous jusqu'au 24 décembre 2026" in visible_text(client.get("/"))
    assert client.get("/mesures/T7/contribuer").status_code == 200


def test_visitors_see_nothing_of_a_round_in_preparation(organiser, client, first):
    before = visible_text(client.get("/"))

    prepare(organiser, title="Un tour secret")

    assert visible_text(client.get("/")) == before
    assert "La consultation est terminée" in visible_text(client.get("/mesures/T7/contribuer"))
    for path in ("/", "/mesures", "/donnees-personnelles", "/organisation/classeurs"):
        assert "secret" not in client.get(path).text


def test_visitors_between_two_rounds_read_both_dates(organiser, client, first):
    prepare(organiser)
    send(organiser, f"{ROOM}/tour-2/annoncer", {"confirmed": "1"})

    home, form = visible_text(client.get("/")), visible_text(client.get("/mesures/T7/contribuer"))

    assert (
        "La consultation ouvrira le 4 décembre 2026 à 9 h 00 (heure de Paris), et fermera le 24"
        in home
    )
    assert "Le tour précédent s'est terminé le 23 novembre 2026 à 12 h 00 (heure de Paris)." in home
    assert "Le formulaire ouvrira le 4 décembre 2026" in form
    assert "Le tour précédent a fermé" in form
    assert "Deuxième tour" in home


def test_what_was_typed_survives_a_refusal(organiser, session):
    page = prepare(organiser, opens_day="32/12/2026", closes_hour="midi", code="Tour 2")

    text = visible_text(page)
    assert page.status_code == 422
    assert "Écrivez ce jour ainsi : 24/11/2026." in text
    assert "Écrivez cette heure ainsi" in text
    assert "minuscules sans accent" in text
    assert 'value="32/12/2026"' in page.text
    assert 'value="Deuxième tour"' in page.text
    assert session.scalars(sa.select(Round)).all() == []


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"title": " "}, "Donnez un titre"),
        ({"title_en": "x" * 201}, "dépasse 200 caractères"),
        ({"document_url": "javascript:alert(1)"}, "https://"),
        ({"document_url": "https://[::1"}, "https://"),
        ({"closes_day": "3/12/2026"}, "La fermeture doit venir après l'ouverture."),
        ({"opens_day": "1/11/2026", "closes_day": "2/11/2026"}, "La fermeture doit être à venir"),
        ({"opens_day": "28/03/2027", "opens_hour": "2h30", "closes_day": "1/5/2027"},
         "Cette heure n'existe pas"),
    ],
)  # fmt: skip
def test_what_makes_no_round_is_refused_at_its_field(organiser, fields, says):
    page = prepare(organiser, **fields)

    assert page.status_code == 422
    assert visible_text(page).count(says) >= 2  # at the field and in the summary


def test_public_dates_change_only_when_confirmed(organiser, session):
    prepare(organiser)
    send(organiser, f"{ROOM}/tour-2/ouvrir", {"confirmed": "1"})
    edit = f"{ROOM}/tour-2/modifier"
    seen = re.search(r'name="seen" value="([^"]+)"', organiser.get(edit).text)[1]
    fields = NEW | {"seen": seen, "closes_day": "31/12/2026"}

    refused = organiser.post(edit, fields)
    changed = organiser.post(edit, fields | {"confirmed": "1"})

    assert refused.status_code == 422
    assert "cochez la case pour les changer" in visible_text(refused)
    assert changed.status_code == 303
    assert "jusqu'au 31 décembre 2026" in visible_text(organiser.get(ROOM))


def test_title_of_an_open_round_needs_no_confirmation(organiser, session):
    prepare(organiser)
    send(organiser, f"{ROOM}/tour-2/ouvrir", {"confirmed": "1"})
    edit = f"{ROOM}/tour-2/modifier"
    seen = re.search(r'name="seen" value="([^"]+)"', organiser.get(edit).text)[1]

    changed = organiser.post(edit, NEW | {"seen": seen, "title": "Autre titre"})

    assert changed.status_code == 303
    session.rollback()
    assert queries.by_code(session, "tour-2").title["fr"] == "Autre titre"


def test_two_organisers_who_change_one_round_see_both_versions(organiser, session):
    prepare(organiser)
    edit = f"{ROOM}/tour-2/modifier"
    seen = re.search(r'name="seen" value="([^"]+)"', organiser.get(edit).text)[1]
    organiser.post(edit, NEW | {"seen": seen, "title": "Le sien"})

    conflict = organiser.post(edit, NEW | {"seen": seen, "title": "Le mien"})
    seen = re.search(r'name="seen" value="([^"]+)"', conflict.text)[1]
    again = organiser.post(edit, NEW | {"seen": seen, "title": "Le mien"})

    assert conflict.status_code == 409
    assert "Le sien" in conflict.text
    assert 'value="Le mien"' in conflict.text
    assert again.status_code == 303


def test_impossible_step_says_why(organiser):
    prepare(organiser)
    organiser.get(f"{ROOM}/tour-2/annoncer")
    organiser.post(f"{ROOM}/tour-2/annoncer", {"confirmed": "1"})

    twice = organiser.post(f"{ROOM}/tour-2/annoncer", {"confirmed": "1"})
    looked = organiser.get(f"{ROOM}/tour-2/annoncer", follow_redirects=True)

    assert twice.status_code == 409
    assert "Ce tour est déjà annoncé." in visible_text(twice)
    assert "Ce tour est déjà annoncé." in visible_text(looked)


@pytest.fixture
def being_open(session, measure):
    """A round that people answer."""
    made = make_round(session, NOON - DAY / 2, NOON + 20 * DAY, code="en-cours")
    session.commit()
    return made


def test_round_is_not_offered_to_be_opened_while_another_is_open(organiser, session, being_open):
    prepare(organiser, opens_day="20/12/2026")
    page = organiser.get(f"{ROOM}/tour-2")
    looked = organiser.get(f"{ROOM}/tour-2/ouvrir", follow_redirects=True)

    says = visible_text(page)
    assert f'href="{ROOM}/tour-2/ouvrir"' not in page.text
    assert f'href="{ROOM}/tour-2/annoncer"' in page.text
    assert "« Essayer » et « Ouvrir maintenant » ne sont pas possibles pour l'instant." in says
    assert "Fermez ce tour-là, ou changez les dates" in says
    assert f'href="{ROOM}/{being_open.code}"' in page.text
    assert "Fermez ce tour-là, ou changez les dates" in visible_text(looked)
    assert looked.request.path == f"{ROOM}/tour-2"

    send(organiser, f"{ROOM}/{being_open.code}/fermer")
    assert f'href="{ROOM}/tour-2/ouvrir"' in organiser.get(f"{ROOM}/tour-2").text


def test_round_is_not_offered_to_be_announced_after_its_opening(organiser, noon):
    prepare(organiser)
    noon.move_to(NOON + 12 * DAY)
    organiser.enter("lou@association.fr")

    page = organiser.get(f"{ROOM}/tour-2")

    assert f'href="{ROOM}/tour-2/annoncer"' not in page.text
    assert f'href="{ROOM}/tour-2/ouvrir"' in page.text
    assert "L'ouverture prévue est passée : changez sa date" in visible_text(page)


def test_closed_round_is_not_offered_to_be_reopened_over_another(
    organiser, session, first, being_open
):
    page = organiser.get(f"{ROOM}/{first.code}")

    assert f'href="{ROOM}/{first.code}/rouvrir"' not in page.text
    assert "n'est pas possible pour l'instant" in visible_text(page)
    assert f"Voir « {being_open.title['fr']} »" in visible_text(page)


def test_round_in_preparation_is_removed_with_its_texts(organiser, session):
    prepare(organiser)
    send(organiser, f"{ROOM}/tour-2/textes/titre", {"fr": "Notre titre", "number": "0"})

    gone = send(organiser, f"{ROOM}/tour-2/supprimer")

    assert gone.location.endswith(ROOM)
    assert "Aucun tour pour l'instant" in visible_text(organiser.get(ROOM))
    assert session.scalars(sa.select(RoundText)).all() == []
    assert organiser.get(f"{ROOM}/tour-2").status_code == 404


def test_round_that_somebody_removes_meanwhile_is_said_to_be_gone(organiser, session, monkeypatch):
    prepare(organiser)
    step = f"{ROOM}/tour-2/supprimer"
    unsettled = views._unsettled

    def removed_first(*arguments):
        monkeypatch.undo()
        organiser.post(step, {"confirmed": "1"})
        return unsettled(*arguments)

    organiser.get(step)
    monkeypatch.setattr(views, "_unsettled", removed_first)
    page = organiser.post(step, {"confirmed": "1"}, follow_redirects=True)

    assert "Ce tour n'existe plus." in visible_text(page)


def test_public_round_offers_no_removal(organiser, first):
    page = organiser.get(f"{ROOM}/tour-1")

    assert "Supprimer" not in page.text
    assert organiser.get(f"{ROOM}/tour-1/supprimer").status_code == 303


def test_questionnaire_with_faults_blocks_the_opening(organiser, session):
    prepare(organiser)
    with writing(session()):
        found = queries.by_code(session(), "tour-2")
        store.change(session(), found, lambda outline: type(outline)(()), NOON)

    assert "bloque l'ouverture" in visible_text(organiser.get(f"{ROOM}/tour-2"))
    refused = send(organiser, f"{ROOM}/tour-2/ouvrir", {"confirmed": "1"})

    assert refused.status_code == 409
    assert "points à corriger" in visible_text(refused)
    assert service.is_removable(session, queries.by_code(session, "tour-2"))


def test_trial_goes_to_the_organiser_who_asks(organiser, session):
    prepare(organiser)
    organiser.get(f"{ROOM}/tour-2")

    organiser.post(f"{ROOM}/tour-2/essai")

    message = session.scalars(sa.select(OutboxMessage)).one()
    assert (message.kind, message.recipient) == ("test", "lou@association.fr")
    assert "n'est pas encore parti" in visible_text(organiser.get(f"{ROOM}/tour-2"))


def test_text_begins_as_it_ships_and_is_kept_version_by_version(organiser, client, session):
    prepare(organiser)
    notice = f"{ROOM}/tour-2/textes/notice"
    shipped = organiser.get(notice)
    assert "Nous demandons peu" in shipped.text
    assert "We ask for little" in shipped.text

    shown = send(organiser, notice, {"fr": "**Gras**", "number": "0", "intent": "preview"})
    assert "<strong>Gras</strong>" in shown.text
    assert session.scalars(sa.select(RoundText)).all() == []
    send(organiser, notice, {"fr": "Première", "en": "First", "number": "0"})
    send(organiser, notice, {"fr": "Seconde", "number": "1"})

    page = visible_text(organiser.get(notice))
    assert "Version 2 en vigueur" in page
    assert "lou@association.fr" in page
    assert "Première" in organiser.get(f"{notice}/1").text
    assert organiser.get(f"{notice}/3").status_code == 404
    overview = visible_text(organiser.get(f"{ROOM}/tour-2/textes"))
    assert "Version 2 · à traduire : anglais" in overview
    assert "Textes à traduire : anglais (1)" in overview
    session.rollback()
    details = session.scalars(
        sa.select(AuditEvent.details)
        .where(AuditEvent.action == "round_text_written")
        .order_by(AuditEvent.id)
    ).all()
    assert details == [{"kind": "notice", "number": 1}, {"kind": "notice", "number": 2}]


def test_two_organisers_who_write_one_text_see_both(organiser, session):
    prepare(organiser)
    title = f"{ROOM}/tour-2/textes/titre"
    send(organiser, title, {"fr": "Le sien", "number": "0"})

    conflict = send(organiser, title, {"fr": "Le mien", "number": "0"})
    again = organiser.post(title, {"fr": "Le mien", "number": "1"})

    assert conflict.status_code == 409
    assert "Le sien" in conflict.text
    assert "lou@association.fr a modifié ce texte" in visible_text(conflict)
    assert conflict.text.count("Enregistré entre-temps") == 1  # the English texts are alike
    assert 'value="Le mien"' in conflict.text
    assert 'name="number" value="1"' in conflict.text
    assert again.status_code == 303
    assert len(session.scalars(sa.select(RoundText)).all()) == 2


def test_refused_text_is_kept(organiser):
    prepare(organiser)

    page = send(organiser, f"{ROOM}/tour-2/textes/titre", {"fr": "", "en": "Hello", "number": "0"})

    assert page.status_code == 422
    assert "Écrivez aussi le texte français" in visible_text(page)
    assert 'value="Hello"' in page.text


def test_texts_show_the_consents_and_lead_to_their_questions(organiser):
    prepare(organiser)

    page = organiser.get(f"{ROOM}/tour-2/textes")

    for question in ("consent_contact", "consent_quotation"):
        assert f"/tour-2/questionnaire/questions/{question}" in page.text


@pytest.mark.parametrize(
    "path", ["", "/preparer", "/tour-1", "/tour-1/modifier", "/tour-1/fermer", "/tour-1/textes",
             "/tour-1/textes/notice"],
)  # fmt: skip
def test_pages_are_for_organisers(app, session, client, first, path):
    make_account(session, "mod@association.fr", Role.MODERATOR)
    moderator = Browser(app)
    moderator.enter("mod@association.fr")

    assert client.get(f"{ROOM}{path}").status_code == 303
    assert moderator.get(f"{ROOM}{path}").status_code == 403


def test_unknown_round_is_not_found(organiser):
    for path in ("/tour-9", "/tour-9/modifier", "/tour-9/ouvrir", "/tour-9/textes"):
        assert organiser.get(f"{ROOM}{path}").status_code == 404


def test_prepared_round_is_offered_for_no_workbook(organiser, first):
    prepare(organiser, title="Un tour secret")

    page = organiser.get("/organisation/exports").text
    offered = page.partition("<main")[2]

    assert "Première consultation" in offered
    assert "secret" not in offered


def test_round_waits_for_the_public_until_its_safety_is_done_or_put_aside(app, organiser, session):
    app.config["DANGER_REFERENT_NAME"] = ""
    prepare(organiser)
    step = f"{ROOM}/tour-2/ouvrir"

    asked = visible_text(organiser.get(step))
    refused = send(organiser, step, {"confirmed": "1"})
    without_reason = organiser.post(
        f"{ROOM}/tour-2/points/referent", {"raison": " "}, follow_redirects=True
    )
    still = organiser.post(step, {"confirmed": "1"})
    page = visible_text(organiser.get(f"{ROOM}/tour-2"))
    organiser.post(f"{ROOM}/tour-2/points/referent", {"raison": "Désignée le 3 décembre."})
    settled = visible_text(organiser.get(f"{ROOM}/tour-2"))
    opened = organiser.post(step, {"confirmed": "1"})

    assert "mettez-le de côté avec une raison" in asked
    assert "Dites en quelques mots pourquoi" in visible_text(without_reason)
    assert (refused.status_code, still.status_code) == (409, 409)
    assert "Rien n'a été fait" in visible_text(refused)
    assert "« La personne à prévenir d'un danger »" in visible_text(refused)
    assert "Mettre de côté, avec une raison" in page
    assert "Mis de côté : « Désignée le 3 décembre. » (24/11/2026 à 12 h 00" in settled
    assert opened.status_code == 303
    assert actions(session).count("point_put_aside") == 1


def test_round_waits_for_the_public_until_the_site_says_who_answers_for_it(organiser, session):
    write_site(session, organiser_of(session, "nour@association.fr"), SiteTextKind.HOST, 1, fr=" ")
    prepare(organiser)

    refused = send(organiser, f"{ROOM}/tour-2/ouvrir", {"confirmed": "1"})

    assert refused.status_code == 409
    assert "« Ce que le site dit du collectif »" in visible_text(refused)


def test_announcing_waits_as_opening_does_and_a_trial_does_not(app, organiser):
    app.config["DANGER_REFERENT_NAME"] = ""
    prepare(organiser)

    announced = send(organiser, f"{ROOM}/tour-2/annoncer", {"confirmed": "1"})
    tried_out = send(organiser, f"{ROOM}/tour-2/essayer", {"confirmed": "1"})

    assert announced.status_code == 409
    assert tried_out.status_code == 303


def test_round_shows_what_is_left_to_its_reader_once_open_and_closed(app, organiser, session, noon):
    prepare(organiser)
    organiser.post(f"{ROOM}/tour-2/points/factor", {"raison": "Le mois prochain."})
    send(organiser, f"{ROOM}/tour-2/ouvrir", {"confirmed": "1"})
    before = visible_text(organiser.get(f"{ROOM}/tour-2"))
    app.config["DANGER_REFERENT_NAME"] = ""
    of_organiser = visible_text(organiser.get(f"{ROOM}/tour-2"))
    make_account(session, "ada@association.fr", Role.ORGANISER, Role.ADMINISTRATOR)
    everybody = Browser(app)
    everybody.enter("ada@association.fr")

    page = visible_text(everybody.get(f"{ROOM}/tour-2"))

    assert "Il reste à faire" not in before
    assert "Il reste à faire" not in of_organiser
    assert "Il reste à faire" in page
    assert "La personne à prévenir d'un danger" in page
    noon.move_to(NOON + 1 * DAY)
    everybody.enter("ada@association.fr")
    send(everybody, f"{ROOM}/tour-2/fermer")
    closed = visible_text(everybody.get(f"{ROOM}/tour-2"))
    assert "Ce tour est fermé" in closed
    assert "La personne à prévenir d'un danger" in closed


def test_round_names_each_point_that_it_waits_for_before_it_opens(app, organiser, session):
    prepare(organiser)
    safe = visible_text(organiser.get(f"{ROOM}/tour-2"))
    app.config["DANGER_REFERENT_NAME"] = ""
    write_site(
        session, organiser_of(session, "nour@association.fr"), SiteTextKind.MEMBERS, 1, fr=" "
    )

    page = visible_text(organiser.get(f"{ROOM}/tour-2"))

    assert "Tant que ce n'est ni fait ni mis de côté" not in safe
    assert (
        "aussi : « Ce que le site dit du collectif », « La personne à prévenir d'un danger »."
        " Le reste n'empêche rien."
    ) in page


def test_point_that_is_no_point_of_safety_is_not_put_aside(organiser):
    prepare(organiser)

    assert organiser.post(f"{ROOM}/tour-2/points/plan", {"raison": "Non."}).status_code == 404
