"""Whether a round takes a form that was given out, asked of the tables at this moment."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.database import connection_of
from consultation.questionnaires.instrument import Instrument
from consultation.questionnaires.models import Round
from consultation.responses import beginning
from consultation.responses.keys import SubmissionKey
from consultation.responses.models import PersonalLink, Submission


class RoundClosed(Exception):
    """The round takes no response any more, or not yet."""


_ROUND = Round.__table__.c
_ROUND_STATE = sa.select(_ROUND.opens_at, _ROUND.closes_at, _ROUND.announced_at).where(
    _ROUND.id == sa.bindparam("round")
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

    Raise `RoundClosed`, as `check_round` does.
    """
    sought = {"round": form.round_id, "key": key.id, "link": beginning.link_id(key)}
    *moments, is_used, beginner = connection_of(session).execute(_TRACES, sought).one()
    _check_moments(moments, key, at, grace)
    return bool(is_used), beginner


def check_round(
    session: Session, form: Instrument, key: SubmissionKey, at: datetime, grace: timedelta
) -> None:
    """Raise `RoundClosed` when the round of a form takes nothing more under that key."""
    moments = connection_of(session).execute(_ROUND_STATE, {"round": form.round_id}).one()
    _check_moments(moments, key, at, grace)


def _check_moments(
    moments: Sequence[Any], key: SubmissionKey, at: datetime, grace: timedelta
) -> None:
    # An object of no session: one that this session holds may say how the round stood before.
    opens_at, closes_at, announced_at = moments
    state = Round(opens_at=opens_at, closes_at=closes_at, announced_at=announced_at)
    if not state.accepts(at, key.issued_at, grace):
        raise RoundClosed
