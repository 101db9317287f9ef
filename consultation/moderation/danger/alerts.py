"""Danger alerts: raised on a text or a mail, mailed to the referent, closed with a note.

Danger words raise the alert of a text, and any member of the staff may.  The mail does not hold the
text.  The note says what was done; or the alert is dismissed, since there is no danger.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from consultation.accounts.audit import audit_log
from consultation.crypto.keyring import new_id
from consultation.db.inserts import insert_once
from consultation.inbox import decisions as inbox_decisions
from consultation.mail import displayed_states, outbox
from consultation.mail.addresses import is_sendable
from consultation.mail.displayed_states import DisplayedState
from consultation.mail.kinds import MessageKind, Reach
from consultation.mail.models import OutboxMessage
from consultation.moderation.claims import lock
from consultation.moderation.models import DangerAlert, ModeratedText, TextState
from consultation.responses.models import Answer, Response
from consultation.text import clean_text, length
from consultation.web.permissions import NotAllowed, Permission
from consultation.work.services import Work, needs

LONGEST_NOTE = 1000
MOST_CLOSED = 50
MOST_RAISED = 50
"""Alerts of one transaction."""
MOST_MAILED, WITHIN = 10, timedelta(hours=1)
"""Alerts by danger words of which a mail is written: the referent reads the others on the site."""


@dataclass(frozen=True)
class DangerNotice:
    """Parameters of the mail: where the text is read, and the receipt code of its response.

    Not a word of the text, nor who wrote it: a mailbox is read by others, and on telephones.
    Of a mail received there is no code.  `is_by_phrases`: danger words raised the alert, and nobody
    has read the text yet.
    """

    public_id: str
    receipt_code: str
    raised_at: str
    is_mail: bool = False
    is_by_phrases: bool = False

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.raised_at)


KIND = MessageKind(
    "danger", "danger", DangerNotice, "Alerte : personne en danger", reach=Reach.STAFF
)


class NoteMissing(Exception):
    """An alert is closed by a note alone, which says what was done."""


class NoteTooLong(Exception):
    """The note is longer than is kept; `excess` says by how much."""

    def __init__(self, excess: int) -> None:
        super().__init__(str(excess))
        self.excess = excess


class AlreadyClosed(Exception):
    """Another member of the staff closed the alert meanwhile."""


@dataclass(frozen=True)
class Referent:
    """The person whom the settings name to be alerted, and whether a mail can reach them."""

    address: str
    name: str
    phone: str
    can_mail_leave: bool

    @property
    def is_mailed(self) -> bool:
        """An alert leaves this machine as a mail."""
        return self.is_written and self.can_mail_leave

    @property
    def is_written(self) -> bool:
        """A mail is written, be it only kept on this machine."""
        return bool(self.address) and is_sendable(self.address)


def referent_of(settings: Mapping[str, Any]) -> Referent:
    return Referent(
        address=settings["DANGER_REFERENT"],
        name=settings["DANGER_REFERENT_NAME"],
        phone=settings["DANGER_REFERENT_PHONE"],
        can_mail_leave=bool(settings["MAIL_SERVER"]),
    )


@needs(Permission.MODERATE)
def raise_for_text(work: Work, public_id: str, referent: Referent) -> DangerAlert:
    """Open the alert of a text, once while one is open, and enqueue a mail to the referent.

    It is open whether a mail can be written or not.  Raise `NotAllowed`.
    """
    text = lock(work.session, public_id)
    code = work.session.scalars(
        sa.select(Response.receipt_code).join(Answer).where(Answer.id == text.answer_id)
    ).one()
    alert_id = _insert(work.session, work.actor.id, work.at, answer_id=text.answer_id)
    if alert_id is not None:
        notice = DangerNotice(public_id, code, work.at.isoformat())
        _enqueue_notice(work.session, alert_id, notice, referent, work.at)
        audit_log.log(work, "danger_raised", public_id)
    return _open(work.session, DangerAlert.answer_id == text.answer_id)


def raise_for_marked(session: Session, referent: Referent, at: datetime) -> int:
    """Open an alert of each text that has danger words and never had one; return how many.

    A mail goes to the referent, except for what comes by dozens.
    """
    marked = session.execute(_MARKED.limit(MOST_RAISED)).all()
    for answer_id, public_id, code in marked:
        alert_id = _insert(session, None, at, answer_id=answer_id)
        if alert_id is None:
            continue
        audit_log.record(session, None, "danger_raised", public_id, at=at)
        mailed = sa.select(sa.func.count()).where(
            OutboxMessage.kind == KIND.name, OutboxMessage.created_at > at - WITHIN
        )
        if (session.scalar(mailed) or 0) < MOST_MAILED:
            notice = DangerNotice(public_id, code, at.isoformat(), is_by_phrases=True)
            _enqueue_notice(session, alert_id, notice, referent, at)
    return len(marked)


def is_any_marked(session: Session) -> bool:
    """Return whether `raise_for_marked` would open an alert."""
    return session.execute(_MARKED.limit(1)).first() is not None


def holds_back(session: Session, text: ModeratedText) -> bool:
    """Return whether a text waits to be published until its danger is dealt with."""
    alert = of_text(session, text.answer_id)
    return text.has_danger_words if alert is None else alert.closed_at is None


@needs(Permission.MODERATE)
def dismiss(work: Work, public_id: str) -> bool:
    """Note that a text with danger words tells of no danger, and close its alert.

    Return whether there was something to dismiss: another may have closed the alert meanwhile.
    Raise `NotAllowed`.
    """
    text = lock(work.session, public_id)
    if not holds_back(work.session, text):
        return False
    alert = of_text(work.session, text.answer_id)
    if alert is None:
        _insert(work.session, None, work.at, answer_id=text.answer_id)
        alert = _open(work.session, DangerAlert.answer_id == text.answer_id)
    alert.closed_at, alert.closed_by, alert.is_dismissed = work.at, work.actor.id, True
    audit_log.log(work, "danger_dismissed", public_id)
    return True


@needs(Permission.SORT_INBOX)
def raise_for_message(work: Work, public_id: str, referent: Referent) -> DangerAlert:
    """Open the alert of a mail that came in, as `raise_for_text` does of a text."""
    message = inbox_decisions.lock(work.session, public_id)
    alert_id = _insert(work.session, work.actor.id, work.at, message_id=message.id)
    if alert_id is not None:
        notice = DangerNotice(public_id, "", work.at.isoformat(), is_mail=True)
        _enqueue_notice(work.session, alert_id, notice, referent, work.at)
        audit_log.log(work, "message_danger_raised", public_id)
    return _open(work.session, DangerAlert.message_id == message.id)


def close(work: Work, public_id: str, note: str) -> DangerAlert:
    """Close an alert by a note of what was done.

    Raise `NoteMissing`, `NoteTooLong`, `AlreadyClosed`, or `NotAllowed` to who may not read what
    it is about.
    """
    alert = work.session.scalars(
        sa.select(DangerAlert)
        .where(DangerAlert.public_id == public_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    needed = Permission.MODERATE if alert.message_id is None else Permission.SORT_INBOX
    if not work.actor.may(needed):
        raise NotAllowed(needed)
    if alert.closed_at is not None:
        raise AlreadyClosed  # whatever is wrong with the note: its field is not displayed any more
    note = clean_text(note).strip()
    if not note:
        raise NoteMissing
    if length(note) > LONGEST_NOTE:
        raise NoteTooLong(length(note) - LONGEST_NOTE)
    alert.closed_at, alert.closed_by, alert.note = work.at, work.actor.id, note
    if alert.text is not None:
        audit_log.log(work, "danger_closed", alert.text.public_id)
    if alert.message is not None:
        subject = alert.message.public_id
        audit_log.log(work, "message_danger_closed", subject)
    return alert


def open_count(session: Session) -> int:
    return session.scalar(_OPEN_COUNT) or 0


def oldest_open(session: Session) -> datetime | None:
    """Return when the oldest open alert was raised, or None."""
    return session.scalar(_OLDEST_OPEN)


@needs(Permission.MODERATE)
def alerts(work: Work, *, is_open: bool) -> Sequence[DangerAlert]:
    """Return the open alerts, the oldest first, or those that were closed last."""
    is_wanted = DangerAlert.closed_at.is_(None)
    statement = sa.select(DangerAlert).options(*_WITH_SOURCE)
    if is_open:
        return work.session.scalars(statement.where(is_wanted).order_by(DangerAlert.id)).all()
    return work.session.scalars(
        statement.where(~is_wanted).order_by(DangerAlert.closed_at.desc()).limit(MOST_CLOSED)
    ).all()


@needs(Permission.SORT_INBOX)
def open_messages(work: Work) -> frozenset[int]:
    """Return the ids of the mails of which an alert is open."""
    ids = sa.select(DangerAlert.message_id).where(DangerAlert.closed_at.is_(None))
    return frozenset(id_ for id_ in work.session.scalars(ids) if id_ is not None)


def mail_states(session: Session, alerts: Iterable[DangerAlert]) -> Mapping[str, DisplayedState]:
    """Return the state of the mail of each alert that has one, by the public id of the alert."""
    by_key = {_dedup_key(alert): alert.public_id for alert in alerts}
    rows = session.execute(
        sa.select(OutboxMessage.dedup_key, OutboxMessage.status, OutboxMessage.last_error).where(
            OutboxMessage.dedup_key.in_(by_key)
        )
    )
    return {by_key[key]: displayed_states.of(status, error) for key, status, error in rows}


@needs(Permission.MODERATE)
def load(work: Work, public_id: str) -> DangerAlert | None:
    return work.session.scalars(
        sa.select(DangerAlert).where(DangerAlert.public_id == public_id).options(*_WITH_SOURCE)
    ).one_or_none()


def of_text(session: Session, answer_id: int) -> DangerAlert | None:
    """Return the last alert of a text, open or closed; the caller may read the text."""
    return session.scalars(_last(DangerAlert.answer_id == answer_id)).first()


@needs(Permission.SORT_INBOX)
def of_message(work: Work, message_id: int) -> DangerAlert | None:
    """Return the last alert of a mail, open or closed."""
    return work.session.scalars(_last(DangerAlert.message_id == message_id)).first()


_MARKED = (
    sa.select(ModeratedText.answer_id, ModeratedText.public_id, Response.receipt_code)
    .join(Answer, Answer.id == ModeratedText.answer_id)
    .join(Response, Response.id == Answer.response_id)
    .where(
        ModeratedText.state.in_(list(TextState)),  # the index begins with it
        ModeratedText.has_danger_words,
        Response.superseded_at.is_(None),
        Response.withdrawn_at.is_(None),
        ~sa.exists().where(DangerAlert.answer_id == ModeratedText.answer_id),
    )
    .order_by(ModeratedText.answer_id)
)
_OPEN_COUNT = sa.select(sa.func.count()).where(DangerAlert.closed_at.is_(None))
_OLDEST_OPEN = (
    sa.select(DangerAlert.raised_at)
    .where(DangerAlert.closed_at.is_(None))
    .order_by(DangerAlert.id)
    .limit(1)
)
_WITH_SOURCE = (
    joinedload(DangerAlert.account),
    joinedload(DangerAlert.closer),
    joinedload(DangerAlert.text),
    joinedload(DangerAlert.message).load_only(),
)


def _last(condition: sa.ColumnElement[bool]) -> sa.Select[DangerAlert]:
    return (
        sa.select(DangerAlert)
        .where(condition)
        .options(joinedload(DangerAlert.account), joinedload(DangerAlert.closer))
        .order_by(DangerAlert.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def _open(session: Session, condition: sa.ColumnElement[bool]) -> DangerAlert:
    return session.scalars(
        sa.select(DangerAlert).where(condition, DangerAlert.closed_at.is_(None))
    ).one()


def _insert(session: Session, account_id: int | None, at: datetime, **source: int) -> int | None:
    """Insert an open alert unless one is open for the same; return its id, or None."""
    values = {"public_id": new_id(), "account_id": account_id, "raised_at": at}
    return insert_once(session, DangerAlert, values | source)


def _enqueue_notice(
    session: Session, alert_id: int, notice: DangerNotice, referent: Referent, at: datetime
) -> None:
    if not referent.is_written:
        return
    outbox.enqueue(
        session,
        KIND.name,
        dedup_key=_dedup_key(session.get_one(DangerAlert, alert_id)),
        recipient=referent.address,
        locale="fr",
        parameters=notice,
        at=at,
    )


def _dedup_key(alert: DangerAlert) -> str:
    return f"{KIND.name}:{alert.public_id}"
