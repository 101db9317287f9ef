"""One voice for each organisation: who speaks for the same one counts once for each question."""

import statistics
from collections import Counter
from collections.abc import Sequence

from consultation.moderation.normalising import folded_words
from consultation.questionnaires.models import QuestionKind

Said = frozenset[str]
"""What one response says to one question: an option, a note, several options; or just that it
says something, where values are not counted."""

NO_ORGANISATION = frozenset((
    "aucun", "aucune", "neant", "na", "n a", "non", "rien", "ras", "sans", "sans objet",
    "particulier", "particuliere", "citoyen", "citoyenne", "individuel", "independant",
    "independante", "personnel", "a titre personnel", "a titre individuel", "none", "no", "nil",
    "individual", "myself", "moi", "moi meme",
))  # fmt: skip
"""Words by which people say that they speak for themselves, as `organisation_key` folds them."""


def organisation_key(name: str | None) -> str | None:
    """Return what two spellings of one organisation share, or None when none is named.

    Case, accents, signs and blanks tell no two organisations apart; words do.
    """
    key = " ".join(folded_words(name or ""))
    return None if not key or key in NO_ORGANISATION else key


def voice(kind: QuestionKind, said: Sequence[Said]) -> Said:
    """Return what an organisation says whose members said these, the latest last.

    Notes give their lower median, and weigh more than having no opinion.  Otherwise it is what
    most have said, all the options of a multiple choice taken together; the latest, among equals.
    """
    if kind is QuestionKind.SCALE:
        notes = [int(one) for values in said for one in values if _is_note(one)]
        if notes:
            return frozenset((str(statistics.median_low(notes)),))
    counted = Counter(said)
    most = max(counted.values())
    return next(values for values in reversed(said) if counted[values] == most)


def _is_note(value: str) -> bool:
    return value.lstrip("-").isdecimal()
