"""Public drafts: saving a public form makes one respondent, one draft and one link."""

import re
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
import time_machine

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.invitations.models import Invitation
from consultation.mail.models import OutboxMessage
from consultation.operations.retention import apply, notices
from consultation.responses.models import (
    Contact,
    Draft,
    PersonalLink,
    Respondent,
    RespondentSession,
    Response,
    Submission,
)
from tests.accounts.builders import make_account
from tests.factories import key_for, make_measure
from tests.jobs.builders import side_by_side
from tests.responses.conftest import Form, hidden
from tests.responses.two_measures import fields

SAVE = {"intent": "save"}
OPENING = re.compile(r"/contributions/ouvrir/[\w.-]+")
TABLES = (Respondent, PersonalLink, Draft, Response, Submission, Contact, OutboxMessage)
ONE_DRAFT = {"respondent": 1, "personal_link": 1, "draft": 1}


def stored(session):
    """How many rows there are, of what there are any."""
    session.rollback()
    session.expire_all()
    rows = {
        model.__tablename__: session.scalar(sa.select(sa.func.count()).select_from(model))
        for model in TABLES
    }
    return {table: count for table, count in rows.items() if count}


def save(client, form, data):
    return client.post(form.path, data=data | SAVE, follow_redirects=True)


@pytest.fixture
def data(form):
    """The form half filled in, with an address, as one press of the button sends it."""
    return form.data(suggestions="À moitié dit", email="jeanne@exemple.fr", capacity="")


@pytest.fixture
def link(client, form, data):
    return OPENING.search(save(client, form, data).text)[0]


@pytest.mark.parametrize("path", ["/mesures/T7/contribuer", "/outil/contribuer"])
def test_every_public_form_offers_to_save_and_sets_no_cookie(client, form, path):
    page = client.get(path)

    assert 'value="save">Enregistrer et reprendre plus tard' in page.text
    assert "Set-Cookie" not in page.headers


def test_saving_gives_a_link_opens_the_space_and_sends_nothing(client, form, data, session):
    page = save(client, form, data)
    space = client.get("/contributions/")

    assert "pas encore envoyé" in page.text
    assert page.text.count("/contributions/ouvrir/") == 2  # to tap, and to read
    assert "<svg" in page.text
    assert "J’utilise un ordinateur partagé" in page.text
    assert page.headers["Cache-Control"] == "no-store, private"
    assert 'class="state begun">brouillon' in space.text
    assert stored(session) == ONE_DRAFT


def test_cookie_is_that_of_the_space_and_no_other(client, form, data):
    answer = client.post(form.path, data=data | SAVE)

    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-space=")
    for attribute in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
        assert attribute in cookie


def test_link_opens_the_form_as_it_was_typed_on_another_device(app, form, link):
    phone = app.test_client()
    phone.post(link)

    page = phone.get("/contributions/mesures/T7")

    assert "À moitié dit" in page.text
    assert 'value="jeanne@exemple.fr"' in page.text
    assert "Brouillon enregistré le" in page.text


def test_what_is_sent_from_there_is_the_only_response_and_ends_the_draft(
    client, form, data, session
):
    save(client, form, data)
    page = client.get("/contributions/mesures/T7")

    sent = form.data(key=hidden(page, "submission_key"), email="jeanne@exemple.fr")
    sent |= {"draft_revision": hidden(page, "draft_revision")}
    client.post("/contributions/mesures/T7", data=sent, follow_redirects=True)

    rows = stored(session)
    assert (rows["respondent"], rows["response"], rows["submission"]) == (1, 1, 1)
    assert "draft" not in rows
    assert session.scalars(sa.select(Respondent)).one().capacity == "citizen"
    assert rows["outbox_message"] == 1


def test_page_of_the_link_does_not_say_of_what_was_sent_that_nobody_reads_it(client, form, data):
    saved = client.post(form.path, data=data | SAVE)
    before = client.get(saved.location)
    page = client.get("/contributions/mesures/T7")
    sent = form.data(key=hidden(page, "submission_key"))
    client.post("/contributions/mesures/T7", data=sent | {"draft_revision": "1"})

    after = client.get(saved.location)

    assert "personne ne le lit" in before.text
    assert "personne ne le lit" not in after.text
    assert "Aucun courriel ne part" not in after.text
    assert "Rien n’attend d’être envoyé" in after.text
    assert "/contributions/ouvrir/" in after.text


def test_tool_form_is_saved_as_well(client, session, consultation_round, form):
    page = client.get("/outil/contribuer")
    data = {"submission_key": hidden(page, "submission_key")} | SAVE

    saved = client.post("/outil/contribuer", data=data, follow_redirects=True)

    assert 'href="/contributions/outil"' in saved.text
    assert stored(session) == ONE_DRAFT


def test_button_pressed_twice_makes_one_draft_and_one_link(client, app, form, data, session):
    first, second = save(client, form, data), save(app.test_client(), form, data)

    assert OPENING.search(first.text)[0] == OPENING.search(second.text)[0]
    assert stored(session) == ONE_DRAFT


