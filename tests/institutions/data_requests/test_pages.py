"""Staff pages of data requests: the letter, its life, each refusal with its remedy."""

import html
from datetime import timedelta

import pytest

from consultation.accounts.models import Role
from consultation.clock import in_paris, now
from consultation.institutions.data_requests import letter, queries
from consultation.institutions.data_requests.models import RequestEventKind
from consultation.plan.queries import stored_indicator
from tests.accounts.builders import Browser, make_account
from tests.decisions.builders import make_organiser
from tests.factories import make_measure, make_round
from tests.institutions.data_requests.builders import (
    LAW,
    SENT,
    happen,
    make_draft,
    make_request,
    write_address,
    write_grounds,
)
from tests.pages import straight
from tests.plan.forms import form_in, kept_texts

PATH = "/organisation/demandes"
NEW = f"{PATH}/nouvelle"
TYPED = {"moment": "midterm", "document": "Le bilan annuel", "contact": "service@exemple.fr"}


@pytest.fixture
def settings(settings):
    return settings | {
        "CADA_SILENCE_DELAY": "10 jours",
        "CADA_REFERRAL_DELAY": "20 jours",
        "RATE_LIMITS": False,
    }


@pytest.fixture
def staff(app, session):
    make_measure(session, "T7", indicators=2, lead="Direction des places")
    session.commit()
    write_address(session)
    make_account(session, "camille@exemple.fr", Role.ORGANISER)
    browser = Browser(app)
    browser.enter("camille@exemple.fr")
    return browser


@pytest.fixture
def sent(session, staff):
    """The address of a request that has left."""
    request = make_request(session, make_organiser(session), sent=SENT)
    return f"{PATH}/{request.public_id}"


def prepare(staff, **fields):
    page = staff.get(f"{NEW}?indicateur=T7.1")
    return staff.post(NEW, form_in(page) | TYPED | fields)


def plain(page):
    text = html.unescape(page.get_data(as_text=True))
    return straight(text)


def note(staff, address, **fields):
    return staff.post(address, form_in(staff.get(address), address) | fields)


def test_values_of_an_indicator_lead_to_a_letter_that_is_filled_in(staff):
    page = staff.get("/organisation/valeurs/T7.1").text
    assert f"{NEW}?indicateur=T7.1" in page
    fields = form_in(staff.get(f"{NEW}?indicateur=T7.1"))

    assert (fields["codes"], fields["institution"]) == ("T7.1", "Direction des places")
    assert "1 autre indicateur" in staff.get(f"{NEW}?indicateur=T7.1").text


def test_request_is_stored_with_another_indicator_of_the_institution(staff):
    answer = prepare(staff, others="T7.2")
    page = staff.get(answer.location).text

    assert "Le bilan annuel" in page
    assert "T7.2" in page
    assert "Direction des places" in staff.get(PATH).text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"institution": ""}, "à quelle institution"),
        ({"document": " "}, "quel document"),
        ({"codes": ""}, "au moins un indicateur"),
        ({"codes": "T7.1, T9.9"}, "« T9.9 » n’est pas un indicateur en vigueur"),
        ({"moment": ""}, "une échéance du plan"),
        ({"moment": "someday"}, "Choisissez dans la liste"),
        ({"moment": "day", "day": "31/06/2026"}, "comme 30/06/2026"),
        ({"document": "A" * 501}, "500 au plus"),
    ],
)
def test_refusal_says_what_to_do_and_keeps_what_was_typed(session, staff, fields, sentence):
    answer = prepare(staff, signatory="La présidence", **fields)

    assert answer.status_code == 422
    assert sentence in answer.text.replace("\u00a0", " ")
    assert "La présidence" in answer.text
    assert queries.listed(session) == []


def test_same_request_leads_to_the_one_that_is_there(session, staff):
    first = prepare(staff).location
    answer = prepare(staff)

    assert answer.status_code == 409
    assert first in answer.text
    assert "déjà demandé" in answer.text


def test_letter_marks_the_legal_text_that_nobody_wrote(staff):
    address = prepare(staff).location

    assert letter.TO_WRITE.removesuffix("]") in plain(staff.get(address))
    assert "La base légale manque" in staff.get(address).text


