"""Editor pages: what they display, refuse and store."""

import html
import json
import re
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.questionnaires.models import QuestionKind, Round
from consultation.questionnaires.outline import store
from consultation.questionnaires.outline.codes import propose_code
from consultation.questionnaires.outline.structure import (
    Condition,
    Outline,
    OutlineOption,
    Scope,
)
from consultation.questionnaires.publication import publish
from tests.accounts.builders import Browser as StaffBrowser
from tests.accounts.builders import make_account
from tests.factories import make_measure, make_round
from tests.pages import check_page, visible_text
from tests.questionnaires.form_reader import fields_of
from tests.questionnaires.outline_builders import (
    CAPACITY,
    CONDITIONAL,
    make_outline,
    make_question,
    make_section,
    options,
)

PLACE = "/organisation/tours/tour-1/questionnaire"
HOSTILE = '<script>alert(1)</script> [x](javascript:alert(2)) {{7*7}} "><b>'
ARABIC = "سؤال " * 400


class Browser(StaffBrowser):
    def _keep(self, page):
        if page.mimetype == "text/html" and page.data and not 300 <= page.status_code < 400:
            check_page(page.get_data(as_text=True))
        return super()._keep(page)


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def consultation_round(session):
    make_measure(session, "T7")
    make_measure(session, "T8", title="Formation")
    made = make_round(session, outline=CONDITIONAL)
    session.commit()
    return made


def signed_in(app, session, role, address):
    make_account(session, address, role)
    browser = Browser(app)
    browser.enter(address)
    return browser


@pytest.fixture
def organiser(app, session):
    return signed_in(app, session, Role.ORGANISER, "lou@association.fr")


@pytest.fixture
def other(app, session):
    return signed_in(app, session, Role.ORGANISER, "noe@association.fr")


def set_outline(session, made):
    session.rollback()
    store.change(session, session.scalars(sa.select(Round)).one(), lambda _before: made, now())
    session.commit()


def choose(session, languages):
    session.rollback()
    session.scalars(sa.select(Round)).one().languages = languages
    session.commit()


TRANSLATED = make_question(
    "note",
    QuestionKind.SCALE,
    label={"fr": "Quelle note ?", "en": "What mark?"},
    hint={"fr": "Une aide", "en": "A hint"},
    settings={
        "minimum": 1,
        "maximum": 5,
        "low": {"fr": "Rien", "en": "Nothing"},
        "high": {"fr": "Très bien", "en": "Very well"},
    },
)


def working(session):
    session.rollback()
    return store.working(session, session.scalars(sa.select(Round)).one())


def send(browser, address, action="", **typed):
    """Open a form, change some of its fields, and press one of its buttons."""
    fields = fields_of(browser.get(address))
    return browser.post(address, {**fields, **typed, "action": action})


# The languages of the round.


def test_texts_in_a_language_that_the_round_has_not_are_kept_unseen(
    organiser, session, consultation_round
):
    set_outline(session, make_outline(TRANSLATED))
    choose(session, ["fr"])

    page = organiser.get(f"{PLACE}/questions/note")
    for text in ("What mark?", "Nothing", "A hint", "Very well"):
        assert re.search(f'type="hidden" name="[a-z_]+" value="{re.escape(text)}"', page.text), text
    assert "Anglais" not in visible_text(page)
    assert "à traduire" not in visible_text(organiser.get(PLACE))
    stored = send(organiser, f"{PLACE}/questions/note", label="Quelle autre note ?")

    assert stored.status_code == 303
    after = working(session).question("note")
    assert after.label == {"fr": "Quelle autre note ?", "en": "What mark?"}
    assert (after.hint, after.settings) == (TRANSLATED.hint, TRANSLATED.settings)


@pytest.mark.parametrize("action", ["", "rows", "up-1", "drop-0"])
def test_answers_keep_their_texts_in_other_languages(
    organiser, session, consultation_round, action
):
    offered = [OutlineOption(code, {"fr": code, "en": f"{code} (en)"}) for code in "ab"]
    asked = make_question("choix", QuestionKind.SINGLE_CHOICE, options=tuple(offered))
    set_outline(session, make_outline(asked))
    choose(session, ["fr"])

    page = send(organiser, f"{PLACE}/questions/choix", action)

    if action:
        fields = fields_of(page)
        named = dict(zip(fields["option_code"], fields["option_en"], strict=True))
        assert named["b"] == "b (en)"
    else:
        assert working(session).question("choix").options == tuple(offered)


def test_section_keeps_its_texts_in_other_languages(organiser, session, consultation_round):
    title, intro = {"fr": "Avis", "en": "Views"}, {"fr": "Ici", "en": "Here\n\n- there"}
    section = make_section("propre", make_question("x"), title=title, intro=intro)
    set_outline(session, Outline((*CONDITIONAL.sections, section)))
    choose(session, ["fr"])

    send(organiser, f"{PLACE}/rubriques/propre", title="Vos avis")

    after = working(session).section("propre")
    assert (after.title, after.intro) == ({"fr": "Vos avis", "en": "Views"}, intro)


