"""Steps of one complete response: `python -m tests.benchmarks.receipt_steps [--counts ADDRESS]`.

Processor milliseconds of the form, the post and the receipt, and of what the receipt is made of,
all in this process, in the languages of `CONSULTATION_LANGUAGES`.  `--counts` prints instead the
calls and the statements, as JSON: they are the same on every machine.
"""

import argparse
import cProfile
import json
import pstats
import statistics
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

from consultation.extensions import db
from consultation.i18n import LANGUAGES
from consultation.responses.submission import views
from tests import statements
from tests.benchmarks.ablation import Visitor, filled_site
from tests.benchmarks.sizes import sized

ROUNDS, WARM_UP = sized(200, 2), 5
COUNTED = 5
STEPS = ("formulaire", "envoi", "reçu")
PARTS = {
    "mots de danger": "_is_in_danger",
    "mesure suivante": "_suggested",
    "page": "_page",
}
"""Functions of the receipt's view, by what they are for."""


@contextmanager
def timed(seconds):
    """Add to `seconds` the processor time of each part of the receipts that the block reads."""

    def timing(part, function):
        def run(*arguments, **options):
            began = time.process_time()
            try:
                return function(*arguments, **options)
            finally:
                seconds[part].append(time.process_time() - began)

        return run

    with ExitStack() as stack:
        for part, name in PARTS.items():
            function = timing(part, getattr(views, name))
            stack.enter_context(mock.patch.object(views, name, function))
        yield


def counts(visitor):
    """Return the fewest calls and statements of one response: now and then one does more."""
    calls, asked = [], []
    for _ in range(COUNTED):
        profile = cProfile.Profile()
        profile.runcall(visitor.answer)
        calls.append(pstats.Stats(profile).total_calls)
        with statements.sent() as of_response:
            visitor.answer()
        asked.append(len(of_response))
    return {"calls": min(calls), "statements": min(asked)}


def print_table(visitor):
    parts = {part: [] for part in PARTS}
    with timed(parts):
        steps = list(zip(*(visitor.answer() for _ in range(ROUNDS)), strict=True))
    print(f"| {len(LANGUAGES)} langues, ms de processeur | par réponse |\n| --- | ---: |")
    rows = dict(zip(STEPS, steps, strict=True)) | {f"reçu : {it}": parts[it] for it in parts}
    for label, seconds in rows.items():
        print(f"| {label} | {1000 * statistics.median(seconds):.2f} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--counts", metavar="ADDRESS", nargs="?", const="")
    address = parser.parse_args().counts
    with tempfile.TemporaryDirectory() as folder:
        app = filled_site(Path(folder), address)
        visitor = Visitor(app)
        for _ in range(WARM_UP):
            visitor.answer()
        if address is None:
            print_table(visitor)
        else:
            print(json.dumps(counts(visitor)))
        with app.app_context():
            db.engine.dispose()


if __name__ == "__main__":
    main()