def test_letter_keeps_the_legal_text_with_which_it_left(session, staff):
    write_grounds(session, LAW)
    address = prepare(staff).location
    assert LAW in staff.get(f"{address}/lettre.txt").text
    note(staff, address, kind="requested")
    write_grounds(session, "Un autre texte", 1)

    assert LAW in staff.get(f"{address}/lettre.txt").text
    assert "à vérifier par son conseil" in staff.get(address).text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("grounds", "document", "left"),
    [
        ("", "Le bilan annuel", "Base légale : à écrire"),
        ("Vu l'article [numéro à vérifier].", "Le bilan annuel", "[numéro à vérifier]"),
        (LAW, "Le bilan de [année]", "[année]"),
    ],
)
def test_unfinished_letter_is_neither_printed_nor_noted_as_sent(
    session, staff, grounds, document, left
):
    if grounds:
        write_grounds(session, grounds)
    address = prepare(staff, document=document).location

    for name in ("lettre.pdf", "lettre.txt"):
        taken = staff.get(f"{address}/{name}")
        assert taken.status_code == 303
        assert "Elle ne part pas encore" in plain(staff.get(taken.location))
        assert f"{address}/{name}" not in staff.get(address).text
    noted = note(staff, address, kind="requested", note="Déposée à l'accueil.")

    assert noted.status_code == 409
    assert left in plain(noted)
    assert "Déposée à l'accueil." in plain(noted)
    assert "La lettre n'est pas encore partie" in plain(staff.get(address))


def test_letter_without_the_address_of_its_sender_leads_to_where_it_is_written(session, staff):
    write_grounds(session)
    write_address(session, " ", 1)
    address = prepare(staff).location

    assert note(staff, address, kind="requested").status_code == 409
    page = staff.get(address)
    assert "[Adresse postale du collectif : à écrire.]" in plain(page)
    assert "/organisation/site/adresse" in page.text
    assert "La base légale manque" not in plain(page)
    write_address(session, "1 rue des Essais\n75000 Paris", 2)
    assert staff.get(f"{address}/lettre.pdf").data.startswith(b"%PDF")


def test_letter_keeps_the_address_with_which_it_left(session, staff):
    write_grounds(session)
    address = prepare(staff).location
    note(staff, address, kind="requested")
    write_address(session, "2 rue d'Ailleurs", 1)

    letter_text = plain(staff.get(f"{address}/lettre.txt"))
    assert "êtres humains\n1 rue des Essais\n75000 Paris\n" in letter_text
    note(staff, f"{address}", kind="answered")
    assert "1 rue des Essais" in plain(staff.get(f"{address}/lettre.txt"))


def test_letter_that_left_before_there_was_an_address_is_printed_without(session, staff, sent):
    row = queries.find(session, sent.rpartition("/")[2])
    row.sender_address = None
    session.commit()

    assert "[Adresse" not in plain(staff.get(f"{sent}/lettre.txt"))
    assert staff.get(f"{sent}/lettre.pdf").data.startswith(b"%PDF")


def test_finished_letter_may_hold_an_omission(session, staff):
    write_grounds(session, "Le texte dit : « toute personne […] peut demander »")
    address = prepare(staff).location

    assert staff.get(f"{address}/lettre.pdf").data.startswith(b"%PDF")
    assert note(staff, address, kind="requested").status_code == 303


def test_letter_is_printed(staff, sent):
    document = staff.get(f"{sent}/lettre.pdf")

    assert document.data.startswith(b"%PDF")


def test_life_of_a_request_is_noted_and_its_reason_only_by_a_person(session, staff):
    write_grounds(session)
    address = prepare(staff).location
    note(staff, address, kind="requested", happened_on=f"{SENT:%d/%m/%Y}")
    page = staff.get(address)
    assert "12 mars 2026" in page.text.replace("\u00a0", " ")
    assert "Noter pourquoi" not in page.text
    note(staff, address, kind="no_answer", happened_on="12/03/2026", note="Rappelé deux fois")
    page = staff.get(address)
    assert "Rappelé deux fois" in page.text
    assert "<em>demandé" not in staff.get("/organisation/valeurs/T7.1").text

    fields = form_in(page, "/valeurs")
    assert staff.post(f"{address}/valeurs", fields).status_code == 303

    assert "<em>demandé, sans réponse</em>" in staff.get("/organisation/valeurs/T7.1").text
    assert "Noter pourquoi" not in staff.get(address).text


@pytest.fixture
def unanswered(session, staff):
    """The address of a request that got no answer, and what notes why the figure is missing."""
    actor = make_organiser(session)
    request = make_request(session, actor, sent=SENT)
    happen(session, actor, request, RequestEventKind.NO_ANSWER, in_paris(now()).date())
    address = f"{PATH}/{request.public_id}"
    return address, form_in(staff.get(address), "/valeurs")


def test_reason_is_not_noted_of_a_request_that_has_changed(staff, unanswered):
    address, fields = unanswered
    staff.post(f"{address}/annuler", form_in(staff.get(address), "/annuler"))

    assert staff.post(f"{address}/valeurs", fields).status_code == 409
    assert "<em>demandé" not in staff.get("/organisation/valeurs/T7.1").text


def test_reason_is_not_noted_of_an_indicator_retired_meanwhile(session, staff, unanswered):
    address, fields = unanswered
    retire(session)

    answer = staff.post(f"{address}/valeurs", fields)

    assert answer.status_code == 303
    assert "a été retiré du plan" in plain(staff.get(answer.location))


