"""Journey of a respondent over the measures: which were begun, sent, corrected, which is next."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.i18n import N_, Labelled
from consultation.plan.models import Axis, Measure
from consultation.questionnaires.models import Questionnaire
from consultation.responses.drafts import store
from consultation.responses.models import Response


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


@dataclass(frozen=True)
class Journey:
    """The measures in the plan's order, and the form of the tool as a whole."""

    steps: Sequence[Step]
    tool: MeasureProgress
    tool_version: int
    following: Measure | None
    """The measure to suggest next, begun ones last; None when all have a response."""

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
    following = _following(steps, next(iter(revisions), None))
    return Journey(steps, progress(None), revisions.get(None, 0), following)


def _revisions(session: Session, respondent_id: int) -> Mapping[int | None, int]:
    """Return the current revision by measure (None: the tool), the last sent first."""
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
    """Return the measure to suggest: an invited one first, then the next in the axis of the last.

    Begun ones are suggested once none is untouched.
    """
    begun = [step for step in steps if step.progress is MeasureProgress.BEGUN]
    left = [step for step in steps if step.progress is MeasureProgress.UNTOUCHED] or begun
    ids = [step.measure.id for step in steps]
    here = ids.index(last) if last in ids else -1
    axis_id = steps[here].measure.axis_id if here >= 0 else None

    def rank(step: Step) -> tuple[bool, bool, bool, int]:
        place = ids.index(step.measure.id)
        return (not step.is_asked, step.measure.axis_id != axis_id, place < here, place)

    return min(left, key=rank).measure if left else None
