"""Receipt of a submission: its code, its token, and what its page shows."""

import enum
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto.keyring import keyring
from consultation.db.statements import Statement
from consultation.i18n import Localized
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.questionnaires.models import Questionnaire, Round
from consultation.responses.models import (
    Answer,
    PersonalLink,
    Respondent,
    RespondentSession,
    Response,
    Submission,
)
from consultation.responses.revisions import FIRST_CODE
from consultation.responses.space import links, sessions
from consultation.responses.submission.key import SubmissionKey

PURPOSE, ALONE = "receipt", "receipt alone"
SHOWN_FOR = sessions.SHOWN_FOR
AT_ONCE = timedelta(minutes=10)
"""An acknowledgement due later than this after its response is displayed as waiting."""
# Crockford's base 32: no I, L, O or U, which are misread or make words.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS, GROUP_LENGTH = 4, 4
_MISREAD = str.maketrans("OIL", "011")


class MailState(enum.StrEnum):
    """State of the acknowledgement, as the receipt displays it."""

    COMING = "coming"
    GATHERED = "gathered"
    """It waits for those of other contributions, for hours."""
    KEPT = "kept"
    """No mail server is set: it stays on this machine."""
    CAPPED = "capped"
    WITHHELD = "withheld"
    NONE = "none"


class ReceiptNoLongerShown(Exception):
    """The token is ours, and its receipt is two hours old."""


