"""Takes in a sheet of judgements: what it would change, and that change once confirmed."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts import auditing
from consultation.clock import in_paris
from consultation.plan import statuses
from consultation.plan.models import Measure, MeasureStatus
from consultation.plan.status_reading import StatusDraft, StatusList, read_statuses
from consultation.plan.status_values import evidence_of
from consultation.plan.statuses import Judgement, judgement_of
from consultation.web.permissions import Actor


class ChangesMoved(Exception):
    """What an import would change is no longer what was shown."""


@dataclass(frozen=True)
class StatusChange:
    """A judgement as it is stored, if it is, and as the file has it."""

    measure: Measure
    before: Judgement | None
    after: Judgement

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of what differs."""
        before = vars(self.before) if self.before else {}
        return tuple(name for name, value in vars(self.after).items() if before.get(name) != value)


@dataclass
class StatusChanges:
    """What an import adds and changes; it never takes anything away."""

    new: list[StatusChange] = field(default_factory=list)
    changed: list[StatusChange] = field(default_factory=list)
    unchanged_count: int = 0

    @property
    def is_empty(self) -> bool:
        """Say whether all stays as it is."""
        return not (self.new or self.changed)

    @property
    def digest(self) -> str:
        """A short text that differs as soon as anything that was shown does."""
        told = [
            f"{change.measure.code} {change.before and change.before.digest} {change.after.digest}"
            for change in (*self.new, *self.changed)
        ]
        told.append(str(self.unchanged_count))
        return hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]

    @property
    def counts(self) -> dict[str, int]:
        """How many judgements are new, changed and unchanged, for the trail."""
        return {
            "added": len(self.new),
            "changed": len(self.changed),
            "unchanged": self.unchanged_count,
        }


def read(session: Session, actor: Actor, path: Path, at: datetime) -> StatusList:
    """Return what a file says of the measures in force; raise `FileRefused`.

    Slow for a large file: to be called outside `writing`.
    """
    measures = statuses.measures_to_judge(session, actor)
    return read_statuses(path, measures, in_paris(at).date())


def compare(session: Session, actor: Actor, drafts: Sequence[StatusDraft]) -> StatusChanges:
    """Return what the drafts would change in what is stored now, in the order of the plan."""
    measures = {measure.id: measure for measure in statuses.measures_to_judge(session, actor)}
    stored = _stored(session)
    rank = {measure_id: position for position, measure_id in enumerate(measures)}
    changes = StatusChanges()
    for draft in sorted(drafts, key=lambda draft: rank.get(draft.measure_id, 0)):
        measure = measures.get(draft.measure_id)
        if measure is None:  # retired since the file was read; what was shown is no longer true
            continue
        status = stored.get(_place(draft.measure_id, draft.judgement))
        _put(changes, measure, judgement_of(status) if status else None, draft)
    return changes


def apply(
    session: Session, actor: Actor, drafts: Sequence[StatusDraft], shown: str, at: datetime
) -> StatusChanges:
    """Store what the drafts change, when that is still what was shown, whose digest is `shown`.

    Raise `ChangesMoved`.
    """
    statuses.check(actor)
    statuses.hold(session, {draft.measure_id for draft in drafts})
    changes = compare(session, actor, drafts)
    if changes.digest != shown:
        raise ChangesMoved
    stored = _stored(session)
    for change in changes.changed:
        status = stored[_place(change.measure.id, change.after)]
        for name in change.fields:
            setattr(status, name, getattr(change.after, name))
    session.add_all(
        MeasureStatus(measure_id=change.measure.id, **vars(change.after)) for change in changes.new
    )
    session.flush()
    auditing.record(session, actor.id, "statuses_imported", None, changes.counts, at=at)
    return changes


Place = tuple[object, ...]


def _place(measure_id: int, judgement: Judgement) -> Place:
    return measure_id, judgement.assessor, judgement.assessed_on


def _stored(session: Session) -> Mapping[Place, MeasureStatus]:
    query = sa.select(MeasureStatus).execution_options(populate_existing=True)
    return {
        (status.measure_id, status.assessor, status.assessed_on): status
        for status in session.scalars(query)
    }


def _put(
    changes: StatusChanges, measure: Measure, before: Judgement | None, draft: StatusDraft
) -> None:
    change = StatusChange(measure, before, _completed(draft, before))
    if before is None:
        changes.new.append(change)
    elif change.fields:
        changes.changed.append(change)
    else:
        changes.unchanged_count += 1


def _completed(draft: StatusDraft, before: Judgement | None) -> Judgement:
    """Return the judgement of a row; a column that the sheet lacks leaves what is stored."""
    said = draft.judgement
    if before is None:
        return said
    now, then = said.evidence or {}, before.evidence or {}
    french = (now if "evidence" in draft.columns else then).get("fr", "")
    english = (now if "evidence_en" in draft.columns else then).get("en", "")
    link = said.source_url if "source_url" in draft.columns else before.source_url
    return replace(said, evidence=evidence_of(french, english), source_url=link)
