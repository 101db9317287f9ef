"""Staff pages of the report: from its texts to its publication, each refusal with the remedy."""

import re
from io import BytesIO

import pypdf
import pytest

from consultation.accounts import roles
from consultation.accounts.models import Account, Role
from consultation.plan.values.models import Reporter
from consultation.reports import editions
from tests.accounts.builders import Browser, make_account
from tests.decisions.builders import make_published_text
from tests.factories import make_round
from tests.pages import straight
from tests.plan.forms import form_in
from tests.plan.values.builders import make_measured_indicator, make_public_value
from tests.reports.builders import make_draft, make_report

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
        ({"introduction": "", "introduction_en": "English"}, "Écrivez aussi le texte français"),
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
    assert "{{valeur:T7.1@mi-parcours:etat}}" in answer.text
    assert "Chiffres publiés de T7.1 : " in straight(answer.text)
    assert latest(session) is None


def test_texts_changed_meanwhile_are_not_overwritten(session, staff, actor):
    opened = form_in(staff.get(PATH), PATH)
    write(staff, title="Le premier")

    answer = staff.post(PATH, opened | {"title": "Le second"})

    assert answer.status_code == 409
    assert "Le second" in answer.text
    assert "Le premier" in answer.text
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


def test_picked_figure_is_cited_by_its_number_and_stored_by_its_full_name(session, staff, actor):
    form = form_in(staff.get(PATH), PATH) | {"introduction": "Il y en a [1] sur [2].", "pick": "1"}

    page = staff.post(PATH, form | {"title": "T", "code": "T7.1", "selon": "state"})
    assert "1 chiffre ajouté." in straight(page.text)
    assert "Il y en a [1] sur [2]." in page.text
    wanted = {"pick": "1", "code": "T7.1", "echeance": "fin", "selon": ""}
    page = staff.post(PATH, form_in(page, PATH) | wanted)
    numbers = {"figure": re.findall(r'name="figure" value="([^"]+)"', page.text)}
    answer = staff.post(PATH, form_in(page, PATH) | numbers | {"introduction": "[1] sur [2]."})

    assert answer.status_code == 303
    session.rollback()
    stored = editions.in_preparation(session).introduction
    assert stored == {"fr": "{{valeur:T7.1@mi-parcours:etat}} sur {{cible:T7.1@fin}}."}
    assert "[1] sur [2]." in staff.get(PATH).text
    assert "150 sur 200." in staff.get(PATH + "/relire").text


@pytest.mark.parametrize(
    "sent",
    [{"code": ""}, {"code": "T7.1", "echeance": "jamais"}, {"code": "<b>'\"", "selon": "x" * 9000}],
)
def test_pick_of_nothing_says_so_and_keeps_the_texts(staff, actor, sent):
    form = form_in(staff.get(PATH), PATH) | {"introduction": "<script>1</script>", "pick": "1"}

    page = staff.post(PATH, form | sent | {"figure": ["", "valeur:<i>@fin"]})

    assert page.status_code == 200
    assert "&lt;script&gt;1" in page.text
    assert "n'est plus publié" in straight(page.text)


def test_number_without_a_figure_is_refused_at_its_text(session, staff, actor):
    page = write(staff, introduction="Il y en a [12].")

    assert page.status_code == 422
    assert "[12] : aucun chiffre de la liste" in straight(page.text)
    assert editions.in_preparation(session) is None


def test_typed_number_is_marked_beside_its_text_and_not_refused(staff, actor):
    assert write(staff, introduction="30 agents de plus que prévu.").status_code == 303

    for page in (PATH, PATH + "/relire"):
        text = straight(staff.get(page).text)
        assert "<b>30</b>" in text
        assert "30 agents de plus que prévu." in text


def test_full_name_goes_on_naming_its_source(session, staff, actor, indicator):
    write(staff)

    make_public_value(session, actor, indicator, 9.0, reported_by=Reporter.COLLECTIVE)

    assert "Il y en a 150." in staff.get(PATH + "/relire").text


def test_rereading_has_own_words_and_differences_alone(session, staff, actor, indicator):
    make_report(session, actor)
    make_public_value(session, actor, indicator, 90.0, reported_by=Reporter.COLLECTIVE)
    write(staff, introduction="Un an après.")

    page = straight(staff.get(PATH + "/relire").text)

    assert "Un an après." in page
    assert "Chiffres qui ont changé depuis le bilan n° 1" in page
    assert "T7.1, valeur, mi" in page
    assert "Périmètre" not in page


@pytest.mark.parametrize("part", ["bilan", "resume"])
def test_report_is_reread_as_its_pdf(staff, actor, part):
    assert staff.get(f"{PATH}/apercu.{part}.pdf").status_code == 404
    write(staff)

    printed = staff.get(f"{PATH}/apercu.{part}.pdf")

    assert printed.mimetype == "application/pdf"
    text = "".join(it.extract_text() for it in pypdf.PdfReader(BytesIO(printed.data)).pages)
    assert "Il y en a 150." in text
    assert ("Annexe" in text) == (part == "bilan")


def test_citable_figures_are_listed_searched_and_proposed(staff, actor):
    page = staff.get(PATH + "/chiffres").text
    assert "{{valeur:T7.1@mi-parcours}}" in page
    assert "{{cible:T7.1@fin}}" in page

    found = staff.get(PATH + "/chiffres?q=t7.1 mi-parcours").text
    assert "{{cible:T7.1@fin}}" not in found
    assert "Aucun chiffre pour ces mots" in staff.get(PATH + "/chiffres?q=zzz").text
    headers = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
    address = PATH + "/chiffres.json?code=T7.1&echeance=mi-parcours&selon=state"
    assert staff.get(address, headers=headers).json == [
        {
            "id": "valeur:T7.1@mi-parcours:etat",
            "code": "T7.1",
            "text": "150",
            "name": "valeur, mi\u2011parcours (2026), l\u2019État",
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
