"""The staff's pages of exports, from the order to the file."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.accounts.models import AuditEvent, Role
from consultation.clock import now
from consultation.exports.files import manifest_of
from consultation.jobs import queue, worker
from consultation.jobs.models import Job, JobStatus
from tests.exports.builders import respond
from tests.exports.conftest import Browser
from tests.exports.reading import csv_of, records_of
from tests.factories import make_measure, make_round
from tests.pages import straight
from tests.statements import failing_at

PAGE = "/organisation/exports"


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    opened = make_round(session)
    respond(session, opened, "T7", {"suggestions": "Où ?"})
    respond(session, opened, "T7", {"suggestions": "Là."}, withdrawn_at=now())
    session.commit()
    return opened


def order(browser, format="xlsx", tour="tour-1"):
    """Order a workbook from the page; return the address that shows it."""
    browser.get(PAGE)
    return browser.post(PAGE, {"tour": tour, "format": format})


def text_of(page):
    return straight(page.get_data(as_text=True))


def actions(session):
    session.rollback()
    recorded = session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id))
    return [action for action in recorded if action.startswith("export")]


def test_strangers_sign_in_first_and_colleagues_may_not_open_it(app, sign_in, opened):
    stranger, moderator = Browser(app), sign_in(Role.MODERATOR)

    for path in (PAGE, f"{PAGE}/x", f"{PAGE}/x/fichier"):
        assert stranger.get(path).status_code == 303
        assert moderator.get(path).status_code == 403
    assert moderator.post(PAGE, {"tour": "tour-1", "format": "xlsx"}).status_code == 403


def test_page_says_what_a_workbook_is_and_not_to_pass_it_on(organiser, opened):
    page = text_of(organiser.get(PAGE))

    assert "Ne pas diffuser" in page
    assert "Les noms et les adresses n'y sont pas" in page
    assert "Aucun classeur pour l'instant" in page


def test_without_a_round_the_page_says_what_to_do(organiser):
    page = text_of(organiser.get(PAGE))

    assert "Aucun tour de consultation" in page
    assert "Préparer le classeur" not in page


def test_journey_from_the_order_to_the_file(organiser, opened, session, tmp_path):
    ordered = order(organiser)
    place = ordered.headers["Location"]
    waiting = organiser.get(place)
    queue.run_due(session)
    ready = organiser.get(place)
    file = organiser.get(f"{place}/fichier")

    assert ordered.status_code == 303
    assert "<h1>Classeur : Première consultation</h1>" in text_of(waiting)
    assert "en attente" in text_of(waiting)
    assert waiting.headers["Refresh"] == "2"
    assert "Refresh" not in ready.headers
    assert "Télécharger le classeur" in text_of(ready)
    (tmp_path / "taken.xlsx").write_bytes(file.data)
    assert [row["Texte"] for row in records_of(tmp_path / "taken.xlsx", "Textes")] == ["Où ?"]


def test_page_of_a_workbook_tells_its_counts(organiser, opened, session):
    place = order(organiser).headers["Location"]
    queue.run_due(session)

    page = text_of(organiser.get(place))

    for label, count in (("reçues", 2), ("comptées", 1), ("retirées", 1), ("remplacées", 0)):
        assert f"{label}</dt><dd>{count}</dd>" in page
    assert "dont non relus</dt><dd>1</dd>" in page
    assert "retenus en attendant une relecture</dt><dd>0</dd>" in page
    assert "en attente de relecture" not in page


def test_workbooks_stand_in_the_menu_under_what_is_done_there(organiser, opened):
    page = text_of(organiser.get(PAGE))

    assert re.search(r">Résultats<(?:(?!</ul>).)*>Exporter<", page, re.DOTALL)


def test_file_is_private_and_named_as_unread(organiser, opened, session):
    place = order(organiser, "csv").headers["Location"]
    queue.run_due(session)

    file = organiser.get(f"{place}/fichier")

    assert file.mimetype == "application/zip"
    assert file.headers["Cache-Control"] == "no-store, private"
    assert file.headers["Content-Disposition"].startswith(
        "attachment; filename=consultation-tour-1"
    )
    assert file.headers["Content-Disposition"].endswith("-non-relu.zip")


def test_ordering_and_taking_away_leave_a_trail(organiser, opened, session):
    place = order(organiser).headers["Location"]
    queue.run_due(session)
    before = actions(session)

    organiser.get(f"{place}/fichier")

    assert before == ["export_ordered"]
    assert actions(session) == ["export_ordered", "export_downloaded"]
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert place.endswith(event.subject)
    assert event.account_id is not None


def test_double_click_orders_once(organiser, opened, session):
    first = order(organiser).headers["Location"]
    second = order(organiser).headers["Location"]

    assert first == second
    assert actions(session) == ["export_ordered"]


def test_refreshing_can_be_stopped(organiser, opened):
    place = order(organiser).headers["Location"]

    page = organiser.get(f"{place}?actualiser=non")

    assert "Refresh" not in page.headers
    assert "Actualiser" in text_of(page)


def test_order_that_waits_too_long_is_said_to(organiser, opened, session):
    place = order(organiser).headers["Location"]
    soon = text_of(organiser.get(place))

    job = session.scalars(sa.select(Job)).one()
    job.created_at = now() - timedelta(minutes=2)
    session.commit()

    assert "ne répond pas" not in soon
    assert "ne répond pas" in text_of(organiser.get(place))


def test_order_behind_another_job_is_said_to_wait_for_its_turn(organiser, opened, session):
    place = order(organiser).headers["Location"]
    soon = text_of(organiser.get(place))
    with time_machine.travel(now() + timedelta(minutes=2), tick=False) as clock:
        worker.beat(session())
        behind = text_of(organiser.get(place))
        clock.shift(timedelta(minutes=6))
        silent = text_of(organiser.get(place))

    assert "son tour" not in soon
    assert "ne répond pas" not in behind
    assert "La demande attend son tour" in behind
    assert "ne répond pas" in silent
    assert "son tour" not in silent


def test_unfinished_file_leads_back_to_its_page(organiser, opened):
    place = order(organiser).headers["Location"]

    early = organiser.get(f"{place}/fichier")

    assert early.status_code == 303
    assert early.headers["Location"].endswith(place)


def test_removed_workbook_is_told_kindly(organiser, opened, session, app):
    place = order(organiser).headers["Location"]
    queue.run_due(session)
    for path in app.config["EXPORTS_DIR"].iterdir():
        path.unlink()

    file = organiser.get(f"{place}/fichier")

    assert file.status_code == 410
    assert "Préparer un nouveau classeur" in text_of(file)
    assert "Télécharger" not in text_of(organiser.get(place))
    assert "supprimé</span>" in text_of(organiser.get(PAGE))
    assert actions(session) == ["export_ordered"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"tour": "tour-9", "format": "xlsx"}, "Choisissez un tour de la liste."),
        ({"tour": "tour-1", "format": "exe"}, "Choisissez un format de la liste."),
        ({}, "Choisissez un tour de la liste."),
    ],
)
def test_order_not_offered_is_refused(organiser, opened, session, fields, sentence):
    organiser.get(PAGE)

    page = organiser.post(PAGE, fields)

    assert page.status_code == 400
    assert sentence in text_of(page)
    assert "<title>Erreur :" in text_of(page)
    assert session.scalars(sa.select(Job)).all() == []


def test_order_without_the_token_of_its_form_is_refused(organiser, opened, session):
    organiser.token = "forged"

    page = organiser.post(PAGE, {"tour": "tour-1", "format": "xlsx"})

    assert page.status_code in (400, 403)
    assert session.scalars(sa.select(Job)).all() == []


def test_several_rounds_are_offered_by_their_titles(organiser, opened, session):
    make_round(session, code="tour-2").title = {"fr": "Bilan à mi-parcours"}
    session.commit()

    page = text_of(organiser.get(PAGE))

    assert "Bilan à mi-parcours</option>" in page


def test_earlier_exports_are_listed_with_who_and_how_long(organiser, opened, session):
    order(organiser)
    with time_machine.travel("2026-11-24 12:00 +0000", tick=False):
        session.execute(sa.update(Job).values(created_at=now(), due_at=now()))
        session.commit()
        queue.run_due(session)

    page = text_of(organiser.get(PAGE))

    assert "organiser@exemple.fr" in page
    assert "24 novembre 2026 à 13 h 00" in page
    assert "1er décembre 2026 à 13 h 00" in page
    assert " ko</td>" in page


def test_failed_export_says_why(organiser, opened, session):
    place = order(organiser).headers["Location"]

    def refuse(session, job, report):
        raise queue.JobRefused("Choisissez des filtres plus étroits.")

    queue.register_job("export", refuse)
    queue.run_due(session)

    page = text_of(organiser.get(place))
    assert "Le classeur n'a pas pu être fait" in page
    assert "Choisissez des filtres plus étroits." in page


def test_broken_export_gives_the_number_that_is_in_the_log(organiser, opened, session):
    place = order(organiser).headers["Location"]

    def fail(session, job, report):
        raise OSError

    queue.register_job("export", fail)
    for hours in range(3):
        with time_machine.travel(now() + timedelta(hours=hours)):
            queue.run_due(session)

    page = text_of(organiser.get(place))
    assert "Trois essais n'ont pas suffi" in page
    assert "OSError" in page


def test_unknown_export_is_not_found(organiser, opened):
    assert organiser.get(f"{PAGE}/nothing-of-the-kind").status_code == 404


def test_manifest_stays_beside_the_file(organiser, opened, session, app):
    order(organiser, "csv")
    queue.run_due(session)

    (path,) = app.config["EXPORTS_DIR"].glob("*.zip")
    assert manifest_of(path).is_file()
    assert csv_of(path)["Textes"][1][5] == "Où ?"


def test_order_is_cancelled_from_its_page_and_made_again(organiser, opened, session):
    place = order(organiser).headers["Location"]
    waiting = text_of(organiser.get(place))

    answer = organiser.post(f"{place}/annuler", {})
    cancelled = organiser.get(place)
    again = organiser.post(f"{place}/refaire", {})

    assert "Annuler la préparation" in waiting
    assert "Demandé il y a" in waiting
    assert answer.status_code == 303
    assert "Annulé</h2>" in text_of(cancelled)
    assert "Refresh" not in cancelled.headers
    assert again.headers["Location"] != place
    assert actions(session) == ["export_ordered", "export_cancelled", "export_ordered"]


def test_order_is_not_cancelled_unless_that_is_noted(organiser, opened, session):
    place = order(organiser).headers["Location"]
    organiser.get(place)

    with failing_at("INSERT INTO audit_event"):
        refused = organiser.post(f"{place}/annuler", {})

    assert refused.status_code == 503
    assert session.scalar(sa.select(Job.status)) is JobStatus.QUEUED


def test_two_clicks_on_making_it_again_are_one_job(organiser, opened, session):
    place = order(organiser).headers["Location"]
    queue.run_due(session)
    organiser.get(place)

    first = organiser.post(f"{place}/refaire", {}).headers["Location"]
    second = organiser.post(f"{place}/refaire", {}).headers["Location"]

    assert first == second != place
    assert actions(session) == ["export_ordered", "export_ordered"]


def test_cancelling_too_late_says_so_and_keeps_the_file(organiser, opened, session):
    place = order(organiser).headers["Location"]
    organiser.get(place)
    queue.run_due(session)

    organiser.post(f"{place}/annuler", {})

    page = text_of(organiser.get(place))
    assert "trop tard pour annuler" in page
    assert "Télécharger le classeur" in page
    assert "export_cancelled" not in actions(session)


@pytest.mark.parametrize("gesture", ["annuler", "refaire"])
def test_only_who_may_export_cancels_or_makes_again(organiser, opened, session, sign_in, gesture):
    place = order(organiser).headers["Location"]
    moderator = sign_in(Role.MODERATOR)

    assert moderator.post(f"{place}/{gesture}", {}).status_code == 403
    assert organiser.post(f"{PAGE}/nothing-of-the-kind/{gesture}", {}).status_code == 404
    assert session.scalars(sa.select(Job.status)).all() == ["queued"]


def test_page_of_a_workbook_tells_how_long_it_took_and_offers_the_same(organiser, opened, session):
    place = order(organiser).headers["Location"]
    session.rollback()
    with time_machine.travel(now() + timedelta(seconds=80)):
        queue.run_due(session)

    page = text_of(organiser.get(place))

    assert re.search(r", en 1 min 2\d s</dd>", page)
    assert "Refaire le même" in page


CONTACTS = f"{PAGE}/contacts"


def order_contacts(browser, format="xlsx", tour="tour-1"):
    browser.get(CONTACTS)
    return browser.post(CONTACTS, {"tour": tour, "format": format})


def test_strangers_and_moderators_reach_no_contacts(organiser, opened, pages, sign_in):
    place = order_contacts(organiser).headers["Location"]
    stranger, moderator = Browser(pages), sign_in(Role.MODERATOR)

    for path in (CONTACTS, place, f"{place}/fichier"):
        assert stranger.get(path).status_code == 303
        assert moderator.get(path).status_code == 403


def test_page_of_contacts_warns_and_says_how_long_a_list_stays(organiser, opened):
    page = text_of(organiser.get(CONTACTS))

    assert "Données personnelles" in page
    assert "Le journal note qui prend cette liste" in page
    assert "restera ici 1 jour" in page


def test_contact_list_is_ordered_taken_away_and_noted(organiser, opened, session, tmp_path):
    respond(session, opened, "T7", {}, consent_contact=True, contact=("Lou", "lou@exemple.fr"))
    session.commit()
    place = order_contacts(organiser).headers["Location"]
    queue.run_due(session)

    page = organiser.get(place)
    file = organiser.get(f"{place}/fichier")

    (tmp_path / "taken.xlsx").write_bytes(file.data)
    assert "Adresses dans la liste</dt><dd>1</dd>" in text_of(page)
    assert "lou@exemple.fr" not in text_of(page)
    assert records_of(tmp_path / "taken.xlsx", "Contacts")[0]["Adresse"] == "lou@exemple.fr"
    assert file.headers["Cache-Control"] == "no-store, private"
    session.rollback()
    recorded = session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert recorded[-2:] == ["contacts_ordered", "contacts_downloaded"]
    assert "contacts-tour-1" not in text_of(organiser.get(PAGE))


def test_contact_list_is_offered_in_two_formats_only(organiser, opened, session):
    page = text_of(order_contacts(organiser, "ods"))

    assert "Choisissez un format de la liste." in page
    assert session.scalars(sa.select(Job)).all() == []
