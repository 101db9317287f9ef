"""A real nginx on the loopback, with the site file that we give out, in front of a real server."""

import http.client
import os
import re
import socket
import ssl
import subprocess
import time
from contextlib import closing
from functools import cache

import trustme

from consultation.operations import deployment
from tests.faults.server import free_port
from tests.needing import program

NAME = "consultation.example.org"
MAIN = """
{user}worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/main.log warn;
daemon off;
events {{ worker_connections 768; }}
http {{
    types {{ text/html html; }}
    default_type application/octet-stream;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    access_log {folder}/access.log;
    include {site};
}}
"""


def _user():
    """Let nginx read what only we may: as root, it would work as somebody else."""
    return "user root;\n" if os.geteuid() == 0 else ""


@cache
def hosts():
    """The loopback as nginx writes it, by IPv6 too where this machine speaks it."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return ["127.0.0.1"]
    return ["127.0.0.1", "[::1]"]


class Nginx:
    """One nginx; requests go to it by name, over TLS that is checked."""

    def __init__(self, folder, port):
        self.folder, self.upstream = folder, port
        self.http, self.https = free_port(), free_port()
        self.authority = trustme.CA()
        self.trust = ssl.create_default_context()
        self.authority.configure_trust(self.trust)
        self.process = None

    def start(self, *, logs_visits=False):
        """Write the files as an administrator would, and start; return when it listens.

        With `logs_visits` there is an access log, by the line that the file proposes.
        """
        nginx = program("nginx")
        self.folder.mkdir()
        self.folder.chmod(0o755)
        certificates = self.folder / "certificates"
        certificates.mkdir()
        made = self.authority.issue_cert(NAME)
        made.private_key_pem.write_to_path(certificates / "privkey.pem")
        for pem in made.cert_chain_pems:
            pem.write_to_path(certificates / "fullchain.pem", append=True)
        places = deployment.Places(
            name=NAME, port=self.upstream,
            http=[f"{host}:{self.http}" for host in hosts()],
            https=[f"{host}:{self.https}" for host in hosts()], https_suffix=f":{self.https}",
            certificates=str(certificates), pages=str(self.folder / "files" / "pages"),
            log=str(self.folder / "site.log"),
        )  # fmt: skip
        deployment.write(self.folder / "files", places)
        main = self.folder / "main.conf"
        site = self.folder / "files" / "nginx" / f"{NAME}.conf"
        if logs_visits:
            text = site.read_text("utf-8")
            [line] = re.findall(r"^# access_log \S+ (.*;)$", text, re.MULTILINE)
            visits = f"access_log {self.folder / 'visits.log'} {line}"
            site.write_text(text.replace("access_log off;", visits), "utf-8")
        main.write_text(MAIN.format(folder=self.folder, site=site, user=_user()))
        self.process = subprocess.Popen(
            [nginx, "-p", str(self.folder), "-c", str(main), "-e", str(self.folder / "main.log")]
        )
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.https), 1).close()
                return
            except OSError:
                assert self.process.poll() is None, (self.folder / "main.log").read_text()
                time.sleep(0.05)
        raise AssertionError("nginx does not listen")

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)

    def connect(self, host="127.0.0.1"):
        """Return a socket that has shaken hands."""
        plain = socket.create_connection((host, self.https), 20)
        return self.trust.wrap_socket(plain, server_hostname=NAME)

    def request(self, method, path, body=None, headers=(), timeout=60):
        """Send one request over TLS; return status, headers and text."""
        connection = http.client.HTTPConnection(NAME, self.https, timeout=timeout)
        connection.sock = self.connect()
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        try:
            connection.request(method, path, body, form | dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def plain(self, path):
        """Ask without TLS."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.http, timeout=60)) as connection:
            connection.request("GET", path, headers={"Host": NAME})
            answer = connection.getresponse()
            answer.read()
        return answer.status, answer.headers

    def written(self):
        """Everything that nginx has written into its logs."""
        return "".join(path.read_text("utf-8") for path in self.folder.glob("*.log"))
