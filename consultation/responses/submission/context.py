"""Context of a public form: its round, measure, key and notice, read in one query.

Instruments and pages are kept by the process; these facts never are, so that a round that closes,
a form that is replaced or a switch that is turned shows in the next request of every process.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.models import SiteSwitch, Switch
from consultation.db.statements import Statement
from consultation.i18n import among_locales
from consultation.plan import queries
from consultation.plan.models import Measure
from consultation.questionnaires.form.instrument import FormMeasure, Instrument, InstrumentCache
from consultation.questionnaires.models import (
    Questionnaire,
    Round,
    RoundMoments,
    RoundText,
    RoundTextKind,
)
from consultation.questionnaires.rounds import texts
from consultation.recordings import playback
from consultation.recordings.playback import RecordingsState
from consultation.responses.models import PersonalLink, Submission
from consultation.responses.submission import key as submission_key
from consultation.responses.submission.key import SubmissionKey
from consultation.text import CODE


class RoundClosed(Exception):
    """The round takes no response any more, or not yet."""


class FormGone(Exception):
    """The form was removed with its measure, or is that of another measure."""


SHIPPED_NOTICE = "2026-12-01"
"""Version of the privacy notice that ships, shown by a round for which none was written."""


@dataclass(frozen=True)
class FormContext:
    """A form of a round, with the facts that decide whether it is shown and stored."""

    instrument: Instrument
    measure: FormMeasure | None
    """None for the form on the tool."""
    round: RoundMoments
    """Read with the form: an object of the session could be as old as the first read."""
    is_proof_required: bool
    """Whether public forms need a proof of work now."""
    notice_version: str
    """Version of the privacy notice that was in force when the form was given out."""
    has_document: bool
    """Whether the round has a working document of its own."""
    recordings: RecordingsState
    """Which recordings there are, of whatever text."""
    locales: Collection[str]
    """The languages of the round."""
    key: SubmissionKey | None = None
    """The verified key of a posted form; None for a blank one, or where it can't be verified."""

    def is_offered_in(self, locale: str) -> bool:
        """Whether the form may be answered in a language: the round has it, and it is whole."""
        return locale in self.locales and locale not in self.instrument.unanswerable

    @property
    def measure_code(self) -> str | None:
        """Code of the measure, None for the tool."""
        return self.measure.code if self.measure else None


_MEASURE, _ROUND = Measure.__table__.c, Round.__table__.c
_FORM, _TEXT = Questionnaire.__table__.c, RoundText.__table__.c
_AT: sa.BindParameter[datetime] = sa.bindparam("at", type_=_ROUND.closes_at.type)
_NOTICE_NUMBER = (
    sa.select(sa.func.max(_TEXT.number))
    .where(
        _TEXT.round_id == _ROUND.id,
        _TEXT.kind == RoundTextKind.NOTICE,
        _TEXT.written_at <= sa.bindparam("issued_at", type_=_TEXT.written_at.type),
    )
    .correlate(Round.__table__)
    .scalar_subquery()
)
_CONTEXT = sa.select(
    _FORM.public_id,
    _MEASURE.code.label("measure_code"),
    _MEASURE.is_shipped,
    _ROUND.code.label("round_code"),
    _ROUND.opens_at,
    _ROUND.closes_at,
    _ROUND.announced_at,
    _ROUND.is_trial,
    _ROUND.document_url,
    _ROUND.languages,
    sa.exists()
    .where(SiteSwitch.__table__.c.name == Switch.PROOF_OF_WORK)
    .label("is_proof_required"),
    _NOTICE_NUMBER.label("notice_number"),
    playback.COUNT.label("recording_count"),
    playback.LAST.label("last_recording"),
).select_from(
    Questionnaire.__table__.join(Round.__table__, _ROUND.id == _FORM.round_id).outerjoin(
        Measure.__table__, _MEASURE.id == _FORM.measure_id
    )
)
_OF_FORM = Statement(_CONTEXT.where(_FORM.public_id == sa.bindparam("form")))
_CURRENT_ROUND = (
    sa.select(_ROUND.id)
    .where(_ROUND.announced_at.is_not(None), _ROUND.closes_at > _AT)
    .order_by(_ROUND.opens_at, _ROUND.id)
    .limit(1)
    .scalar_subquery()
)


@cache
def _in_force(*, is_tool: bool, is_current: bool) -> Statement:
    """Return the statement for the form in force on a measure or the tool, in an open round."""
    statement = _CONTEXT.where(
        _FORM.round_id == (_CURRENT_ROUND if is_current else sa.bindparam("round_id")),
        _ROUND.announced_at.is_not(None),
        _ROUND.opens_at <= _AT,
        _ROUND.closes_at > _AT,
        _FORM.closed_at.is_(None),
        _FORM.published_at.is_not(None),
        _FORM.measure_id.is_(None) if is_tool else _MEASURE.code == sa.bindparam("code"),
    )
    return Statement(statement)


