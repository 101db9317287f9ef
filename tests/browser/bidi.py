"""Debian's Firefox, driven by WebDriver BiDi over its own socket: no driver beside it.

Playwright drives a Firefox of its own, which is not the one that people have.
"""

import json
import queue
import re
import subprocess
import threading
import time
from contextlib import contextmanager, suppress

from websockets.sync.client import connect

LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
PATIENCE = 30  # seconds
PREFERENCES = {
    "javascript.enabled": True,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}


class Firefox:
    """One window of a Firefox."""

    def __init__(self, socket):
        self._socket, self._number, self._answers = socket, 0, {}
        self._turn, self._events = threading.Lock(), queue.Queue()
        self._elsewhere = None
        threading.Thread(target=self._listen, daemon=True).start()
        self.command("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
        self.tab = self.command("browsingContext.getTree")["contexts"][0]["context"]

    def _listen(self):
        with suppress(Exception):
            for text in self._socket:
                message = json.loads(text)
                if "id" in message and message["id"] in self._answers:
                    self._answers.pop(message["id"]).put(message)
                elif message.get("method") == "network.beforeRequestSent":
                    self._play(message["params"])

    def _send(self, method, params):
        with self._turn:
            self._number += 1
            self._answers[self._number] = answer = queue.Queue()
            order = {"id": self._number, "method": method, "params": params}
            self._socket.send(json.dumps(order))
        return answer

    def command(self, method, **params):
        """Have a command carried out; return its result."""
        message = self._send(method, params).get(timeout=PATIENCE)
        if message.get("type") == "error":
            raise RuntimeError(f"{method}: {message['error']}: {message['message']}")
        return message["result"]

    def play(self, address, page):
        """Answer for a site elsewhere, so that nothing leaves the machine."""
        self._elsewhere = page
        self.command("session.subscribe", events=["network.beforeRequestSent"])
        pattern = {"type": "pattern", "hostname": address}
        self.command("network.addIntercept", phases=["beforeRequestSent"], urlPatterns=[pattern])

    def _play(self, message):
        if not message.get("isBlocked"):
            return
        header = {"name": "Content-Type", "value": {"type": "string", "value": "text/html"}}
        self._send(
            "network.provideResponse",
            {
                "request": message["request"]["request"],
                "statusCode": 200,
                "reasonPhrase": "OK",
                "headers": [header],
                "body": {"type": "string", "value": self._elsewhere},
            },
        )

    def goto(self, address):
        self.command("browsingContext.navigate", context=self.tab, url=address, wait="complete")

    def run(self, expression):
        """Return what a script says that the page itself does not see."""
        result = self.command(
            "script.evaluate",
            expression=expression,
            awaitPromise=True,
            target={"context": self.tab, "sandbox": "test"},
        )
        if result["type"] == "exception":
            raise RuntimeError(result["exceptionDetails"]["text"])
        return result["result"].get("value")

    def go(self, steps):
        self.command("browsingContext.traverseHistory", context=self.tab, delta=steps)

    def reload(self):
        self.command("browsingContext.reload", context=self.tab, wait="complete")


@contextmanager
def firefox(program, profile, **preferences):
    """Start it with a profile of its own; end it."""
    profile.mkdir()
    lines = [
        f"user_pref({json.dumps(name)}, {json.dumps(value)});"
        for name, value in (PREFERENCES | preferences).items()
    ]
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    message = profile / "said.txt"
    with message.open("wb") as output:
        started = subprocess.Popen(
            [
                program, "--headless", "--no-remote", "--profile", profile,
                "--remote-debugging-port=0",
            ],
            stdout=output,
            stderr=output,
        )  # fmt: skip
    try:
        with connect(f"{_socket_of(message)}/session", max_size=None) as socket:
            yield Firefox(socket)
    finally:
        started.terminate()
        started.wait(60)


def _socket_of(message):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := LISTENING.search(message.read_text("utf-8", "replace")):
            return found[1]
        time.sleep(0.1)
    raise AssertionError("Firefox does not listen")
