"""Plan changes with their effect on open forms: edits and imports of the plan.

The forms of rounds follow the plan; responses stay with the version that they answered.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db.stale import digest
from consultation.plan import apply
from consultation.plan.apply import PlanChanges
from consultation.plan.drafts import PlanDraft
from consultation.plan.models import Measure
from consultation.plan.workbook import writer
from consultation.questionnaires.models import Questionnaire, Round
from consultation.questionnaires.publication import publish
from consultation.questionnaires.publication.publish import Publication
from consultation.questionnaires.rounds import lifecycle, queries
from consultation.responses.models import Draft, Response
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


@dataclass(frozen=True)
class Loaded:
    """Changes of a load: in the plan, in the forms, and the shipped themes that were deleted."""

    changes: PlanChanges
    publication: Publication | None
    """None when no round is open: forms are then published with the next one."""
    removed: list[str]
    kept: dict[str, int] = field(default_factory=dict)
    """How many contributions stay with a form that is renewed or closed, by its name."""
    followed: list[str] = field(default_factory=list)
    """The codes of the rounds that are announced for later, of which forms change as well."""


@dataclass(frozen=True)
class FormGroup:
    """Forms with the same change, named in French; `kept` responses stay with their version."""

    label: str
    codes: Sequence[str]
    kept: int = 0
    is_listed: bool = True


@dataclass(frozen=True)
class Revised:
    """Changes of an edit or import, with `mark`, the digest that a confirmation has to repeat."""

    loaded: Loaded
    mark: str

    @property
    def needs_showing(self) -> bool:
        """Whether it touches open forms, or deletes what can't be restored: confirmed first."""
        has_forms = self.loaded.publication is not None
        has_forms = has_forms and not self.loaded.changes.is_of_measurements
        return not self.loaded.changes.is_empty and (has_forms or bool(self.loaded.removed))


Keeper = Callable[[Session], Collection[int]]

_keepers: dict[str, Keeper] = {}


def register_keeper(package: str, keeper: Keeper) -> None:
    """Call `keeper` for the ids of the measures that must stay, since the package names them."""
    _keepers[package] = keeper


@needs(Permission.EDIT_PLAN)
def revise(work: Work, change: Callable[[PlanDraft], PlanDraft]) -> Revised:
    """Apply `change` to the plan in force, one organiser at a time.

    Raise `NotAllowed`, and what `change` raises.  Flushes and never commits: to preview, roll back.
    """
    apply.lock_plan(work.session)
    before = writer.draft_of(work.session)
    loaded = load_plan(work.session, change(before), work.at)
    return Revised(loaded, _mark(before, loaded))


def load_plan(session: Session, draft: PlanDraft, at: datetime) -> Loaded:
    """Apply `draft` to the plan, and republish the forms of every round that is not over.

    Waits for another organiser's edit.  Flushes and never commits: to preview, load and roll back.
    """
    apply.lock_plan(session)
    changes = apply.apply(session, draft, at)
    consultation_round = queries.current(session, at)
    publication = None
    if consultation_round is not None and at < consultation_round.closes_at:
        publication = publish.publish(session, consultation_round, at)
    followed = _publish_later_ones(session, consultation_round, at)
    removed = _remove_unanswered_themes(session)
    kept = _kept(session, consultation_round, publication) if consultation_round else {}
    return Loaded(changes, publication, removed, kept, followed)


def _publish_later_ones(session: Session, current: Round | None, at: datetime) -> list[str]:
    """Republish the forms of announced later rounds; return the codes of those that changed."""
    announced = lifecycle.announced(session)
    later = [round_ for round_ in announced if round_ != current and at < round_.closes_at]
    made = {round_.code: publish.publish(session, round_, at) for round_ in later}
    return [code for code, it in made.items() if it.opened or it.renewed or it.closed]


