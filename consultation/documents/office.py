"""LibreOffice: it makes ODT of DOCX, where it has Writer.

`soffice` may be there without it.  The worker has it make a tiny document; what came of that is in
a file of the site, where every process reads it without running anything.
"""

import json
import shutil
import subprocess
from contextlib import suppress
from datetime import datetime, timedelta
from enum import Enum, auto
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PROGRAM = "soffice"
LONGEST_CONVERSION = 120
"""Seconds."""
TRIAL = "libreoffice.json"
"""The file of the last trial, in the home of the site."""
TRIED_AGAIN_AFTER = timedelta(hours=1)
"""How long after a trial that failed: Writer may have been installed meanwhile."""


class Office(Enum):
    """What is known of LibreOffice on this machine."""

    ABSENT = auto()
    UNTRIED = auto()
    CONVERTS = auto()
    FAILS = auto()


def is_here() -> bool:
    """Return whether there is a LibreOffice, whatever it can do."""
    return _program() is not None


def known(home: Path) -> Office:
    """Return the result of the last trial of the program that is there now."""
    program = _program()
    if program is None:
        return Office.ABSENT
    trial = _trial(home)
    if trial.get("program") != program:
        return Office.UNTRIED
    return Office.CONVERTS if trial["converts"] else Office.FAILS


def is_trial_due(home: Path, at: datetime) -> bool:
    """Return whether the program was never tried, or failed a while ago."""
    match known(home):
        case Office.UNTRIED:
            return True
        case Office.FAILS:
            tried_at = datetime.fromisoformat(_trial(home)["tried_at"])
            return not tried_at <= at < tried_at + TRIED_AGAIN_AFTER
        case _:
            return False


def note_trial(home: Path, at: datetime, *, converts: bool) -> None:
    """Keep what a trial has shown; readers find the file whole or not at all."""
    trial = {"program": _program(), "converts": converts, "tried_at": at.isoformat()}
    draft = home / f"{TRIAL}.draft"
    draft.write_text(json.dumps(trial), "utf-8")
    draft.rename(home / TRIAL)


def odt_of(docx: bytes) -> bytes | None:
    """Have LibreOffice make ODT, in a folder and with a profile of its own; None if it does not."""
    with TemporaryDirectory() as folder:
        before, after = Path(folder, "document.docx"), Path(folder, "document.odt")
        before.write_bytes(docx)
        command = [
            shutil.which(PROGRAM) or PROGRAM,
            f"-env:UserInstallation={Path(folder, 'profile').as_uri()}",
            *("--headless", "--convert-to", "odt", "--outdir", folder, str(before)),
        ]
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(  # noqa: S603 - a program of the machine, with names that are ours
                command, capture_output=True, timeout=LONGEST_CONVERSION, check=False
            )
        return after.read_bytes() if after.exists() else None


def _program() -> list[Any] | None:
    """Return where the program is, and since when it is as it is; None where there is none."""
    path = shutil.which(PROGRAM)
    with suppress(OSError):
        return [path, Path(path).stat().st_mtime_ns] if path else None
    return None


def _trial(home: Path) -> dict[str, Any]:
    try:
        trial: dict[str, Any] = json.loads((home / TRIAL).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return trial
