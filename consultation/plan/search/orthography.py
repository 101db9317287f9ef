"""Spelling: known words that a typed one differs from by a letter or two.

A letter is wrong, missing, too many, or changed places with the next.
"""

from collections.abc import Mapping

SHORTEST = 5
"""Letters of the shortest word that is corrected."""
LONG = 8
"""From so many letters, two may differ."""
MOST = 5
"""Words that are returned."""

_ALPHABET = {letter: 1 << place for place, letter in enumerate("abcdefghijklmnopqrstuvwxyz")}


class KnownSpellings:
    """Known words, folded, each with the spelling in which it is displayed."""

    def __init__(self, spelling: Mapping[str, str]) -> None:
        self.spelling = spelling
        self._letters = [(word, _letters(word)) for word in spelling if len(word) >= SHORTEST]

    def close_to(self, word: str) -> list[str]:
        """Return the known words close to a folded one, the closest first, at most `MOST`.

        None for a word that is known itself: whoever typed it meant it.
        Words of other lengths or other letters are told apart before any letter is compared, so
        that a long or hostile word costs no more than an ordinary one.
        """
        if len(word) < SHORTEST or word in self.spelling:
            return []
        most, letters = 2 if len(word) >= LONG else 1, _letters(word)
        close = []
        for known, its_letters in self._letters:
            if abs(len(known) - len(word)) > most or (letters ^ its_letters).bit_count() > 2 * most:
                continue
            if (steps := distance(known, word)) <= most:
                close.append((steps, known))
        return [known for _steps, known in sorted(close)][:MOST]


def distance(first: str, second: str) -> int:
    """Return how many letters are to be changed, added, taken out or swapped with the next."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for place, letter in enumerate(first, 1):
        before, above, row = row, before, [place]
        for other_place, other in enumerate(second, 1):
            steps = min(
                before[other_place] + 1,
                row[-1] + 1,
                before[other_place - 1] + (letter != other),
            )
            is_swapped = (
                min(place, other_place) > 1
                and letter == second[other_place - 2]
                and other == first[place - 2]
            )
            row.append(min(steps, above[other_place - 2] + 1) if is_swapped else steps)
    return row[-1]


def _letters(word: str) -> int:
    """Return the set of the letters of a word, as bits."""
    bits = 0
    for letter in word:
        bits |= _ALPHABET.get(letter, 0)
    return bits