def new_code() -> str:
    """Return a new receipt code, 80 random bits in four groups."""
    groups = ("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))
    return "-".join(groups)


def code_in(text: str) -> str:
    """Return the receipt code that was typed: in any case, with or without its hyphens.

    Letters that no code holds are those that they are misread for.
    """
    read = text.upper().translate(_MISREAD)
    characters = "".join(character for character in read if character in ALPHABET)
    starts = range(0, len(characters), GROUP_LENGTH)
    return "-".join(characters[start : start + GROUP_LENGTH] for start in starts)


def token_for(receipt_code: str, *, opens: bool = True) -> str:
    """Return the token in the address of the receipt page.

    With `opens` the page shows the personal link too; without, it shows that one receipt only.
    """
    return keyring.sign(PURPOSE if opens else ALONE, receipt_code)


@dataclass(frozen=True)
class Receipt:
    """A response as its receipt page displays it."""

    response_id: int
    respondent_id: int
    capacity: str
    receipt_code: str
    first_code: str
    """The number that is displayed: that of the first revision."""
    title: Localized
    is_tool: bool
    submitted_at: datetime
    revision: int
    is_withdrawn: bool
    is_replaced: bool
    is_later: bool
    """Whether its respondent had sent something before, and so has seen their link."""
    mail: MailState
    is_round_closed: bool
    link_id: str | None
    """Id of the personal link that existed when the response was sent."""


_RESPONSE, _RESPONDENT = Response.__table__.c, Respondent.__table__.c
_ROUND, _ANSWER = Round.__table__.c, Answer.__table__.c
_FORM, _MESSAGE, _LINK = (it.__table__.c for it in (Questionnaire, OutboxMessage, PersonalLink))
_THEIR_LINK = (
    sa.select(_LINK.id)
    .where(
        _LINK.respondent_id == _RESPONSE.respondent_id,
        _LINK.holder == links.RESPONDENT,
        _LINK.revoked_at.is_(None),
    )
    .order_by(_LINK.created_at)
    .limit(1)
    .correlate(Response.__table__)
    .scalar_subquery()
)
_WAS_LEFT = sa.exists().where(
    RespondentSession.__table__.c.respondent_id == _RESPONSE.respondent_id,
    RespondentSession.__table__.c.revoked_at > _RESPONSE.submitted_at,
)
"""Whether the space was closed since in a browser, whose history holds the receipt."""
_EARLIER = Response.__table__.alias("earlier")
_IS_LATER = sa.exists().where(
    _EARLIER.c.respondent_id == _RESPONSE.respondent_id, _EARLIER.c.id < _RESPONSE.id
)
_RECEIPT = Statement(
    sa.select(
        _RESPONSE.id,
        _FORM.title,
        _FORM.measure_id,
        _RESPONSE.submitted_at,
        _RESPONSE.revision,
        FIRST_CODE.label("first_code"),
        _RESPONSE.withdrawn_at,
        _RESPONSE.superseded_at,
        _RESPONDENT.erased_at,
        _ROUND.closes_at,
        _MESSAGE.status,
        _MESSAGE.last_error,
        _MESSAGE.next_attempt_at,
        _LINK.id.label("link_id"),
        _LINK.created_at.label("link_created_at"),
        _WAS_LEFT.label("was_left"),
        _RESPONSE.respondent_id,
        _RESPONDENT.capacity,
        _IS_LATER.label("is_later"),
    )
    .select_from(Response.__table__)
    .join(Respondent.__table__, _RESPONDENT.id == _RESPONSE.respondent_id)
    .join(Round.__table__, _ROUND.id == _RESPONDENT.round_id)
    .join(Questionnaire.__table__, _FORM.id == _RESPONSE.questionnaire_id)
    .outerjoin(OutboxMessage.__table__, _MESSAGE.dedup_key == sa.bindparam("dedup_key"))
    .outerjoin(PersonalLink.__table__, _LINK.id == _THEIR_LINK)
    .where(_RESPONSE.receipt_code == sa.bindparam("code"))
)


_TEXTS = Statement(
    sa.select(_ANSWER.text).where(
        _ANSWER.response_id == sa.bindparam("response_id"), _ANSWER.text.is_not(None)
    )
)


def code_of(token: str) -> str | None:
    """Return the code of the receipt of a token, None when forged."""
    return _read(token)[0]


def _read(token: str) -> tuple[str | None, bool]:
    """Return the code of the receipt of a token, and whether it shows the personal link too."""
    opening = keyring.unsign(PURPOSE, token)
    signed = opening or keyring.unsign(ALONE, token)
    return signed[0] if signed else None, opening is not None


def find(session: Session, token: str, at: datetime) -> Receipt | None:
    """Return the receipt of a token in one query; None when forged, or the respondent is erased.

    Raise `ReceiptNoLongerShown`.
    """
    code, opens = _read(token)
    if code is None:
        return None
    sought = {"code": code, "dedup_key": f"acknowledgement:{code}"}
    row = _RECEIPT.row(session, sought)
    if row is None or row.erased_at is not None:
        return None
    if row.was_left or at - row.submitted_at >= SHOWN_FOR:
        raise ReceiptNoLongerShown(code)
    # A link made since then belongs to the reader of a mail.
    is_from_sending = row.link_id is not None and row.link_created_at <= row.submitted_at
    return Receipt(
        response_id=row.id,
        respondent_id=row.respondent_id,
        capacity=row.capacity,
        receipt_code=code,
        first_code=row.first_code,
        title=row.title,
        is_tool=row.measure_id is None,
        submitted_at=row.submitted_at,
        revision=row.revision,
        is_withdrawn=row.withdrawn_at is not None,
        is_replaced=row.superseded_at is not None,
        is_later=row.is_later,
        is_round_closed=row.closes_at <= at,
        mail=_mail_state(row.status, row.last_error, row.next_attempt_at, row.submitted_at),
        link_id=row.link_id if opens and is_from_sending else None,
    )


def texts_of(session: Session, stored: Receipt) -> Sequence[str]:
    """Return the texts of the response of a receipt."""
    return [text for (text,) in _TEXTS.rows(session, {"response_id": stored.response_id}) if text]


def last_sent(session: Session, key: SubmissionKey) -> Response | None:
    """Return the last response of a key; None where there is none or it was erased."""
    return session.scalars(
        sa.select(Response)
        .join(Submission)
        .join(Respondent, Respondent.id == Response.respondent_id)
        .where(Submission.key == key.id, Respondent.erased_at.is_(None))
        .order_by(Response.revision.desc())
        .limit(1)
    ).one_or_none()


def _mail_state(
    status: MessageStatus | None,
    last_error: str | None,
    due_at: datetime | None,
    submitted_at: datetime,
) -> MailState:
    """Return whether the acknowledgement will come, later, or why not."""
    if status is None or due_at is None:
        return MailState.NONE
    if status is MessageStatus.QUEUED and due_at - submitted_at > AT_ONCE:
        return MailState.GATHERED
    if status not in (MessageStatus.SUPPRESSED, MessageStatus.UNDELIVERABLE):
        return MailState.COMING
    # Why an address takes no mail is told to its owner only: another may have typed it here.
    return MailState.CAPPED if last_error == "daily_cap" else MailState.WITHHELD
