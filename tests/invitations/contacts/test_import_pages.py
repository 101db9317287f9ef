"""Import of contacts: columns told by hand, what changes shown before anything is stored."""

import re

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.invitations.contacts import erasure
from consultation.invitations.models import Invitee, InviteeGroup
from consultation.spreadsheets.models import SentSheet
from consultation.work.services import Work
from tests.factories import make_measure
from tests.invitations.builders import ORGANISER, make_group, make_invitee, text_of

ROOM = "/organisation/invitations"
UNKNOWN_COLUMNS = "Où écrire;Qui;Divers\njeanne@exemple.fr;Jeanne;x\nzoe@exemple.fr;Zoé;y\n"


def stored(session, model=Invitee):
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).select_from(model))


@pytest.fixture
def known(session, group):
    return make_invitee(session, group, "jeanne@exemple.fr", "Jeanne", organisation="Foyer")


def test_preview_tells_new_changed_and_merged_contacts_and_stores_none(organiser, session, known):
    make_measure(session, "T9")
    make_invitee(session, known.groups[0], "paul@exemple.fr", "Paul")

    sent = organiser.upload_list(
        [
            "jeanne@exemple.fr;Jeanne Été;;;;;T9", "zoe@exemple.fr;Zoé", "paul@exemple.fr;Paul",
            "zoe@exemple.fr;;Refuge",
        ],
        new_group="Juristes",
    )  # fmt: skip
    page = text_of(organiser.get(sent.location))

    for count, label in (
        (1, "nouveau contact"), (1, "corrigé"), (1, "inchangé"), (1, "ligne réunie à une autre"),
    ):  # fmt: skip
        assert f'<b class="num">{count}</b> {label}</li>' in page
    assert "3 contacts entrent dans un nouveau groupe, « <bdi>Juristes</bdi> »" in page
    before_and_after = re.findall(r"<td role=\"cell\"[^>]*>(.*?)</td>", page)
    assert before_and_after[:6] == [
        "Nom", "<bdi>Jeanne</bdi>", "<bdi>Jeanne Été</bdi>", "Mesures", "<i>vide</i>",
        "<bdi>T9</bdi>",
    ]  # fmt: skip
    assert "Refuge" in page
    assert (stored(session), stored(session, InviteeGroup)) == (2, 1)


def test_list_given_up_leaves_nothing(organiser, session, group):
    sent = organiser.upload_list(["zoe@exemple.fr"], group=group.public_id)
    organiser.get(sent.location)

    organiser.post(f"{sent.location}/abandonner")

    assert (stored(session), stored(session, SentSheet)) == (0, 0)
    assert organiser.get(sent.location).status_code == 404


def test_list_is_not_stored_if_it_would_change_something_else_meanwhile(organiser, session, known):
    sent = organiser.upload_list(["jeanne@exemple.fr;Jeanne Été"], new_group="Juristes")
    shown = re.search(r'name="shown" value="(\w+)"', text_of(organiser.get(sent.location)))[1]
    session.get_one(Invitee, known.id).name = "Jeanne Hiver"
    session.commit()

    page = organiser.post(sent.location, {"shown": shown})

    assert page.status_code == 409
    assert "<bdi>Jeanne Hiver</bdi>" in text_of(page)
    session.expire_all()
    assert session.get_one(Invitee, known.id).name == "Jeanne Hiver"
    assert organiser.confirm_list(sent.location).status_code == 303
    session.expire_all()
    assert session.get_one(Invitee, known.id).name == "Jeanne Été"


def test_group_made_meanwhile_is_joined_once_it_was_shown(organiser, session, known):
    sent = organiser.upload_list(["zoe@exemple.fr"], new_group="Juristes")
    shown = re.search(r'name="shown" value="(\w+)"', text_of(organiser.get(sent.location)))[1]
    made = make_group(session, "juristes")

    stale = organiser.post(sent.location, {"shown": shown})
    done = organiser.confirm_list(sent.location)

    assert stale.status_code == 409
    assert done.location.endswith(f"/{made.public_id}?importe=oui")
    assert stored(session, InviteeGroup) == 2


