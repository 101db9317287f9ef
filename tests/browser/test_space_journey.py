"""Twelve measures, two devices and more than a day between them: one respondent, told once."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from consultation.clock import now
from consultation.db.base import writing
from consultation.plan.models import Measure
from consultation.questionnaires.publication import publish
from consultation.questionnaires.rounds import queries
from consultation.responses.models import (
    Answer,
    Contact,
    Draft,
    PersonalLink,
    Respondent,
    RespondentSession,
    Response,
    Submission,
)
from consultation.responses.rights.erasure import ERASED_TEXT
from tests.factories import make_measure, publish_again

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
AWAY = timedelta(hours=26)
AGED = (
    RespondentSession.created_at, RespondentSession.seen_at, PersonalLink.created_at,
    PersonalLink.opened_at, Draft.saved_at, Submission.received_at, Response.submitted_at,
)  # fmt: skip
SPACE = "/contributions/"
MORE = "Que souhaitez-vous ajouter"
SEND = re.compile("Envoyer (ma contribution|la correction)")
SAVE = "Enregistrer et reprendre plus tard"
TYPED = {
    "Votre organisation": "Association d’essai",
    "Votre nom": "Nom d’essai",
    "Votre adresse électronique": "jeanne@exemple.fr",
}
CHOSEN = {
    "À quel titre répondez-vous": "citizen",
    "De quel territoire parlez-vous": "bretagne",
}
AGREED = ("Le collectif peut m’écrire",)


class Device:
    """One browser of the respondent."""

    def __init__(self, page):
        self.page = page

    def introduce(self):
        """Fill in the section « Vous »."""
        for label, option in CHOSEN.items():
            self.page.get_by_label(label).select_option(option)
        for label, text in TYPED.items():
            self.page.get_by_label(label).fill(text)
        for label in AGREED:
            self.page.get_by_label(label).check()

    def is_introduced(self):
        """See that the section « Vous » is filled in, without typing."""
        for label, value in (CHOSEN | TYPED).items():
            expect(self.page.get_by_label(label)).to_have_value(value)
        for label in AGREED:
            expect(self.page.get_by_label(label)).to_be_checked()

    def open(self, link):
        self.page.goto(link)
        self.press("Ouvrir mon espace")
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Mon espace")

    def follow(self, name):
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=name).first.click()

    def press(self, name):
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name).first.click()

    def ask(self, code):
        """Open the form of one measure from the space."""
        self.page.goto(SPACE)
        self.follow(re.compile(rf"^{code} "))
        expect(self.page).to_have_url(re.compile(f"/contributions/mesures/{code}$"))

    def write(self, text, button=SEND):
        self.page.get_by_label(MORE).fill(text)
        self.press(button)

    def answer(self, text):
        """Add a text to the form that is shown, and send it."""
        self.write(text)
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("est enregistrée")

    def answer_next(self, code):
        """Answer the measure that the space suggests, which is the one of that code."""
        self.page.goto(SPACE)
        self.follow("Mesure suivante :")
        expect(self.page).to_have_url(re.compile(f"/contributions/mesures/{code}$"))
        self.answer(f"Texte sur {code}")

    def sees_in_space(self, *texts):
        self.page.goto(SPACE)
        for text in texts:
            expect(self.page.get_by_text(text).first).to_be_visible()


@pytest.fixture
def twelve(session):
    """The ten themes of the plan, and two more measures, in the round that is open."""
    with writing(session()):
        for code in ("T11", "T12"):
            make_measure(session, code, f"Mesure d'essai {code}")
        publish.publish(session(), queries.last(session()), now())


@pytest.fixture(
    params=[
        pytest.param(True, id="with scripts"),
        pytest.param(False, id="without scripts", marks=pytest.mark.once),
    ]
)
def devices(request, browser, site, twelve):
    """A phone and a computer, which share nothing."""
    contexts = [
        browser.new_context(
            base_url=site.address,
            viewport=size,
            java_script_enabled=request.param,
            locale="fr-FR",
        )
        for size in (PHONE, DESKTOP)
    ]
    yield [Device(context.new_page()) for context in contexts]
    for context in contexts:
        context.close()


def test_twelve_measures_on_two_devices_from_the_first_word_to_the_erasure(devices, session):
    phone, computer = devices

    link = begin_on_the_phone(phone)
    left_open = phone.page.context.new_page()
    left_open.goto("/contributions/mesures/T7")
    be_away(session)
    republish(session, "T6")
    come_back_on_the_computer(phone, computer, link)
    send_the_form_that_was_left_open(Device(left_open))
    settle_a_conflict(phone, computer, link)
    finish_on_the_computer(computer)
    correct_one(computer)
    withdraw_one(computer)
    erase(phone, computer, link)

    everything_is_of_one_person_without_a_name(session)


def begin_on_the_phone(phone):
    """Introduce oneself once, answer five measures and begin a sixth; return the link."""
    phone.page.goto("/mesures/T1/contribuer")
    phone.introduce()
    phone.answer("Texte sur T1")
    link = phone.page.locator(".personal-link").inner_text()
    phone.press("Mesure suivante :")
    expect(phone.page).to_have_url(re.compile("/contributions/mesures/T2$"))
    phone.is_introduced()
    phone.answer("Texte sur T2")
    for code in ("T3", "T4", "T5"):
        phone.answer_next(code)
    phone.ask("T6")
    phone.write("Commencé sur le téléphone", SAVE)
    expect(phone.page.locator("#notice")).to_contain_text("Brouillon enregistré")
    phone.sees_in_space("Vous avez répondu à 5 mesures sur 12", "brouillon")
    return link


def be_away(session):
    """Let 26 hours pass, as the rows of the space, its links and what was sent tell them."""
    with writing(session()):
        for model in {column.class_ for column in AGED}:
            for row in session.query(model):
                for column in AGED:
                    value = getattr(row, column.key) if column.class_ is model else None
                    if value is not None:
                        setattr(row, column.key, value - AWAY)


def republish(session, code):
    """Give the form of a measure a new version, in which an indicator is worded otherwise."""
    with writing(session()):
        publish_again(session, session.query(Measure).filter_by(code=code).one())


def come_back_on_the_computer(phone, computer, link):
    """The space has closed on the phone; the link opens it on the computer, nothing is lost."""
    assert phone.page.goto(SPACE).status == 403
    computer.open(link)
    computer.sees_in_space("Vous avez répondu à 5 mesures sur 12")
    computer.ask("T6")
    expect(computer.page.get_by_label(MORE)).to_have_value("Commencé sur le téléphone")
    expect(computer.page.get_by_role("heading", name="Places ouvertes")).to_be_visible()
    computer.is_introduced()


def send_the_form_that_was_left_open(phone):
    """What was on the screen all that time is stored, though the space has closed since."""
    phone.answer("Texte sur T7")
    phone.page.close()


def settle_a_conflict(phone, computer, link):
    """Both devices go on with one draft: the second is shown both texts, and puts them together."""
    phone.open(link)
    phone.ask("T6")
    computer.write("Repris sur l’ordinateur", SAVE)
    expect(computer.page.locator("#notice")).to_contain_text("Brouillon enregistré")

    phone.write("Repris sur le téléphone", SAVE)

    expect(phone.page.locator("#notice")).to_contain_text("Ce brouillon a changé")
    expect(phone.page.locator("#notice")).to_contain_text("Repris sur l’ordinateur")
    expect(phone.page.get_by_label(MORE)).to_have_value("Repris sur le téléphone")
    phone.write("Repris sur l’ordinateur et sur le téléphone", SAVE)
    computer.ask("T6")
    both = computer.page.get_by_label(MORE)
    expect(both).to_have_value("Repris sur l’ordinateur et sur le téléphone")
    computer.press(SEND)
    expect(computer.page.get_by_role("heading", level=1)).to_contain_text("est enregistrée")


def finish_on_the_computer(computer):
    computer.sees_in_space("Vous avez répondu à 7 mesures sur 12")
    for code in ("T8", "T9", "T10", "T11", "T12"):
        computer.answer_next(code)
    computer.sees_in_space("Vous avez répondu à 12 mesures sur 12", "Vous avez répondu sur toutes")


def correct_one(computer):
    computer.ask("T3")
    expect(computer.page.get_by_label(MORE)).to_have_value("Texte sur T3")
    computer.answer("Texte sur T3, corrigé")
    computer.sees_in_space("Vous avez répondu à 12 mesures sur 12", "version 2")


def withdraw_one(computer):
    card = computer.page.locator("article.card").filter(has_text="Texte sur T9")
    card.get_by_role("link", name="Retirer la contribution").click()
    computer.press("Retirer cette contribution")
    expect(computer.page.get_by_text("comptée comme retirée")).to_be_visible()
    computer.sees_in_space("Vous avez répondu à 11 mesures sur 12")


def erase(phone, computer, link):
    computer.follow("Effacer mes données personnelles")
    computer.page.get_by_label("Effacer aussi mes textes").check()
    computer.page.get_by_label("J’ai compris").check()
    computer.press("Effacer maintenant")
    expect(computer.page.get_by_role("heading", level=1)).to_have_text("C’est effacé")

    assert [device.page.goto(SPACE).status for device in (phone, computer)] == [403, 403]
    assert [device.page.goto(link).status for device in (phone, computer)] == [404, 404]
    computer.page.go_back()
    expect(computer.page.get_by_text("Texte sur")).to_have_count(0)


def everything_is_of_one_person_without_a_name(session):
    """One respondent, twelve measures, thirteen revisions: figures stay, names and texts do not."""
    session.rollback()
    session.expire_all()
    respondent = session.scalars(sa.select(Respondent)).one()
    responses = session.scalars(sa.select(Response)).all()
    assert respondent.erased_at is not None
    assert {response.respondent_id for response in responses} == {respondent.id}
    assert len({response.questionnaire.measure_id for response in responses}) == 12
    assert (len(responses), sum(r.superseded_at is not None for r in responses)) == (13, 1)
    assert sum(response.withdrawn_at is not None for response in responses) == 1
    for left in (Contact, Draft):
        assert session.scalars(sa.select(left)).all() == []
    texts = session.scalars(sa.select(Answer.text).where(Answer.text.is_not(None)))
    assert set(texts) == {ERASED_TEXT}
