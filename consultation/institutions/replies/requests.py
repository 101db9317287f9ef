"""Requests for a reply: sent, taken back, published with the judgement that they are about."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.clock import in_paris
from consultation.db.stale import StaleEdit, digest
from consultation.institutions.replies import frozen_values, message
from consultation.institutions.replies.models import ReplyRequest
from consultation.mail import circulars
from consultation.plan.models import Assessor, Measure, MeasureStatus
from consultation.plan.queries import indicators_in_force
from consultation.plan.statuses import assessments
from consultation.plan.statuses.assessments import Assessment, assessment_of
from consultation.plan.values import record
from consultation.plan.values.models import IndicatorValue
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

WHAT = "cette demande"


@dataclass(frozen=True)
class RequestDraft:
    """A request as it is composed: whom it asks, until when, and what it shows.

    `key` was drawn when the form was displayed: a request is stored once for each.  `judgement`
    is one of the collective, `value_ids` the public ids of the values shown.
    """

    key: str
    institution: str
    address: str
    locale: str
    due_on: date
    judgement: Assessment
    value_ids: Collection[str]


class TermNotOver(Exception):
    """The institution may still reply: nothing is published before its term is over."""


class DayTaken(Exception):
    """The collective has another judgement of the measure on the same day."""


class ValueChanged(Exception):
    """A value to be shown was corrected or taken back since the form was displayed."""


def is_over(request: ReplyRequest, at: datetime) -> bool:
    """Return whether the last day of the term has passed in Paris."""
    return in_paris(at).date() > request.due_on


def is_open(request: ReplyRequest, at: datetime) -> bool:
    """Return whether the institution may reply."""
    is_ended = request.withdrawn_at is not None or request.published_at is not None
    return not is_ended and not is_over(request, at)


def state_of(request: ReplyRequest) -> str:
    """Return a text that differs as soon as a reply or an act of the team changes the request."""
    reply = request.reply
    return digest(
        reply and (reply.public_id, reply.text, reply.signature),
        request.published_at,
        request.withdrawn_at,
        request.withheld_because,
        request.address is None,
    )


def judgement_of(request: ReplyRequest) -> Assessment:
    """Return the judgement that the institution was shown."""
    return Assessment(
        assessor=Assessor.COLLECTIVE,
        assessed_on=request.assessed_on,
        level=request.level,
        evidence=request.evidence,
        source_url=request.source_url,
    )


def values_of(session: Session, measure: Measure) -> list[tuple[str, IndicatorValue]]:
    """Return the values that stand of the indicators of a measure, each after its code."""
    indicators = indicators_in_force(measure)
    current = record.current(session, [it.id for it in indicators])
    return [(it.code, row) for it in indicators for row in current.get(it.id, [])]


@needs(Permission.ASK_REPLIES)
def ask(
    work: Work, measure: Measure, draft: RequestDraft, settings: Mapping[str, Any]
) -> ReplyRequest:
    """Freeze what the institution is shown, and enqueue the mail with its personal link.

    The same draft again returns the request that is there.  Raise `ValueChanged`, `DayTaken` where
    the judgement could not be published as it is, or `NotAllowed`.
    """
    assessments.lock_measures(work.session, [measure.id])
    if (sent := _find(work.session, draft.key)) is not None:
        return sent
    request = draft_request(work, measure, draft)
    work.session.add(request)
    work.session.flush()
    mail = message.mail_of(message.REQUEST, request, settings)
    circulars.enqueue(work.session, message.REQUEST, mail, work.at)
    _record(work, "reply_asked", request)
    return request


@needs(Permission.ASK_REPLIES)
def draft_request(work: Work, measure: Measure, draft: RequestDraft) -> ReplyRequest:
    """Return the request that a draft makes, not stored; raise `ValueChanged` or `DayTaken`."""
    return ReplyRequest(
        public_id=draft.key,
        measure_id=measure.id,
        measure=measure,
        institution=draft.institution,
        address=draft.address,
        locale=draft.locale,
        due_on=draft.due_on,
        assessed_on=draft.judgement.assessed_on,
        level=draft.judgement.level,
        evidence=draft.judgement.evidence,
        source_url=draft.judgement.source_url,
        shown_values=_frozen_values(work.session, measure, draft.value_ids),
        account_id=work.actor.id,
        sent_at=work.at,
        status_id=_public_judgement(work.session, measure, draft.judgement),
    )


def mark_of(request: ReplyRequest) -> str:
    """Return a text that differs as soon as an institution would be shown something else."""
    return digest(
        (request.institution, request.address, request.locale, request.due_on),
        judgement_of(request).digest,
        request.shown_values,
    )


def withdraw(work: Work, public_id: str, seen: str) -> None:
    """Take a request back: its link opens nothing any more, and nothing of it becomes public.

    Raise `StaleEdit`, also where it is published.
    """
    request = _unchanged(work, public_id, seen)
    if request.published_at is not None or request.withdrawn_at is not None:
        raise StaleEdit(WHAT)
    request.withdrawn_at = work.at
    message.cancel(work.session, request)
    work.session.flush()
    _record(work, "reply_withdrawn", request)


def publish(work: Work, public_id: str, seen: str) -> None:
    """Publish the judgement, unless it is public already, and with it the reply or its absence.

    Raise `TermNotOver`, `DayTaken` or `StaleEdit`.
    """
    request = _unchanged(work, public_id, seen)
    if request.published_at is not None or request.withdrawn_at is not None:
        raise StaleEdit(WHAT)
    if not is_over(request, work.at):
        raise TermNotOver
    if not _has_status(work.session, request):
        request.status_id = _publish_judgement(work, request)
    request.published_at = work.at
    work.session.flush()
    _record(work, "reply_published", request)


def withhold(work: Work, public_id: str, because: str, seen: str) -> None:
    """Keep the text of a reply from readers, who are told why; show it again without a reason.

    Raise `StaleEdit`.
    """
    request = _unchanged(work, public_id, seen)
    request.withheld_because = because or None
    work.session.flush()
    _record(work, "reply_withheld" if because else "reply_shown", request)


def measures_named(session: Session) -> set[int]:
    """Return the ids of the measures of which an institution was asked for a reply."""
    return set(session.scalars(sa.select(ReplyRequest.measure_id).distinct()))


def locked(session: Session, public_id: str) -> ReplyRequest | None:
    """Lock a request and return it as stored now, None for an unknown id."""
    query = sa.select(ReplyRequest).where(ReplyRequest.public_id == public_id)
    query = query.with_for_update(of=ReplyRequest).execution_options(populate_existing=True)
    request = session.scalars(query).one_or_none()
    if request is not None:
        session.refresh(request, ["replies"])
    return request


def _find(session: Session, key: str) -> ReplyRequest | None:
    return session.scalars(
        sa.select(ReplyRequest).where(ReplyRequest.public_id == key)
    ).one_or_none()


@needs(Permission.ASK_REPLIES)
def _unchanged(work: Work, public_id: str, seen: str) -> ReplyRequest:
    request = locked(work.session, public_id)
    if request is None or state_of(request) != seen:
        raise StaleEdit(WHAT)
    return request


def _frozen_values(
    session: Session, measure: Measure, value_ids: Collection[str]
) -> Sequence[dict[str, Any]]:
    rows = [it for it in values_of(session, measure) if it[1].public_id in value_ids]
    if len(rows) != len(set(value_ids)):
        raise ValueChanged
    return [frozen_values.frozen(code, row) for code, row in rows]


def _public_judgement(session: Session, measure: Measure, judgement: Assessment) -> str | None:
    """Return the id of the assessment that is this judgement, None where it is a draft."""
    status = session.scalars(
        sa.select(MeasureStatus).where(
            MeasureStatus.measure_id == measure.id,
            MeasureStatus.assessor == judgement.assessor,
            MeasureStatus.assessed_on == judgement.assessed_on,
        )
    ).one_or_none()
    if status is None:
        return None
    if assessment_of(status) != judgement:
        raise DayTaken
    return status.public_id


def _has_status(session: Session, request: ReplyRequest) -> bool:
    query = sa.select(MeasureStatus.id).where(MeasureStatus.public_id == request.status_id)
    return request.status_id is not None and session.scalar(query) is not None


def _publish_judgement(work: Work, request: ReplyRequest) -> str:
    judgement = judgement_of(request)
    same = _public_judgement(work.session, request.measure, judgement)
    if same is not None:
        return same
    return assessments.add(work, request.measure, judgement).public_id


def _record(work: Work, action: str, request: ReplyRequest) -> None:
    details = {"measure": request.measure.code, "level": request.level.value}
    audit_log.log(work, action, request.public_id, details)
