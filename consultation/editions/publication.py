"""Publication of editions: the one in preparation, a second person, the freeze, those published.

A service of an edition prepares it by `prepare`; it publishes it by `ready`, then carries out what
it decides, then `freeze`, in one transaction.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.interfaces import ORMOption

from consultation.accounts.audit import audit_log
from consultation.db.stale import StaleEdit
from consultation.editions.models import Edition, digest
from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.web.permissions import Permission
from consultation.work.services import Work

E = TypeVar("E", bound=Edition)

LARGEST_NUMBER = 2**31 - 1
"""What a column of whole numbers holds on both databases."""


class SecondPersonNeeded(Exception):
    """Another person publishes than the one who prepared an edition, or reported a value."""


def check_second_person(work: Work, authors: Iterable[int], *, needs_second: bool) -> None:
    """Raise `SecondPersonNeeded` where two people are needed and the actor is an author."""
    if needs_second and work.actor.id in authors:
        raise SecondPersonNeeded


@dataclass(frozen=True)
class EditionSeries(Generic[E]):
    """Editions of one kind: one in preparation at most, and those published, numbered from 1."""

    model: type[E]
    in_french: str
    """The one in preparation, with its article: « le bilan en préparation »."""
    action: str
    """The action of the audit log by which one is published."""
    lock: Callable[[Session], None]
    """Locks what an edition freezes, until the transaction ends."""
    options: Callable[[], Sequence[ORMOption]]
    """What is loaded with an edition, or later."""

    def in_preparation(self, session: Session) -> E | None:
        """Return the edition that is not published yet; there is one at most."""
        query = sa.select(self.model).where(self.model.published_at.is_(None))
        anew = query.options(*self.options()).execution_options(populate_existing=True)
        return session.scalars(anew).one_or_none()

    def published(self, session: Session) -> Sequence[E]:
        """Return the published editions, the latest first."""
        return session.scalars(self._published()).all()

    def published_edition(self, session: Session, number: int | None = None) -> E | None:
        """Return the published edition of a number, or the last one; None for one that can't be."""
        if number is not None and number > LARGEST_NUMBER:
            return None
        which = sa.true() if number is None else self.model.number == number
        return session.scalars(self._published().where(which).limit(1)).one_or_none()

    def names_of(self, session: Session, numbers: Collection[str]) -> dict[str, str]:
        """Name published editions by their number, as text: the number, then the title."""
        known = [int(it) for it in numbers if it.isdecimal()]
        rows = session.execute(
            sa.select(self.model.number, self.model.title).where(
                self.model.published_at.is_not(None), self.model.number.in_(known)
            )
        )
        return {
            str(number): f"{number}, « {localized(title, DEFAULT_LOCALE)} »"
            for number, title in rows
        }

    def count(self, session: Session) -> int:
        published = self.model.published_at.is_not(None)
        return session.scalar(sa.select(sa.func.count()).where(published)) or 0

    def number_anew(self, session: Session) -> None:
        """Give the edition in preparation the number that follows the last published one."""
        edition = self.in_preparation(session)
        if edition is not None:
            edition.number = self._next_number(session)
            session.flush()

    def prepare(self, work: Work, texts: Mapping[str, Any], seen_at: datetime | None) -> E:
        """Keep the texts of the edition in preparation, by column, or begin one.

        `seen_at` is `prepared_at` of the one that was displayed, None when there was none.  Raise
        `StaleEdit` where a colleague changed it after that.
        """
        edition = self._locked(work)
        if (edition.prepared_at if edition else None) != seen_at:
            raise self._stale(edition)
        if edition is None:
            number = self._next_number(work.session)
            edition = self.model()
            edition.number = number
            work.session.add(edition)
        for name, text in texts.items():
            setattr(edition, name, text)
        return _stamped(work, edition)

    def changed(self, work: Work) -> E:
        """Return the edition in preparation, from now on the actor's; raise `StaleEdit`."""
        edition = self._locked(work)
        if edition is None:
            raise self._stale(None)
        return _stamped(work, edition)

    def discard(self, work: Work, seen_at: datetime | None) -> None:
        """Give up the edition in preparation.  Raise `StaleEdit`."""
        work.session.delete(self._displayed(work, seen_at))
        work.session.flush()

    def ready(self, work: Work, seen_at: datetime | None, *, needs_second: bool = False) -> E:
        """Return the edition in preparation for its publication, locked with what it freezes.

        Raise `StaleEdit` or `SecondPersonNeeded`.
        """
        edition = self._displayed(work, seen_at)
        check_second_person(work, [edition.prepared_by], needs_second=needs_second)
        return edition

    def freeze(self, work: Work, edition: E, content: dict[str, Any], **details: int) -> E:
        """Publish an edition that is `ready` with its content, which nobody changes any more."""
        edition.content, edition.content_hash = content, digest(content)
        edition.published_by, edition.published_at = work.actor.id, work.at
        work.session.flush()
        noted = {"edition": edition.number, **details}
        audit_log.log(work, self.action, str(edition.number), noted)
        return edition

    def _published(self) -> sa.Select[E]:
        query = sa.select(self.model).where(self.model.published_at.is_not(None))
        return query.order_by(self.model.number.desc()).options(*self.options())

    def _next_number(self, session: Session) -> int:
        published = self.model.published_at.is_not(None)
        last = session.scalar(sa.select(sa.func.max(self.model.number)).where(published))
        return (last or 0) + 1

    def _locked(self, work: Work) -> E | None:
        work.check(Permission.PUBLISH_EDITIONS)
        self.lock(work.session)
        return self.in_preparation(work.session)

    def _displayed(self, work: Work, seen_at: datetime | None) -> E:
        edition = self._locked(work)
        if edition is None or edition.prepared_at != seen_at:
            raise self._stale(edition)
        return edition

    def _stale(self, edition: E | None) -> StaleEdit:
        if edition is None:
            return StaleEdit(self.in_french)
        return StaleEdit(self.in_french, edition.preparer.email, edition.prepared_at)


def _stamped(work: Work, edition: E) -> E:
    edition.prepared_by, edition.prepared_at = work.actor.id, work.at
    work.session.flush()
    return edition
