"""Store of a response: respondent, contact, response and answers as rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from consultation.crypto.keyring import keyring, new_id
from consultation.db.inserts import encode, insert_row, insert_rows
from consultation.mail.addresses import indexes_of, mailbox
from consultation.questionnaires.form import validation
from consultation.questionnaires.form.instrument import Instrument, Question
from consultation.questionnaires.kinds import Value
from consultation.questionnaires.models import Destination, Quotation
from consultation.responses.drafts import store as drafts_store
from consultation.responses.drafts.store import Typed
from consultation.responses.models import (
    Answer,
    Channel,
    Contact,
    Respondent,
    Response,
    Standing,
)
from consultation.responses.space import links
from consultation.responses.submission import receipt
from consultation.responses.submission.key import SubmissionKey

NO_CAPACITY = "unstated"


@dataclass(frozen=True)
class Identity:
    """Identity and consents of a respondent; all but the capacity may be missing."""

    capacity: str
    organisation: str | None
    territory: str | None
    name: str | None
    address: str | None
    consent_contact: bool
    consent_anonymous: bool
    consent_named: bool


UNKNOWN = Identity(NO_CAPACITY, None, None, None, None, False, False, False)
"""Identity of a respondent who has saved a form and sent none."""


def identity_of(instrument: Instrument, values: Mapping[int, Any]) -> Identity:
    """Return the identity given in a form, from its checked values."""
    answers: dict[Destination, Any] = {
        question.destination: _plain(question, values[question.id])
        for question in instrument.questions
        if question.id in values
    }
    quotation = answers.get(Destination.CONSENT_QUOTATION)
    return Identity(
        capacity=answers.get(Destination.CAPACITY) or NO_CAPACITY,
        organisation=answers.get(Destination.ORGANISATION),
        territory=answers.get(Destination.TERRITORY),
        name=answers.get(Destination.NAME),
        address=answers.get(Destination.ADDRESS),
        consent_contact=answers.get(Destination.CONSENT_CONTACT) == "yes",
        consent_anonymous=answers.get(Destination.CONSENT_ANONYMOUS) == "yes"
        or quotation == Quotation.ANONYMOUS,
        consent_named=answers.get(Destination.CONSENT_NAMED) == "yes"
        or quotation == Quotation.NAMED,
    )


def completed(identity: Identity, respondent: Respondent) -> Identity:
    """Return an identity with what is known of the respondent where it is blank.

    Consents are never completed: they are what is ticked in the form.
    """
    contact = respondent.contact
    return replace(
        identity,
        capacity=respondent.capacity if identity.capacity == NO_CAPACITY else identity.capacity,
        organisation=identity.organisation or respondent.organisation,
        territory=identity.territory or respondent.territory,
        name=identity.name or (contact.name if contact else None),
        address=identity.address or (contact.address if contact else None),
    )


def _plain(question: Question, value: Any) -> Any:
    """Return the one code of a choice, or the text."""
    return value[0] if question.options else value


def new_respondent(
    session: Session, identity: Identity, *, round_id: int, locale: str, notice: str, at: datetime
) -> int:
    """Insert a respondent, and return their id.

    `notice` is the version of the privacy notice that was shown.
    """
    rows = respondent_rows(
        session, identity, round_id=round_id, locale=locale, notice=notice, at=at
    )
    return insert_respondent(session, rows)


@dataclass(frozen=True)
class RespondentRows:
    """A respondent and their contact data, if there are any, as the database takes them."""

    respondent: Mapping[str, Any]
    contact: Mapping[str, Any] | None


def respondent_rows(
    session: Session,
    identity: Identity,
    *,
    round_id: int,
    locale: str,
    notice: str,
    at: datetime,
    channel: Channel = Channel.WEB,
) -> RespondentRows:
    """Return the rows of a new respondent; see `new_respondent`."""
    respondent = {
        "round_id": round_id,
        "notice_version": notice,
        "locale": locale,
        "channel": channel,
        "created_at": at,
        "said_at": at,
        "capacity": identity.capacity,
        "organisation": identity.organisation,
        "territory": identity.territory,
        "consent_contact": identity.consent_contact,
        "consent_anonymous": identity.consent_anonymous,
        "consent_named": identity.consent_named,
    }
    is_reached = identity.name is not None or identity.address is not None
    return RespondentRows(
        encode(session, Respondent, respondent),
        encode(session, Contact, _contact(identity)) if is_reached else None,
    )


def insert_respondent(session: Session, rows: RespondentRows) -> int:
    """Insert the rows of a new respondent, and return their id."""
    respondent_id: int = insert_row(session, Respondent, rows.respondent)
    if rows.contact is not None:
        insert_row(session, Contact, {"respondent_id": respondent_id, **rows.contact})
    return respondent_id


def _contact(identity: Identity) -> dict[str, str | None]:
    """Return the values of a row of contact data."""
    return {
        "name": identity.name,
        "address": identity.address,
        **indexes_of(identity.address),
    }


def write_identity(
    session: Session, respondent: Respondent, identity: Identity, at: datetime
) -> None:
    """Write the identity of a respondent, the contact data in its own table.

    It is removed from their drafts: a form that is opened again shows what is stored here.  With
    another address, the links that were mailed to the earlier one end and the respondent counts as
    unverified.
    """
    drafts_store.remove_identity(session, respondent.id)
    respondent.said_at = at
    respondent.capacity = identity.capacity
    respondent.organisation = identity.organisation
    respondent.territory = identity.territory
    respondent.consent_contact = identity.consent_contact
    respondent.consent_anonymous = identity.consent_anonymous
    respondent.consent_named = identity.consent_named
    contact = session.get(Contact, respondent.id)
    if contact is None:
        if identity.name is None and identity.address is None:
            return
        contact = Contact(respondent_id=respondent.id)
        session.add(contact)
    kept = _contact(identity)
    if identity.address and not _is_box_of(contact, identity.address):
        links.end_mailed(session, respondent.id, at)
        if respondent.standing is Standing.CONFIRMED:
            respondent.standing = Standing.UNVERIFIED
    for column, value in kept.items():
        setattr(contact, column, value)
    session.flush()


def _is_box_of(contact: Contact, address: str) -> bool:
    return contact.address is not None and mailbox(contact.address) == mailbox(address)


@dataclass(frozen=True)
class Filled:
    """A checked form, ready to be stored."""

    instrument: Instrument
    key: SubmissionKey
    values: Mapping[int, Any]
    locale: str
    notice_version: str
    spam_signal: str | None = None
    typed: Typed = field(default_factory=dict)
    """What was typed, to the letter, by which its draft is recognised."""
    draft_revision: int = 0
    """The revision of the draft that the form was given out over; 0 where there was none."""
    content_index: str | None = None
    """Keyed hash that recognises the content under another key; None where it is not checked."""
    is_meant: bool = False
    """Whether it is stored although the same was received a while ago."""

    is_proposed: bool = False
    """Whether the site had proposed the measure."""
    channel: Channel = Channel.WEB
    received_on: date | None = None
    """The day on which it came, of a form that staff type in."""
    is_trial: bool = False
    """Whether its round is only tried out."""
    adds_identity: bool = False
    """Whether blank identity fields keep their stored value: only forms of a space show it."""

    @cached_property
    def identity(self) -> Identity:
        """What the form says of the sender."""
        return identity_of(self.instrument, self.values)

    @cached_property
    def content_hash(self) -> str:
        """A keyed hash that recognises the same content and can't be guessed."""
        content = json.dumps([self.instrument.public_id, sorted(self.values.items())])
        return keyring.blind_index("content", content)


