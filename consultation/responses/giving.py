"""What a blank form and a form that comes back depend on, each read by one query.

Pages and forms are kept by the process; these facts never are, so that a round that closes, a form
that is replaced or a switch that is turned shows in the next request of every process.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.models import SiteSwitch, Switch
from consultation.database import connection_of
from consultation.plan.models import Measure
from consultation.questionnaires.models import Questionnaire, Round, RoundText, RoundTextKind
from consultation.responses import notice
from consultation.sheets.cell_texts import CODE

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
    return ComingBack(code, found, asks_proof, notice.named(round_code, number or 0))
