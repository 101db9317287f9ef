"""Exactly what may be public of one measure, words included, as a snapshot keeps it.

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
from consultation.responses.identity import NO_CAPACITY
from consultation.results.figures import CHOSEN, CROSSED
from consultation.results.public_statistics import Statistics
from consultation.results.reported import Reported, ReportedQuestion, in_order
from consultation.results.small_cells import NO_ANSWER, Publication
from consultation.results.small_cells_grid import TOTAL, Cell

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
