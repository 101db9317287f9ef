"""Load or edit a plan, a round being open or not: its measures, forms, what nobody answered."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

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
from consultation.web.permissions import Actor, NotAllowed, Permission


@dataclass(frozen=True)
class Loaded:
    """What loading changed: in the plan, in the forms, and the shipped themes that are gone."""

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
    """What happens to some forms, in French; `kept` contributions stay with what they answered."""

    label: str
    codes: Sequence[str]
    kept: int = 0
    is_listed: bool = True


@dataclass(frozen=True)
class Revised:
    """What an edit or an import changed, and the mark of that change in the plan as it was."""

    loaded: Loaded
    mark: str

    @property
    def needs_showing(self) -> bool:
        """Say whether it touches forms that are open, or deletes what can't be brought back."""
        has_forms = self.loaded.publication is not None
        return not self.loaded.changes.is_empty and (has_forms or bool(self.loaded.removed))


def revise(
    session: Session, actor: Actor, change: Callable[[PlanDraft], PlanDraft], at: datetime
) -> Revised:
    """Make the plan in force what `change` makes of it, one organiser at a time.

    Raise `NotAllowed`, and what `change` raises.  Flushes and never commits: to preview, roll back.
    """
    if not actor.may(Permission.EDIT_PLAN):
        raise NotAllowed(Permission.EDIT_PLAN)
    apply.lock_plan(session)
    before = writer.draft_of(session)
    loaded = load_plan(session, change(before), at)
    return Revised(loaded, _mark(before, loaded))


def load_plan(session: Session, draft: PlanDraft, at: datetime) -> Loaded:
    """Make the plan that of `draft`, and bring to it the forms of every round that is not over.

    Waits for whoever edits the plan.  Flushes and never commits: to preview, load and roll back.
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
    """Bring to the plan the forms of the rounds after the current one, made when announced.

    Return the codes of those of which any form changed.
    """
    later = [one for one in lifecycle.announced(session) if one != current and at < one.closes_at]
    made = {one.code: publish.publish(session, one, at) for one in later}
    return [code for code, it in made.items() if it.opened or it.renewed or it.closed]


def _kept(
    session: Session, consultation_round: Round, publication: Publication | None
) -> dict[str, int]:
    """Count the contributions to the forms that are renewed or closed, all versions together."""
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
    """Return the mark of a change: it says the same of the same plan, whatever arrives since."""
    forms = loaded.publication
    touched = forms and (forms.opened, forms.renewed, forms.closed)
    content = repr((before, loaded.changes, touched, loaded.removed))
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _remove_unanswered_themes(session: Session) -> list[str]:
    """Delete the shipped themes that are retired, with their forms, unless somebody wrote on them.

    Who began a form and did not send it has written too.  The forms are held before anybody looks:
    who is sending one is waited for, and who sends one later finds that it is gone.
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
    unanswered = sa.select(Measure).where(retired, ~answered, ~begun)
    gone = session.scalars(unanswered.order_by(Measure.position, Measure.id)).all()
    for measure in gone:
        publish.remove_forms(session, measure.id)
        apply.remove_measure(session, measure)
    session.flush()
    return [measure.code for measure in gone]


FOLLOWED = "Les formulaires du tour déjà annoncé changent de même"


def describe(loaded: Loaded) -> list[str]:
    """Return in French, line by line, what loading changed or would change."""
    lines = apply.describe(loaded.changes)
    if loaded.removed:
        lines.append(
            _line("thème fourni qui disparaît", "thèmes fournis qui disparaissent", loaded.removed)
        )
    if loaded.publication is None:
        return [*lines, "Aucun tour n'est ouvert : aucun formulaire n'est publié ni fermé."]
    named = _forms(loaded.publication)
    lines += [_line(one, several, codes) for one, several, codes in named if codes]
    if loaded.followed:
        lines.append(f"{FOLLOWED} : {', '.join(loaded.followed)}")
    return lines


def form_groups(loaded: Loaded) -> list[FormGroup]:
    """Return what happens to the forms of the open round, the empty left out."""
    if loaded.publication is None:
        return []
    return [
        FormGroup(
            one if len(codes) == 1 else several,
            codes,
            sum(loaded.kept.get(code, 0) for code in codes),
            is_listed=codes is not loaded.publication.unchanged,
        )
        for one, several, codes in _forms(loaded.publication)
        if codes
    ]


def _forms(publication: Publication) -> tuple[tuple[str, str, list[str]], ...]:
    return (
        ("formulaire ouvert", "formulaires ouverts", publication.opened),
        ("formulaire renouvelé", "formulaires renouvelés", publication.renewed),
        ("formulaire fermé", "formulaires fermés", publication.closed),
        ("formulaire inchangé", "formulaires inchangés", publication.unchanged),
    )


def _line(one: str, several: str, codes: list[str]) -> str:
    return f"{len(codes)} {one if len(codes) == 1 else several} : {', '.join(codes)}"
