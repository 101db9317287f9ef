"""Whoever has themself erased is nowhere any more: 200 canaries, everywhere something is kept."""

import base64
import json
import re
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine

from consultation.clock import now
from consultation.crypto.keyring import keyring
from consultation.db import erasure_log
from consultation.db.base import Base, writing
from consultation.exports.request import ExportRequest
from consultation.exports.workbook import writer
from consultation.inbox import decisions
from consultation.inbox.models import IncomingMessage, State
from consultation.jobs import queue
from consultation.mail.delivery import loop
from consultation.mail.models import Delivery, MessageStatus, OutboxMessage
from consultation.moderation.clusters import clustering
from consultation.operations.retention import apply
from consultation.responses import transcription
from consultation.responses.models import Respondent
from consultation.responses.rights import withdrawal
from consultation.responses.transcription import Part
from consultation.spreadsheets.writer import Format
from consultation.work.services import Work
from tests.exports.reading import bytes_of
from tests.factories import make_measure, make_round, screen_all
from tests.inbox.builders import bring_in_one
from tests.moderation.builders import make_actor
from tests.responses.conftest import Form, hidden

PEOPLE, OF_EACH = 10, 20
TEXTS = ("T7_1__reason", "T7_1__source", "T7_2__reason", "missing_indicator", "suggestions")
SPACE_FORM = "/contributions/mesures/T7"


class Canaries:
    """The twenty strings of one person, each found again wherever it was left."""

    def __init__(self, number):
        self.number = number
        self.all = [f"zk{number:02}n{place:02}q" for place in range(OF_EACH)]
        self.name, self.address, self.organisation = self.all[:3]
        self.first, self.second = self.all[3:8], self.all[8:13]
        self.draft = self.all[13:16]
        self.sender, self.subject, self.body, self.file = self.all[16:]

    @property
    def box(self):
        return f"{self.address}@exemple.fr"

    def identity(self):
        return {"name": self.name, "email": self.box, "organisation": self.organisation}


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False, "MAIL_HOURLY_CAP": 0}


@pytest.fixture
def form(session):
    measure = make_measure(session, "T7")
    make_round(session)
    session.commit()
    return Form(session, measure)


def texts_of(texts):
    """Fields of the form: a word in each place for texts, and all of them in the last."""
    sent = dict(zip(TEXTS, [*texts, *texts], strict=False))
    return sent | {"suggestions": f"{' '.join(texts)} : compter les places région par région"}


def live(client, app, session, form, who):
    """Answer, correct, begin a draft, and write a mail that becomes a contribution too."""
    page = client.post(
        form.path, data=form.data(**texts_of(who.first), **who.identity()),
        follow_redirects=True,
    )  # fmt: skip
    client.post(re.search(r"(/contributions/ouvrir/[\w.-]+)", page.text)[1])
    key = hidden(client.get(SPACE_FORM), "submission_key")
    client.post(
        SPACE_FORM,
        data=form.data(key=key, **texts_of(who.second), **who.identity()),
    )
    key = hidden(client.get(SPACE_FORM), "submission_key")
    draft = form.data(key=key, **texts_of(who.draft), **who.identity())
    client.post(SPACE_FORM, data=draft | {"intent": "save", "draft_revision": "0"})
    loop.deliver(session, app.config)
    write_a_mail(app, session, who)


def write_a_mail(app, session, who):
    answered = session.scalars(sa.select(Delivery).order_by(Delivery.id.desc())).first()
    message = bring_in_one(
        session, app, text=f"{who.body} et la suite", subject=who.subject,
        sender=who.box, files=[(f"{who.sender}.pdf", who.file.encode())],
        in_reply_to=answered.message_id,
    )  # fmt: skip
    assert message.respondent_id is not None
    asked = next(one for one in transcription.forms(session, now()) if one.code is None)
    with writing(session):
        decisions.convert(
            Work(session, make_actor(session, f"orga{who.number}"), now()),
            message.public_id,
            [Part(asked, session.get_one(IncomingMessage, message.id).kept)],
            seen=State.WAITING,
        )


def in_tables(session):
    """Every value of every table, what is encrypted opened."""
    session.rollback()
    rows = []
    for table in Base.metadata.sorted_tables:
        rows += [json.dumps(list(map(str, row))) for row in session.execute(sa.select(table))]
    session.rollback()
    return "\n".join(rows).lower()


