"""Recording of data requests: prepared, changed until they leave, followed by appended events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.clock import in_paris
from consultation.collective import texts
from consultation.collective.models import SiteTextKind
from consultation.db.stale import StaleEdit, digest
from consultation.i18n import folded
from consultation.institutions.data_requests import letter, life, queries
from consultation.institutions.data_requests.letter import CollectiveTexts
from consultation.institutions.data_requests.life import RequestState
from consultation.institutions.data_requests.models import (
    DataRequest,
    RequestEvent,
    RequestEventKind,
)
from consultation.plan import apply
from consultation.plan.models import Indicator
from consultation.plan.queries import IndicatorRetired
from consultation.plan.values import record as values
from consultation.plan.values.models import MissingBecause, Reporter, ValuePoint
from consultation.plan.values.record import Report
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

REASONS: Mapping[RequestState, MissingBecause] = {
    RequestState.NO_ANSWER: MissingBecause.NO_ANSWER,
    RequestState.REFUSED: MissingBecause.REFUSED,
}
"""Why a figure is missing, by the state of the request for it."""


@dataclass(frozen=True)
class RequestDraft:
    """What is asked, of whom and for when: a point of the plan or a day."""

    institution: str
    document: str
    indicators: Sequence[Indicator]
    point: ValuePoint | None = None
    day: date | None = None
    contact: str = ""
    signatory: str = ""


class AlreadyRequested(Exception):
    """The figure of an indicator for that moment is being asked of that institution."""

    def __init__(self, request: DataRequest, code: str) -> None:
        super().__init__(code)
        self.request, self.code = request, code


class LetterUnfinished(Exception):
    """A letter is noted as sent in which passages are still to be written."""

    def __init__(self, placeholders: Sequence[str]) -> None:
        super().__init__(len(placeholders))
        self.placeholders = placeholders


class DayInFuture(Exception):
    """An event is noted for a day that has not come."""


class DayTooEarly(Exception):
    """An event is noted for a day before the one that it follows."""

    def __init__(self, before: RequestEvent) -> None:
        super().__init__(before.id)
        self.before = before


def seen(request: DataRequest) -> str:
    """Return a mark that a form carries, which changes when somebody else changes the request."""
    fields = (request.institution, request.document, request.point, request.day)
    people = (request.contact, request.signatory)
    versions = [it.id for it in request.versions]
    return digest(fields, people, versions, [it.id for it in request.events])


def prepare(work: Work, draft: RequestDraft) -> DataRequest:
    """Store a request; raise `AlreadyRequested`, `IndicatorRetired` or `NotAllowed`."""
    _begin(work)
    _check_indicators(work.session, draft)
    request = DataRequest(created_at=work.at, account_id=work.actor.id)
    _fill(request, draft)
    work.session.add(request)
    work.session.flush()
    _audit(work, "data_request_prepared", request)
    return request


def change(work: Work, public_id: str, draft: RequestDraft, seen_: str) -> None:
    """Store another draft of a request that has not left.

    Raise `StaleEdit` where it was changed or has left meanwhile, or what `prepare` raises.
    """
    request = _as_seen(work, public_id, seen_)
    if life.state_of(request.events) is not RequestState.PREPARED:
        raise _stale(request)
    _check_indicators(work.session, draft, but=request)
    _fill(request, draft)
    work.session.flush()
    _audit(work, "data_request_changed", request)


def note(
    work: Work, public_id: str, kind: RequestEventKind, day: date, text: str, seen_: str
) -> None:
    """Append an event; the letter keeps legal text and address from the day on which it left.

    Raise `StaleEdit`, `LetterUnfinished`, `DayInFuture`, `DayTooEarly` or `NotAllowed`.
    """
    request = _as_seen(work, public_id, seen_)
    if kind not in life.FOLLOWING[life.state_of(request.events)]:
        raise _stale(request)
    if day > in_paris(work.at).date():
        raise DayInFuture
    before = life.standing(request.events)[-1:]
    if before and day < before[0].happened_on:
        raise DayTooEarly(before[0])
    if kind is RequestEventKind.REQUESTED:
        written = collective_texts(work.session)
        if placeholders := letter.placeholders_of(request, written):
            raise LetterUnfinished(placeholders)
        request.grounds, request.sender_address = written.grounds, written.address
    _append(work, request, kind, day, note=text)


def undo(work: Work, public_id: str, seen_: str) -> None:
    """Undo the last event, noted by mistake; raise `StaleEdit` where another one is the last."""
    request = _as_seen(work, public_id, seen_)
    last = life.standing(request.events)[-1:]
    if not last:
        raise _stale(request)
    if last[0].kind is RequestEventKind.REQUESTED:
        request.grounds = request.sender_address = None
    today = in_paris(work.at).date()
    _append(work, request, RequestEventKind.UNDONE, today, undoes_id=last[0].id)


def note_missing(work: Work, public_id: str, codes: Sequence[str], source: str, seen_: str) -> int:
    """Note as values that the figures asked are missing, and why; return of how many indicators.

    A reason that the collective noted before for that moment is superseded.  Raise `StaleEdit`,
    `IndicatorRetired` or `NotAllowed`.
    """
    request = _as_seen(work, public_id, seen_)
    reason = REASONS.get(life.state_of(request.events))
    if reason is None:
        raise _stale(request)
    count = 0
    for indicator in (it.indicator for it in request.versions):
        if indicator.code not in codes:
            continue
        rows = values.current(work.session, [indicator.id]).get(indicator.id, [])
        before = queries.missing_before(request, rows)
        report = Report(
            reported_by=Reporter.COLLECTIVE,
            point=request.point,
            day=request.day,
            missing_because=reason,
            source=source,
        )
        supersedes = before.public_id if before else None
        values.report(work, indicator, report, supersedes=supersedes)
        count += 1
    return count


def texts_of(session: Session, request: DataRequest) -> CollectiveTexts:
    """Find the texts with which a letter left, or those that it would leave with now."""
    if request.grounds is None:
        return collective_texts(session)
    return CollectiveTexts(request.grounds, request.sender_address or "")


def collective_texts(session: Session) -> CollectiveTexts:
    """Read what the collective wrote for all of its letters."""
    in_force = texts.in_force(session)
    kinds = (SiteTextKind.REQUEST_GROUNDS, SiteTextKind.POSTAL_ADDRESS)
    return CollectiveTexts(*(in_force[kind].content.get("fr", "").strip() for kind in kinds))


@needs(Permission.RECORD_VALUES)
def _begin(work: Work) -> None:
    apply.lock_plan(work.session)


def _as_seen(work: Work, public_id: str, seen_: str) -> DataRequest:
    """Lock, and return the request as long as it is the one that the page displayed."""
    _begin(work)
    work.session.expire_all()
    request = queries.find(work.session, public_id)
    if request is None or seen(request) != seen_:
        raise _stale(request)
    return request


def _stale(request: DataRequest | None) -> StaleEdit:
    last = request.events[-1] if request and request.events else None
    if last is None:
        return StaleEdit("la demande")
    return StaleEdit("la demande", last.account.email, last.recorded_at)


def _check_indicators(
    session: Session, draft: RequestDraft, but: DataRequest | None = None
) -> None:
    for indicator in draft.indicators:
        session.refresh(indicator)
        if indicator.retired_at is not None:
            raise IndicatorRetired
    moment = (draft.point, draft.day)
    by_id = {it.id: it for it in draft.indicators}
    for other in queries.of_indicators(session, list(by_id)):
        is_same = other is not but and moment == (other.point, other.day)
        if not is_same or folded(other.institution) != folded(draft.institution):
            continue
        if life.state_of(other.events) in life.OPEN:
            ids = [it.indicator_id for it in other.versions if it.indicator_id in by_id]
            raise AlreadyRequested(other, by_id[ids[0]].code)


def _fill(request: DataRequest, draft: RequestDraft) -> None:
    request.institution, request.document = draft.institution, draft.document
    request.point, request.day = draft.point, draft.day
    request.contact, request.signatory = draft.contact or None, draft.signatory or None
    request.versions = [it.version for it in draft.indicators]


def _append(
    work: Work,
    request: DataRequest,
    kind: RequestEventKind,
    day: date,
    **more: object,
) -> None:
    event = RequestEvent(
        request_id=request.id,
        kind=kind,
        happened_on=day,
        recorded_at=work.at,
        account_id=work.actor.id,
        **more,
    )
    work.session.add(event)
    work.session.flush()
    work.session.refresh(request, ["events"])
    _audit(work, "data_request_noted", request, state=kind.value, day=str(day))


def _audit(work: Work, action: str, request: DataRequest, **details: str) -> None:
    codes = sorted(it.indicator.code for it in request.versions)
    stored = {"indicators": codes, **details}
    audit_log.log(work, action, request.public_id, stored)


def erase_contacts(session: Session, before: datetime) -> int:
    """Empty contact and signatory of requests that ended before; return of how many."""
    rows = session.scalars(
        sa.select(DataRequest).where(
            sa.or_(DataRequest.contact.is_not(None), DataRequest.signatory.is_not(None))
        )
    )
    count = 0
    for request in rows:
        last = life.standing(request.events)[-1:]
        is_over = life.state_of(request.events) not in life.OPEN
        if is_over and last and last[0].recorded_at < before:
            request.contact = request.signatory = None
            count += 1
    session.flush()
    return count
