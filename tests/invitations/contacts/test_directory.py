"""Contacts one by one: search, add, correct, and from where their addresses come."""

import re

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent
from consultation.clock import now
from consultation.db import erasure_log
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.invitations.contacts import directory, importer
from consultation.invitations.contacts.directory import Filters, MailboxTaken
from consultation.invitations.contacts.record import InviteeDraft
from consultation.invitations.models import ContactSource, Invitee
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.invitations.builders import (
    ORGANISER,
    OUTSIDER,
    make_group,
    make_invitee,
    text_of,
)

ROOM = "/organisation/invitations/contacts"


def draft_of(address, **values):
    return InviteeDraft(address=address, **values)


def names(session, **filters):
    filters = Filters(**{"sort": "nom", **filters})
    found = directory.find_page(Work(session, ORGANISER), filters, 1)
    return [it.name for it in directory.load(Work(session, ORGANISER), found).rows]


@pytest.fixture
def contacts(session, group):
    other = make_group(session, "Élus")
    make_invitee(session, group, "jeanne@exemple.fr", "Jeanne Été", organisation="Foyer du Port")
    make_invitee(session, other, "paul@mairie.fr", "Paul Martin", organisation="Mairie")
    make_invitee(session, group, "zoe@exemple.fr", "Zoé", organisation=None)
    return other


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("jeanne", ["Jeanne Été"]),
        ("ete", ["Jeanne Été"]),
        ("MAIRIE", ["Paul Martin"]),
        ("port jeanne", ["Jeanne Été"]),
        ("@exemple.fr", ["Jeanne Été", "Zoé"]),
        ("personne", []),
    ],
)
def test_contacts_are_found_by_parts_of_name_address_or_organisation(
    session, contacts, text, expected
):
    assert names(session, text=text) == expected


def test_contacts_are_sorted_and_reduced_to_a_group(session, contacts):
    assert names(session) == ["Jeanne Été", "Paul Martin", "Zoé"]
    assert names(session, sort="organisation") == ["Jeanne Été", "Paul Martin", "Zoé"]
    assert names(session, sort="ajout") == ["Zoé", "Paul Martin", "Jeanne Été"]
    assert names(session, sort="autre") == names(session, sort="ajout")
    assert names(session, sort="ajout", text="exemple") == ["Zoé", "Jeanne Été"]
    assert names(session, group=contacts.public_id) == ["Paul Martin"]


def test_contact_added_keeps_its_origin_and_groups(session, group):
    with writing(session):
        invitee = directory.add(
            Work(session, ORGANISER, now()),
            draft_of("anne@exemple.fr", name="Anne"),
            [group.public_id],
            "Journées d'octobre",
        )

    assert [source.origin for source in invitee.sources] == ["Journées d'octobre"]
    assert [each.name for each in invitee.groups] == [group.name]
    assert invitee.locale == "fr"


def test_mailbox_that_a_contact_has_is_not_given_to_another(session, contacts, group):
    with pytest.raises(MailboxTaken), writing(session):
        directory.add(Work(session, ORGANISER, now()), draft_of("JEANNE@exemple.fr"), [], "Essai")
    paul = session.scalars(sa.select(Invitee).where(Invitee.organisation == "Mairie")).one()
    with pytest.raises(MailboxTaken), writing(session):
        directory.change(
            Work(session, ORGANISER, now()),
            paul,
            draft_of("jeanne@exemple.fr"),
            [],
            directory.version(paul),
        )


def test_contact_changed_meanwhile_is_not_overwritten(session, contacts):
    paul = session.scalars(sa.select(Invitee).where(Invitee.organisation == "Mairie")).one()
    seen = directory.version(paul)
    with writing(session):
        paul.name = "Paule Martin"
    with pytest.raises(StaleEdit), writing(session):
        directory.change(
            Work(session, ORGANISER, now()), paul, draft_of("paul@mairie.fr"), [], seen
        )


def test_contacts_are_for_who_may_invite(session, group):
    with pytest.raises(NotAllowed):
        directory.find_page(Work(session, OUTSIDER), Filters(), 1)
    with pytest.raises(NotAllowed):
        directory.add(Work(session, OUTSIDER, now()), draft_of("anne@exemple.fr"), [], "Essai")


