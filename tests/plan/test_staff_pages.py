"""Staff pages of the plan: editing, confirmation, refusals, stale edits."""

import re

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent, Role
from consultation.plan.apply import apply
from consultation.plan.models import Axis, Indicator, Measure
from consultation.plan.queries import measure_by_code, measures
from consultation.plan.seed import load_shipped
from consultation.questionnaires.models import Questionnaire
from consultation.responses.models import Response
from tests.factories import form_data, instrument_of, key_for, make_round
from tests.invitations.builders import Browser
from tests.pages import visible_text
from tests.plan.builders import AT, make_draft, make_indicator_draft, make_measure_draft
from tests.plan.forms import form_in
from tests.plan.pages import signed_in, text_of

ROOM = "/organisation/plan"
HOSTILE = "=1+1 <script>alert(1)</script> {{ 7*7 }}"


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def plan(session):
    """Two axes; measure 1 has two indicators, measures 2 and 3 have none."""
    draft = make_draft(
        make_measure_draft("1", make_indicator_draft("1.1"), make_indicator_draft("1.2")),
        make_measure_draft("2", title="Informer"),
        make_measure_draft("3", title="Coopérer", axis="B"),
    )
    apply(session, draft, AT)
    session.commit()


@pytest.fixture
def opened(session, plan):
    make_round(session)
    session.commit()


@pytest.fixture
def organiser(app, session):
    return signed_in(app, session, "lou@association.fr", Role.ORGANISER)


def send(browser, path, ending="", **typed):
    """Fill in the form of a page and send it."""
    page = browser.get(path)
    return browser.post(path, form_in(page, ending or path) | typed)


def codes(session):
    session.expire_all()
    return [measure.code for measure in measures(session)]


def events(session):
    changes = AuditEvent.action == "plan_changed"
    query = sa.select(AuditEvent).where(changes).order_by(AuditEvent.id)
    return [(event.subject, event.details["what"]) for event in session.scalars(query)]


def test_empty_plan_says_what_to_do_next(organiser):
    page = organiser.get(ROOM)

    assert "Le plan n'a aucune mesure" in text_of(page)
    assert "Télécharger le modèle" in text_of(page)


def test_plan_is_shown_by_axis_with_its_codes(organiser, plan):
    text = visible_text(organiser.get(ROOM))

    assert "3 mesures dans 2 axes" in text
    assert re.search(r"A Axe A.*1 Former l'accueil 2 indicateurs.*2 Informer 0 indicateur", text)
    assert re.search(r"B Axe B.*3 Coopérer", text)


def test_plan_is_searched_by_words_and_by_codes(organiser, plan):
    assert "1 mesure pour « informer »" in visible_text(organiser.get(f"{ROOM}?q=informer"))
    found = visible_text(organiser.get(f"{ROOM}?q=1.1"))
    assert "1 mesure pour « 1.1 »" in found
    assert "Déplacer" not in found
    nothing = text_of(organiser.get(f"{ROOM}?q=zzzz<b>"))
    assert "Aucune mesure pour ces mots" in nothing
    assert 'value="zzzz&lt;b&gt;"' in organiser.get(f"{ROOM}?q=zzzz<b>").text


def test_buttons_change_the_order_of_axes_measures_and_indicators(organiser, session, plan):
    for path, field, code in (
        (f"{ROOM}/ordre", "axis_up", "B"),
        (f"{ROOM}/ordre", "measure_down", "1"),
        (f"{ROOM}/mesures/1/ordre", "indicator_up", "1.2"),
    ):
        organiser.get(ROOM)
        assert organiser.post(path, {field: code}).status_code == 303

    assert codes(session) == ["3", "2", "1"]
    assert [it.code for it in measure_by_code(session, "1").indicators] == ["1.2", "1.1"]
    assert events(session) == [("B", "moved"), ("1", "moved"), ("1.2", "moved")]


