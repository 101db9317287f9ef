"""Erase what has outlived its time: what sent mails carried, sessions that ended, old exports."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts import inviting
from consultation.accounts.models import StaffSession
from consultation.database import writing
from consultation.exporting import keeping
from consultation.inbox import forgetting
from consultation.mail import emptying
from consultation.mail.maildir import mailbox_of
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.responses import beginning, drafts, spaces
from consultation.sheets import sent

STAFF_SESSION_DAYS = 30


def apply(
    session: Session, settings: Mapping[str, Any], at: datetime, *, dry_run: bool
) -> list[str]:
    """Erase, or count when `dry_run`, and return what it came to, line by line in French."""
    with writing(session):
        emptying.empty_forgotten(session)
        emptied = _empty_sent(session, at - timedelta(days=settings["RETENTION_MAIL_DAYS"]))
        closed = spaces.forget_old(session, at)
        left = drafts.forget_old(session, at)
        gone = beginning.forget_old(session, at)
        sent.forget_old(session, at)
        inviting.forget_old(session, at)
        forgotten = forgetting.forget(
            session, at - timedelta(days=settings["RETENTION_INCOMING_DAYS"])
        )
        ended = _forget_staff_sessions(session, at - timedelta(days=STAFF_SESSION_DAYS))
        if dry_run:
            session.rollback()
    old = keeping.outlived(settings["EXPORTS_DIR"], settings["RETENTION_EXPORT_DAYS"], at)
    if not dry_run:
        keeping.remove(old)
        forgetting.sweep(session, settings["HOME"], at)
        emptying.sweep(session, mailbox_of(settings))
    return [
        f"{emptied} courriels partis : destinataire et contenu effacés",
        f"{forgotten} courriels reçus et traités : contenu effacé",
        f"{closed} espaces fermés oubliés",
        f"{left} brouillons de tours clos effacés",
        f"{gone} répondants qui n'avaient rien envoyé oubliés",
        f"{ended} connexions anciennes oubliées",
        f"{len(old)} classeurs supprimés",
        *(["Rien n'a été effacé."] if dry_run else []),
    ]


def _empty_sent(session: Session, before: datetime) -> int:
    """Take recipient and parameters from messages that are done with; the rows stay."""
    done = (MessageStatus.SENT, MessageStatus.UNDELIVERABLE, MessageStatus.SUPPRESSED)
    emptied = session.execute(
        sa.update(OutboxMessage)
        .where(
            OutboxMessage.status.in_(done),
            OutboxMessage.created_at < before,
            OutboxMessage.recipient.is_not(None),
        )
        .values(recipient=None, parameters=None)
        .returning(OutboxMessage.id)
    )
    return len(emptied.all())


def _forget_staff_sessions(session: Session, before: datetime) -> int:
    gone = session.execute(
        sa.delete(StaffSession)
        .where(StaffSession.seen_at < before)
        .returning(StaffSession.token_hash)
    )
    return len(gone.all())
