"""Staff pages of values: each refusal at its field with the remedy, and what was typed kept."""

import pytest

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.plan import queries
from consultation.plan.measurement import values as measurements
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import MeasuredAs, WantedDirection
from consultation.plan.values import record
from consultation.plan.values.models import Reporter
from tests.accounts.builders import Browser, make_account
from tests.factories import make_measure
from tests.pages import main_text
from tests.plan.forms import form_in, kept_texts, stored_texts
from tests.plan.values.builders import redefine

PATH = "/organisation/valeurs/T7.1"
MEASURED = Measurement(
    MeasuredAs.PERCENTAGE, WantedDirection.MORE, Figure(10.0, "2024"), final=Figure(60.0, "2027")
)
TYPED = {
    "moment": "midterm",
    "value": "35,5",
    "observed_on": "06/2026",
    "reported_by": "state",
    "source": "Rapport annuel",
}


@pytest.fixture
def staff(app, session):
    make_measure(session, "T7", indicators=2)
    row = queries.stored_indicator(session, "T7.1")
    measurements.store(row.version, MEASURED, now())
    session.commit()
    make_account(session, "camille@exemple.fr", Role.ORGANISER)
    browser = Browser(app)
    browser.enter("camille@exemple.fr")
    return browser


def standing(session):
    session.rollback()
    session.expire_all()
    indicator = queries.stored_indicator(session, "T7.1")
    return record.current(session, [indicator.id]).get(indicator.id, [])


def send(staff, path=PATH, **fields):
    return staff.post(PATH, form_in(staff.get(path), PATH) | TYPED | fields)


def test_value_is_reported_and_shown_with_its_source(session, staff):
    assert send(staff).status_code == 303
    page = staff.get(PATH).text

    assert "35,5" in page
    assert "Rapport annuel" in page
    assert "En bonne voie" in page
    assert "En bonne voie" in staff.get("/organisation/valeurs").text


@pytest.mark.every_case
@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"value": "n.d."}, "dites pourquoi elle manque"),
        ({"value": "environ 300"}, "est une approximation"),
        ({"value": "1e5"}, "Écrivez le nombre en entier"),
        ({"value": "douze"}, "n’est pas un nombre"),
        ({"value": ""}, "dites pourquoi elle manque"),
        ({"missing_because": "refused"}, "gardez l’un ou l’autre"),
        ({"value": "140"}, "possible mais rare"),
        ({"observed_on": "30/02/2026"}, "n’est pas une date"),
        ({"moment": "day", "day": "31/06/2026"}, "comme 30/06/2026"),
        ({"moment": ""}, "une échéance du plan"),
        ({"moment": "someday"}, "Choisissez dans la liste"),
        ({"reported_by": ""}, "Dites qui donne cette valeur"),
        ({"source_url": "javascript:alert(1)"}, "adresse"),
        ({"note": "A" * 2001}, "2000 au plus"),
    ],
)
def test_refusal_says_what_to_do_and_keeps_what_was_typed(session, staff, fields, sentence):
    answer = send(staff, covers="Métropole seulement", **fields)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Métropole seulement" in answer.text
    assert standing(session) == []


def test_unlikely_share_is_stored_once_confirmed(session, staff):
    page = send(staff, value="140")
    fields = form_in(page, PATH) | {"is_confirmed": "y"}
    assert staff.post(PATH, fields).status_code == 303
    assert [record.value_of(it) for it in standing(session)] == [140.0]


def test_missing_value_is_noted_with_its_reason(session, staff):
    send(staff, value="", missing_because="confidential")
    page = staff.get(PATH).text

    assert "secret statistique" in page
    assert "Non mesuré" in page


def test_value_is_corrected_from_what_is_stored(session, staff):
    send(staff)
    (row,) = standing(session)
    page = staff.get(f"{PATH}?valeur={row.public_id}")
    fields = form_in(page, PATH)
    assert (fields["value"], fields["observed_on"]) == ("35,5", "06/2026")
    staff.post(PATH, fields | {"value": "36"})

    assert [record.value_of(it) for it in standing(session)] == [36.0]
    assert staff.post(PATH, fields | {"value": "37"}).status_code == 409


def test_of_two_who_correct_a_value_the_second_sees_both_and_adds_none(session, staff):
    send(staff)
    (row,) = standing(session)
    fields = form_in(staff.get(f"{PATH}?valeur={row.public_id}"), PATH)
    staff.post(PATH, fields | {"value": "36", "reported_by": "collective"})
    (stored,) = standing(session)

    page = staff.post(PATH, fields | {"value": "37"})

    assert page.status_code == 409
    assert "Quelqu'un d'autre a modifié la valeur entre-temps" in main_text(page)
    typed = form_in(page, PATH)
    assert (typed["value"], typed["supersedes"]) == ("37", stored.public_id)
    assert stored_texts(page) == {"value": "36", "reported_by": Reporter.COLLECTIVE.label}
    assert [record.value_of(it) for it in standing(session)] == [36.0]
    assert staff.post(PATH, typed).status_code == 303
    assert [record.value_of(it) for it in standing(session)] == [37.0]


