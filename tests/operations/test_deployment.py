"""The files for a server: complete, in their places, and never over somebody's changes."""

import re
import subprocess

import pytest

from consultation.operations import deployment
from tests.needing import program

NAME = "consultation.example.org"


@pytest.fixture
def written(tmp_path):
    places = deployment.Places(name=NAME, program="/bin/true")
    return {path.name: path for path in deployment.write(tmp_path / "files", places)}


def test_every_file_is_filled_in_to_the_last_word(written):
    for path in written.values():
        assert re.findall(r"@[A-Z_]+@", path.read_text("utf-8")) == [], path.name

    site = written[f"{NAME}.conf"].read_text("utf-8")
    assert f"server_name {NAME};" in site
    assert f"/etc/letsencrypt/live/{NAME}/fullchain.pem" in site


def test_site_listens_to_both_kinds_of_addresses(written):
    site = written[f"{NAME}.conf"].read_text("utf-8")

    assert re.findall(r"^    listen (.*);$", site, re.MULTILINE) == [
        "80", "[::]:80", "443 ssl", "[::]:443 ssl",
    ]  # fmt: skip


def test_every_source_is_written(written):
    sources = {path.name for path in deployment.SOURCES.iterdir()} - {"page.html", "page.css"}

    assert sources - {"nginx.conf"} <= written.keys()


def test_systemd_finds_no_fault_in_the_units(written):
    units = [str(path) for path in written.values() if path.parent.name == "systemd"]

    verdict = subprocess.run(
        [program("systemd-analyze"), "verify", *units], capture_output=True, text=True, check=False
    )

    ours = [line for line in verdict.stderr.splitlines() if "consultation" in line]
    assert ours == []
    assert verdict.returncode == 0 or "consultation" not in verdict.stderr


def test_services_give_up_every_right_that_they_do_not_need(written):
    services = [path for name, path in written.items() if name.endswith(".service")]

    assert len(services) == 4
    for path in services:
        text = path.read_text("utf-8")
        for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=\n"):
            assert line in text, path.name


@pytest.mark.parametrize("user", ["0", "1000"])
def test_command_is_for_root_and_hands_each_word_over_as_it_is(written, tmp_path, user):
    for name, does in (("id", f"echo {user}"), ("systemd-run", "printf '%s\\n' \"$@\"")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    arguments = ["plan", "import", "le plan à $HOME.xlsx", ""]

    called = subprocess.run(
        ["sh", written["consultation"], *arguments],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    if user == "0":
        assert called.stdout.splitlines()[-5:] == ["/bin/true", *arguments]
        assert "--expand-environment=no" in called.stdout
        assert "--uid=consultation" in called.stdout
    else:
        assert (called.returncode, called.stdout) == (1, "")
        assert "root" in called.stderr


def test_what_is_there_is_not_replaced(run, tmp_path):
    first = run("deployment", "--to", tmp_path / "files", "--name", NAME)
    (tmp_path / "files" / "consultation.env").write_text("# à moi\n")

    again = run("deployment", "--to", tmp_path / "files", "--name", NAME)

    assert (first.exit_code, again.exit_code) == (0, 1)
    assert "rien n'est remplacé" in again.output
    assert (tmp_path / "files" / "consultation.env").read_text() == "# à moi\n"


@pytest.mark.parametrize("name", ["", "Exemple.org", "a b.org", "x; rm -rf", "http://a.org", "a"])
def test_invalid_domain_is_refused(run, tmp_path, name):
    refused = run("deployment", "--to", tmp_path / "files", "--name", name)

    assert refused.exit_code == 1
    assert "n'est pas un nom de domaine" in refused.output
    assert not (tmp_path / "files").exists()
