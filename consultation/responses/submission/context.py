"""Submission context: what a form needs to know of its round, key and notice.

Pages and forms are kept by the process; these facts never are, so that a round that closes, a form
that is replaced or a switch that is turned shows in the next request of every process.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.models import SiteSwitch, Switch
from consultation.db.base import connection_of
from consultation.plan.models import Measure
from consultation.questionnaires.form.instrument import Instrument
from consultation.questionnaires.models import Questionnaire, Round, RoundText, RoundTextKind
from consultation.questionnaires.rounds import texts
from consultation.responses.drafts import public_drafts
from consultation.responses.models import PersonalLink, Submission
from consultation.responses.submission.key import SubmissionKey
from consultation.text import CODE


class RoundClosed(Exception):
    """The round takes no response any more, or not yet."""


class FormGone(Exception):
    """The form was removed, with what it asked about; another may have taken its numbers since."""


_HELD_ROUND, _HELD_FORM = Round.__table__.c, Questionnaire.__table__.c
# Until the transaction ends, whoever removes the form waits.
_ROUND_STATE = (
    sa.select(_HELD_ROUND.opens_at, _HELD_ROUND.closes_at, _HELD_ROUND.announced_at)
    .join_from(Questionnaire.__table__, Round.__table__, _HELD_ROUND.id == _HELD_FORM.round_id)
    .where(_HELD_FORM.public_id == sa.bindparam("form"))
    .with_for_update(read=True, key_share=True, of=Questionnaire.__table__)
)
_TRACES = _ROUND_STATE.add_columns(
    sa.exists().where(Submission.__table__.c.key == sa.bindparam("key")),
    sa.select(PersonalLink.__table__.c.respondent_id)
    .where(PersonalLink.__table__.c.id == sa.bindparam("link"))
    .scalar_subquery(),
)


def traces_of(
    session: Session, form: Instrument, key: SubmissionKey, at: datetime, grace: timedelta
) -> tuple[bool, int | None]:
    """Say whether the key has been used, and which respondent its form has made, if any.

    Raise `FormGone` or `RoundClosed`, as `check_round` does.
    """
    sought = {"form": form.public_id, "key": key.id, "link": public_drafts.link_id(key)}
    *moments, is_used, beginner = _one(session, _TRACES, sought)
    _check_moments(moments, key, at, grace)
    return bool(is_used), beginner


def check_round(
    session: Session, form: Instrument, key: SubmissionKey, at: datetime, grace: timedelta
) -> None:
    """Raise `RoundClosed` when the round of a form takes nothing more under that key.

    Or `FormGone`.
    """
    _check_moments(_one(session, _ROUND_STATE, {"form": form.public_id}), key, at, grace)


def _one(
    session: Session, statement: sa.Select[*tuple[Any, ...]], sought: dict[str, Any]
) -> Sequence[Any]:
    found = connection_of(session).execute(statement, sought).one_or_none()
    if found is None:
        raise FormGone
    return found


def _check_moments(
    moments: Sequence[Any], key: SubmissionKey, at: datetime, grace: timedelta
) -> None:
    # An object of no session: one that this session holds may say how the round stood before.
    opens_at, closes_at, announced_at = moments
    state = Round(opens_at=opens_at, closes_at=closes_at, announced_at=announced_at)
    if not state.accepts(at, key.issued_at, grace):
        raise RoundClosed


VERSION = "2026-11"
"""That of the notice as it ships, said by a round for which none was written."""


def named(code: str, number: int) -> str:
    """Return how the version of that number is named, by the code of its round."""
    return f"{code}/{number}" if number else VERSION


def version_at(session: Session, round_id: int, at: datetime) -> str:
    """Return the version that a round showed at a moment.

    For a form that was given out, that is the moment of its key, not that of its sending: who
    answers has read the notice of the page before them.
    """
    number = texts.number_at(session, round_id, RoundTextKind.NOTICE, at)
    return named(session.get_one(Round, round_id).code, number or 0)


_MEASURE, _ROUND = Measure.__table__.c, Round.__table__.c
_FORM, _TEXT = Questionnaire.__table__.c, RoundText.__table__.c
_AT: sa.BindParameter[datetime] = sa.bindparam("at", type_=_ROUND.closes_at.type)
_ASKS_PROOF = sa.exists().where(SiteSwitch.__table__.c.name == Switch.PROOF_OF_WORK)
_FORMS = (
    Questionnaire.__table__.join(Round.__table__, _ROUND.id == _FORM.round_id).outerjoin(
        Measure.__table__, _MEASURE.id == _FORM.measure_id
    )
)  # fmt: skip
_CURRENT = (
    sa.select(_ROUND.id)
    .where(_ROUND.announced_at.is_not(None), _ROUND.closes_at > _AT)
    .order_by(_ROUND.opens_at, _ROUND.id)
    .limit(1)
    .scalar_subquery()
)
_GIVEN_OUT = (
    sa.select(_FORM.public_id, _ROUND.closes_at, _MEASURE.code, _MEASURE.is_shipped)
    .select_from(_FORMS)
    .where(
        _FORM.round_id == _CURRENT,
        _ROUND.opens_at <= _AT,
        _FORM.closed_at.is_(None),
        _FORM.published_at.is_not(None),
        ~_ASKS_PROOF,
    )
)
_OF_MEASURE = _GIVEN_OUT.where(_MEASURE.code == sa.bindparam("code"))
_OF_TOOL = _GIVEN_OUT.where(_FORM.measure_id.is_(None))


@dataclass(frozen=True)
class GivenOut:
    """A form that anybody is given now, and what its page says that the form does not."""

    public_id: str
    closes_at: datetime
    code: str | None
    is_shipped: bool | None


def given_out(session: Session, code: str | None, at: datetime) -> GivenOut | None:
    """Return the form of a measure (None: of the tool) as it is given out blank.

    None where more has to be looked at: no such measure or form, spelled otherwise, a round that
    is not open, a proof of work to be asked for.
    """
    if code is not None and not CODE.fullmatch(code):
        return None  # it may hold what PostgreSQL takes for no text at all
    asked = _OF_TOOL if code is None else _OF_MEASURE
    found = connection_of(session).execute(asked, {"code": code, "at": at}).one_or_none()
    return None if found is None else GivenOut(*found)


_NOTICE = (
    sa.select(sa.func.max(_TEXT.number))
    .where(
        _TEXT.round_id == _ROUND.id,
        _TEXT.kind == RoundTextKind.NOTICE,
        _TEXT.written_at <= sa.bindparam("issued_at", type_=_TEXT.written_at.type),
    )
    .correlate(Round.__table__)
    .scalar_subquery()
)
_COMING_BACK = (
    sa.select(
        _MEASURE.code,
        _ROUND.code,
        _ROUND.opens_at,
        _ROUND.closes_at,
        _ROUND.announced_at,
        _ASKS_PROOF,
        _NOTICE,
    )
    .select_from(_FORMS)
    .where(_FORM.public_id == sa.bindparam("form"))
)


@dataclass(frozen=True)
class ComingBack:
    """Where a form that was given out stands as it comes back."""

    code: str | None
    """The measure's, None for the tool's."""
    round: Round
    asks_proof: bool
    notice_version: str
    """Of the notice as it stood when the form was given out."""

    def accepts(self, at: datetime, issued_at: datetime, grace: timedelta) -> bool:
        """Say whether its round still takes it."""
        return self.round.accepts(at, issued_at, grace)


def coming_back(session: Session, public_id: str, issued_at: datetime) -> ComingBack | None:
    """Return where the form of that public id stands, that was given out at a moment.

    None when there is none any more: a theme that nobody had answered went with its form.
    """
    said = {"form": public_id, "issued_at": issued_at}
    there = connection_of(session).execute(_COMING_BACK, said).one_or_none()
    if there is None:
        return None
    code, round_code, opens_at, closes_at, announced_at, asks_proof, number = there
    # An object of no session: what it says of moments is asked of it, and nothing else.
    found = Round(opens_at=opens_at, closes_at=closes_at, announced_at=announced_at)
    return ComingBack(code, found, asks_proof, named(round_code, number or 0))
