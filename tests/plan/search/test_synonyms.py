"""Synonyms that organisers edit, and what a search makes of them."""

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent, Role
from consultation.plan.apply import apply
from consultation.plan.models import SynonymList
from consultation.plan.queries import measures
from consultation.plan.search import index, synonyms
from tests.plan.builders import AT, make_draft, make_measure_draft
from tests.plan.forms import form_in
from tests.plan.pages import signed_in, text_of

pytestmark = pytest.mark.database

PAGE = "/organisation/plan/synonymes"


@pytest.fixture
def organiser(app, session):
    apply(session, make_draft(make_measure_draft("1", title="Ouvrir des refuges")), AT)
    return signed_in(app, session, "equipe@exemple.fr", Role.ORGANISER)


def codes(session, query):
    return [measure.code for measure in measures(session, query=query)]


def test_shipped_groups_have_two_words_at_least_and_none_stands_in_two():
    groups = synonyms.groups_of(synonyms.shipped())
    flat = [word.casefold() for group in groups for word in group]

    assert len(groups) > 15
    assert [group for group in groups if len(group) < 2] == []
    assert sorted(flat) == sorted(set(flat))


def test_words_after_the_sign_are_searched_where_those_before_find_nothing(organiser, session):
    form = form_in(organiser.get(PAGE))
    assert "santé, soin, médecin" in form["groups"]

    answer = organiser.post(PAGE, form | {"groups": "yourte > tente, refuge\nouvrir, tente"})

    assert answer.status_code == 303
    assert codes(session, "yourte") == []
    assert index.load(session).instead("yourtes") == "tente"
    assert synonyms.nearby_of("a, b > c\n > d\ne") == [(("a", "b"), ("c",))]


def test_edited_synonyms_serve_the_next_search_and_the_audit_log_says_so(organiser, session):
    form = form_in(organiser.get(PAGE))
    assert form["groups"].splitlines()[0].startswith("justice, ")
    assert codes(session, "maisons d'accueil") == codes(session, "logement") == []

    answer = organiser.post(PAGE, form | {"groups": "refuge, maison d'accueil\n\n a , b ,"})

    assert answer.status_code == 303
    assert codes(session, "maisons d'accueil") == ["1"]
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "synonyms_changed"))
    assert event.one().details == {"count": 2}


def test_shipped_synonyms_come_back_at_a_press(organiser, session):
    organiser.post(PAGE, form_in(organiser.get(PAGE)) | {"groups": "a, b"})

    organiser.post(PAGE, form_in(organiser.get(PAGE)) | {"intent": "reset"})

    assert session.scalar(sa.select(sa.func.count()).select_from(SynonymList)) == 0
    assert form_in(organiser.get(PAGE))["groups"].splitlines()[0].startswith("justice, ")


def test_empty_list_stays_empty(organiser, session):
    organiser.post(PAGE, form_in(organiser.get(PAGE)) | {"groups": ""})

    assert form_in(organiser.get(PAGE))["groups"] == ""


def test_line_of_one_word_and_too_long_a_list_come_back_with_what_was_typed(organiser, session):
    form = form_in(organiser.get(PAGE))

    lonely = organiser.post(PAGE, form | {"groups": "a, b\nrefuge"})
    long = organiser.post(PAGE, form | {"groups": "a, b\n" * 301})

    assert (lonely.status_code, long.status_code) == (422, 422)
    assert "La ligne « refuge » n'a qu'un mot" in text_of(lonely)
    assert form_in(lonely)["groups"] == "a, b\nrefuge"
    assert "300 groupes au plus" in text_of(long)
    assert session.scalar(sa.select(SynonymList.text)) is None


def test_edit_of_a_list_that_a_colleague_changed_shows_theirs_first(organiser, session):
    form = form_in(organiser.get(PAGE))
    organiser.post(PAGE, form | {"groups": "refuge, asile"})

    late = organiser.post(PAGE, form | {"groups": "refuge, foyer"})
    again = organiser.post(PAGE, form_in(late))

    assert late.status_code == 409
    assert "refuge, asile" in text_of(late)
    assert again.status_code == 303
    assert session.scalar(sa.select(SynonymList.text)) == "refuge, foyer"
