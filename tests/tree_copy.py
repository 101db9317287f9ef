"""A copy of the tree in which lines were added, and a file of tests that runs in it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from consultation.settings import PREFIX
from tests.databases import MIGRATED, SqliteFiles

ROOT = Path(__file__).parent.parent


def copy_tree(folder, added):
    """Copy the tree; `added` has the lines that come before a line of a file, or a new file."""
    for name in ("consultation", "migrations", "static", "templates", "tests"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy2(ROOT / "pyproject.toml", folder)
    for name, (line, lines) in added.items():
        path = folder / name
        text = path.read_text("utf-8") if line else ""
        assert not line or text.count(line) == 1
        path.write_text(text.replace(line, lines + line) if line else lines, "utf-8")


def run_tests(folder, name, *options, has_own_tables=False, **settings):
    """Return what pytest prints of a file of tests in the copy, under settings by their names.

    It begins with the migrated database of this process, if there is one, unless the copy
    `has_own_tables`.
    """
    variables = {f"{PREFIX}{name}": value for name, value in settings.items()}
    if SqliteFiles.template and not has_own_tables:
        variables[MIGRATED] = str(SqliteFiles.template)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, name]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), **variables},
        capture_output=True,
        text=True,
    )
    return done.stdout
