"""How many measures reach nine notes, chosen or proposed: `python -m tests.simulate.allocation`.

A toy model, not a forecast.  Sixty measures; the k-th most popular one is chosen with a weight of
1/k.  Each person has one of eight capacities (uneven: 8 to 1) and sends three forms, each with a
note nine times out of ten.  *Chosen*: three different measures by popularity.  *Proposed*: those
that the site proposes (`results/public/allocation`), from figures that are published every twenty
people, in which counts below five are hidden.  *Half*: every other person takes what is proposed.
All draws come from the seed.
"""

import argparse
import random
from collections import Counter

from consultation.results.public.allocation import (
    HIDDEN,
    NEEDED,
    PROPOSED,
    PublishedCounts,
    draw,
)

MEASURES, CAPACITIES = 60, 8
PUBLISHED_EVERY, SMALL_CELL, NOTED = 20, 5, 0.9


def reached(people, seed, share):
    """How many measures have nine notes when that share of the people takes what is proposed."""
    chance = random.Random(seed)
    popularity = [1 / rank for rank in range(1, MEASURES + 1)]
    chance.shuffle(popularity)
    notes, heard, published = Counter(), Counter(), {}
    for number in range(people):
        if number and number % PUBLISHED_EVERY == 0:
            published = {it: _published(it, notes, heard) for it in range(MEASURES) if notes[it]}
        capacity = chance.choices(range(CAPACITIES), range(CAPACITIES, 0, -1))[0]
        if chance.random() < share:
            taken = draw(range(MEASURES), published, str(capacity), chance)
        else:
            taken = _chosen(popularity, chance)
        for measure in taken:
            heard[measure, str(capacity)] += 1
            notes[measure] += chance.random() < NOTED
    return sum(notes[measure] >= NEEDED for measure in range(MEASURES))


def _published(measure, notes, heard):
    return PublishedCounts(
        {code: _public(heard[measure, code]) for code in map(str, range(CAPACITIES))},
        _public(notes[measure]),
    )


def _public(count):
    return HIDDEN if 0 < count < SMALL_CELL else count


def _chosen(popularity, chance):
    taken = set()
    while len(taken) < PROPOSED:
        taken.add(chance.choices(range(MEASURES), popularity)[0])
    return sorted(taken)


def table(people, seed):
    """The lines that the command prints."""
    ways = (("chosen", 0), ("half", 0.5), ("proposed", 1))
    return [
        f"{people} people, seed {seed}: measures of {MEASURES} with {NEEDED} notes",
        *(f"{name:>9} {reached(people, seed, share):3}" for name, share in ways),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("\n".join(table(options.people, options.seed)))
