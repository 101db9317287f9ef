"""What the notes of each question come to, as far as that tells nobody's note."""

from collections.abc import Mapping
from typing import Any

from consultation.results.consensus import HIGH as HIGH_NOTES
from consultation.results.consensus import LOW as LOW_NOTES
from consultation.results.consensus import MIDDLE as MIDDLE_NOTES
from consultation.results.consensus import consensus_of_counts
from consultation.results.figures import Figures
from consultation.results.reported import (
    HIGH,
    LOW,
    MIDDLE,
    THIRDS,
    Reported,
    ReportedQuestion,
    in_order,
)
from consultation.results.small_cells import Publication
from consultation.results.tallies import RELEVANCE, Ratings
from consultation.results.verdicts import (
    Divide,
    Thirds,
    Verdict,
    conclude,
    conclude_notes,
    divide_of,
)

NOTES_OF = {LOW: LOW_NOTES, MIDDLE: MIDDLE_NOTES, HIGH: HIGH_NOTES}

Statistics = Mapping[str, dict[str, Any]]
"""What the notes of each question come to, by its key."""


def statistics_of(
    reported: Reported,
    figures: Figures,
    publication: Publication,
    earlier: Statistics,
    small: int,
) -> dict[str, dict[str, Any]]:
    """Return what the notes of each question come to, as far as that tells nobody's note.

    `base` is how many notes it rests on, for the team only, and `shown` what may be public.  It
    stays as it was published until `small` more notes were given or taken back.
    """
    found = dict(earlier)
    for question in in_order(reported):
        notes = figures.notes.get(question.key, {})
        base, last = sum(notes.values()), earlier.get(question.key)
        if base >= small and not (last and abs(base - last["base"]) < small):
            shown = _told(question, notes, publication, small)
            if shown is not None:
                found[question.key] = {"base": base, "shown": shown}
    return found


def _told(
    question: ReportedQuestion, notes: Mapping[int, int], publication: Publication, small: int
) -> dict[str, Any] | None:
    """Return all of it where no part of the scale is hidden; the verdict alone where one is.

    Quartiles would tell how much a hidden part holds; so would a verdict, unless it is the same
    whatever the part may hold.
    """
    divide = _divide(question, publication)
    if not question.is_rated:
        return _median_alone(question, notes, publication)
    unknown = [part for part in THIRDS if (question.key, part) in publication.unknown]
    if not unknown:
        return _statistics(notes, divide)
    held = sum(notes.get(note, 0) for note in NOTES_OF[unknown[0]])
    is_hidden = publication.shown[question.key, unknown[0]] is None
    if len(unknown) > 1 or not is_hidden or not 0 < held < small:
        return None
    rest = {note: count for note, count in notes.items() if note not in NOTES_OF[unknown[0]]}
    verdicts = {
        conclude(consensus_of_counts({**rest, note: count}), divide).verdict
        for note in NOTES_OF[unknown[0]]
        for count in range(1, small)
    }
    if len(verdicts) > 1 or Verdict.TOO_FEW in verdicts:
        return None
    hidden = dict.fromkeys(_statistics(notes, divide))
    return {**hidden, "verdict": verdicts.pop().value, "lacking": 0, "divide": _pair(divide)}


def _median_alone(
    question: ReportedQuestion, notes: Mapping[int, int], publication: Publication
) -> dict[str, Any] | None:
    """Return what another scale has, where each of its notes is told: no method says more of it."""
    known = {**dict.fromkeys(question.values), **dict.fromkeys(map(str, notes))}
    if any((question.key, value) in publication.unknown for value in known):
        return None
    ratings = Ratings(notes, is_asked_on_nine=False)
    conclusion = conclude_notes(ratings)
    return {
        "count": ratings.count,
        "median": ratings.median,
        "lower_quartile": None,
        "upper_quartile": None,
        "disagreement": None,
        "verdict": conclusion.verdict.value,
        "lacking": 0,
        "divide": None,
    }


def _statistics(notes: Mapping[int, int], divide: Divide | None) -> dict[str, Any]:
    consensus = consensus_of_counts(notes)
    assert consensus is not None
    conclusion = conclude(consensus, divide)
    return {
        "count": consensus.count,
        "median": consensus.median,
        "lower_quartile": consensus.lower_quartile,
        "upper_quartile": consensus.upper_quartile,
        "disagreement": round(consensus.disagreement, 2),
        "verdict": conclusion.verdict.value,
        "lacking": conclusion.lacking,
        "divide": _pair(conclusion.divide),
    }


def _pair(divide: Divide | None) -> list[str] | None:
    return [divide.high, divide.low] if divide else None


def _divide(question: ReportedQuestion, publication: Publication) -> Divide | None:
    """Return the capacities that contradict each other, on relevance only as everywhere."""
    return divide_of(_thirds(question, publication)) if question.code == RELEVANCE else None


def _thirds(question: ReportedQuestion, publication: Publication) -> dict[str, Thirds]:
    """Return the thirds by capacity, of those of whom all three are told."""
    by_code: dict[str, dict[str, int]] = {}
    for cell, count in publication.shown.items():
        is_crossed = len(cell) == 4 and cell[0] == question.key
        if is_crossed and count is not None and cell not in publication.unknown:
            by_code.setdefault(cell[3], {})[cell[1]] = count
    return {
        code: Thirds(sum(told[part] for part in THIRDS), told["low"], told["high"])
        for code, told in by_code.items()
        if told.keys() >= THIRDS.keys()
    }
