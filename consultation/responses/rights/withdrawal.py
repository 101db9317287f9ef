"""Withdrawal of a response by its respondent.

It is a right, which does not end with the round.  Sent again from the same form, the answers make
a new revision that counts.  The mail that confirms a withdrawal, or an erasure, is made here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from consultation.crypto.keyring import new_id
from consultation.mail import outbox
from consultation.mail.addresses import Address
from consultation.mail.kinds import MessageKind, Reach
from consultation.mail.outbox import Caps
from consultation.questionnaires.models import Questionnaire
from consultation.responses.models import Response
from consultation.responses.rights import erasure


@dataclass(frozen=True)
class Departure:
    """Parameters of the confirmation mail; none was typed by a visitor.

    `receipt_codes` are those of the withdrawn responses, none after an erasure; `done_at` is ISO in
    UTC.
    """

    is_erased: bool
    texts_too: bool
    receipt_codes: list[str]
    done_at: str

    @property
    def moment(self) -> datetime:
        """Moment of the withdrawal or erasure."""
        return datetime.fromisoformat(self.done_at)


KIND = MessageKind(
    "departure",
    "departure",
    Departure,
    "Confirmation de retrait ou d'effacement",
    reach=Reach.ANSWER,
    is_forgotten=True,
)


def enqueue_withdrawn(
    session: Session,
    receipt_codes: Sequence[str],
    *,
    address: str | None,
    locale: str,
    at: datetime,
    caps: Caps,
) -> bool:
    """Enqueue the mail that confirms a withdrawal; return whether it will come."""
    confirmation = Departure(False, False, list(receipt_codes), at.isoformat())
    return _enqueue(session, confirmation, address=address, locale=locale, at=at, caps=caps)


def enqueue_erased(
    session: Session,
    *,
    texts_too: bool,
    address: str | None,
    locale: str,
    at: datetime,
    caps: Caps,
) -> bool:
    """Enqueue the mail that confirms an erasure; return whether it will come.

    Its address is erased once it has left, and at once when it will not leave.
    """
    confirmation = Departure(True, texts_too, [], at.isoformat())
    return _enqueue(session, confirmation, address=address, locale=locale, at=at, caps=caps)


def _enqueue(
    session: Session,
    confirmation: Departure,
    *,
    address: str | None,
    locale: str,
    at: datetime,
    caps: Caps,
) -> bool:
    if address is None:
        return False
    message = outbox.prepare(
        session,
        KIND,
        dedup_key=f"{KIND.name}:{new_id()}",
        recipient=Address.of(address),
        locale=locale,
        parameters=confirmation,
        at=at,
    )
    return outbox.enqueue_gathered(session, message, caps)


class Replaced(Exception):
    """The response was corrected since: a later revision is the current one."""


def current(session: Session, respondent_id: int) -> Sequence[Response]:
    """Return the responses that a respondent may withdraw, the earliest first."""
    return session.scalars(
        _own(respondent_id)
        .where(Response.superseded_at.is_(None), Response.withdrawn_at.is_(None))
        .order_by(Response.submitted_at, Response.id)
    ).all()


def withdrawn(session: Session, respondent_id: int) -> Sequence[Response]:
    """Return the responses withdrawn and not sent again, the latest first."""
    return session.scalars(
        _own(respondent_id)
        .where(Response.superseded_at.is_(None), Response.withdrawn_at.is_not(None))
        .order_by(Response.withdrawn_at.desc(), Response.id.desc())
    ).all()


def find(session: Session, respondent_id: int, public_id: str) -> Response | None:
    """Return a response of the respondent's own, or None; raise `Replaced`."""
    response = session.scalars(
        _own(respondent_id).where(Response.public_id == public_id)
    ).one_or_none()
    if response is not None and response.superseded_at is not None:
        raise Replaced
    return response


def withdraw(session: Session, respondent_id: int, public_id: str, at: datetime) -> list[Response]:
    """Withdraw one response and return it, nothing if it was withdrawn before; inside `writing`."""
    return _withdraw(session, respondent_id, Response.public_id == public_id, at)


def withdraw_all(session: Session, respondent_id: int, at: datetime) -> list[Response]:
    """Withdraw all current responses and return them; inside `writing`."""
    return _withdraw(session, respondent_id, sa.true(), at)


def _own(respondent_id: int) -> sa.Select[Response]:
    return (
        sa.select(Response)
        .where(Response.respondent_id == respondent_id)
        .options(joinedload(Response.questionnaire).joinedload(Questionnaire.measure))
        .execution_options(populate_existing=True)
    )


def _withdraw(
    session: Session, respondent_id: int, which: sa.ColumnElement[bool], at: datetime
) -> list[Response]:
    erasure.lock(
        session, respondent_id
    )  # a form that another request sends is stored before or after
    ids = session.scalars(
        sa.update(Response)
        .where(
            Response.respondent_id == respondent_id,
            Response.superseded_at.is_(None),
            Response.withdrawn_at.is_(None),
            which,
        )
        .values(withdrawn_at=at)
        .returning(Response.id),
        execution_options={"synchronize_session": False},
    ).all()
    responses = session.scalars(
        _own(respondent_id).where(Response.id.in_(ids)).order_by(Response.submitted_at, Response.id)
    ).all()
    for response in responses:
        _withdraw_earlier(session, response, at)
    return list(responses)


def _withdraw_earlier(session: Session, response: Response, at: datetime) -> None:
    """Withdraw with a response the revisions that it replaced, in whatever version of the form."""
    measure_id = response.questionnaire.measure_id
    forms = sa.select(Questionnaire.id).where(
        Questionnaire.measure_id.is_(None)
        if measure_id is None
        else Questionnaire.measure_id == measure_id
    )
    session.execute(
        sa.update(Response)
        .where(
            Response.respondent_id == response.respondent_id,
            Response.questionnaire_id.in_(forms),
            Response.superseded_at.is_not(None),
            Response.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=at),
        execution_options={"synchronize_session": False},
    )
