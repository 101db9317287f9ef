"""Forks what may be killed again and again, from a process that has imported everything once.

`python -m tests.faults.forks SETTINGS`, a JSON text.  Each line on the standard input names what to
do in a process of its own, and is answered with its id.
"""

import json
import logging
import os
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path

from consultation import create_app
from consultation.clock import now
from consultation.extensions import db
from consultation.operations import mailbox_hashes
from consultation.operations.keys import rotation
from consultation.operations.retention import apply

SETTLING = 0.1  # seconds
YEARS = timedelta(days=4000)


def rotate(session, config):
    keys_dir, home = Path(config["KEYS_DIR"]), Path(config["HOME"])
    rotation.rotate(session, keys_dir, home, lambda _line: None, settling=SETTLING)


def retain(session, config):
    apply.apply(session, config, now() + YEARS, dry_run=False)


def fill_hashes(session, _config):
    mailbox_hashes.BATCH = 1
    mailbox_hashes.fill(session, lambda: time.sleep(0.02))


DEEDS = {"rotate": rotate, "retain": retain, "fill_hashes": fill_hashes}


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies
    app = create_app(json.loads(sys.argv[1]))
    logging.disable()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os.close(0)
            with app.app_context():
                DEEDS[line.strip()](db.session(), app.config)
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