def test_measure_is_added_to_a_new_axis(organiser, session, plan):
    sent = send(
        organiser,
        f"{ROOM}/ajouter-une-mesure",
        chosen_axis="",
        axis="C",
        axis_title="Coordonner",
        code="4",
        title="Nommer un rapporteur",
        title_en="Appoint a rapporteur",
        summary="Un par an.\r\n\r\nEt un rapport.",
        lead="Premier ministre",
    )

    measure = measure_by_code(session, "4")
    assert sent.location.endswith(f"{ROOM}/mesures/4")
    assert measure.title == {"fr": "Nommer un rapporteur", "en": "Appoint a rapporteur"}
    assert measure.summary == {"fr": "Un par an.\n\nEt un rapport."}
    assert (measure.axis.code, measure.axis.title) == ("C", {"fr": "Coordonner"})
    assert not measure.is_shipped
    assert events(session) == [("4", "measure_added")]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"code": "é 1"}, "ne peut pas figurer dans une adresse"),
        ({"code": "2"}, "est déjà celui d'une mesure"),
        ({"code": "EXEMPLE-9"}, "réservé aux lignes d'exemple"),
        ({"code": "Outil"}, "est celui de l'ensemble des indicateurs"),
        ({"title": ""}, "Ce champ est vide"),
        ({"title": "x" * 501}, "la limite est de 500"),
        ({"title": "12/05/2026"}, "Une date (12/05/2026) se trouve là où un texte est attendu"),
        ({"title": "", "title_en": "Only English"}, "sans le texte français"),
        ({"chosen_axis": ""}, "Ce champ est vide"),
        ({"chosen_axis": "", "axis": "a", "axis_title": "Autre"}, "existe déjà"),
        ({"chosen_axis": "Z"}, "n'est plus dans le plan"),
    ],
)
def test_measure_that_the_file_would_refuse_is_refused(organiser, session, plan, typed, sentence):
    whole = {"chosen_axis": "A", "code": "4", "title": "Nommer", "lead": "Ministère"}

    page = send(organiser, f"{ROOM}/ajouter-une-mesure", **{**whole, **typed})

    assert page.status_code == 422
    assert sentence in text_of(page)
    assert 'value="Ministère"' in text_of(page)
    assert codes(session) == ["1", "2", "3"]


def test_retired_code_is_not_given_again(organiser, session, plan):
    organiser.get(ROOM)
    organiser.post(f"{ROOM}/mesures/2/retirer")

    page = send(organiser, f"{ROOM}/ajouter-une-mesure", chosen_axis="A", code="2", title="Autre")

    assert page.status_code == 422
    assert "est une mesure retirée" in text_of(page)


def test_measure_is_edited_and_moved_to_another_axis(organiser, session, plan):
    path = f"{ROOM}/mesures/1"

    assert send(organiser, path, title="Accueillir", chosen_axis="B").status_code == 303

    measure = measure_by_code(session, "1")
    assert (measure.title["fr"], measure.axis.code) == ("Accueillir", "B")
    assert codes(session) == ["2", "3", "1"]
    assert len(measure.indicators) == 2
    assert "La mesure « 1 » est modifiée" in text_of(organiser.get(path))


def test_sending_a_form_as_it_was_changes_nothing(organiser, session, plan):
    for path in (f"{ROOM}/mesures/1", f"{ROOM}/indicateurs/1.1", f"{ROOM}/axes/A"):
        assert send(organiser, path).status_code == 303
        assert "Rien n'a changé" in text_of(organiser.get(ROOM))

    assert events(session) == []
    assert len(measure_by_code(session, "1").indicators[0].versions) == 1


def test_hostile_title_comes_back_as_text(organiser, session, plan):
    send(organiser, f"{ROOM}/mesures/1", title=HOSTILE)

    for path in (ROOM, f"{ROOM}/mesures/1", f"{ROOM}/mesures/1/ajouter-un-indicateur"):
        page = text_of(organiser.get(path))
        assert "=1+1 &lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }}" in page
        assert "<script>alert" not in page
    assert measure_by_code(session, "1").title["fr"] == HOSTILE


