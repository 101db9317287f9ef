"""PgBouncer in front of a cluster, lending its connections transaction by transaction."""

import os
import shutil
import socket
import subprocess
import time

from tests.faults.cluster import make_folder, remove
from tests.faults.server import free_port

SERVER_CONNECTIONS = 20
SETTINGS = """
[databases]
* = host={sockets} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
max_client_conn = 1000
default_pool_size = {size}
logfile = {folder}/pgbouncer.log
"""


def program():
    """Return PgBouncer, or None where it is not installed."""
    return shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")


class Pooler:
    """One PgBouncer on a port of the loopback."""

    def __init__(self, cluster):
        self.port, self.folder = free_port(), make_folder()
        settings = self.folder / "pgbouncer.ini"
        settings.write_text(
            SETTINGS.format(
                sockets=cluster.sockets, port=self.port, size=SERVER_CONNECTIONS, folder=self.folder
            )
        )
        shutil.chown(self.folder, cluster.user)
        self.process = subprocess.Popen([program(), "--quiet", settings], user=cluster.user)
        self._wait_until_ready()

    def url(self, database):
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def close(self):
        self.process.terminate()
        self.process.wait(30)
        remove(self.folder)

    def _wait_until_ready(self):
        end = time.monotonic() + 20
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                assert time.monotonic() < end
                assert self.process.poll() is None
                time.sleep(0.05)
