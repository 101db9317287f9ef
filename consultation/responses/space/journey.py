"""Where a respondent stands in the plan: what they began, sent and corrected, and what is next."""

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.plan.models import Axis, Measure
from consultation.questionnaires.models import Questionnaire
from consultation.responses.drafts import store
from consultation.responses.models import Response


class Progress(enum.StrEnum):
    """How far a respondent is with one form; what was typed last comes first."""

    UNTOUCHED = "untouched"
    BEGUN = "begun"
    SENT = "sent"
    REVISED = "revised"


@dataclass(frozen=True)
class Step:
    """One measure on the way: `is_asked` says that the invitation named it, and `is_sent` that
    something was sent on it, even where a draft was begun since."""

    measure: Measure
    progress: Progress
    is_asked: bool
    is_sent: bool


@dataclass(frozen=True)
class Journey:
    """The measures in the plan's order, and the form of the tool as a whole."""

    steps: Sequence[Step]
    tool: Progress
    following: Measure | None
    """The measure to suggest next, begun ones last, or None when something was sent on all."""

    @property
    def sent_count(self) -> int:
        """On how many measures something was sent."""
        return sum(step.is_sent for step in self.steps)

    @property
    def draft(self) -> Measure | None:
        """The first measure of which a form was begun and not sent yet."""
        begun = (step.measure for step in self.steps if step.progress is Progress.BEGUN)
        return next(begun, None)

    def by_axis(self) -> list[tuple[Axis, list[Step]]]:
        """Return the steps chapter by chapter."""
        chapters: dict[int, tuple[Axis, list[Step]]] = {}
        for step in self.steps:
            axis = step.measure.axis
            chapters.setdefault(axis.id, (axis, []))[1].append(step)
        return list(chapters.values())


def of(
    session: Session, respondent_id: int, measures: Sequence[Measure], asked: Collection[int]
) -> Journey:
    """Return the journey of a respondent over the measures in force, in two queries.

    `asked` are the ids of those that their invitation named.
    """
    revisions = _revisions(session, respondent_id)
    begun = store.measures_begun(session, respondent_id)

    def progress(measure_id: int | None) -> Progress:
        if measure_id in begun:
            return Progress.BEGUN
        if measure_id not in revisions:
            return Progress.UNTOUCHED
        return Progress.REVISED if revisions[measure_id] > 1 else Progress.SENT

    steps = [Step(one, progress(one.id), one.id in asked, one.id in revisions) for one in measures]
    return Journey(steps, progress(None), _following(steps, next(iter(revisions), None)))


def _revisions(session: Session, respondent_id: int) -> Mapping[int | None, int]:
    """Return the revision in force by measure (None: the tool), what was sent last coming first."""
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


def _following(steps: Sequence[Step], last: int | None) -> Measure | None:
    """Return what was asked for first, then what follows the last one sent in its own axis.

    What was begun comes once nothing is untouched: it is on its way already.
    """
    begun = [step for step in steps if step.progress is Progress.BEGUN]
    left = [step for step in steps if step.progress is Progress.UNTOUCHED] or begun
    ids = [step.measure.id for step in steps]
    here = ids.index(last) if last in ids else -1
    axis_id = steps[here].measure.axis_id if here >= 0 else None

    def rank(step: Step) -> tuple[bool, bool, bool, int]:
        place = ids.index(step.measure.id)
        return (not step.is_asked, step.measure.axis_id != axis_id, place < here, place)

    return min(left, key=rank).measure if left else None
