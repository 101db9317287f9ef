"""Compares what two checkouts show: `python -m tests.surfaces BEFORE [AFTER]`.

AFTER is this checkout by default.  Each is recorded in a process of its own, both at once.  It
prints what differs, surface by surface, and ends with 1 where anything does.
"""

import difflib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
RECORD = Path(__file__).with_name("record.py")
MOST_LINES = 12


def main(before, after=ROOT):
    with tempfile.TemporaryDirectory() as folder:
        seen = recorded({"before": Path(before), "after": Path(after)}, Path(folder))
    changed = differences(seen["before"], seen["after"])
    for place, lines in changed.items():
        print(f"{place}\n" + "\n".join(f"    {it}" for it in lines))
    print(f"{len(seen['after'])} surfaces, {len(changed)} differ")
    return bool(changed)


def recorded(checkouts, folder):
    """Return the surfaces of each checkout, by their names."""
    running = {}
    for name, checkout in checkouts.items():
        environment = {
            it: value for it, value in os.environ.items() if not it.startswith("CONSULTATION_")
        } | {"PYTHONPATH": str(checkout), "PYTHONHASHSEED": "0"}
        running[name] = subprocess.Popen(
            [sys.executable, RECORD, folder / name], cwd=checkout, env=environment
        )
    ended = [process.wait() for process in running.values()]
    if any(ended):
        raise SystemExit("a checkout could not be recorded")
    return {
        name: {it.name: it.read_text("utf-8") for it in (folder / name / "seen").iterdir()}
        for name in checkouts
    }


def differences(before, after):
    """Return by surface the lines that differ, `-` before and `+` after, the first of them."""
    changed = {}
    for place in sorted(before.keys() | after.keys()):
        lines = [
            it
            for it in difflib.unified_diff(
                before.get(place, "").splitlines(),
                after.get(place, "").splitlines(),
                n=0,
                lineterm="",
            )
            if not it.startswith(("---", "+++", "@@"))
        ]
        if lines:
            changed[place] = lines[:MOST_LINES]
    return changed


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
