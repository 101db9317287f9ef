"""Drafts in a space are kept as they were typed, and never overwrite each other."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.operations.retention import apply, notices
from consultation.questionnaires.models import Round
from consultation.responses.drafts import store
from consultation.responses.models import Draft, Respondent, Response
from consultation.responses.submission.key import SubmissionKey
from tests.accounts.builders import make_account
from tests.factories import instrument_of, make_measure, make_round, publish_again
from tests.questionnaires.form_reader import fields_of
from tests.responses.conftest import Form, hidden
from tests.responses.two_measures import consultation_round as consultation_round
from tests.responses.two_measures import fields
from tests.responses.two_measures import link as link
from tests.responses.two_measures import other_form as other_form
from tests.responses.two_measures import other_measure as other_measure

SPACE_FORM = "/contributions/mesures/T8"
LONG = "عبارة طويلة — l’été 🙂\n  deux espaces  "


@pytest.fixture
def devices(client, app, link):
    """A telephone and a computer on which the same space is open."""
    both = client, app.test_client()
    for device in both:
        device.post(link)
    return both


def save(client, form, page, **answers):
    sent = fields(form, page, **answers) | {"intent": "save"}
    return client.post(SPACE_FORM, data=sent, follow_redirects=True)


def drafts(session):
    session.rollback()
    return session.scalars(sa.select(Draft)).all()


def test_saved_form_opens_again_as_it_was_typed_and_sends_nothing(
    client, link, other_form, session
):
    client.post(link)
    half = {"suggestions": LONG, "email": "jeanne@", "T8_1__proposed_wording": "Sans condition"}

    page = save(client, other_form, client.get(SPACE_FORM), **half)

    assert "Brouillon enregistré le" in page.text
    assert LONG.strip() in page.text
    assert 'value="jeanne@"' in page.text
    assert "Sans condition" in page.text
    assert "Erreur" not in page.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Response)) == 1
    assert "brouillon" in client.get("/contributions/").text


def test_draft_is_unreadable_in_the_database(client, link, other_form, session):
    client.post(link)

    save(client, other_form, client.get(SPACE_FORM), suggestions="Texte secret")

    raw = session.execute(sa.text("SELECT fields FROM draft")).scalar_one()
    assert b"secret" not in bytes(raw)


def test_second_device_overwrites_nothing_and_is_shown_both_texts(devices, other_form, session):
    phone, computer = devices
    on_phone, on_computer = phone.get(SPACE_FORM), computer.get(SPACE_FORM)
    save(phone, other_form, on_phone, suggestions="Écrit sur le téléphone")

    refused = save(computer, other_form, on_computer, suggestions="Écrit sur l’ordinateur")

    assert refused.status_code == 409
    assert "Écrit sur le téléphone" in refused.text
    assert "Écrit sur l’ordinateur" in refused.text
    (kept,) = drafts(session)
    assert "téléphone" in kept.fields
    assert "ordinateur" not in kept.fields

    again = save(computer, other_form, refused, suggestions="Les deux réunis")

    assert again.status_code == 200
    assert "Les deux réunis" in drafts(session)[0].fields


def filled_with(page):
    return re.search(r'data-filled="([^"]*)"', page.text)[1]


def test_form_says_whether_the_space_fills_it_with_what_its_script_saved_last(devices, other_form):
    phone, computer = devices
    page = phone.get(SPACE_FORM)
    sent = fields(other_form, page, suggestions="Un début\r\net la suite") | {"intent": "save"}
    saved = phone.post(SPACE_FORM, data=sent, headers={"Accept": "application/json"})
    again, there = phone.get(SPACE_FORM), computer.get(SPACE_FORM)
    save(computer, other_form, there, suggestions="Autre chose")
    other = phone.get(SPACE_FORM)
    save(computer, other_form, computer.get(SPACE_FORM), suggestions="Un début\r\net la suite")
    back = phone.get(SPACE_FORM)

    own = saved.get_json()["filled"]
    assert filled_with(again) == filled_with(there) == own
    assert len({filled_with(it) for it in (page, again, other, back)}) == 4


def test_form_says_that_the_space_fills_it_otherwise_once_it_was_sent_or_one_is_another(
    devices, form, other_form
):
    phone, computer = devices
    empty = phone.get(SPACE_FORM)
    elsewhere = fields(form, computer.get("/contributions/mesures/T7"), organisation="L'Élan")
    computer.post("/contributions/mesures/T7", data=elsewhere)
    known = phone.get(SPACE_FORM)
    sent = fields(other_form, known, organisation="L'Élan", suggestions="Dit")
    computer.post(SPACE_FORM, data=sent)
    first = phone.get(SPACE_FORM)
    sent = fields(other_form, first, organisation="L'Élan", suggestions="Redit")
    computer.post(SPACE_FORM, data=sent)
    second = phone.get(SPACE_FORM)
    refused = save(computer, other_form, empty, suggestions="Autre chose")

    assert len({filled_with(page) for page in (empty, known, first, second)}) == 4
    assert "data-filled" not in refused.text


def test_sending_the_form_ends_its_draft(client, link, other_form, session):
    client.post(link)
    page = save(client, other_form, client.get(SPACE_FORM), suggestions="À finir")

    client.post(SPACE_FORM, data=fields(other_form, page, suggestions="Fini"))

    assert drafts(session) == []
    assert session.scalar(sa.select(sa.func.count()).select_from(Response)) == 2


def test_form_ends_the_draft_that_it_saved_though_its_answer_was_lost(
    client, link, other_form, session
):
    client.post(link)
    page = client.get(SPACE_FORM)
    by_itself = fields(other_form, page, suggestions="À fin") | {"intent": "save"}
    saved = client.post(SPACE_FORM, data=by_itself, headers={"Accept": "application/json"})

    client.post(SPACE_FORM, data=fields(other_form, page, suggestions="À finir, et fini"))

    assert saved.get_json()["revision"] == 1
    assert drafts(session) == []


def test_form_goes_on_with_the_draft_that_it_saved_though_its_answer_was_lost(
    client, link, other_form, session
):
    client.post(link)
    page = client.get(SPACE_FORM)
    save(client, other_form, page, suggestions="À fin")

    again = save(client, other_form, page, suggestions="À finir")

    assert again.status_code == 200
    (kept,) = drafts(session)
    assert ("À finir" in kept.fields, kept.revision) == (True, 2)


def test_line_ends_of_a_script_make_no_other_version(devices, other_form, session):
    phone, computer = devices
    on_phone, on_computer = phone.get(SPACE_FORM), computer.get(SPACE_FORM)
    save(phone, other_form, on_phone, suggestions="Un début\net la suite")

    same = save(computer, other_form, on_computer, suggestions="Un début\r\net la suite")
    other = save(computer, other_form, on_computer, suggestions="Un début\r\n\r\net la suite")

    assert (same.status_code, other.status_code) == (200, 409)
    (kept,) = drafts(session)
    assert kept.revision == 1


@pytest.mark.parametrize("saved_by", ["the other form", None])
def test_form_whose_answer_was_lost_overwrites_nothing_that_another_device_saved_over_it(
    devices, other_form, session, saved_by
):
    phone, computer = devices
    page = phone.get(SPACE_FORM)
    save(phone, other_form, page, suggestions="À fin")
    save(computer, other_form, computer.get(SPACE_FORM), suggestions="Écrit sur l’ordinateur")
    if saved_by is None:  # as nobody noted it once
        session.execute(sa.update(Draft).values(saved_by=None))
        session.commit()

    refused = save(phone, other_form, page, suggestions="À finir")

    assert refused.status_code == 409
    (kept,) = drafts(session)
    assert "Écrit sur l’ordinateur" in kept.fields


def test_sending_the_form_leaves_what_another_device_has_saved_meanwhile(
    devices, other_form, session
):
    phone, computer = devices
    on_phone, on_computer = phone.get(SPACE_FORM), computer.get(SPACE_FORM)
    save(phone, other_form, on_phone, suggestions="Écrit sur le téléphone")

    sent = computer.post(
        SPACE_FORM, data=fields(other_form, on_computer, suggestions="Écrit sur l’ordinateur")
    )

    assert sent.status_code == 303
    (kept,) = drafts(session)
    assert "téléphone" in kept.fields
    assert "Écrit sur le téléphone" in phone.get(SPACE_FORM).text
    assert "brouillon" in phone.get("/contributions/").text


def test_sending_over_what_was_sent_meanwhile_ends_the_draft_it_came_from(
    devices, other_form, session
):
    phone, computer = devices
    on_computer, on_phone = computer.get(SPACE_FORM), phone.get(SPACE_FORM)
    by_itself = fields(other_form, on_phone, suggestions="À fin") | {"intent": "save"}
    phone.post(SPACE_FORM, data=by_itself, headers={"Accept": "application/json"})
    computer.post(SPACE_FORM, data=fields(other_form, on_computer, suggestions="Envoyé là-bas"))
    begun = len(drafts(session))
    answer = phone.post(SPACE_FORM, data=fields(other_form, on_phone, suggestions="À finir ici"))

    sent = phone.post(SPACE_FORM, data=fields(other_form, answer, suggestions="Fini ici"))

    assert (begun, answer.status_code, sent.status_code) == (1, 409, 303)
    assert drafts(session) == []


def test_form_that_is_asked_about_goes_on_with_the_draft_it_was_given_out_over(
    devices, other_form, session
):
    phone, computer = devices
    on_computer = computer.get(SPACE_FORM)
    on_phone = save(phone, other_form, phone.get(SPACE_FORM), suggestions="À finir")
    sent = fields(other_form, on_computer, suggestions="Envoyé là-bas")
    computer.post(SPACE_FORM, data=sent)

    own = phone.post(SPACE_FORM, data=fields(other_form, on_phone, suggestions="Fini ici"))
    older = fields(other_form, on_phone, suggestions="Fini ici") | {"draft_revision": "0"}
    others = phone.post(SPACE_FORM, data=older)

    assert (own.status_code, others.status_code) == (409, 409)
    assert (hidden(own, "draft_revision"), hidden(others, "draft_revision")) == ("1", "0")


def test_sending_a_form_ends_no_draft_of_another_measure_or_of_anybody_else(
    client, app, form, link, other_form, session
):
    stranger = app.test_client()
    page = stranger.post(form.path, data=form.data(), follow_redirects=True)
    stranger.post(re.search(r"(/contributions/ouvrir/[\w.-]+)", page.text)[1])
    save(stranger, other_form, stranger.get(SPACE_FORM), suggestions="D’une autre personne")
    client.post(link)
    elsewhere = "/contributions/mesures/T7"
    begun = fields(form, client.get(elsewhere), suggestions="Sur l’autre mesure")
    client.post(elsewhere, data=begun | {"intent": "save"})
    on_it = save(client, other_form, client.get(SPACE_FORM), suggestions="À finir")

    client.post(SPACE_FORM, data=fields(other_form, on_it, suggestions="Fini"))

    left = sorted(draft.fields for draft in drafts(session))
    assert ["D’une autre personne" in left[0], "Sur l’autre mesure" in left[1]] == [True, True]


def test_earlier_draft_ends_whoever_saved_it(client, link, other_form, session):
    client.post(link)
    page = client.get(SPACE_FORM)
    save(client, other_form, page, suggestions="À finir")
    session.execute(sa.update(Draft).values(saved_by=None))
    session.commit()

    client.post(SPACE_FORM, data=fields(other_form, page, suggestions="Fini"))

    assert drafts(session) == []


def test_impossible_revision_of_a_draft_is_none(client, link, other_form, session):
    client.post(link)
    page = client.get(SPACE_FORM)
    sent = fields(other_form, page, suggestions="Fini") | {"draft_revision": "9" * 40}

    answer = client.post(SPACE_FORM, data=sent)

    assert answer.status_code == 303


def test_draft_goes_on_with_the_new_version_of_its_form(
    client, link, other_form, other_measure, session
):
    client.post(link)
    save(client, other_form, client.get(SPACE_FORM), T8_2__reason="Trop vague", suggestions="Oui")
    publish_again(session, other_measure)

    page = client.get(SPACE_FORM)
    newer = Form(session, other_measure)
    newer.instrument = instrument_of(session, other_measure)
    saved = save(client, newer, page, suggestions="Oui, encore")

    assert "Trop vague" in page.text
    assert saved.status_code == 200
    (kept,) = drafts(session)
    assert kept.questionnaire_id == newer.instrument.id


def test_same_words_in_a_new_version_of_the_form_are_a_draft_of_that_version(
    client, link, other_form, other_measure, session
):
    client.post(link)
    save(client, other_form, client.get(SPACE_FORM), suggestions="Oui")
    publish_again(session, other_measure)
    newer = Form(session, other_measure)
    newer.instrument = instrument_of(session, other_measure)

    save(client, newer, client.get(SPACE_FORM), suggestions="Oui")

    (kept,) = drafts(session)
    assert kept.questionnaire_id == newer.instrument.id


def test_draft_being_saved_by_another_process_is_not_overwritten(client, link, other_form, session):
    client.post(link)
    save(client, other_form, client.get(SPACE_FORM), suggestions="Un début")
    (stored,) = drafts(session)
    instrument = other_form.instrument
    key = SubmissionKey("k" * 22, instrument.public_id, now())
    suggestions = next(it.id for it in instrument.questions if it.code == "suggestions")
    elsewhere = sa.update(Draft).values(revision=Draft.revision + 1)

    with writing(session):
        assert session.get_one(Draft, stored.id).revision == 1
        session.execute(elsewhere, execution_options={"synchronize_session": False})
        with pytest.raises(StaleEdit):
            store.save(
                session, stored.respondent_id, instrument, {suggestions: ["Autre"]},
                key=key, seen=1, at=now(),
            )  # fmt: skip
    session.expire_all()

    (kept,) = drafts(session)
    assert ("Un début" in kept.fields, kept.revision) == (True, 2)


def test_returned_form_is_saved_over_the_draft_that_it_went_on_with(
    client, link, other_form, session
):
    client.post(link)
    page = save(client, other_form, client.get(SPACE_FORM), suggestions="Un début")
    wrong = fields(other_form, page, suggestions="Un début, une suite", email="jeanne@")

    refused = client.post(SPACE_FORM, data=wrong)
    saved = save(client, other_form, refused, suggestions="Un début, une suite")

    assert refused.status_code == 422
    assert saved.status_code == 200
    assert "Un début, une suite" in drafts(session)[0].fields


def test_form_that_found_its_space_closed_is_saved_once_it_is_open_again(
    client, link, other_form, session
):
    client.post(link)
    page = save(client, other_form, client.get(SPACE_FORM), suggestions="Un début")
    client.post("/contributions/fermer")
    refused = save(client, other_form, page, suggestions="Un début, une suite")

    client.post(link)
    saved = save(client, other_form, refused, suggestions="Un début, une suite")

    assert "Votre espace s’est refermé" in refused.text
    assert saved.status_code == 200
    assert "Un début, une suite" in drafts(session)[0].fields


def test_closed_space_saves_nothing_and_keeps_the_text(client, link, other_form, session):
    client.post(link)
    page = client.get(SPACE_FORM)
    client.post("/contributions/fermer")

    refused = save(client, other_form, page, suggestions="Pas perdu")

    assert refused.status_code == 409
    assert "Votre espace s’est refermé" in refused.text
    assert "Pas perdu" in refused.text
    assert drafts(session) == []
    assert session.scalar(sa.select(sa.func.count()).select_from(Response)) == 1


def test_closed_round_saves_nothing_after_the_grace(
    client, link, other_form, session, consultation_round
):
    client.post(link)
    page = client.get(SPACE_FORM)
    consultation_round.closes_at = now() - timedelta(hours=3)
    session.commit()

    refused = save(client, other_form, page, suggestions="Trop tard")

    assert refused.status_code == 403
    assert "Trop tard" in refused.text
    assert drafts(session) == []


@pytest.mark.parametrize("since", [timedelta(minutes=1), timedelta(hours=3)])
def test_after_the_closing_a_draft_opens_to_be_read_and_copied(
    client, link, other_form, session, consultation_round, since
):
    client.post(link)
    typed = {"suggestions": LONG, "T8_1__stance": "drop", "email": "jeanne@"}
    save(client, other_form, client.get(SPACE_FORM), **typed)
    consultation_round.closes_at = now() - since
    session.commit()

    page = client.get(SPACE_FORM)

    assert page.status_code == 200
    assert "La consultation est terminée" in page.text
    assert LONG in page.text
    assert "jeanne@" in page.text
    assert "en passer" in page.text
    for ending in ("pdf", "json"):
        assert f'href="/contributions/copie.{ending}"' in page.text
    assert "<form" not in page.text.partition("<main")[2]
    (copied,) = client.get("/contributions/copie.json").json["drafts"]
    assert {"value": LONG, "label": None} in [
        value for answer in copied["answers"] for value in answer["values"]
    ]


def test_draft_of_an_earlier_round_is_not_put_into_the_form_of_the_next(
    client, link, other_form, session, consultation_round
):
    client.post(link)
    save(client, other_form, client.get(SPACE_FORM), suggestions=LONG)
    consultation_round.closes_at = now() - timedelta(days=1)
    make_round(session, opens_at=now() - timedelta(hours=1), code="tour-2")
    session.commit()

    page = client.get(SPACE_FORM)

    assert "La consultation est terminée" in page.text
    assert LONG in page.text
    assert "submission_key" not in page.text


@pytest.fixture
def respondent(session, link):
    """Who answered on T7."""
    return lambda: session.rollback() or session.scalars(sa.select(Respondent)).one()


def test_draft_begun_before_one_said_who_one_is_takes_nothing_of_it_back(
    client, link, form, other_form, session, respondent
):
    client.post(link)
    save(client, other_form, client.get(SPACE_FORM), suggestions="Sans dire qui", capacity="")
    known = {"email": "jeanne@exemple.fr", "organisation": "L'Élan", "consent_contact": "yes"}
    first = client.get("/contributions/mesures/T7")
    client.post("/contributions/mesures/T7", data=fields(form, first, **known))

    page = client.get(SPACE_FORM)
    client.post(SPACE_FORM, data=fields_of(page, "submission_key"))

    assert "Sans dire qui" in page.text
    stored = respondent()
    assert (stored.organisation, stored.consent_contact) == ("L'Élan", True)
    assert stored.contact.address == "jeanne@exemple.fr"


def test_withdrawn_consent_is_not_brought_back_by_a_draft(
    client, link, form, other_form, respondent
):
    client.post(link)
    given = {"email": "jeanne@exemple.fr", "consent_named": "yes", "suggestions": "Brouillon"}
    given["organisation"] = "Foyer"
    first = client.get("/contributions/mesures/T7")
    client.post("/contributions/mesures/T7", data=fields(form, first, **given))
    save(client, other_form, client.get(SPACE_FORM), **given)
    me = client.get("/contributions/moi")
    nothing = dict.fromkeys(re.findall(r'name="(question_\d+)"', me.text), "")
    answer = re.search(r'for="(question_\d+)">À quel titre répondez-vous', me.text)[1]
    client.post("/contributions/moi", data=nothing | {answer: "citizen"})

    page = client.get(SPACE_FORM)
    client.post(SPACE_FORM, data=fields_of(page, "submission_key"))

    assert "Brouillon" in page.text
    assert "jeanne@exemple.fr" not in page.text
    stored = respondent()
    assert (stored.consent_named, stored.contact.address) == (False, None)


def test_what_a_draft_says_of_oneself_stands_until_it_is_said_elsewhere(
    client, link, other_form, session
):
    client.post(link)
    save(client, other_form, client.get(SPACE_FORM), organisation="Foyer", consent_contact="yes")

    page = fields_of(client.get(SPACE_FORM), "submission_key")

    assert page[other_form.name("organisation")] == ["Foyer"]
    assert page[other_form.name("consent_contact")] == ["yes"]


def test_form_of_a_round_is_not_saved_in_a_space_of_another(
    client, link, form, other_measure, session, consultation_round
):
    client.post(link)
    consultation_round.closes_at = now() - timedelta(days=40)
    consultation_round.opens_at = now() - timedelta(days=80)
    make_round(session, opens_at=now() - timedelta(hours=1), code="tour-2")
    session.commit()
    later = Form(session, other_measure)

    sent = later.data(suggestions=LONG) | {"intent": "save"}
    saved = client.post(later.path, data=sent, follow_redirects=True)

    (draft,) = drafts(session)
    assert session.get(Respondent, draft.respondent_id).round_id != consultation_round.id
    assert "Continuer le formulaire" in saved.text


def test_form_never_begun_shows_no_draft_once_closed(
    client, app, link, other_form, session, consultation_round
):
    client.post(link)
    save(client, other_form, client.get(SPACE_FORM), suggestions="Sur T8")
    consultation_round.closes_at = now() - timedelta(hours=3)
    session.commit()

    assert "Sur T8" not in client.get("/contributions/mesures/T7").text
    assert "Sur T8" not in app.test_client().get("/mesures/T8/contribuer").text


def test_form_sent_after_the_grace_is_refused_with_its_text(
    client, link, other_form, session, consultation_round
):
    client.post(link)
    pages = {SPACE_FORM: client.get(SPACE_FORM), other_form.path: client.get(other_form.path)}
    consultation_round.closes_at = now() - timedelta(hours=3)
    session.commit()

    for path, page in pages.items():
        sent = other_form.data(key=hidden(page, "submission_key"), suggestions=LONG)
        refused = client.post(path, data=sent)

        assert refused.status_code == 403
        assert LONG in refused.text
        assert "<button" not in refused.text.partition("data-form")[2].partition("</form>")[0]
    assert session.scalar(sa.select(sa.func.count()).select_from(Response)) == 1


def test_drafts_go_thirty_days_after_their_round_closed(client, app, link, other_form, session):
    client.post(link)
    save(client, other_form, client.get(SPACE_FORM), suggestions="Oublié")
    closes_at = session.scalars(sa.select(Round.closes_at)).one()
    make_account(session, "organise@exemple.fr", Role.ORGANISER)

    for days, left in ((27, 1), (29, 1), (31, 0)):
        with time_machine.travel(closes_at + timedelta(days=days), tick=False):
            notices.enqueue_due(session(), app.config, now())
            apply.apply(session, app.config, now(), dry_run=False)
        assert len(drafts(session)) == left


class TestTooMuch:
    """What somebody's drafts hold together has an end, which nobody meets who writes by hand."""

    TWO_THIRDS = "é" * 5_000

    @pytest.fixture(autouse=True)
    def _least_room(self, monkeypatch):
        monkeypatch.setattr(store, "MOST_KEPT", 20_000)

    @pytest.fixture
    def crowded(self, client, form, link, other_form, session):
        """The page of the form on T8, in a space in which little more can be kept."""
        client.post(link)
        elsewhere = "/contributions/mesures/T7"
        begun = fields(form, client.get(elsewhere), suggestions=self.TWO_THIRDS)
        client.post(elsewhere, data=begun | {"intent": "save"})
        assert len(drafts(session)) == 1
        return client.get(SPACE_FORM)

    def test_more_is_refused_and_comes_back_as_it_was_typed(
        self, client, crowded, other_form, session
    ):
        refused = save(client, other_form, crowded, suggestions=self.TWO_THIRDS, email="jeanne@")

        assert refused.status_code == 413
        assert "Vos brouillons prennent trop de place" in refused.text
        assert self.TWO_THIRDS in refused.text
        assert 'value="jeanne@"' in refused.text
        assert len(drafts(session)) == 1

        shorter = save(client, other_form, refused, suggestions="Plus court")

        assert shorter.status_code == 200
        assert len(drafts(session)) == 2

    def test_script_is_told_what_can_be_done(self, client, crowded, other_form, session):
        sent = fields(other_form, crowded, suggestions=self.TWO_THIRDS) | {"intent": "save"}

        refused = client.post(SPACE_FORM, data=sent, headers={"Accept": "application/json"})

        assert refused.status_code == 413
        assert "raccourcissez vos textes" in refused.json["sentence"]
        assert len(drafts(session)) == 1

    def test_draft_takes_the_place_of_what_it_said_before(
        self, client, crowded, other_form, session
    ):
        elsewhere = Form(session, other_form.measure)
        page = save(client, elsewhere, crowded, suggestions="Un début")

        for end in ("", " encore", " et encore"):
            page = save(client, elsewhere, page, suggestions=self.TWO_THIRDS[::3] + end)

            assert page.status_code == 200

    def test_nobody_else_has_less_room_for_it(self, app, form, crowded, session):
        data = form.data(suggestions=self.TWO_THIRDS)

        saved = app.test_client().post(form.path, data=data | {"intent": "save"})

        assert saved.status_code == 303

    def test_too_large_public_form_alone_is_not_begun(self, client, form, session):
        data = form.data(suggestions=2 * self.TWO_THIRDS)

        refused = client.post(form.path, data=data | {"intent": "save"})

        assert refused.status_code == 413
        assert "Vos brouillons prennent trop de place" in refused.text
        assert session.scalar(sa.select(sa.func.count()).select_from(Respondent)) == 0