def store_identity(session: Session, respondent: Respondent, filled: Filled, at: datetime) -> None:
    """Write the identity that a form gives, with its privacy notice and language."""
    identity = filled.identity
    if filled.adds_identity:
        identity = completed(identity, respondent)
    write_identity(session, respondent, identity, at)
    respondent.notice_version = filled.notice_version
    respondent.locale = filled.locale


def repeats(filled: Filled, response: Response) -> bool:
    """Return whether a form would change neither a response that counts nor its identity."""
    if response.withdrawn_at is not None or response.questionnaire_id != filled.instrument.id:
        return False
    answers = {
        (question.id, *_values_of(value))
        for question, value in validation.rows(filled.instrument, filled.values)
    }
    stored = {(it.question_id, *_values_of(it)) for it in response.answers}
    respondent = response.respondent
    identity = filled.identity
    if filled.adds_identity:
        identity = completed(identity, respondent)
    return answers == stored and identity == _identity_stored(respondent)


def _values_of(it: Value | Answer) -> tuple[Any, ...]:
    return it.option_id, it.number, it.text, it.date, it.row_code, it.rank


def _identity_stored(respondent: Respondent) -> Identity:
    contact = respondent.contact
    return Identity(
        capacity=respondent.capacity,
        organisation=respondent.organisation,
        territory=respondent.territory,
        name=contact.name if contact else None,
        address=contact.address if contact else None,
        consent_contact=respondent.consent_contact,
        consent_anonymous=respondent.consent_anonymous,
        consent_named=respondent.consent_named,
    )


@dataclass(frozen=True)
class Rows:
    """A form as the database takes it, all but the keys that its inserts return."""

    receipt_code: str
    respondent: RespondentRows
    """Those of a new respondent; one who is known is written by `store_identity`."""
    response: Mapping[str, Any]
    answers: Sequence[Mapping[str, Any]]


def answer_row(question: Question, value: Value) -> dict[str, Any]:
    """Return the row of a value, without that of its response."""
    return {"question_id": question.id, **vars(value)}


def rows_of(session: Session, filled: Filled, at: datetime) -> Rows:
    """Return the rows of a form: worked out before the turn to write, encrypted and hashed."""
    code = receipt.new_code()
    response = {
        "public_id": new_id(),
        "questionnaire_id": filled.instrument.id,
        "receipt_code": code,
        "content_hash": filled.content_hash,
        "submitted_at": at,
        "received_on": filled.received_on,
        "is_proposed": filled.is_proposed,
    }
    answers = [
        answer_row(question, value)
        for question, value in validation.rows(filled.instrument, filled.values)
    ]
    respondent = respondent_rows(
        session,
        filled.identity,
        round_id=filled.instrument.round_id,
        locale=filled.locale,
        notice=filled.notice_version,
        at=at,
        channel=filled.channel,
    )
    return Rows(
        code,
        respondent,
        encode(session, Response, response),
        [encode(session, Answer, answer) for answer in answers],
    )


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
    rows: Rows,
    submission_id: int,
    respondent_id: int,
    earlier: Response | None = None,
) -> None:
    """Insert a form with its answers, as the revision after `earlier`, if it replaces one.

    What was proposed once stays so: a correction comes from the space.
    """
    response_id = insert_row(
        session,
        Response,
        {
            **rows.response,
            "submission_id": submission_id,
            "respondent_id": respondent_id,
            "revision": earlier.revision + 1 if earlier else 1,
            **({"is_proposed": True} if earlier and earlier.is_proposed else {}),
        },
    )
    insert_rows(session, Answer, [{**row, "response_id": response_id} for row in rows.answers])
