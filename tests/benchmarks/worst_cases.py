"""What strangers and the team may send, at its worst: processor seconds and memory of each.

`python -m tests.benchmarks.worst_cases [WORDS…]` prints a table of those whose name holds one of
the words, or of all.  Each case runs in a process of its own; what it starts counts with it.
"""

import os
import re
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks import worst_files, worst_mails, worst_requests, worst_texts
from tests.benchmarks.deployed import demonstrate
from tests.benchmarks.sizes import sized

MOST_SECONDS, MOST_MEGABYTES = 5.0, 256
MEASURES, RESPONSES = sized((60, 20), (2, 2))


@dataclass(frozen=True)
class Measured:
    """What one case took: seconds of a processor, and the most memory of one process."""

    name: str
    limit: str
    seconds: float
    megabytes: int
    outcome: str

    @property
    def is_within(self) -> bool:
        """Say whether it took no more than any input may."""
        return self.seconds <= MOST_SECONDS and self.megabytes <= MOST_MEGABYTES


def measured(name: str, limit: str, run: Callable[[], Any]) -> Measured:
    """Run a case in a process of its own and return what it took.

    Memory is what this process took beyond what it began with.  A case that knows better, of a
    process that it started, gives the megabytes of that one beside its outcome.
    """
    read, write = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(read)
        _measure(write, run)
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(pid, 0)
    seconds, megabytes, outcome = said.split("\n", 2) if said else ("inf", "0", "ended")
    return Measured(name, limit, float(seconds), int(megabytes), re.sub(r"\s+", " ", outcome)[:90])


def _measure(write: int, run: Callable[[], Any]) -> None:
    begun, base = time.process_time(), _most_memory()
    try:
        outcome = run()
    except Exception as error:  # noqa: BLE001 - what becomes of it is told, whatever it is
        outcome = f"{type(error).__name__} {error}"
    of_children = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = time.process_time() - begun + of_children.ru_utime + of_children.ru_stime
    megabytes = _most_memory() - base
    if isinstance(outcome, tuple):
        outcome, megabytes = outcome[0], max(outcome[1], megabytes)
    os.write(write, f"{seconds}\n{megabytes}\n{outcome}".encode()[:4000])


def _most_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def cases(app: Any) -> list[tuple[str, str, Callable[[], Any]]]:
    """Return every case: its name, what bounds it, and how to run it."""
    found = [*worst_requests.cases(app), *worst_mails.cases(), *worst_files.cases()]
    return [*found, *worst_texts.cases()]


def furnished(home: Path) -> Any:
    """Return the site with sixty measures and some responses in it."""
    os.environ["CONSULTATION_HOME"] = str(home)
    demonstrate(home, MEASURES, RESPONSES)
    from consultation.__init__ import create_app

    app = create_app({"RATE_LIMITS": False, "HOME": home})
    app.test_client().get("/mesures")  # what a process does once counts for no input
    return app


def main(arguments: list[str]) -> int:
    """Print the table; return whether anything took more than it may."""
    over = 0
    with tempfile.TemporaryDirectory() as home:
        print("| Entrée | Limite | Processeur (s) | Mémoire (Mo) | Issue |")
        print("| --- | --- | ---: | ---: | --- |")
        for name, limit, run in cases(furnished(Path(home))):
            if arguments and not any(word in name for word in arguments):
                continue
            took = measured(name, limit, run)
            over += not took.is_within
            mark = "" if took.is_within else " **trop**"
            print(
                f"| {took.name} | {took.limit} | {took.seconds:.2f} | {took.megabytes} |"
                f" {took.outcome}{mark} |",
                flush=True,
            )
    return min(over, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
