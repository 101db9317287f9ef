"""`make bench`: one benchmark after the other, each in a process of its own.

`python -m tests.benchmarks [NAME…]`, by default all that are listed here; with `SHORT=1` in the
environment, in their short form.
"""

import subprocess
import sys

from tests.faults.server import ROOT

NAMES = (
    "answering",
    "memory",
    "disturbing",
    "exporting",
    "importing",
    "sending",
    "delivering",
    "moderating",
    "campaigning",
    "editor_pages",
    "publishing",
    "reading_results",
    "reading_documents",
    "documents",
    "value_files",
    "reports",
    "growth",
    "several_servers",
    "servers",
)


def main(names):
    """Run them all, whatever becomes of one; return the names of those that failed."""
    failed = []
    for name in names:
        print(f"\n{name}", flush=True)
        command = [sys.executable, "-m", f"tests.benchmarks.{name}"]
        if subprocess.run(command, cwd=ROOT).returncode:
            failed.append(name)
    return failed


if __name__ == "__main__":
    if failed := main(sys.argv[1:] or NAMES):
        sys.exit(f"failed: {', '.join(failed)}")
