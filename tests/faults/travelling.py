"""Visitors of a site of several servers, whose every request goes to the next one."""

import itertools
import re
import threading
from http.cookies import SimpleCookie
from urllib.parse import urlencode

CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')


class Turns:
    """Several servers as one: whoever asks is sent to the next in turn, as none is theirs."""

    def __init__(self, servers):
        self.servers, self._own = servers, threading.local()

    def next(self):
        """The server whose turn it is for whoever asks here."""
        if not hasattr(self._own, "turns"):
            self._own.turns = itertools.cycle(self.servers)
        return next(self._own.turns)

    def request(self, *arguments, **options):
        return self.next().request(*arguments, **options)

    def get(self, path, **options):
        return self.request("GET", path, **options)


class Traveller:
    """A browser with its cookies; what it posts holds the token of the page last seen."""

    def __init__(self, servers):
        self.turns, self.cookies, self.token = Turns(servers), SimpleCookie(), ""

    @property
    def sent_along(self):
        """The header with the cookies."""
        kept = "; ".join(f"{name}={it.value}" for name, it in self.cookies.items() if it.value)
        return {"Cookie": kept} if kept else {}

    def request(self, method, path, body=None):
        """Ask the next server; return status, headers and text."""
        status, headers, page = self.turns.request(method, path, body, headers=self.sent_along)
        for cookie in headers.get_all("Set-Cookie", []):
            self.cookies.load(cookie)
        found = CSRF.search(page)
        self.token = found[1] if found else self.token
        return status, headers, page

    def get(self, path):
        return self.request("GET", path)

    def post(self, path, fields=()):
        """Post fields; return status, where it leads and the text."""
        body = urlencode({"csrf_token": self.token} | dict(fields))
        status, headers, page = self.request("POST", path, body)
        return status, headers.get("Location"), page
