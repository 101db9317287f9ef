"""Notification by mail of an export that is ready, or that failed."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.models import Account
from consultation.clock import now
from consultation.exports.models import ExportSetting
from consultation.exports.orders.jobs import CONTACTS
from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.jobs.models import Job, JobStatus
from consultation.mail import outbox
from consultation.mail.addresses import is_sendable
from consultation.mail.kinds import MessageKind
from consultation.questionnaires.models import Round


@dataclass(frozen=True)
class ExportEnded:
    """Parameters of the mail, without any content of the export.

    `name` is that of the saved setting, or the round's title.
    """

    public_id: str
    name: str
    is_ready: bool
    is_of_contacts: bool
    is_scheduled: bool
    is_round_over: bool


KIND = MessageKind("export_ended", "export_ended", ExportEnded, "Classeur prêt, ou non abouti")


def announce(session: Session, job: Job) -> None:
    """Enqueue the mail that the order asks for, in the transaction that ends the job."""
    account = session.get(Account, job.requested_by) if job.requested_by else None
    if not job.parameters.get("mail") or account is None or not account.active:
        return
    if is_sendable(account.email):
        outbox.enqueue(
            session,
            KIND.name,
            dedup_key=f"{KIND.name}:{job.public_id}",
            recipient=account.email,
            locale=DEFAULT_LOCALE,
            parameters=_parameters(session, job),
            at=now(),
        )


def _parameters(session: Session, job: Job) -> ExportEnded:
    code = job.parameters.get("round")
    about = session.scalars(sa.select(Round).where(Round.code == code)).one_or_none()
    setting = session.scalar(
        sa.select(ExportSetting.name).where(
            ExportSetting.public_id == job.parameters.get("setting")
        )
    )
    return ExportEnded(
        public_id=job.public_id,
        name=setting or localized(about.title if about else None, DEFAULT_LOCALE) or str(code),
        is_ready=job.status is JobStatus.DONE,
        is_of_contacts=job.kind == CONTACTS,
        is_scheduled=job.parameters.get("scheduled") is True,
        is_round_over=about is not None and about.closes_at <= now(),
    )
