"""Mails written for the purpose, and what is to be understood of each."""

from tests.inbox.corpus import forwards, held_out, hostile, machines, prose, replies
from tests.inbox.corpus.letter import KNOWN, Letter

LETTERS = (
    *replies.LETTERS, *prose.LETTERS, *forwards.LETTERS, *machines.LETTERS, *hostile.LETTERS,
    *held_out.LETTERS,
)  # fmt: skip

__all__ = ["KNOWN", "LETTERS", "Letter"]
