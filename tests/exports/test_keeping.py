"""How long workbooks are kept, and what is left alone."""

import os
import time
from datetime import timedelta

import pytest
import time_machine

from consultation.exports import files
from consultation.exports.files import manifest_of
from consultation.spreadsheets.writer import Format
from tests.exports.reading import MADE, make
from tests.factories import make_round


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "exports"
    made.mkdir()
    return made


def test_workbook_goes_with_its_manifest_when_its_days_are_over(session, folder):
    opened = make_round(session)
    made = [make(session, opened, folder, format).path for format in Format]

    early = files.outlived(folder, 7, MADE + timedelta(days=7))
    late = files.outlived(folder, 7, MADE + timedelta(days=7, seconds=1))
    files.remove(late)

    assert early == []
    assert sorted(late) == sorted(made)
    assert list(folder.iterdir()) == []


def test_moment_in_the_name_counts_not_that_of_a_copy(session, folder):
    made = make(session, make_round(session), folder)
    os.utime(made.path, (time.time(), time.time()))

    late = files.outlived(folder, 7, MADE + timedelta(days=8))

    assert late == [made.path]


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "consultation-tour-1-2026-11-24-150509.docx",
        "consultation-tour-1-2026-11-24-non-relu.xlsx",
        "rapport-2026-11-24-150509-non-relu.xlsx",
        "consultation-tour-1-2026-11-24-150509-non-relu.xlsx.bak",
        "copie de consultation-tour-1-2026-11-24-150509-non-relu.xlsx",
    ],
)
def test_file_of_no_export_is_left_alone(folder, name):
    (folder / name).write_text("à quelqu'un")

    outlived = files.outlived(folder, 0, MADE + timedelta(days=400))

    assert outlived == []


def test_link_of_such_a_name_leads_nowhere(folder, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("à quelqu'un")
    (folder / "consultation-t-2026-11-24-150509-non-relu.xlsx").symlink_to(elsewhere)

    outlived = files.outlived(folder, 0, MADE + timedelta(days=400))

    assert outlived == []


def test_what_a_killed_worker_was_writing_goes_after_a_day(folder):
    left = folder / ".writing-abc"
    left.mkdir()
    (left / "draft").write_text("des textes")
    os.utime(left, (MADE.timestamp(), MADE.timestamp()))

    early = files.outlived(folder, 7, MADE + timedelta(hours=23))
    late = files.outlived(folder, 7, MADE + timedelta(hours=25))
    files.remove(late)

    assert early == []
    assert late == [left]
    assert not left.exists()


def test_name_taken_by_a_killed_worker_is_free_after_a_day(session, folder):
    opened = make_round(session)
    taken = folder / ".writing-consultation-tour-1-2026-11-24-150509.xlsx"
    taken.touch()
    os.utime(taken, (MADE.timestamp(), MADE.timestamp()))

    second = make(session, opened, folder)
    files.remove(files.outlived(folder, 7, MADE + timedelta(hours=25)))
    first = make(session, opened, folder)

    assert second.path.name == "consultation-tour-1-2026-11-24-150509-2.xlsx"
    assert first.path.name == "consultation-tour-1-2026-11-24-150509.xlsx"
    assert not taken.exists()


def test_missing_folder_holds_nothing(tmp_path):
    assert files.outlived(tmp_path / "nowhere", 7, MADE) == []


def test_worker_removes_old_exports(session, folder):
    made = make(session, make_round(session), folder)
    task = files.task({"EXPORTS_DIR": folder, "RETENTION_EXPORT_DAYS": 7})

    with time_machine.travel(MADE + timedelta(days=6)):
        task.run(session)
        kept = made.path.exists() and manifest_of(made.path).exists()
    with time_machine.travel(MADE + timedelta(days=8)):
        task.run(session)

    assert kept
    assert list(folder.iterdir()) == []
