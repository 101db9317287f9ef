"""Programmes beside Python that tests may use: which there are, what brings them, what is lacking.

No test finds another one, whatever is installed: what passes here passes on a bare machine.
`python -m tests.needing test` brings those of `make test`, `deep` those of `make test-deep` and
`faults` all: by apt, as root.
Elsewhere it says what lacks.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

GROUND = (
    "sh", "env", "make", "git", "tar", "cat", "ln", "mkdir", "rm", "sleep", "touch", "mount",
    "umount", "locale", "useradd",
)  # fmt: skip
"""What every machine has on which `make` runs from a checkout."""
OF_TEST: Mapping[str, tuple[str, ...]] = {
    "chromium-headless-shell": ("chromium-headless-shell", "libatomic1"),
}
"""Programmes of `make test`, with the packages of Debian that bring them.

What drives the browser is a programme of Playwright's own, which wants `libatomic1`.
"""
OF_DEEP: Mapping[str, tuple[str, ...]] = OF_TEST | {
    "dovecot": ("dovecot-imapd",),
    "strace": ("strace",),
    "systemd-analyze": ("systemd",),
    "Xvfb": ("xvfb",),
    "dbus-daemon": ("dbus-daemon",),
    "firefox-esr": ("firefox-esr",),
    "openbox": ("openbox",),
    "orca": ("orca",),
    "speech-dispatcher": ("speech-dispatcher",),
    "xdotool": ("xdotool",),
}
"""Programmes of `make test-deep`."""
ALL: Mapping[str, tuple[str, ...]] = OF_DEEP | {
    "gcc": ("gcc", "libc6-dev"),
    "nginx": ("nginx-light",),
    "soffice": ("libreoffice-calc-nogui", "libreoffice-writer-nogui"),
}
"""Programmes of `make faults`: the other tiers never look at those that are more."""
PARTS: Mapping[str, tuple[str, ...]] = {
    "gcc": ("as", "ld"),
    "orca": ("xkbcomp",),
    "soffice": ("awk", "basename", "dirname", "grep", "ls", "sed", "uname"),
}
"""What a programme calls by its name."""
INSTEAD = {"chromium-headless-shell": "chromium"}
"""What serves where the first is not there: it takes twice the processor for the same pages."""
FONTS: Mapping[str, tuple[str, ...]] = {
    "DejaVu": ("Sans", "Sans-Bold", "SansMono", "Serif", "Serif-Bold"),
    "Liberation": (
        "Mono-Regular", "Sans-Bold", "Sans-Regular", "Serif-Bold", "Serif-Italic", "Serif-Regular",
    ),
}  # fmt: skip
"""Fonts in which pages are shown, by family: where a line breaks depends on them."""
PACKAGES_OF_FONTS = ("fonts-dejavu-core", "fonts-liberation")
SETTINGS_OF_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{folder}/fonts</dir>
  <cachedir>{folder}/cache</cachedir>
  <include ignore_missing="yes">/etc/fonts/conf.d</include>
</fontconfig>
"""
TIERS = {"test": OF_TEST, "deep": OF_DEEP, "faults": ALL}
EVERYWHERE = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
NO_SERVICE = Path("/usr/sbin/policy-rc.d")
"""Debian asks this file whether a package may start what it brings."""


def is_all_wanted() -> bool:
    """Say whether a test that lacks something fails, as under `CI=true`, and is not passed by."""
    return os.environ.get("CI", "").lower() in ("1", "true")


def lacking(what: str) -> None:
    """End the test for want of something; under `CI=true` nothing may go unseen."""
    if is_all_wanted():
        pytest.fail(f"under CI every test runs, and this machine lacks something: {what}")
    # The one skip for a missing part: a volunteer's machine may lack it, where the other tests are
    # worth running; what lands has passed under CI, which failed in the line above instead.
    pytest.skip(what)


def fonts() -> None:
    """End the test where the fonts in which it reads are not there."""
    if not _has_fonts():
        lacking(f"the fonts of {' and '.join(PACKAGES_OF_FONTS)}")


def program(name: str) -> str:
    """Return where a programme of the table is; end the test where it is not there."""
    place = _place_of(name)
    if place is None:
        lacking(f"no {name}: apt-get install {' '.join(ALL[name])}")
    return str(place)


