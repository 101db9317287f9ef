"""What README promises, kept on a bare Debian: `python -m tests.bare`, or `make bare`.

A system that holds Python, make and git alone is made in a folder.  There the site is served by
`make serve`, a form is sent as a browser would, and `make check test test-deep` passes.
`--release bookworm` has the oldest Python that README names, `--user` is somebody who may install
nothing; both may lack what some tests need, which then say so.  `--only serve` leaves the tests
out.  Needs root, mmdebstrap, and gigabytes: what it took is at the end.
"""

import argparse
import collections
import contextlib
import http.client
import shlex
import subprocess
import tempfile
import time
from pathlib import Path

from tests.debian_root import make_root
from tests.faults.server import ROOT, Server
from tests.faults.visiting import PATH, Form

PACKAGES = ("python3", "python3-venv", "make", "git", "ca-certificates")
"""What README asks for, on a system that has no certificates of its own accord."""
RELEASES = {"trixie": True, "bookworm": False}
"""Releases of Debian, and whether theirs have all programmes of the tests."""
PATIENCE = 900
"""Seconds: `make serve` fetches what it needs first."""
LAST = 12
"""Lines of what was printed that are shown at the end, after those of tests that failed."""
LOG = ROOT / ".venv" / "bare.log"
"""All that was printed."""
FAILED = ("FAILED ", "ERROR ")


def main():
    parser = argparse.ArgumentParser(prog="python -m tests.bare")
    parser.add_argument("--release", choices=RELEASES, default="trixie")
    parser.add_argument("--user", action="store_true", help="as an ordinary user")
    parser.add_argument("--only", choices=["serve", "test"], help="half of it")
    parser.add_argument("--folder", help="where the system is made (a temporary folder)")
    parser.add_argument("--tests", default="tests", help="which of the tests")
    parser.add_argument("--options", default="", help='of pytest, such as "--options=--shuffle=1"')
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bare-", dir=chosen.folder) as folder:
        root = make_root(Path(folder, "root"), chosen.release, PACKAGES)
        with root:
            report(root, chosen)


def report(root, chosen):
    """Go both ways as one account, and print seconds, disk and the last lines."""
    user = _user(root) if chosen.user else None
    checkout = f"{'/home/' + user if user else '/root'}/consultation"
    subprocess.run(["git", "clone", "--quiet", ROOT, root.path / checkout.lstrip("/")], check=True)
    if user:
        root.run(["chown", "-R", f"{user}:", f"/home/{user}"])
    before = _megabytes(root)
    version = root.run(["python3", "--version"], capture_output=True, text=True).stdout.strip()
    print(f"Debian {chosen.release}, {version}, {user or 'root'}: {before} MB", flush=True)
    if chosen.only != "test":
        serve(root, user, checkout)
    status = 0
    if chosen.only != "serve":
        is_whole = RELEASES[chosen.release] and not user
        chosen_tests = {"TESTS": chosen.tests, "OPTIONS": chosen.options}
        status = test(root, user, checkout, chosen_tests, is_whole)
    print(f"disk: {_megabytes(root) - before} MB more")
    raise SystemExit(status)


def serve(root, user, checkout):
    """Start the site by one command, and send a form."""
    site, began = Server(root.path), time.monotonic()
    server = root.start(
        f"cd {checkout} && exec make serve PORT={site.port}", user=user, stdout=subprocess.DEVNULL
    )
    try:
        _wait_for(site, server)
        print(f"make serve answers after {time.monotonic() - began:.0f} s", flush=True)
        status, code = Form(site, PATH, "Une réponse.", "jeanne@exemple.fr").send(site)
        assert (status, bool(code)) == (303, True), f"the form was answered {status}"
        print(f"a form was sent: receipt {code}", flush=True)
    finally:
        server.terminate()
        server.wait(60)


def test(root, user, checkout, chosen, is_whole):
    """Run all checks and tests with their variables; return the status."""
    began, last = time.monotonic(), collections.deque(maxlen=LAST)
    environment = {"CI": "true"} if is_whole else {}
    variables = " ".join(f"{name}={shlex.quote(value)}" for name, value in chosen.items())
    testing = root.start(
        f"cd {checkout} && exec make check test test-deep {variables}", user=user, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    with LOG.open("w", encoding="utf-8", buffering=1) as log:
        for line in testing.stdout:
            log.write(line)
            last.append(line)
            if line.startswith(FAILED):
                print(line, end="", flush=True)
    status = testing.wait()
    print("".join(last), end="")
    print(f"make check test test-deep ends with {status} after {time.monotonic() - began:.0f} s")
    return status


def _user(root):
    root.run(["useradd", "--create-home", "--shell", "/bin/bash", "benevole"])
    return "benevole"


def _wait_for(site, server):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if site.get("/readyz")[0] == 200:
                return
        time.sleep(0.2)
    raise SystemExit("make serve does not answer")


def _megabytes(root):
    command = ["du", "--summarize", "--one-file-system", "--block-size=1M", root.path]
    return int(
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0]
    )


if __name__ == "__main__":
    main()
