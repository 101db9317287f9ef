"""Whether a form that was given out is still taken, asked of the tables at this moment."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.database import connection_of
from consultation.questionnaires.instrument import Instrument
from consultation.questionnaires.models import Questionnaire, Round
from consultation.responses import beginning
from consultation.responses.keys import SubmissionKey
from consultation.responses.models import PersonalLink, Submission


class RoundClosed(Exception):
    """The round takes no response any more, or not yet."""


class FormGone(Exception):
    """The form was removed, with what it asked about; another may have taken its numbers since."""


_ROUND, _FORM = Round.__table__.c, Questionnaire.__table__.c
# Until the transaction ends, whoever removes the form waits.
_ROUND_STATE = (
    sa.select(_ROUND.opens_at, _ROUND.closes_at, _ROUND.announced_at)
    .join_from(Questionnaire.__table__, Round.__table__, _ROUND.id == _FORM.round_id)
    .where(_FORM.public_id == sa.bindparam("form"))
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
    sought = {"form": form.public_id, "key": key.id, "link": beginning.link_id(key)}
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