def test_axis_gets_another_title(organiser, session, plan):
    send(organiser, f"{ROOM}/axes/B", axis_title="Agir ensemble", axis_title_en="Act together")

    axis = session.scalars(sa.select(Axis).where(Axis.code == "B")).one()
    assert axis.title == {"fr": "Agir ensemble", "en": "Act together"}
    assert events(session) == [("B", "axis_retitled")]


def test_axis_keeps_a_title(organiser, session, plan):
    page = send(organiser, f"{ROOM}/axes/B", axis_title=" ")

    assert page.status_code == 422
    assert "Ce champ est vide" in text_of(page)


def test_retired_measure_can_come_back(organiser, session, plan):
    organiser.get(ROOM)
    assert organiser.post(f"{ROOM}/mesures/1/retirer").status_code == 303

    page = text_of(organiser.get(ROOM))
    assert "1 mesure retirée" in page
    assert "Cette mesure est retirée du plan" in text_of(organiser.get(f"{ROOM}/mesures/1"))
    assert codes(session) == ["2", "3"]

    assert organiser.post(f"{ROOM}/mesures/1/remettre").status_code == 303
    assert codes(session) == ["2", "1", "3"]
    assert len(measure_by_code(session, "1").indicators) == 2


def test_indicator_is_added_retired_and_brought_back(organiser, session, plan):
    path = f"{ROOM}/mesures/2/ajouter-un-indicateur"
    assert send(organiser, path, code="2.1", label="Affiches posées").status_code == 303

    organiser.post(f"{ROOM}/indicateurs/2.1/retirer")
    assert "1 indicateur retiré" in text_of(organiser.get(f"{ROOM}/mesures/2"))
    organiser.post(f"{ROOM}/indicateurs/2.1/remettre")

    indicator = session.scalars(sa.select(Indicator).where(Indicator.code == "2.1")).one()
    assert (indicator.measure.code, indicator.retired_at) == ("2", None)
    assert [what for _, what in events(session)] == [
        "indicator_added", "indicator_retired", "indicator_brought_back",
    ]  # fmt: skip


def test_code_of_another_indicator_is_refused(organiser, plan):
    page = send(organiser, f"{ROOM}/mesures/2/ajouter-un-indicateur", code="1.1", label="Autre")

    assert page.status_code == 422
    assert "est déjà celui d'un indicateur de la mesure « 1 »" in text_of(page)


def test_new_wording_needs_a_reason_and_is_a_new_version(organiser, session, plan):
    path = f"{ROOM}/indicateurs/1.1"

    page = send(organiser, path, label="Services d'accueil formés")
    assert page.status_code == 422
    assert "dites pourquoi" in text_of(page)

    sent = send(organiser, path, label="Services d'accueil formés", reason="Plus précis")
    assert sent.status_code == 303
    text = visible_text(organiser.get(path))
    changed = r"Intitulé Services \[ajouté : d'accueil ?\]"
    assert re.search(rf"2 .* Plus précis {changed}", text)
    assert "Première version" in text


def test_what_no_round_touches_is_applied_at_once_and_a_theme_that_goes_is_shown(
    organiser, session
):
    load_shipped(session, AT)
    organiser.get(ROOM)

    page = organiser.post(f"{ROOM}/mesures/T3/retirer")

    assert page.status_code == 200
    assert "Un thème fourni disparaît" in text_of(page)
    assert len(codes(session)) == 10
    sent = organiser.post(f"{ROOM}/mesures/T3/retirer", form_in(page))
    assert sent.status_code == 303
    assert "a disparu" in text_of(organiser.get(ROOM))
    assert session.scalars(sa.select(Measure).where(Measure.code == "T3")).all() == []


def test_theme_is_made_official_by_its_checkbox_and_only_by_it(organiser, session):
    load_shipped(session, AT)
    path = f"{ROOM}/mesures/T3"
    assert "Thème du suivi, pas une mesure officielle du plan" in text_of(organiser.get(path))

    send(organiser, path, title="Former")
    assert measure_by_code(session, "T3").is_shipped
    typed = form_in(organiser.get(path), path)
    del typed["is_shipped"]
    organiser.post(path, typed)

    session.expire_all()
    assert not measure_by_code(session, "T3").is_shipped
    assert measure_by_code(session, "T4").is_shipped
    assert "Thème du suivi" not in text_of(organiser.get(path))