# The outline.


def test_outline_shows_what_is_asked_where(organiser, session, consultation_round):
    text = visible_text(organiser.get(PLACE))

    assert "24 questions dans 9 rubriques" in text
    assert "Rien à publier" in text
    assert "Ce qui manque formulaire des mesures dans toutes les mesures missing" in text
    assert "Vous tous les formulaires partout respondent" in text
    assert "À quel titre répondez-vous ? une réponse au choix (14) obligatoire" in text
    assert "texte long prudence sous condition proposed_wording" in text


def test_outline_counts_english_that_is_missing_and_names_measures(
    organiser, session, consultation_round
):
    insert = make_section("propre", make_question("x"), scope=Scope.INSERT, measures=("T7", "T8"))
    set_outline(session, Outline((*CONDITIONAL.sections, insert)))

    text = visible_text(organiser.get(PLACE))

    assert "Textes à traduire : anglais (2)" in text
    assert "seulement : mesures T7, T8 anglais : à traduire" in text
    assert "Modifications non publiées" in text


def test_what_is_wrong_is_said_on_top_with_its_place(organiser, session, consultation_round):
    insert = make_section("propre", make_question("x"), scope=Scope.INSERT, measures=("Z9",))
    set_outline(session, Outline((*CONDITIONAL.sections, insert)))

    page = organiser.get(PLACE)

    assert f'<a href="{PLACE}/rubriques/propre"><bdi>Rubrique propre' in page.text
    assert "Aucune mesure en vigueur n'a pour code « Z9 »" in visible_text(page)


def test_outline_of_sixty_questions_is_light(organiser, session, consultation_round):
    label = {"fr": "Comment cette mesure est-elle appliquée là où vous travaillez, dites-nous ?"}
    questions = [make_question(f"question_{n}", label=label) for n in range(60)]
    set_outline(session, make_outline(*questions))

    page = organiser.get(PLACE)

    assert len(page.data) < 150_000


def test_question_moves_and_the_focus_stays_on_its_button(organiser, session, consultation_round):
    organiser.get(PLACE)

    moved = organiser.post(f"{PLACE}/ordre", {"up": "question:source"})
    to_the_top = organiser.post(f"{PLACE}/ordre", {"up": "section:missing"})

    assert moved.location.endswith("#up-question-source")
    assert to_the_top.location.endswith("#section-missing")
    made = working(session)
    assert made.sections[0].code == "missing"
    assert [it.code for it in made.sections[1].questions][-2:] == ["source", "proposed_wording"]
    assert 'id="up-question-source"' in organiser.get(PLACE).text


def test_move_over_the_question_it_depends_on_is_refused(organiser, session, consultation_round):
    choice = QuestionKind.SINGLE_CHOICE
    question = make_question("b", condition=Condition("a", ("oui",)))
    set_outline(session, make_outline(make_question("a", choice), question))
    organiser.get(PLACE)

    page = organiser.post(f"{PLACE}/ordre", {"up": "question:b"})

    assert page.status_code == 422
    assert "Rien n'a été déplacé" in visible_text(page)
    assert "« b » → « a »" in visible_text(page)


def test_move_of_what_is_gone_says_so(organiser, session, consultation_round):
    organiser.get(PLACE)

    page = organiser.post(f"{PLACE}/ordre", {"up": "question:partie"}, follow_redirects=True)

    assert "quelqu'un vient de le retirer" in visible_text(page)


def test_changes_are_given_up_after_a_confirmation(organiser, session, consultation_round):
    organiser.get(PLACE)
    organiser.post(f"{PLACE}/ordre", {"up": "question:source"})

    question = organiser.get(f"{PLACE}/abandon")
    organiser.post(f"{PLACE}/abandon")

    assert "sera perdu" in visible_text(question)
    assert working(session) == CONDITIONAL
    assert organiser.get(f"{PLACE}/abandon").location == PLACE


def test_menu_leads_to_the_questionnaire_and_shows_one_is_there(
    organiser, session, consultation_round
):
    page = organiser.get("/organisation/questionnaire", follow_redirects=True)

    assert "<h1>Questionnaire</h1>" in page.text
    assert re.search(r'aria-current="\w+">Questionnaire<', page.text)


def prepare_another(session, consultation_round):
    session.add(
        Round(
            code="tour-2",
            title={"fr": "Deuxième"},
            opens_at=consultation_round.closes_at,
            closes_at=consultation_round.closes_at.replace(year=2099),
        )
    )
    session.commit()


def test_round_that_people_answer_comes_first_and_the_header_leads_to_the_other(
    organiser, session, consultation_round
):
    prepare_another(session, consultation_round)

    page = organiser.get("/organisation/questionnaire", follow_redirects=True)
    organiser.post("/organisation/tour", {"tour": "tour-2", "page": PLACE})
    other = organiser.get("/organisation/questionnaire", follow_redirects=True)
    question = organiser.get("/organisation/tours/tour-2/questionnaire/questions/reason")

    assert f"{consultation_round.title['fr']} , ouvert jusqu'au" in visible_text(page)
    assert "Tour dont on voit" not in page.text
    assert "Deuxième , en préparation" in visible_text(other)
    assert "Questionnaire › Deuxième" in visible_text(question)


