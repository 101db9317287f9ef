"""The form of an order on its page: what is chosen, counted, refused, kept and scheduled."""

import re
import threading

import pytest
import sqlalchemy as sa

from consultation.accounts.audit import labels
from consultation.accounts.models import Account, AuditEvent, Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.exports.models import ExportSetting, Schedule
from consultation.exports.orders.order import Order
from consultation.exports.saved import settings as saved_settings
from consultation.exports.saved.settings import NameTaken, Timing
from consultation.jobs import queue
from consultation.jobs.models import Job, JobStatus
from consultation.mail.models import OutboxMessage
from consultation.questionnaires.models import Round
from consultation.spreadsheets.writer import Format
from consultation.work.services import Work
from tests.accounts.builders import make_account
from tests.exports.builders import respond
from tests.exports.staff import Staff
from tests.exports.test_pages import text_of
from tests.factories import make_measure, make_round
from tests.jobs.builders import beside
from tests.plan.forms import form_in, stored_texts

PAGE = "/organisation/exports"
SETTINGS = f"{PAGE}/reglages"


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    make_measure(session, "T8")
    opened = make_round(session)
    respond(session, opened, "T7", {"suggestions": "Sept."}, consent_anonymous=True)
    respond(session, opened, "T7", {"suggestions": "Sept encore."})
    respond(session, opened, "T8", {"suggestions": "Huit."})
    session.commit()
    return opened


CHOICE = {
    "tour": "tour-1", "format": "csv", "mesure": ["T7"], "accord": "quoted", "langue": "en",
    "anonyme": "oui",
}  # fmt: skip


def send(browser, address, fields, seen=PAGE):
    browser.get(seen)
    return browser.post(address, fields)


def jobs(session):
    session.rollback()
    return session.scalars(sa.select(Job).order_by(Job.id)).all()


def work(session):
    session.rollback()  # what the pages have written since is in no snapshot of ours
    while queue.run_due(session):
        pass


def actions(session):
    session.rollback()
    recorded = session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id))
    return [action for action in recorded if action.startswith("export")]


def test_what_is_chosen_is_in_the_workbook(organiser, opened, session):
    place = send(organiser, PAGE, CHOICE).headers["Location"]
    work(session)

    [job] = jobs(session)
    page = text_of(organiser.get(place))
    assert job.result["counts"]["included"] == 1
    assert job.result["counts"]["left_out"] == 1
    assert job.result["filters"] == {
        "round": "tour-1", "measures": ["T7"], "agreement": "quoted", "anonymised": True,
        "locale": "en", "complete": False, "reviewed": False,
    }  # fmt: skip
    assert "T7 ; celles de personnes qui acceptent qu'on les cite ; sans organisation" in page
    assert "sans l'accord demandé</dt><dd>1</dd>" in page


def test_audit_log_says_in_words_what_part_was_ordered(organiser, opened, session):
    fields = {key: value for key, value in CHOICE.items() if key not in ("mesure", "langue")}
    send(organiser, PAGE, fields | {"axe": ["T"], "accord": "contact"})

    session.rollback()
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert labels.detail_lines(event.details) == [
        "accords : que l'on me contacte", "anonymisé : oui", "axes : T", "format : csv",
        "tour : tour-1",
    ]  # fmt: skip


def test_what_a_choice_holds_is_counted_before_it_is_ordered(organiser, opened, session):
    page = send(organiser, PAGE, CHOICE | {"accord": "any", "geste": "compter"})

    assert page.status_code == 200
    assert "<strong>2 contributions</strong>" in text_of(page)
    assert jobs(session) == []
    assert ticked(page) == {"T7", "oui"}


def test_empty_choice_says_so(organiser, opened):
    page = send(organiser, PAGE, CHOICE | {"accord": "named", "geste": "compter"})

    assert "aucune contribution" in text_of(page)


def ticked(page):
    """Return the values of the boxes that are ticked."""
    tags = re.findall('<input[^>]*type="checkbox"[^>]*>', page.get_data(as_text=True))
    return {re.search('value="([^"]*)', tag)[1] for tag in tags if " checked" in tag}


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"tour": "tour-9"}, "tour", "Choisissez un tour de la liste."),
        ({"accord": "all"}, "accord", "Choisissez un accord de la liste."),
        ({"langue": "de"}, "langue", "Choisissez une langue de la liste."),
        ({"mesure": ["T7", "T99"]}, "mesure", "Le plan n'a pas de mesure ni d'axe « T99 »"),
        ({"axe": ["Z"]}, "mesure", "Le plan n'a pas de mesure ni d'axe « Z »"),
    ],
)
def test_what_was_not_offered_is_refused_at_its_field_and_the_rest_is_kept(
    organiser, opened, session, change, field, sentence
):
    page = send(organiser, PAGE, CHOICE | change)

    text = text_of(page)
    assert page.status_code == 400
    assert sentence in text
    assert f'href="#{field}"' in text
    assert {"T7", "oui"} <= ticked(page)
    assert jobs(session) == []