class TestSixtyMeasuresWrittenToTheEnd:
    @pytest.fixture
    def other_measure(self, session):
        return make_measure(session, "T8", indicators=3)

    def test_there_is_room_for_all_of_them(self, client, link, other_form, session):
        client.post(link)
        texts = (it for it in other_form.instrument.questions if "maximum" in it.settings)
        full = {it.name: "é" * it.settings["maximum"] for it in texts if it.kind != "scale"}

        sent = fields(other_form, client.get(SPACE_FORM)) | full | {"intent": "save"}
        client.post(SPACE_FORM, data=sent)

        size = session.execute(sa.text("SELECT length(fields) FROM draft")).scalar_one()
        assert 100_000 < size < store.MOST_KEPT / 60


def test_script_is_told_the_revision_and_a_sentence(client, link, other_form, session):
    client.post(link)
    page = client.get(SPACE_FORM)
    sent = fields(other_form, page, suggestions="En passant") | {"intent": "save"}
    asks = {"headers": {"Accept": "application/json"}}

    first = client.post(SPACE_FORM, data=sent, **asks)
    late = client.post(SPACE_FORM, data=sent | {other_form.name("suggestions"): "x"}, **asks)

    assert first.json["revision"] == 1
    assert re.fullmatch(r"Brouillon enregistré à \d+ h \d\d\.", first.json["sentence"])
    assert late.status_code == 409
    assert "n’a pas été enregistré" in late.json["sentence"]
    assert "En passant" in drafts(session)[0].fields
