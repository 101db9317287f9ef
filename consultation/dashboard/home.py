"""Home page of the staff: setting up until the first opening, then the day and the calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.dashboard import menu
from consultation.dashboard.tasks import Task
from consultation.invitations.models import Mailing, Purpose
from consultation.questionnaires.models import IS_LISTED, Round
from consultation.questionnaires.rounds import lifecycle, queries
from consultation.questionnaires.rounds.lifecycle import RoundState
from consultation.results.coverage import board as coverage_board
from consultation.results.coverage.board import Day
from consultation.web.navigation import MenuStep
from consultation.web.permissions import Permission
from consultation.work.services import Work


@dataclass(frozen=True)
class Milestone:
    """A moment of a round's calendar; `is_now` marks where one is."""

    label: str
    at: datetime
    is_past: bool
    is_now: bool = False


@dataclass(frozen=True)
class Place:
    """Where the team stands in an act, of `count` steps, and what to do next there."""

    step: MenuStep
    count: int
    task: Task


def place(work: Work, worked_on: Round | None, tasks: Sequence[Task]) -> Place | None:
    """Return the earliest step that one of these tasks is of, in the second act after the first.

    While a round is open one consults or reads, whatever else waits.
    """
    is_open = bool(worked_on and lifecycle.state_of(worked_on, work.at) is RoundState.OPEN)
    if first := _earliest(tasks, menu.PRECISE, menu.READ if is_open else None):
        return first
    if is_open and work.actor.may(Permission.READ_RESPONSES):
        task = Task("Le tour est ouvert", "Voir les contributions", "received.responses")
        return Place(menu.CONSULT, len(menu.steps_of(menu.PRECISE)), task)
    return None if is_open else _earliest(tasks, menu.EVALUATE)


def _earliest(tasks: Sequence[Task], act: str, last: MenuStep | None = None) -> Place | None:
    of_act = [(it.step, it) for it in tasks if it.step and it.step.act == act]
    if last:
        of_act = [it for it in of_act if it[0].number <= last.number]
    if not of_act:
        return None
    step, task = min(of_act, key=lambda it: it[0].number)
    return Place(step, len(menu.steps_of(act)), task)


def round_to_set_up(work: Work) -> Round | None:
    """Return the round whose checklist is the home page, None once one has opened for good."""
    has_opened = sa.select(Round.id).where(
        IS_LISTED, ~Round.is_trial, Round.announced_at.is_not(None), Round.opens_at <= work.at
    )
    if (
        not work.actor.may(Permission.RUN_ROUNDS)
        or work.session.scalar(has_opened.limit(1)) is not None
    ):
        return None
    return next(iter(queries.latest_first(work.session)), None)


def days(work: Work, displayed: Round | None) -> Sequence[Day]:
    """Return the contributions of a round by day, nothing before the second one."""
    if displayed is None or work.at < displayed.opens_at or not work.actor.may(Permission.FOLLOW):
        return []
    by_day = coverage_board.per_day(work, displayed)
    return by_day if len(by_day) > 1 else []


def calendar(session: Session, displayed: Round, at: datetime) -> list[Milestone]:
    """Return the moments of a round in their order, with the present one among them."""
    moments = [*_of_round(displayed), *_of_mailings(session, displayed)]
    milestones = [Milestone(label, moment, moment <= at) for label, moment in moments]
    milestones.append(Milestone("On en est ici", at, is_past=True, is_now=True))
    return sorted(milestones, key=lambda it: it.at)


def _of_round(displayed: Round) -> Sequence[tuple[str, datetime]]:
    if lifecycle.state_of(displayed, displayed.opens_at) is RoundState.TRIAL:
        planned = displayed.planned_opening
        opening = [("Ouverture prévue", planned)] if planned else []
        return [
            ("Début de l'essai", displayed.opens_at),
            *opening,
            ("Fermeture", displayed.closes_at),
        ]
    announced = displayed.announced_at
    first = [("Annonce", announced)] if announced and announced < displayed.opens_at else []
    return [*first, ("Ouverture", displayed.opens_at), ("Fermeture", displayed.closes_at)]


def _of_mailings(session: Session, displayed: Round) -> Sequence[tuple[str, datetime]]:
    started = session.execute(
        sa.select(Mailing.purpose, Mailing.started_at)
        .where(Mailing.round_id == displayed.id, Mailing.started_at.is_not(None))
        .order_by(Mailing.started_at)
    )
    labels = {
        Purpose.INVITATION: "Invitations",
        Purpose.REMINDER: "Rappel",
        Purpose.EDITION: "Suites données",
    }
    return [(labels[purpose], moment) for purpose, moment in started if moment is not None]
