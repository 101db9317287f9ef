"""Store of a response: a checked form as rows, and the inserts of response and answers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from consultation.crypto.keyring import keyring, new_id
from consultation.db.inserts import encode, insert_row, insert_rows
from consultation.questionnaires.form.instrument import Instrument, Question
from consultation.questionnaires.form.validation import Checked
from consultation.questionnaires.kinds import Value
from consultation.responses import identity, revisions
from consultation.responses.identity import Identity, RespondentRows
from consultation.responses.models import Answer, Channel, Respondent, Response
from consultation.responses.submission import receipt
from consultation.responses.submission.key import SubmissionKey


@dataclass(frozen=True)
class Sending:
    """How a form came, beside what it says."""

    at: datetime
    locale: str
    notice_version: str
    channel: Channel = Channel.WEB
    received_on: date | None = None
    """The day on which it came, of a form that staff type in."""
    is_proposed: bool = False
    """Whether the site had proposed the measure."""
    is_trial: bool = False
    """Whether its round is only tried out."""
    adds_identity: bool = False
    """Whether blank identity fields keep their stored value: only forms of a space show it."""
    draft_revision: int = 0
    """The revision of the draft that the form was given out over; 0 where there was none."""
    spam_signal: str | None = None


@dataclass(frozen=True)
class Filled:
    """A checked form as the database takes it: encrypted and hashed before the turn to write."""

    instrument: Instrument
    key: SubmissionKey
    checked: Checked
    sending: Sending
    respondent: RespondentRows
    """Those of a new respondent; one who is known is written by `store_identity`."""
    response: Mapping[str, Any]
    answers: Sequence[Mapping[str, Any]]
    content_hash: str
    """A keyed hash that recognises the same content and can't be guessed."""
    receipt_code: str
    content_index: str | None = None
    """Keyed hash that recognises the content under another key; None where it is not checked."""
    is_meant: bool = False
    """Whether it is stored although the same was received a while ago."""


def fill(
    session: Session,
    instrument: Instrument,
    key: SubmissionKey,
    checked: Checked,
    sending: Sending,
) -> Filled:
    """Return a checked form ready to be stored."""
    content_hash = _content_hash(instrument, checked)
    answers = _answer_rows(session, checked)
    code = receipt.new_code()
    response = {
        "public_id": new_id(),
        "questionnaire_id": instrument.id,
        "receipt_code": code,
        "content_hash": content_hash,
        "submitted_at": sending.at,
        "received_on": sending.received_on,
        "is_proposed": sending.is_proposed,
    }
    respondent = identity.respondent_rows(
        session,
        identity.given_in(instrument, checked.values),
        round_id=instrument.round_id,
        locale=sending.locale,
        notice=sending.notice_version,
        at=sending.at,
        channel=sending.channel,
    )
    return Filled(
        instrument,
        key,
        checked,
        sending,
        respondent,
        encode(session, Response, response),
        answers,
        content_hash,
        code,
    )


def _content_hash(instrument: Instrument, checked: Checked) -> str:
    content = json.dumps([instrument.public_id, sorted(checked.values.items())])
    return keyring.blind_index("content", content)


def _answer_rows(session: Session, checked: Checked) -> Sequence[Mapping[str, Any]]:
    rows = (answer_row(question, value) for question, value in checked.answers)
    return [encode(session, Answer, row) for row in rows]


def answer_row(question: Question, value: Value) -> dict[str, Any]:
    """Return the row of a value, without that of its response."""
    return {"question_id": question.id, **vars(value)}


def store_identity(session: Session, respondent: Respondent, filled: Filled, at: datetime) -> None:
    """Write the identity that a form gives, with its privacy notice and language."""
    identity.write(session, respondent, _identity_of(filled, respondent), at)
    respondent.notice_version = filled.sending.notice_version
    respondent.locale = filled.sending.locale


def repeats(filled: Filled, response: Response) -> bool:
    """Return whether a form would change neither a response that counts nor its identity."""
    if response.withdrawn_at is not None or response.questionnaire_id != filled.instrument.id:
        return False
    answers = {(question.id, *_values_of(value)) for question, value in filled.checked.answers}
    stored = {(it.question_id, *_values_of(it)) for it in response.answers}
    respondent = response.respondent
    return answers == stored and (
        _identity_of(filled, respondent) == identity.stored_of(respondent)
    )


def _identity_of(filled: Filled, respondent: Respondent) -> Identity:
    """Return the identity that a respondent has once a form of theirs is stored."""
    given = filled.respondent.identity
    return identity.completed(given, respondent) if filled.sending.adds_identity else given


def _values_of(it: Value | Answer) -> tuple[Any, ...]:
    return it.option_id, it.number, it.text, it.date, it.row_code, it.rank


@dataclass(frozen=True)
class Stored:
    """A response as it was just stored."""

    respondent_id: int
    public_id: str
    receipt_code: str
    is_first: bool
    """Whether it made its respondent."""
    first_code: str
    """Receipt code of its first revision, which its sender knows."""
    revision: int


def store(
    session: Session,
    filled: Filled,
    submission_id: int,
    respondent_id: int,
    earlier: Response | None = None,
    *,
    is_first: bool = False,
) -> Stored:
    """Insert a form with its answers, as the revision after `earlier`, if it replaces one.

    What was proposed once stays so: a correction comes from the space.
    """
    revision = earlier.revision + 1 if earlier else 1
    response_id = insert_row(
        session,
        Response,
        {
            **filled.response,
            "submission_id": submission_id,
            "respondent_id": respondent_id,
            "revision": revision,
            **({"is_proposed": True} if earlier and earlier.is_proposed else {}),
        },
    )
    insert_rows(session, Answer, [{**row, "response_id": response_id} for row in filled.answers])
    number = filled.receipt_code
    if earlier:
        measure_id = filled.instrument.measure_id
        number = revisions.first_code(session, respondent_id, measure_id) or number
    return Stored(
        respondent_id,
        filled.response["public_id"],
        filled.receipt_code,
        is_first=is_first,
        first_code=number,
        revision=revision,
    )
