"""Statistics of a workbook: tallies by part of the respondents, and columns of ratings."""

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.exports.selection import TOOL, Agreement
from consultation.exports.workbook.instrument import (
    AskedIndicator,
    AskedVersion,
    Group,
    RoundInstrument,
)
from consultation.exports.workbook.variables import NUMBER, TEXT, YES_NO, Variable, counted
from consultation.i18n import DEFAULT_LOCALE
from consultation.plan.models import Indicator, Measure
from consultation.questionnaires.kinds import KINDS, question_of
from consultation.questionnaires.kinds.scales import NO_OPINION
from consultation.questionnaires.models import Questionnaire
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
    WORDING,
    Cell,
    QuestionTally,
    Ratings,
)
from consultation.spreadsheets.cells import Cell as Cell_
from consultation.spreadsheets.style import Look
from consultation.web.locale import in_language

MEASURES_AT_A_TIME = 10
ON_NINE = (LOWEST, HIGHEST)

THIRDS = {"1-3": LOW, "4-6": MIDDLE, "7-9": HIGH}
"""Notes of a scale from 1 to 9 are counted by thirds, those of other scales one by one."""

Subject = tuple[str | None, str, str]
"""Codes of indicator, measure and question.

With an indicator the measure is empty: answers about it count together in whatever form."""

EVERYBODY = (TallySide.ALL, "")
ONE_VOTE_EACH = (TallySide.VOICE, "")
Part = tuple[str, str]
"""A side of the respondents and a code of that side: whose answers are counted."""


@dataclass(frozen=True)
class Figures:
    """Counts of each value, by part of the respondents and by subject."""

    by_part: Mapping[Part, Mapping[Subject, QuestionTally]]
    other_scales: Collection[Subject] = ()
    """Subjects rated on another scale than 1 to 9."""

    def tally(self, subject: Subject, part: Part = EVERYBODY) -> QuestionTally:
        """Return the tally of a part of the respondents, empty where they did not answer."""
        return self.by_part.get(part, {}).get(subject, QuestionTally())

    def codes(self, side: TallySide) -> set[str]:
        """Return the codes that occur of a side."""
        return {code for part_side, code in self.by_part if part_side == side}

    def ratings(self, subject: Subject, *parts: Part) -> Ratings:
        """Return the notes of these parts of the respondents, added up."""
        notes: Counter[int] = Counter()
        no_opinion = 0
        for part in parts:
            ratings = self.tally(subject, part).ratings
            notes.update(ratings.by_note)
            no_opinion += ratings.no_opinion
        return Ratings(notes, no_opinion, subject not in self.other_scales)

    def ratings_by_capacity(self, subject: Subject) -> Mapping[str, Ratings]:
        """Return the notes of the respondents of each capacity, by its code."""
        return {
            code: self.ratings(subject, (TallySide.CAPACITY, code))
            for code in self.codes(TallySide.CAPACITY)
        }


def answered_version(figures: Figures, indicator: AskedIndicator) -> AskedVersion:
    """Return the version that most answers are about; without answers, the last one."""
    answers = figures.tally((indicator.code, "", WORDING)).by_value
    counts = {it: answers.get(str(it.number), 0) for it in indicator.versions}
    if not any(counts.values()):
        return indicator.versions[-1]
    return max(counts, key=lambda it: (counts[it], -it.number))


def _parts_of(*statuses: Standing) -> list[Part]:
    return [(TallySide.STANDING, status.value) for status in statuses]


def subject_of(indicator: str | None, measure: str | None, question: str) -> Subject:
    """Return the key under which the answers to a question are counted."""
    return (indicator, "" if indicator else measure or TOOL, question)


