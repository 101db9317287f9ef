"""Staff pages of editions: prepared, previewed, published by whoever may."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent, Role
from consultation.clock import now
from consultation.decisions import editions
from consultation.plan import queries
from tests.accounts.builders import Browser, make_account
from tests.decisions.builders import indicator_subject, make_decision, make_organiser
from tests.plan.forms import form_in, stored_texts

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
    assert form_in(answer, PATH)["title"] == "Mon titre"
    assert stored_texts(answer) == {"title": "Leur titre"}
    assert editions.edition_in_preparation(session).title == {"fr": "Leur titre"}
    assert staff.post(PATH, form_in(answer, PATH)).status_code == 303
    session.rollback()
    assert editions.edition_in_preparation(session).title == {"fr": "Mon titre"}


def test_decisions_that_another_chose_meanwhile_are_named(session, decision, staff, enter):
    colleague = enter("sacha")
    mine = form_in(staff.get(PATH), PATH) | {"title": "Version révisée"}
    fields = form_in(colleague.get(PATH), PATH) | {"title": "Version révisée", "decision": []}
    colleague.post(PATH, fields)

    first = staff.post(PATH, mine)
    staff.post(PATH, form_in(first, PATH))
    second = colleague.post(PATH, fields | {"seen": form_in(first, PATH)["seen"]})

    assert stored_texts(first) == {"decision": "(vide)"}
    assert form_in(first, PATH)["decision"] == decision.public_id
    assert stored_texts(second)["decision"].startswith("T7.1 ")
    session.rollback()
    assert [it.id for it in editions.edition_in_preparation(session).decisions] == [decision.id]


def test_edition_begun_anew_after_it_was_given_up_keeps_what_was_typed(
    session, decision, staff, enter
):
    prepare(staff)
    mine = form_in(staff.get(PATH), PATH) | {"title": "Mon titre"}
    colleague = enter("sacha")
    colleague.post(f"{PATH}/abandonner", form_in(colleague.get(PATH), "/abandonner"))

    answer = staff.post(PATH, mine)

    assert answer.status_code == 409
    assert editions.edition_in_preparation(session) is None
    assert staff.post(PATH, form_in(answer, PATH)).status_code == 303
    session.rollback()
    assert editions.edition_in_preparation(session).title == {"fr": "Mon titre"}


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


@pytest.mark.parametrize("is_open", [True, False])
def test_preview_says_what_publishing_means_while_answers_come_in(
    session, opened, decision, staff, is_open
):
    if not is_open:
        opened.closes_at = now() - timedelta(minutes=1)
        session.commit()
    prepare(staff)

    page = staff.get(PREVIEW).text

    assert ("dès la publication, les formulaires ont le nouveau texte" in page) is is_open
