"""Queries of readings: the pages of a language with who read them over, and their logo."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from consultation.accounts.models import Account
from consultation.i18n import Localized
from consultation.readings.models import PageReading, ReadablePage, ReadingLogo
from consultation.readings.pages import PageKey, TextSources, digest_of


class NewReading(NamedTuple):
    """A reading as it is noted, of the page whose `digest` was displayed."""

    readers: str
    read_on: date
    digest: str
    replaced: str
    """The reading that was displayed, by its id; empty for none."""


class ReadingState(StrEnum):
    """How far a page is with its reading."""

    NEVER = "never"
    READ = "read"
    CHANGED = "changed"
    """Another text was read."""
    GONE = "gone"
    """The form that was read is not given out any more."""


@dataclass(frozen=True)
class PageRow:
    """A page, its reading, and who noted that: None where the account is gone."""

    key: PageKey
    title: Localized | None
    """Of a form that is given out."""
    state: ReadingState
    reading: PageReading | None = None
    by: str | None = None


class ReadBy(NamedTuple):
    """What a visitor is told of a reading, as long as the page has its digest."""

    readers: str
    read_on: date
    digest: str


class Logo(NamedTuple):
    """A logo without its content."""

    public_id: str
    alternative: str
    width: int
    height: int

    @property
    def file_name(self) -> str:
        """The end of its address."""
        return f"{self.public_id}.png"


class Readings(NamedTuple):
    """All readings and logos, for the pages of visitors."""

    by_page: Mapping[PageKey, ReadBy]
    logos: Mapping[str, Logo]


def readings(session: Session) -> Readings:
    by_page = {
        PageKey(it.tag, it.page, it.code): ReadBy(it.readers, it.read_on, it.digest)
        for it in session.scalars(sa.select(PageReading))
    }
    logos = {
        it.tag: Logo(it.public_id, it.alternative, it.width, it.height)
        for it in session.scalars(sa.select(ReadingLogo))
    }
    return Readings(by_page, logos)


def rows(sources: TextSources, tag: str) -> Sequence[PageRow]:
    """Return the pages of a language, the forms last, those that are gone at the end."""
    keys = {PageKey(tag, it): None for it in ReadablePage if it is not ReadablePage.FORM}
    forms = {PageKey(tag, ReadablePage.FORM, it): form for it, form in sources.forms.items()}
    titles = {**keys, **{key: form.title for key, form in forms.items()}}
    stored = _stored(sources.session, tag)
    gone = [PageRow(it, None, ReadingState.GONE, *stored[it]) for it in stored if it not in titles]
    return [*(_row(sources, it, titles[it], stored) for it in titles), *gone]


def row_of(sources: TextSources, key: PageKey) -> PageRow:
    """Return one page; it is gone where there is no such form."""
    is_form = key.page is ReadablePage.FORM
    form = sources.forms.get(key.code) if is_form else None
    if (form is None) is is_form or bool(key.code) is not is_form:
        return PageRow(key, None, ReadingState.GONE)
    return _row(sources, key, form and form.title, _stored(sources.session, key.tag))


def reading_of(session: Session, key: PageKey) -> PageReading | None:
    return session.scalars(
        sa.select(PageReading).where(
            PageReading.tag == key.tag,
            PageReading.page == key.page,
            PageReading.code == key.code,
        )
    ).one_or_none()


def logo_of(session: Session, tag: str) -> ReadingLogo | None:
    return session.get(ReadingLogo, tag)


def logo_by_name(session: Session, public_id: str) -> ReadingLogo | None:
    """Return a logo with its content."""
    return session.scalars(
        sa.select(ReadingLogo)
        .where(ReadingLogo.public_id == public_id)
        .options(undefer(ReadingLogo.content))
    ).one_or_none()


Stored = Mapping[PageKey, tuple[PageReading, str | None]]


def _stored(session: Session, tag: str) -> Stored:
    readings = session.execute(
        sa.select(PageReading, Account.email)
        .outerjoin(Account, Account.id == PageReading.account_id)
        .where(PageReading.tag == tag)
        .order_by(PageReading.id)
    )
    return {PageKey(tag, it.page, it.code): (it, by) for it, by in readings}


def _row(sources: TextSources, key: PageKey, title: Localized | None, stored: Stored) -> PageRow:
    if key not in stored:
        return PageRow(key, title, ReadingState.NEVER)
    reading, by = stored[key]
    is_same = reading.digest == digest_of(sources, key)
    return PageRow(key, title, ReadingState.READ if is_same else ReadingState.CHANGED, reading, by)
