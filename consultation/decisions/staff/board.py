"""Board of decisions: each indicator, and what is missing in each measure, by state.

Only tallies and decisions are read, so that it costs the same for any number of responses.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from consultation.decisions.models import (
    DecisionDraft,
    EditionDecision,
    IndicatorDecision,
    PlanEdition,
)
from consultation.decisions.recorded import is_in_force
from consultation.i18n import DEFAULT_LOCALE, Labelled, folded, localized
from consultation.inbox.models import Conversion
from consultation.moderation.clusters import queries as clusters
from consultation.moderation.models import ModeratedText
from consultation.moderation.visibility import IS_CURRENT
from consultation.plan.models import IndicatorVersion, Measure
from consultation.questionnaires.models import Question, Questionnaire, Round
from consultation.responses.models import Answer, Response
from consultation.results.indicators import proposals
from consultation.results.indicators.summary import IndicatorSummary, summaries
from consultation.results.overview import board as overview
from consultation.results.overview.board import IndicatorOutcome, Stances
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


class DecisionState(Labelled):
    """How far the decision on a subject has come, by its value in an address."""

    UNDECIDED = "a-decider", "À décider"
    DRAFTED = "en-preparation", "En préparation"
    DECIDED = "decide", "Décidés"
    PUBLISHED = "publie", "Publiés"


@dataclass(frozen=True)
class Evidence:
    """What speaks for a decision on a subject, beside its figures."""

    proposals: int = 0
    clusters: int = 0
    """Clusters of similar texts on the indicator."""
    mails: int = 0
    """Contributions on the measure that came by mail."""


@dataclass(frozen=True)
class Row:
    """A subject of the board; without `indicator` it is what is missing in a measure."""

    measure: Measure
    state: DecisionState
    indicator: overview.Row | None = None
    """Its row of the overview."""
    decision: IndicatorDecision | None = None
    """The last decision that counts for the round."""
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def summary(self) -> IndicatorSummary | None:
        """What respondents say of the indicator."""
        return self.indicator.summary if self.indicator else None

    @property
    def outcome(self) -> IndicatorOutcome | None:
        """The verdict on its relevance; None for what is missing."""
        return self.indicator.outcome if self.indicator else None

    @cached_property
    def searched(self) -> str:
        """What a search looks at."""
        if self.indicator:
            return self.indicator.searched
        return folded(f"{self.measure.code} {localized(self.measure.title, DEFAULT_LOCALE)}")

    @property
    def code(self) -> str:
        """The code of the indicator, else of the measure."""
        return self.summary.subject.code if self.summary else self.measure.code

    @property
    def label(self) -> Mapping[str, str]:
        """The indicator, else the measure."""
        return self.summary.subject.label if self.summary else self.measure.title

    @property
    def stances(self) -> Stances:
        """What to do with the indicator."""
        return self.indicator.stances if self.indicator else Stances()

    @property
    def contesting(self) -> int:
        """How many want the indicator otherwise: changed, replaced or dropped."""
        return self.stances.changed + self.stances.dropped

    @property
    def contested_share(self) -> float:
        """Their share of all that said what to do with it, from 0 to 1."""
        return self.contesting / (self.stances.count or 1)


@needs(Permission.DECIDE)
def board(work: Work, round_: Round) -> list[Row]:
    """Return every subject of a round in the plan's order; raise `NotAllowed`.

    A decision counts for a round if it was taken since its opening, or waits for an edition.
    """
    return subjects(work, round_, overview.load_rows(work.session, round_.id))


@needs(Permission.DECIDE)
def subjects(work: Work, round_: Round, indicators: Iterable[overview.Row]) -> list[Row]:
    """Return the subjects of a round whose overview has these indicators; raise `NotAllowed`."""
    session = work.session
    decided = _decided(session, round_)
    drafted = _drafted(session)
    measures = _measures(session)
    wordings = proposals.wording_counts(session, round_.id)
    rows = [
        replace(
            _row(it.measure, it, decided, drafted),
            evidence=Evidence(proposals=wordings.get(it.summary.subject.id, 0)),
        )
        for it in indicators
        if not it.summary.subject.is_retired
    ]
    missing = proposals.missing_counts(session, round_.id)
    taken = {key[0] for key in (*decided, *drafted) if key[1] is None}
    rows += [
        replace(
            _row(measures[id_], None, decided, drafted),
            evidence=Evidence(proposals=missing.get(id_, 0)),
        )
        for id_ in measures
        if missing.get(id_) or id_ in taken
    ]
    return sorted(rows, key=_place)


def _place(row: Row) -> tuple[int, int, int, int, bool]:
    """Return the key of the plan's order, axis by axis; what is missing ends each measure."""
    measure = row.measure
    axis = measure.axis
    return axis.position, axis.id, measure.position, measure.id, row.indicator is None


