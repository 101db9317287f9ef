"""Database checks of `consultation doctor`: schema, integrity, size, backup, failed jobs."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.models import AuditEvent
from consultation.clock import now
from consultation.db import erasure_log, upgrade
from consultation.db.base import DatabaseNotUtf8, refusal_of
from consultation.exports.orders import jobs
from consultation.jobs import erase_copies
from consultation.jobs.models import Job, JobStatus
from consultation.jobs.queue import UNDER_WAY
from consultation.operations.doctor.finding import Finding, decimal, span
from consultation.responses.space import recovery

SUBJECT = "base de données"
LARGE_LOG = 256 * 1024 * 1024  # bytes
BACKUP_PATIENCE = timedelta(days=2)
MEBIBYTE = 1024 * 1024
HERE = ("", "localhost", "127.0.0.1", "::1")
VERIFYING = ("verify-ca", "verify-full")


def tables(session: Session) -> Finding:
    """Check that the database answers and its schema is current."""
    try:
        pending = upgrade.pending_count(session.get_bind().engine)
    except sa.exc.DatabaseError as error:
        says = refusal_of(error) or (
            "elle ne répond pas, ou ne se lit pas : voyez si elle tourne,"
            " CONSULTATION_DATABASE_URL."
        )
        return Finding(SUBJECT, False, says)
    except (upgrade.DatabaseNewer, DatabaseNotUtf8) as fact:
        return Finding(SUBJECT, False, str(fact))
    if not pending:
        return Finding(SUBJECT, True, "à jour")
    counted = "une migration attend" if pending == 1 else f"{pending} migrations attendent"
    says = f"{counted} : « consultation backup », puis relancez le site, qui les fait."
    return Finding(SUBJECT, False, says)


def file_or_size(session: Session) -> Iterator[Finding]:
    """Check integrity and size."""
    if session.get_bind().dialect.name == "sqlite":
        yield from _file(session)
    else:
        size = session.scalar(sa.text("SELECT pg_database_size(current_database())")) or 0
        yield Finding("taille de la base", True, f"{decimal(size / MEBIBYTE)} Mo")


def connection(url: str) -> list[Finding]:
    """Check that a database on another machine is reached with a verified certificate."""
    parts = sa.make_url(url)
    places = (parts.host or "", *parts.normalized_query.get("host", ()))
    hosts = [host for place in places for host in place.split(",")]
    # A host that begins so is the folder of a socket.
    is_here = all(host in HERE or host.startswith("/") for host in hosts)
    if parts.get_backend_name() == "sqlite" or is_here:
        return []
    if parts.query.get("sslmode") in VERIFYING:
        return [Finding("lien avec la base", True, "chiffré, certificat vérifié")]
    says = "sur une autre machine : ajoutez ?sslmode=verify-full à CONSULTATION_DATABASE_URL."
    return [Finding("lien avec la base", False, says)]


def _file(session: Session) -> Iterator[Finding]:
    verdict = session.scalar(sa.text("PRAGMA quick_check(1)"))
    yield Finding(
        "intégrité",
        verdict == "ok",
        "le fichier est entier"
        if verdict == "ok"
        else f"le fichier est abîmé ({verdict}) : arrêtez le site, gardez ce fichier, et remettez"
        " la dernière sauvegarde dans un dossier HOME vide (docs/exploitation.md, sauvegardes).",
    )
    path = Path(str(session.get_bind().engine.url.database))
    log = path.with_name(f"{path.name}-wal")
    size, waiting = path.stat().st_size, log.stat().st_size if log.exists() else 0
    says = f"{decimal(size / MEBIBYTE)} Mo, et {decimal(waiting / MEBIBYTE)} Mo en journal"
    if waiting > LARGE_LOG:
        says += " : une lecture qui ne finit pas le retient ; relancez le site."
    yield Finding("taille de la base", waiting <= LARGE_LOG, says)


BACK_UP = "consultation backup DOSSIER"


def backup(session: Session, settings: Mapping[str, Any]) -> Finding:
    """Check the age of the last backup."""
    last = session.scalar(
        sa.select(sa.func.max(AuditEvent.happened_at)).where(AuditEvent.action == "backup_made")
    )
    if last is None:
        return Finding("sauvegarde", False, "aucune encore", command=BACK_UP)
    age = now() - last
    says = f"la dernière a {span(age.total_seconds())}"
    if age > BACKUP_PATIENCE:
        says += " ; vérifiez ce qui la fait chaque jour, et faites-en une"
        return Finding("sauvegarde", False, says, command=BACK_UP)
    if not settings["BACKUP_RECIPIENT"]:
        says += (
            ", en clair ; pour la chiffrer : « consultation keys identity »,"
            " CONSULTATION_BACKUP_RECIPIENT"
        )
    return Finding("sauvegarde", True, says)


FAILURE_DAYS = 3
ERASURE_PATIENCE = timedelta(hours=1)

REMEDIES = {
    "backup": "sauvegardes, à redemander à la page État du site",
    "examination": "examens complets, à redemander à la page État du site",
    jobs.KIND: "classeurs, à redemander à la page Exporter",
    jobs.CONTACTS: "listes de coordonnées, à redemander à la page Exporter",
    recovery.JOB: "liens perdus, que les personnes doivent redemander",
}


def failed(session: Session) -> Finding:
    """Check for jobs that failed recently; refused ones were explained to who asked for them."""
    rows = session.execute(
        sa.select(Job.kind, sa.func.count())
        .where(
            Job.status == JobStatus.FAILED,
            Job.finished_at > now() - timedelta(days=FAILURE_DAYS),
            Job.result["error"].as_string().is_not(None),
        )
        .group_by(Job.kind)
        .order_by(Job.kind)
    ).all()
    subject, since = "travaux échoués", f"depuis {FAILURE_DAYS} jours"
    if not rows:
        return Finding(subject, True, f"aucun {since}")
    counts = " ; ".join(f"{count} : {REMEDIES.get(kind, kind)}" for kind, count in rows)
    why = "lisez au journal du service les lignes « job failed » et « job abandoned »"
    return Finding(subject, False, f"{since}, {counts}. Pour savoir pourquoi, {why}.")


def erasure(session: Session) -> Finding:
    """Check that the erasure job has finished; a long reader delays it."""
    oldest = session.scalar(
        sa.select(sa.func.min(Job.created_at)).where(
            Job.kind == erase_copies.KIND, Job.status.in_(UNDER_WAY)
        )
    )
    waited = now() - oldest if oldest else timedelta()
    if waited <= ERASURE_PATIENCE:
        return Finding("effacements", True, "menés à leur fin")
    return Finding(
        "effacements",
        False,
        f"ce qui a été effacé il y a {span(waited.total_seconds())} peut encore se lire dans les"
        " fichiers de la base : une longue lecture (copie, console, pg_dump) empêche d'en finir."
        " Arrêtez-la ; le service recommence seul, au moins chaque heure. Si rien ne lit la base,"
        " lisez son journal.",
    )


def erasure_list(home: Path) -> Finding:
    """Check that the list of erasures is what the site wrote."""
    path, subject = home / erasure_log.NAME, "liste des effacements"
    try:
        entries = erasure_log.read(path)
    except (erasure_log.ListDamaged, OSError) as damaged:
        return Finding(subject, False, str(damaged))
    if refusal := erasure_log.refusal(path):
        remedy = (
            " S'il n'y en a pas de juste, « consultation erasures --accept » accepte la liste telle"
            " qu'elle est."
        )
        return Finding(subject, False, refusal + remedy)
    return Finding(subject, True, f"signée ; lignes : {len(entries or [])}")
