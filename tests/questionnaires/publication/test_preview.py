"""Preview: the page that a respondent will see, which stores nothing."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.accounts.models import AuditEvent, Role
from consultation.clock import now
from consultation.questionnaires.models import QuestionKind, Questionnaire
from consultation.questionnaires.outline.structure import Condition
from tests.accounts.builders import add_stand_ins
from tests.factories import make_indicator, make_measure, make_round
from tests.invitations.builders import text_of
from tests.questionnaires.publishing_builders import (
    browser,
    changed,
    edit,
    make_question,
    make_section,
    published_rows,
    with_question,
)

PAGE = "/organisation/tours/tour-1/apercu"


@pytest.fixture
def app(app):
    return add_stand_ins(app)


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def opened(session):
    make_measure(session, "T7", indicators=2)
    make_measure(session, "T8", indicators=0, is_shipped=True)
    made = make_round(session)
    session.commit()
    return made


@pytest.fixture
def organiser(app, session, opened):
    return browser(app, session)


def main_of(page):
    """What the page is about, without what is of one sending: the key, the numbers, the buttons."""
    markup = re.search(r"<div class=\"page.*</main>", page.get_data(as_text=True), re.DOTALL)[0]
    numbers = {}
    markup = re.sub(
        r"question_(\d+)",
        lambda name: f"question_{numbers.setdefault(name[1], len(numbers))}",
        markup,
    )
    markup = re.sub(r'(name="submission_key" value)="[^"]*"', r'\1=""', markup)
    markup = re.sub(r'(data-questionnaire)="[^"]*"', r'\1=""', markup)
    markup = re.sub(r'<div class="actions">.*?</div>', "", markup, flags=re.DOTALL)
    return [line.strip() for line in markup.splitlines() if line.strip()]


@pytest.mark.parametrize(
    ("form", "public"),
    [
        ("T7", "/mesures/T7/contribuer"),
        ("T8", "/mesures/T8/contribuer"),
        ("outil", "/outil/contribuer"),
    ],
)
@pytest.mark.parametrize("locale", ["fr", "en"])
def test_preview_is_the_form_to_the_letter_but_for_its_buttons(organiser, form, public, locale):
    prefix = "/en" if locale == "en" else ""

    page = organiser.get(f"{PAGE}/{form}?langue={locale}")

    real = organiser.get(f"{prefix}{public}")
    assert main_of(page) == [
        line.replace("/en/", "/") if "href" in line or "data-danger-words" in line else line
        for line in main_of(real)
        if not line.startswith(("<button", '<label class="tick tab-keeps"'))
    ]
    assert f'<html lang="{locale}">' in page.get_data(as_text=True)


def test_preview_says_that_nothing_is_kept_and_has_nothing_to_send(organiser):
    page = text_of(organiser.get(f"{PAGE}/T7"))

    assert "Aperçu : rien n'est enregistré" in page
    assert "<button" not in page
    assert "form.js" in page
    assert organiser.post(f"{PAGE}/T7", {"question_1": "keep"}).status_code >= 400


def test_preview_shows_what_is_not_yet_published_and_the_plan_of_now(organiser, session, opened):
    edit(session, opened, lambda o: changed(o, "observation", label={"fr": "Que voyez-vous ?"}))
    measure = make_measure(session, "T9", indicators=0)
    make_indicator(session, measure, "T9.1", label="Places neuves")
    session.commit()

    page = text_of(organiser.get(f"{PAGE}/T9"))

    assert "Que voyez-vous ?" in page
    assert "Places neuves (T9.1)" in page


def test_preview_stores_no_form_and_changes_none(organiser, session, opened):
    before = published_rows(session)

    organiser.get(f"{PAGE}/T7")
    organiser.get(f"{PAGE}?formulaire=T7")

    assert published_rows(session) == before
    assert session.scalar(sa.select(sa.func.count(Questionnaire.id))) == 3


def test_condition_shows_its_question_as_on_the_form(organiser, session, opened):
    question = make_question("detail", condition=Condition("standing", ("done",)))
    edit(session, opened, lambda o: with_question(o, "progress", question))

    page = text_of(organiser.get(f"{PAGE}/T7"))

    assert 'data-any-of="done"' in page
    assert "À remplir si vous avez répondu « Réalisée »" in page


@pytest.mark.parametrize(
    ("locale", "says"),
    [
        (
            "fr",
            "si vous avez répondu « 1 », « 2 » ou « je ne sais pas » à « Votre note »",
        ),
        ("en", "To be filled in if you answered “1”, “2” or “I don"),
    ],
)
def test_condition_on_a_scale_names_its_notes(organiser, session, opened, locale, says):
    scale = {"minimum": 1, "maximum": 5}
    note = make_question("note", "Votre note", QuestionKind.SCALE, settings=scale)
    detail = make_question("detail", condition=Condition("note", ("1", "2", "none")))
    for question in (note, detail):
        edit(session, opened, lambda o, added=question: with_question(o, "progress", added))

    page = text_of(organiser.get(f"{PAGE}/T7?langue={locale}"))

    assert says in page


def test_insert_is_only_on_the_forms_that_it_names(organiser, session, opened):
    section = make_section("encart", make_question("seul", "Rien qu'ici ?"))
    edit(session, opened, lambda o: type(o)((*o.sections, section)))

    assert "Rien qu'ici ?" in text_of(organiser.get(f"{PAGE}/T7"))
    assert "Rien qu'ici ?" not in text_of(organiser.get(f"{PAGE}/T8"))


def test_questions_with_faults_are_named_instead_of_a_form(organiser, session, opened):
    question = make_question("detail", condition=Condition("absente", ("oui",)))
    edit(session, opened, lambda o: with_question(o, "progress", question))

    page = text_of(organiser.get(f"{PAGE}/T7"))

    assert "Pas d'aperçu pour l'instant" in page
    assert "la condition renvoie à une question qui n'existe pas" in page.replace("La c", "la c")


def test_preview_is_in_the_languages_of_the_round(organiser, session, opened):
    assert '<option value="en"' in organiser.get(PAGE).text
    assert 'lang="en"' in organiser.get(f"{PAGE}/T7?langue=en").text

    opened.languages = ["fr"]
    session.commit()

    assert '<option value="en"' not in organiser.get(PAGE).text
    assert 'lang="en"' not in organiser.get(f"{PAGE}/T7?langue=en").text


def test_phone_preview_is_a_frame_that_only_our_pages_may_hold(organiser):
    holder = organiser.get(f"{PAGE}?formulaire=T7&langue=en")
    held = organiser.get(f"{PAGE}/T7?langue=en")
    other = organiser.get("/mesures/T7/contribuer")

    assert '<iframe class="phone" src="/organisation/tours/tour-1/apercu/T7?langue=en"' in (
        text_of(holder)
    )
    policy = holder.headers["Content-Security-Policy"]
    assert "frame-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    policy = held.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "form-action 'none'" in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]


def test_full_width_is_the_form_itself(organiser):
    answer = organiser.get(f"{PAGE}?formulaire=outil&largeur=full")

    assert answer.status_code == 303
    assert answer.location == f"{PAGE}/outil?langue=fr"


def test_looking_at_a_phone_preview_is_noted_once_an_hour(organiser, session):
    with time_machine.travel(now(), tick=False) as clock:
        organiser.get(PAGE)
        organiser.get(f"{PAGE}?formulaire=T7")
        organiser.get(f"{PAGE}?formulaire=T8")
        organiser.get(f"{PAGE}?formulaire=T8&largeur=full")
        for _ in range(3):
            clock.shift(timedelta(minutes=25))
            organiser.get(f"{PAGE}?formulaire=T7")

    noted = session.execute(
        sa.select(AuditEvent.subject, AuditEvent.details)
        .where(AuditEvent.action == "form_previewed")
        .order_by(AuditEvent.id)
    )
    assert [tuple(row) for row in noted] == [
        ("tour-1", {"width": "phone"}),
        ("tour-1", {"width": "full"}),
        ("tour-1", {"width": "phone"}),
    ]


def test_unknown_form_has_no_preview(organiser):
    assert organiser.get(f"{PAGE}/T99").status_code == 404
    assert organiser.get("/organisation/tours/tour-9/apercu").status_code == 404


@pytest.mark.parametrize("query", ["", "?formulaire=T99"])
def test_preview_opens_with_the_first_form(organiser, query):
    page = organiser.get(f"{PAGE}{query}")

    assert re.search(r'<option value="T7" selected', page.text)
    assert re.search(rf'<iframe [^>]*src="{PAGE}/T7', page.text)


def test_only_organisers_preview(app, session, opened):
    moderator = browser(app, session, "mod@association.example", Role.MODERATOR)

    assert moderator.get(PAGE).status_code == 403
    assert moderator.get(f"{PAGE}/T7").status_code == 403
    assert app.test_client().get(f"{PAGE}/T7").status_code == 303
