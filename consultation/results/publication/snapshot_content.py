"""Snapshot content: the figures and statistics that may be public.

Pages, tables, pictures, JSON and CSV all read this and nothing else, so that none can reveal more
than another.  At the top: `format` and `format_version`, which grows when a key changes its
meaning; `round`, `measure` (null for the tool as a whole), `title`, `taken_at`, `threshold`,
`responses`, those by form (all of them in version 1), of which all other counts are parts, and
`responses_by_mail`, further ones without answers to choices.  `sides` holds the
responses by capacity and by territory, `indicators` the wordings that answers are about (`label`
that of most of them, `other_labels` those of the others, absent in what earlier versions
published), and `questions` the values given:
each `count`, and each number of `by_capacity` in the order of `values`, is null where it is hidden.
`statistics` are null where they would reveal a hidden count, and so is the `ranking` of a ranking:
the `points` of each value for one contribution, of `most` (Borda: as many as there are values for
the first place, one less for the next, none without a place); its counts are of first places.
Where `is_several`, one response may have chosen several values: they do not add up, and responses
without an answer are not counted.
`classes` are the same answers to a stance on an indicator in two classes, null where one is hidden
and for all other questions (absent in what earlier versions published).
`unpublished` names questions without public figures, with the `reason`: their kind (a number or a
date), or a condition on another question.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from consultation.i18n import Localized
from consultation.questionnaires.kinds.grids import points
from consultation.questionnaires.models import Round
from consultation.responses.identity import NO_CAPACITY
from consultation.results.consensus import HIGH as HIGH_NOTES
from consultation.results.consensus import LOW as LOW_NOTES
from consultation.results.consensus import MIDDLE as MIDDLE_NOTES
from consultation.results.consensus import consensus_of_counts
from consultation.results.indicators.verdicts import (
    Divide,
    IndicatorVerdict,
    Thirds,
    conclude,
    conclude_notes,
    divide_of,
)
from consultation.results.publication.disclosure import NO_ANSWER, TOTAL, Cell, Publication
from consultation.results.publication.figures import (
    CHOSEN,
    CROSSED,
    HIGH,
    KEEP,
    LOW,
    MIDDLE,
    THIRDS,
    Figures,
    Report,
    ReportedQuestion,
    in_order,
)
from consultation.results.tallies.queries import RELEVANCE, Ratings
from consultation.web.locale import in_each_language

NOTES_OF = {LOW: LOW_NOTES, MIDDLE: MIDDLE_NOTES, HIGH: HIGH_NOTES}

Statistics = Mapping[str, dict[str, Any]]
"""Statistics of the notes of each question, by its key."""


def statistics_of(
    report: Report,
    figures: Figures,
    publication: Publication,
    earlier: Statistics,
    small: int,
) -> dict[str, dict[str, Any]]:
    """Return the statistics of each question that reveal no single note.

    `base` is their number of notes, for the team only, and `shown` what may be public.  They stay
    as published until `small` notes were added or taken back.
    """
    statistics = dict(earlier)
    for question in in_order(report):
        of_question = _points if question.is_ranked else _public_statistics
        base, last = _base(question, figures), earlier.get(question.key)
        if base >= small and not (last and abs(base - last["base"]) < small):
            public = of_question(question, figures.notes, publication, small)
            if public is not None:
                statistics[question.key] = {"base": base, "shown": public}
    return statistics


Notes = Mapping[str, Mapping[int, int]]


def _base(question: ReportedQuestion, figures: Figures) -> int:
    """Return the number of notes; of a ranking, that of first places."""
    if question.is_ranked:
        return sum(figures.notes[question.key_of(value)].get(1, 0) for value in question.values)
    return sum(figures.notes.get(question.key, {}).values())


def _points(
    question: ReportedQuestion, notes: Notes, publication: Publication, small: int
) -> dict[str, Any] | None:
    """Return the Borda points of each value, by contribution that ranks.

    None where they would tell more than the counts: where one of these is hidden, or where a value
    was placed by a few.
    """
    places = {value: notes[question.key_of(value)] for value in question.values}
    is_hidden = any((question.key, value) in publication.unknown for value in places)
    if is_hidden or any(0 < sum(it.values()) < small for it in places.values()):
        return None
    rankings = sum(it.get(1, 0) for it in places.values())
    return {
        "points": {
            value: round(points(it, len(places)) / rankings, 1) for value, it in places.items()
        },
        "most": len(places),
    }


def _public_statistics(
    question: ReportedQuestion, by_question: Notes, publication: Publication, small: int
) -> dict[str, Any] | None:
    """Return all statistics where no third of the scale is hidden, the verdict where one is.

    Quartiles would reveal the count of a hidden third; so would a verdict, unless it is the same
    for every possible count.
    """
    notes = by_question.get(question.key, {})
    divide = divide_of(_thirds(question, publication)) if question.code == RELEVANCE else None
    if not question.is_rated:
        return _median_alone(question, notes, publication)
    unknown = [part for part in THIRDS if (question.key, part) in publication.unknown]
    if not unknown:
        return _statistics(notes, divide)
    held = sum(notes.get(note, 0) for note in NOTES_OF[unknown[0]])
    is_hidden = publication.published[question.key, unknown[0]] is None
    if len(unknown) > 1 or not is_hidden or not 0 < held < small:
        return None
    rest = {note: count for note, count in notes.items() if note not in NOTES_OF[unknown[0]]}
    verdicts = {
        conclude(consensus_of_counts({**rest, note: count}), divide).verdict
        for note in NOTES_OF[unknown[0]]
        for count in range(1, small)
    }
    if len(verdicts) > 1 or IndicatorVerdict.TOO_FEW in verdicts:
        return None
    hidden = dict.fromkeys(_statistics(notes, divide))
    return {**hidden, "verdict": verdicts.pop().value, "lacking": 0, "divide": _pair(divide)}


def _median_alone(
    question: ReportedQuestion, notes: Mapping[int, int], publication: Publication
) -> dict[str, Any] | None:
    """Return the median of a scale other than 1 to 9, where all its counts are published."""
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


def _thirds(question: ReportedQuestion, publication: Publication) -> dict[str, Thirds]:
    """Return the thirds of the capacities with all three published."""
    by_code: dict[str, dict[str, int]] = {}
    for cell, count in publication.published.items():
        is_crossed = len(cell) == 4 and cell[0] == question.key
        if is_crossed and count is not None and cell not in publication.unknown:
            by_code.setdefault(cell[3], {})[cell[1]] = count
    return {
        code: Thirds(sum(thirds[part] for part in THIRDS), thirds["low"], thirds["high"])
        for code, thirds in by_code.items()
        if thirds.keys() >= THIRDS.keys()
    }


FORMAT, FORMAT_VERSION = "consultation-results", 2
UNANSWERED: Localized = in_each_language("sans réponse")
UNSTATED: Localized = in_each_language("non précisé")
KEPT: Localized = in_each_language("garder")
CHANGED: Localized = in_each_language("changer")


def public_figures(
    consultation_round: Round,
    report: Report,
    publication: Publication,
    statistics: Statistics,
    *,
    by_mail: int | None,
    small: int,
    at: datetime,
) -> dict[str, Any]:
    """Return the content of a snapshot, as JSON."""
    published = publication.published
    measure = report.measure
    return {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "round": {"code": consultation_round.code, "title": consultation_round.title},
        "measure": measure and {
            "code": measure.code, "axis": measure.axis.title, "is_shipped": measure.is_shipped,
        },
        "title": measure.title if measure else report.title,
        "taken_at": at.isoformat(timespec="seconds"),
        "threshold": small,
        "responses": published[TOTAL],
        "responses_by_mail": by_mail,
        "sides": {
            side.value: _counted(published, labels, side.value)
            for side, labels in report.sides.items()
        },
        "indicators": _indicators(report),
        "questions": [
            _question(it, report, published, statistics.get(it.key, {}).get("shown"))
            for it in in_order(report)
        ],
        "unpublished": [
            *_named(report.unpublished, "kind"), *_named(report.depending, "condition"),
        ],
    }  # fmt: skip


def _indicators(report: Report) -> list[dict[str, Any]]:
    return [
        {"code": code, "label": label, "other_labels": list(report.others.get(code, ()))}
        for code, label in report.indicators.items()
    ]


def _named(labels: Mapping[tuple[str | None, str], Localized], reason: str) -> list[dict[str, Any]]:
    return [
        {"indicator": indicator, "code": code, "label": label, "reason": reason}
        for (indicator, code), label in labels.items()
    ]


def _counted(
    published: Mapping[Cell, int | None], labels: Mapping[str, Localized], *key: str
) -> list[dict[str, Any]]:
    """Return the cells `(*key, code)` with their labels; a code without one is its own label."""
    codes = [cell[-1] for cell in published if cell[:-1] == key and len(cell) == 2]
    return [
        {"code": code, "label": labels.get(code) or _label(code), "count": published[(*key, code)]}
        for code in codes
    ]


def _label(code: str) -> Localized:
    return {"fr": code} if code not in ("", NO_CAPACITY) else UNSTATED


def _question(
    question: ReportedQuestion,
    report: Report,
    published: Mapping[Cell, int | None],
    statistics: dict[str, Any] | None,
) -> dict[str, Any]:
    keys = _keys(question, published)
    value_labels = {**question.values, NO_ANSWER: UNANSWERED}
    side, labels = CROSSED.value, report.sides[CROSSED]
    rows = []
    for code in (cell[1] for cell in published if len(cell) == 2 and cell[0] == side):
        counts = [published.get((*key, side, code)) for key in keys.values()]
        if question.is_crossed and published[side, code] != 0:
            rows.append({"code": code, "label": labels.get(code) or _label(code), "counts": counts})
    return {
        "indicator": question.indicator,
        "code": question.code,
        "label": question.label,
        "is_rated": question.is_rated,
        "is_several": question.is_several,
        "is_ranked": question.is_ranked,
        "values": [
            {"code": code, "label": value_labels.get(code) or _label(code), "count": published[key]}
            for code, key in keys.items()
        ],
        "by_capacity": rows,
        "statistics": None if question.is_ranked else statistics,
        "ranking": statistics if question.is_ranked else None,
        "classes": _classes(question, published),
    }


def _classes(
    question: ReportedQuestion, published: Mapping[Cell, int | None]
) -> list[dict[str, Any]] | None:
    """Return the two classes of a stance; None where they, or the others' number, are hidden."""
    classes = question.classes
    if classes is None or not question.has_classes_only:
        return None
    kept, changed, rest = (published.get(cell) for cell in classes.cells)
    if kept is None or changed is None or rest is None:
        return None
    return [
        {"code": KEEP, "label": KEPT, "count": kept},
        {"code": "change", "label": CHANGED, "count": changed},
    ]


def _keys(question: ReportedQuestion, published: Iterable[Cell]) -> Mapping[str, Cell]:
    """Return the cell of each value; of a multiple choice, that of its being chosen."""
    totals = [cell for cell in published if len(cell) == 2]
    if not question.is_several:
        return {cell[1]: cell for cell in totals if cell[0] == question.key}
    start = question.key_of("")
    return {
        cell[0].removeprefix(start): cell
        for cell in totals
        if cell[0].startswith(start) and cell[1] == CHOSEN
    }


def publication_json(publication: Publication) -> list[list[Any]]:
    return [
        [
            list(cell),
            publication.counts[cell],
            publication.published[cell],
            cell in publication.unknown,
        ]
        for cell in publication.counts
    ]


def publication_from(stored: Iterable[list[Any]]) -> Publication:
    rows = [(tuple(cell), count, value, unknown) for cell, count, value, unknown in stored]
    return Publication(
        {cell: count for cell, count, _value, _unknown in rows},
        {cell: value for cell, _count, value, _unknown in rows},
        frozenset(cell for cell, _count, _value, is_unknown in rows if is_unknown),
    )
