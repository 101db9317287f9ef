"""An export made in a process of its own gives what one made here gives, and leaves nothing."""

import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

import pytest

from consultation.exports import process
from consultation.exports.request import ExportRequest
from consultation.exports.selection import Selection
from consultation.spreadsheets.table import TextTooLong, TooManyRows
from consultation.spreadsheets.writer import Format
from tests.exports.builders import respond
from tests.exports.reading import MADE, cells_of, make
from tests.factories import make_measure, make_round, screen_all


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    opened = make_round(session)
    respond(session, opened, "T7", {"suggestions": "Où ça ?", ("T7.1", "stance"): "keep"})
    screen_all(session)
    session.commit()
    return opened


def run(session, opened, directory, report=lambda step: None, **given):
    request = ExportRequest(opened.id, Format.XLSX, directory, MADE, **given)
    return process.run(session, request, report)


def children():
    task = Path(f"/proc/self/task/{os.getpid()}/children")
    return set(task.read_text().split())


def test_it_gives_what_an_export_here_gives_and_reports_its_steps(session, opened, tmp_path):
    here = make(session, opened, tmp_path / "here", selection=Selection(locale="en"))
    before, reported = children(), []

    def report(step):
        reported.append((step, os.getpid()))

    there = run(session, opened, tmp_path / "there", report, selection=Selection(locale="en"))

    assert cells_of(there.path) == cells_of(here.path)
    assert there.counts == here.counts
    assert there.path.parent == tmp_path / "there"
    assert there.manifest["rows"] == here.rows_by_sheet
    assert ("Feuille Textes : 1 ligne", os.getpid()) in reported
    assert children() == before


class Cancelled(Exception):
    """As the `report` of a job may raise."""


@pytest.mark.once
def test_it_gives_way_to_all_others(session, opened, tmp_path, monkeypatch):
    monkeypatch.setattr(process, "GIVES_WAY", True)
    niceness = min(os.getpriority(os.PRIO_PROCESS, 0) + process.NICENESS, 19)
    before = children()

    def report(_step):
        (child,) = map(int, children() - before)
        if os.sched_getscheduler(child) == os.SCHED_IDLE:
            assert os.getpriority(os.PRIO_PROCESS, child) == niceness
            raise Cancelled

    with pytest.raises(Cancelled):
        run(session, opened, tmp_path, report)


@pytest.mark.once
def test_raising_tell_ends_the_process_and_leaves_nothing(session, opened, tmp_path):
    before = children()

    def report(step):
        if step.startswith("Feuille"):
            raise Cancelled

    with pytest.raises(Cancelled):
        run(session, opened, tmp_path / "exports", report)

    assert children() == before
    assert list((tmp_path / "exports").iterdir()) == []


def test_what_the_process_raises_is_raised_here(session, opened, tmp_path):
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(FileExistsError):
        run(session, opened, tmp_path / "file")


def test_killed_process_is_no_silent_success(session, opened, tmp_path):
    before = children()

    def report(step):
        for child in children() - before:
            os.kill(int(child), 9)
        time.sleep(0.1)

    with pytest.raises(process.ExportBroke):
        run(session, opened, tmp_path, report)

    assert not list(tmp_path.glob("consultation-*"))


@pytest.mark.parametrize("refusal", [TextTooLong("Textes", "Texte", 3), TooManyRows("Textes")])
def test_refusal_comes_through_with_its_sentence(refusal):
    sent = pickle.loads(pickle.dumps(refusal))

    assert (type(sent), str(sent)) == (type(refusal), str(refusal))


def test_pandas_is_loaded_by_no_process_of_the_site():
    """Neither a visitor's process nor the worker's loop pays its memory: an export's does."""
    loads = "import sys, consultation.app, consultation.worker, consultation.server.run"
    command = [sys.executable, "-c", f"{loads}; print('pandas' in sys.modules)"]

    assert subprocess.run(command, capture_output=True, text=True).stdout == "False\n"
