"""The sheet *Campagnes*: texts that say nearly the same, by how many people, and since when."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import in_paris
from consultation.exports.workbook.instrument import Asked
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
from consultation.moderation import visibility
from consultation.moderation.clusters.queries import FEWEST_TEXTS, sizes
from consultation.moderation.clusters.similarity import organisation_key
from consultation.moderation.models import ModeratedText, TextCluster, TextState
from consultation.moderation.visibility import DECIDED, Audience, visible
from consultation.questionnaires.models import Questionnaire
from consultation.responses.models import Answer, Respondent, Response
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.style import Tone

NAME = "Campagnes"
EXCERPT = 200
"""Signs of the first text that may be shown; the sheet *Textes* has all of it."""

DECIDED_TEXTS = (*DECIDED, TextState.WITHHELD)
VERDICTS = ("aucune", "en partie", "toute")
"""How much of a cluster moderators have decided on."""

POINTING = ("organisations", "first_on", "last_on", "days")
"""What an anonymised workbook has not."""

VARIABLES = (
    Variable("cluster", "Textes semblables", texts.CLUSTER, LIST, NARROW),
    Variable(
        "nature",
        "Nature",
        "Campagne : plusieurs personnes. Sinon une même personne qui se répète.",
        LIST,
        MEDIUM,
    ),
    counted("texts", "Textes", "Nombre de textes qui disent presque la même chose."),
    counted("respondents", "Personnes", "Nombre de répondant·es qui les ont envoyés."),
    counted("organisations", "Organisations", "Nombre d'organisations différentes nommées.", 14),
    Variable("first_on", "Premier", "Jour du premier texte, à Paris.", DATE, 12),
    Variable("last_on", "Dernier", "Jour du dernier texte, à Paris.", DATE, 12),
    counted("days", "Jours", "Nombre de jours où au moins un texte est arrivé, à Paris."),
    Variable("measures", "Mesures", "Codes des mesures dont il s'agit.", width=24),
    counted("shown", "Publiés", "Textes que la modération a laissé passer, même occultés."),
    counted("withheld", "Écartés", "Textes que la modération a écartés."),
    counted("waiting", "À relire", "Textes dont personne n'a décidé encore."),
    Variable(
        "decided",
        "Relue",
        "Si la modération a décidé de tous les textes, d'une partie, ou d'aucun.",
        LIST,
        NARROW,
    ),
    Variable(
        "excerpt",
        "Extrait",
        f"Les {EXCERPT} premiers signes du premier texte que ce classeur peut montrer ; vide s'il"
        " n'y en a pas. Le texte entier est dans la feuille « Textes ».",
        width=TEXT_WIDTH,
    ),
)


@dataclass
class Campaign:
    """What is counted of one cluster in a workbook."""

    states: Counter[TextState] = field(default_factory=Counter)
    respondents: set[int] = field(default_factory=set)
    organisations: set[str | None] = field(default_factory=set)
    days: set[date] = field(default_factory=set)
    measures: dict[str, None] = field(default_factory=dict)

    @property
    def texts(self) -> int:
        """How many texts it has."""
        return self.states.total()

    @property
    def waiting(self) -> int:
        """How many of them nobody has decided on."""
        return sum(count for state, count in self.states.items() if state not in DECIDED_TEXTS)

    @property
    def verdict(self) -> str:
        """Say how much of it was decided on."""
        if not self.waiting:
            return VERDICTS[2]
        return VERDICTS[1 if self.waiting < self.texts else 0]


def sheet(instant: Session, asked: Asked) -> Sheet:
    """Return the sheet of the clusters that the workbook has at least two texts of."""
    whole = Sheet(
        NAME,
        "Une ligne par groupe de textes qui disent presque la même chose, le plus nombreux"
        " d'abord. Vide : aucun texte comparé n'en répète un autre.",
        VARIABLES,
        partial(_rows, instant, asked),
        tone=Tone.HISTORY,
    )
    return without(whole, POINTING) if asked.is_anonymised else whole


def _rows(instant: Session, asked: Asked) -> Iterator[Sequence[Cell]]:
    if instant.scalar(sizes().limit(1)) is None:
        return
    excerpts = _excerpts(instant, asked)
    campaigns = _campaigns(instant, asked)
    for cluster, one in sorted(campaigns.items(), key=lambda item: (-item[1].texts, item[0])):
        yield (
            TextCluster.label_of(cluster),
            "campagne" if len(one.respondents) > 1 else "une même personne",
            one.texts,
            len(one.respondents),
            len(one.organisations - {None}),
            min(one.days),
            max(one.days),
            len(one.days),
            ", ".join(one.measures),
            sum(one.states[state] for state in DECIDED),
            one.states[TextState.WITHHELD],
            one.waiting,
            one.verdict,
            excerpts.get(cluster),
        )


def _campaigns(instant: Session, asked: Asked) -> Mapping[int, Campaign]:
    forms = asked.form_by_id
    found: dict[int, Campaign] = defaultdict(Campaign)
    rows = instant.execute(
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
        .where(*_clustered(asked))
        .order_by(Answer.id)
    )
    for cluster, state, respondent, organisation, moment, form in rows:
        one = found[cluster]
        one.states[state] += 1
        one.respondents.add(respondent)
        one.organisations.add(organisation_key(organisation))
        one.days.add(in_paris(moment).date())
        one.measures[forms[form].measure] = None
    return {cluster: one for cluster, one in found.items() if one.texts >= FEWEST_TEXTS}


def _clustered(asked: Asked) -> Sequence[sa.ColumnElement[bool]]:
    return (
        asked.included,
        texts.condition(asked.round_id),
        ModeratedText.cluster_id.in_(sizes()),
    )


def _excerpts(instant: Session, asked: Asked) -> Mapping[int, str]:
    """Return the beginning of the first text of each cluster that the workbook may show."""
    firsts = (
        visibility.joined(sa.select(sa.func.min(Answer.id)))
        .where(*_clustered(asked), visibility.IS_VISIBLE[Audience.EXPORT])
        .group_by(ModeratedText.cluster_id)
    )
    found = visibility.texts(instant, Answer.id.in_(firsts), ModeratedText.cluster_id)
    shown = {cluster: visible(seen, Audience.EXPORT) for seen, (cluster,) in found}
    return {cluster: text[:EXCERPT] for cluster, text in shown.items() if text is not None}
