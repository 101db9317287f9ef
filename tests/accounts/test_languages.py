"""Which languages each account reads, noted on « Mon compte »."""

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AccountLanguage, AuditEvent
from tests.accounts.builders import make_account

PAGE = "/organisation/compte"
EMAIL = "ines@association.example"


@pytest.fixture
def organiser(session, visitor):
    make_account(session, EMAIL)
    visitor.sign_in(EMAIL)
    visitor.get(PAGE)
    return visitor


def tags(session):
    session.rollback()
    return sorted(session.scalars(sa.select(AccountLanguage.tag)))


def events(session):
    own = AuditEvent.action == "own_languages_chosen"
    return session.scalar(sa.select(sa.func.count()).where(own))


def test_languages_are_noted_displayed_and_taken_back(session, organiser):
    noted = organiser.post(f"{PAGE}/langues", {"languages": ["es", "pt-BR"]}, follow_redirects=True)
    first = tags(session)
    organiser.post(f"{PAGE}/langues", {"languages": ["es", "pt-BR"]})
    count = events(session)
    organiser.post(f"{PAGE}/langues", {})

    assert "Les langues que vous lisez sont notées." in noted.text
    assert noted.text.count(" checked") == 2
    assert first == ["es", "pt-BR"]
    assert count == 1
    assert tags(session) == []


@pytest.mark.parametrize("sent", ["fr", "fr-x-facile", "xx", "x" * 10_000])
def test_what_no_box_offers_is_not_noted(session, organiser, sent):
    answer = organiser.post(f"{PAGE}/langues", {"languages": [sent, "ar"]})

    assert answer.status_code == 303
    assert tags(session) == ["ar"]
