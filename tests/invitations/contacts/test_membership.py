"""Several contacts put in a group or taken out of it: preview, undo, audit log."""

import re

import pytest
import sqlalchemy as sa

from consultation.accounts.audit.labels import detail_lines
from consultation.accounts.models import AuditEvent
from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.invitations.contacts import membership
from consultation.invitations.contacts.membership import Act
from consultation.invitations.models import GroupMember, Invitee, InviteeGroup
from consultation.operations.reports import WATCHED
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.invitations.builders import (
    ORGANISER,
    OUTSIDER,
    make_group,
    make_invitee,
    make_invitees,
    text_of,
)

ROOM = "/organisation/invitations/contacts"


@pytest.fixture
def elected(session, consultation_round):
    return make_group(session, "Élus")


@pytest.fixture
def contacts(session, group):
    return [it.public_id for it in make_invitees(session, group, 3)]


def members(session, name):
    query = (
        sa.select(Invitee.name)
        .join(GroupMember)
        .join(InviteeGroup)
        .where(InviteeGroup.name == name)
        .order_by(Invitee.id)
    )
    session.rollback()
    return session.scalars(query).all()


def enter(session, name):
    """Put the first contact in the group of this name."""
    group_id = session.scalar(sa.select(InviteeGroup.id).where(InviteeGroup.name == name))
    first = session.scalar(sa.select(sa.func.min(Invitee.id)))
    session.add(GroupMember(group_id=group_id, invitee_id=first))
    session.commit()


def ask(browser, act, contacts, query="", **fields):
    """Press a button of the list, and return the page that it leads to."""
    browser.get(f"{ROOM}{query}")
    return browser.post(f"{ROOM}/groupe{query}", fields | {"geste": act, "contact": contacts})


def confirm(browser, page, query=""):
    """Press the button of a preview, with all that the page holds."""
    text = text_of(page)
    form = text[text.index(f'action="{ROOM}/groupe') :]
    fields = {}
    for name, value in re.findall(r'type="hidden" name="([a-z_]+)" value="([^"]*)"', form):
        fields.setdefault(name, []).append(value)
    fields["geste"] = re.search(r'name="geste" value="(\w+)"', form)[1]
    return browser.post(f"{ROOM}/groupe{query}", fields)


def undo(browser, location):
    lot = re.search(r'name="lot" value="([^"]+)"', text_of(browser.get(location)))[1]
    return browser.post(f"{ROOM}/groupe/annuler", {"lot": lot})


def test_preview_of_ticked_contacts_counts_those_who_would_enter(
    organiser, session, contacts, elected
):
    enter(session, "Élus")

    page = text_of(ask(organiser, "mettre", contacts[:2], group=elected.public_id))

    assert "Mettre 1 contact dans « Élus » ?" in page
    assert "1 contact y est déjà" in page
    assert "Personne 2" in page
    assert members(session, "Élus") == ["Personne 1"]


def test_ticked_contacts_enter_a_group_and_the_act_is_taken_back(
    organiser, session, contacts, elected
):
    page = ask(organiser, "mettre", contacts[:2], group=elected.public_id)
    done = confirm(organiser, page)
    assert members(session, "Élus") == ["Personne 1", "Personne 2"]

    undo(organiser, done.location)

    assert members(session, "Élus") == []
    assert len(members(session, "Associations")) == 3
    assert "Vous venez" not in text_of(organiser.get(done.location))
    assert 'name="lot"' not in text_of(organiser.get(done.location))


def test_all_contacts_of_a_search_enter_a_new_group_that_an_undo_removes(
    organiser, session, group, contacts
):
    make_invitee(session, session.merge(group), "paul@mairie.fr", "Paul")
    query = "?q=exemple.fr"
    page = ask(organiser, "mettre", [], query, tous="y", new_group="Réseau")
    assert "Mettre 3 contacts dans « Réseau » ?" in text_of(page)
    done = confirm(organiser, page, query)
    assert members(session, "Réseau") == ["Personne 1", "Personne 2", "Personne 3"]

    undo(organiser, done.location)

    assert session.scalars(sa.select(InviteeGroup.name)).all() == ["Associations"]


