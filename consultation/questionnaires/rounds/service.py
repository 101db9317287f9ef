"""Service of rounds: creation, changes and steps, by an actor.

Every change is locked, checked against the state of the round (`lifecycle`) and noted in the
audit log; `by` is the account that made it, None from the command line.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.clock import in_paris
from consultation.collective import stale_translations
from consultation.db.stale import StaleEdit
from consultation.i18n import LOCALES, Localized, key_of
from consultation.questionnaires.models import IS_LISTED, Questionnaire, Round, StoredOutline
from consultation.questionnaires.outline import service as outline_service
from consultation.questionnaires.outline import store
from consultation.questionnaires.publication import publish, review
from consultation.questionnaires.publication.publish import Publication
from consultation.questionnaires.rounds import lifecycle, queries, texts
from consultation.questionnaires.rounds.lifecycle import (
    CLOSING_IS_PAST,
    EDITABLE,
    PUBLISHING,
    RoundDraft,
    RoundRefused,
    RoundState,
    RoundStateRefused,
    Step,
)
from consultation.web.permissions import Permission
from consultation.web.typography import counted
from consultation.work.services import Work, needs

FIRST_DAYS = 7
"""In how many days a round opens whose opening nobody has written yet."""


@dataclass(frozen=True)
class StepResult:
    """A round after a step; `publication` says which forms were published, if any had to be."""

    round: Round
    publication: Publication | None = None


@needs(Permission.RUN_ROUNDS)
def list_rounds(work: Work) -> Sequence[Round]:
    """Return all rounds, the latest first, those in preparation included."""
    return queries.latest_first(work.session)


@needs(Permission.RUN_ROUNDS)
def find(work: Work, code: str) -> Round | None:
    of_code = sa.select(Round).where(Round.code == code, IS_LISTED)
    return work.session.scalars(of_code).one_or_none()


@needs(Permission.RUN_ROUNDS)
def prepare(work: Work, draft: RoundDraft) -> Round:
    """Add a round with the questionnaire and the texts of the last one; raise `RoundRefused`."""
    lifecycle.lock(work.session)
    _check_draft(work.session, None, draft, RoundState.PREPARED, work.at)
    new = Round(
        code=draft.code,
        title=draft.title,
        opens_at=draft.opens_at,
        closes_at=draft.closes_at,
        document_url=draft.document_url,
        languages=draft.languages,
    )
    return _add(work.session, new, work.at, by=work.actor.id)


@needs(Permission.RUN_ROUNDS)
def change(work: Work, code: str, draft: RoundDraft, seen: str) -> Round:
    """Give a round other dates, titles or address, as far as its state lets it.

    `seen` is the digest of what the form was filled from.  Raise `RoundRefused` or `StaleEdit`.
    """
    lifecycle.lock(work.session)
    changed = queries.by_code(work.session, code)
    work.session.refresh(changed)  # it may have been read before the lock was granted
    before, state = lifecycle.draft_of(changed), lifecycle.state_of(changed, work.at)
    if seen != before.digest:
        raise StaleEdit("le tour")
    kept = set(vars(before)) - EDITABLE[state]
    draft = replace(draft, **{name: getattr(before, name) for name in kept})
    _check_draft(work.session, changed, draft, state, work.at)
    for name, value in vars(draft).items():
        setattr(changed, name, value)
    stale_translations.note(work.session, [(before.title, draft.title)])
    work.session.flush()
    was, becomes = _field_values(before), _field_values(draft)
    if fields := [name for name, value in becomes.items() if value != was[name]]:
        details = {"fields": fields, "closes_at": changed.closes_at.isoformat()}
        audit_log.log(work, "round_changed", changed.code, details)
    return changed


@needs(Permission.RUN_ROUNDS)
def translate_title(work: Work, code: str, title: Localized) -> None:
    """Give a round other translations of its title, whatever its dates have become meanwhile."""
    changed = queries.by_code(work.session, code)
    names = [key_of("title", tag) for tag in LOCALES if title.get(tag) != changed.title.get(tag)]
    stale_translations.note(work.session, [(changed.title, title)])
    changed.title = title
    work.session.flush()
    audit_log.log(work, "round_changed", code, {"fields": names})


@needs(Permission.RUN_ROUNDS)
def take(work: Work, code: str, step: Step, closes_at: datetime | None = None) -> StepResult:
    """Take a round one step on; `closes_at` is until when it is reopened.

    Announcing and opening publish the working outline and all forms; reopening brings the forms
    to the plan, whose changes they did not follow while the round was closed.  Raise `NoRound` or
    `RoundStateRefused`.
    """
    is_reopened = step is Step.REOPEN
    if step in PUBLISHING or is_reopened:
        lifecycle.lock_to_publish(work.session)
    else:
        lifecycle.lock(work.session)
    moved = queries.by_code(work.session, code)
    _take(work, moved, step, closes_at or work.at)
    if step in PUBLISHING:
        refuse_errors(work.session, moved)
        return StepResult(moved, publish.publish_outline(work.session, moved, work.at))
    return StepResult(moved, publish.publish(work.session, moved, work.at) if is_reopened else None)


def start_trial(session: Session, at: datetime) -> Round:
    """Open a new first round as a trial; the caller publishes its forms next."""
    lifecycle.lock_to_publish(session)
    prepared = prepare_first(session, at)
    lifecycle.try_out(session, prepared, at)
    _record(session, prepared, "round_tried_out", at)
    return prepared


def prepare_first(session: Session, at: datetime) -> Round:
    """Add a first round in preparation, with what the site ships, a week ahead."""
    code, title = queries.numbered(session)
    opens_at = queries.end_of_day_in_paris(at, FIRST_DAYS)
    closes_at = queries.end_of_day_in_paris(opens_at, queries.ROUND_DAYS)
    return _add(session, Round(code=code, title=title, opens_at=opens_at, closes_at=closes_at), at)


@needs(Permission.RUN_ROUNDS)
def end_trial(work: Work, code: str) -> tuple[Round, Round]:
    """End a trial: return its round, to be erased, and the one in preparation in its place.

    That one has the same code, titles and dates, and the questionnaire and the texts as they now
    are.  Nothing is stored in the trial from this transaction on.  Raise `NoRound` or
    `RoundStateRefused`.
    """
    lifecycle.lock(work.session)
    trial = queries.by_code(work.session, code)
    work.session.refresh(trial)
    if not trial.is_trial:
        raise RoundStateRefused("Ce tour n'est pas à l'essai.")
    opens_at = trial.planned_opening or queries.end_of_day_in_paris(work.at, FIRST_DAYS)
    opens_at = opens_at if opens_at > work.at else queries.end_of_day_in_paris(work.at, FIRST_DAYS)
    closes_at = max(trial.closes_at, queries.end_of_day_in_paris(opens_at, 1))
    _record(work.session, trial, "round_trial_ended", work.at, work.actor.id)
    trial.code, trial.announced_at, trial.trial_ended_at = f"essai-{trial.id}", None, work.at
    work.session.flush()
    successor = Round(
        code=code,
        title=trial.title,
        opens_at=opens_at,
        closes_at=closes_at,
        document_url=trial.document_url,
        languages=trial.languages,
    )
    return trial, _add(work.session, successor, work.at, by=work.actor.id, earlier=trial)


def open_round(
    session: Session, at: datetime, closes_at: datetime | None = None, code: str | None = None
) -> Round:
    """Open at once what `choose_to_open` returns; the caller publishes its forms next."""
    chosen = choose_to_open(session, at, closes_at, code)
    open_chosen(session, chosen, at, closes_at)
    return chosen


def choose_to_open(
    session: Session, at: datetime, closes_at: datetime | None = None, code: str | None = None
) -> Round:
    """Return the round of that code, else the announced one that waits, else a new one.

    A new one lasts `ROUND_DAYS` unless `closes_at` is given.  Raise `NoRound` or
    `RoundStateRefused`.
    """
    lifecycle.lock_to_publish(session)
    chosen = queries.by_code(session, code) if code else queries.current(session, at)
    if code is None and chosen is not None:
        if chosen.is_open(at):
            raise RoundStateRefused("Un tour est déjà ouvert : fermez-le d'abord.")
        chosen = chosen if at < chosen.opens_at else None
    if chosen is None:
        _refuse_prepared(session)
        closes_at = closes_at or queries.end_of_day_in_paris(at, queries.ROUND_DAYS)
        if closes_at <= at:
            raise RoundStateRefused(CLOSING_IS_PAST)
        code, title = queries.numbered(session)
        earlier = _last_announced(session)
        languages = earlier.languages if earlier else None
        dates = {"opens_at": at, "closes_at": closes_at}
        chosen = _add(session, Round(code=code, title=title, languages=languages, **dates), at)
    return chosen


def open_chosen(
    session: Session,
    chosen: Round,
    at: datetime,
    closes_at: datetime | None = None,
    despite: Sequence[str] = (),
) -> None:
    """Open a round at once from the command line, `despite` these points of its checklist.

    The caller publishes its forms next.  Raise `RoundStateRefused`.
    """
    lifecycle.open_now(session, chosen, at, closes_at)
    _record(session, chosen, "round_opened", at, despite=[*despite])


def close_round(session: Session, at: datetime) -> Round:
    """Close the open round at once; raise `NoRound` or `RoundStateRefused`."""
    lifecycle.lock(session)
    current = queries.in_force(session, at)
    if not current.is_open(at):
        raise RoundStateRefused("Aucun tour n'est ouvert.")
    lifecycle.close_now(current, at)
    _record(session, current, "round_closed", at)
    return current


def is_removable(session: Session, consultation_round: Round) -> bool:
    """Whether a round may disappear: it was never public, and none of its forms either."""
    if consultation_round.announced_at is not None:
        return False
    forms = sa.select(Questionnaire.id).where(Questionnaire.round_id == consultation_round.id)
    published = sa.select(StoredOutline.id).where(
        StoredOutline.round_id == consultation_round.id, StoredOutline.published_at.is_not(None)
    )
    return session.scalar(forms.limit(1)) is None and session.scalar(published.limit(1)) is None


def error_count(session: Session, consultation_round: Round) -> int:
    """Count the errors of the working outline, broken comparisons with earlier rounds included."""
    working = store.working(session, consultation_round)
    errors = outline_service.find_all_errors(session, working)
    return len(errors) + len(review.find_breaks(session, consultation_round, working))


def refuse_errors(session: Session, consultation_round: Round) -> None:
    """Raise `RoundStateRefused` when publishing would refuse the outline, for the same reasons."""
    count = error_count(session, consultation_round)
    if count:
        raise RoundStateRefused(
            f"Le questionnaire a {counted(count, 'point', 'points')} à corriger :"
            " rien n'est publié. La page du questionnaire les montre."
        )


def _add(
    session: Session,
    new: Round,
    at: datetime,
    by: int | None = None,
    earlier: Round | None = None,
) -> Round:
    """Store a round in preparation, with questionnaire and texts of `earlier` or the last one."""
    earlier = earlier or _last_announced(session)
    session.add(new)
    session.flush()
    store.start_from(session, new, earlier, at)
    if earlier is not None:
        texts.copy(session, earlier, new, by=by, at=at)
    details = {"round_id": new.id, "from": earlier and earlier.code}
    audit_log.record(session, by, "round_created", new.code, details, at=at)
    session.flush()
    return new


def _last_announced(session: Session) -> Round | None:
    return next(iter(reversed(lifecycle.announced(session))), None)


def _take(work: Work, moved: Round, step: Step, closes_at: datetime) -> None:
    match step:
        case Step.TRY_OUT:
            lifecycle.try_out(work.session, moved, work.at)
            _record(work.session, moved, "round_tried_out", work.at, work.actor.id)
        case Step.ANNOUNCE:
            lifecycle.announce(work.session, moved, work.at)
            _record(work.session, moved, "round_announced", work.at, work.actor.id)
        case Step.OPEN:
            lifecycle.open_now(work.session, moved, work.at)
            _record(work.session, moved, "round_opened", work.at, work.actor.id)
        case Step.CLOSE:
            lifecycle.close_now(moved, work.at)
            _record(work.session, moved, "round_closed", work.at, work.actor.id)
        case Step.REOPEN:
            closed_at = moved.closes_at.isoformat()
            lifecycle.reopen(work.session, moved, closes_at, work.at)
            _record(
                work.session, moved, "round_reopened", work.at, work.actor.id, closed_at=closed_at
            )
        case Step.REMOVE:
            _remove(work, moved)


def _record(
    session: Session,
    consultation_round: Round,
    action: str,
    at: datetime,
    by: int | None = None,
    **more: Any,
) -> None:
    session.flush()
    details = {
        **more,
        "opens_at": consultation_round.opens_at.isoformat(),
        "closes_at": consultation_round.closes_at.isoformat(),
    }
    audit_log.record(session, by, action, consultation_round.code, details, at=at)


def _remove(work: Work, prepared: Round) -> None:
    if not is_removable(work.session, prepared):
        raise RoundStateRefused("Ce tour a été rendu public : il ne peut plus être supprimé.")
    texts.remove(work.session, prepared)
    work.session.execute(sa.delete(StoredOutline).where(StoredOutline.round_id == prepared.id))
    work.session.delete(prepared)
    audit_log.log(work, "round_removed", prepared.code)
    work.session.flush()


def _field_values(draft: RoundDraft) -> dict[str, object]:
    opens_at, closes_at = in_paris(draft.opens_at), in_paris(draft.closes_at)
    return {
        **{key_of("title", tag): draft.title.get(tag) for tag in LOCALES},
        "code": draft.code,
        "opens_day": opens_at.date(),
        "opens_hour": (opens_at.hour, opens_at.minute),
        "closes_day": closes_at.date(),
        "closes_hour": (closes_at.hour, closes_at.minute),
        "document_url": draft.document_url,
        "languages": draft.languages,
    }


def _refuse_prepared(session: Session) -> None:
    """Refuse to pass over a round in preparation, which an organiser may be writing."""
    code = session.scalar(
        sa.select(Round.code)
        .where(IS_LISTED, Round.announced_at.is_(None))
        .order_by(Round.id)
        .limit(1)
    )
    if code is not None:
        raise RoundStateRefused(
            f"Le tour « {code} » est en préparation : « consultation round open --round {code} »"
            " l'ouvre."
        )


def _check_draft(
    session: Session, changed: Round | None, draft: RoundDraft, state: RoundState, at: datetime
) -> None:
    """Refuse dates out of order or that another round needs, and a code that another one has."""
    if errors := lifecycle.date_errors(draft, state, at):
        raise RoundRefused(errors)
    namesake = session.scalars(sa.select(Round).where(Round.code == draft.code)).one_or_none()
    if namesake is not None and (changed is None or namesake.id != changed.id):
        raise RoundRefused({"code": "Un autre tour a déjà ce code : choisissez-en un autre."})
    try:
        lifecycle.refuse_overlap(session, changed, draft.opens_at, draft.closes_at)
    except RoundStateRefused as refused:
        raise RoundRefused({"closes_day": str(refused)}) from None
