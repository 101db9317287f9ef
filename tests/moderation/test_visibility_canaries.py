"""No page, sheet or mail shows an answer's text but as the one rule says: canaries everywhere."""

import zipfile
from collections import Counter

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.exports.request import ExportRequest
from consultation.exports.workbook import writer
from consultation.jobs import queue
from consultation.mail.delivery import loop
from consultation.moderation.models import (
    Layer,
    ModeratedText,
    Reason,
    Redaction,
    TextState,
    Verdict,
)
from consultation.operations import reports
from consultation.responses.models import Answer, Response
from consultation.spreadsheets.writer import Format
from consultation.web.headers import is_staff_path
from tests.accounts.builders import Browser, make_account
from tests.factories import form_data, instrument_of, key_for, make_measure, make_round, screen_all

MASKED = "Zmasque"
TEXTS = {
    "Zpublie": TextState.PUBLISHED,
    f"Zoccultee {MASKED} fin": TextState.REDACTED,
    "Zecarte": TextState.WITHHELD,
    "Zadeux": TextState.SECONDING,
    "Zsignale": TextState.WAITING,
    "Zclair": TextState.WAITING,
    "Zjamaislu": None,
}
HIDDEN = {MASKED, "Zecarte", "Zadeux", "Zsignale", "Zjamaislu"}
DISPLAYED = {"Zpublie", "Zoccultee", "Zclair"}
PUBLIC_PATHS = (
    "/", "/en/", "/mesures", "/mesures/T7", "/mesures/T7/contribuer", "/outil/contribuer",
    "/donnees-personnelles", "/accessibilite", "/securite", "/contributions/", "/healthz",
    "/readyz", "/decisions", "/decisions.json", "/decisions.csv", "/decisions.atom",
    "/mesures/T7/indicateurs/T7.1",
)  # fmt: skip


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False, "OVERSIGHT_ADDRESS": "vigie@association.example"}


@pytest.fixture
def opened(client, session):
    """One response for each state that a text can be in, with the consent to be quoted."""
    measure = make_measure(session, "T7")
    opened = make_round(session)
    session.commit()
    form = instrument_of(session, measure)
    account_id = make_account(session, "qui@association.example", Role.MODERATOR)
    for text in TEXTS:
        data = form_data(
            form,
            capacity="citizen",
            suggestions=text,
            email="jeanne@exemple.fr",
            consent_anonymous="yes",
        )
        client.post("/mesures/T7/contribuer", data=data | {"submission_key": key_for(form)})
    screen_all(session, flagged=("Zsignale",))
    for text, state in TEXTS.items():
        _decide(session, text, state, account_id)
    session.commit()
    return opened


def _decide(session, text, state, account_id):
    row = session.scalars(
        sa.select(ModeratedText).join(ModeratedText.answer).where(Answer.text == text)
    ).one()
    if state is None:
        session.delete(row)
        return
    row.state = state
    row.pending = Verdict.WITHHOLD if state is TextState.SECONDING else None
    if MASKED in text:
        start = text.index(MASKED)
        session.add(
            Redaction(
                answer_id=row.answer_id,
                start=start,
                end=start + len(MASKED),
                reason=Reason.VICTIM,
                layer=Layer.MASKED,
                account_id=account_id,
                created_at=now(),
            )
        )


def browser_of(app, session, role):
    make_account(session, f"{role}@association.example", role)
    browser = Browser(app)
    browser.enter(f"{role}@association.example")
    return browser


def everything_read(app, session, browser):
    """What the staff pages show that need no id, and the page of each response."""
    paths = [str(rule) for rule in app.url_map.iter_rules() if "GET" in rule.methods]
    paths = [path for path in paths if is_staff_path(path) and "<" not in path]
    ids = session.scalars(sa.select(Response.public_id)).all()
    session.rollback()
    pages = [browser.get(path) for path in paths]
    pages += [browser.get(f"/organisation/contributions/{public_id}") for public_id in ids]
    return "".join(page.text for page in pages if page.mimetype == "text/html")


def found_in(text):
    return Counter({canary: text.count(canary) for canary in HIDDEN | DISPLAYED if canary in text})


def test_nothing_of_a_text_stands_on_a_public_page(client, opened):
    text = "".join(client.get(path).text for path in PUBLIC_PATHS)

    assert found_in(text) == {}


@pytest.mark.parametrize("role", [Role.ORGANISER, Role.ADMINISTRATOR])
def test_team_reads_what_was_let_pass_or_is_clear_and_nothing_else(app, session, opened, role):
    text = everything_read(app, session, browser_of(app, session, role))

    assert set(found_in(text)) == (DISPLAYED if role is Role.ORGANISER else set())


def test_moderator_reads_everything(app, session, opened):
    text = everything_read(app, session, browser_of(app, session, Role.MODERATOR))

    assert set(found_in(text)) == HIDDEN | DISPLAYED


@pytest.mark.parametrize("format", [Format.XLSX, Format.ODS, Format.CSV])
def test_workbook_carries_the_same(session, opened, tmp_path, format):
    made = writer.write(session, ExportRequest(opened.id, format, tmp_path, now()))

    with zipfile.ZipFile(made.path) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist()).decode("latin-1")
    assert set(found_in(content)) == DISPLAYED


def test_no_mail_carries_any(app, session, opened):
    reports.enqueue_digest(session(), now().replace(hour=12))
    reports.enqueue_oversight(session(), app.config["OVERSIGHT_ADDRESS"], now())
    loop.deliver(session, app.config)
    queue.run_due(session)

    box = app.config["HOME"] / "mailbox" / "new"
    mails = [path.read_bytes().decode("latin-1") for path in box.iterdir()]
    assert mails
    assert found_in("".join(mails)) == {}
