"""Indicators that nobody contests, kept as they are in one act, and the act taken back.

Each gets a decision of its own; those of one act share their moment, by which they are taken back
as long as no edition has published them.  Nothing is removed: another decision ends each.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account
from consultation.decisions.models import (
    CHANGE_OF,
    DecisionOutcome,
    EditionDecision,
    IndicatorDecision,
)
from consultation.decisions.recorded import edition_of_decision, is_in_force
from consultation.decisions.staff import board
from consultation.decisions.staff.board import DecisionState, Row
from consultation.i18n import Localized
from consultation.moderation.models import ModeratedText, TextState
from consultation.moderation.visibility import DECIDED, IS_CURRENT
from consultation.plan import apply
from consultation.plan.models import Indicator, IndicatorVersion
from consultation.questionnaires.models import Question, Questionnaire, Round
from consultation.responses.models import Answer, Response
from consultation.responses.rights.erasure import ERASED_TEXT
from consultation.results.publication.figures import KEEP, NO_OPINION
from consultation.results.tallies import maintain
from consultation.results.tallies.maintain import Scope
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

READ = (*DECIDED, TextState.WITHHELD)
UNDONE: Localized = {"fr": "Lot annulé avant toute publication."}


class NoLongerUncontested(Exception):
    """Some of the indicators may not be kept in one act any more; nothing is decided."""

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(len(codes))
        self.codes = codes


class KeptLot(NamedTuple):
    """Indicators that were kept in one act and wait for an edition."""

    decided_at: datetime
    by: str
    size: int


@needs(Permission.DECIDE)
def uncontested(work: Work, round_: Round, smallest: int) -> list[Row]:
    """Return the undecided indicators that at least `smallest` want to keep, and nobody otherwise.

    Nobody proposes another wording, every text on them is read, all opinions are on the wording in
    force, and none of their measure is still to be counted.  Raise `NotAllowed`.
    """
    rows = [
        row
        for row in board.board(work, round_)
        if row.state is DecisionState.UNDECIDED and _is_uncontested(row, max(1, smallest))
    ]
    counting = maintain.waiting(work.session)
    versions = _versions(work.session, _ids(rows))
    unread = _with_unread_text(work.session, round_.id, _ids(rows))
    return [
        row
        for row in rows
        if row.summary
        and Scope(round_.id, row.measure.id) not in counting
        and row.summary.subject.id not in unread
        and row.summary.subject.wordings == 1
        and row.summary.subject.version == versions[row.summary.subject.id].number
    ]


def keep(
    work: Work, round_: Round, codes: Collection[str], reason: Localized, smallest: int
) -> int:
    """Keep these indicators as they are, for one reason, and return how many.

    Raise `NotAllowed`, `TrialRefused`, or `NoLongerUncontested` with those that are not any more.
    """
    apply.lock_plan(work.session)
    rows = {row.code: row for row in uncontested(work, round_, smallest)}
    gone = [code for code in codes if code not in rows]
    if gone:
        raise NoLongerUncontested(gone)
    chosen = [row for code, row in rows.items() if code in set(codes)]
    versions = _versions(work.session, _ids(chosen))
    former = _former(work.session, _ids(chosen))
    work.session.add_all(
        IndicatorDecision(
            measure_id=row.measure.id,
            indicator_id=indicator_id,
            version_id=versions[indicator_id].id,
            outcome=DecisionOutcome.KEPT,
            change=CHANGE_OF[DecisionOutcome.KEPT],
            reason=reason,
            decided_at=work.at,
            account_id=work.actor.id,
            supersedes_id=former.get(indicator_id),
        )
        for row, indicator_id in zip(chosen, _ids(chosen), strict=True)
    )
    work.session.flush()
    audit_log.log(work, "indicators_kept", None, {"indicators": len(chosen)})
    return len(chosen)


def kept_lots(session: Session) -> Sequence[KeptLot]:
    """Return the acts of which some decisions may still be taken back, the latest first."""
    rows = session.execute(
        sa.select(IndicatorDecision.decided_at, Account.email, sa.func.count())
        .join(Account, Account.id == IndicatorDecision.account_id)
        .where(*_may_be_taken_back())
        .group_by(IndicatorDecision.decided_at, Account.email)
        .having(sa.func.count() > 1)
        .order_by(IndicatorDecision.decided_at.desc())
    )
    return [KeptLot(*row) for row in rows]


@needs(Permission.DECIDE)
def take_back(work: Work, decided_at: datetime | None) -> int:
    """Take back the decisions of an act that no edition published, and return how many.

    One that somebody decided otherwise since stays as it is.  Raise `NotAllowed`.
    """
    if decided_at is None:
        return 0
    apply.lock_plan(work.session)
    decided = work.session.scalars(
        sa.select(IndicatorDecision).where(
            *_may_be_taken_back(), IndicatorDecision.decided_at == decided_at
        )
    ).all()
    ids = [decision.id for decision in decided]
    work.session.execute(sa.delete(EditionDecision).where(EditionDecision.decision_id.in_(ids)))
    work.session.add_all(
        IndicatorDecision(
            measure_id=decision.measure_id,
            indicator_id=decision.indicator_id,
            version_id=decision.version_id,
            outcome=DecisionOutcome.REOPENED,
            change=CHANGE_OF[DecisionOutcome.REOPENED],
            reason=UNDONE,
            decided_at=work.at,
            account_id=work.actor.id,
            supersedes_id=decision.id,
        )
        for decision in decided
    )
    work.session.flush()
    if decided:
        audit_log.log(work, "indicators_reopened", None, {"indicators": len(decided)})
    return len(decided)


def _is_uncontested(row: Row, smallest: int) -> bool:
    if row.summary is None or row.evidence.proposals:
        return False
    by_stance = row.summary.tally.by_stance
    others = [code for code, count in by_stance.items() if count and code not in _NO_CHANGE]
    return not others and by_stance.get(KEEP, 0) >= smallest


_NO_CHANGE = (KEEP, NO_OPINION)


def _ids(rows: Sequence[Row]) -> list[int]:
    return [row.summary.subject.id for row in rows if row.summary]


def _versions(session: Session, indicator_ids: Collection[int]) -> Mapping[int, IndicatorVersion]:
    """Return the wording in force of each of these indicators."""
    rows = session.scalars(
        sa.select(Indicator)
        .where(Indicator.id.in_(indicator_ids))
        .options(selectinload(Indicator.versions))
    )
    return {indicator.id: indicator.version for indicator in rows}


def _with_unread_text(session: Session, round_id: int, indicator_ids: Collection[int]) -> set[int]:
    """Return those of these indicators on which a text waits for a moderator."""
    is_unread = sa.or_(ModeratedText.state.is_(None), ModeratedText.state.not_in(READ))
    rows = session.scalars(
        sa.select(IndicatorVersion.indicator_id)
        .join(Question, Question.indicator_version_id == IndicatorVersion.id)
        .join(Questionnaire, Questionnaire.id == Question.questionnaire_id)
        .join(Answer, Answer.question_id == Question.id)
        .join(Response, Response.id == Answer.response_id)
        .outerjoin(ModeratedText, ModeratedText.answer_id == Answer.id)
        .where(
            Questionnaire.round_id == round_id,
            IndicatorVersion.indicator_id.in_(indicator_ids),
            Answer.text.is_not(None),
            Answer.text != ERASED_TEXT,
            IS_CURRENT,
            is_unread,
        )
        .distinct()
    )
    return set(rows)


def _former(session: Session, indicator_ids: Collection[int]) -> Mapping[int | None, int]:
    """Return the decision in force on each of these indicators, of an earlier round."""
    rows = session.execute(
        sa.select(IndicatorDecision.indicator_id, sa.func.max(IndicatorDecision.id))
        .where(IndicatorDecision.indicator_id.in_(indicator_ids), is_in_force())
        .group_by(IndicatorDecision.indicator_id)
    )
    return dict(rows.all())


def _may_be_taken_back() -> Sequence[sa.ColumnElement[bool]]:
    published = sa.select(edition_of_decision().subquery().c.decision_id)
    return (
        is_in_force(),
        IndicatorDecision.id.not_in(published),
        IndicatorDecision.outcome == DecisionOutcome.KEPT,
    )