def test_round_in_preparation_comes_first_once_no_other_is_open(
    organiser, session, consultation_round
):
    prepare_another(session, consultation_round)
    consultation_round.opens_at = consultation_round.announced_at = datetime(2026, 1, 1, tzinfo=UTC)
    consultation_round.closes_at = datetime(2026, 2, 1, tzinfo=UTC)
    session.commit()

    page = organiser.get("/organisation/questionnaire")

    assert page.location == "/organisation/tours/tour-2/questionnaire"


def test_without_a_round_the_next_step_is_said(organiser, session):
    text = visible_text(organiser.get("/organisation/questionnaire"))

    assert "encore aucun tour de consultation" in text


def test_past_round_says_so(organiser, session, consultation_round):
    consultation_round.opens_at = consultation_round.announced_at = datetime(2026, 1, 1, tzinfo=UTC)
    consultation_round.closes_at = datetime(2026, 2, 1, tzinfo=UTC)
    session.commit()

    assert "Ce tour est fermé" in visible_text(organiser.get(PLACE))


# A question.


def test_every_shipped_question_is_sent_back_as_it_is(organiser, session, consultation_round):
    for question in CONDITIONAL.questions:
        page = send(organiser, f"{PLACE}/questions/{question.code}")
        assert page.status_code == 303, visible_text(page)

    assert working(session) == CONDITIONAL


def test_question_is_changed_and_shown_as_it_will_be(organiser, session, consultation_round):
    address = f"{PLACE}/questions/reason"

    stored = send(
        organiser, address, label="Pour  quelle raison ?", hint="Un *mot* suffit.", is_required="1"
    )

    page = organiser.get(address)
    changed = working(session).question("reason")
    assert stored.location.endswith("#question-reason")
    assert changed.label == {"fr": "Pour quelle raison ?", "en": "Why?"}
    assert changed.is_required
    assert "<em>mot</em> suffit" in page.text
    assert 'id="question_0"' in page.text
    assert "Pour quelle raison ?" not in organiser.get("/mesures/T7/contribuer").text


def test_new_question_gets_a_code_from_its_label(organiser, session, consultation_round):
    send(organiser, f"{PLACE}/rubriques/missing/question", "redraw", kind="long_text")

    send(
        organiser,
        f"{PLACE}/rubriques/missing/question",
        label="Où est l'État ?",
        shown_kind="long_text",
        maximum="400",
    )

    section = working(session).section("missing")
    assert section.questions[-1].code == "ou_est_l_etat"
    assert section.questions[-1].settings == {"maximum": 400}


def test_another_kind_shows_its_own_fields_and_stores_nothing(
    organiser, session, consultation_round
):
    address = f"{PLACE}/questions/reason"

    page = send(organiser, address, "redraw", kind="scale", label="Noté")

    assert page.status_code == 200
    assert '<label class="q" for="low">' in page.text
    assert fields_of(page)["maximum"] == ["9"]
    assert "\nNoté</textarea>" in page.text
    assert working(session) == CONDITIONAL


def test_question_is_saved_with_the_kind_that_was_just_chosen(
    organiser, session, consultation_round
):
    saved = send(
        organiser, f"{PLACE}/rubriques/missing/question", "", label="Quelle note ?", kind="scale"
    )
    text = visible_text(organiser.get(saved.location))

    stored = working(session).question("quelle_note")
    assert saved.status_code == 303
    assert stored.kind is QuestionKind.SCALE
    assert stored.settings == {"minimum": 1, "maximum": 9}
    assert "La question est enregistrée" in text
    assert "ses réglages sont ceux proposés d'habitude" in text


def test_kind_that_lacks_something_is_refused_in_words_with_its_fields(
    organiser, session, consultation_round
):
    page = send(
        organiser, f"{PLACE}/rubriques/missing/question", "",
        label="Laquelle ?", kind="single_choice",
    )  # fmt: skip

    assert page.status_code == 422
    assert "au moins deux réponses proposées" in visible_text(page)
    assert 'id="option-0-fr"' in page.text
    assert "\nLaquelle ?</textarea>" in page.text
    assert working(session) == CONDITIONAL


def test_kind_of_a_published_question_is_kept_or_renamed_but_never_changed_in_silence(
    organiser, session, consultation_round
):
    page = send(organiser, f"{PLACE}/questions/reason", "", kind="scale")

    assert page.status_code == 422
    assert "Rien n'est enregistré" in visible_text(page)
    assert fields_of(page)["kind"] == ["scale"]
    assert working(session) == CONDITIONAL