def _place_of(name: str) -> str | None:
    assert name in ALL, f"{name} is not a programme of tests.needing"
    instead = INSTEAD.get(name)
    return shutil.which(name, path=EVERYWHERE) or (
        shutil.which(instead, path=EVERYWHERE) if instead else None
    )


@contextlib.contextmanager
def blindness(tier: str) -> Iterator[None]:
    """Let this process, and what it starts, find the programmes of a tier and no others.

    Nor any other font: where a line breaks depends on it.
    """
    before = {name: os.environ.get(name) for name in ("PATH", "FONTCONFIG_FILE")}
    parts = (part for name in TIERS[tier] for part in PARTS.get(name, ()))
    names = (*GROUND, *TIERS[tier], *parts)
    with tempfile.TemporaryDirectory(prefix="programmes-") as folder:
        places = {name: shutil.which(name, path=EVERYWHERE) for name in names}
        _link(Path(folder, "bin"), {name: place for name, place in places.items() if place})
        os.environ["PATH"] = f"{folder}/bin"
        if _has_fonts():
            _link(Path(folder, "fonts"), {it.name: it for it in _fonts()})
            settings = Path(folder, "fonts.conf")
            settings.write_text(SETTINGS_OF_FONTS.format(folder=folder), "utf-8")
            os.environ["FONTCONFIG_FILE"] = str(settings)
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name, None)
                os.environ |= {name: value} if value is not None else {}


def _fonts() -> list[Path]:
    folder = Path("/usr/share/fonts/truetype")
    return [
        folder / family.lower() / f"{family}{name}.ttf"
        for family, names in FONTS.items()
        for name in names
    ]


def _has_fonts() -> bool:
    return all(path.exists() for path in _fonts())


def _link(folder: Path, places: Mapping[str, str | Path]) -> None:
    folder.mkdir()
    for name, place in places.items():
        (folder / name).symlink_to(place)


def install(tier: str) -> list[str]:
    """Bring what is lacking of a tier; return the packages that could not be brought."""
    wanted = _packages_lacking(tier)
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        with _no_service_started():
            # Of a list that is old or not there yet, the first try may know nothing: no word of it.
            if _apt("install", *wanted, errors=subprocess.DEVNULL) != 0:
                _apt("update")
                for package in wanted:
                    _apt("install", package)
    return _packages_lacking(tier)


def _packages_lacking(tier: str) -> list[str]:
    packages = [it for name, them in TIERS[tier].items() if not _place_of(name) for it in them]
    return packages if _has_fonts() else [*packages, *PACKAGES_OF_FONTS]


def _apt(verb: str, *packages: str, errors: int | None = None) -> int:
    options = ["-qq"] if verb == "update" else ["-y", "-qq", "--no-install-recommends"]
    done = subprocess.run(
        ["apt-get", verb, *options, *packages],
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        stdout=subprocess.DEVNULL,
        stderr=errors,
        check=False,
    )
    return done.returncode


@contextlib.contextmanager
def _no_service_started() -> Iterator[None]:
    """A test starts its own Dovecot and nginx: Debian's are neither started nor left enabled."""
    is_ours = not NO_SERVICE.exists()
    if is_ours:
        NO_SERVICE.write_text("#!/bin/sh\nexit 101\n", "ascii")
        NO_SERVICE.chmod(0o755)
    before = {name for name in ("dovecot", "nginx") if shutil.which(name, path=EVERYWHERE)}
    try:
        yield
    finally:
        if is_ours:
            NO_SERVICE.unlink()
        if Path("/run/systemd/system").exists():
            new = {"dovecot", "nginx"} - before
            for name in sorted(it for it in new if shutil.which(it, path=EVERYWHERE)):
                subprocess.run(["systemctl", "disable", "--quiet", name], check=False)


if __name__ == "__main__":
    tier = sys.argv[1]
    left = " ".join(install(tier))
    how = f"lacking; as root: apt-get install {left}; else the tests that need them say so and stop"
    print(f"programmes of {tier}: {how if left else 'all here'}")
    sys.exit(bool(left) and is_all_wanted())
