"""Exactly what may be public of one measure, words included, as a snapshot keeps it.

Pages, tables, pictures, JSON and CSV all read this and nothing else, so that none can say more
than another.  At the top: `format` and `format_version`, which grows when a key changes its
meaning; `round`, `measure` (null for the tool as a whole), `title`, `taken_at`, `threshold`, and
`responses`.  `sides` holds the responses by capacity and by territory, `indicators` the wordings,
and `questions` the values given: each `count`, and each number of `by_capacity` in the order of
`values`, is null where it is hidden.  `statistics` are null where they would tell too much.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from consultation.i18n import Localized
from consultation.questionnaires.models import Round
from consultation.results.consensus import consensus_of_counts
from consultation.results.figures import CROSSED, Figures
from consultation.results.reported import THIRDS, Reported, ReportedQuestion, in_order
from consultation.results.small_cells import NO_ANSWER, TOTAL, Cell, Publication
from consultation.results.verdicts import Divide, Thirds, conclude, divide_of

FORMAT, FORMAT_VERSION = "consultation-results", 1
UNANSWERED: Localized = {"fr": "sans réponse", "en": "no answer"}
UNSAID: Localized = {"fr": "non précisé", "en": "not stated"}

Statistics = Mapping[str, dict[str, Any]]
"""What the notes of each question come to, by its key."""


def public_figures(
    consultation_round: Round,
    reported: Reported,
    publication: Publication,
    statistics: Statistics,
    *,
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
        "sides": {
            side.value: _counted(shown, labels, side.value)
            for side, labels in reported.sides.items()
        },
        "indicators": [
            {"code": code, "label": label} for code, label in reported.indicators.items()
        ],
        "questions": [
            _question(one, reported, shown, statistics.get(one.key)) for one in in_order(reported)
        ],
    }  # fmt: skip


def statistics_of(
    reported: Reported,
    figures: Figures,
    publication: Publication,
    earlier: Statistics,
    small: int,
) -> dict[str, dict[str, Any]]:
    """Return what the notes of each question come to, where that tells nobody's note.

    They stay as they were published until `small` more notes were given or taken back; and where
    one of the three parts of the scale is hidden, quartiles would tell how much it holds.
    """
    found = dict(earlier)
    for question in in_order(reported):
        count = sum(figures.notes.get(question.key, {}).values())
        last = earlier.get(question.key)
        if count < small or (last and abs(count - last["count"]) < small):
            continue
        parts: list[Cell] = [(question.key, part) for part in THIRDS]
        if publication.unknown.isdisjoint(parts):
            divide = divide_of(_thirds(question, publication))
            found[question.key] = _statistics(figures.notes[question.key], divide)
    return found


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
        "divide": [divide.high, divide.low] if conclusion.divide and divide else None,
    }


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
    return {"fr": code} if code else UNSAID


def _question(
    question: ReportedQuestion,
    reported: Reported,
    shown: Mapping[Cell, int | None],
    statistics: dict[str, Any] | None,
) -> dict[str, Any]:
    values = _counted(shown, {**question.values, NO_ANSWER: UNANSWERED}, question.key)
    side, labels = CROSSED.value, reported.sides[CROSSED]
    rows = []
    for code in (cell[1] for cell in shown if len(cell) == 2 and cell[0] == side):
        counts = [shown[question.key, value["code"], side, code] for value in values]
        if shown[side, code] != 0:
            rows.append({"code": code, "label": labels.get(code) or _word(code), "counts": counts})
    return {
        "indicator": question.indicator,
        "code": question.code,
        "label": question.label,
        "is_rated": question.is_rated,
        "values": values,
        "by_capacity": rows,
        "statistics": statistics,
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
