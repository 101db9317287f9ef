"""Journey of a respondent over the measures: which were begun, sent, corrected, which is next."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db.statements import Statement
from consultation.i18n import N_, Labelled, Localized
from consultation.plan.models import Axis, Measure
from consultation.questionnaires.models import Questionnaire
from consultation.responses.drafts import store
from consultation.responses.models import Draft, Response


class MeasureProgress(Labelled):
    """State of one form of a respondent; a draft outranks a response.

    `number` in a label is that of the version that was sent last.
    """

    UNTOUCHED = "untouched", N_("pas commencée")
    BEGUN = "begun", N_("brouillon")
    SENT = "sent", N_("envoyée")
    REVISED = "revised", N_("version %(number)s")


@dataclass(frozen=True)
class Step:
    """A measure of the journey; `is_asked` if the invitation named it.

    `is_sent` holds even where a draft was begun since.
    """

    measure: Measure
    progress: MeasureProgress
    is_asked: bool
    is_sent: bool
    version: int = 0
    """The number of the version that was sent last, 0 where none was."""

    @property
    def is_of_interest(self) -> bool:
        """Whether something was begun, sent or asked here, so that its axis is shown open."""
        return self.is_asked or self.progress is not MeasureProgress.UNTOUCHED


@dataclass(frozen=True)
class Chapter:
    """An axis with its steps."""

    axis: Axis
    steps: list[Step]

    @property
    def count(self) -> int:
        """Number of its measures."""
        return len(self.steps)

    @property
    def sent_count(self) -> int:
        """Number of its measures with a response."""
        return sum(step.is_sent for step in self.steps)

    @property
    def is_of_interest(self) -> bool:
        """Whether something was begun, sent or asked in it, so that it is shown open."""
        return any(step.is_of_interest for step in self.steps)


IsAsked = Callable[[sa.ColumnElement[int], sa.ColumnElement[int]], sa.ColumnElement[bool]]
"""The condition that the invitation of a respondent named a measure, by their ids."""


class Suggested(NamedTuple):
    """A measure that is suggested next."""

    code: str
    title: Localized


@dataclass(frozen=True)
class Journey:
    """The measures in the plan's order, and the form of the tool as a whole."""

    steps: Sequence[Step]
    tool: MeasureProgress
    tool_version: int

    @property
    def sent_count(self) -> int:
        """Number of measures with a response."""
        return sum(step.is_sent for step in self.steps)

    @property
    def draft(self) -> Measure | None:
        """The first measure with a draft."""
        begun = (step.measure for step in self.steps if step.progress is MeasureProgress.BEGUN)
        return next(begun, None)

    def untouched_among(self, codes: Sequence[str]) -> list[Measure]:
        """Return the measures of those codes with neither a draft nor a response, in that order."""
        untouched = {
            step.measure.code: step.measure
            for step in self.steps
            if step.progress is MeasureProgress.UNTOUCHED
        }
        return [untouched[code] for code in codes if code in untouched]

    def by_axis(self, among: Collection[int] | None = None) -> list[Chapter]:
        """Return the steps axis by axis, those of the measures `among` alone if they are given."""
        chapters: dict[int, Chapter] = {}
        for step in self.steps:
            if among is None or step.measure.id in among:
                axis = step.measure.axis
                chapters.setdefault(axis.id, Chapter(axis, [])).steps.append(step)
        return list(chapters.values())


def of(
    session: Session, respondent_id: int, measures: Sequence[Measure], invited_ids: Collection[int]
) -> Journey:
    """Return the journey of a respondent over the measures in force, in two queries.

    `invited_ids` are those of the measures that their invitation named.
    """
    revisions = _revisions(session, respondent_id)
    begun = store.measures_begun(session, respondent_id)

    def progress(measure_id: int | None) -> MeasureProgress:
        if measure_id in begun:
            return MeasureProgress.BEGUN
        if measure_id not in revisions:
            return MeasureProgress.UNTOUCHED
        return MeasureProgress.REVISED if revisions[measure_id] > 1 else MeasureProgress.SENT

    steps = [
        Step(
            measure,
            progress(measure.id),
            measure.id in invited_ids,
            measure.id in revisions,
            revisions.get(measure.id, 0),
        )
        for measure in measures
    ]
    return Journey(steps, progress(None), revisions.get(None, 0))


def _revisions(session: Session, respondent_id: int) -> Mapping[int | None, int]:
    """Return the current revision by measure (None: the tool)."""
    rows = session.execute(
        sa.select(Questionnaire.measure_id, Response.revision)
        .join(Response, Response.questionnaire_id == Questionnaire.id)
        .where(
            Response.respondent_id == respondent_id,
            Response.superseded_at.is_(None),
            Response.withdrawn_at.is_(None),
        )
        .order_by(Response.submitted_at.desc(), Response.id.desc())
    )
    return dict(rows.all())


_RESPONDENT_ID = sa.bindparam("respondent_id", type_=sa.Integer())
_MEASURE, _LAST = Measure.__table__.c, Measure.__table__.alias("last")
_FORM, _RESPONSE = Questionnaire.__table__.c, Response.__table__.c
_CURRENT = (
    sa.select(_FORM.measure_id)
    .join_from(Response.__table__, Questionnaire.__table__, _FORM.id == _RESPONSE.questionnaire_id)
    .where(
        _RESPONSE.respondent_id == _RESPONDENT_ID,
        _RESPONSE.superseded_at.is_(None),
        _RESPONSE.withdrawn_at.is_(None),
    )
)
_IS_SENT = _CURRENT.where(_FORM.measure_id == _MEASURE.id).correlate(Measure.__table__).exists()
_IS_BEGUN = sa.exists().where(
    Draft.__table__.c.respondent_id == _RESPONDENT_ID,
    Draft.__table__.c.questionnaire_id == _FORM.id,
    _FORM.measure_id == _MEASURE.id,
)
_LAST_SENT = _CURRENT.order_by(_RESPONSE.submitted_at.desc(), _RESPONSE.id.desc()).limit(1)
_IS_BEFORE = sa.tuple_(_MEASURE.position, _MEASURE.id) < sa.tuple_(_LAST.c.position, _LAST.c.id)


def following(is_asked: IsAsked) -> Callable[[Session, int], Suggested | None]:
    """Return the function by which a respondent's next measure is found, in one query.

    First what is neither begun nor sent, of it what their invitation named, then what follows the
    last sent in its axis, then in the plan; None when all have a response.  It is asked at each
    receipt, and so of the database alone: no process suggests a measure that was retired meanwhile.
    """
    last = (_LAST.c.id == _LAST_SENT.scalar_subquery()) & _LAST.c.retired_at.is_(None)
    statement = Statement(
        sa.select(_MEASURE.code, _MEASURE.title)
        .select_from(Measure.__table__)
        .outerjoin(_LAST, last)
        .where(_MEASURE.retired_at.is_(None), _IS_BEGUN | ~_IS_SENT)
        .order_by(
            sa.case((_IS_BEGUN, 1), else_=0),
            sa.case((is_asked(_RESPONDENT_ID, _MEASURE.id), 0), else_=1),
            sa.case((_MEASURE.axis_id == _LAST.c.axis_id, 0), else_=1),
            sa.case((_IS_BEFORE, 1), else_=0),
            _MEASURE.position,
            _MEASURE.id,
        )
        .limit(1)
    )

    def find(session: Session, respondent_id: int) -> Suggested | None:
        row = statement.row(session, {"respondent_id": respondent_id})
        return None if row is None else Suggested(row.code, row.title)

    return find
