"""Statistics of a workbook: its tallies, and the columns made from them."""

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask_babel import force_locale
from sqlalchemy.orm import Session

from consultation.exports.selection import TOOL, Agreement
from consultation.exports.workbook.instrument import Asked, Group
from consultation.exports.workbook.variables import NUMBER, TEXT, YES_NO, Variable, counted
from consultation.i18n import DEFAULT_LOCALE
from consultation.plan.models import Indicator, Measure
from consultation.questionnaires.kinds.scales import NO_OPINION
from consultation.questionnaires.models import QuestionKind, Questionnaire
from consultation.responses.models import Standing
from consultation.results.consensus import HIGH, HIGHEST, LOW, LOWEST, MIDDLE, Consensus
from consultation.results.indicators import labels as indicators_labels
from consultation.results.indicators.verdicts import (
    FEWEST,
    Conclusion,
    conclude_notes,
    conclude_ratings,
)
from consultation.results.models import TallySide
from consultation.results.publication.figures import stored_cells
from consultation.results.tallies import count, maintain
from consultation.results.tallies.queries import (
    ANSWERED,
    FEASIBILITY,
    RELEVANCE,
    RESPONSES,
    Cell,
    QuestionTally,
    Ratings,
)
from consultation.spreadsheets.cells import Cell as Cell_
from consultation.spreadsheets.style import Look

CROSSABLE = (
    QuestionKind.SINGLE_CHOICE,
    QuestionKind.MULTIPLE_CHOICE,
    QuestionKind.YES_NO,
    QuestionKind.SCALE,
)
MEASURES_AT_A_TIME = 10
ON_NINE = (LOWEST, HIGHEST)

THIRDS = {"1-3": LOW, "4-6": MIDDLE, "7-9": HIGH}
"""The notes of a scale from 1 to 9 are counted by thirds, those of another one by one."""

Subject = tuple[str | None, str, str]
"""The codes of the indicator and of the question; between them that of the measure when no
indicator is spoken of: an indicator's answers count together wherever it was asked about."""

EVERYBODY = (TallySide.ALL, "")
VOICES = (TallySide.VOICE, "")
Part = tuple[str, str]
"""Whose answers are counted: a side of the respondents, and which of it."""


@dataclass(frozen=True)
class Figures:
    """How often each value was given, by part of the respondents and by subject."""

    by_part: Mapping[Part, Mapping[Subject, QuestionTally]]
    other_scales: Collection[Subject] = ()
    """What is rated on another scale than that from 1 to 9."""

    def tally(self, subject: Subject, part: Part = EVERYBODY) -> QuestionTally:
        """Return what a part of the respondents say, an empty tally when they say nothing."""
        return self.by_part.get(part, {}).get(subject, QuestionTally())

    def codes(self, side: TallySide) -> set[str]:
        """Return what occurs of one side."""
        return {code for one, code in self.by_part if one == side}

    def ratings(self, subject: Subject, *parts: Part) -> Ratings:
        """Return the notes that these parts of the respondents gave, together."""
        notes: Counter[int] = Counter()
        no_opinion = 0
        for part in parts:
            theirs = self.tally(subject, part).ratings
            notes.update(theirs.by_note)
            no_opinion += theirs.no_opinion
        return Ratings(notes, no_opinion, subject not in self.other_scales)

    def ratings_by_capacity(self, subject: Subject) -> Mapping[str, Ratings]:
        """Return the notes of those of each capacity, by its code."""
        return {
            code: self.ratings(subject, (TallySide.CAPACITY, code))
            for code in self.codes(TallySide.CAPACITY)
        }


def standing(*standings: Standing) -> list[Part]:
    """Return the parts of those of whom this is known."""
    return [(TallySide.STANDING, one.value) for one in standings]


def subject_of(indicator: str | None, measure: str | None, question: str) -> Subject:
    """Return the key under which the answers to a question are counted."""
    return (indicator, "" if indicator else measure or TOOL, question)


def figures_of(instant: Session, asked: Asked, codes: Collection[str]) -> Figures:
    """Count the answers of the responses of a workbook to the questions of these codes."""
    indicators = dict(instant.execute(sa.select(Indicator.id, Indicator.code)).all())
    measures = dict(instant.execute(sa.select(Measure.id, Measure.code)).all())
    found: dict[Part, dict[Subject, dict[str, int]]] = defaultdict(dict)
    once: dict[Subject, Subject] = {}
    for cell, number in _tally_cells(instant, asked, codes):
        indicator = None if cell.indicator_id is None else indicators[cell.indicator_id]
        measure = None if cell.measure_id is None else measures[cell.measure_id]
        subject = subject_of(indicator, measure, cell.question)
        # The same words come for every part of the respondents, and each time anew.
        subject, value = once.setdefault(subject, subject), sys.intern(cell.value)
        counts = found[cell.side, cell.side_code].setdefault(subject, {})
        counts[value] = counts.get(value, 0) + number
    return Figures(
        {
            part: {subject: _tally(counts) for subject, counts in by_subject.items()}
            for part, by_subject in found.items()
        },
        _other_scales(asked),
    )