def test_example_brought_back_to_a_theme_made_official_is_one_no_more(organiser, session):
    load_shipped(session, AT)
    code = measure_by_code(session, "T3").indicators[0].code
    path = f"{ROOM}/mesures/T3"
    organiser.get(path)
    organiser.post(f"{ROOM}/indicateurs/{code}/retirer")
    typed = form_in(organiser.get(path), path)
    del typed["is_shipped"]
    organiser.post(path, typed)

    organiser.post(f"{ROOM}/indicateurs/{code}/remettre")

    session.expire_all()
    back = {it.code: it for it in measure_by_code(session, "T3").indicators}[code]
    assert (back.retired_at, back.is_shipped) == (None, False)


def test_while_a_round_is_open_a_change_is_shown_before_it_is_made(organiser, session, opened):
    page = send(organiser, f"{ROOM}/mesures/1", title="Accueillir")

    text = visible_text(page)
    assert page.status_code == 200
    assert "Ce que cela change" in text
    assert "1 mesure modifiée 1 Accueillir change : intitulé" in text
    assert "1 formulaire renouvelé 1" in text
    session.expire_all()
    assert measure_by_code(session, "1").title["fr"] == "Former l'accueil"
    assert events(session) == []

    sent = organiser.post(f"{ROOM}/mesures/1", form_in(page))
    session.expire_all()
    assert sent.status_code == 303
    assert measure_by_code(session, "1").title["fr"] == "Accueillir"
    assert events(session) == [("1", "measure_edited")]


@pytest.mark.every_case
@pytest.mark.parametrize(
    ("typed", "is_told"),
    [
        ({"title": "Accueillir"}, True),
        ({"title": "Accueillir", "title_en": "Welcome"}, False),
        ({"title": "Accueillir", "title_en": ""}, False),
        ({"lead": "Justice"}, False),
    ],
)
def test_english_title_kept_beside_another_french_one_is_told_of(
    organiser, session, plan, typed, is_told
):
    send(organiser, f"{ROOM}/mesures/1", title_en="Train the staff")
    make_round(session)
    session.commit()

    page = send(organiser, f"{ROOM}/mesures/1", **typed)

    assert "Ce que cela change" in visible_text(page)
    assert ("La traduction n'a pas changé : à revoir." in visible_text(page)) is is_told


def test_english_wording_kept_beside_another_french_one_is_told_of(organiser, opened):
    place = f"{ROOM}/indicateurs/1.1"
    page = send(organiser, place, label_en="Reception centres", reason="Traduit")
    assert "La traduction n'a pas changé" not in visible_text(page)
    organiser.post(place, form_in(page))

    page = send(organiser, place, label="Autre intitulé", reason="Corrigé")

    assert visible_text(page).count("La traduction n'a pas changé : à revoir.") == 1


def places(**typed):
    """The fields of the page of the plan, whose axis A has 1 and 2, with some places typed over."""
    displayed = {"1": "1", "2": "2", "3": "1"}
    was = {f"was_{code}": place for code, place in displayed.items()}
    return was | {f"place_{code}": typed.get(f"of_{code}", it) for code, it in displayed.items()}


@pytest.mark.every_case
@pytest.mark.parametrize(("code", "place"), [("2", "1"), ("1", "2"), ("1", "999"), ("1", " 2 ")])
def test_measure_goes_to_the_typed_place(organiser, session, plan, code, place):
    done = organiser.post(f"{ROOM}/ordre", places(**{f"of_{code}": place}))

    assert done.status_code == 303
    assert codes(session) == ["2", "1", "3"]
    assert events(session) == [(code, "moved")]


