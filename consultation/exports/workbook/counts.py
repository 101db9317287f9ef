"""Counts of responses, texts and decisions, made in SQL and reconciled with the sheets."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.decisions.models import IndicatorDecision
from consultation.decisions.recorded import edition_of_decision, is_no_undo, superseded
from consultation.exports.selection import EVERYTHING, Selection
from consultation.exports.workbook.sheets import contributions, decisions, opinions, progress, texts
from consultation.moderation import visibility
from consultation.moderation.clusters import queries
from consultation.moderation.models import AsideReason, ResponseSetAside
from consultation.plan.models import Indicator, IndicatorVersion, Measure, MeasureStatus
from consultation.plan.values import publication, record
from consultation.plan.values.models import IndicatorValue
from consultation.questionnaires.models import Destination, Question, Questionnaire
from consultation.responses.models import Answer, Respondent, Response, Standing
from consultation.responses.rights.erasure import ERASED_TEXT

Figures = Mapping[str, sa.ColumnElement[bool]]
"""Condition of a response, or of a text, by the name of the figure that counts it."""


class CountsDisagree(Exception):
    """The figures of a workbook do not add up; it is not written."""


@dataclass(frozen=True)
class Counts:
    """Responses of a round in every revision, decisions, and the rows that sheets must have."""

    received: int
    included: int
    left_out: int
    """Current responses of people who did not agree to what the workbook is for."""
    invited: int
    """Of `included`, those of invited people; `confirmed`: of people with a confirmed address."""
    confirmed: int
    set_aside: int
    set_aside_tests: int
    set_aside_duplicates: int
    """Of `set_aside`, tests and own duplicates; the others are off topic."""
    withdrawn: int
    superseded: int
    opinions: int
    texts_received: int
    texts: int
    """Texts that a moderator approved, or that are unread and have no finding."""
    texts_unread: int
    """Of `texts`, the unread ones, erased texts excepted."""
    texts_once: int
    """Of `texts`, their number when near-duplicates count as one."""
    texts_waiting: int
    texts_withheld: int
    decisions: int
    """Decisions on the selected measures; each is published, replaced unpublished, or waits."""
    decisions_published: int
    decisions_replaced: int
    decisions_waiting: int
    values: int
    """Values that stand of the indicators of the selected measures, published or not."""
    values_public: int
    judgements: int
    """Judgements of the selected measures."""
    indicators: int
    """Indicators in force of the selected measures, of each of which there is a word."""

    def check(self) -> None:
        """Raise `CountsDisagree` unless each response, text and decision is in one figure."""
        parts = (self.invited + self.confirmed, self.set_aside_tests + self.set_aside_duplicates)
        is_too_many = parts[0] > self.included or parts[1] > self.set_aside
        if is_too_many or self.values_public > self.values:
            raise CountsDisagree(str(asdict(self)))
        counting = self.included + self.left_out
        responses = counting + self.set_aside + self.withdrawn + self.superseded
        texts = self.texts + self.texts_waiting + self.texts_withheld
        decided = self.decisions_published + self.decisions_replaced + self.decisions_waiting
        counted = (self.received, self.texts_received, self.decisions)
        if counted != (responses, texts, decided):
            raise CountsDisagree(str(asdict(self)))

    def check_rows(self, rows_by_sheet: Mapping[str, int]) -> None:
        """Raise `CountsDisagree` unless the sheets hold as many rows as SQL counted."""
        expected = {
            contributions.NAME: self.included,
            opinions.NAME: self.opinions,
            texts.NAME: self.texts,
            decisions.NAME: self.decisions,
            progress.VALUES: self.values,
            progress.JUDGEMENTS: self.judgements + self.indicators,
        }
        expected = {name: rows for name, rows in expected.items() if name in rows_by_sheet}
        written = {name: rows_by_sheet[name] for name in expected}
        if written != expected:
            raise CountsDisagree(f"expected {expected}, written {written}")


def count(snapshot: Session, round_id: int, selection: Selection = EVERYTHING) -> Counts:
    """Count the responses to the selected forms of a round, their texts, and the decisions.

    A few queries count all figures, each by its own condition, and the sums are checked.  Raise
    `CountsDisagree`.
    """
    included = selection.includes(round_id)
    of_texts = sa.and_(included, texts.condition(round_id))
    is_visible = visibility.IS_VISIBLE[selection.audience]
    counts = Counts(
        **_responses(snapshot, selection.forms(round_id), _response_figures(round_id, selection)),
        opinions=_opinions(snapshot, included),
        **_texts(snapshot, of_texts, selection),
        texts_once=queries.count_once(snapshot, sa.and_(of_texts, is_visible)).once,
        **_decisions(snapshot, selection),
        **_progress(snapshot, selection),
    )
    counts.check()
    return counts


def _response_figures(round_id: int, selection: Selection) -> Figures:
    counted, included = selection.counted(round_id), selection.includes(round_id)
    return {
        "received": sa.true(),
        "included": included,
        "left_out": sa.and_(counted, ~selection.agreed()),
        "invited": sa.and_(included, _is_of(Standing.INVITED)),
        "confirmed": sa.and_(included, _is_of(Standing.CONFIRMED)),
        "set_aside": sa.and_(visibility.IS_LATEST, visibility.IS_SET_ASIDE),
        "set_aside_tests": sa.and_(visibility.IS_LATEST, _is_set_aside(AsideReason.TEST)),
        "set_aside_duplicates": sa.and_(
            visibility.IS_LATEST, _is_set_aside(AsideReason.OWN_DUPLICATE)
        ),
        "withdrawn": sa.and_(Response.superseded_at.is_(None), Response.withdrawn_at.is_not(None)),
        "superseded": Response.superseded_at.is_not(None),
    }


def _responses(
    snapshot: Session, in_round: sa.ColumnElement[bool], figures: Figures
) -> dict[str, int]:
    counted = sa.select(*_counted(figures)).select_from(Response).join(Response.questionnaire)
    return dict(snapshot.execute(counted.where(in_round)).one()._mapping)


def _texts(
    snapshot: Session, in_workbook: sa.ColumnElement[bool], selection: Selection
) -> dict[str, int]:
    figures = {
        "texts_received": sa.true(),
        "texts": visibility.IS_VISIBLE[selection.audience],
        "texts_unread": sa.and_(
            visibility.IS_CLEAR, ~selection.is_left_unread, Answer.text != ERASED_TEXT
        ),
        "texts_waiting": sa.or_(visibility.IS_WAITING, selection.is_left_unread),
        "texts_withheld": visibility.IS_WITHHELD,
    }
    return dict(
        snapshot.execute(visibility.joined(sa.select(*_counted(figures))).where(in_workbook))
        .one()
        ._mapping
    )


def _decisions(snapshot: Session, selection: Selection) -> dict[str, int]:
    is_published = IndicatorDecision.id.in_(
        sa.select(edition_of_decision().subquery().c.decision_id)
    )
    is_replaced = IndicatorDecision.id.in_(superseded())
    figures = {
        "decisions": sa.true(),
        "decisions_published": is_published,
        "decisions_replaced": sa.and_(is_replaced, ~is_published),
        "decisions_waiting": ~sa.or_(is_replaced, is_published),
    }
    counted = sa.select(*_counted(figures)).select_from(IndicatorDecision)
    counted = counted.join(Measure, Measure.id == IndicatorDecision.measure_id)
    which = sa.and_(selection.decided(), is_no_undo())
    return dict(snapshot.execute(counted.where(which)).one()._mapping)


def _progress(snapshot: Session, selection: Selection) -> dict[str, int]:
    is_in_force = sa.and_(Measure.retired_at.is_(None), Indicator.retired_at.is_(None))
    statuses = sa.select(sa.func.count(MeasureStatus.id)).join(
        Measure, Measure.id == MeasureStatus.measure_id
    )
    indicators = sa.select(sa.func.count(Indicator.id)).join(Indicator.measure).where(is_in_force)
    is_public = publication.is_published()
    values = (
        sa.select(
            *_counted(
                {
                    "values": is_public if selection.is_anonymised else sa.true(),
                    "values_public": is_public,
                }
            )
        )
        .select_from(IndicatorValue)
        .join(IndicatorValue.version)
        .join(IndicatorVersion.indicator)
        .join(Indicator.measure)
        .where(record.is_in_force())
    )
    return {
        "judgements": snapshot.scalars(statuses.where(selection.planned())).one(),
        "indicators": snapshot.scalars(indicators.where(selection.planned())).one(),
        **snapshot.execute(values.where(selection.planned())).one()._mapping,
    }


def _counted(figures: Figures) -> list[sa.Label[int]]:
    return [sa.func.count().filter(condition).label(name) for name, condition in figures.items()]


def _is_of(status: Standing) -> sa.ColumnElement[bool]:
    return Response.respondent.has(Respondent.standing == status)


def _is_set_aside(reason: AsideReason) -> sa.ColumnElement[bool]:
    return (
        sa.select(ResponseSetAside.response_id)
        .where(ResponseSetAside.response_id == Response.id, ResponseSetAside.reason == reason)
        .correlate(Response)
        .exists()
    )


def _opinions(snapshot: Session, included: sa.ColumnElement[bool]) -> int:
    pairs = (
        _joined(sa.select(Answer.response_id, Question.indicator_version_id))
        .where(
            included,
            Question.indicator_version_id.is_not(None),
            Question.destination == Destination.ANSWER,
        )
        .distinct()
    )
    return snapshot.scalar(sa.select(sa.func.count()).select_from(pairs.subquery())) or 0


def _joined(selected: sa.Select[*tuple[int, ...]]) -> sa.Select[*tuple[int, ...]]:
    return (
        selected.select_from(Answer)
        .join(Response, Response.id == Answer.response_id)
        .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
        .join(Question, Question.id == Answer.question_id)
    )
