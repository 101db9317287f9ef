"""Editions of the plan: prepared, checked, and published with the decisions they carry out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from consultation.decisions import content
from consultation.decisions.models import (
    EditionDecision,
    IndicatorChange,
    IndicatorDecision,
    PlanEdition,
)
from consultation.decisions.recorded import edition_of_decision, is_in_force
from consultation.editions.publication import LARGEST_NUMBER, EditionSeries
from consultation.i18n import Localized, folded, localized
from consultation.plan import apply, drafts, queries
from consultation.plan.drafts import IndicatorDraft, PlanDraft
from consultation.plan.measurement.values import EMPTY, from_json
from consultation.responses import plan_changes
from consultation.responses.plan_changes import Revised
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

LONGEST_VERSION_REASON = 500
"""The reason of a version of an indicator is cut there; the decision has it whole."""


@dataclass(frozen=True)
class EditionObstacle:
    """A decision that can't be published, and in French why and what to do."""

    decision: IndicatorDecision
    sentence: str


class Obstructed(Exception):
    """An edition holds decisions that can't be published; nothing of it was."""

    def __init__(self, obstacles: Sequence[EditionObstacle]) -> None:
        super().__init__(len(obstacles))
        self.obstacles = obstacles


GONE = "L'indicateur a été retiré depuis. Remettez-le, ou ôtez la décision de l'édition."
REWORDED = "Le texte de l'indicateur a changé depuis. Décidez de nouveau, d'après le texte actuel."
CODE_TAKEN = "Le code du nouvel indicateur est déjà pris. Décidez de nouveau, avec un autre code."
NO_MEASURE = "La mesure n'est plus dans le plan. Remettez-la, ou ôtez la décision de l'édition."


def _options() -> Sequence[ORMOption]:
    decisions = selectinload(PlanEdition.decisions)
    measure, indicator = IndicatorDecision.measure, IndicatorDecision.indicator
    return [decisions.options(joinedload(measure), joinedload(indicator))]


EDITIONS = EditionSeries(
    PlanEdition, "l'édition en préparation", "edition_published", apply.lock_plan, _options
)
edition_in_preparation, discard = EDITIONS.in_preparation, EDITIONS.discard
published, published_edition = EDITIONS.published, EDITIONS.published_edition


class Front(NamedTuple):
    """What a published edition says of itself; the hash stands for the plan that it froze."""

    number: int
    title: Localized
    introduction: Localized | None
    published_at: datetime
    content_hash: str


def fronts(session: Session) -> Sequence[Front]:
    """Return the fronts of the published editions, the latest first."""
    return [Front(*it) for it in session.execute(_fronts())]


def front(session: Session, number: int | None = None) -> Front | None:
    """Return the front of a published edition, by default of the last one."""
    if number is not None and number > LARGEST_NUMBER:
        return None
    which = sa.true() if number is None else PlanEdition.number == number
    row = session.execute(_fronts().where(which).limit(1)).one_or_none()
    return None if row is None else Front(*row)


def content_of(session: Session, front: Front) -> Mapping[str, Any]:
    """Return the plan that a published edition froze."""
    query = sa.select(PlanEdition.content).where(
        PlanEdition.number == front.number, PlanEdition.content_hash == front.content_hash
    )
    frozen: Mapping[str, Any] = session.execute(query).scalar_one()
    return frozen


def _fronts() -> sa.Select[Any]:
    return (
        sa.select(*(getattr(PlanEdition, name) for name in Front._fields))
        .where(PlanEdition.published_at.is_not(None))
        .order_by(PlanEdition.number.desc())
    )


def unpublished_decisions(session: Session) -> Sequence[IndicatorDecision]:
    """Return the decisions that no other supersedes and no edition has published, in plan order."""
    rows = session.scalars(
        sa.select(IndicatorDecision)
        .where(*_waits())
        .options(joinedload(IndicatorDecision.measure), joinedload(IndicatorDecision.indicator))
        .order_by(IndicatorDecision.id)
    ).all()
    return sorted(rows, key=_place)


def unpublished_count(session: Session) -> int:
    """Count the decisions that wait for an edition."""
    counted = sa.select(sa.func.count(IndicatorDecision.id)).where(*_waits())
    return session.scalar(counted) or 0


