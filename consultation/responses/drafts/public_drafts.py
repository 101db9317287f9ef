"""Drafts of public forms, which visitors save without a space.

A public form makes one respondent, by being saved or sent first.  The id of their personal link
is derived from the form's key, so that a second request finds the respondent of the first.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto.keyring import keyring
from consultation.db.inserts import insert_once
from consultation.questionnaires.form.instrument import Instrument
from consultation.questionnaires.models import Round
from consultation.responses.drafts import store
from consultation.responses.drafts.store import Typed
from consultation.responses.identity import (
    UNKNOWN,
    RespondentRows,
    insert_respondent,
    respondent_rows,
)
from consultation.responses.models import (
    Contact,
    Draft,
    PersonalLink,
    Respondent,
    RespondentSession,
    Response,
    Standing,
)
from consultation.responses.rights import erasure
from consultation.responses.space import links, sessions
from consultation.responses.submission.key import SubmissionKey

SAVED = "saved form"
REPEATED_FOR = timedelta(hours=2)
"""How long a saved form gives its link again if it comes back unchanged, as a receipt does."""


class FormUsed(Exception):
    """The key has made a respondent, of whom nothing is displayed for other content."""


def holder_of(session: Session, key: SubmissionKey) -> int | None:
    """Return the respondent whom a public form made when it was sent or saved, or None."""
    return session.scalar(
        sa.select(PersonalLink.respondent_id).where(PersonalLink.id == key.link_id)
    )


def begin(
    session: Session, key: SubmissionKey, rows: RespondentRows, at: datetime
) -> tuple[int, bool]:
    """Return the id of the respondent of a public form, and whether they are new.

    Called inside `writing`.

    Of two requests at once, the second waits and gets the respondent of the first, as stored then.
    """
    respondent_id = insert_respondent(session, rows)
    link = {
        "id": key.link_id,
        "respondent_id": respondent_id,
        "holder": links.RESPONDENT,
        "created_at": at,
    }
    if insert_once(session, PersonalLink, link) is not None:
        return respondent_id, True
    session.execute(sa.delete(Contact).where(Contact.respondent_id == respondent_id))
    session.execute(sa.delete(Respondent).where(Respondent.id == respondent_id))
    first = session.get_one(PersonalLink, key.link_id)
    return erasure.lock(session, first.respondent_id).id, False


def save(
    session: Session,
    instrument: Instrument,
    key: SubmissionKey,
    typed: Typed,
    *,
    locale: str,
    notice: str,
    at: datetime,
) -> int:
    """Save a public form as typed, for a respondent of its own; return their id.

    The same content again finds the same respondent.  Raise `FormUsed` for other content.
    """
    holder = holder_of(session, key)
    if holder is None:
        rows = respondent_rows(
            session, UNKNOWN, round_id=instrument.round_id, locale=locale, notice=notice, at=at
        )
        holder, is_new = begin(session, key, rows, at)
        if is_new:
            store.save(session, holder, instrument, typed, key=key, seen=0, at=at)
            return holder
    if erasure.is_erased(session, holder):
        raise FormUsed
    if not is_as_saved(session, holder, instrument, typed, at):
        raise FormUsed
    return holder


def is_as_saved(
    session: Session, respondent_id: int, instrument: Instrument, typed: Typed, at: datetime
) -> bool:
    """Return whether a public form comes back as it was saved, within two hours.

    Later, or once its draft was saved elsewhere, the visitor may be another person.
    """
    draft = store.find(session, respondent_id, instrument.measure_id)
    if draft is None or draft.revision > 1 or at - draft.saved_at >= REPEATED_FOR:
        return False
    return store.says(draft, instrument, typed)


def is_known(session: Session, respondent_id: int) -> bool:
    """Return whether a respondent was invited, has confirmed their address or sent a form."""
    respondent = session.get_one(Respondent, respondent_id)
    if respondent.standing is not Standing.UNVERIFIED:
        return True
    has_response = sa.exists().where(Response.respondent_id == respondent_id)
    return bool(session.scalar(sa.select(has_response)))


def forget_old(session: Session, at: datetime) -> int:
    """Delete respondents without any response thirty days after the closing; return how many.

    Called once the drafts of those rounds are deleted.  Invited and erased respondents stay.
    """
    over = sa.select(Round.id).where(Round.closes_at <= at - store.KEPT_AFTER_CLOSING)
    respondent_id = Respondent.id
    old = session.scalars(
        sa.select(Respondent.id).where(
            Respondent.round_id.in_(over),
            Respondent.standing != Standing.INVITED,
            Respondent.erased_at.is_(None),
            ~sa.exists().where(Response.respondent_id == respondent_id),
            ~sa.exists().where(Draft.respondent_id == respondent_id),
        )
    ).all()
    for table in (Contact, PersonalLink, RespondentSession):
        session.execute(sa.delete(table).where(table.respondent_id.in_(old)))
    session.execute(sa.delete(Respondent).where(Respondent.id.in_(old)))
    return len(old)


def token_for(key: SubmissionKey) -> str:
    """Return the token in the address of the page that shows the link of a saved form."""
    return keyring.sign(SAVED, key.link_id)


def find_link(session: Session, token: str, at: datetime) -> PersonalLink | None:
    """Return the link of a saved form; None when forged, revoked or two hours old.

    Or once its space was left: the browser's history holds the page that shows it.
    """
    signed = keyring.unsign(SAVED, token)
    if signed is None or at.timestamp() - signed[1] >= REPEATED_FOR.total_seconds():
        return None
    link = session.get(PersonalLink, signed[0])
    if link is None or link.revoked_at is not None:
        return None
    since = datetime.fromtimestamp(signed[1], UTC)
    return None if sessions.was_left(session, link.respondent_id, since) else link
