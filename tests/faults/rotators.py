"""Forks rotations of the key again and again, from a process that has imported everything once.

`python -m tests.faults.rotators SETTINGS`, a JSON text.  Each line on the standard input forks a
rotation, which may be killed, and answers with its process id.
"""

import json
import logging
import os
import signal
import sys
from pathlib import Path

from consultation import create_app, rotating
from consultation.extensions import db

SETTLING = 0.1  # seconds


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies
    app = create_app(json.loads(sys.argv[1]))
    logging.disable()
    for _line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os.close(0)
            os._exit(_rotate(app))
        print(pid, flush=True)


def _rotate(app):
    with app.app_context():
        keys_dir, home = Path(app.config["KEYS_DIR"]), Path(app.config["HOME"])
        rotating.rotate(db.session(), keys_dir, home, lambda _line: None, settling=SETTLING)
    return 0


if __name__ == "__main__":
    main()
