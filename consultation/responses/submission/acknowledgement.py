"""Acknowledgement of a response by mail, in the transaction that stores it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from consultation.crypto.keyring import new_id
from consultation.i18n import prefix_for
from consultation.mail import outbox
from consultation.mail.addresses import Address
from consultation.mail.kinds import MessageKind, Reach
from consultation.mail.outbox import Caps
from consultation.responses.models import Respondent
from consultation.responses.space import links
from consultation.responses.submission.store import Filled, Stored
from consultation.text import clean_line


@dataclass(frozen=True)
class Acknowledgement:
    """Parameters of the mail about one response; none was typed by a visitor.

    `title` is the questionnaire's by language, `submitted_at` is ISO in UTC, `link` the personal
    link in full. A correction has the code of the first revision too, which its sender knows, and
    its number as a `version`.
    """

    receipt_code: str
    title: dict[str, str]
    submitted_at: str
    link: str
    first_code: str = ""
    version: int = 1
    is_trial: bool = False

    @property
    def number(self) -> str:
        """The number of the contribution, the same for all its versions."""
        return self.first_code or self.receipt_code

    @property
    def moment(self) -> datetime:
        """Moment of the response."""
        return datetime.fromisoformat(self.submitted_at)


KIND = MessageKind(
    "acknowledgement",
    "acknowledgement",
    Acknowledgement,
    "Accusé de réception",
    reach=Reach.ANSWER,
)


@dataclass(frozen=True)
class Letter:
    """The acknowledgement of a response, worked out before the turn to write."""

    address: Address
    locale: str
    link_id: str
    """Id of the personal link that it holds."""
    message: outbox.Prepared


def write(session: Session, filled: Filled, settings: Mapping[str, Any]) -> Letter | None:
    """Return the acknowledgement of a form, as if its respondent had sent none; or None.

    None where the form gives no address.
    """
    address, locale = filled.respondent.address, filled.sending.locale
    if address is None:
        return None
    return _letter(session, filled, address, locale, new_id(), settings)


def enqueue(
    session: Session,
    filled: Filled,
    stored: Stored,
    letter: Letter | None,
    settings: Mapping[str, Any],
    *,
    may_open: bool,
    refusal: str | None = None,
) -> None:
    """Enqueue the mail that confirms a response, in the transaction that stores it.

    It holds the link of the respondent's space: unless the sender may open that (`may_open`), it
    goes to the address that the respondent gave before, and not to the one of this form.  `letter`
    is what it says unless that, or an earlier link, is found.  `refusal` is why none may leave for
    the source of this request, if there is a reason.
    """
    address, locale = filled.respondent.address, filled.sending.locale
    if not may_open or (address is None and filled.sending.adds_identity):
        address, locale = _given_before(session, stored.respondent_id)
    if address is None:
        return
    link_id = None if stored.is_first else links.id_of_mails(session, stored.respondent_id)
    is_written = letter is not None and (letter.address, letter.locale) == (address, locale)
    if letter is None or not is_written or stored.revision > 1 or link_id:
        link = link_id or new_id()
        letter = _letter(session, filled, address, locale, link, settings, stored)
    if link_id is None:
        links.add_of_mails(session, stored.respondent_id, letter.link_id, filled.sending.at)
    outbox.enqueue_gathered(session, letter.message, Caps.of(settings, refusal))


def _given_before(session: Session, respondent_id: int) -> tuple[Address | None, str]:
    """Return the address that a respondent gave before, and their language."""
    respondent = session.get_one(Respondent, respondent_id)
    given = respondent.contact.address if respondent.contact else None
    return Address.of(given) if given else None, respondent.locale


def _letter(
    session: Session,
    filled: Filled,
    address: Address,
    locale: str,
    link_id: str,
    settings: Mapping[str, Any],
    stored: Stored | None = None,
) -> Letter:
    code = filled.receipt_code
    message = outbox.prepare(
        session,
        KIND,
        dedup_key=f"{KIND.name}:{code}",
        recipient=address,
        locale=locale,
        parameters=Acknowledgement(
            receipt_code=code,
            title={
                language: clean_line(text) for language, text in filled.instrument.title.items()
            },
            submitted_at=filled.sending.at.isoformat(),
            link=links.address_of(settings["BASE_URL"], prefix_for(locale), link_id),
            first_code=stored.first_code if stored else code,
            version=stored.revision if stored else 1,
            is_trial=filled.sending.is_trial,
        ),
        at=filled.sending.at,
    )
    return Letter(address, locale, link_id, message)
