"""Service of readings: one noted or removed, and the logo put beside their names, by an actor."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account
from consultation.db.inserts import insert_once
from consultation.db.stale import StaleEdit
from consultation.readings.models import PageReading, ReadingLogo
from consultation.readings.pages import PageKey, TextSources, digest_of
from consultation.readings.png import Image
from consultation.readings.queries import NewReading, reading_of
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


@needs(Permission.RUN_ROUNDS)
def note(work: Work, sources: TextSources, key: PageKey, read: NewReading) -> None:
    """Note who read a page over, in place of the reading that `read.replaced` names.

    Raise `StaleEdit` where the page says something else by now, or has another reading.
    """
    if read.digest != digest_of(sources, key):
        raise StaleEdit("cette page")
    before = reading_of(work.session, key)
    if (str(before.id) if before else "") != read.replaced:
        raise _stale(work.session, before)
    if before is not None:
        work.session.execute(sa.delete(PageReading).where(PageReading.id == before.id))
    row = {
        **key._asdict(),
        "readers": read.readers,
        "read_on": read.read_on,
        "digest": read.digest,
        "noted_at": work.at,
        "account_id": work.actor.id,
    }
    if insert_once(work.session, PageReading, row) is None:  # another writer came first
        raise _stale(work.session, reading_of(work.session, key))
    audit_log.log(work, "page_read", key.code or None, _details(key))


@needs(Permission.RUN_ROUNDS)
def remove(work: Work, tag: str, identifier: int) -> bool:
    """Remove a reading with the names in it; return whether it was still there."""
    reading = work.session.get(PageReading, identifier)
    if reading is None or reading.tag != tag:
        return False
    key = PageKey(tag, reading.page, reading.code)
    work.session.execute(sa.delete(PageReading).where(PageReading.id == identifier))
    audit_log.log(work, "page_reading_removed", key.code or None, _details(key))
    return True


@needs(Permission.RUN_ROUNDS)
def put_logo(work: Work, tag: str, image: Image, alternative: str, replaced: str) -> None:
    """Show an image beside the names of readers, in place of the one that `replaced` names.

    Raise `StaleEdit` where another is there by now, or none any more.
    """
    before = work.session.get(ReadingLogo, tag)
    if (before.public_id if before else "") != replaced:
        raise _stale_logo(work.session, before)
    work.session.execute(sa.delete(ReadingLogo).where(ReadingLogo.tag == tag))
    row = {
        "tag": tag,
        "alternative": alternative,
        "width": image.width,
        "height": image.height,
        "size": len(image.content),
        "put_at": work.at,
        "account_id": work.actor.id,
        "content": image.content,
    }
    if insert_once(work.session, ReadingLogo, row) is None:  # another writer came first
        raise _stale_logo(work.session, work.session.get(ReadingLogo, tag))
    audit_log.log(work, "reading_logo_put", None, {"language": tag, "bytes": len(image.content)})


@needs(Permission.RUN_ROUNDS)
def remove_logo(work: Work, tag: str, public_id: str) -> bool:
    """Remove this logo of a language; return whether it was still there."""
    logo = work.session.get(ReadingLogo, tag)
    if logo is None or logo.public_id != public_id:
        return False
    work.session.execute(sa.delete(ReadingLogo).where(ReadingLogo.tag == tag))
    audit_log.log(work, "reading_logo_removed", None, {"language": tag})
    return True


def _details(key: PageKey) -> dict[str, str]:
    return {"language": key.tag, "page": key.page.value}


def _stale(session: Session, reading: PageReading | None) -> StaleEdit:
    if reading is None:
        return StaleEdit("cette relecture")
    return StaleEdit("cette relecture", _email(session, reading.account_id), reading.noted_at)


def _stale_logo(session: Session, logo: ReadingLogo | None) -> StaleEdit:
    if logo is None:
        return StaleEdit("ce logo")
    return StaleEdit("ce logo", _email(session, logo.account_id), logo.put_at)


def _email(session: Session, account_id: int | None) -> str | None:
    by = session.get(Account, account_id) if account_id else None
    return by.email if by else None
