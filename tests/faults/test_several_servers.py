"""Two servers and two workers on one PostgreSQL, and no visitor who comes back to the same one."""

import io
import re
import zipfile
from collections import Counter

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.db.base import writing
from consultation.jobs.models import Job
from consultation.plan.models import Plan
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import store
from consultation.responses.models import Draft, PersonalLink, Response
from consultation.responses.space import links
from tests.accounts.builders import PASSWORD, make_account
from tests.factories import open_for_good
from tests.faults.checking import CODE, check_database, check_history, check_outbox_rows
from tests.faults.test_export_faults import wait_until
from tests.faults.test_kill import wait_for_mail
from tests.faults.travelling import Traveller, Turns
from tests.faults.visiting import LONG_TEXT, PATH, Crowd, Form
from tests.questionnaires.publishing_builders import AT, changed

ACKED, ACKED_LONG = 40, 2000
EMAIL = "lou@association.example"
ASKED = "Racontez ce que vous en voyez"
pytestmark = pytest.mark.only("postgresql")  # a file of SQLite is served by one machine
HIDDEN = 'name="{}" value="([^"]*)"'


@pytest.fixture
def make_site(make_server, tmp_path, database_url, smtp_sink):
    """Make a site of two servers and two workers; they begin in the same moment."""

    def make(address=database_url, **settings):
        shared = {"EXPORTS_DIR": tmp_path / "exports", "BASE_URL": "http://127.0.0.1:8000"}
        told = shared | smtp_sink.settings | {"database_url": address} | settings
        begun = [make_server(only=part, **told) for part in ("web", "web", "worker", "worker")]
        for server in begun:
            server.begin()
        for server in begun:
            server.wait_until_ready()
        return begun

    return make


@pytest.fixture
def site(make_site):
    """The two servers of a site, ready."""
    return make_site()[:2]


@pytest.fixture
def organiser(session, site):
    """An organiser who has signed in: each of the requests that takes went to the other server."""
    make_account(session, EMAIL, Role.ORGANISER)
    traveller = Traveller(site)
    traveller.get("/connexion")
    traveller.post("/connexion", {"email": EMAIL, "password": PASSWORD})
    return traveller


def round_of(session):
    session.rollback()
    session.expire_all()
    return session.scalars(sa.select(Round)).one()


def test_servers_that_start_in_one_moment_make_the_tables_and_the_plan_once(
    databases, make_site, tmp_path
):
    empty, keys = databases.create_empty(), tmp_path / "no-keys-yet"
    begun = make_site(empty, KEYS_DIR=keys)

    assert [server.get("/mesures/T7/contribuer")[0] for server in begun[:2]] == [200, 200]
    form = Form(begun[0], PATH, "Une seule installation")
    assert form.post(begun[1])[0] == 303
    engine = sa.create_engine(empty)
    with engine.connect() as connection:
        counts = [
            connection.scalar(sa.select(sa.func.count()).select_from(it)) for it in (Plan, Round)
        ]
    engine.dispose()
    for server in begun:
        server.close()
    databases.drop(empty)
    assert counts == [1, 1]


@pytest.mark.timeout(900)
def test_visitors_sent_from_one_server_to_the_other_are_thanked_and_written_to_once(
    site, session, history, smtp_sink, is_long, recorded
):
    with Crowd(Turns(site), history, clients=6) as crowd:
        crowd.wait_for(ACKED_LONG if is_long else ACKED, seconds=600)
    crowd.heal()
    wait_for_mail(session)

    figures = check_history(session, history.events())
    responses, _queued = check_outbox_rows(session)
    carried = Counter(code for mail in smtp_sink.mails for code in set(CODE.findall(text_of(mail))))
    check_database(session)
    recorded(
        "Visitors sent from server to server",
        {"servers": 2, "workers": 2} | figures | {"mails": len(carried)},
    )
    assert set(carried) == responses
    assert set(carried.values()) == {1}


def text_of(mail):
    return mail.part("plain")


def test_space_opened_on_one_server_goes_on_on_the_other(site, session):
    Form(site[0], PATH, "Depuis le téléphone", "jeanne@exemple.fr").send(site[1])
    link = session.scalars(sa.select(PersonalLink)).first()
    visitor = Traveller(site)

    status, place, _page = visitor.post(opening(link))
    _status, _headers, space = visitor.get(place)
    drafted = [save(visitor, f"Mot à mot {number}") for number in range(4)]
    _status, _headers, form = visitor.get("/contributions/mesures/T8")

    assert (status, drafted) == (303, [303] * 4)
    assert "Depuis le téléphone" in space
    assert "Mot à mot 3" in form
    session.rollback()
    assert "Mot à mot 3" in session.scalars(sa.select(Draft)).one().fields
    assert send(visitor, "Envoyé de l'autre") == 303
    session.rollback()
    assert session.scalar(sa.select(sa.func.count(Response.id))) == 2
    assert session.scalars(sa.select(Draft)).all() == []

    visitor.post("/contributions/fermer")
    assert [visitor.get("/contributions/")[0] for _server in site] == [403, 403]


