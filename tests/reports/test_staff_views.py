"""Staff pages of the report: from its texts to its publication, each refusal with the remedy."""

import re
from datetime import date
from io import BytesIO

import pypdf
import pytest

from consultation.accounts import roles
from consultation.accounts.models import Account, Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.plan.values import record
from consultation.plan.values.models import Reporter, ValuePoint
from consultation.reports import editions
from consultation.work.services import Work
from tests.accounts.builders import Browser, make_account
from tests.decisions.builders import make_published_text
from tests.factories import make_round
from tests.pages import straight
from tests.plan.forms import form_in
from tests.plan.values.builders import (
    make_measured_indicator,
    make_public_value,
    publish_values,
)
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


def correct(session, actor, indicator, value):
    """Publish another value of the State at mid-term in the place of the one that is public."""
    (row,) = record.current(session, [indicator.id])[indicator.id]
    session.rollback()
    with writing(session):
        report = record.Report(reported_by=Reporter.STATE, point=ValuePoint.MIDTERM, value=value)
        work = Work(session, actor, now())
        corrected = record.report(work, indicator, report, supersedes=row.public_id)
    publish_values(session, actor, corrected)


def test_value_published_since_the_rereading_is_reread_first(session, staff, actor, indicator):
    write(staff)
    reread = form_in(staff.get(PATH + "/relire"), "")
    correct(session, actor, indicator, 155.0)

    answer = staff.post(PATH + "/relire", reread)

    assert answer.status_code == 409
    assert "Des chiffres ou le plan ont changé depuis que vous avez relu" in straight(answer.text)
    assert "Il y en a 155." in answer.text
    assert latest(session) is None
    assert staff.post(PATH + "/relire", form_in(answer, "")).status_code == 303
    assert latest(session).content["figures"]["valeur:T7.1@mi-parcours"]["facts"]["value"] == 155.0


def test_value_beside_the_texts_is_reread_first_too(session, staff, actor, indicator):
    make_report(session, actor)
    write(staff, introduction="Un an après.")
    reread = form_in(staff.get(PATH + "/relire"), "")
    make_public_value(session, actor, indicator, 90.0, reported_by=Reporter.COLLECTIVE)

    answer = staff.post(PATH + "/relire", reread)

    assert answer.status_code == 409
    assert "Chiffres qui ont changé depuis le bilan n° 1" in straight(answer.text)
    assert latest(session).number == 1


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


def pressing(page, **fields):
    """The form of the page with what it has picked, to be sent by one of its buttons."""
    figures = re.findall(r'name="figure" value="([^"]*)"', page.text)
    return form_in(page, PATH) | {"figure": figures} | fields


def proposed_in(page):
    return re.findall(r'name="choisi"\s+value="([^"]+)"', page.text)


VALUE_OF_STATE, TARGET = "valeur:T7.1@mi-parcours:etat", "cible:T7.1@fin"


def test_picked_figure_is_cited_by_its_number_and_stored_by_its_full_name(session, staff, actor):
    typed = {"title": "T", "introduction": "Il y en a [1] sur [2]."}
    page = staff.post(PATH, pressing(staff.get(PATH), **typed, pick="search", code="T7.1"))
    assert proposed_in(page) == [VALUE_OF_STATE, "depart:T7.1", TARGET, "mot:T7.1"]
    assert "Aucun chiffre n'est encore choisi." in straight(page.text)

    page = staff.post(PATH, pressing(page, pick="add", choisi=[VALUE_OF_STATE, TARGET]))
    assert "2 chiffres ajoutés." in straight(page.text)
    assert "Il y en a [1] sur [2]." in page.text
    answer = staff.post(PATH, pressing(page))

    assert answer.status_code == 303
    session.rollback()
    stored = editions.in_preparation(session).introduction
    assert stored == {"fr": "Il y en a {{valeur:T7.1@mi-parcours:etat}} sur {{cible:T7.1@fin}}."}
    assert "Il y en a [1] sur [2]." in staff.get(PATH).text
    assert "150 sur 200." in staff.get(PATH + "/relire").text