def test_unknown_code_can_be_unticked(organiser, opened):
    page = send(organiser, PAGE, CHOICE | {"mesure": ["T99"]})

    assert "N'existe pas, ou plus" in text_of(page)
    assert "T99" in ticked(page)


def test_measures_that_the_round_did_not_ask_about_make_no_workbook(organiser, opened, session):
    make_measure(session, "T9")
    session.commit()

    page = send(organiser, PAGE, CHOICE | {"mesure": ["T9"]})

    assert page.status_code == 400
    assert "n'a été demandé pendant ce tour" in text_of(page)


def test_mail_says_when_it_is_ready_if_that_was_asked_for(organiser, opened, session):
    send(organiser, PAGE, {"tour": "tour-1", "format": "xlsx"})
    send(organiser, PAGE, {"tour": "tour-1", "format": "csv", "courriel": "oui"})

    work(session)

    [mail] = session.scalars(sa.select(OutboxMessage)).all()
    assert mail.recipient == "organiser@exemple.fr"
    assert jobs(session)[1].public_id in mail.parameters


def keep(browser, **fields):
    """Keep a choice under a name; return the page that answers."""
    address = f"{SETTINGS}/nouveau"
    return send(browser, address, CHOICE | {"nom": "Lettre du lundi"} | fields, address)


def kept(session):
    session.rollback()
    return session.scalars(sa.select(ExportSetting).execution_options(populate_existing=True)).all()


def test_choice_leads_to_a_page_on_which_it_is_kept(organiser, opened):
    moved = send(organiser, PAGE, CHOICE | {"geste": "garder"})

    page = organiser.get(moved.headers["Location"])

    assert moved.status_code == 303
    assert ticked(page) == {"T7", "oui"}
    assert 'selected value="quoted"' in page.get_data(as_text=True)


def test_kept_settings_are_listed_and_ordered_with_one_click(organiser, opened, session):
    answer = keep(organiser)
    [setting] = kept(session)
    page = text_of(organiser.get(PAGE))
    place = organiser.post(f"{SETTINGS}/{setting.public_id}/preparer", {}).headers["Location"]
    work(session)

    [job] = jobs(session)
    assert answer.status_code == 303
    assert "Lettre du lundi" in page
    assert "À la demande" in page
    assert job.status is JobStatus.DONE
    assert job.result["counts"]["included"] == 1
    assert kept(session)[0].last_job_id == job.id
    assert place.endswith(job.public_id)
    assert actions(session) == ["export_setting_kept", "export_ordered"]


@pytest.mark.parametrize(
    ("fields", "field", "sentence"),
    [
        ({"nom": "  "}, "nom", "Donnez un nom"),
        ({"nom": "x" * 101}, "nom", "101 caractères : 100 au plus"),
        ({"calendrier": "hourly"}, "calendrier", "Choisissez un calendrier"),
        ({"calendrier": "weekly", "jour": "7"}, "jour", "Choisissez un calendrier"),
        ({"calendrier": "daily", "heure": "24"}, "heure", "Choisissez un calendrier"),
        ({"mesure": ["T99"]}, "mesure", "Le plan n'a pas de mesure"),
    ],
)
def test_settings_that_cannot_be_kept_are_refused_with_all_that_was_chosen(
    organiser, opened, session, fields, field, sentence
):
    page = keep(organiser, **fields)

    assert page.status_code == 400
    assert sentence in text_of(page)
    assert f'href="#{field}"' in text_of(page)
    assert 'selected value="quoted"' in page.get_data(as_text=True)
    assert kept(session) == []


def test_two_settings_do_not_have_one_name(organiser, opened, session):
    keep(organiser)

    page = keep(organiser)

    assert page.status_code == 400
    assert "portent déjà ce nom" in text_of(page)
    assert len(kept(session)) == 1


def test_of_two_who_keep_one_name_at_once_the_second_is_told(app, opened, session):
    actor, refusals = Staff(make_account(session, "deux@exemple.fr", Role.ORGANISER)), []
    wanted = Order("tour-1", Format.XLSX)

    def keep_too(other):
        try:
            with writing(other):
                saved_settings.save(Work(other, actor, now()), "Lettre du lundi", wanted, Timing())
        except NameTaken as refusal:
            refusals.append(refusal)

    thread = threading.Thread(target=beside(app, keep_too))
    with writing(session()):
        saved_settings.save(Work(session(), actor, now()), "Lettre du lundi", wanted, Timing())
        thread.start()
        thread.join(0.5)  # by then it waits for this one
    thread.join()

    assert len(refusals) == 1
    assert len(kept(session)) == 1


