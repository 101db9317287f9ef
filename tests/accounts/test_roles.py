"""Roles: what each opens; strangers sign in first, colleagues get 403."""

import pytest

from consultation.accounts.models import Role
from consultation.accounts.roles import GRANTS, StaffActor
from consultation.dashboard import menu
from consultation.web import navigation
from consultation.web.navigation import Entry, MenuStep
from consultation.web.permissions import Permission, requires
from tests.accounts.builders import Browser, add_stand_ins, make_account

EMAIL = "élise@association.example"
OPENED = {
    Permission.WORKSPACE: {Role.ORGANISER, Role.MODERATOR, Role.ADMINISTRATOR},
    Permission.EDIT_PLAN: {Role.ORGANISER},
    Permission.COMPOSE: {Role.ORGANISER},
    Permission.RUN_ROUNDS: {Role.ORGANISER},
    Permission.FOLLOW: {Role.ORGANISER},
    Permission.READ_RESPONSES: {Role.ORGANISER, Role.MODERATOR},
    Permission.EXPORT_UNREAD: {Role.ORGANISER},
    Permission.EXPORT_CONTACTS: {Role.ORGANISER},
    Permission.PUBLISH_RESULTS: {Role.ORGANISER, Role.ADMINISTRATOR},
    Permission.INVITE: {Role.ORGANISER},
    Permission.ENTER_RESPONSES: {Role.ORGANISER},
    Permission.DECIDE: {Role.ORGANISER},
    Permission.PUBLISH_EDITIONS: {Role.ORGANISER},
    Permission.RECORD_VALUES: {Role.ORGANISER},
    Permission.PUBLISH_VALUES: {Role.ORGANISER},
    Permission.ASK_REPLIES: {Role.ORGANISER},
    Permission.SORT_INBOX: {Role.ORGANISER, Role.MODERATOR},
    Permission.MODERATE: {Role.MODERATOR},
    Permission.READ_OUTBOX: {Role.ADMINISTRATOR},
    Permission.DIRECT_OUTBOX: {Role.ADMINISTRATOR},
    Permission.READ_MAILBOX: {Role.ADMINISTRATOR},
    Permission.GUARD: {Role.ADMINISTRATOR},
    Permission.CONFIGURE: {Role.ADMINISTRATOR},
    Permission.MANAGE_ACCOUNTS: {Role.ADMINISTRATOR},
    Permission.READ_TRAIL: {Role.ADMINISTRATOR},
}
NON_PUBLIC = [permission for permission in Permission if permission is not Permission.PUBLIC]


def path_of(permission):
    return f"/organisation/essai/{permission.name.lower()}"


@pytest.fixture
def app(app):
    """A page for each permission, and the menu that names it."""
    add_stand_ins(app)
    for permission in NON_PUBLIC:
        view = requires(permission)(lambda: "<title>x</title><html lang=fr><main><h1>x</h1></main>")
        app.add_url_rule(path_of(permission), f"essai.{permission.name}", view)
    return app


@pytest.mark.every_case
@pytest.mark.parametrize("permission", NON_PUBLIC)
@pytest.mark.parametrize("role", [None, *Role])
def test_matrix_of_roles_and_permissions(app, session, role, permission):
    visitor = Browser(app)
    if role is not None:
        make_account(session, EMAIL, role)
        visitor.sign_in(EMAIL)

    page = visitor.get(path_of(permission))

    if role is None:
        assert page.status_code == 303
    else:
        assert page.status_code == (200 if role in OPENED[permission] else 403)


def test_several_roles_open_what_each_of_them_opens():
    actor = StaffActor(1, EMAIL, frozenset({Role.MODERATOR, Role.ADMINISTRATOR}))

    opened = {permission for permission in NON_PUBLIC if actor.may(permission)}

    assert opened == GRANTS[Role.MODERATOR] | GRANTS[Role.ADMINISTRATOR]


def test_account_without_a_role_opens_nothing(app, session):
    actor = StaffActor(1, EMAIL, frozenset())

    assert not any(actor.may(permission) for permission in Permission)


def test_no_role_holds_a_permission_that_this_table_forgets():
    assert set().union(*GRANTS.values()) == set(OPENED) == set(NON_PUBLIC)


def test_menu_and_home_name_what_the_roles_open(app, session):
    make_account(session, EMAIL, Role.MODERATOR)
    reading = MenuStep(menu.PRECISE, 1, "Lire", "Les lire.")
    taking = MenuStep(menu.PRECISE, 2, "Emporter", "Les télécharger.")
    offered = [
        Entry(None, "accounts.workspace", "Accueil", Permission.WORKSPACE),
        Entry(reading, "essai.READ_RESPONSES", "Les contributions", Permission.READ_RESPONSES),
        Entry(taking, "essai.EXPORT_UNREAD", "Le classeur", Permission.EXPORT_UNREAD),
        Entry(taking, "pas.encore", "Les tours", Permission.WORKSPACE),
    ]
    navigation.set_menu(app, offered)
    visitor = Browser(app)
    visitor.sign_in(EMAIL)

    home = visitor.get("/organisation/")

    address = path_of(Permission.READ_RESPONSES)
    assert f'href="{address}">Lire' in home.text
    assert "Les lire." in home.text
    assert 'aria-current="page">Accueil' in home.text
    assert "Emporter" not in home.text
    page = visitor.get(address)
    assert "Le classeur" not in page.text
    assert "Les tours" not in page.text


def test_colleague_without_the_role_is_told_whom_to_ask_in_the_frame_of_the_staff(app, session):
    make_account(session, EMAIL, Role.MODERATOR)
    visitor = Browser(app)
    visitor.sign_in(EMAIL)

    page = visitor.get(path_of(Permission.READ_OUTBOX))

    assert "Se déconnecter" in page.text
    assert "qui administre le site" in page.text
    assert "Se connecter" not in page.text


def test_missing_staff_page_does_not_invite_to_sign_in_who_is_signed_in(app, session):
    make_account(session, EMAIL)
    visitor = Browser(app)
    visitor.sign_in(EMAIL)

    page = visitor.get("/organisation/rien")

    assert page.status_code == 404
    assert "Se déconnecter" in page.text
    assert "Se connecter" not in page.text


@pytest.mark.parametrize(
    "path", ["/connexion", "/connexion/oubli", "/organisation/", "/administration/courriels"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_staff_has_no_page_in_english(app, session, path, method):
    make_account(session, EMAIL, *Role)
    visitor = Browser(app)
    visitor.sign_in(EMAIL)

    page = visitor.open(f"/en{path}", method=method, data={} if method == "POST" else None)

    assert page.status_code == 404
    assert "Set-Cookie" not in page.headers
    assert "Cookie" not in page.headers.get("Vary", "")
    assert '<html lang="en">' in page.text
