"""What `consultation doctor` finds of work that failed, or that does not come to an end."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.exporting import ordering
from consultation.jobs import cleaning
from consultation.jobs.models import Job, JobStatus
from consultation.jobs.queue import UNDER_WAY
from consultation.operating.findings import Finding, span
from consultation.responses import recovering

FAILURE_DAYS = 3
ERASURE_PATIENCE = timedelta(hours=1)

REMEDIES = {
    ordering.KIND: "classeurs, à redemander à la page Classeurs",
    ordering.CONTACTS: "listes de coordonnées, à redemander à la page Classeurs",
    recovering.JOB: "liens perdus, que les personnes doivent redemander",
}


def failed(session: Session) -> Finding:
    """Look at the jobs that failed for good of late; a refusal was told to who asked, in words."""
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
    told = " ; ".join(f"{count} : {REMEDIES.get(kind, kind)}" for kind, count in rows)
    why = "lisez au journal du service les lignes « job failed » et « job abandoned »"
    return Finding(subject, False, f"{since}, {told}. Pour savoir pourquoi, {why}.")


def erasure(session: Session) -> Finding:
    """Look at the job that takes out of reach what was erased: it repeats, whatever delays it."""
    oldest = session.scalar(
        sa.select(sa.func.min(Job.created_at)).where(
            Job.kind == cleaning.KIND, Job.status.in_(UNDER_WAY)
        )
    )
    waited = now() - oldest if oldest else timedelta()
    if waited <= ERASURE_PATIENCE:
        return Finding("effacements", True, "menés à leur fin")
    return Finding(
        "effacements",
        False,
        f"ce qui fut effacé il y a {span(waited.total_seconds())} peut encore se lire dans les"
        " fichiers de la base : une longue lecture (copie, console, pg_dump) empêche d'en finir."
        " Arrêtez-la ; le service recommence seul, au moins chaque heure. Si rien ne lit la base,"
        " lisez son journal.",
    )
