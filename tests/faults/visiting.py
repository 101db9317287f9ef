"""Visitors that answer a form, and the history they write down outside the application."""

import contextlib
import hashlib
import html
import http.client
import itertools
import json
import re
import threading
import time
from urllib.parse import urlencode

PATH = "/mesures/T7/contribuer"
KEY = re.compile(r'name="submission_key" value="([^"]+)"')
LONG_TEXT = re.compile(r'<textarea id="(question_\d+)"')
CAPACITY = re.compile(r'<select id="(question_\d+)" name="question_\d+" aria-required')
ADDRESS = re.compile(r'name="(question_\d+)" type="email"')
CODE = re.compile(r'class="receipt-code">([0-9A-Z-]{19})<')
OUTAGES = (OSError, http.client.HTTPException)
NOTHING_STORED = "rien n'a été enregistré"


class History:
    """One JSON line an event, written before the next step is taken."""

    def __init__(self, path):
        self.path, self._lock, self.counts = path, threading.Lock(), {}
        self._file = path.open("a", encoding="utf-8")  # once: to fail here, not as an outage

    def note(self, outcome, form, **answer):
        event = {"outcome": outcome, "token": form.token, "digest": form.digest, "at": time.time()}
        with self._lock:
            self._file.write(json.dumps(event | answer) + "\n")
            self._file.flush()
            self.counts[outcome] = self.counts.get(outcome, 0) + 1

    def close(self):
        self._file.close()

    def events(self):
        return [json.loads(line) for line in self.path.read_text("utf-8").splitlines()]


class Form:
    """One form, opened by a visitor: its key, and what will be sent with it."""

    def __init__(self, server, path, text, address=""):
        _status, _headers, page = server.get(path)
        self.path, self.text, self.page = path, text, ""
        self.key = KEY.search(page)[1]
        self.fields = {
            "submission_key": self.key,
            LONG_TEXT.findall(page)[-1]: text,
            CAPACITY.search(page)[1]: "citizen",
            ADDRESS.search(page)[1]: address,
        }

    @property
    def digest(self):
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def token(self):
        return hashlib.sha256(self.key.encode()).hexdigest()[:16]

    @property
    def body(self):
        return urlencode(self.fields)

    def post(self, server):
        """Post the form; return the status, and where the receipt is when there is one."""
        status, headers, _page = server.request("POST", self.path, self.body)
        return status, headers.get("Location")

    def send(self, server):
        """Post the form and follow to the receipt; return status and receipt code or None."""
        status, receipt = self.post(server)
        return status, self.code_at(server, receipt) if status == 303 else None

    def code_at(self, server, receipt):
        """Return the code that a receipt shows, or None."""
        _status, _headers, page = server.get(receipt)
        found = CODE.search(page)
        return found[1] if found else None

    def try_once(self, server, history):
        """Send it, write down what came of that, and return the outcome in a word.

        `thanks` with its receipt's code; `taken` where the answer was sent on to a receipt that
        did not come; `refused` where the page says that nothing was stored; else `unknown`.
        """
        history.note("sending", self)
        try:
            status, headers, page = server.request("POST", self.path, self.body)
        except OUTAGES:
            history.note("unknown", self)
            return "unknown"
        self.page = html.unescape(page)
        if status != 303:
            is_sure = NOTHING_STORED in self.page.replace("’", "'").casefold()
            outcome = "refused" if is_sure else "unknown"
            history.note(outcome, self, status=status)
            return outcome
        history.note("taken", self)
        with contextlib.suppress(*OUTAGES):
            code = self.code_at(server, headers["Location"])
            if code is not None:
                history.note("thanks", self, code=code)
                return "thanks"
        return "taken"


class Visitor(threading.Thread):
    """Answers one form after the other, each until it has seen a thank-you for it.

    Of those that were refused it gives up every other one, so that something stays refused.
    """

    def __init__(self, number, crowd):
        super().__init__(name=f"visitor-{number}", daemon=True)
        self.number, self.crowd, self.unanswered, self.refusals = number, crowd, None, 0

    def run(self):
        for count in itertools.count():
            if self.crowd.is_over.wait(0.005):
                return
            # A page that was cut in the middle holds no key: the TypeError.
            with contextlib.suppress(*OUTAGES, TypeError, IndexError):
                name = f"{self.crowd.name}{self.number}-{count}"
                text = f"Réponse {name} : l'été, « œuvre »"
                form = Form(self.crowd.server, PATH, text, f"{name}@exemple.fr")
                self._until_thanked(form)

    def _until_thanked(self, form):
        while not self.crowd.is_over.is_set():
            outcome = form.try_once(self.crowd.server, self.crowd.history)
            if outcome == "thanks":
                self.unanswered = None
                return
            if outcome == "refused" and self.unanswered is None:
                self.refusals += 1
                if self.refusals % 2:
                    return
            else:
                self.unanswered = form
            time.sleep(0.01)


class Crowd:
    """Visitors at work while the block runs; after it, whoever was left in doubt asks once more."""

    def __init__(self, server, history, *, clients=8, name="v"):
        self.server, self.history, self.name = server, history, name
        self.is_over = threading.Event()
        self.visitors = [Visitor(number, self) for number in range(clients)]

    def __enter__(self):
        for visitor in self.visitors:
            visitor.start()
        return self

    def __exit__(self, *exception):
        self.is_over.set()
        for visitor in self.visitors:
            visitor.join(60)

    def heal(self):
        """Let whoever was left in doubt send once more: that has to end it."""
        for visitor in self.visitors:
            if visitor.unanswered is not None:
                outcome = visitor.unanswered.try_once(self.server, self.history)
                assert outcome == "thanks", "what was in doubt is not healed by sending it again"

    @property
    def thanked(self):
        return self.history.counts.get("thanks", 0)

    def wait_for(self, more, seconds=60):
        """Wait until so many more have been thanked."""
        goal, end = self.thanked + more, time.monotonic() + seconds
        while self.thanked < goal:
            assert time.monotonic() < end, "nobody is thanked any more"
            time.sleep(0.01)