def figures_of(snapshot: Session, instrument: RoundInstrument, codes: Collection[str]) -> Figures:
    """Count the answers of a workbook's responses to the questions of these codes."""
    indicators = dict(snapshot.execute(sa.select(Indicator.id, Indicator.code)).all())
    measures = dict(snapshot.execute(sa.select(Measure.id, Measure.code)).all())
    by_part: dict[Part, dict[Subject, dict[str, int]]] = defaultdict(dict)
    interned: dict[Subject, Subject] = {}
    for cell, number in _tally_cells(snapshot, instrument, codes):
        indicator = None if cell.indicator_id is None else indicators[cell.indicator_id]
        measure = None if cell.measure_id is None else measures[cell.measure_id]
        subject = subject_of(indicator, measure, cell.question)
        # Every part of the respondents repeats them as new objects.
        subject, value = interned.setdefault(subject, subject), sys.intern(cell.value)
        counts = by_part[cell.side, cell.side_code].setdefault(subject, {})
        counts[value] = counts.get(value, 0) + number
    return Figures(
        {
            part: {
                subject: QuestionTally(counts.pop(ANSWERED, 0), counts)
                for subject, counts in by_subject.items()
            }
            for part, by_subject in by_part.items()
        },
        _other_scales(instrument),
    )


def _other_scales(instrument: RoundInstrument) -> frozenset[Subject]:
    return frozenset(
        subject_of(it.version.code if it.version else None, it.form.measure, it.code)
        for it in instrument.questions
        if it.ends not in (None, ON_NINE)
    )


def _tally_cells(
    snapshot: Session, instrument: RoundInstrument, codes: Collection[str]
) -> Iterator[tuple[Cell, int]]:
    """Yield stored tallies where they are up to date, and count the answers of other measures.

    Both are of one snapshot.  Answers are counted some measures at a time, to bound the memory.
    """
    of_forms = instrument.selection.forms(instrument.round_id)
    ids = snapshot.scalars(sa.select(Questionnaire.measure_id).where(of_forms).distinct()).all()
    up_to_date = _up_to_date(snapshot, instrument, ids)
    for measure_id in up_to_date:
        cells = stored_cells(snapshot, instrument.round_id, measure_id, TallySide)
        wanted = {*codes, RESPONSES}
        yield from ((it, n) for it, n in cells.items() if question_of(it.question) in wanted)
    rest = [measure_id for measure_id in ids if measure_id not in up_to_date]
    for start in range(0, len(rest), MEASURES_AT_A_TIME):
        yield from count.count(
            snapshot,
            instrument.round_id,
            measures=rest[start : start + MEASURES_AT_A_TIME],
            where=[instrument.selection.agreed()],
            codes=codes,
        ).items()


def _up_to_date(
    snapshot: Session, instrument: RoundInstrument, ids: Collection[int | None]
) -> Collection[int | None]:
    """Return the measures (None: the tool) whose stored tallies match the answers."""
    if instrument.selection.agreement is not Agreement.ANY:
        return ()
    waiting = maintain.waiting(snapshot)
    return set(ids) - {it.measure_id for it in waiting if it.round_id == instrument.round_id}


def crossable(instrument: RoundInstrument, chosen: Collection[str]) -> list[Group]:
    """Return the questions of these codes that can be crossed, those on indicators first."""
    groups = (*instrument.groups(about_indicators=True), *instrument.groups(about_indicators=False))
    counted = (group for group in groups if KINDS[group.last.kind].is_counted)
    return [group for group in counted if group.question_code in chosen]


def modalities(group: Group) -> Mapping[str, str]:
    """Return the labels of the counted values of a question, by code, in their order."""
    if KINDS[group.last.kind].is_ranked:
        return {code: f"{label}, en premier" for code, label in group.labels.items()}
    if group.last.ends is None:
        return group.labels
    if _is_in_thirds(group):
        notes = {code: f"notes de {third[0]} à {third[-1]}" for code, third in THIRDS.items()}
    else:
        ends = [pair for pair in group.ends if pair]
        steps = range(min(low for low, _ in ends), max(high for _, high in ends) + 1)
        notes = {str(step): f"note {step}" for step in steps}
    return {**notes, NO_OPINION: group.labels.get(NO_OPINION, "je ne sais pas")}


def modality_count(group: Group, tally: QuestionTally, modality: str) -> int:
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
    ("n", "nombre de notes", "Nombre de notes, « je ne sais pas » non compris."),
    ("no_opinion", "je ne sais pas", "Nombre de réponses « je ne sais pas »."),
)


