"""Staff pages of the report: from its texts to its publication, each refusal with the remedy."""

import pytest

from consultation.accounts import roles
from consultation.accounts.models import Account, Role
from consultation.reports import editions
from tests.accounts.builders import Browser, make_account
from tests.decisions.builders import make_published_text
from tests.factories import make_round
from tests.pages import straight
from tests.plan.forms import form_in
from tests.plan.values.builders import make_measured_indicator, make_public_value
from tests.reports.builders import make_draft

PATH = "/organisation/bilan"
CITING = "Il y en a {{valeur:T7.1@mi-parcours}}."


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def indicator(session):
    return make_measured_indicator(session)


@pytest.fixture
def staff(app, session, indicator):
    make_account(session, "camille@exemple.fr", Role.ORGANISER)
    browser = Browser(app)
    browser.enter("camille@exemple.fr")
    return browser


@pytest.fixture
def actor(session, staff, indicator):
    actor = roles.actor_of(session.query(Account).one())
    make_public_value(session, actor, indicator, 150.0)
    return actor


def write(staff, **fields):
    typed = {"title": "Le plan à mi-parcours", "introduction": CITING} | fields
    return staff.post(PATH, form_in(staff.get(PATH), PATH) | typed)


def latest(session):
    session.rollback()
    session.expire_all()
    return editions.published_edition(session)


def test_report_goes_from_its_texts_to_the_public(session, staff, actor):
    assert "Aucun bilan n’est encore publié" in staff.get(PATH).text
    axis = next(name for name in form_in(staff.get(PATH), PATH) if name.startswith("axis_"))

    assert write(staff, **{axis: "Un axe sur **trois**."}).status_code == 303
    preview = staff.get(PATH + "/relire").text
    assert "Il y en a 150." in preview
    assert "Un axe sur <strong>trois</strong>." in preview
    assert latest(session) is None
    form = form_in(staff.get(PATH + "/relire"), "")
    assert staff.post(PATH + "/relire", form).status_code == 303

    assert latest(session).title == {"fr": "Le plan à mi-parcours"}
    assert "Le plan à mi-parcours" in straight(staff.get(PATH).text)
    assert "150" in staff.get("/bilan").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"title": ""}, "Donnez un titre au bilan."),
        ({"introduction": "{{valeur:T7.1@fin}}"}, "Ce chiffre n’est pas publié"),
        ({"introduction": "", "introduction_en": "English"}, "écrivez aussi le français"),
        ({"introduction": "x" * 20_001}, "20"),
    ],
)
def test_refusal_is_at_its_field_and_keeps_what_was_typed(session, staff, actor, fields, sentence):
    answer = write(staff, **fields)

    assert answer.status_code == 422
    assert sentence in answer.text
    for typed in fields.values():
        assert typed in answer.text
    assert editions.in_preparation(session) is None


def test_figure_gone_since_keeps_the_report_from_being_published(session, staff, actor, indicator):
    write(staff)
    form = form_in(staff.get(PATH + "/relire"), "")
    values = f"/organisation/valeurs/{indicator.code}"
    staff.post(values + "/ne-plus-publier", form_in(staff.get(values), values + "/ne-plus-publier"))

    answer = staff.post(PATH + "/relire", form)

    assert answer.status_code == 409
    assert "{{valeur:T7.1@mi-parcours}}" in answer.text
    assert latest(session) is None


def test_texts_changed_meanwhile_are_not_overwritten(session, staff, actor):
    opened = form_in(staff.get(PATH), PATH)
    write(staff, title="Le premier")

    answer = staff.post(PATH, opened | {"title": "Le second"})

    assert answer.status_code == 409
    assert "Le second" in answer.text
    session.rollback()
    assert editions.in_preparation(session).title == {"fr": "Le premier"}


def test_report_kept_anew_meanwhile_is_neither_published_nor_given_up(session, staff, actor):
    write(staff)
    pressed = {
        PATH + "/relire": form_in(staff.get(PATH + "/relire"), ""),
        PATH + "/abandonner": form_in(staff.get(PATH), PATH + "/abandonner"),
    }
    write(staff, title="Le second")

    for address, fields in pressed.items():
        answer = staff.post(address, fields)
        assert answer.status_code == 409
        assert "camille@exemple.fr a modifié le bilan en préparation" in answer.text
    assert latest(session) is None
    assert editions.in_preparation(session).title == {"fr": "Le second"}


def test_another_person_publishes_where_two_are_needed(app, session, staff, actor):
    app.config["TWO_MODERATORS"] = True
    write(staff)

    page = staff.get(PATH + "/relire")
    assert "Une autre personne le publie" in page.text
    edition = editions.in_preparation(session)
    fields = form_in(staff.get(PATH), PATH + "/abandonner")
    answer = staff.post(PATH + "/relire", fields | {"seen": edition.prepared_at.isoformat()})

    assert answer.status_code == 409
    assert latest(session) is None


def test_report_is_given_up(session, staff, actor):
    write(staff)

    answer = staff.post(PATH + "/abandonner", form_in(staff.get(PATH), PATH + "/abandonner"))

    assert answer.status_code == 303
    assert editions.in_preparation(session) is None
    assert staff.get(PATH + "/relire").status_code == 404


def test_citable_figures_are_listed_searched_and_proposed(staff, actor):
    page = staff.get(PATH + "/chiffres").text
    assert "{{valeur:T7.1@mi-parcours}}" in page
    assert "{{cible:T7.1@fin}}" in page

    found = staff.get(PATH + "/chiffres?q=t7.1 mi-parcours").text
    assert "{{cible:T7.1@fin}}" not in found
    assert "Aucun chiffre pour ces mots" in staff.get(PATH + "/chiffres?q=zzz").text
    headers = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
    proposed = staff.get(PATH + "/chiffres.json?q=mi-parcours", headers=headers).json
    assert proposed == [
        {
            "citation": "{{valeur:T7.1@mi-parcours}}",
            "text": "150",
            "name": "valeur, mi\u2011parcours (2026)",
        }
    ]


def test_quotations_are_ticked_and_unticked(session, staff, actor):
    opened = make_round(session)
    session.commit()
    answer_id = make_published_text(session, opened, "Il manque des places.")
    make_draft(session, actor)
    path = PATH + "/citations"
    form = form_in(staff.get(path + "?mesure=T7"), path)
    assert "Il manque des places." in staff.get(path + "?mesure=T7").text

    staff.post(path, form | {"quotation": form["displayed"]})
    session.rollback()
    (quotation,) = editions.in_preparation(session).quotations
    assert quotation.answer_id == answer_id
    assert "Il manque des places." in staff.get(PATH + "/relire").text

    staff.post(path, form)
    session.rollback()
    session.expire_all()
    assert editions.in_preparation(session).quotations == []


def test_measure_without_public_texts_says_so(session, staff, actor):
    make_draft(session, actor)

    assert "Aucun texte à citer" in staff.get(PATH + "/citations?mesure=T7").text
