"""What a test may use beside Python: said when it is lacking, and nothing else is found."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import needing
from tests.needing import lacking


@pytest.mark.parametrize("value", ["true", "1"])
def test_under_ci_what_is_lacking_fails_the_test(monkeypatch, value):
    monkeypatch.setenv("CI", value)

    with pytest.raises(pytest.fail.Exception, match="no IMAP server"):
        lacking("no IMAP server")


@pytest.mark.parametrize("value", ["", "false"])
def test_elsewhere_what_is_lacking_skips_the_test(monkeypatch, value):
    monkeypatch.setenv("CI", value)

    with pytest.raises(pytest.skip.Exception, match="no IMAP server"):
        lacking("no IMAP server")


def test_tier_finds_no_programme_but_its_own(is_long, request):
    name = request.config.getoption("tier") or "deep"
    tier = needing.ALL if is_long else needing.TIERS[name]
    parts = {part for name in tier for part in needing.PARTS.get(name, ())}

    seen = set(os.listdir(os.environ["PATH"]))

    assert seen <= {*needing.GROUND, *tier, *parts}
    assert shutil.which("git")


VERSION = {"Xvfb": "-help", "nginx": "-v", "strace": "-V", "xdotool": "-v"}


def test_programmes_find_all_that_they_call_where_only_their_tier_is(tmp_path):
    with needing.blindness("faults"):
        places = {name: place for name in needing.ALL if (place := shutil.which(name))}
        ran = {
            name: subprocess.run(
                [place, VERSION.get(name, "--version")],
                env=os.environ | {"HOME": str(tmp_path)}, capture_output=True, text=True,
            )
            for name, place in places.items()
        }  # fmt: skip

    assert {it: done.stderr for it, done in ran.items() if done.returncode} == {}
    assert [it for it, done in ran.items() if "not found" in done.stderr] == []


@pytest.mark.parametrize(("tier", "is_found"), [("test", False), ("deep", False), ("faults", True)])
def test_programme_of_the_machine_is_found_by_its_tier_alone(monkeypatch, tmp_path, tier, is_found):
    office = tmp_path / "soffice"
    office.write_text("#!/bin/sh\n")
    office.chmod(0o755)
    monkeypatch.setattr(needing, "EVERYWHERE", f"{tmp_path}:{needing.EVERYWHERE}")

    with needing.blindness(tier):
        office = shutil.which("soffice")
        path = os.environ["PATH"]

    assert (office is not None) is is_found
    assert not Path(path).exists()
    assert os.environ["PATH"] != path


def test_programme_that_is_not_there_is_lacking_with_its_package(monkeypatch, tmp_path):
    monkeypatch.setenv("CI", "")
    monkeypatch.setattr(needing, "EVERYWHERE", str(tmp_path))

    with pytest.raises(pytest.skip.Exception, match="apt-get install dovecot-imapd"):
        needing.program("dovecot")


def test_tests_ask_no_one_else_for_programmes():
    """A test that looks for a programme by itself would see what is installed by chance."""
    root = Path(__file__).parent
    asking = [
        str(path.relative_to(root))
        for path in sorted(root.rglob("*.py"))
        if "shutil.which(" in path.read_text("utf-8") and path.name not in ALLOWED
    ]

    assert asking == []


ALLOWED = {
    "needing.py", "test_needing.py",
    "debian_root.py", "firefox.py", "pins.py", "pooler.py",
}  # fmt: skip
"""The last four serve programmes that the gate does not run whole."""


def test_gate_sees_no_font_but_its_own():
    """Where a line breaks, and so what covers what, would depend on what is installed."""
    settings = os.environ.get("FONTCONFIG_FILE")
    if settings is None:
        lacking(f"the fonts of {' and '.join(needing.PACKAGES_OF_FONTS)}")
    fonts = os.listdir(Path(settings).with_name("fonts"))

    assert len(fonts) == 11
    assert all(name.startswith(("DejaVu", "Liberation")) for name in fonts)
