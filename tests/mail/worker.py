"""Worker in a process of its own: `python -m tests.mail.worker SETTINGS`, a JSON text."""

import json
import sys

from consultation import create_app
from consultation.extensions import db
from consultation.mail.delivery import loop


def main():
    app = create_app(json.loads(sys.argv[1]))
    with app.app_context():
        print("ready", flush=True)
        sys.stdin.readline()  # all workers of a test start at once
        loop.deliver(db.session, app.config)


if __name__ == "__main__":
    main()
