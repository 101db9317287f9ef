"""Writes the figures of the corpus: `python -m tests.inbox.corpus`."""

import sys

from tests.inbox.corpus import LETTERS
from tests.inbox.corpus.figures import outcome, report

sys.stdout.write(report(map(outcome, LETTERS)) + "\n")