def _other_scales(asked: Asked) -> frozenset[Subject]:
    return frozenset(
        subject_of(one.version.code if one.version else None, one.form.measure, one.code)
        for one in asked.questions
        if one.ends not in (None, ON_NINE)
    )


def _tally_cells(
    instant: Session, asked: Asked, codes: Collection[str]
) -> Iterator[tuple[Cell, int]]:
    """Give what the worker keeps counted, and count what it has not yet, or what is filtered.

    What it has not is known at the same instant; it is counted some measures at a time, which
    bounds the memory.
    """
    of_forms = asked.selection.forms(asked.round_id)
    ids = instant.scalars(sa.select(Questionnaire.measure_id).where(of_forms).distinct()).all()
    kept = _kept(instant, asked, ids)
    for measure_id in kept:
        found = stored_cells(instant, asked.round_id, measure_id, TallySide)
        yield from ((cell, n) for cell, n in found.items() if cell.question in {*codes, RESPONSES})
    rest = [measure_id for measure_id in ids if measure_id not in kept]
    for start in range(0, len(rest), MEASURES_AT_A_TIME):
        yield from count.count(
            instant,
            asked.round_id,
            measures=rest[start : start + MEASURES_AT_A_TIME],
            where=[asked.selection.agreed()],
            codes=codes,
        ).items()


def _kept(instant: Session, asked: Asked, ids: Collection[int | None]) -> Collection[int | None]:
    """Return those of the measures (None: the tool) whose tallies are what the answers say."""
    if asked.selection.agreement is not Agreement.ANY:
        return ()
    waiting = maintain.waiting(instant)
    return set(ids) - {one.measure_id for one in waiting if one.round_id == asked.round_id}


def _tally(counts: dict[str, int]) -> QuestionTally:
    return QuestionTally(counts.pop(ANSWERED, 0), counts)


def crossable(asked: Asked, chosen: Collection[str]) -> list[Group]:
    """Return those of the questions of these codes that can be crossed, about indicators first."""
    groups = (*asked.groups(about_indicators=True), *asked.groups(about_indicators=False))
    return [group for group in groups if group.code in chosen and group.last.kind in CROSSABLE]


def modalities(group: Group) -> Mapping[str, str]:
    """Return the labels of what is counted of a question, by code, in their order."""
    if group.last.kind is not QuestionKind.SCALE:
        return group.labels
    if _is_in_thirds(group):
        notes = {code: f"notes de {third[0]} à {third[-1]}" for code, third in THIRDS.items()}
    else:
        ends = [one for one in group.ends if one]
        steps = range(min(low for low, _ in ends), max(high for _, high in ends) + 1)
        notes = {str(step): f"note {step}" for step in steps}
    return {**notes, NO_OPINION: group.labels.get(NO_OPINION, "sans avis")}


def modality_count(group: Group, tally: QuestionTally, modality: str) -> int:
    """Return how many chose a modality."""
    if modality not in THIRDS or not _is_in_thirds(group):
        return tally.by_value.get(modality, 0)
    return sum(tally.by_value.get(str(note), 0) for note in THIRDS[modality])


def _is_in_thirds(group: Group) -> bool:
    return group.ends == {ON_NINE}


RATED = ((RELEVANCE, "Pertinence"), (FEASIBILITY, "Faisabilité"))
DIGITS = 4
QUARTILES = "méthode inclusive (QUARTILE.INCLURE)"
SHARE = "de 0 à 1, montrée en pourcentage"
IPR = "Écart entre le 30e et le 70e centile des notes (IPR de RAND/UCLA)."
IPRAS = (
    "Écart à partir duquel il y a désaccord, ajusté à la symétrie des notes (IPRAS de RAND/UCLA) :"
    " 2,35 + 1,5 × la distance de 5 au milieu des deux centiles."
)
DISAGREEMENT = f"Oui si l'IPR dépasse l'IPRAS ; vide en dessous de {FEWEST} notes."
SENTENCE = (
    f"Ce que disent les notes, en une phrase ; à partir de {FEWEST} notes. Deux qualités qui se"
    " contredisent sont nommées."
)
COUNTED = (
    ("n", "nombre de notes", "Nombre de notes, « sans avis » non compris."),
    ("no_opinion", "sans avis", "Nombre de réponses « sans avis »."),
)


@dataclass(frozen=True)
class Statistic:
    """One figure of the notes, and how it is shown."""

    code: str
    header: str
    meaning: str
    look: Look
    of: Callable[[Consensus], Cell_]
    kind: str = NUMBER


def _disagreement(consensus: Consensus) -> bool | None:
    return consensus.is_disagreement if consensus.count >= FEWEST else None


