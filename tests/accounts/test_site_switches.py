"""Switch against floods: permission, page, audit log."""

import pytest
import sqlalchemy as sa

from consultation.accounts import site_switches
from consultation.accounts.models import AuditEvent, Role, SiteSwitch, Switch
from consultation.accounts.roles import StaffActor
from consultation.db.base import writing
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.accounts.builders import make_account
from tests.pages import visible_text

PAGE = "/administration/attaque"
EMAIL = "élise@association.example"


def has_switch(session):
    return session.get(SiteSwitch, Switch.PROOF_OF_WORK, populate_existing=True) is not None


def audit_events(session):
    session.rollback()
    events = sa.select(AuditEvent.action, AuditEvent.subject).where(
        AuditEvent.action.startswith("switch")
    )
    return [tuple(row) for row in session.execute(events.order_by(AuditEvent.id))]


def actor_of(session, email, *roles):
    return StaffActor(make_account(session, email, *roles), email, frozenset(roles))


def test_switch_is_turned_on_and_off_by_its_page_which_says_since_when_and_by_whom(
    visitor, session
):
    make_account(session, EMAIL, Role.ADMINISTRATOR)
    visitor.sign_in(EMAIL)

    before = visitor.get(PAGE)
    visitor.post(f"{PAGE}/activer")
    on = visitor.get(PAGE)
    is_on = has_switch(session)
    visitor.post(f"{PAGE}/arreter")
    off = visitor.get(PAGE)

    assert "Activer la vérification" in before.text
    assert "La vérification est activée" in visible_text(on)
    assert f"par {EMAIL}" in visible_text(on)
    assert is_on
    assert "Les formulaires ne demandent aucun calcul" in off.text
    assert audit_events(session) == [
        ("switch_on", "proof_of_work"),
        ("switch_off", "proof_of_work"),
    ]
    session.rollback()
    assert not has_switch(session)


@pytest.mark.parametrize("role", [None, Role.ORGANISER, Role.MODERATOR])
def test_nobody_but_administrators_reaches_the_switch(visitor, session, role):
    if role is not None:
        make_account(session, EMAIL, role)
        visitor.sign_in(EMAIL)
        visitor.get("/organisation/")

    assert visitor.get(PAGE).status_code == (403 if role else 303)
    assert visitor.post(f"{PAGE}/activer").status_code == 403
    session.rollback()
    assert not has_switch(session)


def test_turning_it_twice_changes_nothing_and_leaves_one_trace(session, app):
    first = actor_of(session, EMAIL, Role.ADMINISTRATOR)
    second = actor_of(session, "zoé@association.example", Role.ADMINISTRATOR)

    done = []
    for turn in (site_switches.turn_on, site_switches.turn_off):
        for actor in (first, second):
            with writing(session):
                done.append(turn(Work(session, actor), Switch.PROOF_OF_WORK))
        if turn is site_switches.turn_on:
            kept = session.scalars(sa.select(SiteSwitch.account_id)).all()

    assert done == [True, False, True, False]
    assert kept == [first.id]
    assert len(audit_events(session)) == 2


@pytest.mark.parametrize("act", [site_switches.turn_on, site_switches.turn_off])
def test_service_checks_who_asks(session, app, act):
    moderator = actor_of(session, EMAIL, Role.MODERATOR)

    with pytest.raises(NotAllowed):
        act(Work(session, moderator), Switch.PROOF_OF_WORK)
    with pytest.raises(NotAllowed):
        site_switches.turned_on(Work(session, moderator), Switch.PROOF_OF_WORK)