@pytest.mark.parametrize("typed", ["", "premier", "-1", "²", "123456"])
def test_what_is_no_place_moves_nothing_and_says_what_to_write(organiser, session, plan, typed):
    page = organiser.post(f"{ROOM}/ordre", places(of_1=typed), follow_redirects=True)

    assert "Écrivez la place d'une mesure en chiffres" in text_of(page)
    assert codes(session) == ["1", "2", "3"]


def test_no_new_place_moves_nothing_and_says_so(organiser, session, plan):
    page = organiser.post(f"{ROOM}/ordre", places(), follow_redirects=True)

    assert "aucune n'a changé" in text_of(page)


def test_typed_places_are_shown_and_confirmed_while_a_round_is_open(organiser, session, opened):
    page = organiser.post(f"{ROOM}/ordre", places(of_2="1"))
    assert "L'ordre des mesures change" in text_of(page)

    organiser.post(f"{ROOM}/ordre", form_in(page))

    assert codes(session) == ["2", "1", "3"]


def test_reordering_is_shown_too(organiser, session, opened):
    organiser.get(ROOM)

    page = organiser.post(f"{ROOM}/ordre", {"measure_up": "2"})
    assert "L'ordre des mesures change" in text_of(page)
    assert codes(session) == ["1", "2", "3"]
    organiser.post(f"{ROOM}/ordre", form_in(page))

    assert codes(session) == ["2", "1", "3"]


def test_new_measure_opens_a_form_and_a_retired_one_closes_its_own(organiser, session, opened):
    page = send(organiser, f"{ROOM}/ajouter-une-mesure", chosen_axis="A", code="4", title="Nommer")
    assert "1 formulaire ouvert 4" in visible_text(page)
    organiser.post(f"{ROOM}/ajouter-une-mesure", form_in(page))

    page = organiser.post(f"{ROOM}/mesures/1/retirer")
    assert "1 formulaire fermé 1" in visible_text(page)
    organiser.post(f"{ROOM}/mesures/1/retirer", form_in(page))

    in_force = session.scalars(
        sa.select(Measure.code).join(Questionnaire).where(Questionnaire.closed_at.is_(None))
    )
    assert sorted(in_force) == ["2", "3", "4"]


def test_edited_indicator_renews_one_form_and_keeps_the_earlier_answers(
    organiser, client, session, opened
):
    instrument = instrument_of(session, measure_by_code(session, "1"))
    answers = form_data(instrument, capacity="citizen", suggestions="Oui.")
    client.post("/mesures/1/contribuer", data=answers | {"submission_key": key_for(instrument)})
    path = f"{ROOM}/indicateurs/1.1"

    page = send(organiser, path, label="Agents formés", reason="Compter les personnes")
    text = visible_text(page)
    assert "1 formulaire renouvelé" in text
    assert "1 contribution déjà reçue reste avec la version à laquelle elle a répondu" in text
    assert organiser.post(path, form_in(page)).status_code == 303

    indicator = session.scalars(sa.select(Indicator).where(Indicator.code == "1.1")).one()
    assert [version.number for version in indicator.versions] == [1, 2]
    assert indicator.version.reason == "Compter les personnes"
    forms = session.execute(
        sa.select(Measure.code, Questionnaire.version).join(Questionnaire.measure)
    ).all()
    assert sorted(forms) == [("1", 1), ("1", 2), ("2", 1), ("3", 1)]
    response = session.scalars(sa.select(Response)).one()
    assert response.questionnaire.version == 1
    assert len(response.answers) > 0


def test_what_is_confirmed_after_the_plan_changed_is_shown_again(organiser, app, session, opened):
    other = signed_in(app, session, "max@association.fr", Role.ORGANISER)
    page = send(organiser, f"{ROOM}/mesures/1", title="Accueillir")
    between = send(other, f"{ROOM}/mesures/2", title="Autre chose")
    other.post(f"{ROOM}/mesures/2", form_in(between))

    again = organiser.post(f"{ROOM}/mesures/1", form_in(page))

    assert again.status_code == 409
    assert "Le plan a changé entre-temps" in text_of(again)
    assert measure_by_code(session, "1").title["fr"] == "Former l'accueil"
    assert organiser.post(f"{ROOM}/mesures/1", form_in(again)).status_code == 303
    session.expire_all()
    assert measure_by_code(session, "1").title["fr"] == "Accueillir"
    assert measure_by_code(session, "2").title["fr"] == "Autre chose"


