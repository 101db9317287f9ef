"""Every address fetched: what changes, what each answer carries, and whom it believes."""

import contextvars
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from consultation import create_app
from consultation.accounts.models import AuditEvent
from consultation.db.base import StorageUnavailable
from consultation.extensions import db
from consultation.mail.models import OutboxMessage
from consultation.web.headers import is_staff_path
from tests import warm
from tests.accounts.builders import HOST
from tests.conftest import QUICK_HASHES
from tests.hostile.forms import forms_in
from tests.hostile.furnished import ADDRESS, STAFF
from tests.hostile.places import EXITS, QUICK_EXIT, places_of, sign_in
from tests.hostile.protected import headers_missing
from tests.hostile.stored import changed, everything

pytestmark = [pytest.mark.looks, pytest.mark.timeout(300)]  # the same wherever rows are stored
FOREIGN = "ailleurs.invalid"
LIES = {
    "Host": FOREIGN, "X-Forwarded-Host": FOREIGN, "X-Forwarded-For": "192.0.2.7",
    "X-Forwarded-Server": FOREIGN, "X-Forwarded-Prefix": f"//{FOREIGN}", "X-Host": FOREIGN,
    "Forwarded": f"host={FOREIGN};proto=https", "X-Original-URL": f"//{FOREIGN}/",
    "X-Rewrite-URL": f"//{FOREIGN}/", "Referer": f"https://{FOREIGN}/",
}  # fmt: skip
"""What somebody may say of where they ask, and of where they come from."""
ASIDE = "&".join(
    f"{name}=https://{FOREIGN}/" for name in ("next", "retour", "url", "redirect", "suite", "lang")
)
READ = {
    "attachment_downloaded", "contacts_downloaded", "contacts_viewed", "export_downloaded",
    "form_previewed",
    "local_mails_viewed", "message_opened", "plan_exported", "questionnaire_exported",
    "statuses_exported", "translations_exported", "values_exported",
}  # fmt: skip
"""What is noted of who reads: the only rows that fetching adds."""
PERSONAL = ("/contributions", "/recu", "/courriel", "/connexion", "/quitter")


@dataclass(frozen=True)
class Fetched:
    """One answer."""

    path: str
    status: int
    headers: object
    body: bytes


GIVEN_OUT = {"report_file"}
"""The digest of a file is stored before it leaves."""


@dataclass(frozen=True)
class Crawl:
    """Every address fetched once, and what was different afterwards."""

    places: dict
    answers: list
    changed: dict
    noted: set


def fetch(visitor, path, method="GET", **options):
    answer = contextvars.Context().run(visitor.open, path, method=method, **options)
    found = Fetched(path, answer.status_code, answer.headers, answer.get_data())
    answer.close()
    return found