def test_condition_that_is_taken_away_is_saved_at_once(organiser, session, consultation_round):
    code = "proposed_wording"
    assert working(session).question(code).condition

    saved = send(organiser, f"{PLACE}/questions/{code}", "", controller="")

    assert saved.status_code == 303
    assert working(session).question(code).condition is None


def test_options_that_do_not_apply_are_carried_along(organiser, session, consultation_round):
    address = f"{PLACE}/questions/stance"
    away = send(organiser, address, "redraw", kind="date")

    back = organiser.post(address, {**fields_of(away), "kind": "single_choice", "action": "redraw"})

    assert fields_of(back)["option_fr"][:5] == [
        "Le garder", "Le reformuler", "Le remplacer", "S'en passer", "Je ne sais pas",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("action", "texts"),
    [
        ("up-1", ["Le reformuler", "Le garder"]),
        ("down-0", ["Le reformuler", "Le garder"]),
        ("drop-0", ["Le reformuler", "Le remplacer"]),
        ("up-0", ["Le garder", "Le reformuler"]),
    ],
)
def test_options_are_moved_and_taken_out_before_anything_is_stored(
    organiser, session, consultation_round, action, texts
):
    page = send(organiser, f"{PLACE}/questions/stance", action)

    assert fields_of(page)["option_fr"][:2] == texts
    assert "autofocus" in page.text
    assert working(session) == CONDITIONAL


def test_options_are_added_in_both_languages_with_codes_made_from_their_text(
    organiser, session, consultation_round
):
    address = f"{PLACE}/questions/stance"
    fields = fields_of(send(organiser, address, "rows"))
    fields["option_fr"][5:7] = ["À revoir", "سؤال"]
    fields["option_en"][5:7] = ["To be reviewed", ""]

    organiser.post(address, {**fields, "action": ""})

    added = working(session).question("stance").options[5:]
    assert [(it.code, it.label.get("en")) for it in added] == [
        ("a_revoir", "To be reviewed"),
        ("modalite", None),
    ]


def test_two_hundred_options_are_stored_and_one_more_is_refused(
    organiser, session, consultation_round
):
    address = f"{PLACE}/rubriques/missing/question"
    organiser.get(address)
    texts = [f"Modalité numéro {n}" for n in range(201)]
    typed = {
        "label": "Laquelle ?", "kind": "single_choice", "shown_kind": "single_choice",
        "section": "missing", "digest": "absent",
    }  # fmt: skip

    over = organiser.post(address, {**typed, "option_fr": texts})
    stored = organiser.post(address, {**typed, "option_fr": texts[:200]})

    assert "il y a 201 réponses proposées" in visible_text(over).lower()
    assert over.text.count('value="Modalité numéro') == 201
    assert stored.status_code == 303
    assert len(working(session).question("laquelle").options) == 200
    assert organiser.get(f"{PLACE}/questions/laquelle").status_code == 200


def test_condition_is_chosen_among_the_replies_of_an_earlier_question(
    organiser, session, consultation_round
):
    address = f"{PLACE}/questions/source"

    page = send(organiser, address, "", controller="stance")
    fields = fields_of(page)
    organiser.post(address, {**fields, "any_of": ["keep"], "action": ""})

    assert page.status_code == 422
    assert "choisissez" in visible_text(page).lower()
    assert 'name="any_of" type="checkbox" value="amend"' in page.text
    assert working(session).question("source").condition == Condition("stance", ("keep",))
    assert "Posée seulement si « Que faire de cet indicateur ? » : Le garder" in visible_text(
        organiser.get(address)
    )


def test_no_of_a_statement_is_not_offered_and_still_named_where_it_was_chosen(
    organiser, session, consultation_round
):
    ticked = make_question("accord", QuestionKind.YES_NO, settings={"statement": True})
    waiting = make_question("sinon", condition=Condition("accord", ("no",)))
    set_outline(session, make_outline(ticked, waiting))

    page = organiser.get(f"{PLACE}/questions/sinon")
    removal = organiser.get(f"{PLACE}/questions/accord/retrait")

    assert 'name="any_of" type="checkbox" value="yes"' in page.text
    assert 'name="any_of" type="checkbox" value="no"' not in page.text
    assert "Posée seulement si « Question accord ? » : Non." in visible_text(page)
    assert "si « Question accord ? » : Non" in visible_text(removal)
    assert "n'offre pas « no »" in visible_text(organiser.get(PLACE))


def test_what_is_refused_comes_back_as_it_was_typed(organiser, session, consultation_round):
    page = send(
        organiser,
        f"{PLACE}/questions/reason",
        label="  ",
        label_en="Why <b>",
        hint="é" * 2001,
        maximum="beaucoup",
        is_required="1",
    )

    text = page.text
    assert page.status_code == 422
    assert "Erreur : Modifier une question" in visible_text(page)
    assert "Why &lt;b&gt;</textarea>" in text
    assert "é" * 2001 in text
    assert fields_of(page)["maximum"] == ["beaucoup"]
    assert fields_of(page)["is_required"] == ["1"]
    assert 'href="#maximum"' in text
    assert "dépasse de 1 caractères les 2000" in visible_text(page)
    assert working(session) == CONDITIONAL


