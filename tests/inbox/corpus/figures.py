"""Figures of the corpus: how many mails are parsed rightly, and which are not."""

from collections.abc import Iterable
from dataclasses import dataclass

from consultation.inbox.measure_proposals import propose
from consultation.inbox.models import Sort
from consultation.inbox.parsing.message import read
from tests.inbox.corpus.letter import KNOWN, Letter

CODE_BY_ID = {measure.id: measure.code for measure in KNOWN}


@dataclass(frozen=True)
class Outcome:
    """How one mail was parsed; None where there is nothing to judge."""

    letter: Letter
    is_kind_right: bool
    is_cut_right: bool | None
    is_measure_right: bool | None
    description: str

    @property
    def is_right(self):
        return False not in (self.is_kind_right, self.is_cut_right, self.is_measure_right)


@dataclass(frozen=True)
class Figure:
    """How many of how many mails were right."""

    right: int
    judged: int

    @property
    def share(self):
        return self.right / self.judged if self.judged else 1.0

    def __str__(self):
        return f"{self.right}/{self.judged} = {self.share:.1%}"


def outcome(letter):
    """Read one mail and compare it with what is to be understood."""
    message = read(letter.raw)
    codes = tuple(CODE_BY_ID[it.measure_id] for it in propose(message, KNOWN))
    has_text = letter.starts is not None
    is_judged = letter.sort in (Sort.PERSON, Sort.NEWSLETTER)
    description = f"{message.sort}/{message.reason} {codes} {message.kept[:300]!r}"
    return Outcome(
        letter,
        (message.sort, message.reason) == (letter.sort, letter.reason),
        _is_cut_right(letter, message.kept) if has_text else None,
        codes == letter.measures if is_judged else None,
        description,
    )


def _is_cut_right(letter, kept):
    text = " ".join(kept.split())
    is_whole = text == "" if letter.starts == letter.ends == "" else (
        text.startswith(letter.starts) and text.endswith(letter.ends)
    )  # fmt: skip
    return is_whole and not any(never in kept for never in letter.never)


def figures(outcomes: Iterable[Outcome]):
    """Return the three figures by name."""
    listed = list(outcomes)
    judgements = {
        "kind recognised right": [it.is_kind_right for it in listed],
        "quoted text cut right": [it.is_cut_right for it in listed],
        "measure proposed right": [it.is_measure_right for it in listed],
    }
    return {
        name: Figure(sum(it is True for it in results), sum(it is not None for it in results))
        for name, results in judgements.items()
    }


def report(outcomes):
    """Return the figures, those of the mails held out apart, and every miss by name."""
    listed = list(outcomes)
    held_out = [it for it in listed if it.letter.is_held_out]
    others = [it for it in listed if not it.letter.is_held_out]
    lines = []
    for title, some in (("all", listed), ("looked at", others), ("held out", held_out)):
        lines += [f"{title:10} {name}: {figure}" for name, figure in figures(some).items()]
    misses = [it for it in listed if not it.is_right]
    lines += [f"missed: {it.letter.name}: {it.description}" for it in misses]
    return "\n".join(lines)