@pytest.fixture(scope="module")
def furnished(tmp_path_factory, databases, keys_dir, furnished_site):
    """An application with one of everything, for all tests of this file that only look."""
    home = tmp_path_factory.mktemp("crawled")
    url = databases.copy_of(furnished_site.database_url)
    furnished_site.copy_files(home, home / "exports")
    app = create_app(
        {
            "HOME": home, "KEYS_DIR": keys_dir, "EXPORTS_DIR": home / "exports",
            "DATABASE_URL": url, "BASE_URL": "http://127.0.0.1:8000", "RATE_LIMITS": False,
            "TESTING": True, "PROPAGATE_EXCEPTIONS": False,
            "PASSWORD_EFFORT": QUICK_HASHES,
        }
    )  # fmt: skip
    app.add_url_rule("/essai/panne", "panne", lambda: 1 // 0)
    app.add_url_rule("/essai/pleine", "pleine", _is_full)
    with app.app_context():
        warm.warm_up(app, db.engine, databases.dialect)
        yield app, furnished_site.names
        db.session.remove()
        db.engine.dispose()
    databases.drop(url)


def _is_full():
    raise StorageUnavailable


def enter(app, made):
    """Somebody with every role and an open space, whom the foreign host knows as well."""
    visitor = sign_in(app)
    visitor.open(made.space, method="POST")
    for name in ("staff", "space"):
        value = visitor.client.get_cookie(name, domain=HOST).value
        visitor.client.set_cookie(name, value, domain=FOREIGN)
    return visitor


@pytest.fixture(scope="module")
def crawl(request, furnished):
    """The addresses fetched with lies about where from, by HEAD and by GET or by either in turn."""
    (app, made), session = furnished, db.session
    visitor, places = enter(app, made), places_of(app, made)
    places = {rule: paths for rule, paths in places.items() if not rule.startswith("/essai/")}
    visitor.get("/organisation/")
    is_long = request.config.getoption("run_long")
    paths = [path for rule, found in places.items() for path in found if rule not in EXITS]
    before = everything(session)
    last = session.scalar(sa.select(sa.func.max(AuditEvent.id)))
    session.rollback()
    answers = []
    for number, path in enumerate(paths):
        lied = f"{path}{'&' if '?' in path else '?'}{ASIDE}"
        methods = ("HEAD", "GET") if is_long else ("GET", "HEAD")[number % 2 :][:1]
        answers += [fetch(visitor, lied, method, headers=LIES) for method in methods]
    after = everything(session)
    noted = set(session.scalars(sa.select(AuditEvent.action).where(AuditEvent.id > last)))
    session.rollback()
    return Crawl(places, answers, changed(before, after), noted)


def test_every_address_is_known_and_most_of_them_open(crawl):
    closed = [rule for rule, paths in crawl.places.items() if not paths]
    opened = [answer for answer in crawl.answers if answer.status == 200]

    assert closed == []
    assert len(opened) > len(crawl.answers) * 4 // 5
    assert [answer.path for answer in crawl.answers if answer.status >= 500] == []


def test_no_address_that_is_fetched_changes_what_is_stored(crawl, recorded):
    tables = set(crawl.changed) - GIVEN_OUT
    recorded("S7 rows changed by GET", f"{len(tables)} on {len(crawl.answers)} requests")
    assert tables == set()
    assert crawl.noted <= READ


def test_only_address_that_changes_something_closes_the_space_of_who_fetches_it(furnished):
    (app, made), session = furnished, db.session
    visitor = enter(app, made)
    before = everything(session)
    session.rollback()

    looked = fetch(visitor, QUICK_EXIT, "HEAD", headers=LIES)
    untouched = everything(session)
    session.rollback()
    left = fetch(visitor, QUICK_EXIT, headers=LIES)
    after = everything(session)
    session.rollback()

    assert (looked.status, left.status) == (303, 303)
    assert FOREIGN not in left.headers["Location"]
    assert changed(before, untouched) == {}
    assert list(changed(before, after)) == ["respondent_session"]
    assert missing_of(left) == []


def test_no_answer_believes_what_is_said_of_where_one_asks(crawl, recorded):
    foreign = [
        answer.path
        for answer in crawl.answers
        if f"//{FOREIGN}" in answer.headers.get("Location", "")
        or f'="https://{FOREIGN}'.encode() in answer.body
        or f'="http://{FOREIGN}'.encode() in answer.body
        or f'="//{FOREIGN}'.encode() in answer.body
    ]

    recorded("S6 foreign addresses believed", f"{len(foreign)} of {len(crawl.answers)} answers")
    assert foreign == []


BAD = {
    "/rien": ("GET", {}, 404),
    "/organisation/rien": ("GET", {}, 404),
    "/mesures/T7": ("DELETE", {}, 405),
    "/mesures/T7/contribuer": ("POST", {"data": b"a=%FF"}, 400),
    "/outil/contribuer": ("POST", {"json": {}}, 415),
    "/mesures/T8/contribuer": ("POST", {"data": b"a=1&" * 3000}, 413),
    "/organisation/plan/ordre": ("POST", {"data": {}}, 403),
    "/static/consultation.css": ("GET", {}, 200),
    "/static/rien.css": ("GET", {}, 404),
    "/organisation/contributions": ("GET", {}, 308),
    "/essai/panne": ("GET", {}, 500),
    "/essai/pleine": ("GET", {}, 503),
    "/healthz": ("OPTIONS", {}, 200),
}
"""Answers that no page gives, by what brings them about."""


@pytest.fixture(scope="module")
def refusals(furnished):
    app, made = furnished
    visitor = enter(app, made)
    form = {"content_type": "application/x-www-form-urlencoded"}
    answers = {
        path: fetch(
            visitor, path, method, **(form if isinstance(said.get("data"), bytes) else {}), **said
        )
        for path, (method, said, _status) in BAD.items()
    }
    assert {path: answer.status for path, answer in answers.items()} == {
        path: status for path, (_method, _options, status) in BAD.items()
    }
    return list(answers.values())


def test_every_answer_carries_the_headers_that_protect_it(crawl, refusals, recorded):
    answers = [*crawl.answers, *refusals]
    wrong = [(one.path, missing) for one in answers if (missing := missing_of(one))]

    recorded("S12 answers without a header", f"{len(wrong)}/{len(answers)}")
    assert wrong == []


def missing_of(answer):
    """What an answer lacks of what those of its address have."""
    staff = is_staff_path(answer.path.partition("?")[0])
    return headers_missing(
        answer.headers,
        is_staff=staff,
        is_personal=staff or answer.path.startswith(PERSONAL),
        is_for_all=answer.path.startswith(("/resultats/image", "/plan.png")),
    )


def test_no_post_and_no_mail_believes_what_is_said_of_where_one_asks(
    app, made, session, addresses, is_long
):
    visitor = enter(app, made)
    before, locations = session.scalar(sa.select(sa.func.count(OutboxMessage.id))), []
    session.rollback()

    for path in sorted(set(addresses)) if is_long else MAILING:
        page = fetch(visitor, path, headers=LIES)
        if page.headers.get("Content-Type", "").startswith("text/html"):
            locations += [_sent(visitor, path, form) for form in forms_in(page.body.decode())]

    told = session.scalars(sa.select(OutboxMessage.parameters)).all()
    assert len([place for place in locations if place]) >= 4
    assert [place for place in locations if FOREIGN in place] == []
    assert len(told) >= before + 2  # the link that was lost, and the one to the password
    assert [parameters for parameters in told if FOREIGN in parameters] == []


MAILING = (
    "/connexion/oubli", "/contributions/retrouver", "/contributions/mesures/T7",
    "/contributions/moi", "/administration/comptes", "/organisation/exports",
)  # fmt: skip
"""Pages whose forms owe mails or lead elsewhere; the long run sends those of every page."""
ENDING = ("/quitter", "/fermer", "/effacer", "/desactiver", "/retirer", "/roles")
"""What would take from the visitor the right to see the rest."""


def _sent(visitor, path, form):
    """Where a form leads that is sent as it stands, with lies about where from."""
    action = (form.action or path).partition("#")[0]
    if action.endswith(ENDING):
        return ""
    known = {"email": STAFF, "address": ADDRESS}
    fields = form.fields | {name: known[name] for name in form.typed if name in known}
    headers = LIES | {"Sec-Fetch-Site": "same-origin"}
    answer = fetch(visitor, action, "POST", data=fields, headers=headers, query_string=ASIDE)
    return answer.headers.get("Location", "")