def test_long_label_in_arabic_is_stored_and_keeps_its_direction(
    organiser, session, consultation_round
):
    label = ARABIC.strip()

    send(organiser, f"{PLACE}/questions/reason", label=label)

    assert working(session).question("reason").label["fr"] == label
    page = organiser.get(PLACE)
    assert f'href="{PLACE}/questions/reason" dir="auto">سؤال' in page.text
    assert len(page.data) < 60_000


def test_code_is_free_until_published(organiser, session, consultation_round):
    set_outline(session, make_outline(make_question("avis"), make_question("autre")))

    taken = send(organiser, f"{PLACE}/questions/avis", code="autre")
    send(organiser, f"{PLACE}/questions/avis", code="opinion")

    assert "est déjà celui d'une autre question" in visible_text(taken)
    assert working(session).question("opinion") is not None
    published = organiser.get(f"{PLACE}/questions/capacity")
    assert '<input type="hidden" name="code" value="capacity">' in published.text


def test_question_about_the_person_keeps_its_kind(organiser, session, consultation_round):
    page = organiser.get(f"{PLACE}/questions/email")
    forced = send(organiser, f"{PLACE}/questions/email", kind="date", shown_kind="date")

    assert "Cette question porte sur la personne" in visible_text(page)
    assert 'type="radio" name="kind"' not in page.text
    assert forced.status_code == 422
    assert working(session) == CONDITIONAL


def test_error_that_a_change_makes_in_another_question_leads_to_its_page(
    organiser, session, consultation_round
):
    dependent = make_question("suite", condition=Condition("avis", ("oui",)))
    set_outline(session, make_outline(make_question("avis", QuestionKind.SINGLE_CHOICE), dependent))
    address = f"{PLACE}/questions/avis"
    fields = fields_of(organiser.get(address)) | {"option_code": ["x", "y", "", "", ""]}

    page = organiser.post(address, {**fields, "action": ""})

    assert page.status_code == 422
    assert f'<a href="{PLACE}/questions/suite">suite</a> — ' in page.text
    assert "suite — « avis » n'offre pas « oui »" in visible_text(page)


def test_code_that_is_published_stays_whatever_is_sent(organiser, session, consultation_round):
    send(organiser, f"{PLACE}/questions/source", code="origine", label="Où ?")
    send(organiser, f"{PLACE}/rubriques/missing", code="lacunes", title="Il manque")

    made = working(session)
    assert made.question("source").label["fr"] == "Où ?"
    assert made.section("missing").title["fr"] == "Il manque"


# Two organisers.


def test_second_organiser_is_shown_both_texts_and_chooses(
    organiser, other, session, consultation_round
):
    address = f"{PLACE}/questions/reason"
    mine = fields_of(other.get(address))
    send(organiser, address, label="Le texte <b>de l'autre</b>")

    page = other.post(address, {**mine, "label": "Mon texte", "hint": "Mon aide", "action": ""})
    kept = fields_of(page)
    again = other.post(address, {**kept, "action": ""})

    assert page.status_code == 409
    assert (
        "Enregistré entre-temps par quelqu'un d'autre : Le texte <b>de l'autre</b>"
        in visible_text(page)
    )
    assert kept["label"] == ["Mon texte"]
    assert again.status_code == 303
    assert working(session).question("reason").label["fr"] == "Mon texte"
    assert working(session).question("reason").hint == {"fr": "Mon aide"}


def test_stale_question_leads_to_no_field_of_another_kind(
    organiser, other, session, consultation_round
):
    address = f"{PLACE}/questions/reason"
    mine = fields_of(other.get(address))
    send(organiser, address, label="Le texte de l'autre")
    scale = {"minimum": "2", "low": "Peu", "middle_en": "So so"}

    page = other.post(address, {**mine, **scale, "label": "Mon texte", "action": ""})

    assert page.status_code == 409
    assert 'href="#label"' in page.text
    assert 'href="#low"' not in page.text
    assert [fields_of(page)[name] for name in scale] == [["2"], ["Peu"], ["So so"]]


def test_what_somebody_took_out_can_be_put_back(organiser, other, session, consultation_round):
    address = f"{PLACE}/questions/source"
    mine = fields_of(other.get(address))
    organiser.get(f"{address}/retrait")
    organiser.post(f"{address}/retrait")

    page = other.post(address, {**mine, "label": "Où ?", "action": ""})
    other.post(address, {**fields_of(page), "action": ""})

    assert page.status_code == 409
    assert "Quelqu'un d'autre l'a retirée" in visible_text(page)
    assert working(session).question("source").label["fr"] == "Où ?"


