"""Visitors that answer a form, and the history they write down outside the application."""

import hashlib
import json
import re
import threading
from urllib.parse import urlencode

KEY = re.compile(r'name="submission_key" value="([^"]+)"')
LONG_TEXT = re.compile(r'<textarea id="(question_\d+)"')
CAPACITY = re.compile(r'<select id="(question_\d+)" name="question_\d+" required')
ADDRESS = re.compile(r'name="(question_\d+)" type="email"')
CODE = re.compile(r'class="receipt-code">([0-9A-Z-]{19})<')


class History:
    """One JSON line an event, written before the next step is taken."""

    def __init__(self, path):
        self.path, self._lock = path, threading.Lock()

    def note(self, **event):
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")

    def events(self):
        return [json.loads(line) for line in self.path.read_text("utf-8").splitlines()]


class Form:
    """One form, opened by a visitor: its key, and what will be sent with it."""

    def __init__(self, server, path, text, address=""):
        _status, _headers, page = server.get(path)
        self.path, self.text = path, text
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

    def post(self, server):
        """Post the form; return the status, and where the receipt is when there is one."""
        status, headers, _page = server.request("POST", self.path, urlencode(self.fields))
        return status, headers.get("Location")

    def send(self, server):
        """Post the form and follow to the receipt; return status and receipt code or None."""
        status, receipt = self.post(server)
        if status != 303:
            return status, None
        _status, _headers, page = server.get(receipt)
        found = CODE.search(page)
        return status, found[1] if found else None