def test_contact_leaves_a_group_unless_it_is_the_only_one(organiser, session, contacts, elected):
    enter(session, "Élus")
    group = session.scalars(sa.select(InviteeGroup).filter_by(name="Associations")).one()

    page = ask(organiser, "retirer", contacts, group=group.public_id)
    assert "Retirer 1 contact de « Associations » ?" in text_of(page)
    assert "2 contacts ne sont dans aucun autre groupe et y restent" in text_of(page)
    done = confirm(organiser, page)
    assert members(session, "Associations") == ["Personne 2", "Personne 3"]

    undo(organiser, done.location)

    assert members(session, "Associations") == ["Personne 1", "Personne 2", "Personne 3"]


@pytest.mark.parametrize(
    ("act", "fields", "anchor"),
    [
        ("mettre", {"contact": [], "new_group": "Réseau"}, "contacts-error"),
        ("mettre", {"contact": ["x"]}, "new_group-error"),
        ("mettre", {"contact": ["x"], "new_group": "associations"}, "new_group-error"),
        ("mettre", {"contact": ["x"], "group": "x"}, "group-error"),
        ("retirer", {"contact": ["x"]}, "new_group-error"),
    ],
)
def test_refused_act_is_told_at_its_field(organiser, session, contacts, act, fields, anchor):
    organiser.get(ROOM)

    page = organiser.post(f"{ROOM}/groupe", fields | {"geste": act})

    assert page.status_code == 422
    assert f'id="{anchor}"' in text_of(page)


def test_ticked_boxes_are_kept_on_refusal(organiser, session, contacts):
    page = text_of(ask(organiser, "mettre", contacts[1:2]))

    ticked = re.findall(r'name="contact" value="([^"]+)" checked', page)
    assert ticked == contacts[1:2]


def test_other_contacts_than_those_displayed_do_not_enter(organiser, session, contacts, elected):
    public_id = elected.public_id
    page = ask(organiser, "mettre", contacts, group=public_id)
    enter(session, "Élus")

    answer = confirm(organiser, page)

    assert answer.status_code == 409
    assert "Mettre 2 contacts dans" in text_of(answer)
    assert members(session, "Élus") == ["Personne 1"]


def test_act_is_logged_with_its_number_and_not_its_contacts(organiser, session, contacts, elected):
    confirm(organiser, ask(organiser, "mettre", contacts, group=elected.public_id))

    event = session.scalars(sa.select(AuditEvent).filter_by(action="contacts_grouped")).one()
    assert detail_lines(event.details) == ["nombre : 3"]
    assert {"contacts_grouped", "contacts_ungrouped"} <= WATCHED.keys()


def test_act_of_another_member_is_not_taken_back(session, contacts, elected):
    at = now()
    with writing(session):
        ids = membership.of_names(Work(session, ORGANISER), contacts)
        seen = membership.propose(Work(session, ORGANISER), Act.PUT, elected, ids).digest
        chosen = (elected.public_id, "")
        membership.apply(Work(session, ORGANISER, at), Act.PUT, chosen, ids, seen)
    assert len(membership.undoable(Work(session, ORGANISER), at).ids) == 3

    other = type(ORGANISER)(id=99, email="x@association.fr", may=lambda permission: True)
    assert membership.undoable(Work(session, other), at) is None


def test_membership_is_for_who_may_invite(session, contacts, elected):
    with pytest.raises(NotAllowed):
        membership.of_names(Work(session, OUTSIDER), contacts)
    with pytest.raises(NotAllowed):
        membership.propose(Work(session, OUTSIDER), Act.PUT, elected, [])
    with pytest.raises(NotAllowed), writing(session):
        membership.apply(Work(session, OUTSIDER, now()), Act.PUT, (elected.public_id, ""), [], "")
    with pytest.raises(NotAllowed), writing(session):
        membership.undo(Work(session, OUTSIDER, now()), now())


def test_stale_proposal_is_refused(session, contacts, elected):
    with pytest.raises(StaleEdit), writing(session):
        membership.apply(
            Work(session, ORGANISER, now()), Act.PUT, (elected.public_id, ""), [1], "x"
        )


def test_new_group_whose_name_a_colleague_took_makes_the_act_stale(session, contacts):
    with writing(session):
        ids = membership.of_names(Work(session, ORGANISER), contacts)
        seen = membership.propose(Work(session, ORGANISER), Act.PUT, None, ids).digest
    make_group(session, "Élus")

    with pytest.raises(StaleEdit), writing(session):
        membership.apply(Work(session, ORGANISER, now()), Act.PUT, ("", "élus"), ids, seen)
