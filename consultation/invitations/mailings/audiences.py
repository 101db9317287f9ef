"""Audiences: who a mailing goes to, by its purpose.

Packages to the right register theirs: see `register_audience`.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.invitations.models import Mailing, Purpose
from consultation.mail import circulars, displayed_states, retention
from consultation.mail.circulars import Mail
from consultation.mail.kinds import MessageKind
from consultation.mail.models import OutboxMessage


class StepRefused(Exception):
    """A mailing can't take this step; the message is a French sentence."""


class Audience(ABC):
    """Who the mailings of a purpose go to, each by a mail of `kind`.

    The rows of `table` are their recipients, with the columns `mailing_id`, `queued_at` and
    `skipped`; `recipient_id` is another, and `name` the text or number by which an outbox key names
    them, in a query of `source`.
    """

    kind: MessageKind
    table: Any
    source: Any
    recipient_id: sa.ColumnElement[int]
    name: sa.ColumnElement[Any]

    @abstractmethod
    def check(self, session: Session, mailing: Mailing, at: datetime) -> None:
        """Raise `StepRefused` unless the mailing may be sent now."""

    @abstractmethod
    def freeze(self, session: Session, mailing: Mailing) -> int:
        """Store the recipients of a mailing that starts, and count them; raise `StepRefused`."""

    @abstractmethod
    def no_recipients(self, mailing: Mailing) -> str:
        """Return why there is nobody to write to, as a French sentence."""

    @abstractmethod
    def counts(self, session: Session, mailing: Mailing) -> tuple[int, int]:
        """Count who a draft may be for, and who it would go to if it started now."""

    @abstractmethod
    def mail_of_next(
        self, session: Session, mailing: Mailing, base_url: str, at: datetime
    ) -> Mail | None:
        """Return the mail of the next recipient, or None and skip them; a recipient waits."""

    @abstractmethod
    def reached(self, session: Session, mailing: Mailing) -> tuple[int, int] | None:
        """Count who has opened their link, and who has answered; None if that is not asked."""

    def may_be_forgotten(self, mailing: Mailing) -> sa.ColumnElement[bool]:
        """Return the condition that another mailing may write to a recipient of this one."""
        return displayed_states.is_kept()

    def key(self, mailing: Mailing) -> sa.ColumnElement[str]:
        """Return the outbox key of the mail to a recipient, in a query of `source`."""
        return circulars.key_column(self.kind, mailing.public_id, self.name)

    def mail(
        self, mailing: Mailing, name: object, recipient: str, locale: str, parameters: Any
    ) -> Mail:
        key = circulars.key_of(self.kind, mailing.public_id, name)
        return Mail(dedup_key=key, recipient=recipient, locale=locale, parameters=parameters)

    def waiting(self, mailing: Mailing) -> sa.Select[Any]:
        """Select the recipients who are neither queued nor skipped."""
        return sa.select(self.recipient_id).where(*self._waits(mailing))

    def mark(self, session: Session, mailing: Mailing, recipient: int, **values: Any) -> bool:
        """Update a recipient who waits; return whether they still did."""
        marked = session.execute(
            sa.update(self.table)
            .where(*self._waits(mailing), self.recipient_id == recipient)
            .values(**values)
            .returning(self.recipient_id),
            execution_options={"synchronize_session": False},
        )
        return marked.first() is not None

    def statuses(self, mailing: Mailing) -> sa.Select[*tuple[Any, ...]]:
        """Select `skipped`, `is_queued` and the displayed `state` of the mail of each recipient."""
        return self._listed(mailing).with_only_columns(
            self.table.skipped,
            self.table.queued_at.is_not(None).label("is_queued"),
            displayed_states.column().label("state"),
        )

    def give_back(self, session: Session, mailing: Mailing, most: int, at: datetime) -> int:
        """Forget recipients whose mail was only kept on this machine, up to `most`; count them.

        Their mail is cancelled for good, and another mailing may write to them.
        """
        rows = session.execute(
            self._listed(mailing)
            .with_only_columns(self.recipient_id, OutboxMessage.id)
            .where(self.may_be_forgotten(mailing))
            .order_by(self.recipient_id)
            .limit(most)
        ).all()
        messages = [message_id for _, message_id in rows]
        retention.cancel_and_blank(session, messages)
        retention.forget_kept(session, messages)
        self.forget(session, mailing, [recipient for recipient, _ in rows], at)
        return len(rows)

    def forget(
        self, session: Session, mailing: Mailing, given_back: Sequence[int], at: datetime
    ) -> None:
        session.execute(
            sa.delete(self.table).where(
                self.table.mailing_id == mailing.id, self.recipient_id.in_(given_back)
            ),
            execution_options={"synchronize_session": False},
        )

    def _listed(self, mailing: Mailing) -> sa.Select[Any]:
        """Select the recipients, each with their mail once it is queued."""
        return (
            sa.select(self.recipient_id)
            .select_from(self.source)
            .outerjoin(OutboxMessage, OutboxMessage.dedup_key == self.key(mailing))
            .where(self.table.mailing_id == mailing.id)
        )

    def _waits(self, mailing: Mailing) -> Sequence[sa.ColumnElement[bool]]:
        table = self.table
        return table.mailing_id == mailing.id, table.queued_at.is_(None), table.skipped.is_(None)


_audiences: dict[Purpose, Audience] = {}


def register_audience(purpose: Purpose, audience: Audience) -> None:
    """Send the mailings of a purpose to this audience."""
    _audiences[purpose] = audience


def of(mailing: Mailing) -> Audience:
    return _audiences[mailing.purpose]