def test_figures_are_proposed_twenty_at_once(session, staff, actor, indicator):
    for day in range(1, 19):
        on = {"point": None, "day": date(2025, 1, day), "observed_on": ""}
        make_public_value(session, actor, indicator, 100.0 + day, **on)

    page = staff.post(PATH, pressing(staff.get(PATH), pick="search", code="T7.1"))

    assert len(proposed_in(page)) == 20
    assert "Il y a encore 2 chiffres : choisissez aussi une échéance" in straight(page.text)
    page = staff.post(PATH, pressing(page, echeance="mi-parcours"))
    assert proposed_in(page) == [VALUE_OF_STATE]


def test_ticks_are_kept_until_they_are_added_each_once(staff, actor):
    asked = {"code": "T7.1", "choisi": [TARGET, TARGET, "valeur:<i>"]}
    page = staff.post(PATH, pressing(staff.get(PATH), **asked, pick="search"))
    assert f'value="{TARGET}" checked' in page.text

    page = staff.post(PATH, pressing(page, **asked, pick="add"))
    assert "1 chiffre ajouté." in straight(page.text)
    assert f'value="{TARGET}" checked' not in page.text
    page = staff.post(PATH, pressing(page, **asked, pick="add"))
    assert "Cochez d'abord des chiffres qui ne sont pas encore dans la liste." in straight(
        page.text
    )


def test_figure_taken_away_leaves_its_number_to_no_other(session, staff, actor):
    typed = {"title": "T", "introduction": "Il y en a [1] sur [2]."}
    picked = {"pick": "add", "choisi": [VALUE_OF_STATE, TARGET]}
    page = staff.post(PATH, pressing(staff.get(PATH), **typed, **picked))

    page = staff.post(PATH, pressing(page, gone="1"))
    assert "Le numéro [1] n'a plus de chiffre. Les autres gardent le leur." in straight(page.text)
    page = staff.post(PATH, pressing(page, pick="add", choisi=["depart:T7.1"]))
    sent = pressing(page)
    assert sent["figure"] == ["", TARGET, "depart:T7.1"]
    refused = staff.post(PATH, sent)

    assert refused.status_code == 422
    assert "[1] : ce numéro n'a plus de chiffre. Enlevez-le du texte" in straight(refused.text)
    assert "Il y en a [1] sur [2]." in refused.text
    staff.post(PATH, pressing(refused, introduction="Il y en a [3] sur [2]."))
    session.rollback()
    stored = editions.in_preparation(session).introduction
    assert stored == {"fr": "Il y en a {{depart:T7.1}} sur {{cible:T7.1@fin}}."}


@pytest.mark.parametrize(
    "sent",
    [
        {"code": ""},
        {"code": "T7.1", "echeance": "jamais"},
        {"code": "<b>'\"", "selon": "x" * 9000},
        {"gone": "9" * 900},
    ],
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
    assert staff.get(address, headers=headers).json == {
        "figures": [
            {
                "id": "valeur:T7.1@mi-parcours:etat",
                "code": "T7.1",
                "text": "150",
                "name": "valeur, mi\u2011parcours (2026), l\u2019État",
            }
        ],
        "sentence": "",
    }


HOSTILE = "\"'><script>alert(1)</script> [12] {{valeur:T7.1@fin}} </textarea>\n&amp; \u202e"


def test_hostile_words_of_a_figure_are_words_everywhere(session, staff, actor, indicator):
    with writing(session):
        indicator.version.unit = indicator.version.label = {"fr": HOSTILE, "en": HOSTILE}
    by_others = {"reported_by": Reporter.ASSOCIATION, "reporter": HOSTILE, "source": HOSTILE}
    make_public_value(session, actor, indicator, 90.0, **by_others)

    headers = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
    address = PATH + "/chiffres.json?code=T7.1&selon=association"
    (figure,) = staff.get(address, headers=headers).json["figures"]
    assert "<script>alert(1)</script> [12]" in figure["text"]
    assert "<script>alert(1)</script> [12]" in figure["name"]
    picked = {"pick": "add", "choisi": [figure["id"], TARGET], "code": "T7.1"}
    page = staff.post(PATH, pressing(staff.get(PATH), **picked, title="T", introduction="[1]."))
    staff.post(PATH, pressing(page))

    for text in (page.text, staff.get(PATH).text, staff.get(PATH + "/relire").text):
        assert "&lt;script&gt;alert(1)" in text
        assert "<script>alert" not in text
    session.rollback()
    stored = editions.in_preparation(session).introduction
    assert stored == {"fr": "{{" + figure["id"] + "}}."}


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
