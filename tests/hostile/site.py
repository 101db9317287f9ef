"""The site as it is deployed, with a form that asks every kind of question, and its visitors."""

import contextlib
import http.client
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlencode

from consultation import create_app
from consultation.accounts.models import Role
from consultation.extensions import db
from consultation.plan.models import Measure
from consultation.questionnaires.models import QuestionKind, Questionnaire
from consultation.responses.submission import key as submission_key
from tests import warm
from tests.accounts.builders import PASSWORD, make_account
from tests.exports.builders import add_question
from tests.factories import instrument_of, make_measure, make_round
from tests.faults.server import Server
from tests.hostile.counted import HIGHEST, LOWEST

PATH = "/mesures/T7/contribuer"
STAFF = "équipe@association.fr"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    """What the server replied to one request, and after how many seconds."""

    path: str
    status: int
    headers: http.client.HTTPMessage
    text: str
    seconds: float


class Visitor:
    """A connection that is kept, and its cookies."""

    def __init__(self, port):
        self.port, self.cookies = port, {}
        self._connection = None

    def send(self, method, path, body=None, headers=()):
        """Send one request; the server may have closed a connection that was idle."""
        start = time.perf_counter()
        sent = {"Cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items())} | dict(headers)
        for is_last in (False, True):
            try:
                answer = self._ask(method, path, body, sent)
                break
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.close()
                if is_last:
                    raise
        text = answer.read().decode()
        for cookie in answer.headers.get_all("Set-Cookie", ()):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(path, answer.status, answer.headers, text, time.perf_counter() - start)

    def _ask(self, method, path, body, headers):
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        self._connection.request(method, path, body, headers)
        return self._connection.getresponse()

    def close(self):
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def get(self, path):
        return self.send("GET", path)

    def post_form(self, path, fields, content_type="application/x-www-form-urlencoded"):
        body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
        return self.send("POST", path, body, {"Content-Type": content_type})

    def sign_in(self, email=STAFF):
        token = TOKEN.search(self.get("/connexion").text)[1]
        fields = {"csrf_token": token, "email": email, "password": PASSWORD}
        answer = self.post_form("/connexion", fields)
        assert answer.headers["Location"] == "/organisation/", answer.status


class Site:
    """The server, and an application of this process on its database and its keys."""

    def __init__(self, app, server):
        self.app, self.server = app, server
        self.instrument = instrument_of(db.session, measure_of(db.session))
        self.names = {question.code: question.name for question in self.instrument.questions}

    def visitor(self):
        return Visitor(self.server.port)

    def at_once(self, tasks, do):
        """Do every task, as two visitors who come at the same time; return what came of each."""
        tasks = list(tasks)
        with ThreadPoolExecutor(2) as pool:
            halves = list(pool.map(lambda part: self._in_turn(part, do), (tasks[::2], tasks[1::2])))
        found = [None] * len(tasks)
        found[::2], found[1::2] = halves
        return found

    def _in_turn(self, tasks, do):
        with contextlib.closing(self.visitor()) as visitor:
            return [do(visitor, task) for task in tasks]

    def send(self, visitor, case):
        """Send one case; return the id of its key, and the answer."""
        key = submission_key.mint(self.instrument.public_id)
        pairs = [("submission_key", key)]
        for question, value in case.fields().items():
            name = self.names.get(question, question)
            if question == "submission_key":
                pairs[0] = (name, value)
            elif value is not None:
                pairs += [(name, one) for one in (value if isinstance(value, list) else [value])]
        body = case.body(pairs, self.names) if case.body else urlencode(pairs).encode()
        return submission_key.read(key).id, visitor.post_form(PATH, body, case.content_type)


def measure_of(session):
    return session.query(Measure).filter_by(code="T7").one()


def prepare(session):
    """A measure in an open round, whose form asks every kind of question; who reads the answers."""
    measure = make_measure(session, "T7", indicators=0)
    make_round(session)
    form = session.query(Questionnaire).filter_by(measure_id=measure.id).one()
    bounds = {"minimum": LOWEST, "maximum": HIGHEST}
    scale = {"minimum": 1, "maximum": 9, "no_opinion": True}
    add_question(session, form, "number", QuestionKind.NUMBER, settings=bounds)
    add_question(session, form, "date", QuestionKind.DATE)
    add_question(session, form, "means", QuestionKind.MULTIPLE_CHOICE, "law", "money", "people")
    add_question(session, form, "scale", QuestionKind.SCALE, "none", settings=scale)
    session.commit()
    make_account(session, STAFF, Role.ORGANISER, Role.MODERATOR)


@contextlib.contextmanager
def site(folder, databases, keys_dir, **settings):
    """A site on a database of its own, filled by `prepare`."""
    url = databases.create()
    home = folder / "home"
    home.mkdir()
    app = create_app(
        {
            "HOME": home, "KEYS_DIR": keys_dir, "EXPORTS_DIR": folder / "exports",
            "DATABASE_URL": url, "RATE_LIMITS": False, "TESTING": True,
        }
    )  # fmt: skip
    server = Server(home, url, KEYS_DIR=keys_dir, EXPORTS_DIR=folder / "exports", **settings)
    try:
        with app.app_context():
            warm.warm_up(app, db.engine, databases.dialect)
            prepare(db.session)
            server.start()
            yield Site(app, server)
            db.session.remove()
            db.engine.dispose()
    finally:
        server.close()
        databases.drop(url)
