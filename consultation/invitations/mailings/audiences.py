"""Audiences: who a mailing goes to, by its purpose.

Packages to the right register theirs: see `register_audience`.
"""

import enum
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.invitations.models import Mailing, Purpose


class StepRefused(Exception):
    """A mailing can't take this step; the message is a French sentence."""


class MailingProgress(enum.Enum):
    """The result of one step of a mailing."""

    QUEUED = "queued"
    SKIPPED = "skipped"
    NOTHING = "nothing"


class Audience(Protocol):
    """Who the mailings of a purpose go to.

    The rows of `table` are their recipients, with the columns `mailing_id`, `queued_at` and
    `skipped`.
    """

    table: Any

    def check(self, session: Session, mailing: Mailing, at: datetime) -> None:
        """Raise `StepRefused` unless the mailing may be sent now."""

    def freeze(self, session: Session, mailing: Mailing) -> int:
        """Store the recipients of a mailing that starts, and count them; raise `StepRefused`."""

    def no_recipients(self, mailing: Mailing) -> str:
        """Return why there is nobody to write to, as a French sentence."""

    def counts(self, session: Session, mailing: Mailing) -> tuple[int, int]:
        """Count who a draft may be for, and who it would go to if it started now."""

    def advance(
        self, session: Session, mailing: Mailing, base_url: str, at: datetime
    ) -> MailingProgress:
        """Enqueue the message of the next recipient, or skip them; one is waiting."""

    def statuses(self, mailing: Mailing) -> sa.Select[*tuple[Any, ...]]:
        """Select `skipped`, `is_queued` and the displayed `state` of the mail of each recipient."""

    def give_back(self, session: Session, mailing: Mailing, most: int, at: datetime) -> int:
        """Forget recipients whose mail was only kept on this machine, up to `most`; count them.

        Their mail is cancelled for good, and another mailing may write to them.
        """

    def reached(self, session: Session, mailing: Mailing) -> tuple[int, int] | None:
        """Count who has opened their link, and who has answered; None if that is not asked."""


_audiences: dict[Purpose, Audience] = {}


def register_audience(purpose: Purpose, audience: Audience) -> None:
    """Send the mailings of a purpose to this audience."""
    _audiences[purpose] = audience


def of(mailing: Mailing) -> Audience:
    """Return the audience of a mailing."""
    return _audiences[mailing.purpose]
