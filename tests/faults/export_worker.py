"""A worker that makes the exports that wait: `python -m tests.faults.export_worker SETTINGS`."""

import json
import sys

from consultation import create_app
from consultation.exports import process
from consultation.extensions import db
from consultation.jobs import queue


def main():
    process.GIVES_WAY = False
    with create_app(json.loads(sys.argv[1])).app_context():
        print("ready", flush=True)
        sys.stdin.readline()
        queue.run_due(db.session())
        print("done", flush=True)


if __name__ == "__main__":
    main()
