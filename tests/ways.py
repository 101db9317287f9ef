"""Four ways through the site, as modules entered in order: `python -m tests.ways [NUMBER]`.

With a number, so many of them: each needs what those before it have left.  With `--returns`, how
often a posted form comes back to a module that it has left, and to which.

A module is entered when a function, method or lambda of it is called; importing it is no call.  The
hooks around a request count like the view, and so does the subprocess of an export; building the
application does not.
"""

import collections
import re
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from unittest import mock

import sqlalchemy as sa
import trustme
from click.testing import CliRunner

import consultation
from consultation import app as wiring
from consultation import create_app
from consultation.cli import main
from consultation.clock import now
from consultation.db import upgrade
from consultation.db.base import writing
from consultation.exports import process
from consultation.extensions import db
from consultation.mail.delivery import loop
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.moderation import screening
from consultation.moderation.models import ModeratedText
from consultation.server import run
from tests.accounts.builders import BASE, Browser
from tests.benchmarks.answering import ADDRESS, CAPACITY, LONG_TEXT
from tests.mail.smtp_server import SmtpSink
from tests.moderation.builders import gesture, make_actor, page_of

PACKAGE = Path(consultation.__file__).parent
PATH = "/mesures/T7/contribuer"
PHONE = "06 12 34 56 78"
CHILD = "--child"
RETURNS = "--returns"
BENEATH = re.compile(
    r"(web|db|crypto|clock|i18n|text|settings|site_settings)\b|questionnaires/kinds\b"
)
"""What every step calls, or what is called for each question: coming back to it is no return."""
TEXT = "Appelez Aïcha au 06 12 34 56 78, c'est tout."
KEY = re.compile(r'name="submission_key" value="([^"]+)"')


@cache
def module_of(filename):
    """The module of ours that a file holds, None for one of others."""
    path = Path(filename)
    if PACKAGE not in path.parents:
        return None
    return path.relative_to(PACKAGE).as_posix().removesuffix(".py").removesuffix("/__init__")


class Recorder:
    """The modules of ours that were entered, in order, and how many when the database committed."""

    def __init__(self):
        self.modules, self.stays, self.returns = [], [], collections.Counter()
        self.count_at_commit = None
        self.is_paused = False

    def note(self, frame, event, _argument):
        code = frame.f_code
        if self.is_paused or event != "call" or code.co_name == "<module>":
            return
        if name := module_of(code.co_filename):
            self.add(name)

    def add(self, name):
        if name not in self.modules:
            self.modules.append(name)
        if self.stays[-1:] != [name] and not BENEATH.match(name):
            self.stays.append(name)

    def note_commit(self, _connection):
        self.count_at_commit = len(self.modules)

    def without(self, build):
        """Return `build`, run without being recorded: what a process does as it starts."""

        def build_unrecorded(*arguments):
            self.is_paused = True
            try:
                return build(*arguments)
            finally:
                self.is_paused = False

        return build_unrecorded

    def end_of_post(self):
        """Note how often each module was entered again after another one, until now."""
        self.returns = collections.Counter(self.stays) - collections.Counter(set(self.stays))

    @property
    def until_commit(self):
        """The modules entered before the last commit of the database of responses."""
        return self.modules[: self.count_at_commit]


@contextmanager
def recording(engine):
    """Record the modules that the block enters, in all its threads."""
    recorder = Recorder()
    sa.event.listen(engine, "commit", recorder.note_commit)
    threading.setprofile(recorder.note)
    sys.setprofile(recorder.note)
    try:
        yield recorder
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
        sa.event.remove(engine, "commit", recorder.note_commit)


def fields_of(page):
    """A form filled in: a capacity, an address and one long text."""
    return {
        CAPACITY.search(page)[1]: "citizen",
        LONG_TEXT.findall(page)[-1]: TEXT,
        ADDRESS.search(page)[1]: "jeanne@exemple.fr",
        "submission_key": KEY.search(page)[1],
    }


def send_form(app):
    """Send one form and read its receipt."""
    client = app.test_client()
    fields = fields_of(client.get(PATH, base_url=BASE).text)
    with recording(engine_of(app)) as recorder:
        answer = client.post(PATH, data=fields, base_url=BASE)
        assert answer.status_code == 303
        recorder.end_of_post()
        assert client.get(answer.location, base_url=BASE).status_code == 200
    return recorder


