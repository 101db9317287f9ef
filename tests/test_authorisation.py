"""Every route, method and role, as the reviewed table says; made from the routes themselves."""

import re

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role, StaffSession
from consultation.clock import now
from consultation.spreadsheets import uploads
from consultation.spreadsheets.models import SheetPurpose
from consultation.web.headers import is_staff_path
from tests.accounts.builders import Browser, make_account
from tests.authorisation import TABLE, lines_of
from tests.factories import make_measure, make_round

REVIEWED = [line.split(";") for line in TABLE.read_text("utf-8").splitlines()]
# Its own doors: they answer whoever is signed in otherwise than strangers, and take nobody's page.
PROTECTED = [row for row in REVIEWED if row[3] != "everyone"]
PLACES = {"code": "T7", "measure": "T7", "measure_code": "T7"}
REFUSED = (403, 404)


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def actors(app, session):
    """A browser of a stranger, and one of an account of each role."""
    make_measure(session, "T7")
    make_round(session)
    session.commit()
    browsers = {None: Browser(app)}
    browsers[None].get("/connexion")
    for role in Role:
        make_account(session, f"{role.value}@association.example", role)
        browsers[role] = Browser(app)
        browsers[role].sign_in(f"{role.value}@association.example")
        browsers[role].get("/organisation/")
    return browsers


def path_of(address):
    """The address with an object that is there where the name says which, else one that is not."""

    def fill(match):
        converter, _, name = match[1].rpartition(":")
        choices = re.findall(r"any\((\w+)", converter)
        return "1" if converter == "int" else choices[0] if choices else PLACES.get(name, "inconnu")

    return re.sub(r"<([^>]+)>", fill, address)


def test_table_is_what_the_routes_say(app):
    assert [";".join(row) for row in REVIEWED] == lines_of(app), (
        "routes changed: run `python -m tests.authorisation`, and read what it changes"
    )


def test_every_address_of_the_staff_is_guarded():
    doors = {row[0] for row in REVIEWED if row[3] == "everyone" and is_staff_path(row[0])}

    assert all(door.startswith("/connexion") for door in doors), doors


def test_each_role_opens_what_the_table_says_and_nothing_else(actors):
    wrong = []
    for address, method, _permission, roles, stranger in PROTECTED:
        for role, browser in actors.items():
            call = browser.get if method == "GET" else browser.post
            answer = call(path_of(address))
            status = answer.status_code
            if role is None:
                is_right = answer_to(answer) == stranger
            elif role.value in roles.split():
                is_right = status != 403
            else:
                is_right = status == 403
            if not is_right:
                wrong.append((address, method, role, status))

    assert wrong == []


def answer_to(answer):
    """What a stranger was answered, in the words of the table."""
    if answer.status_code == 303 and answer.location.startswith("/connexion?next="):
        return "sign-in"
    return str(answer.status_code)


def test_no_post_without_the_token_of_its_form_is_taken_from_anybody(actors):
    taken = []
    for address, method, _permission, roles, _stranger in PROTECTED:
        # Whoever may not post there is refused with the token too.
        for role in (None, *map(Role, roles.split())) if method == "POST" else ():
            page = actors[role].post(path_of(address), {"csrf_token": "x"})
            if page.status_code != 403:
                taken.append((address, role, page.status_code))

    assert taken == []


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_no_other_method_changes_anything(actors, method):
    answered = {
        actors[Role.ORGANISER].open(path_of(address), method=method).status_code
        for address in {address for address, *_ in PROTECTED}
    }

    assert answered <= {400, 403, 404, 405}


@pytest.fixture
def two_organisers(app, session):
    """The browsers of two organisers, and the first one's account."""
    make_measure(session, "T7")
    make_round(session)
    session.commit()
    browsers = []
    for name in ("lou", "sam"):
        account_id = make_account(session, f"{name}@association.example", Role.ORGANISER)
        browser = Browser(app)
        browser.sign_in(f"{name}@association.example")
        browser.get("/organisation/")
        browsers.append((browser, account_id))
    return browsers


PURPOSES = {
    "/organisation/plan/import/": SheetPurpose.PLAN,
    "/organisation/avancement/importer-des-evaluations/": SheetPurpose.STATUSES,
    "/organisation/tours/<code>/questionnaire/classeur/": SheetPurpose.QUESTIONNAIRE,
    "/organisation/invitations/importer/": SheetPurpose.CONTACTS,
}
SHEETS = [
    (address, method, PURPOSES[address.partition("<public_id>")[0]])
    for address, method, *_ in PROTECTED
    if address.partition("<public_id>")[0] in PURPOSES and "<public_id>" in address
]


def test_file_awaiting_confirmation_is_its_sender_s_alone(two_organisers, session):
    (sender, sender_id), (colleague, _) = two_organisers
    wrong = []
    for address, method, purpose in SHEETS:
        session.expunge_all()
        kept = uploads.keep(session, sender_id, purpose, "liste.csv", b"Axe;Code\r\n", now())
        session.commit()
        path = address.replace("<public_id>", kept.public_id).replace("<code>", "tour-1")
        for browser, is_own in ((colleague, False), (sender, True)):
            call = browser.get if method == "GET" else browser.post
            if (call(path).status_code != 404) != is_own:
                wrong.append((address, method, is_own))

    assert len(SHEETS) >= 18
    assert wrong == []


def test_session_is_closed_by_its_own_account_alone(two_organisers, session):
    (sender, sender_id), (colleague, _) = two_organisers
    public_id = session.scalars(
        sa.select(StaffSession.public_id).where(StaffSession.account_id == sender_id)
    ).one()
    path = f"/organisation/compte/connexions/{public_id}/fermer"

    colleague.post(path)
    still = sender.is_signed_in()
    sender.post(path)

    assert still
    assert not sender.is_signed_in()