def test_question_for_a_section_that_somebody_took_out_keeps_what_was_typed(
    organiser, other, session, consultation_round
):
    address = f"{PLACE}/rubriques/progress/question"
    mine = fields_of(other.get(address))
    organiser.get(f"{PLACE}/rubriques/progress/retrait")
    organiser.post(f"{PLACE}/rubriques/progress/retrait")

    page = other.post(address, {**mine, "label": "Où en est-on ?", "action": ""})

    assert page.status_code == 409
    assert fields_of(page)["label"] == ["Où en est-on ?"]
    assert "Où en est-on ?" not in str(working(session))


def test_section_that_somebody_took_out_can_be_put_back(
    organiser, other, session, consultation_round
):
    address = f"{PLACE}/rubriques/missing"
    mine = fields_of(other.get(address))
    organiser.get(f"{address}/retrait")
    organiser.post(f"{address}/retrait")

    page = other.post(address, {**mine, "title": "Il manque"})
    put_back = other.post(address, fields_of(page))

    assert (page.status_code, put_back.status_code) == (409, 303)
    assert working(session).section("missing").title["fr"] == "Il manque"


def test_two_organisers_of_one_section(organiser, other, session, consultation_round):
    address = f"{PLACE}/rubriques/missing"
    mine = fields_of(other.get(address))
    send(organiser, address, intro="Texte d'un autre")

    page = other.post(address, {**mine, "title": "Il manque"})
    other.post(address, fields_of(page))

    assert page.status_code == 409
    assert "Texte d'un autre" in visible_text(page)
    assert working(session).section("missing").title["fr"] == "Il manque"
    assert working(session).section("missing").intro is None


# A changed meaning.


def without_an_option(browser):
    address = f"{PLACE}/questions/stance"
    fields = fields_of(send(browser, address, "drop-1"))
    return address, browser.post(address, {**fields, "action": ""})


def test_changed_meaning_is_explained_and_nothing_stored(organiser, session, consultation_round):
    _address, page = without_an_option(organiser)

    text = visible_text(page)
    assert page.status_code == 422
    assert "des réponses proposées disparaissent : « Le reformuler »" in text
    assert (
        "ces conditions ne suivraient pas entières : « Quelle formulation proposez-vous ? »" in text
    )
    assert fields_of(page)["new_code"] == ["stance_2"]
    assert working(session) == CONDITIONAL


def test_code_is_kept_with_what_is_missing(organiser, session, consultation_round):
    address, page = without_an_option(organiser)

    organiser.post(address, {**fields_of(page), "action": "keep"})

    stored = working(session).question("stance")
    assert [it.code for it in stored.options][-1] == "amend"
    assert stored.options[-1].label["en"] == "Reword it"


def test_new_question_takes_another_code(organiser, session, consultation_round):
    address, page = without_an_option(organiser)

    fields = {**fields_of(page), "new_code": "verdict", "action": "rename"}
    organiser.post(address, fields)

    made = working(session)
    assert made.question("stance") is None
    assert made.question("proposed_wording").condition == Condition("verdict", ("replace",))


def test_condition_that_cannot_follow_is_named(organiser, session, consultation_round):
    address = f"{PLACE}/questions/stance"
    fields = fields_of(organiser.get(address))
    fields["option_fr"] = ["oui", "non"]
    fields["option_en"] = ["", ""]
    fields["option_code"] = ["", ""]
    page = organiser.post(address, {**fields, "action": ""})

    done = organiser.post(address, {**fields_of(page), "action": "rename"}, follow_redirects=True)

    assert "Posées désormais toujours, à revoir : « proposed_wording »" in visible_text(done)


def test_wording_is_corrected_without_a_question(organiser, session, consultation_round):
    page = send(
        organiser, f"{PLACE}/questions/stance", label="Cet indicateur, faut-il :", label_en="It:"
    )

    assert page.status_code == 303


# Taking out.


def test_question_names_those_that_depend_on_it(organiser, session, consultation_round):
    address = f"{PLACE}/questions/stance/retrait"

    page = organiser.get(address)
    alone = organiser.post(address)
    organiser.post(address, {"conditions": "1"})

    assert "1 question en dépend" in visible_text(page)
    assert "Quelle formulation proposez-vous" in visible_text(page)
    assert alone.status_code == 422
    made = working(session)
    assert made.question("stance") is None
    assert made.question("proposed_wording").condition is None


@pytest.mark.parametrize("address", ["questions/capacity", "rubriques/respondent"])
def test_capacity_is_not_taken_out(organiser, session, consultation_round, address):
    organiser.get(f"{PLACE}/{address}/retrait")

    page = organiser.post(f"{PLACE}/{address}/retrait")

    assert page.status_code == 422
    assert "La qualité de la personne qui répond n'est pas demandée partout" in visible_text(page)
    assert working(session) == CONDITIONAL


def test_section_goes_with_its_questions(organiser, session, consultation_round):
    page = organiser.get(f"{PLACE}/rubriques/progress/retrait")
    organiser.post(f"{PLACE}/rubriques/progress/retrait")

    assert "Ses 2 questions partent avec elle" in visible_text(page)
    assert working(session).section("progress") is None