def load(
    session: Session,
    shelf: InstrumentCache,
    code: str | None,
    at: datetime,
    *,
    round_id: int | None = None,
) -> FormContext | None:
    """Return the form that is given out on a measure (None: on the tool) by an open round.

    That is the round of `round_id`, or the one that visitors meet.  None where there is no such
    measure or form, or the round is not open.
    """
    if code is not None and not CODE.fullmatch(code):
        return None  # PostgreSQL takes no NUL
    statement = _in_force(is_tool=code is None, is_current=round_id is None)
    sought = {"code": code, "at": at, "issued_at": at, "round_id": round_id}
    row = statement.row(session, sought)
    context = _context(session, shelf, row) if row is not None else None
    if context is None and code is not None:
        measure = queries.bare_measure(session, code)
        if measure is not None and measure.code != code:  # spelled otherwise
            return load(session, shelf, measure.code, at, round_id=round_id)
    return context


def load_posted(
    session: Session, shelf: InstrumentCache, key_text: str, code: str | None, at: datetime
) -> FormContext | None:
    """Return the form that a post names by its key; where it names none, the one given out now.

    A key that can't be verified still names the form whose fields are shown again.  Raise
    `FormGone` where that form is not there any more, or is that of another measure: what was typed
    fits no other form.
    """
    key = submission_key.read(key_text)
    public_id = key.questionnaire if key else submission_key.claimed_questionnaire(key_text)
    if public_id is None:
        return load(session, shelf, code, at)
    sought = {"form": public_id, "issued_at": key.issued_at if key else at}
    row = _OF_FORM.row(session, sought)
    if row is None or not _is_on(session, row.measure_code, code):
        raise FormGone
    context = _context(session, shelf, row, key)
    if context is None:
        raise FormGone
    return context


def _context(
    session: Session, shelf: InstrumentCache, row: Any, key: SubmissionKey | None = None
) -> FormContext | None:
    notice_version = notice_name(row.round_code, row.notice_number or 0)
    instrument = shelf.take(session, row.public_id)
    if instrument is None:
        return None
    code = row.measure_code
    return FormContext(
        instrument,
        FormMeasure(code, row.is_shipped) if code is not None else None,
        RoundMoments(row.opens_at, row.closes_at, row.announced_at, row.is_trial),
        row.is_proof_required,
        notice_version,
        bool(row.document_url),
        RecordingsState(row.recording_count, row.last_recording),
        among_locales(row.languages),
        key,
    )


def _is_on(session: Session, code: str | None, wanted: str | None) -> bool:
    """Return whether the measure of `code` is the one of an address, however that is spelled."""
    if code == wanted or code is None or wanted is None:
        return code == wanted
    measure = queries.bare_measure(session, wanted)
    return measure is not None and measure.code == code


def notice_name(round_code: str, number: int) -> str:
    """Return the name of a version of the privacy notice, by the code of its round."""
    return f"{round_code}/{number}" if number else SHIPPED_NOTICE


def notice_version_at(session: Session, round_id: int, at: datetime) -> str:
    """Return the version of the privacy notice that a round showed at a moment."""
    number = texts.number_at(session, round_id, RoundTextKind.NOTICE, at)
    return notice_name(session.get_one(Round, round_id).code, number or 0)


# The lock on the form makes another process that would remove it wait for this transaction.
_MOMENTS = (
    sa.select(_ROUND.opens_at, _ROUND.closes_at, _ROUND.announced_at, _ROUND.is_trial)
    .join_from(Questionnaire.__table__, Round.__table__, _ROUND.id == _FORM.round_id)
    .where(_FORM.public_id == sa.bindparam("form"))
    .with_for_update(read=True, key_share=True, of=Questionnaire.__table__)
)
_ROUND_STATE = Statement(_MOMENTS)
_KEY_STATE = Statement(
    _MOMENTS.add_columns(
        sa.exists().where(Submission.__table__.c.key == sa.bindparam("key")),
        sa.select(PersonalLink.__table__.c.respondent_id)
        .where(PersonalLink.__table__.c.id == sa.bindparam("link"))
        .scalar_subquery(),
    )
)


@dataclass(frozen=True)
class KeyState:
    """What a submission key has made so far."""

    is_used: bool
    """Whether a form was sent with it, and not only saved."""
    respondent_id: int | None
    """The respondent whom a public form with it has made."""


def key_state(
    session: Session, form: Instrument, key: SubmissionKey, at: datetime, grace: timedelta
) -> KeyState:
    """Return the state of the key; lock the form and raise as `check_round` does."""
    sought = {"form": form.public_id, "key": key.id, "link": key.link_id}
    *moments, is_used, respondent_id = _state(session, _KEY_STATE, sought)
    _check_moments(moments, key, at, grace)
    return KeyState(bool(is_used), respondent_id)


def check_round(
    session: Session, form: Instrument, key: SubmissionKey, at: datetime, grace: timedelta
) -> None:
    """Lock the form; raise `FormGone`, or `RoundClosed` when its round takes the key no more."""
    _check_moments(_state(session, _ROUND_STATE, {"form": form.public_id}), key, at, grace)


def _state(session: Session, statement: Statement, sought: dict[str, Any]) -> Sequence[Any]:
    row: Sequence[Any] | None = statement.row(session, sought)
    if row is None:
        raise FormGone
    return row


def _check_moments(
    moments: Sequence[Any], key: SubmissionKey, at: datetime, grace: timedelta
) -> None:
    if not RoundMoments(*moments).accepts(at, key.issued_at, grace):
        raise RoundClosed
