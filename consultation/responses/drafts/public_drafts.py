"""A form of the public pages makes one respondent, by its first sending or saving, and no second.

The id of their link is derived from the form's key: whoever comes second finds who was first.
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
from consultation.responses.submission.store import UNKNOWN, Identity, new_respondent

PURPOSE, SAVED = "link of a form", "saved form"
REPEATED_FOR = timedelta(hours=2)
"""How long a form that was saved gives its link again, saved or sent unchanged: as a receipt."""


class FormUsed(Exception):
    """The form's key has made a respondent already, of whom nothing is shown for other content."""


def holder_of(session: Session, key: SubmissionKey) -> int | None:
    """Return the respondent whom a public form has made, if it was sent or saved before."""
    return session.scalar(
        sa.select(PersonalLink.respondent_id).where(PersonalLink.id == link_id(key))
    )


def begin(
    session: Session,
    key: SubmissionKey,
    identity: Identity = UNKNOWN,
    *,
    round_id: int,
    locale: str,
    notice: str,
    at: datetime,
) -> tuple[Respondent, bool]:
    """Return the respondent of a public form, and whether they are new; inside `writing`.

    Of two requests that begin at once, the second waits and is given the respondent of the first,
    as the first has left them.
    """
    respondent = new_respondent(
        session, identity, round_id=round_id, locale=locale, notice=notice, at=at
    )
    link = {
        "id": link_id(key),
        "respondent_id": respondent.id,
        "holder": links.RESPONDENT,
        "created_at": at,
    }
    if insert_once(session, PersonalLink, link) is not None:
        return respondent, True
    session.execute(sa.delete(Contact).where(Contact.respondent_id == respondent.id))
    session.execute(sa.delete(Respondent).where(Respondent.id == respondent.id))
    first = session.get_one(PersonalLink, link_id(key))
    return erasure.hold(session, first.respondent_id), False


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
    """Keep a public form as it is typed, for a respondent of its own; return who that is.

    The same again finds the same respondent.  Raise `FormUsed` for anything else under the key.
    """
    holder = holder_of(session, key)
    if holder is None:
        respondent, is_new = begin(
            session, key, round_id=instrument.round_id, locale=locale, notice=notice, at=at
        )
        holder = respondent.id
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
    """Say whether a public form comes back as it was saved, and not long after.

    Later, or once its draft has gone on elsewhere, somebody else may sit there.
    """
    draft = store.find(session, respondent_id, instrument.measure_id)
    if draft is None or draft.revision > 1 or at - draft.saved_at >= REPEATED_FOR:
        return False
    return store.says(draft, instrument, typed)


def is_known(session: Session, respondent_id: int) -> bool:
    """Say whether more is known of somebody than that they have begun a form."""
    respondent = session.get_one(Respondent, respondent_id)
    if respondent.standing is not Standing.UNVERIFIED:
        return True
    theirs = sa.exists().where(Response.respondent_id == respondent_id)
    return bool(session.scalar(sa.select(theirs)))


def forget_old(session: Session, at: datetime) -> int:
    """Delete, thirty days after the closing, who had begun a form and sent none; return how many.

    To be called once the drafts of those rounds are gone.  Who was invited stays, with their
    invitation, and who was erased, with what says so.
    """
    over = sa.select(Round.id).where(Round.closes_at <= at - store.KEPT_AFTER_CLOSING)
    theirs = Respondent.id
    old = session.scalars(
        sa.select(Respondent.id).where(
            Respondent.round_id.in_(over),
            Respondent.standing != Standing.INVITED,
            Respondent.erased_at.is_(None),
            ~sa.exists().where(Response.respondent_id == theirs),
            ~sa.exists().where(Draft.respondent_id == theirs),
        )
    ).all()
    for table in (Contact, PersonalLink, RespondentSession):
        session.execute(sa.delete(table).where(table.respondent_id.in_(old)))
    session.execute(sa.delete(Respondent).where(Respondent.id.in_(old)))
    return len(old)


def token_for(key: SubmissionKey) -> str:
    """Return what the address holds of the page that shows the link of a saved form."""
    return keyring.sign(SAVED, link_id(key))


def find_link(session: Session, token: str, at: datetime) -> PersonalLink | None:
    """Return the link that a saved form was given; None when forged, revoked or two hours old.

    Or once its space was left: the page that shows it is in the history of that browser.
    """
    found = keyring.unsign(SAVED, token)
    if found is None or at.timestamp() - found[1] >= REPEATED_FOR.total_seconds():
        return None
    link = session.get(PersonalLink, found[0])
    if link is None or link.revoked_at is not None:
        return None
    since = datetime.fromtimestamp(found[1], UTC)
    return None if sessions.was_left(session, link.respondent_id, since) else link


def link_id(key: SubmissionKey) -> str:
    """Return the id of the personal link of whoever begins a public form."""
    return keyring.derived_id(PURPOSE, key.id)