def test_button_pressed_twice_at_once_makes_one_draft_and_one_link(app, form, data, session):
    links = []

    def press():
        with app.app_context():
            links.append(OPENING.search(save(app.test_client(), form, data).text)[0])

    side_by_side(*[press] * 4)

    assert len(links) == 4
    assert len(set(links)) == 1
    assert stored(session) == ONE_DRAFT


def test_saved_and_sent_at_once_is_one_respondent_with_one_response(app, form, session):
    data = form.data(suggestions="Une seule fois")

    def press(extra):
        with app.app_context():
            app.test_client().post(form.path, data=data | extra)

    for _ in range(5):
        data["submission_key"] = key_for(form.instrument)
        side_by_side(partial(press, SAVE), partial(press, {}))

    rows = stored(session)
    assert (rows["respondent"], rows["response"]) == (5, 5)
    assert "draft" not in rows


def test_saved_form_is_still_sent_unchanged_without_its_space(client, app, form, session):
    data = form.data(suggestions="Fini", organisation="L'Élan")
    save(client, form, data)

    sent = app.test_client().post(form.path, data=data, follow_redirects=True)

    assert "est enregistrée" in sent.text
    rows = stored(session)
    assert (rows["respondent"], rows["response"]) == (1, 1)
    assert "draft" not in rows
    assert session.scalars(sa.select(Respondent)).one().organisation == "L'Élan"


def test_saved_form_is_sent_without_its_space_for_two_hours_only(client, app, form, session):
    data = form.data(suggestions="Fini")
    save(client, form, data)

    with time_machine.travel(now() + timedelta(hours=2, minutes=1), tick=False):
        late = app.test_client().post(form.path, data=data, follow_redirects=True)

    assert late.status_code == 409
    assert "/contributions/ouvrir/" not in late.text
    assert "Fini" in late.text
    assert stored(session) == ONE_DRAFT


def test_form_whose_draft_went_on_elsewhere_is_not_sent_without_its_space(
    client, app, form, session
):
    data = form.data(suggestions="Un début")
    save(client, form, data)
    for text in ("Un début, une suite", "Un début"):
        page = client.get("/contributions/mesures/T7")
        client.post("/contributions/mesures/T7", data=fields(form, page, suggestions=text) | SAVE)

    refused = app.test_client().post(form.path, data=data, follow_redirects=True)

    assert refused.status_code == 409
    assert stored(session) == ONE_DRAFT


def test_saved_form_is_still_sent_days_later_while_its_space_is_open(client, app, form, session):
    data = form.data(suggestions="Fini")
    link = OPENING.search(save(client, form, data).text)[0]
    computer = app.test_client()

    with time_machine.travel(now() + timedelta(days=3), tick=False):
        computer.post(link)
        sent = computer.post(form.path, data=data, follow_redirects=True)

    assert "est enregistrée" in sent.text
    rows = stored(session)
    assert (rows["respondent"], rows["response"]) == (1, 1)
    assert "draft" not in rows


@pytest.mark.parametrize("intent", [SAVE, {}])
def test_other_content_under_a_saved_key_changes_and_shows_nothing_of_it(
    client, app, form, data, session, intent
):
    save(client, form, data)
    other = form.data(key=data["submission_key"], suggestions="D’une autre personne")

    refused = app.test_client().post(form.path, data=other | intent)

    assert refused.status_code == 409
    assert "Ce formulaire a déjà été enregistré" in refused.text
    assert "Une première contribution est enregistrée" not in refused.text
    assert "D’une autre personne" in refused.text
    assert "À moitié dit" not in refused.text
    assert "/contributions/ouvrir/" not in refused.text
    assert "Set-Cookie" not in refused.headers
    assert stored(session) == ONE_DRAFT


def test_edited_saved_form_is_sent_into_its_space_once_that_is_open(
    client, app, form, data, session
):
    link = OPENING.search(save(client, form, data).text)[0]
    browser = app.test_client()
    edited = form.data(suggestions="Enfin dit") | {
        "previous_key": data["submission_key"],
        "intent": "correct",
    }

    answer = browser.post(form.path, data=edited)
    browser.post(link)
    sent = browser.post(form.path, data=edited, follow_redirects=True)

    assert answer.status_code == 409
    assert "quand vous avez enregistré ce formulaire" in answer.text
    assert 'value="correct">Envoyer dans mon espace' in answer.text
    assert "est enregistrée" in sent.text
    rows = stored(session)
    assert (rows["respondent"], rows["response"]) == (1, 1)
    assert "draft" not in rows


def test_key_gives_the_link_again_for_two_hours_only(client, app, form, data, session):
    save(client, form, data)

    with time_machine.travel(now() + timedelta(hours=2, minutes=1), tick=False):
        late = save(app.test_client(), form, data)

    assert late.status_code == 409
    assert "/contributions/ouvrir/" not in late.text


def test_page_of_the_link_opens_for_two_hours_only(client, form, data):
    address = client.post(form.path, data=data | SAVE).headers["Location"]

    assert client.get(address).status_code == 200
    with time_machine.travel(now() + timedelta(hours=2, minutes=1), tick=False):
        late = client.get(address)
    assert late.status_code == 410
    assert "/contributions/ouvrir/" not in late.text
    assert client.get(address[:-1]).status_code == 410


