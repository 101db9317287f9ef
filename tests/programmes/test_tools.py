"""Tools run to their end; what they write of the repository is there already."""

import subprocess

import pytest

from tests.needing import lacking
from tests.programmes.conftest import ROOT
from tests.programmes.short_forms import TOOLS

pytestmark = pytest.mark.timeout(600)
OF_HISTORY = ["tests.mutations"]
"""Tools that read commits, of which the copy has none."""
DRAFTING = [name for name, form in TOOLS.items() if form.writes]
OTHERS = [name for name in TOOLS if name not in (*OF_HISTORY, *DRAFTING)]


@pytest.mark.parametrize("name", OTHERS)
def test_tool_runs_in_its_short_form(run_short, name):
    assert run_short(name, TOOLS[name]) == set()


@pytest.mark.parametrize("name", OF_HISTORY)
def test_tool_that_reads_commits_runs_in_its_short_form(run_short, monkeypatch, name):
    command = ["git", "rev-parse", "--absolute-git-dir"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if found.returncode:
        lacking("the commits of the project: it runs from a clone")
    monkeypatch.setenv("GIT_DIR", found.stdout.strip())

    assert run_short(name, TOOLS[name]) == set()


@pytest.mark.parametrize("name", DRAFTING)
def test_tool_that_drafts_writes_one_file(tree, run_short, name):
    (written,) = run_short(name, TOOLS[name])

    assert written.parent.as_posix() == TOOLS[name].writes
    (tree / written).unlink()