@pytest.mark.parametrize(
    ("path", "field", "extra"),
    [
        (f"{ROOM}/mesures/1", "title", {}),
        (f"{ROOM}/indicateurs/1.1", "label", {"reason": "Plus clair"}),
        (f"{ROOM}/axes/A", "axis_title", {}),
    ],
)
def test_second_of_two_organisers_sees_both_texts_and_chooses(
    organiser, app, session, plan, path, field, extra
):
    other = signed_in(app, session, "max@association.fr", Role.ORGANISER)
    typed = form_in(organiser.get(path), path) | extra | {field: "Le mien"}
    send(other, path, **{field: "Le leur"}, **extra)

    page = organiser.post(path, typed)

    assert page.status_code == 409
    assert re.search("Quelqu'un d'autre a modifié (la mesure|l'indicateur|l'axe)", text_of(page))
    assert "Le leur" in text_of(page)
    assert form_in(page, path)[field] == "Le mien"
    chosen = organiser.post(path, form_in(page, path))
    assert chosen.status_code == 303
    assert form_in(organiser.get(path), path)[field] == "Le mien"


def test_text_stored_meanwhile_can_be_kept_field_by_field(organiser, app, session, plan):
    path = f"{ROOM}/mesures/1"
    other = signed_in(app, session, "max@association.fr", Role.ORGANISER)
    typed = form_in(organiser.get(path), path) | {"title": "Le mien", "lead": "Le mien aussi"}
    send(other, path, title="Le leur")
    page = organiser.post(path, typed)
    boxes = re.findall('name="keep" value="([^"]+)"', text_of(page))

    sent = organiser.post(path, form_in(page, path) | {"keep": boxes[0]})

    measure = measure_by_code(session, "1")
    assert sent.status_code == 303
    assert boxes == ["title", "lead"]
    assert (measure.title["fr"], measure.lead) == ("Le leur", "Le mien aussi")


def test_what_is_typed_in_a_measure_retired_meanwhile_is_kept(organiser, app, session, plan):
    path = f"{ROOM}/mesures/1"
    typed = form_in(organiser.get(path), path) | {"title": "Le mien"}
    other = signed_in(app, session, "max@association.fr", Role.ORGANISER)
    other.get(ROOM)
    other.post(f"{path}/retirer")

    page = organiser.post(path, typed)

    assert page.status_code == 409
    assert "Cette mesure est retirée du plan" in text_of(page)
    assert form_in(page, path)["title"] == "Le mien"


def test_what_is_not_in_the_plan_is_not_found(organiser, plan):
    for path in ("mesures/9", "indicateurs/9.9", "axes/Z", "mesures/9/ajouter-un-indicateur"):
        assert organiser.get(f"{ROOM}/{path}").status_code == 404
    organiser.get(ROOM)
    assert organiser.post(f"{ROOM}/ordre", {}).status_code == 400
    assert organiser.post(f"{ROOM}/mesures/9/retirer").status_code == 303
    assert "n'est plus dans le plan" in text_of(organiser.get(ROOM))


def test_moderator_is_refused_and_a_stranger_signs_in_first(app, session, plan):
    moderator = signed_in(app, session, "relit@association.fr", Role.MODERATOR)
    stranger = Browser(app)

    for path in (ROOM, f"{ROOM}/mesures/1", f"{ROOM}/indicateurs/1.1", f"{ROOM}/import"):
        assert moderator.get(path).status_code == 403
        assert stranger.get(path).status_code == 303
    moderator.get("/organisation/")
    assert moderator.post(f"{ROOM}/mesures/1/retirer").status_code == 403
    assert codes(session) == ["1", "2", "3"]