def test_columns_of_other_names_are_told_by_hand(organiser, session, group):
    sent = organiser.upload_list(UNKNOWN_COLUMNS, group=group.public_id)
    page = text_of(organiser.get(sent.location))
    assert "Par exemple : jeanne@exemple.fr ; zoe@exemple.fr" in page
    assert page.count('<option selected value="">Ne pas lire</option>') == 3

    told = organiser.post(
        f"{sent.location}/colonnes", {"column-0": "address", "column-1": "name", "column-2": ""}
    )
    done = organiser.confirm_list(told.location)

    assert done.status_code == 303
    names = {each.address: each.name for each in session.scalars(sa.select(Invitee))}
    assert names == {"jeanne@exemple.fr": "Jeanne", "zoe@exemple.fr": "Zoé"}


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"column-0": "address", "column-1": "address"}, "column-1"),
        ({"column-0": "", "column-1": "name"}, "column-0"),
        ({"column-0": "address", "column-1": "inconnu"}, "column-1"),
    ],
)
def test_columns_that_can_t_be_are_refused_at_their_field(organiser, group, fields, wrong):
    sent = organiser.upload_list(UNKNOWN_COLUMNS, group=group.public_id)
    organiser.get(sent.location)

    page = organiser.post(f"{sent.location}/colonnes", {"column-2": "", **fields})

    assert page.status_code == 422
    assert f'id="{wrong}-error"' in text_of(page)


def test_columns_that_nobody_told_are_not_confirmed(organiser, session, group):
    sent = organiser.upload_list(UNKNOWN_COLUMNS, group=group.public_id)
    organiser.get(sent.location)

    page = organiser.post(sent.location, {"shown": "x"})

    assert page.status_code == 409
    assert "Ce que contient chaque colonne" in text_of(page)
    assert stored(session) == 0


def test_column_read_as_another_is_told_again(organiser, session, group):
    rows = "Adresse;Nom;Usage\njeanne@exemple.fr;Martin;Jeanne\n"
    sent = organiser.upload_list(rows, group=group.public_id)
    assert '<option selected value="address">Adresse</option>' in text_of(
        organiser.get(f"{sent.location}/colonnes")
    )

    told = organiser.post(
        f"{sent.location}/colonnes", {"column-0": "address", "column-1": "", "column-2": "name"}
    )
    organiser.confirm_list(told.location)

    assert session.scalars(sa.select(Invitee.name)).one() == "Jeanne"


def test_refused_list_comes_back_with_its_errors_marked_and_its_words_kept(organiser, group):
    page = organiser.upload_list(["jeanne"], group=group.public_id, origin="Lettre de mars")
    public_id = re.search(r"importer/([\w-]+)/annote", text_of(page))[1]

    marked = organiser.get(f"{ROOM}/importer/{public_id}/annote")
    again = text_of(organiser.get(f"{ROOM}/importer/{public_id}"))

    assert page.status_code == 422
    assert marked.data.startswith(b"PK")
    assert 'value="Lettre de mars"' in again
    assert f'<option selected value="{group.public_id}">' in again


def test_waiting_list_is_stored_encrypted(organiser, session, group):
    organiser.upload_list(["jeanne@exemple.fr;Jeanne"], group=group.public_id)

    session.rollback()
    raw = session.execute(sa.text("SELECT content FROM sent_sheet")).scalar_one()
    assert b"jeanne" not in bytes(raw).lower()


def test_erased_contact_is_in_no_list_that_waits(app, organiser, session, known):
    sent = organiser.upload_list(["jeanne@exemple.fr;Jeanne Été"], new_group="Juristes")
    with writing(session):
        invitee = session.get_one(Invitee, known.id)
        erasure.erase(Work(session, ORGANISER, now()), invitee, home=app.config["HOME"])

    assert organiser.get(sent.location).status_code == 404
    assert stored(session, SentSheet) == 0