def opening(link):
    address = links.address("", "", link)
    return address[address.index("/contributions/") :]


def save(visitor, text):
    return send(visitor, text, intent="save")


def send(visitor, text, **more):
    """Fill in the form of another measure, as the next server shows it, and post it to another."""
    path = "/contributions/mesures/T8"
    page = visitor.get(path)[2]
    fields = {name: re.search(HIDDEN.format(name), page)[1] for name in ("submission_key",)}
    fields["draft_revision"] = re.search(HIDDEN.format("draft_revision"), page)[1]
    capacity = re.search(r'<select id="(question_\d+)"', page)
    told = {capacity[1]: "citizen"} if capacity else {}
    return visitor.post(path, fields | told | {LONG_TEXT.findall(page)[-1]: text} | more)[0]


def test_who_signed_in_on_one_server_is_known_to_the_other_and_leaves_both(site, organiser):
    known = [organiser.get("/organisation/")[0] for _server in site]

    organiser.post("/connexion/quitter")

    assert known == [200, 200]
    assert 200 not in [organiser.get("/organisation/")[0] for _server in site]


def test_what_is_published_on_one_server_is_asked_by_the_other_at_once(site, session, organiser):
    shown = [server.get(PATH)[2] for server in site * 2]  # by every process, or nearly
    before = Form(site[0], PATH, "Commencé avant")
    opened = round_of(session)
    with writing(session):
        label = {"fr": ASKED}
        store.change(
            session, session.merge(opened), lambda it: changed(it, "observation", label=label), AT
        )
    page = f"/organisation/tours/{opened.code}/publication"
    digest = re.search(r'name="digest" value="([0-9a-f]+)"', organiser.get(page)[2])[1]

    status, _place, _page = organiser.post(page, {"digest": digest})
    now_shown = [server.get(PATH)[2] for server in site * 4]

    assert status == 303
    assert not any(ASKED in it for it in shown)
    assert all(ASKED in it for it in now_shown)
    assert before.post(site[1])[0] == 303  # to the version that was shown
    session.rollback()
    assert session.scalars(sa.select(Response)).one().questionnaire.version == 1


def test_round_closed_on_one_server_is_closed_on_the_other_at_once(make_site, session):
    site = make_site(CLOSING_GRACE_HOURS=0)[:2]
    open_for_good(session)
    make_account(session, EMAIL, Role.ORGANISER)
    organiser = Traveller(site)
    organiser.get("/connexion")
    organiser.post("/connexion", {"email": EMAIL, "password": PASSWORD})
    opened = [Form(server, PATH, f"Trop tard {number}") for number, server in enumerate(site * 2)]
    page = f"/organisation/tours/{round_of(session).code}/fermer"
    organiser.get(page)

    status, _place, _page = organiser.post(page)
    answers = [form.post(server)[0] for form, server in zip(opened, site[::-1] * 2, strict=True)]
    pages = [server.get(PATH)[2] for server in site * 4]

    assert status == 303
    assert answers == [403] * 4
    assert not any("submission_key" in page for page in pages)
    session.rollback()
    assert session.scalar(sa.select(sa.func.count(Response.id))) == 0


def test_workbook_ordered_on_one_server_is_downloaded_from_either(site, session, organiser):
    _status, code = Form(site[0], PATH, "Dans le classeur").send(site[1])
    organiser.get("/organisation/exports")

    _status, place, _page = organiser.post(
        "/organisation/exports", {"tour": round_of(session).code, "format": "xlsx"}
    )
    wait_until(lambda: session.rollback() or session.scalars(sa.select(Job.finished_at)).first())
    taken = [
        server.fetch("GET", f"{place}/fichier", headers=organiser.sent_along) for server in site
    ]

    assert [status for status, _headers, _file in taken] == [200, 200]
    assert taken[0][2] == taken[1][2]
    assert code in sheets_of(taken[0][2])


def sheets_of(workbook):
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        parts = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        return "".join(archive.read(name).decode() for name in parts)