def in_files(app, database_url):
    """Every byte of every file kept, workbooks and mails unpacked and enclosures opened."""
    home, exports = app.config["HOME"], app.config["EXPORTS_DIR"]
    found = [path for folder in (home, exports) for path in folder.rglob("*") if path.is_file()]
    if database_url.startswith("sqlite"):
        database = Path(sa.make_url(database_url).database)
        found += database.parent.glob(f"{database.name}*")
    return b"\n".join(_opened(path) for path in found).decode("latin-1").lower()


def _opened(path):
    raw = path.read_bytes()
    if path.suffix in (".xlsx", ".ods"):
        return raw + bytes_of(path)
    if path.parent.name == "inbox":
        return raw + base64.b64decode(keyring.decrypt(raw))
    if "mailbox" in path.parts:
        mail = message_from_bytes(raw, policy=policy.default)
        return raw + b"".join(part.get_payload(decode=True) or b"" for part in mail.walk())
    return raw


def left(canaries, place):
    return sorted(canary for canary in canaries if canary in place)


def test_nothing_of_an_erased_person_is_left_anywhere(app, session, form, database_url, capfd):
    people = [(app.test_client(), Canaries(number)) for number in range(PEOPLE)]
    canaries = [canary for _client, who in people for canary in who.all]
    for client, who in people:
        live(client, app, session, form, who)
    screen_all(session)
    clustering.cluster_due(session)
    opened = session.scalars(sa.select(Respondent.round_id)).first()
    export(app, session, opened)
    assert len(set(canaries)) == 200
    there = in_tables(session) + in_files(app, database_url)
    assert [one for one in canaries if one not in there] == []

    for client, _who in people:
        asked = hidden(client.get("/contributions/effacer"), "asked")
        client.post(
            "/contributions/effacer", data={"asked": asked, "understood": "yes", "texts": "yes"}
        )
    while queue.run_due(session):
        pass

    confirmed = re.compile(r"zk\d\dn01q")  # the address, while the mail that confirms is owed
    assert set(left(canaries, in_tables(session))) <= set(filter(confirmed.match, canaries))
    assert left(canaries, in_files(app, database_url)) == []
    with time_machine.travel(now() + timedelta(hours=6), tick=False):
        loop.deliver(session, app.config)
    sent = sa.select(OutboxMessage.status).where(OutboxMessage.kind == withdrawal.KIND.name)
    assert session.scalars(sent).all() == [MessageStatus.SENT] * PEOPLE
    assert left(canaries, in_tables(session)) == []
    with time_machine.travel(now() + timedelta(days=31), tick=False):
        apply.apply(session, app.config, now(), dry_run=False)
    assert left(canaries, in_tables(session)) == []
    assert left(canaries, in_files(app, database_url)) == []
    logged = capfd.readouterr()
    assert left(canaries, (logged.out + logged.err).lower()) == []
    assert (app.config["HOME"] / erasure_log.NAME).read_text("utf-8").count("\n") == PEOPLE


def test_stolen_database_or_copy_of_it_names_nobody_and_holds_no_draft(
    app, client, session, form, database_url, tmp_path, postgres_programs, run
):
    who = Canaries(0)
    live(client, app, session, form, who)
    sealed = [who.name, who.address, who.sender, who.subject, who.file, *who.draft]
    assert left(sealed, in_tables(session)) == sorted(set(sealed) - {who.file})

    assert run("backup", tmp_path / "copy").exit_code == 0
    stolen = as_stored(session) + (tmp_path / "copy").read_bytes().decode("latin-1").lower()
    if database_url.startswith("sqlite"):
        database = Path(sa.make_url(database_url).database)
        parts = [part.read_bytes() for part in database.parent.glob(f"{database.name}*")]
        stolen += b"".join(parts).decode("latin-1").lower()

    assert who.second[0] in stolen  # answers are read there: it is the right place
    assert left(sealed, stolen) == []


def as_stored(session):
    """Every value of every table as the database has it."""
    session.rollback()
    rows = []
    for table in Base.metadata.sorted_tables:
        found = session.connection().exec_driver_sql(f'SELECT * FROM "{table.name}"')
        rows += [str([*row]) for row in found]
    session.rollback()
    return "\n".join(rows).lower()


def export(app, session, round_id):
    directory = app.config["EXPORTS_DIR"]
    writer.write(session, ExportRequest(round_id, Format.XLSX, directory, now()))
