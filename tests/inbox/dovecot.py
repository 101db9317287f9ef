"""A real IMAP server on this machine, and a wire to it that can be cut.

Each test has a mailbox of its own on the one server of the session.
"""

import itertools
import os
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
import trustme
from imap_tools import MailBox

from tests.needing import lacking, program

PASSWORD = "secrét d'été"
CONFIGURATION = """
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = required
ssl_server_cert_file = {folder}/certificate.pem
ssl_server_key_file = {folder}/key.pem
mail_driver = maildir
mail_path = {folder}/mail/%{{user}}
mail_home = {folder}/mail/%{{user}}
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 1
default_login_user = nobody
default_internal_user = nobody
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
passdb static {{
  password = "{password}"
}}
userdb static {{
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {starttls}
  }}
  inet_listener imaps {{
    port = {tls}
  }}
}}
"""
_users = itertools.count(1)


class Dovecot:
    """The server, its certificate, and the ports on which it listens."""

    def __init__(self, executable, folder):
        self.folder = folder
        self.authority = trustme.CA()
        self.cafile = str(folder / "authority.pem")
        self.authority.cert_pem.write_to_path(self.cafile)
        certificate = self.authority.issue_cert("127.0.0.1")
        certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
        certificate.cert_chain_pems[0].write_to_path(str(folder / "certificate.pem"))
        for name in ("run", "mail"):
            (folder / name).mkdir()
        os.chown(folder / "mail", 65534, 65534)
        self.tls, self.starttls = _free_port(), _free_port()
        written = CONFIGURATION.format(
            folder=folder, password=PASSWORD, tls=self.tls, starttls=self.starttls
        )
        (folder / "conf").write_text(written, "utf-8")
        self._process = subprocess.Popen(
            [executable, "-F", "-c", str(folder / "conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()

    def _wait(self):
        for _ in range(100):
            assert self._process.poll() is None, (self.folder / "log").read_text()
            with suppress(OSError), closing(socket.create_connection(("127.0.0.1", self.tls), 1)):
                return
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(3)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Box:
    """The mailbox of one test, as its owner sees it."""

    def __init__(self, server, folder="INBOX"):
        self.server, self.folder = server, folder
        self.user = f"collectif{next(_users)}"
        if folder != "INBOX":
            self.create()

    @property
    def settings(self):
        """What an application needs to collect here."""
        return {
            "IMAP_SERVER": "127.0.0.1",
            "IMAP_PORT": self.server.tls,
            "IMAP_USE_SSL": True,
            "IMAP_USERNAME": self.user,
            "IMAP_PASSWORD": PASSWORD,
            "IMAP_FOLDER": self.folder,
            "IMAP_CAFILE": self.server.cafile,
        }

    @contextmanager
    def opened(self):
        context = ssl.create_default_context(cafile=self.server.cafile)
        with MailBox("127.0.0.1", self.server.tls, timeout=60, ssl_context=context) as box:
            yield box.login_utf8(self.user, PASSWORD, initial_folder=None)

    def create(self):
        with self.opened() as box:
            box.folder.create(self.folder)

    def create_anew(self):
        """Delete the folder and make it again: its numbers mean other messages from now on."""
        with self.opened() as box:
            box.folder.delete(self.folder)
            box.folder.create(self.folder)

    def add(self, *mails):
        with self.opened() as box:
            for mail in mails:
                box.append(mail, self.folder)

    def file_with(self, text):
        """Return where the server keeps its only message of these bytes: names are in no order."""
        kept = (self.server.folder / "mail" / self.user / "new").iterdir()
        (path,) = (path for path in kept if text in path.read_bytes())
        return path

    def marks(self):
        """Return the marks of every message, as nobody but their owner could have set them."""
        with self.opened() as box:
            box.folder.set(self.folder, readonly=True)
            return [message.flags for message in box.fetch(mark_seen=False, headers_only=True)]


class Wire:
    """A way to the server that counts its answers, and is cut after so many bytes of them."""

    def __init__(self, port):
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.cut_after = None
        self.passed = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with suppress(OSError):
            while True:
                visitor, _ = self._listener.accept()
                threading.Thread(target=self._join, args=(visitor,), daemon=True).start()

    def _join(self, visitor):
        server = socket.create_connection(("127.0.0.1", self._target))
        back = threading.Thread(target=_pump, args=(visitor, server), daemon=True)
        back.start()
        self._answer(server, visitor, self.cut_after)
        for end in (visitor, server):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        back.join(5)
        visitor.close()
        server.close()

    def _answer(self, server, visitor, left):
        with suppress(OSError):
            while (left is None or left > 0) and (piece := server.recv(16_384)):
                if left is not None:
                    piece, left = piece[:left], left - len(piece)
                visitor.sendall(piece)
                self.passed += len(piece)

    def close(self):
        self._listener.close()


def _pump(source, target):
    with suppress(OSError):
        while piece := source.recv(16_384):
            target.sendall(piece)


def _free_port():
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return listener.getsockname()[1]


@pytest.fixture(scope="session")
def dovecot():
    """The server of this session, where one can be installed."""
    found = program("dovecot")
    if os.geteuid() != 0:
        lacking("root, as which an IMAP server runs")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    if not version.stdout.startswith("2.4"):
        lacking("an IMAP server that is set up in another way: dovecot 2.4 is needed")
    with tempfile.TemporaryDirectory(prefix="dovecot-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        server = Dovecot(found, Path(folder))
        yield server
        server.stop()


@pytest.fixture
def box(dovecot):
    """An empty mailbox."""
    return Box(dovecot)


@pytest.fixture
def wire(dovecot):
    """A way to the server that a test can cut."""
    made = Wire(dovecot.tls)
    yield made
    made.close()
