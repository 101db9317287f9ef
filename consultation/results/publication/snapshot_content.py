"""Snapshot content: the figures and statistics that may be public.

Pages, tables, pictures, JSON and CSV all read this and nothing else, so that none can say more
than another.  At the top: `format` and `format_version`, which grows when a key changes its
meaning; `round`, `measure` (null for the tool as a whole), `title`, `taken_at`, `threshold`,
`responses`, those that came by form (all of them in version 1), of which all other counts are
parts, and `responses_by_mail`, those that came besides and tick nothing.  `sides` holds the
responses by capacity and by territory, `indicators` the wordings, and `questions` the values given:
each `count`, and each number of `by_capacity` in the order of `values`, is null where it is hidden.
`statistics` are null where they would tell too much.  Where `is_several`, one response may have
chosen several values: they do not add up, and who gave no answer is not counted.  `unpublished`
names what was asked and has no public figure, for the `reason` of its kind, a number or a date, or
of a condition: it depends on another question.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from consultation.i18n import Localized
from consultation.questionnaires.models import Round
from consultation.responses.submission.store import NO_CAPACITY
from consultation.results.consensus import HIGH as HIGH_NOTES
from consultation.results.consensus import LOW as LOW_NOTES
from consultation.results.consensus import MIDDLE as MIDDLE_NOTES
from consultation.results.consensus import consensus_of_counts
from consultation.results.indicators.verdicts import (
    Divide,
    Thirds,
    Verdict,
    conclude,
    conclude_notes,
    divide_of,
)
from consultation.results.publication.disclosure import NO_ANSWER, TOTAL, Cell, Publication
from consultation.results.publication.figures import (
    CHOSEN,
    CROSSED,
    HIGH,
    LOW,
    MIDDLE,
    THIRDS,
    Figures,
    Reported,
    ReportedQuestion,
    in_order,
)
from consultation.results.tallies.queries import RELEVANCE, Ratings

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


FORMAT, FORMAT_VERSION = "consultation-results", 2
UNANSWERED: Localized = {"fr": "sans réponse", "en": "no answer"}
UNSAID: Localized = {"fr": "non précisé", "en": "not stated"}


def public_figures(
    consultation_round: Round,
    reported: Reported,
    publication: Publication,
    statistics: Statistics,
    *,
    by_mail: int | None,
    small: int,
    at: datetime,
) -> dict[str, Any]:
    """Return what may be public."""
    shown = publication.shown
    measure = reported.measure
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "round": {"code": consultation_round.code, "title": consultation_round.title},
        "measure": measure and {
            "code": measure.code, "axis": measure.axis.title, "is_shipped": measure.is_shipped,
        },
        "title": measure.title if measure else reported.title,
        "taken_at": at.isoformat(timespec="seconds"),
        "threshold": small,
        "responses": shown[TOTAL],
        "responses_by_mail": by_mail,
        "sides": {
            side.value: _counted(shown, labels, side.value)
            for side, labels in reported.sides.items()
        },
        "indicators": [
            {"code": code, "label": label} for code, label in reported.indicators.items()
        ],
        "questions": [
            _question(one, reported, shown, statistics.get(one.key, {}).get("shown"))
            for one in in_order(reported)
        ],
        "unpublished": [
            *_named(reported.unpublished, "kind"), *_named(reported.depending, "condition"),
        ],
    }  # fmt: skip


def _named(labels: Mapping[tuple[str | None, str], Localized], reason: str) -> list[dict[str, Any]]:
    return [
        {"indicator": indicator, "code": code, "label": label, "reason": reason}
        for (indicator, code), label in labels.items()
    ]


def _counted(
    shown: Mapping[Cell, int | None], labels: Mapping[str, Localized], *key: str
) -> list[dict[str, Any]]:
    """Return the cells `(*key, code)` with their words; a code that has none is its own word."""
    codes = [cell[-1] for cell in shown if cell[:-1] == key and len(cell) == 2]
    return [
        {"code": code, "label": labels.get(code) or _word(code), "count": shown[(*key, code)]}
        for code in codes
    ]


def _word(code: str) -> Localized:
    return {"fr": code} if code not in ("", NO_CAPACITY) else UNSAID


def _question(
    question: ReportedQuestion,
    reported: Reported,
    shown: Mapping[Cell, int | None],
    statistics: dict[str, Any] | None,
) -> dict[str, Any]:
    keys = _keys(question, shown)
    words = {**question.values, NO_ANSWER: UNANSWERED}
    side, labels = CROSSED.value, reported.sides[CROSSED]
    rows = []
    for code in (cell[1] for cell in shown if len(cell) == 2 and cell[0] == side):
        counts = [shown.get((*key, side, code)) for key in keys.values()]
        if question.is_crossed and shown[side, code] != 0:
            rows.append({"code": code, "label": labels.get(code) or _word(code), "counts": counts})
    return {
        "indicator": question.indicator,
        "code": question.code,
        "label": question.label,
        "is_rated": question.is_rated,
        "is_several": question.is_several,
        "values": [
            {"code": code, "label": words.get(code) or _word(code), "count": shown[key]}
            for code, key in keys.items()
        ],
        "by_capacity": rows,
        "statistics": statistics,
    }


def _keys(question: ReportedQuestion, shown: Iterable[Cell]) -> Mapping[str, Cell]:
    """Return the cell of each value: of several, that it was chosen."""
    totals = [cell for cell in shown if len(cell) == 2]
    if not question.is_several:
        return {cell[1]: cell for cell in totals if cell[0] == question.key}
    start = question.key_of("")
    return {
        cell[0].removeprefix(start): cell
        for cell in totals
        if cell[0].startswith(start) and cell[1] == CHOSEN
    }


def cells_written(publication: Publication) -> list[list[Any]]:
    """Return a publication as JSON keeps it."""
    return [
        [list(cell), publication.counts[cell], publication.shown[cell], cell in publication.unknown]
        for cell in publication.counts
    ]


def cells_read(written: Iterable[list[Any]]) -> Publication:
    """Return a publication that JSON kept."""
    rows = [(tuple(cell), count, shown, unknown) for cell, count, shown, unknown in written]
    return Publication(
        {cell: count for cell, count, _shown, _unknown in rows},
        {cell: shown for cell, _count, shown, _unknown in rows},
        frozenset(cell for cell, _count, _shown, is_unknown in rows if is_unknown),
    )
