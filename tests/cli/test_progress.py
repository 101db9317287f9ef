"""What commands tell while they work, as real processes: on a terminal, and elsewhere."""

import os
import pty
import subprocess
import sys

import pytest

from consultation.cli import base

PROGRAM = (
    "from consultation.cli import base; base.SECONDS_BETWEEN_LINES = 1e6;"
    "from consultation.cli.main import main; main()"
)
"""A command that is never slow enough to tell a step where no terminal is, on any machine."""


@pytest.fixture
def begin(run):
    """Begin a command in a process of its own, whose standard error goes where it is told."""

    def begin(*arguments, stderr):
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )

    return begin


@pytest.fixture
def demonstration(run):
    assert run("demo", "--measures", "3", "--responses", "20").exit_code == 0


@pytest.mark.once
def test_export_without_a_terminal_tells_only_what_it_did(begin, demonstration, tmp_path):
    command = begin("export", "--output", tmp_path / "out", stderr=subprocess.PIPE)
    output, errors = command.communicate()

    assert (command.returncode, errors) == (0, "")
    first, second, *_ = output.splitlines()
    assert first.startswith(str(tmp_path / "out"))
    assert second.startswith("Reçues : 20")


@pytest.mark.once
def test_demo_without_a_terminal_tells_only_what_it_did(begin):
    command = begin("demo", "--measures", "1", "--responses", "3", stderr=subprocess.PIPE)

    assert command.communicate() == ("1 mesure et 3 contributions de démonstration.\n", "")


@pytest.mark.once
def test_export_on_a_terminal_tells_each_step_in_one_line(begin, demonstration, tmp_path):
    screen, keyboard = pty.openpty()
    command = begin("export", "--format", "csv", "--output", tmp_path / "out", stderr=keyboard)
    os.close(keyboard)
    output = read_whole(screen)
    command.communicate()

    steps = output.split("\r\x1b[K")
    assert command.returncode == 0
    assert "Lecture de la base" in steps
    assert any(step.startswith("Feuille ") for step in steps)
    assert steps[-1] == ""  # nothing is left on the line
    assert "\n" not in output


def read_whole(descriptor):
    """What a terminal showed until the last process that had it ended."""
    parts = []
    with open(descriptor, "rb", buffering=0) as terminal:
        try:
            while part := terminal.read(4096):
                parts.append(part)
        except OSError:  # on Linux, the end of a terminal
            pass
    return b"".join(parts).decode()


def test_demo_leaves_nothing_to_count_or_to_screen(run, demonstration):
    checked = run("results", "refresh")

    assert checked.output == "Rien n'avait changé : tout est compté.\n"


@pytest.mark.parametrize(("seconds", "lines"), [(0, ["1 sur 2", "2 sur 2"]), (60, [])])
def test_long_work_without_a_terminal_is_told_now_and_then(capsys, monkeypatch, seconds, lines):
    monkeypatch.setattr(base, "SECONDS_BETWEEN_LINES", seconds)

    with base.progress() as report:
        report("1 sur 2")
        report("2 sur 2")

    assert capsys.readouterr().err.splitlines() == lines
