"""A copy of the checkout, in which a programme may write what it wants."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needing import program

ROOT = Path(__file__).parents[2]
FOLDERS = ("consultation", "docs", "exports", "migrations", "static", "templates", "tests", ".pins")
FAILURE = re.compile(r"^Traceback|RuntimeWarning: ", re.MULTILINE)
"""What no programme may say beside its figures, even where it goes on."""


@pytest.fixture(scope="session")
def tree(quick_folder):
    """The copy, with its compiled modules."""
    tree = quick_folder / "tree"
    tree.mkdir()
    for name in FOLDERS:
        shutil.copytree(ROOT / name, tree / name)
    for path in (path for path in ROOT.iterdir() if path.is_file()):
        shutil.copy2(path, tree)
    return tree


@pytest.fixture
def run_short(tree):
    """Run a programme in its short form; return what it wrote into the tree."""

    def run_short(name, form):
        if form.needs:
            program(form.needs)
        before = content_of(tree)
        done = subprocess.run(
            [sys.executable, "-m", name, *form.arguments.split()],
            cwd=tree,
            env=os.environ | environment_of(tree, form),
            capture_output=True,
            text=True,
        )
        said = done.stdout + done.stderr
        assert done.returncode == bool(form.lacks), said
        assert FAILURE.search(done.stderr) is None, done.stderr
        assert re.search(form.says, said) if form.says else said == "", said
        after = content_of(tree)
        return {path for path in before | after if before.get(path) != after.get(path)}

    return run_short


def environment_of(tree, form):
    given = {"PYTHONPATH": str(tree), "SHORT": "1"}
    return given | {"PATH": ""} if form.lacks else given


def content_of(tree):
    """Every file that is no compiled module, with its bytes."""
    paths = (path for path in tree.rglob("*") if "__pycache__" not in path.parts)
    return {path.relative_to(tree): path.read_bytes() for path in paths if path.is_file()}