def test_kept_settings_are_changed_under_the_same_name(organiser, opened, session):
    keep(organiser)
    address = f"{SETTINGS}/{kept(session)[0].public_id}"
    page = organiser.get(address)

    answer = organiser.post(address, form_in(page) | {"calendrier": "weekly", "jour": "0"})

    [setting] = kept(session)
    assert ticked(page) == {"T7", "oui"}
    assert answer.status_code == 303
    assert (setting.schedule, setting.weekday, setting.hour) == (Schedule.WEEKLY, 0, 7)
    assert "Chaque lundi à 7 h, la prochaine fois le" in text_of(organiser.get(PAGE))
    assert actions(session) == ["export_setting_kept", "export_setting_changed"]


def test_of_two_who_change_settings_the_second_sees_both_choices(
    organiser, opened, session, sign_in
):
    keep(organiser)
    address = f"{SETTINGS}/{kept(session)[0].public_id}"
    colleague = sign_in(Role.ORGANISER, Role.MODERATOR)
    mine = form_in(organiser.get(address)) | {"nom": "Ma lettre"}
    changed = {"mesure": ["T8"], "axe": ["T"], "calendrier": "daily", "format": "xlsx"}
    colleague.post(address, form_in(colleague.get(address)) | changed)

    page = organiser.post(address, mine)

    assert page.status_code == 409
    assert "Quelqu'un d'autre a modifié ces réglages entre-temps" in text_of(page)
    assert (form_in(page)["nom"], ticked(page)) == ("Ma lettre", {"T7", "oui"})
    assert stored_texts(page) == {
        "nom": "Lettre du lundi", "format": "Excel ou LibreOffice (XLSX)",
        "mesure": "T8 : Hébergement spécialisé", "axe": "Tout l'axe T : Thèmes du suivi",
        "calendrier": "Chaque jour",
    }  # fmt: skip
    assert [it.schedule for it in kept(session)] == [Schedule.DAILY]
    assert organiser.post(address, form_in(page)).status_code == 303
    [setting] = kept(session)
    assert (setting.name, setting.schedule) == ("Ma lettre", Schedule.NONE)


def test_settings_are_removed_while_their_export_goes_on(organiser, opened, session):
    keep(organiser)
    address = f"{SETTINGS}/{kept(session)[0].public_id}"
    organiser.get(PAGE)
    place = organiser.post(f"{address}/preparer", {}).headers["Location"]

    answer = organiser.post(f"{address}/supprimer", {})
    work(session)

    assert answer.status_code == 303
    assert kept(session) == []
    assert "Télécharger le classeur" in text_of(organiser.get(place))
    assert organiser.get(address).status_code == 404
    assert actions(session)[-1] == "export_setting_removed"


def test_settings_that_cannot_be_read_are_shown_to_be_mended(organiser, opened, session):
    keep(organiser)
    setting = kept(session)[0]
    setting.settings, public_id = {"round": 7}, setting.public_id
    session.commit()

    listed = text_of(organiser.get(PAGE))
    moved = organiser.post(f"{SETTINGS}/{public_id}/preparer", {})

    assert "ne peuvent plus être lus" in listed
    assert moved.headers["Location"].endswith(public_id)
    assert organiser.get(f"{SETTINGS}/{public_id}").status_code == 200
    assert jobs(session) == []


def test_stopped_schedule_says_whose_account_and_is_taken_over_by_saving_again(
    organiser, opened, session, sign_in
):
    keep(organiser, calendrier="daily")
    session.execute(sa.update(ExportSetting).values(next_at=None))
    session.execute(sa.update(Account).values(active=False))
    session.commit()
    colleague = sign_in(Role.ORGANISER, Role.MODERATOR)
    [setting] = kept(session)
    before = text_of(colleague.get(PAGE))

    address = f"{SETTINGS}/{setting.public_id}"
    colleague.post(address, form_in(colleague.get(address)))

    [setting] = kept(session)
    assert "le compte de <bdi>organiser@exemple.fr</bdi> est désactivé" in before
    assert setting.next_at > now()
    assert "s'est arrêté" not in text_of(colleague.get(PAGE))
    assert session.get(Account, setting.scheduled_by).email == "organiser-moderator@exemple.fr"


def test_schedule_of_a_closed_round_says_so_in_the_list(organiser, opened, session):
    keep(organiser, calendrier="daily")
    closed = session.scalars(sa.select(Round)).one()
    closed.closes_at = now()
    session.commit()

    page = text_of(organiser.get(PAGE))

    assert "Le tour est fermé : ce calendrier continue" in page


def test_who_may_not_export_reaches_no_setting(organiser, opened, session, sign_in):
    keep(organiser)
    [setting] = kept(session)
    moderator = sign_in(Role.MODERATOR)

    for path in (f"{SETTINGS}/nouveau", f"{SETTINGS}/{setting.public_id}"):
        assert moderator.get(path).status_code == 403
        assert moderator.post(path, CHOICE).status_code == 403
    for gesture in ("preparer", "supprimer"):
        assert moderator.post(f"{SETTINGS}/{setting.public_id}/{gesture}", {}).status_code == 403
    assert len(kept(session)) == 1
