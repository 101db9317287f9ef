"""Staff pages of editions: prepared, previewed, published by whoever may."""

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent, Role
from consultation.clock import now
from consultation.decisions import editions
from consultation.plan import queries
from tests.accounts.builders import Browser, make_account
from tests.decisions.builders import indicator_subject, make_decision, make_organiser
from tests.plan.forms import form_in

PATH = "/organisation/editions"
PREVIEW = "/organisation/editions/relire"


@pytest.fixture
def enter(app, session, opened):
    def enter(name):
        make_account(session, f"{name}@exemple.fr", Role.ORGANISER)
        staff = Browser(app)
        staff.enter(f"{name}@exemple.fr")
        return staff

    return enter


@pytest.fixture
def staff(enter):
    return enter("camille")


@pytest.fixture
def decision(session, opened, organiser):
    return make_decision(session, organiser, indicator_subject(session), label="Places ouvertes")


def prepare(staff, **fields):
    page = staff.get(PATH)
    return staff.post(PATH, form_in(page, PATH) | {"title": "Version révisée"} | fields)


def publish(staff):
    return staff.post(PREVIEW, form_in(staff.get(PREVIEW)))


def published_numbers(session):
    session.rollback()
    session.expire_all()
    return [it.number for it in editions.published(session)]


def test_edition_is_prepared_previewed_and_published(session, decision, staff):
    assert prepare(staff).location.endswith(PREVIEW)
    page = staff.get(PREVIEW).text
    assert "Places ouvertes" in page
    assert "formulaire renouvelé" in page
    assert published_numbers(session) == []
    assert queries.stored_indicator(session, "T7.1").version.number == 1

    answer = publish(staff)
    assert answer.location.endswith(f"{PATH}/1")
    assert published_numbers(session) == [1]
    assert queries.stored_indicator(session, "T7.1").version.number == 2
    assert "Publiée le" in staff.get(f"{PATH}/1").text
    actions = session.scalars(sa.select(AuditEvent.action)).all()
    assert "edition_published" in actions


def test_unticked_decision_waits_for_another_edition(session, decision, staff):
    fields = form_in(staff.get(PATH), PATH) | {"title": "Première"}
    fields.pop("decision")
    staff.post(PATH, fields)
    publish(staff)

    assert published_numbers(session) == [1]
    assert [it.id for it in editions.unpublished_decisions(session)] == [decision.id]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"title": " "}, "Donnez un titre"),
        ({"title": "A" * 201}, "200 au plus"),
        ({"title_en": "Title", "title": ""}, "Donnez un titre"),
        ({"introduction_en": "Hello"}, "Écrivez aussi le texte français"),
    ],
)
def test_refused_edition_keeps_what_was_typed(session, decision, staff, fields, sentence):
    answer = prepare(staff, **fields)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert editions.edition_in_preparation(session) is None


def test_obstacle_is_shown_with_its_remedy_and_nothing_is_published(session, decision, staff):
    prepare(staff)
    queries.stored_indicator(session, "T7.1").retired_at = now()
    session.commit()
    page = staff.get(PREVIEW).text

    assert "a été retiré depuis" in page
    assert "Publier l’édition</button>" not in page
    fields = {"shown": "-", "seen": editions.edition_in_preparation(session).prepared_at}
    assert staff.post(PREVIEW, fields).status_code == 409
    assert published_numbers(session) == []


def test_edition_that_would_change_something_else_is_shown_again(session, decision, staff):
    prepare(staff)
    fields = form_in(staff.get(PREVIEW))
    make_decision(session, make_organiser(session, "sacha"), indicator_subject(session, "T7.1"))
    answer = staff.post(PREVIEW, fields)

    assert answer.status_code == 409
    assert "plus tout à fait la même chose" in answer.text
    assert published_numbers(session) == []


def test_preparation_of_another_meanwhile_is_not_overwritten(session, decision, staff, enter):
    fields = form_in(staff.get(PATH), PATH) | {"title": "Mon titre"}
    prepare(enter("sacha"), title="Leur titre")
    answer = staff.post(PATH, fields)

    assert answer.status_code == 409
    assert "sacha@exemple.fr a modifié l’édition en préparation" in answer.text
    assert "Mon titre" in answer.text
    assert editions.edition_in_preparation(session).title == {"fr": "Leur titre"}


def test_edition_that_another_prepared_anew_is_neither_published_nor_given_up(
    session, decision, staff, enter
):
    prepare(staff)
    pressed = {
        PREVIEW: form_in(staff.get(PREVIEW)),
        f"{PATH}/abandonner": form_in(staff.get(PATH), "/abandonner"),
    }
    prepare(enter("sacha"), title="Leur titre")

    for address, fields in pressed.items():
        answer = staff.post(address, fields)
        assert answer.status_code == 409
        assert "sacha@exemple.fr a modifié l’édition en préparation" in answer.text
    assert published_numbers(session) == []
    assert editions.edition_in_preparation(session).title == {"fr": "Leur titre"}


def test_edition_is_given_up(session, decision, staff):
    prepare(staff)
    staff.post(f"{PATH}/abandonner", form_in(staff.get(PATH), "/abandonner"))

    assert editions.edition_in_preparation(session) is None


class TestTwoPeople:
    @pytest.fixture
    def settings(self, settings):
        return settings | {"TWO_MODERATORS": True}

    def test_who_prepared_the_edition_does_not_publish_it(self, session, decision, staff, enter):
        prepare(staff)
        assert "Une autre personne la publie" in staff.get(PREVIEW).text
        fields = form_in(enter("sacha").get(PREVIEW))
        fields.pop("csrf_token")
        assert staff.post(PREVIEW, fields).status_code == 409
        assert published_numbers(session) == []

    def test_another_person_publishes_it(self, session, decision, staff, enter):
        prepare(staff)
        assert publish(enter("sacha")).status_code == 303
        assert published_numbers(session) == [1]