STATISTICS = (
    Statistic("median", "médiane", "Médiane des notes.", Look.DECIMAL, lambda c: c.median),
    Statistic(
        "q1",
        "premier quartile",
        f"Premier quartile, {QUARTILES}.",
        Look.DECIMAL,
        lambda c: c.lower_quartile,
    ),
    Statistic(
        "q3",
        "troisième quartile",
        f"Troisième quartile, {QUARTILES}.",
        Look.DECIMAL,
        lambda c: c.upper_quartile,
    ),
    Statistic(
        "iqr",
        "écart interquartile",
        "Troisième quartile moins premier quartile.",
        Look.DECIMAL,
        lambda c: c.interquartile_range,
    ),
    Statistic(
        "share_1_3",
        "part des notes 1 à 3",
        f"Part des notes de 1 à 3, {SHARE}.",
        Look.SHARE,
        lambda c: round(c.low_share, DIGITS),
    ),
    Statistic(
        "share_4_6",
        "part des notes 4 à 6",
        f"Part des notes de 4 à 6, {SHARE}.",
        Look.SHARE,
        lambda c: round(c.middle_share, DIGITS),
    ),
    Statistic(
        "share_7_9",
        "part des notes 7 à 9",
        f"Part des notes de 7 à 9, {SHARE}.",
        Look.SHARE,
        lambda c: round(c.high_share, DIGITS),
    ),
    Statistic("ipr", "IPR 30-70", IPR, Look.DECIMAL, lambda c: float(c.interpercentile_range)),
    Statistic("ipras", "IPRAS", IPRAS, Look.DECIMAL, lambda c: float(c.adjusted_range)),
    Statistic("disagreement", "désaccord", DISAGREEMENT, Look.PLAIN, _disagreement, YES_NO),
)
APART = tuple(one for one in STATISTICS if one.code in ("median", "share_7_9", "disagreement"))
PARTS: Sequence[tuple[str, str, str, Sequence[Part]]] = (
    ("invited", "invités", "des personnes invitées", standing(Standing.INVITED)),
    (
        "others",
        "autres",
        "de celles qui n'ont pas été invitées",
        standing(Standing.CONFIRMED, Standing.UNVERIFIED),
    ),
    (
        "voices",
        "une voix par organisation",
        "où chaque organisation compte pour une, quel que soit le nombre de ses contributions",
        [VOICES],
    ),
)


def variables() -> list[Variable]:
    """Return the columns of relevance, then those of feasibility."""
    return [variable for code, name in RATED for variable in _variables(code, name)]


def cells(figures: Figures, indicator: str, labels: Mapping[str, str]) -> list[Cell_]:
    """Return the cells of one indicator; `labels` are the capacities' by code."""
    return [
        cell for code, _ in RATED for cell in _rating_cells(figures, (indicator, "", code), labels)
    ]


def conclusion_of(figures: Figures, subject: Subject) -> Conclusion:
    """Return what the notes of an indicator come to; capacities divide on relevance only."""
    ratings = figures.ratings(subject, EVERYBODY)
    if subject[-1] != RELEVANCE:
        return conclude_notes(ratings)
    return conclude_ratings(ratings, figures.ratings_by_capacity(subject))


def sentence(conclusion: Conclusion, question: str, labels: Mapping[str, str]) -> str:
    """Return a conclusion in French words."""
    with force_locale(DEFAULT_LOCALE):
        if question == RELEVANCE:
            return indicators_labels.relevance(conclusion, labels)
        return indicators_labels.feasibility(conclusion)


def _variables(code: str, name: str) -> list[Variable]:
    counts = [
        counted(f"{code}_{suffix}", f"{name} : {header}", meaning, 12)
        for suffix, header, meaning in COUNTED
    ]
    words = Variable(f"{code}_sentence", f"{name} : en mots", SENTENCE, TEXT, 38)
    apart = [
        variable
        for part, header, who, _ in PARTS
        for variable in _apart(f"{code}_{part}", f"{name}, {header}", who)
    ]
    return [*counts, *(_column(code, name, one) for one in STATISTICS), words, *apart]


def _apart(code: str, name: str, who: str) -> list[Variable]:
    count = counted(f"{code}_n", f"{name} : nombre de notes", f"Nombre de notes {who}.", 12)
    return [count, *(_column(code, name, one, f"Parmi les notes {who}. ") for one in APART)]


def _column(code: str, name: str, one: Statistic, among: str = "") -> Variable:
    header, meaning = f"{name} : {one.header}", f"{among}{one.meaning}"
    return Variable(f"{code}_{one.code}", header, meaning, one.kind, 13, look=one.look)


def _rating_cells(figures: Figures, subject: Subject, labels: Mapping[str, str]) -> list[Cell_]:
    ratings = figures.ratings(subject, EVERYBODY)
    words = sentence(conclusion_of(figures, subject), subject[-1], labels)
    apart = [figures.ratings(subject, *parts) for *_, parts in PARTS]
    return [
        ratings.count,
        ratings.no_opinion,
        *_measured(ratings, STATISTICS),
        words,
        *(cell for theirs in apart for cell in (theirs.count, *_measured(theirs, APART))),
    ]


def _measured(ratings: Ratings, statistics: Sequence[Statistic]) -> list[Cell_]:
    """Return the figures; of another scale than that from 1 to 9, there is a median only."""
    consensus = ratings.consensus()
    if consensus is None:
        return [ratings.median if one.code == "median" else None for one in statistics]
    return [one.of(consensus) for one in statistics]
