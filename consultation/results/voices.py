"""One voice for each organisation: who speaks for the same one counts once for each question."""

import statistics
from collections import Counter
from collections.abc import Sequence

from consultation.questionnaires.models import QuestionKind

Said = frozenset[str]
"""What one response says to one question: an option, a note, several options; or just that it
says something, where values are not counted."""


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
