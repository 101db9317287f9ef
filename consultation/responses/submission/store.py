"""Response store: respondent, contact, response and answers as rows."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from consultation.crypto.keyring import keyring, new_id
from consultation.db.base import Base, connection_of
from consultation.db.inserts import insert, insert_row
from consultation.mail.addresses import indexes_of, mailbox
from consultation.questionnaires.form import validation
from consultation.questionnaires.form.instrument import Instrument, Question
from consultation.questionnaires.models import Destination
from consultation.responses.drafts import store as drafts_store
from consultation.responses.drafts.store import Typed
from consultation.responses.models import Answer, Contact, Respondent, Response, Standing
from consultation.responses.space import links
from consultation.responses.submission import receipt
from consultation.responses.submission.key import SubmissionKey

NO_CAPACITY = "unstated"


@dataclass(frozen=True)
class Identity:
    """What a respondent said of themself; everything but the capacity may be missing."""

    capacity: str
    organisation: str | None
    territory: str | None
    name: str | None
    address: str | None
    consent_contact: bool
    consent_anonymous: bool
    consent_named: bool


UNKNOWN = Identity(NO_CAPACITY, None, None, None, None, False, False, False)
"""Of whom nothing is known yet: they have begun a form, and sent none."""


def identity_of(instrument: Instrument, values: Mapping[int, Any]) -> Identity:
    """Return who answers, from the checked values of a form."""
    said: dict[Destination, Any] = {
        question.destination: _plain(question, values[question.id])
        for question in instrument.questions
        if question.id in values
    }
    return Identity(
        capacity=said.get(Destination.CAPACITY) or NO_CAPACITY,
        organisation=said.get(Destination.ORGANISATION),
        territory=said.get(Destination.TERRITORY),
        name=said.get(Destination.NAME),
        address=said.get(Destination.ADDRESS),
        consent_contact=said.get(Destination.CONSENT_CONTACT) == "yes",
        consent_anonymous=said.get(Destination.CONSENT_ANONYMOUS) == "yes",
        consent_named=said.get(Destination.CONSENT_NAMED) == "yes",
    )


def completed(said: Identity, respondent: Respondent) -> Identity:
    """Return what a respondent says, with what is known of them where they left it blank.

    What they agree to is what they ticked here.
    """
    contact = respondent.contact
    return replace(
        said,
        capacity=respondent.capacity if said.capacity == NO_CAPACITY else said.capacity,
        organisation=said.organisation or respondent.organisation,
        territory=said.territory or respondent.territory,
        name=said.name or (contact.name if contact else None),
        address=said.address or (contact.address if contact else None),
    )


def _plain(question: Question, value: Any) -> Any:
    """Return the one code of a choice, or the text."""
    return value[0] if question.options else value


def new_respondent(
    session: Session, identity: Identity, *, round_id: int, locale: str, notice: str, at: datetime
) -> Respondent:
    """Return a new respondent; `notice` is the version of the privacy notice that was shown."""
    respondent = insert(
        session,
        Respondent,
        {
            "round_id": round_id,
            "notice_version": notice,
            "locale": locale,
            "created_at": at,
            "said_at": at,
            "capacity": identity.capacity,
            "organisation": identity.organisation,
            "territory": identity.territory,
            "consent_contact": identity.consent_contact,
            "consent_anonymous": identity.consent_anonymous,
            "consent_named": identity.consent_named,
        },
    )
    if identity.name is not None or identity.address is not None:
        insert_row(session, Contact, {"respondent_id": respondent.id} | _contact(identity))
    return respondent


def _contact(identity: Identity) -> dict[str, str | None]:
    """Return what the table of contact data holds of somebody."""
    return {
        "name": identity.name,
        "address": identity.address,
        **indexes_of(identity.address),
    }


def keep_identity(
    session: Session, respondent: Respondent, identity: Identity, at: datetime
) -> None:
    """Write what the respondent says of themself now, the contact data in its own table.

    Their drafts say it no more: a form that is opened again shows what is kept here.  Where another
    address is given, the links that were sent to the earlier one end, and nobody has confirmed it.
    """
    drafts_store.forget_identity(session, respondent.id)
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
    """A form that was checked, ready to be stored."""

    instrument: Instrument
    key: SubmissionKey
    values: Mapping[int, Any]
    locale: str
    notice_version: str
    spam_signal: str | None = None
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
            "receipt_code": receipt.new_code(),
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
        for question, value in validation.rows(filled.instrument, filled.values)
    ]
    set_committed_value(response, "respondent", respondent)
    if answers:
        connection_of(session).execute(_ANSWERS, answers)
    return response