def _waits() -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Return the conditions of a decision that no other supersedes and no edition has published."""
    published = sa.select(edition_of_decision().subquery().c.decision_id)
    return is_in_force(), IndicatorDecision.id.not_in(published)


def numbers_of(session: Session, decision_ids: Collection[int]) -> Mapping[int, int]:
    """Return the number of the edition that published each of these decisions."""
    rows = session.execute(
        sa.select(EditionDecision.decision_id, PlanEdition.number)
        .join(PlanEdition, PlanEdition.id == EditionDecision.edition_id)
        .where(EditionDecision.decision_id.in_(decision_ids), PlanEdition.published_at.is_not(None))
    )
    return dict(rows.all())


@needs(Permission.PUBLISH_EDITIONS)
def prepare(
    work: Work,
    title: Localized,
    introduction: Localized | None,
    decision_ids: Collection[int],
    seen_at: datetime | None,
) -> PlanEdition:
    """Prepare the next edition, or change the one in preparation; raise `StaleEdit`."""
    texts = {"title": title, "introduction": introduction}
    edition = EDITIONS.prepare(work, texts, seen_at)
    edition.decisions = [
        it for it in unpublished_decisions(work.session) if it.id in set(decision_ids)
    ]
    work.session.flush()
    return edition


def obstacles(session: Session, edition: PlanEdition) -> list[EditionObstacle]:
    """Return the decisions of an edition that can't be carried out, in their order."""
    codes: set[str] = set()
    obstacles_met = []
    for decision in edition.decisions:
        code = folded(decision.code or "")
        sentence = CODE_TAKEN if code and code in codes else _obstacle(session, decision)
        codes.add(code)
        if sentence is not None:
            obstacles_met.append(EditionObstacle(decision, sentence))
    return obstacles_met


@dataclass(frozen=True)
class Published:
    """An edition that was published, and what its decisions changed in plan and forms."""

    edition: PlanEdition
    revised: Revised


@needs(Permission.PUBLISH_EDITIONS)
def publish(work: Work, seen_at: datetime, *, needs_second: bool = False) -> Published:
    """Carry out the decisions of the edition in preparation and freeze it, all or nothing.

    Raise `StaleEdit`, `Obstructed` or `SecondPersonNeeded`.  Flushes and never commits: to
    preview, publish and roll back.
    """
    edition = EDITIONS.ready(work, seen_at, needs_second=needs_second)
    obstacles_met = obstacles(work.session, edition)
    if obstacles_met:
        raise Obstructed(obstacles_met)
    decided = list(edition.decisions)
    revised = plan_changes.revise(work, lambda draft: reduce(_carry_out, decided, draft))
    work.session.flush()
    work.session.expire_all()
    EDITIONS.freeze(work, edition, content.frozen(work.session), decisions=len(decided))
    return Published(edition, revised)


def _carry_out(draft: PlanDraft, decision: IndicatorDecision) -> PlanDraft:
    if decision.change is IndicatorChange.KEEP:
        return draft
    if decision.indicator is not None and decision.change is IndicatorChange.RETIRE:
        return drafts.retire_indicator(draft, decision.indicator.code)
    wording = decision.wording or {}
    reason = localized(decision.reason, "fr")[:LONGEST_VERSION_REASON]
    if decision.indicator is not None:
        measure, before = drafts.indicator_of(draft, decision.indicator.code)
        after = replace(before, **wording, reason=reason)
        if decision.measurement is not None:
            after = replace(after, measurement=from_json(decision.measurement))
        return drafts.put_indicator(draft, measure.code, after)
    measurement = from_json(decision.measurement) if decision.measurement else EMPTY
    added = IndicatorDraft(
        code=decision.code or "", **wording, measurement=measurement, reason=reason
    )
    return drafts.put_indicator(draft, decision.measure.code, added)


def _obstacle(session: Session, decision: IndicatorDecision) -> str | None:
    if decision.measure.retired_at is not None:
        return NO_MEASURE
    if decision.indicator is not None:
        if decision.indicator.retired_at is not None:
            return GONE
        is_same = decision.indicator.version.id == decision.version_id
        return None if is_same else REWORDED
    if decision.change is IndicatorChange.ADD:
        is_taken = queries.stored_indicator(session, decision.code or "") is not None
        return CODE_TAKEN if is_taken else None
    return None


def _place(decision: IndicatorDecision) -> tuple[int, int, int]:
    position = decision.indicator.position if decision.indicator else 10_000
    return decision.measure.position, position, decision.id
