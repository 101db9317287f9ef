"""Publication page: displays what a publication changes, and publishes just that."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.questionnaires.models import Destination, QuestionKind, Round
from consultation.questionnaires.outline import store
from consultation.questionnaires.publication import publish as publication_publish
from tests.accounts.builders import add_stand_ins
from tests.exports.builders import respond
from tests.factories import instrument_of, make_indicator, make_measure, make_round, publish_again
from tests.invitations.builders import text_of
from tests.questionnaires.publishing_builders import (
    AT,
    actions,
    browser,
    changed,
    edit,
    event,
    make_question,
    make_section,
    options,
    with_question,
    without,
)

PAGE = "/organisation/tours/tour-1/publication"
OUTLINE = "/organisation/tours/tour-1/questionnaire"


@pytest.fixture
def app(app):
    return add_stand_ins(app)


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def opened(session):
    for code in ("T7", "T8", "T9"):
        make_measure(session, code, indicators=1)
    made = make_round(session)
    session.commit()
    return made


@pytest.fixture
def organiser(app, session, opened):
    return browser(app, session)


def digest_of(page):
    return re.search(r'name="digest" value="([0-9a-f]+)"', page)[1]


def publish(organiser):
    """Look at the page, then publish what it shows."""
    page = organiser.get(PAGE).get_data(as_text=True)
    return organiser.post(PAGE, {"digest": digest_of(page)})


def test_without_a_change_there_is_nothing_to_publish(organiser):
    page = text_of(organiser.get(PAGE))

    assert "Rien à publier" in page
    assert "Publier</button>" not in page


@pytest.mark.parametrize(
    ("opens", "closes", "next_step"),
    [
        (1, 2, "Essayer, annoncer ou ouvrir le tour"),
        (-1, 1, "Suivre le tour"),
        (-2, -1, "Voir le tour fermé"),
    ],
)
def test_what_comes_next_is_a_step_that_the_round_has(
    organiser, session, opened, opens, closes, next_step
):
    opened.opens_at, opened.closes_at = (now() + timedelta(days=it) for it in (opens, closes))
    session.commit()

    steps = organiser.get(PAGE).text.partition("Et maintenant")[2]

    assert re.findall(r"<a href[^>]*>([^<]*)</a>", steps)[0] == next_step


def test_changes_are_counted_in_a_sentence_then_told_with_old_and_new_text(
    organiser, session, opened
):
    edit(session, opened, lambda o: changed(o, "observation", label={"fr": "Que voyez-vous ?"}))
    edit(
        session,
        opened,
        lambda o: replace(o, sections=(make_section("encart", make_question()), *o.sections)),
    )

    page = text_of(organiser.get(PAGE))

    assert (
        "1 question modifiée sur 3 formulaires, 1 ajoutée sur 1 ; 1 rubrique ajoutée sur 1" in page
    )
    assert '<del><span class="hidden">avant : </span><bdi>Qu\'observez-vous ?</bdi></del>' in page
    assert '<ins><span class="hidden">après : </span><bdi>Que voyez-vous ?</bdi></ins>' in page
    assert "1 formulaire : T7" in page
    assert "3 formulaires : T7, T8, T9" in page


def test_publishing_renews_the_forms_and_keeps_the_responses_on_the_version_they_saw(
    organiser, session, opened
):
    seen = respond(session, opened, "T7", {"observation": "Peu de places."})
    edit(session, opened, lambda o: changed(o, "observation", label={"fr": "Que voyez-vous ?"}))
    page = text_of(organiser.get(PAGE))
    assert "1 contribution garde la version qu'elle a vue" in page

    answer = publish(organiser)

    assert answer.status_code == 303
    assert "3 formulaires renouvelés, 1 inchangé" in text_of(organiser.get(PAGE))
    assert seen.questionnaire.version == 1
    measure = seen.questionnaire.measure
    assert instrument_of(session, measure).version == 2
    details = event(session, "outline_published").details
    assert details == {"opened": 0, "renewed": 3, "closed": 0, "unchanged": 1}


def test_contributions_to_an_earlier_version_of_a_form_are_counted_too(organiser, session, opened):
    long_ago = opened.opens_at - timedelta(days=90)
    respond(session, make_round(session, long_ago, long_ago + timedelta(days=9), "tour-0"), "T7")
    first = respond(session, opened, "T7")
    respond(session, opened, "T8", withdrawn_at=AT)
    publish_again(session, first.questionnaire.measure)
    respond(session, opened, "T7", revises=respond(session, opened, "T7"))
    respond(session, opened, None)
    edit(session, opened, lambda o: changed(o, "observation", label={"fr": "Que voyez-vous ?"}))

    page = text_of(organiser.get(PAGE))

    assert "2 contributions gardent la version qu'elles ont vue" in page


def test_what_changed_after_the_page_was_shown_is_shown_before_anything_is_published(
    organiser, session, opened
):
    edit(session, opened, lambda o: changed(o, "observation", label={"fr": "Un"}))
    text = organiser.get(PAGE).get_data(as_text=True)
    edit(session, opened, lambda o: changed(o, "observation", label={"fr": "Deux"}))

    answer = organiser.post(PAGE, {"digest": digest_of(text)})

    page = text_of(answer)
    assert answer.status_code == 409
    assert "Rien n'a été publié" in page
    assert "<bdi>Deux</bdi>" in page
    assert store.has_changes(session, opened)
    assert organiser.post(PAGE, {"digest": digest_of(page)}).status_code == 303


def test_second_click_publishes_nothing_more(organiser, session, opened):
    edit(session, opened, lambda o: changed(o, "observation", label={"fr": "Un"}))
    text = organiser.get(PAGE).get_data(as_text=True)
    organiser.post(PAGE, {"digest": digest_of(text)})

    again = organiser.post(PAGE, {"digest": digest_of(text)})

    assert again.status_code == 409
    assert "Rien à publier" in text_of(again)
    assert actions(session).count("outline_published") == 1


def test_change_of_the_plan_meanwhile_is_told_apart(organiser, session, opened):
    make_measure(session, "T10", indicators=1)
    edit(session, opened, lambda o: changed(o, "tool_useful", label={"fr": "Utile ?"}))

    page = text_of(organiser.get(PAGE))

    assert "1 question modifiée sur 1 formulaire" in page
    assert "1 formulaire s'ouvre (T10) : une mesure ou un indicateur a changé" in page
    assert publish(organiser).status_code == 303
    assert "Rien à publier" in text_of(organiser.get(PAGE))


def test_faults_stop_the_publication_and_lead_to_the_editor(organiser, session, opened):
    section = make_section("encart", make_question("q_x"), measures=("T7", "T99"))
    edit(session, opened, lambda o: replace(o, sections=(*o.sections, section)))

    page = text_of(organiser.get(PAGE))
    answer = organiser.post(PAGE, {"digest": digest_of(page)})

    assert "1 point à corriger avant de publier" in page
    assert "aucune mesure en vigueur n'a pour code « T99 »" in page.replace("Aucune", "aucune")
    assert 'href="/organisation/tours/tour-1/questionnaire/rubriques/encart"' in page
    assert "Publier</button>" not in page
    assert answer.status_code == 422
    assert store.has_changes(session, opened)


def test_form_asking_nothing_stops_the_publication(organiser, session, opened):
    on_the_tool = ("document", "whole_set", "method", "tool_suggestions")
    edit(
        session,
        opened,
        lambda o: type(o)(tuple(it for it in o.sections if it.code not in on_the_tool)),
    )

    page = text_of(organiser.get(PAGE))
    answer = organiser.post(PAGE, {"digest": digest_of(page)})

    assert "Le formulaire sur l'ensemble des indicateurs ne demande rien, sinon qui répond" in page
    assert answer.status_code == 422
    assert store.has_changes(session, opened)


def test_code_that_meant_something_else_is_refused_with_a_code_to_take(organiser, session, opened):
    standing = store.working(session, opened).question("standing")
    edit(session, opened, lambda o: changed(o, "standing", options=standing.options[:2]))

    page = text_of(organiser.get(PAGE))
    answer = organiser.post(PAGE, {"digest": digest_of(page)})

    assert "1 question change de sens" in text_of(organiser.get(OUTLINE))
    assert "1 question change de sens" in page
    assert "des réponses proposées disparaissent : « Non réalisée »" in page
    assert "<code>standing_2</code>" in page
    assert answer.status_code == 422
    assert not actions(session).count("outline_published")


def test_question_taken_out_and_given_again_another_kind_in_a_later_round_is_refused(
    organiser, session, opened
):
    edit(session, opened, lambda o: with_question(o, "progress", make_question("preuve")))
    publish(organiser)
    edit(session, opened, lambda o: without(o, "preuve"))
    publish(organiser)
    kind = QuestionKind.SINGLE_CHOICE
    again = make_question("preuve", kind=kind, options=options("Oui", "Non"))
    edit(session, opened, lambda o: with_question(o, "progress", again))

    page = text_of(organiser.get(PAGE))

    assert "le type de question change : texte long, puis une réponse au choix" in page


def test_missing_translation_is_counted_and_stops_nothing(organiser, session, opened):
    edit(session, opened, lambda o: changed(o, "observation", label={"fr": "Sans anglais"}))

    page = text_of(organiser.get(PAGE))

    assert "anglais (1) : leur français paraîtra" in page
    assert "Publier</button>" in page


def test_round_in_preparation_is_published_before_it_opens(organiser, session, opened):
    with writing(session):
        later = datetime.now(UTC) + timedelta(days=60)
        ready = make_round(session, later, later + timedelta(days=30), code="tour-2")
        ready.announced_at = None
    edit(session, ready, lambda o: changed(o, "observation", label={"fr": "Un"}))

    page = organiser.get("/organisation/tours/tour-2/publication").get_data(as_text=True)
    answer = organiser.post("/organisation/tours/tour-2/publication", {"digest": digest_of(page)})

    assert answer.status_code == 303
    assert publication_publish.publish(session, ready, later).renewed == []


def test_unpublished_round_says_how_many_forms_open(organiser, session, opened):
    with writing(session):
        later = datetime.now(UTC) + timedelta(days=60)
        session.add(
            Round(
                code="tour-2",
                title={"fr": "Deuxième tour"},
                opens_at=later,
                closes_at=later + timedelta(days=9),
            )
        )

    page = text_of(organiser.get("/organisation/tours/tour-2/publication"))

    assert "Première publication de ce tour : 4 formulaires s'ouvrent" in page


def test_hostile_labels_are_shown_and_never_run(organiser, session, opened):
    label = {"fr": "<script>alert(1)</script> <b>gras</b> مرحبا"}
    edit(session, opened, lambda o: changed(o, "observation", label=label))

    page = text_of(organiser.get(PAGE))

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &lt;b&gt;gras&lt;/b&gt; مرحبا" in page


def test_unfilled_question_of_the_person_stops_the_publication(organiser, session, opened):
    code = next(
        question.code
        for question in store.working(session, opened).questions
        if question.destination is Destination.CAPACITY
    )
    edit(session, opened, lambda o: without(o, code))

    page = text_of(organiser.get(PAGE))

    assert "La qualité de la personne qui répond n'est pas demandée partout" in page


def test_only_organisers_publish(app, session, opened):
    moderator = browser(app, session, "mod@association.example", Role.MODERATOR)
    stranger = app.test_client()

    assert moderator.get(PAGE).status_code == 403
    assert moderator.post(PAGE, {"digest": "x"}).status_code == 403
    assert stranger.get(PAGE, base_url="https://consultation.example").status_code == 303


def test_unknown_round_has_no_page(organiser):
    assert organiser.get("/organisation/tours/tour-9/publication").status_code == 404
    assert organiser.post("/organisation/tours/tour-9/publication").status_code == 404


def test_indicator_added_while_nothing_else_changes_is_published_from_the_page(
    organiser, session, opened
):
    measure = make_measure(session, "T20", indicators=1)
    publication_publish.publish(session, opened, datetime.now(UTC))
    make_indicator(session, measure, "T20.2", 2)

    page = text_of(organiser.get(PAGE))

    assert "Le questionnaire n'a pas changé, mais le plan, si." in page
    assert "1 formulaire est renouvelé (T20)" in page
