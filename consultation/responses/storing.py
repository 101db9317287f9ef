"""A form that was checked, and the rows it is written down as."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from consultation.crypto import keyring, new_id
from consultation.database import Base, connection_of
from consultation.inserting import insert
from consultation.questionnaires import checking
from consultation.questionnaires.instrument import Instrument
from consultation.responses import receipts
from consultation.responses.drafts import Typed
from consultation.responses.identity import completed, identity_of, keep_identity
from consultation.responses.keys import SubmissionKey
from consultation.responses.models import Answer, Respondent, Response


@dataclass(frozen=True)
class Filled:
    """A form that was checked, ready to be stored."""

    instrument: Instrument
    key: SubmissionKey
    values: Mapping[int, Any]
    locale: str
    notice_version: str
    doubt: str | None = None
    typed: Typed = field(default_factory=dict)
    """The same to the letter, by which a draft of it is known again."""
    draft_revision: int = 0
    """The revision of the draft that the form was given out over; 0 where there was none."""
    content_index: str | None = None
    """By which the same is known again under another key; None where that is not looked at."""
    is_meant: bool = False
    """Whether it is to be stored although the same was received a while ago."""

    adds_identity: bool = False
    """Whether what it leaves blank of who answers stays: it was not given out with what is known,
    as forms of a space are."""

    @property
    def content_hash(self) -> str:
        """A keyed hash by which the same content is known again, and can't be guessed."""
        content = json.dumps([self.instrument.public_id, sorted(self.values.items())])
        return keyring.blind_index("content", content)


def address_in(filled: Filled) -> str | None:
    """Return the address that was given with the form, if one was."""
    return identity_of(filled.instrument, filled.values).address


def keep_said(session: Session, respondent: Respondent, filled: Filled, at: datetime) -> None:
    """Keep what a respondent says of themself now, with the notice and the language of its form."""
    said = identity_of(filled.instrument, filled.values)
    if filled.adds_identity:
        said = completed(said, respondent)
    keep_identity(session, respondent, said, at)
    respondent.notice_version = filled.notice_version
    respondent.locale = filled.locale


# Into the table: through the class, rows that lack different values are split up.
_ANSWERS = sa.insert(Base.metadata.tables[Answer.__tablename__])


def store(
    session: Session,
    filled: Filled,
    submission_id: int,
    respondent: Respondent,
    revision: int,
    at: datetime,
) -> Response:
    """Write down a form as a revision of that respondent's, with its answers."""
    response = insert(
        session,
        Response,
        {
            "public_id": new_id(),
            "submission_id": submission_id,
            "respondent_id": respondent.id,
            "questionnaire_id": filled.instrument.id,
            "revision": revision,
            "receipt_code": receipts.new_code(),
            "content_hash": filled.content_hash,
            "submitted_at": at,
        },
    )
    answers = [
        {
            "response_id": response.id,
            "question_id": question.id,
            "option_id": value.option_id,
            "number": value.number,
            "text": value.text,
            "date": value.date,
        }
        for question, value in checking.rows(filled.instrument, filled.values)
    ]
    set_committed_value(response, "respondent", respondent)
    if answers:
        connection_of(session).execute(_ANSWERS, answers)
    return response
