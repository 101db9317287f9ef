"""Identity of a respondent: what a form says of its sender, and the rows that keep it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from consultation.db.inserts import encode, insert_row
from consultation.mail.addresses import Address, mailbox
from consultation.questionnaires.form.instrument import Instrument, Question
from consultation.questionnaires.models import Destination, Quotation
from consultation.responses.drafts import store as drafts_store
from consultation.responses.models import Channel, Contact, Respondent, Standing
from consultation.responses.space import links

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


def given_in(instrument: Instrument, values: Mapping[int, Any]) -> Identity:
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


def stored_of(respondent: Respondent) -> Identity:
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

    identity: Identity
    """What they are made of."""
    respondent: Mapping[str, Any]
    contact: Mapping[str, Any] | None
    address: Address | None


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
    encoded = encode(session, Respondent, respondent)
    if identity.name is None and identity.address is None:
        return RespondentRows(identity, encoded, None, None)
    contact, address = _contact(identity)
    return RespondentRows(identity, encoded, encode(session, Contact, contact), address)


def insert_respondent(session: Session, rows: RespondentRows) -> int:
    """Insert the rows of a new respondent, and return their id."""
    respondent_id: int = insert_row(session, Respondent, rows.respondent)
    if rows.contact is not None:
        insert_row(session, Contact, {"respondent_id": respondent_id, **rows.contact})
    return respondent_id


def _contact(identity: Identity) -> tuple[dict[str, str | None], Address | None]:
    """Return the values of a row of contact data, and the address that they hold."""
    address = Address.of(identity.address) if identity.address else None
    return {
        "name": identity.name,
        "address": identity.address,
        "address_index": address.index if address else None,
        "mailbox_index": address.mailbox_index if address else None,
    }, address


def write(session: Session, respondent: Respondent, identity: Identity, at: datetime) -> None:
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
    kept, _address = _contact(identity)
    if identity.address and not _is_box_of(contact, identity.address):
        links.end_mailed(session, respondent.id, at)
        if respondent.standing is Standing.CONFIRMED:
            respondent.standing = Standing.UNVERIFIED
    for column, value in kept.items():
        setattr(contact, column, value)
    session.flush()


def _is_box_of(contact: Contact, address: str) -> bool:
    return contact.address is not None and mailbox(contact.address) == mailbox(address)