@pytest.mark.parametrize("address", ["questions/partie", "rubriques/partie"])
def test_what_is_gone_is_not_taken_out_twice(organiser, session, consultation_round, address):
    organiser.get(PLACE)

    page = organiser.post(f"{PLACE}/{address}/retrait", follow_redirects=True)

    assert "quelqu'un vient de le retirer" in visible_text(page)
    assert working(session) == CONDITIONAL


# A section.


def test_insert_is_added_for_the_measures_ticked(organiser, session, consultation_round):
    address = f"{PLACE}/rubrique"

    refused = send(organiser, address, title="La traite des mineurs", scope="insert")
    done = send(
        organiser, address, title="La traite des mineurs", scope="insert", measures=["T8"],
        intro="Un *mot*.",
    )  # fmt: skip

    section = working(session).section("la_traite_des_mineurs")
    assert refused.status_code == 422
    assert "ne nomme aucune mesure" in visible_text(refused)
    assert "la traite des mineurs" in refused.text.lower()
    assert done.location.endswith("#section-la_traite_des_mineurs")
    assert section.measures == ("T8",)
    assert "elle sera dans 1 formulaire" in visible_text(organiser.get(PLACE))


def test_measure_whose_code_the_plan_writes_in_another_case_stays_ticked(
    organiser, session, consultation_round
):
    insert = make_section("encart", make_question("local"), scope=Scope.INSERT, measures=("t7",))
    set_outline(session, make_outline(make_question("avis"), others=(insert,)))

    page = organiser.get(f"{PLACE}/rubriques/encart")

    assert 'value="T7" checked' in page.text
    assert "n'est plus dans le plan" not in visible_text(page)


def test_section_shows_on_how_many_forms_it_would_be(organiser, session, consultation_round):
    text = visible_text(organiser.get(f"{PLACE}/rubriques/missing"))

    assert "Une fois dans le formulaire de chaque mesure. 2 formulaires aujourd'hui" in text
    assert (
        "Dans chaque mesure et dans le formulaire sur l'ensemble des indicateurs. 3 formulaires"
        in text
    )


@pytest.mark.parametrize("action", ["drop-x", "drop-", "drop-99", "up-x", "down-"])
def test_unknown_button_shows_the_form_again(organiser, consultation_round, action):
    page = send(organiser, f"{PLACE}/questions/stance", action)

    assert page.status_code == 200
    assert "Le reformuler" in html.unescape(page.text)


def test_every_shipped_section_is_sent_back_as_it_is(organiser, session, consultation_round):
    for section in CONDITIONAL.sections:
        assert send(organiser, f"{PLACE}/rubriques/{section.code}").status_code == 303

    assert working(session) == CONDITIONAL


# Words that would do harm, and people who may not.


def test_hostile_labels_are_shown_as_they_were_typed(
    organiser, session, consultation_round, client
):
    hostile = {"fr": HOSTILE}
    question = make_question(
        "x", QuestionKind.SINGLE_CHOICE, label=hostile, hint=hostile,
        options=tuple(type(it)(it.code, hostile) for it in options("a", "b")),
    )  # fmt: skip
    note = make_question("lire", QuestionKind.NOTE, label=hostile)
    section = make_section("s", question, note, title=hostile, intro=hostile)
    who = make_section("who", CAPACITY, scope=Scope.EVERYONE)
    set_outline(session, Outline((section, who)))
    publish.publish_outline(session, session.scalars(sa.select(Round)).one(), now())
    session.commit()

    pages = [
        organiser.get(PLACE),
        organiser.get(f"{PLACE}/questions/x"),
        organiser.get(f"{PLACE}/questions/lire"),
        organiser.get(f"{PLACE}/rubriques/s"),
        client.get("/mesures/T7/contribuer"),
    ]

    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert 'href="javascript:' not in page.text
        assert "&lt;script&gt;alert(1)" in page.text
        assert "{{7*7}}" in page.text
        assert "<b>" not in page.text


def test_introductions_hints_and_notes_may_be_emphasised(
    organiser, session, consultation_round, client
):
    question = make_question("x", hint={"fr": "Un *seul* mot."})
    note = make_question("lire", QuestionKind.NOTE, label={"fr": "Lisez **ceci**.\n\n- un\n- deux"})
    section = make_section("s", note, question, intro={"fr": "Voir [la loi](https://exemple.fr)."})
    who = make_section("who", CAPACITY, scope=Scope.EVERYONE)
    set_outline(session, Outline((section, who)))
    publish.publish_outline(session, session.scalars(sa.select(Round)).one(), now())

    text = client.get("/mesures/T7/contribuer").text

    assert "Un <em>seul</em> mot." in text
    assert "Lisez <strong>ceci</strong>." in text
    assert "<li>deux</li>" in text
    assert '<a href="https://exemple.fr"' in text


ADDRESSES = [
    "", "/abandon", "/questions/stance", "/questions/stance/retrait", "/rubriques/missing",
    "/rubriques/missing/question", "/rubriques/missing/retrait", "/rubrique",
]  # fmt: skip


