"""The weekly report to a second person: who looked at contact data, and what was exported."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.models import Account, AuditEvent
from consultation.clock import PARIS, in_paris
from consultation.database import writing
from consultation.mail import outbox
from consultation.mail.kinds import MessageKind
from consultation.mail.models import OutboxMessage

SENT_FROM = time(7)
WEEK = timedelta(days=7)
WATCHED = {
    "contacts_viewed": "a lu des contacts",
    "contacts_imported": "a importé des contacts",
    "message_opened": "a ouvert un courriel reçu",
    "attachment_downloaded": "a pris une pièce jointe",
    "local_mails_viewed": "a lu des courriels gardés sur le serveur",
    "export_ordered": "a demandé un classeur",
    "export_downloaded": "a pris un classeur",
    "export_made": "a fait un classeur par la ligne de commande",
    "contacts_ordered": "a demandé la liste des coordonnées",
    "contacts_downloaded": "a pris la liste des coordonnées",
    "plan_exported": "a pris le classeur du plan",
    "questionnaire_exported": "a pris le classeur d'un questionnaire",
    "statuses_exported": "a pris le classeur des évaluations",
    "trail_exported": "a pris le journal",
    "tampered_backup_restored": "a remis une sauvegarde changée après coup",
    "unsigned_backup_restored": "a remis une sauvegarde sans signature sûre",
    "text_erased": "a effacé un passage pour de bon",
    "contact_erased": "a effacé un contact",
    "account_invited": "a proposé un compte",
    "roles_granted": "a donné des rôles",
    "roles_changed": "a changé des rôles",
    "keys_shown": "a affiché les clés par la ligne de commande",
}
"""The acts of the audit trail that are told, as they follow the name of who did them.

A backup holds everything, but one is made every night by nobody: it is not told.
"""


@dataclass(frozen=True)
class Report:
    """What is told of the week from `since` to `until` (ISO days): who, what and how often."""

    since: str
    until: str
    acts: list[dict[str, str]]

    @property
    def days(self) -> tuple[datetime, datetime]:
        """The first and the last day, at noon in Paris."""
        first, last = (datetime.fromisoformat(day) for day in (self.since, self.until))
        noon = time(12)
        return datetime.combine(first, noon, PARIS), datetime.combine(last, noon, PARIS)


KIND = MessageKind("oversight", "oversight", Report, "Rapport hebdomadaire des accès")


def owe(session: Session, address: str, at: datetime) -> bool:
    """Owe last week's report, once, from Monday morning on; say whether it was owed now.

    Nothing is owed without an `address`.  It commits its own unit of work.
    """
    local = in_paris(at)
    monday = local.date() - timedelta(days=local.weekday())
    if not address or at < datetime.combine(monday, SENT_FROM, PARIS):
        return False
    key = f"{KIND.name}:{monday.isoformat()}"
    known = sa.select(OutboxMessage.id).where(OutboxMessage.dedup_key == key)
    session.rollback()
    if session.scalar(known):
        session.rollback()
        return False
    with writing(session):
        if session.scalar(known):
            return False
        report = report_of(session, datetime.combine(monday, time(), PARIS))
        outbox.enqueue(
            session,
            KIND.name,
            dedup_key=key,
            recipient=address,
            locale="fr",
            parameters=report,
            at=at,
        )
    return True


def report_of(session: Session, until: datetime) -> Report:
    """Return what happened in the week that ended at `until`, a midnight in Paris."""
    since = datetime.combine(until.date() - WEEK, time(), PARIS)
    rows = session.execute(
        sa.select(Account.email, AuditEvent.action, sa.func.count())
        .outerjoin(Account, Account.id == AuditEvent.account_id)
        .where(
            AuditEvent.action.in_(WATCHED),
            AuditEvent.happened_at >= since,
            AuditEvent.happened_at < until,
        )
        .group_by(Account.email, AuditEvent.action)
        .order_by(Account.email, AuditEvent.action)
    )
    acts = [
        {"who": email or "compte inconnu", "what": WATCHED[action], "times": str(times)}
        for email, action, times in rows
    ]
    last = until.date() - timedelta(days=1)
    return Report(since.date().isoformat(), last.isoformat(), acts)
