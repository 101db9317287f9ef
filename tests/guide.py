"""The guide of the server, followed to the letter: `python -m tests.guide`, as root.

Its blocks of shell run in bare roots of Debian 13 (`tests/debian_root.py`), in the order of `FIRST`
and `SECOND`: the site is installed, a form sent, the site updated; then its machine is lost, and
another takes over what was carried away.  `--postgresql` does so on PostgreSQL.  Takes about ten
minutes, 5 GB of disk, the network, and ports 80, 443 and 8000 of this machine.
"""

import argparse
import http.client
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import textwrap
import zipfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.debian_root import make_root
from tests.faults.visiting import Form

ROOT = Path(__file__).parent.parent
GUIDE = ROOT / "docs" / "deploiement.md"
NAME = "consultation.example.org"
CODE = "/usr/local/src/consultation"
CERTIFICATE = f"etc/letsencrypt/live/{NAME}/fullchain.pem"
CARRIED = "root/secours.tar.gz"
INSTALL, POSTGRESQL, UPDATE, LOST = (
    "Installer sur un serveur", "PostgreSQL", "Mettre à jour", "Machine perdue",
)  # fmt: skip
FIRST = (
    (INSTALL, 1, 3), "verify", (POSTGRESQL, 1, 1), (INSTALL, 4, 7), "open", "send",
    "publish", (UPDATE, 1, 4), "send", (LOST, 1, 1), "carry",
)  # fmt: skip
SECOND = (
    (INSTALL, 1, 3), (POSTGRESQL, 1, 1), "bring", (LOST, 2, 4), (INSTALL, 4, 5),
    (INSTALL, 7, 7), "compare", "send",
)  # fmt: skip
"""What runs on each machine: the blocks of a chapter, from one to another, or a step of ours."""

STAND_INS = ROOT / "tests" / "stand_ins"
REPLACED = {
    "systemctl": "starts the command of a unit by hand, without its confinement; no timers",
    "systemd-run": "runs a command with the account, folder and settings that it is told",
    "journalctl": "shows what a service wrote",
    "certbot": "makes a certificate that vouches for itself",
    "apt": "answers its own questions with yes (APT::Get::Assume-Yes)",
    "the name": "leads to this machine (/etc/hosts)",
    "the code": "comes from a repository beside it, as last committed",
    "the paper": "the keys are copied as files",
    "doctor": "may find something to see to: no mail server, for one",
}


MAY_FAIL = 'consultation() { command consultation "$@" || [ "$1" = doctor ]; }\n'


@dataclass(frozen=True)
class Block:
    """A block of shell of the guide, and which one of its chapter it is."""

    chapter: str
    number: int
    text: str


def blocks():
    """List the blocks of shell of the guide, in their order."""
    listed = []
    for chapter in re.split(r"(?m)^## ", GUIDE.read_text("utf-8"))[1:]:
        title = chapter.partition("\n")[0]
        texts = re.findall(r"(?ms)^ *```sh\n(.*?)^ *```$", chapter)
        listed += [
            Block(title, number, textwrap.dedent(text)) for number, text in enumerate(texts, 1)
        ]
    return listed


def chosen(plan, *, is_postgresql):
    """List what a machine goes through: blocks, and the names of steps of ours."""
    here = {(block.chapter, block.number): block for block in blocks()}
    for part in plan:
        if isinstance(part, str):
            yield part
        elif part[0] != POSTGRESQL or is_postgresql:
            chapter, first, last = part
            yield from (here[chapter, number] for number in range(first, last + 1))