@dataclass(frozen=True)
class Statistic:
    """One figure of the notes, and its column."""

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
PART_STATISTICS = tuple(
    it for it in STATISTICS if it.code in ("median", "share_7_9", "disagreement")
)
PARTS: Sequence[tuple[str, str, str, Sequence[Part]]] = (
    ("invited", "invités", "des personnes invitées", _parts_of(Standing.INVITED)),
    (
        "others",
        "autres",
        "de celles qui n'ont pas été invitées",
        _parts_of(Standing.CONFIRMED, Standing.UNVERIFIED),
    ),
    (
        "voices",
        "une voix par organisation",
        "où chaque organisation compte pour une, quel que soit le nombre de ses contributions",
        [ONE_VOTE_EACH],
    ),
)


def variables() -> list[Variable]:
    """Return the variables of relevance, then those of feasibility."""
    return [variable for code, name in RATED for variable in _variables(code, name)]


def cells(figures: Figures, indicator: str, labels: Mapping[str, str]) -> list[Cell_]:
    """Return the cells of one indicator; `labels` are the capacities' by code."""
    return [
        cell for code, _ in RATED for cell in _rating_cells(figures, (indicator, "", code), labels)
    ]


def conclusion_of(figures: Figures, subject: Subject) -> Conclusion:
    """Return the conclusion of an indicator's notes; capacities divide on relevance only."""
    ratings = figures.ratings(subject, EVERYBODY)
    if subject[-1] != RELEVANCE:
        return conclude_notes(ratings)
    return conclude_ratings(ratings, figures.ratings_by_capacity(subject))


def sentence(conclusion: Conclusion, question: str, labels: Mapping[str, str]) -> str:
    with in_language(DEFAULT_LOCALE):
        if question == RELEVANCE:
            return indicators_labels.relevance(conclusion, labels)
        return indicators_labels.feasibility(conclusion)


def _variables(code: str, name: str) -> list[Variable]:
    counts = [
        counted(f"{code}_{suffix}", f"{name} : {header}", meaning, 12)
        for suffix, header, meaning in COUNTED
    ]
    sentence = Variable(f"{code}_sentence", f"{name} : en mots", SENTENCE, TEXT, 38)
    of_parts = [
        variable
        for part, header, who, _ in PARTS
        for variable in _part_variables(f"{code}_{part}", f"{name}, {header}", who)
    ]
    return [*counts, *(_column(code, name, it) for it in STATISTICS), sentence, *of_parts]


def _part_variables(code: str, name: str, who: str) -> list[Variable]:
    count = counted(f"{code}_n", f"{name} : nombre de notes", f"Nombre de notes {who}.", 12)
    among = f"Parmi les notes {who}. "
    return [count, *(_column(code, name, it, among) for it in PART_STATISTICS)]


def _column(code: str, name: str, it: Statistic, among: str = "") -> Variable:
    header, meaning = f"{name} : {it.header}", f"{among}{it.meaning}"
    return Variable(f"{code}_{it.code}", header, meaning, it.kind, 13, look=it.look)


def _rating_cells(figures: Figures, subject: Subject, labels: Mapping[str, str]) -> list[Cell_]:
    ratings = figures.ratings(subject, EVERYBODY)
    by_part = [figures.ratings(subject, *parts) for *_, parts in PARTS]
    return [
        ratings.count,
        ratings.no_opinion,
        *_measured(ratings, STATISTICS),
        sentence(conclusion_of(figures, subject), subject[-1], labels),
        *(cell for part in by_part for cell in (part.count, *_measured(part, PART_STATISTICS))),
    ]


def _measured(ratings: Ratings, statistics: Sequence[Statistic]) -> list[Cell_]:
    """Return the figures of notes; of a scale other than 1 to 9, the median only."""
    consensus = ratings.consensus()
    if consensus is None:
        return [ratings.median if it.code == "median" else None for it in statistics]
    return [it.of(consensus) for it in statistics]
