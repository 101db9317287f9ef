"""What an organiser does with rounds: prepare one, change it, and take it from step to step."""

import enum
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.questionnaires.models import Questionnaire, Round, StoredOutline
from consultation.questionnaires.outline import service, store
from consultation.questionnaires.publication import publish, review
from consultation.questionnaires.publication.publish import Publication
from consultation.questionnaires.rounds import forms, lifecycle, queries, texts
from consultation.questionnaires.rounds.forms import RoundRefused
from consultation.questionnaires.rounds.lifecycle import (
    RoundDraft,
    RoundState,
    RoundStateRefused,
    RoundTyped,
)
from consultation.web.permissions import Actor, NotAllowed, Permission


class Step(enum.StrEnum):
    """What can be done with a round as a whole."""

    ANNOUNCE = "announce"
    OPEN = "open"
    CLOSE = "close"
    REOPEN = "reopen"
    REMOVE = "remove"


POSSIBLE = {
    RoundState.PREPARED: (Step.ANNOUNCE, Step.OPEN, Step.REMOVE),
    RoundState.ANNOUNCED: (Step.OPEN,),
    RoundState.OPEN: (Step.CLOSE,),
    RoundState.CLOSED: (Step.REOPEN,),
}
"""The steps that each state leads to."""

PUBLISHING = (Step.ANNOUNCE, Step.OPEN)
"""The steps that publish what was prepared, forms included."""


class RoundChanged(Exception):
    """Somebody else changed the round since it was read."""


@dataclass(frozen=True)
class Taken:
    """What a step came to; `publication` says what became of the forms, if they were published."""

    round: Round
    publication: Publication | None = None


def listed(session: Session, actor: Actor) -> list[Round]:
    """Return all rounds, the latest first, those in preparation included."""
    _check(actor)
    return list(session.scalars(sa.select(Round).order_by(Round.opens_at.desc(), Round.id.desc())))


def find(session: Session, actor: Actor, code: str) -> Round | None:
    """Return the round of that code, if there is one."""
    _check(actor)
    return session.scalars(sa.select(Round).where(Round.code == code)).one_or_none()


def prepare(session: Session, actor: Actor, typed: RoundTyped, at: datetime) -> Round:
    """Add a round that asks and says what the last one did; raise `RoundRefused`."""
    _check(actor)
    lifecycle.hold(session)
    draft = forms.draft_of(typed, at)
    _check_place(session, None, draft)
    new = Round(
        code=draft.code,
        title=draft.title,
        opens_at=draft.opens_at,
        closes_at=draft.closes_at,
        document_url=draft.document_url,
    )
    return queries.add(session, new, at, by=actor.id)


def change(
    session: Session, actor: Actor, code: str, typed: RoundTyped, seen: str, at: datetime
) -> Round:
    """Give a round other dates, titles or address, as far as its state lets it.

    `seen` is the digest of what the organiser read.  Raise `RoundRefused` or `RoundChanged`.
    """
    _check(actor)
    lifecycle.hold(session)
    changed = queries.by_code(session, code)
    session.refresh(changed)  # it may have been read before its turn came
    before = forms.typed_of(changed)
    if seen != before.digest:
        raise RoundChanged
    draft = forms.draft_of(typed, at, changed)
    _check_place(session, changed, draft)
    changed.title, changed.code, changed.document_url = draft.title, draft.code, draft.document_url
    changed.opens_at, changed.closes_at = draft.opens_at, draft.closes_at
    session.flush()
    after = forms.typed_of(changed)
    fields = [name for name in vars(after) if getattr(after, name) != getattr(before, name)]
    if fields:
        details = {"fields": fields, "closes_at": changed.closes_at.isoformat()}
        audit_log.record(session, actor.id, "round_changed", changed.code, details, at=at)
    return changed


def take(
    session: Session,
    actor: Actor,
    code: str,
    step: Step,
    at: datetime,
    closes_at: datetime | None = None,
) -> Taken:
    """Take a round one step on; `closes_at` is until when it is reopened.

    Announcing and opening publish the outline that was worked on, and all forms; reopening brings
    the forms to the plan, which did not change them while the round was closed.  Raise `NoRound`
    or `RoundStateRefused`.
    """
    _check(actor)
    is_reopened = step is Step.REOPEN
    hold = lifecycle.hold_to_publish if step in PUBLISHING or is_reopened else lifecycle.hold
    hold(session)
    moved = queries.by_code(session, code)
    _move(session, actor, moved, step, at, closes_at or at)
    if step in PUBLISHING:
        refuse_faults(session, moved)
        return Taken(moved, publish.publish_outline(session, moved, at))
    return Taken(moved, publish.publish(session, moved, at) if is_reopened else None)


