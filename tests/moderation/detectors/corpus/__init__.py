"""Five hundred labelled texts, written for the purpose: what a machine should see in each."""

import re
from dataclasses import dataclass

from tests.moderation.detectors.corpus import contacts, honest, papers, people, places, prose
from tests.moderation.detectors.corpus.fillings import FILLINGS, chance_of, values_of

HELD_OUT_EVERY = 3
"""Of each list every third frame was put aside before the detectors were tuned."""

FRAMES = {
    "phones": contacts.PHONES, "tricky phones": contacts.TRICKY_PHONES,
    "emails": contacts.EMAILS, "tricky emails": contacts.TRICKY_EMAILS, "links": contacts.LINKS,
    "ibans": papers.IBANS, "nirs": papers.NIRS, "sirens": papers.SIRENS, "plates": papers.PLATES,
    "addresses": places.ADDRESSES, "tricky addresses": places.TRICKY_ADDRESSES,
    "ages": places.AGES, "names": people.NAMES, "births": people.BIRTHS, "signs": people.CHARACTERS,
    "told": prose.TESTIMONIES,
}  # fmt: skip
HONEST = {
    "law": honest.LAW, "figures": honest.FIGURES, "services": honest.SERVICES,
    "figurative": honest.FIGURATIVE, "people": honest.PEOPLE, "plain": honest.PLAIN,
    "prose": prose.HONEST_PROSE,
}  # fmt: skip
TWICE = {"phones", "addresses", "nirs", "ibans", "emails", "plates"}
"""Lists whose frames are filled two times, since their numbers come in many shapes."""


@dataclass(frozen=True)
class Label:
    """What is to be seen, and where."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Example:
    """A text with its labels; an honest one has none that could lead to a person."""

    text: str
    labels: tuple[Label, ...]
    is_honest: bool
    is_held_out: bool


# `<phone>` is filled in, `[[name:Fatou]]` stands as it is, `[[m:Mme|Diallo]]` has a title.
_SLOT = re.compile(
    r"<(?P<filling>\w+)>|\[\[(?!m:)(?P<kind>\w+):(?P<said>.*?)\]\](?!\])"
    r"|\[\[m:(?P<title>.*?)\|(?P<name>.*?)\]\]"
)


def _example(frame, seed, **what):
    chance = chance_of(seed)
    values = values_of(chance)
    frame = re.sub(r"\{(\w+)\}", lambda match: str(values[match[1]]), frame)
    text, labels, at = "", [], 0
    for match in _SLOT.finditer(frame):
        text += frame[at : match.start()]
        at = match.end()
        if match["title"]:
            text += f"{match['title']} "
        kind, passage = _passage(match, chance)
        labels.append(Label(kind, len(text), len(text) + len(passage)))
        text += passage
    return Example(text + frame[at:], tuple(labels), **what)


def _passage(match, chance):
    if match["filling"]:
        kind = {"siret": "siren"}.get(match["filling"], match["filling"])
        return kind, FILLINGS[match["filling"]](chance)
    if match["title"]:
        return "name", match["name"]
    return match["kind"].removesuffix("_any"), match["said"]


def examples():
    """All of the corpus, always the same."""
    made = []
    for is_honest, lists in ((False, FRAMES), (True, HONEST)):
        for name, frames in lists.items():
            for number, frame in enumerate(frames):
                for turn in range(2 if name in TWICE else 1):
                    made.append(
                        _example(
                            frame,
                            f"{name} {number} {turn}",
                            is_honest=is_honest,
                            is_held_out=number % HELD_OUT_EVERY == HELD_OUT_EVERY - 1,
                        )
                    )
    return made
