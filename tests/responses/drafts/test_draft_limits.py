"""Draft limits: twice what a form can send, and a cap on what one network stores in an hour."""

import pytest
import sqlalchemy as sa

from consultation.questionnaires.kinds import kind_of
from consultation.responses.models import Draft, Respondent
from tests.responses.two_measures import consultation_round as consultation_round
from tests.responses.two_measures import fields
from tests.responses.two_measures import other_form as other_form
from tests.responses.two_measures import other_measure as other_measure

SAVE = {"intent": "save"}
SCRIPT = {"Accept": "application/json"}
SPACE_FORM = "/contributions/mesures/T8"
MORE_THAN_FIT = 15
"""Forms with all texts at their greatest length, of which an hour of 1 MiB holds fewer."""


@pytest.fixture
def opened(client, app, form, other_form):
    """A browser in whose space a form on T8 can be saved."""
    client.post(form.path, data=form.data(suggestions="Un début") | SAVE)
    return client


def maximum(form, code):
    question = next(it for it in form.instrument.questions if it.code == code)
    return kind_of(question).longest(question)


def drafts(session):
    session.rollback()
    return session.scalars(sa.select(Draft)).all()


def respondents(session):
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).select_from(Respondent))


class TestPublicForm:
    def test_keeps_a_text_of_twice_what_can_be_sent(self, client, form, session):
        text = "é" * (2 * maximum(form, "suggestions"))

        saved = client.post(form.path, data=form.data(suggestions=text) | SAVE)

        assert saved.status_code == 303
        assert text in drafts(session)[0].fields

    @pytest.mark.parametrize("code", ["suggestions", "organisation", "email", "capacity"])
    def test_refuses_more_and_gives_it_back_with_a_sentence_at_the_field(
        self, client, form, session, code
    ):
        text = "é" * (2 * maximum(form, code) + 1)

        refused = client.post(form.path, data=form.data(**{code: text}) | SAVE)

        assert refused.status_code == 422
        assert "Ce brouillon n’a pas été enregistré" in refused.text
        assert f'id="{form.name(code)}-error"' in refused.text
        assert text in refused.text or code == "capacity"  # a list shows what it offers
        assert drafts(session) == []
        assert respondents(session) == 0

    @pytest.mark.parametrize("more", ["citizen", ""])
    def test_refuses_more_choices_than_can_be_ticked(self, client, form, session, more):
        chosen = {form.name("capacity"): ["citizen"] + [more] * 1_500}

        refused = client.post(form.path, data=form.data() | SAVE | chosen)

        assert refused.status_code == 422
        assert drafts(session) == []


class TestSpace:
    def test_refuses_too_long_a_text_and_gives_it_back(self, opened, other_form, session):
        text = "é" * 10_001
        sent = fields(other_form, opened.get(SPACE_FORM), suggestions=text) | SAVE

        refused = opened.post(SPACE_FORM, data=sent)

        assert refused.status_code == 422
        assert text in refused.text
        assert len(drafts(session)) == 1

    def test_tells_its_script_that_the_text_is_too_long(self, opened, other_form, session):
        sent = fields(other_form, opened.get(SPACE_FORM), suggestions="é" * 10_001) | SAVE

        refused = opened.post(SPACE_FORM, data=sent, headers=SCRIPT)

        assert refused.status_code == 422
        assert "trop long" in refused.json["sentence"]
        assert refused.json["may_change"] is True
        assert len(drafts(session)) == 1


class TestNetwork:
    """What is stored from one network in an hour, in mebibytes."""

    @pytest.fixture
    def settings(self, settings):
        return settings | {"TEXT_CAP": 1}

    @staticmethod
    def full(form):
        return form.data() | {
            it.name: "é" * it.settings["maximum"]
            for it in form.instrument.questions
            if it.kind in ("short_text", "long_text")
        }

    def save_until_refused(self, client, form):
        for count in range(MORE_THAN_FIT):
            answer = client.post(form.path, data=self.full(form) | SAVE)
            client.post("/contributions/fermer")
            if answer.status_code != 303:
                return count, answer
        return MORE_THAN_FIT, None

    def test_saves_no_more_than_its_hour_holds(self, client, form, session):
        count, refused = self.save_until_refused(client, form)

        size = session.scalar(sa.text("SELECT sum(length(fields)) FROM draft"))
        assert 2 < count < MORE_THAN_FIT
        assert size <= 1024 * 1024
        assert refused.status_code == 429
        assert "Trop d’envois depuis votre réseau" in refused.text
        assert "é" * 5_000 in refused.text
        assert respondents(session) == count

    def test_counts_what_is_sent_as_what_is_saved(self, client, form, session):
        self.save_until_refused(client, form)

        refused = client.post(form.path, data=self.full(form))

        assert refused.status_code == 429
        assert "é" * 5_000 in refused.text

    def test_saves_again_what_is_no_longer_than_before(self, opened, other_form, session):
        page = opened.get(SPACE_FORM)
        long = self.full(other_form)
        for letter in "abcdefghijklmnopqrstuvwxyz"[:MORE_THAN_FIT]:
            sent = long | fields(other_form, page, suggestions=letter + "é" * 4_999) | SAVE
            page = opened.post(SPACE_FORM, data=sent, follow_redirects=True)
            assert page.status_code == 200

        assert any(f"{letter}é" in draft.fields for draft in drafts(session))

    def test_tells_its_script_to_wait(self, client, opened, app, form, other_form, session):
        page = opened.get(SPACE_FORM)
        self.save_until_refused(app.test_client(), form)
        sent = fields(other_form, page, suggestions="Encore" * 500) | SAVE

        refused = opened.post(SPACE_FORM, data=sent, headers=SCRIPT)

        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "60"
        assert "votre réseau" in refused.json["sentence"]
        assert refused.json["may_change"] is True

    def test_is_not_counted_where_limits_are_off(self, client, app, form):
        app.extensions["throttle"].enabled = False

        assert self.save_until_refused(client, form) == (MORE_THAN_FIT, None)