def test_import_keeps_the_origin_for_each_of_its_contacts(organiser, session, consultation_round):
    organiser.send_list(["a@exemple.fr", "b@exemple.fr"], new_group="Tous", origin="Adhérents")

    source = session.scalars(sa.select(ContactSource)).one()
    assert source.origin == "Adhérents"
    for invitee in session.scalars(sa.select(Invitee)):
        assert invitee.sources == [source]


def test_import_without_an_origin_is_refused_at_its_field(organiser, session, consultation_round):
    page = organiser.send_list(["a@exemple.fr"], new_group="Tous", origin=" ")

    assert page.status_code == 422
    assert 'id="origin-error"' in text_of(page)
    assert session.scalars(sa.select(Invitee)).all() == []


def test_organiser_adds_finds_and_corrects_a_contact(organiser, session, group):
    organiser.get(f"{ROOM}/nouveau")
    added = organiser.post(
        f"{ROOM}/nouveau",
        {
            "address": "anne@exemple.fr", "name": "Anne", "locale": "fr",
            "groups": [group.public_id], "origin": "Journées d'octobre",
        },
    )  # fmt: skip
    assert added.status_code == 303
    listed = text_of(organiser.get(f"{ROOM}?q=ann"))
    assert "anne@exemple.fr" in listed
    assert "Journées d&#39;octobre" in listed
    page = text_of(organiser.get(added.location))
    seen = re.search(r'name="seen"[^>]*value="(\w+)"', page)[1]

    corrected = organiser.post(
        added.location,
        {
            "seen": seen, "address": "anne@exemple.fr", "name": "Anne Été", "locale": "en",
            "groups": [group.public_id],
        },
    )  # fmt: skip

    assert corrected.status_code == 303
    invitee = session.scalars(sa.select(Invitee)).one()
    assert (invitee.name, invitee.locale) == ("Anne Été", "en")
    event = session.scalars(sa.select(AuditEvent).filter_by(action="contact_changed")).one()
    assert event.details == {"fields": ["name", "locale"]}
    assert "Anne" not in str(event.details)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"address": "anne"}, "address"),
        ({"address": ""}, "address"),
        ({"address": "jeanne@exemple.fr"}, "address"),
        ({"measures": "T99"}, "measures"),
        ({"capacity": "roi"}, "capacity"),
        ({"groups": []}, "groups"),
        ({"origin": ""}, "origin"),
    ],
)
def test_refused_contact_is_told_at_its_field(organiser, session, group, fields, name):
    make_invitee(session, group)
    organiser.get(f"{ROOM}/nouveau")
    good = {
        "address": "anne@exemple.fr", "locale": "fr", "groups": [group.public_id],
        "origin": "Journées d'octobre",
    }  # fmt: skip

    page = organiser.post(f"{ROOM}/nouveau", good | fields)

    assert page.status_code == 422
    assert f'id="{name}-error"' in text_of(page)
    assert len(session.scalars(sa.select(Invitee)).all()) == 1


def test_problems_of_a_contact_are_listed_in_the_order_of_its_page(organiser, group):
    organiser.get(f"{ROOM}/nouveau")

    page = organiser.post(f"{ROOM}/nouveau", {"address": "anne", "locale": "fr", "measures": "T99"})

    anchors = re.findall(r'<li><a href="#(\w+)"', text_of(page))
    assert anchors == ["address", "measures", "groups", "origin"]
    assert "n'a pour code « T99 ». Écrivez les codes comme ils sont" in text_of(page)


@pytest.mark.parametrize(
    ("name", "text", "most"),
    [("address", f"{'a' * 300}@b.fr", 254), ("measures", "T" * 1001, 1000)],
)
def test_text_of_a_contact_that_is_too_long_is_refused_as_such(organiser, group, name, text, most):
    organiser.get(f"{ROOM}/nouveau")

    page = organiser.post(f"{ROOM}/nouveau", {"address": "anne@exemple.fr", name: text})

    assert f"Ce texte compte {len(text)} caractères : {most} au plus." in text_of(page)


