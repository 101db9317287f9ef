"""The guide of the server, short form: what its blocks name is there; `tests.guide` runs them."""

import re
import shlex
import subprocess
import sys

import click
import pytest

from consultation.cli.main import main
from consultation.operations import deployment
from tests import guide, pins

BLOCKS = guide.blocks()
LINES = [line for block in BLOCKS for line in block.text.replace("\\\n", "").splitlines()]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deployment") / "consultation"
    places = deployment.Places(name=guide.NAME)
    return {path.relative_to(folder) for path in deployment.write(folder, places)}


def test_every_block_of_the_guide_is_run_on_a_machine():
    run = [*guide.chosen(guide.FIRST, is_postgresql=True)]
    run += guide.chosen(guide.SECOND, is_postgresql=True)

    assert len(BLOCKS) > 10
    assert [block for block in BLOCKS if block not in run] == []


def test_programme_lists_what_it_would_run():
    listed = subprocess.run(
        [sys.executable, "-m", "tests.guide", "--list", "--postgresql"],
        cwd=pins.ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip

    assert [block for block in BLOCKS if block.text not in listed] == []
    assert listed.index("# first machine") < listed.index("# send") < listed.index("# bring")


def test_every_command_of_the_guide_is_one_of_ours_with_its_options():
    called = [shlex.split(line) for line in LINES if re.match(r"(\S*/bin/)?consultation ", line)]

    assert len(called) > 5
    for arguments in called:
        command = main
        while isinstance(command, click.Group):
            arguments = arguments[1:]
            command = command.get_command(click.Context(command), arguments[0])
            assert command is not None, arguments
        options = {name for each in command.params for name in each.opts}
        assert {word for word in arguments if word.startswith("--")} <= options, arguments


def test_every_unit_of_the_guide_is_written(written):
    units = {path.name for path in written if path.parent.name == "systemd"}
    named = {
        name if "." in name else f"{name}.service"
        for line in LINES
        for name in re.findall(r"(?:^systemctl|^until journalctl).*", line)
        for name in re.findall(r"consultation-[\w.]+", name)
    }

    assert len(named) > 4
    assert named <= units


def test_every_file_of_ours_that_the_guide_puts_in_place_is_written(written):
    sources = [
        word.removeprefix("/root/consultation/")
        for line in LINES
        if re.match(r"install .*-m (600|644|755) (?!-o)", line)
        for word in shlex.split(line)[1:]
        if not word.startswith(("-", "/etc", "/usr")) and not word.isdigit()
    ]

    assert len(sources) == 5
    for source in sources:
        assert any(path.match(source) for path in written), source
    left = {path for path in written if not any(path.match(source) for source in sources)}
    assert left == set(), "the guide forgets them"


def test_everything_that_the_guide_installs_by_pip_is_pinned_or_the_folder_itself():
    installed = [shlex.split(line) for line in LINES if "pip install" in line]

    assert installed
    for arguments in installed:
        if "--require-hashes" in arguments:
            files = [arguments[at + 1] for at, word in enumerate(arguments) if word == "-r"]
            assert {pins.ROOT / name for name in files} <= pins.WANTED.keys()
        else:
            assert arguments[2:] == ["--no-deps", "--no-build-isolation", "."]
