"""A real server in its own process group, to be killed, stopped and started again."""

import atexit
import contextlib
import errno
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
START_PATIENCE = 60  # seconds
STARTED_AT = 19
"""Place of the start time in /proc/PID/stat, after the name: ids begin again from low numbers."""


def wait_for(find, seconds=60):
    """Return what is found, once there is something."""
    end = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


_claims = []
"""Sockets bound beside the ports that this process has taken: no other takes those meanwhile."""


LOWEST_PORT, PORTS = 10_100, 21_900
"""Above the last port that browsers refuse to call, 10,080."""


def free_port():
    """A port that nobody listens on, below those that the kernel lends to whoever calls.

    A server that is down for a moment would find one of those taken by somebody's call, and any
    other by a server of tests that run beside these.
    """
    while True:
        port = LOWEST_PORT + secrets.randbelow(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if _is_claimed(port):
                return port


def _is_claimed(port):
    claim = socket.socket()
    try:
        claim.bind(("127.0.0.2", port))
    except OSError as error:
        claim.close()
        return error.errno == errno.EADDRNOTAVAIL  # a Mac has one address of the loopback only
    _claims.append(claim)
    return True


@cache
def launcher(preload="", is_bare=False, languages=""):
    """The process that all servers of this one come from; it ends when its input does.

    Those with a library to load before any other, `preload`, or with other languages, which are
    read once a process, come from others.
    """
    preloaded = {"LD_PRELOAD": str(preload)} if preload else {}
    spoken = {"CONSULTATION_LANGUAGES": languages} if languages else {}
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.launcher", *(["bare"] if is_bare else [])],
        cwd=ROOT,
        env=os.environ | preloaded | spoken,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(_end, started)
    return started


def _end(started):
    started.stdin.close()
    started.wait(60)
    started.stdout.close()


class Server:
    """`consultation serve` on a free port of the loopback, or `only` one part of it.

    One that `is_bare` imports its pages itself, for tests of what it imports.
    """

    ready = "/readyz"

    def __init__(
        self, home, database_url="", preload="", environment=None, only=None, is_bare=False,
        **settings,
    ):  # fmt: skip
        self.home, self.port, self.group = home, free_port(), None
        self.preload, self.only, self.is_bare = preload, only, is_bare
        self.log = home.parent / f"{home.name}.log"
        variables = {
            "HOME": home, "DATABASE_URL": database_url, "PORT": self.port, "RATE_LIMITS": "off",
            "MAIL_HOURLY_CAP": 0,
        } | settings  # fmt: skip
        told = {f"CONSULTATION_{name}": str(value) for name, value in variables.items()}
        self.environment = os.environ | told | (environment or {})

    def start(self):
        """Start a group; return when it answers."""
        self.begin()
        self.wait_until_ready()

    def begin(self):
        """Start a group, and do not wait for it."""
        order = {
            "environment": dict(self.environment), "log": str(self.log), "only": self.only
        }  # fmt: skip
        languages = self.environment.get("CONSULTATION_LANGUAGES", "")
        source = launcher(self.preload, self.is_bare, languages)
        source.stdin.write(json.dumps(order) + "\n")
        source.stdin.flush()
        self.group = int(source.stdout.readline())

    def wait_until_ready(self):
        """Return when it answers; a worker answers nobody."""
        if self.only == "worker":
            return
        end = time.monotonic() + START_PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.get(self.ready)[0] == 200:
                    return
            time.sleep(0.02)
        raise AssertionError("the server does not answer")

    def kill(self):
        """Kill the whole group at once, as a power cut would."""
        for pid in self.members():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._wait_gone()

    def stop(self):
        """Ask the parent to end, and wait for it."""
        os.kill(self.group, signal.SIGTERM)
        self._wait_gone()

    def close(self):
        """End whatever still runs."""
        if self.group and self.members():
            self.kill()

    def request(self, method, path, body=None, headers=(), timeout=40):
        """Send one request on a connection of its own; return status, headers and text."""
        status, told, sent = self.fetch(method, path, body, headers, timeout)
        return status, told, sent.decode()

    def fetch(self, method, path, body=None, headers=(), timeout=40):
        """Do the same, and return the bytes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
            connection.request(method, path, body, form | dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def members(self):
        """The processes of the group's session that are alive, in the order of their births."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    fields = (entry / "stat").read_text().rpartition(")")[2].split()
                    if int(fields[3]) == self.group and (fields[0] != "Z" or _has_threads(entry)):
                        found.append((int(fields[STARTED_AT]), int(entry.name)))
        return [pid for _, pid in sorted(found)]

    def processes(self, count=4):
        """The parent, the web processes and the worker, once all are there.

        The first web process answers before the worker is forked.
        """
        wait_for(lambda: len(self.members()) >= count)
        return self.members()[:count]

    def modules_of(self, pid):
        """The names of the modules that a process of the group has imported."""
        written = self.log.with_name(f"{self.log.name}.{pid}")
        written.unlink(missing_ok=True)
        os.kill(pid, signal.SIGUSR2)
        wait_for(written.exists)
        return set(written.read_text().split())

    def _wait_gone(self):
        wait_for(lambda: not self.members())


def _has_threads(entry):
    """Say whether threads outlive the first one of a process: they hold its port for a moment."""
    return len(list((entry / "task").iterdir())) > 1