def test_value_taken_back_while_it_was_corrected_is_added_knowingly(session, staff):
    send(staff)
    (row,) = standing(session)
    fields = form_in(staff.get(f"{PATH}?valeur={row.public_id}"), PATH) | {"value": "37"}
    staff.post(f"{PATH}/reprendre", form_in(staff.get(PATH), "/reprendre"))

    page = staff.post(PATH, fields)

    assert page.status_code == 409
    assert "Elle a été retirée : noter la vôtre en ajoute une autre" in main_text(page)
    assert standing(session) == []
    assert staff.post(PATH, form_in(page, PATH)).status_code == 303
    assert [record.value_of(it) for it in standing(session)] == [37.0]


def test_of_two_who_say_a_word_the_second_sees_both(session, staff):
    address = f"{PATH}/mot"
    form = form_in(staff.get(PATH), address)
    staff.post(address, form | {"progress": "on_track", "reason": "Vu sur place"})

    page = staff.post(address, form | {"progress": "late", "reason": "Rien ne bouge"})

    assert page.status_code == 409
    assert stored_texts(page) == {"progress": "en bonne voie", "reason": "Vu sur place"}
    typed = form_in(page, address)
    assert (typed["progress"], typed["reason"]) == ("late", "Rien ne bouge")
    assert staff.post(address, typed).status_code == 303
    assert "Rien ne bouge" in staff.get(PATH).text


def test_value_that_is_there_already_is_refused_at_its_field(session, staff):
    send(staff)
    answer = send(staff)

    assert answer.status_code == 409
    assert "Cette valeur est déjà là" in answer.text
    assert len(standing(session)) == 1


def test_value_is_taken_back_once(session, staff):
    send(staff)
    fields = form_in(staff.get(PATH), "/reprendre")
    first, second = (staff.post(f"{PATH}/reprendre", fields) for _ in range(2))

    assert (first.status_code, second.status_code) == (303, 409)
    assert standing(session) == []


def test_indicator_that_is_not_measured_yet_leads_to_its_page(session, staff):
    path = "/organisation/valeurs/T7.2"
    page = staff.get(path)
    assert "On ne sait pas encore ce qui se mesure" in page.text
    answer = staff.post(path, form_in(page, path) | TYPED)

    assert answer.status_code == 422
    assert "ce qui se mesure" in answer.text


def test_retired_indicator_keeps_its_values_without_a_form(session, staff):
    send(staff)
    queries.stored_indicator(session, "T7.1").retired_at = now()
    session.commit()
    page = staff.get(PATH)

    assert "35,5" in page.text
    assert 'id="noter"' not in page.text


@pytest.mark.parametrize(("source", "status"), [("Rapport annuel", 409), ("A" * 501, 422)])
def test_value_of_an_indicator_retired_meanwhile_is_given_back(session, staff, source, status):
    typed = form_in(staff.get(PATH), PATH) | TYPED | {"source": source}
    queries.stored_indicator(session, "T7.1").retired_at = now()
    session.commit()

    page = staff.post(PATH, typed)

    assert page.status_code == status
    assert kept_texts(page) == ["35,5", "06/2026", source]
    assert "Cet indicateur est retiré du plan : rien n’est enregistré" in page.text.replace(
        "\u00a0", " "
    )
    assert "Le remettre" in page.text


def test_word_of_an_indicator_retired_meanwhile_is_given_back(session, staff):
    address = f"{PATH}/mot"
    typed = form_in(staff.get(PATH), address) | {"progress": "on_track", "reason": "Vu sur place"}
    queries.stored_indicator(session, "T7.1").retired_at = now()
    session.commit()

    page = staff.post(address, typed)

    assert page.status_code == 409
    assert kept_texts(page) == ["Vu sur place"]


def test_board_is_searched_and_says_when_nothing_matches(session, staff):
    make_measure(session, "T9", "Protection des mineurs", indicators=1)
    session.commit()

    page = staff.get("/organisation/valeurs?q=mineurs").text
    assert "T9.1" in page
    assert "T7.1" not in page
    assert "Aucun indicateur ici" in staff.get("/organisation/valeurs?q=zzz").text


def test_corrected_value_keeps_the_definition_that_it_was_measured_by(session, staff):
    send(staff)
    (first,) = standing(session)
    before = first.version
    redefine(session, before.indicator, Measurement(MeasuredAs.LEVEL))

    page = f"{PATH}?valeur={first.public_id}"
    assert send(staff, page, supersedes=first.public_id, value="partout").status_code == 422
    assert send(staff, page, supersedes=first.public_id, value="36").status_code == 303
    assert send(staff, value="partout").status_code == 303

    assert [(it.number, it.level) for it in standing(session)] == [(36.0, None), (None, "partout")]
    assert standing(session)[0].version == before