def refusal(
    session: Session, consultation_round: Round, step: Step, at: datetime
) -> RoundStateRefused | None:
    """Return why a step to which the state leads would be refused now, or None.

    What the questionnaire lacks is not among it: see `fault_count`.
    """
    try:
        if step is Step.ANNOUNCE:
            lifecycle.refuse_announcing(session, consultation_round, at)
        elif step is Step.OPEN:
            lifecycle.refuse_opening(session, consultation_round, at, consultation_round.closes_at)
        elif step is Step.REOPEN:
            soon = at + lifecycle.SHORTEST
            lifecycle.refuse_reopening(session, consultation_round, at, soon)
    except RoundStateRefused as refused:
        return refused
    return None


def _move(
    session: Session, actor: Actor, moved: Round, step: Step, at: datetime, closes_at: datetime
) -> None:
    match step:
        case Step.ANNOUNCE:
            lifecycle.announce(session, moved, at, by=actor.id)
        case Step.OPEN:
            lifecycle.open_now(session, moved, at, by=actor.id)
        case Step.CLOSE:
            lifecycle.close_now(session, moved, at, by=actor.id)
        case Step.REOPEN:
            lifecycle.reopen(session, moved, closes_at, at, by=actor.id)
        case Step.REMOVE:
            _remove(session, actor, moved, at)


def is_removable(session: Session, consultation_round: Round) -> bool:
    """Say whether a round may disappear: it was never public, and none of its forms either."""
    if consultation_round.announced_at is not None:
        return False
    forms = sa.select(Questionnaire.id).where(Questionnaire.round_id == consultation_round.id)
    published = sa.select(StoredOutline.id).where(
        StoredOutline.round_id == consultation_round.id, StoredOutline.published_at.is_not(None)
    )
    return session.scalar(forms.limit(1)) is None and session.scalar(published.limit(1)) is None


def fault_count(session: Session, consultation_round: Round) -> int:
    """Count what is wrong with the outline that publishing would freeze, or breaks comparison."""
    working = store.working(session, consultation_round)
    faults = service.find_all_errors(session, working)
    return len(faults) + len(review.breaks_of(session, consultation_round, working))


def refuse_faults(session: Session, consultation_round: Round) -> None:
    """Raise `RoundStateRefused` when publishing would refuse the outline, for the same reasons."""
    count = fault_count(session, consultation_round)
    if count:
        raise RoundStateRefused(
            f"Le questionnaire a {count} point{'s' if count > 1 else ''} à corriger :"
            " rien n'est publié. La page du questionnaire les montre."
        )


def _remove(session: Session, actor: Actor, prepared: Round, at: datetime) -> None:
    if not is_removable(session, prepared):
        raise RoundStateRefused("Ce tour a été rendu public : il ne peut plus être supprimé.")
    texts.remove(session, prepared)
    session.execute(sa.delete(StoredOutline).where(StoredOutline.round_id == prepared.id))
    session.delete(prepared)
    audit_log.record(session, actor.id, "round_removed", prepared.code, at=at)
    session.flush()


def _check_place(session: Session, changed: Round | None, draft: RoundDraft) -> None:
    """Refuse a code that another round has, and dates that others need."""
    namesake = session.scalars(sa.select(Round).where(Round.code == draft.code)).one_or_none()
    if namesake is not None and (changed is None or namesake.id != changed.id):
        raise RoundRefused({"code": "Un autre tour a déjà ce code : choisissez-en un autre."})
    try:
        lifecycle.refuse_overlap(session, changed, draft.opens_at, draft.closes_at)
    except RoundStateRefused as refused:
        raise RoundRefused({"closes_day": str(refused)}) from None


def _check(actor: Actor) -> None:
    if not actor.may(Permission.RUN_ROUNDS):
        raise NotAllowed(Permission.RUN_ROUNDS)