def _kept(
    session: Session, consultation_round: Round, publication: Publication | None
) -> dict[str, int]:
    """Count the responses to the forms that are renewed or closed, all versions together."""
    touched = {*publication.renewed, *publication.closed} if publication else set()
    counts = session.execute(
        sa.select(Measure.code, sa.func.count())
        .select_from(Response)
        .join(Questionnaire, Response.questionnaire_id == Questionnaire.id)
        .outerjoin(Measure, Questionnaire.measure_id == Measure.id)
        .where(Questionnaire.round_id == consultation_round.id)
        .where(Response.superseded_at.is_(None), Response.withdrawn_at.is_(None))
        .group_by(Measure.code)
    )
    named = ((code or publish.TOOL, count) for code, count in counts if touched)
    return {name: count for name, count in named if name in touched}


def _mark(before: PlanDraft, loaded: Loaded) -> str:
    """Return the mark of a change: the same for the same plan, whatever responses arrive since."""
    forms = loaded.publication
    touched = forms and (forms.opened, forms.renewed, forms.closed)
    return digest(before, loaded.changes, touched, loaded.removed)


def _remove_unanswered_themes(session: Session) -> list[str]:
    """Delete the retired shipped themes without response or draft, with their forms.

    A theme that another package names stays: see `register_keeper`.
    The forms are locked before they are read: a response that another request stores is waited
    for, and one that is sent later gets `FormGone`.
    """
    retired = sa.and_(Measure.is_shipped, Measure.retired_at.is_not(None))
    forms = sa.select(Questionnaire.id).join(Measure).where(retired).order_by(Questionnaire.id)
    session.execute(forms.with_for_update(of=Questionnaire))
    answered, begun = (
        sa.exists()
        .where(written.questionnaire_id == Questionnaire.id)
        .where(Questionnaire.measure_id == Measure.id)
        for written in (Response, Draft)
    )
    named = {id_ for keep in _keepers.values() for id_ in keep(session)}
    unanswered = sa.select(Measure).where(retired, ~answered, ~begun, Measure.id.not_in(named))
    gone = session.scalars(unanswered.order_by(Measure.position, Measure.id)).all()
    for measure in gone:
        publish.remove_forms(session, measure.id)
        apply.remove_measure(session, measure)
    session.flush()
    return [measure.code for measure in gone]


FOLLOWED = "Les formulaires du tour déjà annoncé changent de même"


def describe(loaded: Loaded) -> list[str]:
    """Return in French, line by line, what a load changed or would change."""
    lines = apply.describe(loaded.changes, removed=loaded.removed)
    if loaded.removed:
        lines.append(
            _line("thème fourni qui disparaît", "thèmes fournis qui disparaissent", loaded.removed)
        )
    if loaded.publication is None:
        return [*lines, "Aucun tour n'est ouvert : aucun formulaire n'est publié ni fermé."]
    named = _forms(loaded.publication)
    lines += [_line(singular, several, codes) for singular, several, codes in named if codes]
    if loaded.followed:
        lines.append(f"{FOLLOWED} : {', '.join(loaded.followed)}")
    return lines


def form_groups(loaded: Loaded) -> list[FormGroup]:
    """Return the changes of the forms of the open round, without the empty groups."""
    if loaded.publication is None:
        return []
    return [
        FormGroup(
            singular if len(codes) == 1 else several,
            codes,
            sum(loaded.kept.get(code, 0) for code in codes),
            is_listed=codes is not loaded.publication.unchanged,
        )
        for singular, several, codes in _forms(loaded.publication)
        if codes
    ]


def _forms(publication: Publication) -> tuple[tuple[str, str, list[str]], ...]:
    return (
        ("formulaire ouvert", "formulaires ouverts", publication.opened),
        ("formulaire renouvelé", "formulaires renouvelés", publication.renewed),
        ("formulaire fermé", "formulaires fermés", publication.closed),
        ("formulaire inchangé", "formulaires inchangés", publication.unchanged),
    )


def _line(singular: str, several: str, codes: list[str]) -> str:
    return f"{len(codes)} {singular if len(codes) == 1 else several} : {', '.join(codes)}"