def send_acknowledgement(app):
    """Deliver one acknowledgement from the outbox by SMTP."""
    with app.app_context(), recording(db.engine) as recorder:
        loop.deliver(db.session(), app.config)
        statuses = db.session.scalars(sa.select(OutboxMessage.status)).all()
        assert statuses == [MessageStatus.SENT]
        db.session.remove()
    return recorder


def mask_passage(app):
    """Mask a telephone number on a text's page and publish the rest."""
    with app.app_context():
        screening.screen_due(db.session())
        actor = make_actor(db.session)
        text = db.session.scalars(sa.select(ModeratedText)).one()
        db.session.expunge(text)
    browser = Browser(app)
    browser.sign_in(actor.email)
    browser.get(page_of(text))
    start = TEXT.index(PHONE)
    fields = {"passage": f"{start}-{start + len(PHONE)}", "raison": "contact"}
    with recording(engine_of(app)) as recorder:
        answer = browser.post(page_of(text, "/decision"), gesture(text, "redact", **fields))
        assert answer.status_code == 303, answer.text
    return recorder


def mask_and_export(app):
    """Mask a passage as a moderator, then write the workbook that leaves it out."""
    recorder = mask_passage(app)
    for name in export_workbook(app).modules:
        recorder.add(name)
    return recorder


def export_workbook(app):
    """Run `consultation export`, and follow it into its subprocess."""
    names = Path(app.config["HOME"]) / "modules.txt"
    start = subprocess.Popen

    def start_recorded(command, **options):
        descriptor = command[-1]
        return start([sys.executable, "-m", "tests.ways", CHILD, names, descriptor], **options)

    environment = {
        f"CONSULTATION_{name}": str(app.config[name]) for name in ("HOME", "DATABASE_URL")
    }
    started = mock.patch.object(process.subprocess, "Popen", start_recorded)
    build = wiring.build
    with started, recording(engine_of(app)) as recorder, mock.patch.object(wiring, "build") as it:
        it.side_effect = recorder.without(build)
        result = CliRunner().invoke(main.main, ["export"], env=environment)
    assert result.exit_code == 0, result.output
    for name in names.read_text().split():
        recorder.add(name)
    return recorder


def record_child(names, descriptor):
    """Be the subprocess of an export, and leave the names of the modules that it enters."""
    recorder = Recorder()
    sys.setprofile(recorder.note)
    process.main(int(descriptor))
    sys.setprofile(None)
    Path(names).write_text("\n".join(recorder.modules))


WAYS = {
    "a posted form to its receipt": send_form,
    "an acknowledgement from the outbox to SMTP": send_acknowledgement,
    "a moderator masks a passage, and the workbook": mask_and_export,
    "consultation export to XLSX": export_workbook,
}


def engine_of(app):
    with app.app_context():
        return db.engine


@contextmanager
def site(folder):
    """A site with an open round, whose mails leave to a server of this process."""
    sink = SmtpSink(folder, trustme.CA())
    home = folder / "home"
    app = create_app(
        sink.settings
        | {"HOME": home, "DATABASE_URL": f"sqlite:///{home / 'db.sqlite'}", "BASE_URL": BASE}
    )
    with app.app_context():
        upgrade.upgrade(db.engine)
        with writing(db.session()):
            run.prepare(db.session(), now(), is_local=True)
        db.session.remove()
    try:
        yield app
    finally:
        sink.stop()
        with app.app_context():
            db.engine.dispose()


def report(number=None):
    """Go each way once, and print the modules that it enters."""
    with tempfile.TemporaryDirectory() as folder, site(Path(folder)) as app:
        for title, go in list(WAYS.items())[:number]:
            recorder = go(app)
            print(f"\n{title}: {len(recorder.modules)} modules")
            if go is send_form:
                print(f"  {recorder.count_at_commit} of them up to the commit")
                print(f"  {recorder.returns.total()} returns to one of them until the answer")
            for name in recorder.modules:
                print(f"  {name}")


def report_returns():
    """Send a form, and print the modules to which its way comes back."""
    with tempfile.TemporaryDirectory() as folder, site(Path(folder)) as app:
        returns = send_form(app).returns
        print(f"a posted form: {returns.total()} returns")
        for name, count in returns.most_common():
            print(f"  {count:>3} {name}")


if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        record_child(*sys.argv[2:])
    elif sys.argv[1:] == [RETURNS]:
        report_returns()
    else:
        report(*map(int, sys.argv[1:]))
