"""Starts whole server groups again and again, from a process that has imported the site once.

`python -m tests.faults.launcher [bare]`.  Each line of the standard input is a JSON object:
`environment`, `log`, a path for the standard error, and `only`, one part of the site or null.  It
forks a new group, leader of its own session, and answers with its process id; what runs in it is
`consultation serve` with the settings of that environment.  Each of its processes writes on USR2
the names of its modules beside the log, into a file that ends with its process id.

The modules of the pages are imported once for all groups; `bare` leaves them to each, as with a
server that starts by itself.
"""

import gc
import json
import os
import signal
import sys
from importlib import import_module

from consultation.server import run
from tests import warm


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies
    warm.prepare()
    is_bare = "bare" in sys.argv
    warm.compile_templates(imports_pages=not is_bare)
    if not is_bare:
        import_module("consultation.exports.process").GIVES_WAY = False
    gc.freeze()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os._exit(serve(**json.loads(line)))
        print(pid, flush=True)


def serve(environment, log, only):
    """Become the group of one site; return its exit status."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.close(0)
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGUSR2, lambda *_: _write_modules(f"{log}.{os.getpid()}"))
    return run.serve({}, lambda _sentence: None, only=only)


def _write_modules(place):
    with open(f"{place}.part", "w") as file:
        file.write("\n".join(sys.modules))
    os.rename(f"{place}.part", place)


if __name__ == "__main__":
    main()
