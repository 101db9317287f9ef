"""Columns that say what the notes of an indicator come to: for everybody, and for some apart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import force_locale

from consultation.exporting.figures import EVERYBODY, VOICES, Figures, Part, Subject, standing
from consultation.exporting.variables import NUMBER, TEXT, YES_NO, Variable, counted
from consultation.i18n import DEFAULT_LOCALE
from consultation.responses.models import Standing
from consultation.results import wording
from consultation.results.consensus import Consensus
from consultation.results.tallies import FEASIBILITY, RELEVANCE, Ratings
from consultation.results.verdicts import FEWEST, Conclusion, conclude_notes, conclude_ratings
from consultation.sheets.cells import Cell
from consultation.sheets.looks import Look

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
    of: Callable[[Consensus], Cell]
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


def cells(figures: Figures, indicator: str, labels: Mapping[str, str]) -> list[Cell]:
    """Return the cells of one indicator; `labels` are the capacities' by code."""
    return [cell for code, _ in RATED for cell in _cells(figures, (indicator, "", code), labels)]


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
            return wording.relevance(conclusion, labels)
        return wording.feasibility(conclusion)


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


def _cells(figures: Figures, subject: Subject, labels: Mapping[str, str]) -> list[Cell]:
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


def _measured(ratings: Ratings, statistics: Sequence[Statistic]) -> list[Cell]:
    """Return the figures; of another scale than that from 1 to 9, there is a median only."""
    consensus = ratings.consensus()
    if consensus is None:
        return [ratings.median if one.code == "median" else None for one in statistics]
    return [one.of(consensus) for one in statistics]