class Machine:
    """A server on which the guide is followed, in one shell from its first line to its last."""

    def __init__(self, folder, name, lost=None):
        self.root = make_root(
            folder / name.split()[0], packages=("openssl", "procps"), variant="important"
        )
        self.name, self.lost, self.codes = name, lost, list(lost.codes) if lost else []
        self.shell = None

    def prepare(self):
        """Give it the code and the stand-ins, and open the shell."""
        self.root.write("/etc/hosts", f"127.0.0.1 localhost {NAME}\n")
        self.root.write("/etc/apt/apt.conf.d/99guide", 'APT::Get::Assume-Yes "true";\n')
        for path in STAND_INS.iterdir():
            self.root.write(f"/usr/local/sbin/{path.name}", path.read_text("utf-8"), 0o755)
        self.publish("HEAD")
        _git("clone", "--quiet", self.root.path / "srv/code.git", f"{self.root.path}{CODE}")
        self.root.run(["sed", "-i", f"s,{self.root.path},,", f"{CODE}/.git/config"])
        self.shell = self.root.start(
            ["bash", "-eu"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._type("exec 2>&1; cd /root\n" + MAY_FAIL)

    def follow(self, steps):
        for step in steps:
            if not isinstance(step, str):
                print(f"\n== {self.name}: {step.chapter}, block {step.number}", flush=True)
                self._type(step.text)
            else:
                print(f"\n== {self.name}: {step}", flush=True)
                getattr(self, step)()

    def publish(self, commit=None):
        """Put a commit where the guide's `git pull` finds it: by default one later than all."""
        bare = self.root.path / "srv" / "code.git"
        if not bare.exists():
            _git("init", "--quiet", "--bare", "--initial-branch=main", bare)
        commit = commit or _git(
            "-c", "user.name=x", "-c", "user.email=x@example.org",
            "commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "Be later",
        )  # fmt: skip
        _git("push", "--quiet", bare, f"{commit}:refs/heads/main")

    def verify(self):
        """Let systemd read the units that it would start."""
        units = sorted(self.root.path.glob("etc/systemd/system/consultation-*"))
        self.root.run(
            ["systemd-analyze", "verify", *(f"/etc/systemd/system/{unit.name}" for unit in units)]
        )

    def open(self):
        """Open a round, as the team does on its pages."""
        self._type("consultation round open --round tour-1\n")

    def send(self):
        """Send a form through nginx, with a text of its own, and keep the code of its receipt."""
        site = Site(self.root.path / CERTIFICATE)
        path = re.search(r"/mesures/([\w-]+)", site.get("/mesures")[2])[0]
        form = Form(site, f"{path}/contribuer", f"Avis {len(self.codes)} : l'été, « œuvre »")
        status, code = form.send(site)
        assert status == 303, f"the form was not taken: {status}"
        assert code, "no receipt"
        print(f"a form was sent to https://{NAME}{path}, receipt {code}")
        self.codes.append(code)

    def carry(self):
        """Lose the machine, all that runs on it; what it carried away can still be read."""
        self.root.close()

    def bring(self):
        """Bring what was carried away, and the paper."""
        there = self.lost.root.path
        shutil.copy(there / CARRIED, self.root.path / CARRIED)
        shutil.copytree(there / "var/lib/consultation-keys", self.root.path / "root/cles")

    def compare(self):
        """Look for each receipt of the lost machine among the responses."""
        self._type("consultation export --format csv --complete --output /srv/consultation/out\n")
        (made,) = (self.root.path / "srv/consultation/out").glob("*.zip")
        with zipfile.ZipFile(made) as sheets:
            texts = "".join(
                sheets.read(name).decode("utf-8", "replace") for name in sheets.namelist()
            )
        assert all(code in texts for code in self.codes), "a response was lost with the machine"
        print(f"{len(self.codes)} responses of the lost machine are here")

    def _type(self, text):
        """Type lines into the shell and print what it answers, until they are done."""
        # From a file: a command that reads what is typed must not take the lines that follow.
        self.root.write("/run/guide.sh", text)
        self.shell.stdin.write("source /run/guide.sh < /dev/null; echo '--done--'\n")
        self.shell.stdin.flush()
        for line in self.shell.stdout:
            if line == "--done--\n":
                return
            print("  ", line, end="", flush=True)
        raise SystemExit(f"{self.name}: the guide stops here, with {self.shell.wait()}")


class Site:
    """The site, as a visitor reaches it: through nginx and its certificate."""

    def __init__(self, certificate):
        self.trust = ssl.create_default_context(cafile=certificate)

    def get(self, path):
        return self.request("GET", path)

    def request(self, method, path, body=None):
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        with closing(http.client.HTTPConnection(NAME, timeout=60)) as connection:
            bare = socket.create_connection(("127.0.0.1", 443), 60)
            connection.sock = self.trust.wrap_socket(bare, server_hostname=NAME)
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        return answer.status, answer.headers, text


def _git(*arguments):
    command = ["git", "-C", ROOT, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _refuse_taken_ports():
    for port in (80, 443, 8000):
        with socket.socket() as taken:
            if taken.connect_ex(("127.0.0.1", port)) == 0:
                raise SystemExit(f"port {port} of this machine is taken, and the guide uses it")


def main():
    """Follow the guide on two machines, and say what stood in for what."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--postgresql", action="store_true", help="on PostgreSQL")
    options.add_argument("--list", action="store_true", help="only say what would be run")
    told = options.parse_args()
    plans = {
        name: [*chosen(plan, is_postgresql=told.postgresql)]
        for name, plan in (("first machine", FIRST), ("second machine", SECOND))
    }
    if told.list:
        for name, steps in plans.items():
            print(f"# {name}", *(getattr(step, "text", f"# {step}") for step in steps), sep="\n")
        return
    _refuse_taken_ports()
    folder, machines = Path(tempfile.mkdtemp(prefix="guide-")), []
    try:
        for name, steps in plans.items():
            machines.append(Machine(folder, name, *machines))
            machines[-1].prepare()
            machines[-1].follow(steps)
    finally:
        for machine in machines:
            machine.root.remove()
        folder.rmdir()
        print(f"\nFollowed on {len(machines)} machines.  What stood in for what:")
        print("".join(f"- {name}: {what}\n" for name, what in REPLACED.items()))


if __name__ == "__main__":
    main()
