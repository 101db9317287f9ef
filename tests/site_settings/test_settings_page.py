"""Settings on screen: bounds, stale edits, who may, and what the rest of the site reads."""

import re

import pytest
import sqlalchemy as sa

from consultation import create_app
from consultation.accounts.models import AuditEvent, Role
from consultation.accounts.roles import StaffActor
from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.settings import ON_SCREEN
from consultation.site_settings import changes
from consultation.site_settings.models import SiteSetting
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.accounts.builders import Browser, make_account
from tests.pages import straight
from tests.statements import selects

pytestmark = pytest.mark.database

ADDRESS = "/administration/reglages"
EMAIL = "claire@association.example"


@pytest.fixture
def unlimited(settings):
    settings["RATE_LIMITS"] = False


@pytest.fixture
def administrator(unlimited, session):
    account = make_account(session, EMAIL, Role.ADMINISTRATOR)
    return StaffActor(account, EMAIL, frozenset({Role.ADMINISTRATOR}))


@pytest.fixture
def staff(administrator, app):
    staff = Browser(app)
    staff.sign_in(EMAIL)
    return staff


def fields_of(page):
    """Return what the form of a page holds, as a browser would send it."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name = re.search(r'name="(\w+)"', tag)
        if not name or ('type="checkbox"' in tag and " checked" not in tag):
            continue
        value = re.search(r'value="([^"]*)"', tag)
        found[name[1]] = value[1] if value else ""
    return found


def change(session, actor, fixed=(), **wanted):
    seen = changes.version(changes.changed(Work(session, actor)))
    with writing(session):
        return changes.change(Work(session, actor, now()), wanted, seen, fixed=fixed)


def test_setting_changed_on_screen_is_what_the_application_reads(app, session, administrator):
    assert app.config["SMALL_CELL"] == 5

    change(session, administrator, SMALL_CELL=7, TWO_MODERATORS=True)

    assert app.config["SMALL_CELL"] == 7
    assert app.config.get("TWO_MODERATORS") is True


def test_setting_changed_on_screen_is_read_by_every_process(settings, session, administrator):
    other = create_app(settings)
    change(session, administrator, DANGER_REFERENT_NAME="Fatou")

    with other.app_context():
        assert other.config["DANGER_REFERENT_NAME"] == "Fatou"
        db.session.remove()
        db.engine.dispose()


def test_setting_of_the_environment_wins_over_a_stored_one(
    settings, session, administrator, monkeypatch
):
    change(session, administrator, SMALL_CELL=7)
    monkeypatch.setenv("CONSULTATION_SMALL_CELL", "9")

    other = create_app(settings)
    with other.app_context():
        assert other.config["SMALL_CELL"] == 9
        db.session.remove()
        db.engine.dispose()


def test_setting_changed_back_to_its_default_keeps_no_row(session, administrator):
    change(session, administrator, SMALL_CELL=7)
    change(session, administrator, SMALL_CELL=5)

    assert session.scalars(sa.select(SiteSetting)).all() == []


def test_stored_setting_that_this_version_refuses_is_not_used(app, session, administrator):
    row = {"changed_at": now(), "account_id": administrator.id}
    with writing(session):
        session.add(SiteSetting(name="SMALL_CELL", value=2, **row))
        session.add(SiteSetting(name="TEXT_CAP", value="beaucoup", **row))
        session.add(SiteSetting(name="GONE", value=1, **row))

    assert app.config["SMALL_CELL"] == 5
    assert app.config["TEXT_CAP"] == 64


def test_each_setting_changed_is_recorded_with_before_and_after(session, administrator):
    names = change(session, administrator, SMALL_CELL=7, FORM_CAP=1000)

    events = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "setting_changed"))
    assert names == ["SMALL_CELL"]
    assert [(it.account_id, it.subject, it.details) for it in events] == [
        (administrator.id, "SMALL_CELL", {"before": 5, "after": 7})
    ]


def test_settings_changed_since_they_were_displayed_are_not_overwritten(session, administrator):
    seen = changes.version(changes.changed(Work(session, administrator)))
    change(session, administrator, SMALL_CELL=7)

    with pytest.raises(StaleEdit) as stale, writing(session):
        changes.change(Work(session, administrator, now()), {"FORM_CAP": 50}, seen, fixed=())

    assert stale.value.by == EMAIL
    assert changes.changed(Work(session, administrator)).keys() == {"SMALL_CELL"}


def test_fixed_setting_is_not_changed(session, administrator):
    assert change(session, administrator, fixed={"SMALL_CELL"}, SMALL_CELL=7) == []


def test_settings_are_for_administrators(session, administrator):
    organiser = StaffActor(administrator.id, EMAIL, frozenset({Role.ORGANISER, Role.MODERATOR}))

    with pytest.raises(NotAllowed):
        changes.changed(Work(session, organiser))


def test_public_page_reads_the_settings_at_most_once(client):
    client.get("/donnees-personnelles")
    with selects() as seen:
        client.get("/donnees-personnelles")

    assert sum("site_setting" in statement for statement in seen) <= 1


def test_settings_page_shows_each_setting_with_its_default(staff):
    page = staff.get(ADDRESS).text

    for setting in ON_SCREEN.values():
        assert f'for="{setting.name}"' in page
    assert "Au départ : 5." in straight(page)


def test_settings_page_stores_what_was_typed(app, staff):
    fields = fields_of(staff.get(ADDRESS).text)

    answer = staff.post(ADDRESS, fields | {"SMALL_CELL": "8", "SECOND_FACTOR_ORGANISERS": "y"})

    assert answer.status_code == 303
    assert app.config["SMALL_CELL"] == 8
    assert app.config["SECOND_FACTOR_ORGANISERS"] is True
    assert app.config["FORM_CAP"] == 1000


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SMALL_CELL", "3", "de 4 à"),
        ("SMALL_CELL", "beaucoup", "nombre entier"),
        ("TEXT_CAP", "1025", "de 1 à 1024"),
        ("DANGER_REFERENT", "Fatou <f@exemple.fr>", "boîte"),
        ("DOCUMENT_URL", "www.exemple.fr", "adresse entière"),
        ("SECURITY_CONTACT", "chez nous", "https://"),
    ],
)
def test_refused_setting_is_told_at_its_field_and_kept(app, staff, name, value, sentence):
    fields = fields_of(staff.get(ADDRESS).text)

    answer = staff.post(ADDRESS, fields | {name: value, "FORM_CAP": "77"})

    page = straight(answer.text)
    assert answer.status_code == 422
    assert f'id="{name}-error"' in page
    assert sentence in page
    assert 'value="77"' in page
    assert app.config["FORM_CAP"] == 1000


def test_stale_settings_page_shows_both_values(app, session, staff, administrator):
    fields = fields_of(staff.get(ADDRESS).text)
    change(session, administrator, SMALL_CELL=7)

    answer = staff.post(ADDRESS, fields | {"SMALL_CELL": "9"})

    assert answer.status_code == 409
    assert 'id="SMALL_CELL-stored"' in answer.text
    assert app.config["SMALL_CELL"] == 7
    again = staff.post(ADDRESS, fields_of(answer.text))
    session.rollback()
    assert again.status_code == 303
    assert app.config["SMALL_CELL"] == 9


def test_fixed_setting_is_shown_without_a_field(settings, databases, monkeypatch):
    monkeypatch.setenv("CONSULTATION_SMALL_CELL", "9")
    app = create_app(settings | {"RATE_LIMITS": False})
    with app.app_context():
        make_account(db.session, EMAIL, Role.ADMINISTRATOR)
        staff = Browser(app)
        staff.sign_in(EMAIL)
        page = staff.get(ADDRESS).text
        db.session.remove()
        db.engine.dispose()

    assert "réglé sur le serveur" in page
    assert 'for="SMALL_CELL"' not in page


@pytest.mark.parametrize(
    ("role", "name"),
    [
        (Role.ORGANISER, "SECOND_FACTOR_ORGANISERS"),
        (Role.MODERATOR, "SECOND_FACTOR_MODERATORS"),
    ],
)
def test_second_factor_is_asked_of_the_role_that_the_setting_names(
    app, session, administrator, role, name
):
    make_account(session, "paul@association.example", role)
    staff = Browser(app)
    staff.sign_in("paul@association.example")
    assert staff.get("/organisation/").status_code == 200

    change(session, administrator, **{name: True})

    asked = staff.get("/organisation/")
    assert asked.status_code == 303
    assert asked.location == "/organisation/compte/deux-etapes"
    page = staff.get(asked.location).text
    assert "Votre rôle la demande" in page
    assert "Prévenez la personne qui administre" not in page
