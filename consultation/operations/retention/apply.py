"""Application of all retention periods: mails, sessions, drafts, exports, closed rounds."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts import invitations
from consultation.accounts.models import StaffSession
from consultation.clock import in_paris
from consultation.db.base import writing
from consultation.decisions import basis
from consultation.exports import files
from consultation.inbox import erasure
from consultation.institutions.data_requests import record as data_requests
from consultation.institutions.replies import erasure as replies
from consultation.mail import retention
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.mail.transport import mailbox_of
from consultation.operations.retention import gaps, policy
from consultation.responses.drafts import public_drafts
from consultation.responses.space import sessions
from consultation.spreadsheets import uploads

STAFF_SESSION_DAYS = 30
BATCH = 500
WAITING = (
    "Après un arrêt du site ou un saut de l'horloge, rien ne s'efface par son seul âge avant le"
    " {resumed_at:%d/%m/%Y}."
)


def apply(
    session: Session, settings: Mapping[str, Any], at: datetime, *, dry_run: bool
) -> list[str]:
    """Erase what is due, or count it with `dry_run`; return French lines of what was done.

    Commits its own batches; after an interruption the next call continues.  After a gap (`gaps`)
    what goes by the clock alone waits until `gaps.resumes_at`.
    """
    if not dry_run:
        gaps.enqueue_due(session, at)
    resumed_at = gaps.resumes_at(session, at)
    session.rollback()
    with writing(session):
        retention.blank_forgotten(session)
        basis.empty_gone(session)
        closed = sessions.forget_old(session, at)
        uploads.forget_old(session, at)
        invitations.erase_expired(session, at)
        ended = _forget_staff_sessions(session, at - timedelta(days=STAFF_SESSION_DAYS))
        if dry_run:
            session.rollback()
    over = _erase_by_policy(session, settings, at, dry_run)
    by_age = (
        [WAITING.format(resumed_at=in_paris(resumed_at))]
        if resumed_at
        else _erase_by_age(session, settings, at, dry_run)
    )
    old = files.outlived(settings["EXPORTS_DIR"], settings["RETENTION_EXPORT_DAYS"], at)
    if not dry_run:
        _remove_files(session, settings, old, at)
    return [
        *by_age,
        f"{closed} espaces fermés oubliés",
        f"{ended} connexions anciennes oubliées",
        f"{len(old)} classeurs supprimés",
        *over,
        *(["Rien n'a été effacé."] if dry_run else []),
    ]


def _erase_by_age(
    session: Session, settings: Mapping[str, Any], at: datetime, dry_run: bool
) -> list[str]:
    """Erase what is older than its period, which no notice announces; return lines of it."""
    sent_before = at - timedelta(days=settings["RETENTION_MAIL_DAYS"])
    blanked = _in_batches(session, dry_run, lambda: _blank_sent(session, sent_before))
    forgotten = _erase_incoming(session, settings, at, dry_run)
    addresses = _forget_institutions(session, settings, at, dry_run)
    answered = _forget_contacts(session, settings, at, dry_run)
    gone = _forget_unknown(session, at, dry_run)
    return [
        f"{blanked} courriels partis : destinataire et contenu effacés",
        f"{forgotten} courriels reçus et traités : contenu effacé",
        f"{addresses} adresses d'institutions effacées",
        f"{answered} demandes de chiffres finies : adresse et signature effacées",
        f"{gone} personnes qui n'avaient rien envoyé, oubliées",
    ]


def _erase_incoming(
    session: Session, settings: Mapping[str, Any], at: datetime, dry_run: bool
) -> int:
    """Erase received mails that were decided on long ago; return how many."""
    before = at - timedelta(days=settings["RETENTION_INCOMING_DAYS"])
    return _in_batches(session, dry_run, lambda: erasure.erase_old_messages(session, before, BATCH))


def _forget_institutions(
    session: Session, settings: Mapping[str, Any], at: datetime, dry_run: bool
) -> int:
    """Erase the addresses of institutions whose term ended long ago; return how many."""
    days = settings["RETENTION_REPLY_DAYS"]
    if not days:
        return 0
    before = in_paris(at).date() - timedelta(days=days)
    return _in_batches(
        session, dry_run, lambda: replies.erase_old_addresses(session, before, BATCH)
    )


def _forget_unknown(session: Session, at: datetime, dry_run: bool) -> int:
    """Forget who had nothing but a draft that has gone; return how many."""
    with writing(session):
        gone = public_drafts.forget_old(session, at)
        if dry_run:
            session.rollback()
    return gone


def _remove_files(
    session: Session, settings: Mapping[str, Any], old: Sequence[Path], at: datetime
) -> None:
    files.remove(old)
    erasure.sweep_orphans(session, settings["HOME"], at)
    retention.remove_blanked_copies(session, mailbox_of(settings))


def _erase_by_policy(
    session: Session, settings: Mapping[str, Any], at: datetime, dry_run: bool
) -> list[str]:
    """Erase what is due after its round; return lines of what was erased and what is coming."""
    gone = {} if dry_run else policy.erase_due(session, settings, at)
    lines = [f"{count} : {period.goes}, effacés" for period, count in gone.items()]
    for due in policy.coming(session, settings, at):
        lines.append(
            f"{due.count} : {due.period.goes} ({due.round.title['fr']}), à effacer le"
            f" {in_paris(due.goes_at(at)):%d/%m/%Y}"
        )
    session.rollback()
    return lines


def _in_batches(session: Session, dry_run: bool, erase: Callable[[], int]) -> int:
    """Call `erase` until it returns 0; a dry run rolls back."""
    total = 0
    if dry_run:
        with writing(session):
            while count := erase():
                total += count
            session.rollback()
        return total
    while True:
        with writing(session):
            count = erase()
        total += count
        if not count:
            return total


def _blank_sent(session: Session, before: datetime) -> int:
    """Blank recipient and parameters of finished messages; the rows stay."""
    done = (MessageStatus.SENT, MessageStatus.UNDELIVERABLE, MessageStatus.SUPPRESSED)
    batch = (
        sa.select(OutboxMessage.id)
        .where(
            OutboxMessage.status.in_(done),
            OutboxMessage.created_at < before,
            OutboxMessage.recipient.is_not(None),
        )
        .limit(BATCH)
    )
    blanked = session.execute(
        sa.update(OutboxMessage)
        .where(OutboxMessage.id.in_(batch))
        .values(recipient=None, parameters=None)
        .returning(OutboxMessage.id)
    )
    return len(blanked.all())


def _forget_contacts(
    session: Session, settings: Mapping[str, Any], at: datetime, dry_run: bool
) -> int:
    """Empty who was asked for figures, and who signed, of requests that ended long ago."""
    before = at - timedelta(days=settings["RETENTION_INCOMING_DAYS"])
    with writing(session):
        count = data_requests.erase_contacts(session, before)
        if dry_run:
            session.rollback()
    return count


def _forget_staff_sessions(session: Session, before: datetime) -> int:
    gone = session.execute(
        sa.delete(StaffSession)
        .where(StaffSession.seen_at < before)
        .returning(StaffSession.token_hash)
    )
    return len(gone.all())