def test_stale_contact_page_shows_both_values(organiser, session, group):
    invitee = make_invitee(session, group)
    public_id = invitee.public_id
    organiser.get(f"{ROOM}/{public_id}")

    page = organiser.post(
        f"{ROOM}/{public_id}",
        {
            "seen": "0", "address": "jeanne@exemple.fr", "name": "Jeanne Hiver", "locale": "fr",
            "groups": [group.public_id],
        },
    )  # fmt: skip

    assert page.status_code == 409
    assert 'id="name-stored"' in text_of(page)
    assert importer.known_invitees(session, [draft_of("jeanne@exemple.fr")])


def test_contact_is_not_given_the_mailbox_of_another(organiser, session, group):
    make_invitee(session, group)
    public_id = make_invitee(session, group, "anne@exemple.fr", "Anne").public_id
    page = text_of(organiser.get(f"{ROOM}/{public_id}"))
    seen = re.search(r'name="seen"[^>]*value="(\w+)"', page)[1]

    refused = organiser.post(
        f"{ROOM}/{public_id}",
        {
            "seen": seen, "address": "jeanne@exemple.fr", "name": "Anne", "locale": "fr",
            "groups": [group.public_id],
        },
    )  # fmt: skip

    assert refused.status_code == 422
    assert "Un autre contact a déjà cette adresse" in text_of(refused)
    assert 'value="jeanne@exemple.fr"' in text_of(refused)
    assert importer.known_invitees(session, [draft_of("anne@exemple.fr")])


def test_contacts_of_a_search_are_erased_once_their_number_is_typed(organiser, session, contacts):
    page = text_of(organiser.get(f"{ROOM}/effacer?q=exemple.fr"))
    assert "Effacer 2 contacts" in page
    seen = re.search(r'name="seen"[^>]*value="(\w+)"', page)[1]

    refused = organiser.post(f"{ROOM}/effacer?q=exemple.fr", {"seen": seen, "count": "3"})
    assert refused.status_code == 422
    assert 'id="count-error"' in text_of(refused)
    assert names(session) == ["Jeanne Été", "Paul Martin", "Zoé"]

    done = organiser.post(f"{ROOM}/effacer?q=exemple.fr", {"seen": seen, "count": "2"})

    assert done.status_code == 303
    assert names(session) == ["Paul Martin"]
    erased = session.scalars(sa.select(AuditEvent).filter_by(action="contact_erased")).all()
    assert len(erased) == 2


def test_search_without_contacts_leads_back_to_them(organiser, contacts):
    page = text_of(organiser.get(f"{ROOM}/effacer?q=personne"))

    assert "<h1>Effacer des contacts</h1>" in page
    assert f'<a href="{ROOM}?q=personne&amp;tri=ajout">Revenir aux contacts</a>' in page


def test_other_contacts_than_those_displayed_are_not_erased(organiser, session, contacts, group):
    page = text_of(organiser.get(f"{ROOM}/effacer?q=exemple.fr"))
    seen = re.search(r'name="seen"[^>]*value="(\w+)"', page)[1]
    session.add(make_invitee(session, session.merge(group), "anne@exemple.fr", "Anne"))
    session.commit()

    answer = organiser.post(f"{ROOM}/effacer?q=exemple.fr", {"seen": seen, "count": "3"})

    assert answer.status_code == 409
    assert len(names(session)) == 4


def test_without_the_list_of_erasures_no_contact_of_a_search_is_erased(
    app, organiser, session, contacts
):
    page = text_of(organiser.get(f"{ROOM}/effacer?q=exemple.fr"))
    seen = re.search(r'name="seen"[^>]*value="(\w+)"', page)[1]
    (app.config["HOME"] / erasure_log.NAME).mkdir()

    answer = organiser.post(f"{ROOM}/effacer?q=exemple.fr", {"seen": seen, "count": "2"})

    assert answer.status_code == 503
    assert names(session) == ["Jeanne Été", "Paul Martin", "Zoé"]
