"""Sheet « Textes semblables »: their clusters, how many people sent them, and when."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import in_paris
from consultation.exports.workbook.instrument import RoundInstrument
from consultation.exports.workbook.sheets import texts
from consultation.exports.workbook.variables import (
    DATE,
    LIST,
    MEDIUM,
    NARROW,
    TEXT_WIDTH,
    Sheet,
    Variable,
    counted,
    without,
)
from consultation.i18n import form_for
from consultation.moderation import visibility
from consultation.moderation.clusters.queries import FEWEST_TEXTS, sizes
from consultation.moderation.clusters.similarity import organisation_key
from consultation.moderation.models import ModeratedText, TextCluster, TextState
from consultation.moderation.visibility import DECIDED, visible
from consultation.questionnaires.models import Questionnaire
from consultation.responses.models import Answer, Respondent, Response
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.style import Tone

NAME = "Textes semblables"
IDS_AT_A_TIME = 5000
EXCERPT = 200
"""Characters of the excerpt; the sheet *Textes* has the whole text."""

DECIDED_TEXTS = (*DECIDED, TextState.WITHHELD)
VERDICTS = ("aucun", "en partie", "tous")
"""Whether moderators have decided on none, some or all texts of a cluster."""

IDENTIFYING = ("organisations", "first_on", "last_on", "days")
"""Variables that an anonymised workbook lacks."""

VARIABLES = (
    Variable("cluster", "Textes semblables", texts.CLUSTER, LIST, NARROW),
    Variable(
        "nature",
        "Nature",
        "Si plusieurs personnes les ont envoyés, ou une seule qui se répète.",
        LIST,
        MEDIUM,
    ),
    counted("texts", "Textes", "Nombre de textes qui disent presque la même chose."),
    counted("respondents", "Personnes", "Nombre de personnes qui les ont envoyés."),
    counted("organisations", "Organisations", "Nombre d'organisations différentes nommées.", 14),
    Variable("first_on", "Premier", "Jour du premier texte, à Paris.", DATE, 12),
    Variable("last_on", "Dernier", "Jour du dernier texte, à Paris.", DATE, 12),
    counted("days", "Jours", "Nombre de jours où au moins un texte est arrivé, à Paris."),
    Variable("measures", "Mesures", "Codes des mesures dont il s'agit.", width=24),
    counted("shown", "Publiés", "Textes que la modération a laissé passer, même en partie."),
    counted("withheld", "Écartés", "Textes que la modération a écartés."),
    counted("waiting", "À relire", "Textes dont personne n'a décidé encore."),
    Variable(
        "decided",
        "Relus",
        "Si la modération a décidé de tous les textes, d'une partie, ou d'aucun.",
        LIST,
        NARROW,
    ),
    Variable(
        "excerpt",
        "Extrait",
        f"Les {EXCERPT} premiers caractères du premier texte que ce classeur peut montrer ; vide"
        " s'il n'y en a pas. Le texte entier est dans la feuille « Textes ».",
        width=TEXT_WIDTH,
    ),
)


@dataclass
class ClusterCounts:
    states: Counter[TextState] = field(default_factory=Counter)
    respondents: set[int] = field(default_factory=set)
    organisations: set[str | None] = field(default_factory=set)
    days: set[date] = field(default_factory=set)
    measures: dict[str, None] = field(default_factory=dict)

    @property
    def texts(self) -> int:
        return self.states.total()

    @property
    def waiting(self) -> int:
        """The number of texts without a decision."""
        return sum(count for state, count in self.states.items() if state not in DECIDED_TEXTS)

    @property
    def verdict(self) -> str:
        """The one of `VERDICTS` that applies."""
        if not self.waiting:
            return VERDICTS[2]
        return VERDICTS[1 if self.waiting < self.texts else 0]


def sheet(snapshot: Session, instrument: RoundInstrument) -> Sheet:
    """Return the sheet of the clusters of which the workbook has at least `FEWEST_TEXTS` texts."""
    whole = Sheet(
        NAME,
        "Une ligne par groupe de textes qui disent presque la même chose, le plus nombreux"
        " d'abord. Vide : aucun texte comparé n'en répète un autre.",
        VARIABLES,
        partial(_rows, snapshot, instrument),
        tone=Tone.HISTORY,
    )
    return without(whole, IDENTIFYING) if instrument.is_anonymised else whole


def _rows(snapshot: Session, instrument: RoundInstrument) -> Iterator[Sequence[Cell]]:
    if snapshot.scalar(sizes().limit(1)) is None:
        return
    excerpts = _excerpts(snapshot, instrument)
    by_cluster = _counts(snapshot, instrument)
    for cluster, counts in sorted(by_cluster.items(), key=lambda item: (-item[1].texts, item[0])):
        yield (
            TextCluster.label_of(cluster),
            form_for(len(counts.respondents), "une même personne", "plusieurs personnes"),
            counts.texts,
            len(counts.respondents),
            len(counts.organisations - {None}),
            min(counts.days),
            max(counts.days),
            len(counts.days),
            ", ".join(counts.measures),
            sum(counts.states[state] for state in DECIDED),
            counts.states[TextState.WITHHELD],
            counts.waiting,
            counts.verdict,
            excerpts.get(cluster),
        )


def _counts(snapshot: Session, instrument: RoundInstrument) -> Mapping[int, ClusterCounts]:
    forms = instrument.form_by_id
    by_cluster: dict[int, ClusterCounts] = defaultdict(ClusterCounts)
    rows = snapshot.execute(
        visibility.joined(
            sa.select(
                ModeratedText.cluster_id,
                ModeratedText.state,
                Respondent.id,
                Respondent.organisation,
                Response.submitted_at,
                Questionnaire.id,
            )
        )
        .where(*_clustered(instrument))
        .order_by(Answer.id)
    )
    for cluster, state, respondent, organisation, moment, form in rows:
        counts = by_cluster[cluster]
        counts.states[state] += 1
        counts.respondents.add(respondent)
        counts.organisations.add(organisation_key(organisation))
        counts.days.add(in_paris(moment).date())
        counts.measures[forms[form].measure] = None
    return {cluster: it for cluster, it in by_cluster.items() if it.texts >= FEWEST_TEXTS}


def _clustered(instrument: RoundInstrument) -> Sequence[sa.ColumnElement[bool]]:
    return (
        instrument.included,
        texts.condition(instrument.round_id),
        ModeratedText.cluster_id.in_(sizes()),
    )


def _excerpts(snapshot: Session, instrument: RoundInstrument) -> Mapping[int, str]:
    """Return the start of the first text of each cluster that an export may display."""
    firsts = (
        visibility.joined(sa.select(sa.func.min(Answer.id)))
        .where(*_clustered(instrument), visibility.IS_VISIBLE[instrument.selection.audience])
        .group_by(ModeratedText.cluster_id)
    )
    # Asked first: as a condition within a condition, PostgreSQL may work it out for each text.
    ids = snapshot.scalars(firsts).all()
    excerpts = {}
    for start in range(0, len(ids), IDS_AT_A_TIME):
        some = Answer.id.in_(ids[start : start + IDS_AT_A_TIME])
        for text, (cluster,) in visibility.texts(snapshot, some, ModeratedText.cluster_id):
            readable = visible(text, instrument.selection.audience)
            if readable is not None:
                excerpts[cluster] = readable[:EXCERPT]
    return excerpts
