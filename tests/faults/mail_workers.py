"""Forks mail workers again and again, from a process that has imported everything once.

`python -m tests.faults.mail_workers SETTINGS`, a JSON text.  Each line on the standard input forks
a worker that delivers until it is killed, and answers with its process id.
"""

import json
import logging
import os
import signal
import sys
import time

from consultation import create_app
from consultation.extensions import db
from consultation.mail import rendering
from consultation.mail.delivery import loop
from consultation.responses.submission.acknowledgement import KIND
from tests.mail.builders import ADDRESS, make_acknowledgement


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies
    app = create_app(json.loads(sys.argv[1]))
    logging.disable()
    with app.app_context():  # templates that are compiled once serve every worker
        rendering.render(KIND, "fr", [make_acknowledgement()], ADDRESS)
    for _line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os.close(0)
            work(app)
        print(pid, flush=True)


def work(app):
    with app.app_context():
        while True:
            loop.deliver(db.session, app.config)
            db.session.rollback()
            time.sleep(0.01)


if __name__ == "__main__":
    main()
