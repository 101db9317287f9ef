"""Runs programmes one after the other, each in a fork of a process that has imported the site.

`python -m tests.programmes.launcher`.  Each line of the standard input is a JSON object: `name` of
the module, `arguments`, `environment` and `output`, a path for all that it writes.  It is answered
by the exit status, once the programme has ended.  A new SQLite database is a copy of one that was
migrated once: what migrations do is tried elsewhere.
"""

import gc
import json
import os
import runpy
import shutil
import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa

from consultation.db import upgrade
from tests import warm


def main():
    warm.prepare()
    warm.compile_templates(imports_pages=True)
    warm.compile_patterns()
    folder = Path(tempfile.mkdtemp())  # a programme ends in a fork, which would empty another
    template = folder / "template.sqlite"
    engine = sa.create_engine(f"sqlite:///{template}")
    upgrade.upgrade(engine)
    engine.dispose()
    upgrade.upgrade = _from(template, upgrade.upgrade)
    gc.freeze()
    for line in sys.stdin:
        if (pid := os.fork()) == 0:
            _run(**json.loads(line))
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()
    shutil.rmtree(folder)


def _from(template, migrate):
    """What migrates a database, and gives a new one of SQLite the schema of another."""

    def upgraded(engine):
        place = engine.url.database if engine.dialect.name == "sqlite" else None
        if place and not (Path(place).exists() and Path(place).stat().st_size):
            engine.dispose()
            shutil.copyfile(template, place)
        migrate(engine)

    return upgraded


def _run(name, arguments, environment, output):
    """Become the programme, until the interpreter ends."""
    os.environ.clear()
    os.environ.update(environment)
    written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for stream in (1, 2):
        os.dup2(written, stream)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.argv = [name, *arguments]
    runpy.run_module(name, run_name="__main__", alter_sys=True)
    sys.exit()


if __name__ == "__main__":
    main()