def contest_key(row: Row, smallest: int) -> tuple[int, float, int]:
    """Return the key of the order that the page says: by share, then number, who contest it.

    A share of fewer opinions than `smallest` (the setting SMALL_CELL) says little: they come
    after, by number.  What is missing in measures comes last, and has no opinions but proposals.
    """
    if row.indicator is None:
        return 2, 0.0, -row.evidence.proposals
    if row.stances.count < smallest:
        return 1, 0.0, -row.contesting - row.evidence.proposals
    return 0, -row.contested_share, -row.contesting


def undecided_count(session: Session, round_: Round) -> int:
    """Count the indicators of the board on which nothing is decided nor drafted."""
    taken = {*_decided(session, round_), *_drafted(session)}
    subjects = (it.subject for it in summaries(session, round_.id))
    return sum(not it.is_retired and (it.measure_id, it.id) not in taken for it in subjects)


def with_evidence(session: Session, round_: Round, rows: Sequence[Row]) -> list[Row]:
    """Return these rows with the clusters and mails that speak for a decision, by two queries."""
    ids = [row.summary.subject.id for row in rows if row.summary]
    similar = _cluster_counts(session, round_.id, ids)
    mails = _mail_counts(session, round_.id, {row.measure.id for row in rows})
    return [
        replace(
            row,
            evidence=replace(
                row.evidence,
                clusters=similar.get(row.summary.subject.id, 0) if row.summary else 0,
                mails=mails.get(row.measure.id, 0),
            ),
        )
        for row in rows
    ]


Key = tuple[int, int | None]
"""The ids of a measure and of an indicator, None for what is missing."""


@dataclass(frozen=True)
class _Decided:
    decision: IndicatorDecision
    is_published: bool


def _row(
    measure: Measure,
    indicator: overview.Row | None,
    decided: Mapping[Key, _Decided],
    drafted: Iterable[Key],
) -> Row:
    key = (measure.id, indicator.summary.subject.id if indicator else None)
    last = decided.get(key)
    if key in drafted:
        state = DecisionState.DRAFTED
    elif last is None:
        state = DecisionState.UNDECIDED
    else:
        state = DecisionState.PUBLISHED if last.is_published else DecisionState.DECIDED
    return Row(measure, state, indicator, last.decision if last else None)


def _decided(session: Session, round_: Round) -> Mapping[Key, _Decided]:
    """Return the last decision on each subject; one that waits for an edition goes first."""
    is_published = PlanEdition.published_at.is_not(None)
    rows = session.execute(
        sa.select(IndicatorDecision, is_published)
        .outerjoin(EditionDecision, EditionDecision.decision_id == IndicatorDecision.id)
        .outerjoin(PlanEdition, PlanEdition.id == EditionDecision.edition_id)
        .where(
            is_in_force(),
            sa.or_(~is_published, IndicatorDecision.decided_at >= round_.opens_at),
        )
        .order_by(is_published.desc(), IndicatorDecision.id)
    )
    return {
        (decision.measure_id, decision.indicator_id): _Decided(decision, bool(is_out))
        for decision, is_out in rows
    }


def _drafted(session: Session) -> set[Key]:
    rows = session.execute(sa.select(DecisionDraft.measure_id, DecisionDraft.indicator_id))
    return {(measure_id, indicator_id) for measure_id, indicator_id in rows}


def _measures(session: Session) -> Mapping[int, Measure]:
    rows = session.scalars(
        sa.select(Measure).options(joinedload(Measure.axis)).order_by(Measure.position, Measure.id)
    )
    return {measure.id: measure for measure in rows}


def _cluster_counts(
    session: Session, round_id: int, indicator_ids: Sequence[int]
) -> Mapping[int, int]:
    listed = clusters.sizes().subquery()
    rows = session.execute(
        sa.select(IndicatorVersion.indicator_id, sa.func.count(ModeratedText.cluster_id.distinct()))
        .join(Question, Question.indicator_version_id == IndicatorVersion.id)
        .join(Questionnaire, Questionnaire.id == Question.questionnaire_id)
        .join(Answer, Answer.question_id == Question.id)
        .join(Response, Response.id == Answer.response_id)
        .join(ModeratedText, ModeratedText.answer_id == Answer.id)
        .join(listed, listed.c.cluster_id == ModeratedText.cluster_id)
        .where(
            Questionnaire.round_id == round_id,
            IndicatorVersion.indicator_id.in_(indicator_ids),
            Answer.text.is_not(None),
            IS_CURRENT,
        )
        .group_by(IndicatorVersion.indicator_id)
    )
    return dict(rows.all())


def _mail_counts(
    session: Session, round_id: int, measure_ids: Iterable[int]
) -> Mapping[int | None, int]:
    rows = session.execute(
        sa.select(Questionnaire.measure_id, sa.func.count(Response.id.distinct()))
        .join(Response, Response.questionnaire_id == Questionnaire.id)
        .join(Conversion, Conversion.response_id == Response.id)
        .where(
            Questionnaire.round_id == round_id,
            Questionnaire.measure_id.in_(list(measure_ids)),
            IS_CURRENT,
        )
        .group_by(Questionnaire.measure_id)
    )
    return dict(rows.all())
