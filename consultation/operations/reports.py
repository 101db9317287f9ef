"""Reports by mail: daily digest for organisers, weekly report of accesses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts import staff
from consultation.accounts.models import Account, AuditEvent, Role
from consultation.clock import PARIS, in_paris
from consultation.i18n import DEFAULT_LOCALE
from consultation.inbox.models import IncomingMessage, State
from consultation.mail import circulars, outbox
from consultation.mail.circulars import Mail
from consultation.mail.kinds import MessageKind
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.responses.models import Response

DIGEST_SENT_FROM = time(7)
"""Time in Paris from which yesterday's digest is sent."""


@dataclass(frozen=True)
class Digest:
    """Counts of one `day` (ISO date, Paris)."""

    day: str
    responses: int
    measures: int
    incoming: int
    undeliverable: int
    held: int = 0
    """Acknowledgements that wait for an administrator's release."""

    @property
    def date(self) -> datetime:
        """Noon of the day, which is the same day in any zone near Paris."""
        return datetime.combine(datetime.fromisoformat(self.day), time(12), PARIS)

    @property
    def is_worth_a_mail(self) -> bool:
        """Whether anything happened."""
        return bool(self.responses or self.incoming or self.undeliverable or self.held)


DIGEST = MessageKind("digest", "digest", Digest, "Résumé quotidien")


def enqueue_digest(session: Session, at: datetime) -> int:
    """Enqueue yesterday's digest for every organiser; return the number of mails.

    Idempotent within a day; commits its own transaction.
    """
    local = in_paris(at)
    if local.time() < DIGEST_SENT_FROM:
        return 0
    day = local.date() - timedelta(days=1)
    prefix = f"{DIGEST.name}:{day.isoformat()}:"

    def mails() -> Sequence[Mail]:
        counted = count(session, datetime.combine(day, time(), PARIS))
        if not counted.is_worth_a_mail:
            return ()
        return staff.mails_to(session, Role.ORGANISER, prefix, counted)

    return circulars.enqueue_once(session, DIGEST, prefix, mails, at)


def count(session: Session, midnight: datetime) -> Digest:
    """Count the events of the day that begins at `midnight`, and what waits now."""
    until = datetime.combine(midnight.date() + timedelta(days=1), time(), PARIS)
    responses, measures = session.execute(
        sa.select(sa.func.count(), sa.func.count(sa.distinct(Response.questionnaire_id))).where(
            Response.submitted_at >= midnight, Response.submitted_at < until
        )
    ).one()
    return Digest(
        day=midnight.date().isoformat(),
        responses=responses,
        measures=measures,
        incoming=_count(session, IncomingMessage.state == State.WAITING),
        undeliverable=_count(
            session,
            OutboxMessage.status == MessageStatus.UNDELIVERABLE,
            OutboxMessage.created_at >= midnight - timedelta(days=5),
        ),
        held=outbox.held_count(session),
    )


def _count(session: Session, *which: sa.ColumnElement[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).where(*which)) or 0


OVERSIGHT_SENT_FROM = time(7)
WEEK = timedelta(days=7)
WATCHED = {
    "contacts_viewed": "a lu des contacts",
    "contacts_imported": "a importé des contacts",
    "contact_added": "a ajouté un contact",
    "contact_changed": "a corrigé un contact",
    "contacts_grouped": "a mis des contacts dans un groupe",
    "contacts_ungrouped": "a retiré des contacts d'un groupe",
    "message_opened": "a ouvert un courriel reçu",
    "attachment_downloaded": "a pris une pièce jointe",
    "local_mails_viewed": "a lu des courriels gardés sur le serveur",
    "export_ordered": "a demandé un classeur",
    "export_downloaded": "a pris un classeur",
    "document_ordered": "a demandé un document de travail",
    "export_made": "a fait un classeur depuis le serveur",
    "contacts_ordered": "a demandé la liste des coordonnées",
    "contacts_downloaded": "a pris la liste des coordonnées",
    "plan_exported": "a pris le classeur du plan",
    "questionnaire_exported": "a pris le classeur d'un questionnaire",
    "statuses_exported": "a pris le classeur des évaluations",
    "values_exported": "a pris le classeur des valeurs",
    "translations_exported": "a pris une feuille à traduire",
    "trail_exported": "a pris le journal",
    "tampered_backup_restored": "a restauré une sauvegarde modifiée après coup",
    "unsigned_backup_restored": "a restauré une sauvegarde sans signature sûre",
    "text_erased": "a effacé un passage pour de bon",
    "contact_erased": "a effacé un contact",
    "reply_erased": "a effacé l'adresse ou la réponse d'une institution",
    "account_invited": "a invité une personne dans l'équipe",
    "roles_granted": "a donné des rôles",
    "roles_changed": "a changé des rôles",
    "keys_shown": "a affiché les clés depuis le serveur",
}
"""Reported audit actions, in French after the actor's name.

Backups are left out, although they hold everything: a timer makes one every night.
"""


@dataclass(frozen=True)
class Report:
    """Accesses in the week from `since` to `until` (ISO dates): who, what, how often."""

    since: str
    until: str
    acts: list[dict[str, str]]

    @property
    def days(self) -> tuple[datetime, datetime]:
        """The first and the last day, at noon in Paris."""
        first, last = (datetime.fromisoformat(day) for day in (self.since, self.until))
        noon = time(12)
        return datetime.combine(first, noon, PARIS), datetime.combine(last, noon, PARIS)


OVERSIGHT = MessageKind("oversight", "oversight", Report, "Rapport hebdomadaire des accès")


def enqueue_oversight(session: Session, address: str, at: datetime) -> bool:
    """Enqueue last week's report from Monday morning on; return whether it was enqueued now.

    Nothing is enqueued without an `address`.  Commits its own transaction.
    """
    local = in_paris(at)
    monday = local.date() - timedelta(days=local.weekday())
    if not address or at < datetime.combine(monday, OVERSIGHT_SENT_FROM, PARIS):
        return False
    key = circulars.key_of(OVERSIGHT, monday.isoformat())

    def mails() -> Sequence[Mail]:
        report = report_of(session, datetime.combine(monday, time(), PARIS))
        return [Mail(dedup_key=key, recipient=address, locale=DEFAULT_LOCALE, parameters=report)]

    return bool(circulars.enqueue_once(session, OVERSIGHT, key, mails, at))


def report_of(session: Session, until: datetime) -> Report:
    """Return the report of the week that ended at `until`, a midnight in Paris."""
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