def retire(session, code="T7.1"):
    session.rollback()
    stored_indicator(session, code).retired_at = now()
    session.commit()


def test_letter_is_not_sent_in_a_trial_and_the_note_is_kept(session, staff):
    write_grounds(session)
    address = prepare(staff).location
    make_round(session).is_trial = True
    session.commit()

    answer = note(staff, address, kind="requested", note="Déposée à l'accueil.")

    assert answer.status_code == 409
    assert "Un essai s'efface en entier" in plain(answer)
    assert form_in(answer, address)["note"] == "Déposée à l'accueil."
    assert "La lettre n'est pas encore partie" in plain(staff.get(address))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": ""}, "ce qui s’est passé"),
        ({"kind": "requested"}, "Choisissez dans la liste"),
        ({"happened_on": "30/02/2026"}, "comme 30/06/2026"),
        ({"happened_on": "01/03/2026"}, "précède l’étape d’avant"),
        ({"note": "A" * 1001}, "1000 au plus"),
    ],
)
def test_event_is_refused_with_the_remedy(staff, sent, fields, sentence):
    typed = {"kind": "answered", "happened_on": "03/03/2026", "note": "Par courrier"}
    answer = note(staff, sent, **(typed | fields))

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Demandé" in staff.get(sent).text


def test_event_to_come_is_refused(staff, sent):
    tomorrow = in_paris(now()).date() + timedelta(1)
    answer = note(staff, sent, kind="answered", happened_on=f"{tomorrow:%d/%m/%Y}")

    assert answer.status_code == 422
    assert "pas encore venu" in answer.text


def test_second_person_sees_what_the_first_noted_and_keeps_their_note(staff, sent):
    fields = form_in(staff.get(sent), sent)
    staff.post(sent, fields | {"kind": "no_answer", "happened_on": "03/03/2026"})

    answer = staff.post(
        sent, fields | {"kind": "answered", "happened_on": "04/03/2026", "note": "Reçu hier"}
    )

    assert answer.status_code == 409
    assert "Reçu hier" in answer.text
    again = form_in(answer, sent)
    assert staff.post(sent, again).status_code == 303
    assert "Répondu" in staff.get(sent).text


def test_note_that_comes_after_the_last_step_is_given_back(staff, sent):
    fields = form_in(staff.get(sent), sent) | {"kind": "answered", "happened_on": "03/03/2026"}
    staff.post(sent, fields)

    answer = staff.post(sent, fields | {"note": "Reçu hier"})

    assert answer.status_code == 422
    assert kept_texts(answer) == ["03/03/2026", "Reçu hier"]
    assert "rien n’est enregistré" in answer.text


def test_last_step_is_undone(staff, sent):
    fields = form_in(staff.get(sent), "/annuler")

    assert staff.post(f"{sent}/annuler", fields).status_code == 303
    assert staff.post(f"{sent}/annuler", fields).status_code == 409
    page = staff.get(sent).text
    assert "(annulé)" in page
    assert "À envoyer" in page


def test_request_is_corrected_until_it_leaves(session, staff):
    write_grounds(session)
    address = prepare(staff).location
    path = f"{address}/modifier"
    fields = form_in(staff.get(path))
    assert staff.post(path, fields | {"document": "Le rapport"}).status_code == 303
    assert "Le rapport" in staff.get(address).text

    stale = staff.post(path, fields | {"document": "La note"})
    assert stale.status_code == 409
    assert "Le rapport" in stale.text
    assert "La note" in stale.text
    assert staff.post(path, form_in(stale)).status_code == 303
    note(staff, address, kind="requested")
    assert staff.get(path).status_code == 303
    assert staff.post(path, fields).status_code == 409


def test_calendar_has_the_days_of_the_cada(staff, sent):
    made = staff.get(f"{PATH}/echeances.ics").text

    assert "DTSTART;VALUE=DATE:20260312" in made
    assert "DTSTART;VALUE=DATE:20260401" in made
    assert made.count("BEGIN:VEVENT") == 2


def test_list_filters_by_state(session, staff, sent):
    make_request(session, make_organiser(session, "b"), make_draft(session, institution="Parquet"))

    assert "Parquet" not in staff.get(f"{PATH}?etat=requested").text
    assert "Parquet" in staff.get(f"{PATH}?etat=prepared").text
    assert "Parquet" in staff.get(f"{PATH}?etat=nonsense").text


class TestWithoutDelays:
    @pytest.fixture
    def settings(self, settings):
        return settings | {"CADA_SILENCE_DELAY": "", "CADA_REFERRAL_DELAY": ""}

    def test_no_day_is_computed_and_the_page_says_why(self, staff, sent):
        for page in (staff.get(PATH).text, staff.get(sent).text):
            assert "Délais de recours à compléter" in page
            assert "conseil du collectif" in page
        assert "BEGIN:VEVENT" not in staff.get(f"{PATH}/echeances.ics").text
