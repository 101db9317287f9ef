"""Load a plan while a round is open: its measures, their forms, and what nobody answered."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.plan import importing
from consultation.plan.drafts import PlanDraft
from consultation.plan.importing import PlanChanges
from consultation.plan.models import Measure
from consultation.questionnaires import publishing, rounds
from consultation.questionnaires.models import Questionnaire
from consultation.questionnaires.publishing import Publication
from consultation.responses.models import Response


@dataclass(frozen=True)
class Loaded:
    """What loading changed: in the plan, in the forms, and the shipped themes that are gone."""

    changes: PlanChanges
    publication: Publication | None
    """None when no round is open: forms are then published with the next one."""
    removed: list[str]


def load_plan(session: Session, draft: PlanDraft, at: datetime) -> Loaded:
    """Make the plan that of `draft` and bring the forms of the open round to it.

    Flushes and never commits: to preview, load and roll back.
    """
    changes = importing.apply(session, draft, at)
    consultation_round = rounds.current(session, at)
    publication = None
    if consultation_round is not None and consultation_round.is_open(at):
        publication = publishing.publish(session, consultation_round, at)
    return Loaded(changes, publication, _remove_unanswered_themes(session))


def _remove_unanswered_themes(session: Session) -> list[str]:
    """Delete the shipped themes that are retired and that nobody answered, with their forms."""
    answered = (
        sa.exists()
        .where(Response.questionnaire_id == Questionnaire.id)
        .where(Questionnaire.measure_id == Measure.id)
    )
    gone = session.scalars(
        sa.select(Measure).where(Measure.is_shipped, Measure.retired_at.is_not(None), ~answered)
    ).all()
    for measure in gone:
        publishing.remove_forms(session, measure.id)
        importing.remove_measure(session, measure)
    session.flush()
    return [measure.code for measure in gone]


def describe(loaded: Loaded) -> list[str]:
    """Return in French, line by line, what loading changed or would change."""
    lines = importing.describe(loaded.changes)
    if loaded.removed:
        lines.append(
            _line("thème fourni qui disparaît", "thèmes fournis qui disparaissent", loaded.removed)
        )
    if loaded.publication is None:
        return [*lines, "Aucun tour n'est ouvert : aucun formulaire n'est publié ni fermé."]
    named = (
        ("formulaire ouvert", "formulaires ouverts", loaded.publication.opened),
        ("formulaire renouvelé", "formulaires renouvelés", loaded.publication.renewed),
        ("formulaire fermé", "formulaires fermés", loaded.publication.closed),
        ("formulaire inchangé", "formulaires inchangés", loaded.publication.unchanged),
    )
    return lines + [_line(one, several, codes) for one, several, codes in named if codes]


def _line(one: str, several: str, codes: list[str]) -> str:
    return f"{len(codes)} {one if len(codes) == 1 else several} : {', '.join(codes)}"