def test_going_back_to_the_public_form_saves_over_nothing_unseen(client, form, data, session):
    save(client, form, data)
    more = data | {form.name("suggestions"): "Écrit après être revenu en arrière"}

    refused = client.post(form.path, data=more | SAVE)
    sent_again = {
        **more,
        "submission_key": hidden(refused, "submission_key"),
        "draft_revision": hidden(refused, "draft_revision"),
    }
    saved = client.post("/contributions/mesures/T7", data=sent_again | SAVE, follow_redirects=True)

    assert refused.status_code == 409
    assert "À moitié dit" in refused.text
    assert 'action="/contributions/mesures/T7"' in refused.text
    assert "Brouillon enregistré le" in saved.text
    assert stored(session) == ONE_DRAFT


class TestWhileAnotherSpaceIsOpen:
    """Whose it is, only the person there can say."""

    @pytest.fixture
    def other(self, session):
        return make_measure(session, "T8", "Formation des magistrats")

    @pytest.fixture
    def consultation_round(self, other, consultation_round):
        return consultation_round

    @pytest.fixture
    def data_on_other(self, session, other, consultation_round):
        self.form = Form(session, other)
        return self.form.data(suggestions="Sur la formation")

    def test_it_asks_before_anything_is_saved(self, client, link, data_on_other, session):
        answer = client.post(self.form.path, data=data_on_other | SAVE)

        assert answer.status_code == 409
        assert "Un espace est ouvert dans ce navigateur" in answer.text
        assert "Sur la formation" in answer.text
        assert stored(session) == ONE_DRAFT

    def test_it_joins_that_space_when_told_so(self, client, link, data_on_other, session):
        here = data_on_other | {"intent": "save-here"}
        pages = [client.post(self.form.path, data=here, follow_redirects=True) for _ in range(2)]

        assert all("Brouillon enregistré le" in page.text for page in pages)
        assert stored(session) == ONE_DRAFT | {"draft": 2}

    def test_it_has_a_space_of_its_own_when_told_so(self, client, link, data_on_other, session):
        left = session.scalars(sa.select(RespondentSession.token_hash)).one()
        separate = data_on_other | {"intent": "save-apart"}
        page = client.post(self.form.path, data=separate, follow_redirects=True)

        assert OPENING.search(page.text)[0] != link
        assert "À moitié dit" not in client.get("/contributions/mesures/T7").text
        assert stored(session) == {"respondent": 2, "personal_link": 2, "draft": 2}
        assert session.get(RespondentSession, left).revoked_at is not None


def test_closed_round_saves_nothing_and_keeps_the_text(
    client, form, data, session, consultation_round
):
    consultation_round.closes_at = now() - timedelta(hours=3)
    session.commit()

    refused = client.post(form.path, data=data | SAVE)

    assert refused.status_code == 403
    assert "À moitié dit" in refused.text
    assert "La consultation est terminée" in refused.text
    assert stored(session) == {}


def test_form_from_another_site_asks_to_confirm(client, form, data, session):
    answer = client.post(form.path, data=data | SAVE, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 400
    assert "À moitié dit" in answer.text
    assert stored(session) == {}


class TestCrowd:
    """Saving counts like sending."""

    @pytest.fixture
    def settings(self, settings):
        return settings | {"FORM_CAP": 2}

    def test_network_that_saves_too_often_is_asked_to_wait(self, client, form, session):
        def press():
            return client.post(form.path, data=form.data(suggestions="Encore") | SAVE)

        client.post("/contributions/fermer")
        for _ in range(2):
            assert press().status_code == 303
            client.post("/contributions/fermer")

        refused = press()
        assert refused.status_code == 429
        assert "Encore" in refused.text
        assert stored(session)["respondent"] == 2


def test_it_goes_thirty_days_after_the_closing_with_its_draft(
    client, app, form, link, session, consultation_round
):
    closes_at = consultation_round.closes_at
    make_account(session, "organise@exemple.fr", Role.ORGANISER)

    for days, left in ((27, ONE_DRAFT), (29, ONE_DRAFT), (31, {})):
        with time_machine.travel(closes_at + timedelta(days=days), tick=False):
            notices.enqueue_due(session(), app.config, now())
            apply.apply(session, app.config, now(), dry_run=False)
        assert stored(session) == left | {"outbox_message": 1}  # the notice


def test_who_has_sent_something_stays_when_a_draft_goes(
    client, app, form, data, session, consultation_round
):
    client.post(form.path, data=form.data(suggestions="Envoyé"))
    closes_at = consultation_round.closes_at

    with time_machine.travel(closes_at + timedelta(days=31), tick=False):
        apply.apply(session, app.config, now(), dry_run=False)

    assert stored(session)["respondent"] == 1
    assert session.scalars(sa.select(Invitation)).all() == []


def test_erasing_covers_who_has_only_a_draft(client, form, link, session):
    client.post("/contributions/effacer", data={"understood": "yes"})

    assert session.scalars(sa.select(Respondent)).one().erased_at is not None
    assert "draft" not in stored(session)
    assert client.post(link).status_code == 404
