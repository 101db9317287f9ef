"""The command line loads what a command needs, and finds what may be raised there."""

import os
import subprocess
import sys
from importlib import import_module

import pytest

from consultation.cli import group
from consultation.cli.main import PLACES

PROGRAM = """
import sys
from consultation.cli.main import main
main(sys.argv[1:], standalone_mode=False)
print(*sys.modules, file=sys.stderr)
"""


def modules_of(home, *arguments):
    """The modules that a process has imported once it has run a command."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        env=os.environ | {"CONSULTATION_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ran.stderr.split())


def test_status_of_mail_loads_no_other_command(tmp_path):
    modules_of(tmp_path, "mail", "status")  # which makes the tables

    modules = modules_of(tmp_path, "mail", "status")

    commands = {name for name in modules if name.startswith("consultation.cli.")}
    assert commands == {f"consultation.cli.{name}" for name in ("base", "group", "mail", "main")}
    unneeded = (
        "alembic",
        "consultation.demo.fill",
        "consultation.operations.doctor.checks",
        "lxml",
        "pandas",
    )
    assert modules & {*unneeded} == set()


def test_entry_point_loads_nothing_of_the_site(tmp_path):
    program = "import sys, consultation.cli.main; print(*sys.modules)"

    modules = subprocess.check_output([sys.executable, "-c", program], text=True).split()

    assert {"flask", "sqlalchemy"} & {*modules} == set()


@pytest.mark.every_case
@pytest.mark.parametrize("name", sorted(PLACES))
def test_each_command_is_where_the_table_says(run, name):
    shown = run(name, "--help")

    assert shown.exit_code == 0, shown.output


@pytest.mark.parametrize("name", [*group.FACTS, *group.UNAVAILABLE])
def test_each_expected_error_is_an_exception(name):
    module, _, error = name.rpartition(".")

    assert issubclass(getattr(import_module(module), error), Exception)
