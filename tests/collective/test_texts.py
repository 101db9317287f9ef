"""Site texts: none is shipped, versions are only added, what is missing is told."""

import pytest
import sqlalchemy as sa
from alembic import command
from werkzeug.datastructures import MultiDict

from consultation.accounts.models import Role
from consultation.accounts.roles import StaffActor
from consultation.collective import texts
from consultation.collective.forms import LONGEST, form_of
from consultation.collective.models import SiteText, SiteTextKind
from consultation.db import upgrade
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.collective.builders import write_site
from tests.questionnaires.rounds.builders import organiser_of

FOR_VISITORS = [kind for kind in SiteTextKind if kind not in texts.LETTERS]
MEMBERS = "Association du Pont\n\n  Foyer du Port \n"


@pytest.fixture
def organiser(session):
    return organiser_of(session)


def filled(kind, **fields):
    """Return the form of a text, validated."""
    form = form_of(kind)(MultiDict(fields), kind=kind)
    form.validate()
    return form


def test_no_site_text_is_shipped(session):
    in_force = texts.in_force(session)

    assert list(in_force) == list(SiteTextKind)
    assert texts.missing(in_force) == FOR_VISITORS


def test_site_text_in_force_is_the_last_version_of_its_kind(session, organiser):
    write_site(session, organiser, SiteTextKind.HOST, fr="Un")
    write_site(session, organiser, SiteTextKind.HOST, 1, fr="Deux", en="Two")
    write_site(session, organiser, SiteTextKind.DIRECTOR, fr="Quelqu'un")

    in_force = texts.in_force(session)

    assert in_force[SiteTextKind.HOST].content == {"fr": "Deux", "en": "Two"}
    assert in_force[SiteTextKind.HOST].number == 2
    assert in_force[SiteTextKind.DIRECTOR].lacking == ["en"]
    assert not {SiteTextKind.HOST, SiteTextKind.DIRECTOR} & set(texts.missing(in_force))
    versions = texts.versions(Work(session, organiser), SiteTextKind.HOST)
    assert [(it.number, it.writer) for it in versions] == [
        (2, organiser.email), (1, organiser.email)
    ]  # fmt: skip


def test_blanked_site_text_is_missing_again(session, organiser):
    write_site(session, organiser, SiteTextKind.HOST, fr="Un")
    blanked = filled(SiteTextKind.HOST, fr="", en="").content

    assert write_site(session, organiser, SiteTextKind.HOST, 1, **blanked) == 2

    assert SiteTextKind.HOST in texts.missing(texts.in_force(session))
    assert write_site(session, organiser, SiteTextKind.HOST, 2, **blanked) is None


def test_emptying_what_was_never_written_makes_no_version(session, organiser):
    assert write_site(session, organiser, SiteTextKind.HOST, fr=texts.NOTHING) is None


def test_members_are_the_lines_that_are_not_blank(session, organiser):
    write_site(session, organiser, SiteTextKind.MEMBERS, fr=MEMBERS)

    members = texts.in_force(session)[SiteTextKind.MEMBERS]

    assert members.lines == ["Association du Pont", "Foyer du Port"]


def test_site_text_adapted_from_an_older_version_is_stale(session, organiser):
    write_site(session, organiser, SiteTextKind.HOST, fr="Un")

    for number in (0, -1, 7):
        with pytest.raises(StaleEdit, match="ce texte") as stale:
            write_site(session, organiser, SiteTextKind.HOST, number, fr="Deux")
        assert stale.value.by == organiser.email

    assert session.scalars(sa.select(SiteText.content)).all() == [{"fr": "Un"}]


def test_site_text_is_written_by_organisers_alone(session, organiser):
    moderator = StaffActor(organiser.id, organiser.email, frozenset({Role.MODERATOR}))

    with pytest.raises(NotAllowed):
        write_site(session, moderator, SiteTextKind.HOST, fr="Un")
    with pytest.raises(NotAllowed):
        texts.versions(Work(session, moderator), SiteTextKind.HOST)


@pytest.mark.parametrize(
    "typed",
    ["javascript:alert(1)", "javascript://exemple.fr/%0aalert(1)", "contrelatraite.org", "https://",
     "https://a b", "http://[x"],
)  # fmt: skip
def test_plan_link_is_an_address_of_a_page(typed):
    assert "https://" in filled(SiteTextKind.PLAN_LINK, fr=typed).errors["fr"][0]
    assert filled(SiteTextKind.PLAN_LINK, fr="https://exemple.fr/plan").errors == {}


def test_site_text_has_french_and_a_length():
    assert "français" in filled(SiteTextKind.HOST, fr=" ", en="Here").errors["fr"][0]
    assert str(LONGEST) in filled(SiteTextKind.HOST, fr="x" * (LONGEST + 1)).errors["fr"][0]
    assert "en" not in filled(SiteTextKind.MEMBERS, fr="Un nom")


def test_migration_of_site_texts_goes_down_and_up(app, session, organiser):
    write_site(session, organiser, SiteTextKind.HOST, fr="Un")
    session.remove()
    config = upgrade.config_for(db.engine)

    command.downgrade(config, "0027")
    assert not sa.inspect(db.engine).has_table("site_text")
    command.upgrade(config, "head")

    assert texts.missing(texts.in_force(session)) == FOR_VISITORS


def test_migration_of_the_postal_address_goes_down_and_up(app, session, organiser):
    write_site(session, organiser, SiteTextKind.POSTAL_ADDRESS, fr="1 rue des Essais")
    write_site(session, organiser, SiteTextKind.HOST, fr="Un")
    session.remove()
    config = upgrade.config_for(db.engine)

    command.downgrade(config, "0056")
    columns = {it["name"] for it in sa.inspect(db.engine).get_columns("data_request")}
    command.upgrade(config, "head")

    assert "sender_address" not in columns
    in_force = texts.in_force(session)
    assert not in_force[SiteTextKind.POSTAL_ADDRESS].is_filled
    assert in_force[SiteTextKind.HOST].is_filled
