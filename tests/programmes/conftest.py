"""A copy of the checkout, in which a programme may write what it wants."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needing import program

ROOT = Path(__file__).parents[2]
SHORT = {"SHORT": "1"}
FOLDERS = ("consultation", "docs", "exports", "migrations", "static", "templates", "tests", ".pins")
FAILURE = re.compile(r"^Traceback|RuntimeWarning: ", re.MULTILINE)
"""What no programme may say beside its figures, even where it goes on."""
ALONE = {"tests.bare", "tests.needing", "tests.pins"}
"""Programmes that start without the site, as who installs it has none yet."""


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


@pytest.fixture(scope="session")
def launcher(tree):
    """What forks programmes, in the copy."""
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.programmes.launcher"],
        cwd=tree,
        env=os.environ | SHORT | {"PYTHONPATH": str(tree)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield started
    started.communicate()


@pytest.fixture(scope="session")
def known_content():
    """What was read of the files of the tree, which most programmes leave as they are."""
    return {}


@pytest.fixture
def run_short(tree, launcher, known_content, tmp_path):
    """Run a programme in its short form; return what it wrote into the tree."""

    def run_short(name, form):
        if form.needs:
            program(form.needs)
        before, output = content_of(tree, known_content), tmp_path / "output.txt"
        order = {
            "name": name,
            "arguments": form.arguments.split(),
            "environment": os.environ | environment_of(tree, form),
            "output": str(output),
        }
        returned = run_alone(tree, **order) if name in ALONE else run_forked(launcher, order)
        said = output.read_text("utf-8")
        assert returned == bool(form.lacks), said
        assert FAILURE.search(said) is None, said
        assert re.search(form.says, said) if form.says else said == "", said
        after = content_of(tree, known_content)
        return {path for path in before | after if before.get(path) != after.get(path)}

    return run_short


def run_forked(launcher, order):
    launcher.stdin.write(json.dumps(order) + "\n")
    launcher.stdin.flush()
    return int(launcher.stdout.readline())


def run_alone(tree, name, arguments, environment, output):
    with open(output, "w", encoding="utf-8") as written:
        command = [sys.executable, "-m", name, *arguments]
        return subprocess.run(
            command, cwd=tree, env=environment, stdout=written, stderr=subprocess.STDOUT
        ).returncode


def environment_of(tree, form):
    given = {"PYTHONPATH": str(tree)} | SHORT
    return given | {"PATH": ""} if form.lacks else given


def content_of(tree, known):
    """Every file that is no compiled module, with its bytes.

    `known` has the bytes by all that changes when a file is written to: those are not read again.
    """
    content = {}
    for folder, folders, names in os.walk(tree):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in names:
            path = os.path.join(folder, name)
            state = os.stat(path)
            key = path, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns
            if key not in known:
                known[key] = Path(path).read_bytes()
            content[Path(os.path.relpath(path, tree))] = known[key]
    return content
