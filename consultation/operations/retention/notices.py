"""Retention notices: mails to organisers before an erasure, the last one three days before."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from consultation.accounts import staff
from consultation.accounts.models import Role
from consultation.clock import in_paris
from consultation.mail import circulars
from consultation.mail.circulars import Mail
from consultation.mail.kinds import MessageKind
from consultation.operations.retention import policy
from consultation.operations.retention.policy import Due
from consultation.settings import ON_SCREEN


@dataclass(frozen=True)
class Announcement:
    """Parameters of a notice: what is erased, of which round, when (ISO), how to keep it longer.

    `before` and `setting` are empty for drafts, which no colleague may read, and `round` is after a
    gap (`gaps`).
    """

    goes: str
    stays: str
    before: str
    round: str
    at: str
    count: int
    setting: str

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)


KIND = MessageKind("retention", "retention", Announcement, "Effacement annoncé")


def enqueue_due(session: Session, settings: Mapping[str, Any], at: datetime) -> int:
    """Enqueue the notices that are due now, each once; return the number of mails.

    Idempotent; commits its own transactions.
    """
    wanted = [
        (f"{due.key}{step}:", _announcement(due, at))
        for due in policy.coming(session, settings, at)
        if (step := _step(due, at))
    ]
    return sum([enqueue(session, *it, at) for it in wanted])


def enqueue(session: Session, prefix: str, announcement: Announcement, at: datetime) -> int:
    """Enqueue a notice to each organiser, once for a prefix of keys; return the number of mails.

    Without an organiser it goes to the administrators.
    """

    def mails() -> Sequence[Mail]:
        to_organisers = staff.mails_to(session, Role.ORGANISER, prefix, announcement)
        return to_organisers or staff.mails_to(session, Role.ADMINISTRATOR, prefix, announcement)

    return circulars.enqueue_once(session, KIND, prefix, mails, at)


def notices(session: Session, settings: Mapping[str, Any], at: datetime) -> list[Announcement]:
    """Return the announcements of erasures to come, for the organisers' home page."""
    coming = policy.coming(session, settings, at)
    return [_announcement(due, at) for due in coming if _step(due, at) is not None]


def _step(due: Due, at: datetime) -> int | None:
    """Return the latest step whose day has come, in days before the erasure, or None."""
    left = math.ceil((due.due_at - at).total_seconds() / 86_400)
    return min((days for days in due.period.steps if left <= days), default=None)


def _announcement(due: Due, at: datetime) -> Announcement:
    period = due.period
    return Announcement(
        goes=period.goes,
        stays=period.stays,
        before=period.before,
        round=due.round.title["fr"],
        at=in_paris(due.goes_at(at)).isoformat(),
        count=due.count,
        setting=f"« {ON_SCREEN[period.setting].label} »" if period.setting else "",
    )