def test_moderator_is_told_whom_to_ask_and_a_stranger_nothing(app, session, consultation_round):
    moderator = signed_in(app, session, Role.MODERATOR, "sam@association.fr")
    stranger = Browser(app)

    for address in ADDRESSES:
        refused = moderator.get(PLACE + address)
        assert refused.status_code == 403
        assert "Demandez à une personne qui administre le site" in visible_text(refused)
        assert stranger.get(PLACE + address).status_code == 303
    assert moderator.get("/organisation/questionnaire").status_code == 403
    assert moderator.post(f"{PLACE}/ordre", {"up": "question:source"}).status_code == 403
    assert working(session) == CONDITIONAL


def test_what_is_not_there_is_not_found(organiser, session, consultation_round):
    for address in [
        f"{PLACE}/questions/partie", f"{PLACE}/questions/partie/retrait",
        f"{PLACE}/rubriques/partie", f"{PLACE}/rubriques/partie/question",
        "/organisation/tours/tour-9/questionnaire",
    ]:  # fmt: skip
        assert organiser.get(address).status_code == 404


def test_action_leaves_a_trace_without_texts(organiser, session, consultation_round):
    send(organiser, f"{PLACE}/questions/reason", label="Secret")

    details = session.execute(
        sa.text("SELECT details FROM audit_event WHERE action = 'outline_changed'")
    ).scalar()
    assert "Secret" not in json.dumps(details)


def test_code_made_from_words_is_short_and_new():
    made = propose_code("Où en est-on, dans les départements d'outre-mer ?", [], "q")

    assert made == "ou_en_est_on_dans_les_departements"
    assert propose_code("2026", [], "q") == "q_2026"
    assert propose_code("Avis", ["avis"], "q") == "avis_2"


def test_message_of_a_save_stands_in_the_bar_that_stays_in_sight(
    organiser, session, consultation_round
):
    answer = send(organiser, f"{PLACE}/questions/reason", label="Pour quelle raison ?")

    page = organiser.get(answer.headers["Location"])

    bar = re.search(r'<div class="outline-state">.*?</div>', page.text, re.DOTALL)[0]
    assert "est enregistrée" in bar
    assert "Modifications non publiées" in bar
    assert "Abandonner les modifications" in bar
    assert page.text.count("est enregistrée") == 1


def test_duplicate_begins_with_the_texts_and_takes_a_code_of_its_own(
    organiser, session, consultation_round
):
    page = organiser.get(f"{PLACE}/questions/stance")
    address = html.unescape(re.search(r'href="([^"]*copie=stance)"', page.text)[1])

    copy = organiser.get(address)
    form = fields_of(copy)
    assert form["label"] == fields_of(page)["label"]
    answer = send(organiser, address, label="Que faire de lui ?")

    outline = working(session)
    assert answer.status_code == 303
    assert outline.question("stance") is not None
    made = next(it for it in outline.questions if it.label["fr"] == "Que faire de lui ?")
    assert [it.code for it in made.options] == [
        it.code for it in outline.question("stance").options
    ]


# Lines: the rows of a matrix, and the options of a ranking.


def test_matrix_is_written_line_by_line_and_sampled(organiser, session, consultation_round):
    address = f"{PLACE}/rubriques/missing/question"
    typed = {
        "label": "Est-ce suivi ?", "kind": "matrix", "row_fr": ["Le délai", "Le coût", ""],
        "option_fr": ["Oui", "Non"], "row_code": ["", "", ""], "row_en": ["", "", ""],
        "option_code": ["", ""], "option_en": ["", ""],
    }  # fmt: skip
    shown = send(organiser, address, "row-rows", **typed)
    assert re.findall(r'name="row_fr" value="([^"]*)"', shown.text)[:3] == [
        "Le délai",
        "Le coût",
        "",
    ]
    assert 'name="question_0-le_delai"' in shown.text

    stored = send(organiser, address, **typed)

    assert stored.status_code == 303
    question = working(session).question("est_ce_suivi")
    assert question.settings["rows"] == [
        {"code": "le_delai", "label": {"fr": "Le délai"}},
        {"code": "le_cout", "label": {"fr": "Le coût"}},
    ]
    assert [option.code for option in question.options] == ["oui", "non"]
    again = send(organiser, f"{PLACE}/questions/est_ce_suivi", "row-down-0", label="Est-ce suivi ?")
    assert re.findall(r'name="row_code" value="([^"]*)"', again.text)[:2] == ["le_cout", "le_delai"]


def test_matrix_of_one_line_is_refused_at_its_lines(organiser, consultation_round):
    typed = {"label": "Seule", "kind": "matrix", "row_fr": ["Une"], "option_fr": ["Oui", "Non"]}
    page = send(organiser, f"{PLACE}/rubriques/missing/question", **typed)

    assert page.status_code == 422
    assert 'href="#rows"' in page.text
    assert "Il faut au moins deux lignes" in visible_text(page)
    assert 'name="row_fr" value="Une"' in page.text
