"""Page of the state of the site: what to mend, backups, the service and mail."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import (
    Blueprint,
    current_app,
    make_response,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.accounts.models import AuditEvent
from consultation.clock import now
from consultation.exports.orders.labels import size
from consultation.extensions import db
from consultation.jobs import queue, worker
from consultation.jobs.models import TaskRun
from consultation.mail import labels, outbox
from consultation.mail.models import MessageStatus
from consultation.operations import readiness, trial_remains
from consultation.operations.backups import jobs as backup_jobs
from consultation.operations.doctor import jobs as examination_jobs
from consultation.questionnaires.rounds import checklist
from consultation.questionnaires.rounds.choice import working_round
from consultation.web.permissions import Permission, requires
from consultation.work.actions import act, current_work

blueprint = Blueprint("site_state", __name__, url_prefix="/administration/etat")

REFRESH_SECONDS = 2
MOST_BACKUPS = 10


TASKS = {
    "mail": "Envoyer les courriels en attente",
    "invitations": "Mettre en file les invitations et les rappels",
    "inbox": "Relever le courrier reçu",
    "danger": "Chercher les mots de danger",
    "screening": "Chercher les données personnelles dans les textes",
    "clusters": "Réunir les textes semblables",
    "tallies": "Tenir les comptes à jour",
    "pictures": "Dessiner les images des résultats publics",
    "draft reminders": "Rappeler les brouillons avant la fermeture",
    "reply reminders": "Rappeler aux institutions que leur réponse est attendue",
    "digest": "Écrire le courriel de la journée et les rapports",
    "export schedules": "Commander les classeurs programmés",
    "exports": "Retirer les classeurs expirés",
    "document drafts": "Retirer les documents restés à moitié écrits",
    "office": "Essayer LibreOffice, qui fait l'ODT",
    "published documents": "Faire les fichiers des éditions et des bilans publiés",
    "retention": "Effacer ce qui a dépassé sa durée de garde",
    "repeats": "Oublier les empreintes des envois de plus de deux heures",
    "mailboxes": "Compléter les empreintes d'adresses anciennes",
    "sign": "Noter que le service tourne",
}
"""What each periodic task does, in French, by its name."""
SOON = timedelta(minutes=1)
"""Runs are stored once a minute: one that was due within it may have ended since."""


def _tasks() -> Sequence[tuple[str, TaskRun | None]]:
    """Return the periodic tasks with their last run, those that failed first."""
    runs = worker.last_runs(db.session())
    rows = [(label, runs.get(name)) for name, label in TASKS.items()]
    return sorted(rows, key=lambda row: row[1] is None or row[1].failure is None)


@blueprint.get("")
@requires(Permission.CONFIGURE)
def page() -> ResponseReturnValue:
    """Show what was found without waiting for anything, the backups, and what is under way."""
    from consultation.operations.doctor import checks  # with what asks the DNS

    at = now()
    backup = queue.latest(db.session(), backup_jobs.KIND)
    examination = queue.latest(db.session(), examination_jobs.KIND)
    is_under_way = any(job and job.status in queue.UNDER_WAY for job in (backup, examination))
    worked_on, site = working_round(), readiness.site_of(db.session(), current_app.config)
    refreshes = is_under_way and request.args.get("actualiser") != "non"
    answer = make_response(
        render_template(
            "operations/site_state.html",
            findings=checks.examine(db.session(), current_app.config, is_whole=False),
            examination=examination,
            examined=examination_jobs.last(current_work()),
            backup=backup,
            backups=backup_jobs.stored(current_app.config["BACKUPS_DIR"])[:MOST_BACKUPS],
            folder=current_app.config["BACKUPS_DIR"],
            left=checklist.left_to(current_work(), worked_on, site),
            worked_on=worked_on,
            remains=trial_remains.load(db.session()),
            is_sealed=bool(current_app.config["BACKUP_RECIPIENT"]),
            days=current_app.config["BACKUP_KEEP_DAYS"],
            mails=outbox.counts(db.session()),
            statuses=MessageStatus,
            breakers=labels.breaker_lines(db.session(), at),
            tried_at=_last_event("mail_tried"),
            tasks=_tasks(),
            worker_down=worker.is_worker_down(db.session(), at),
            soon=at + SOON,
            refreshes=refreshes,
            size=size,
            under_way=queue.UNDER_WAY,
        )
    )
    if refreshes:
        answer.headers["Refresh"] = str(REFRESH_SECONDS)
    return answer


@blueprint.post("/sauvegarder")
@requires(Permission.CONFIGURE)
def back_up() -> ResponseReturnValue:
    """Order a backup into the folder of backups."""
    return act(
        backup_jobs.order,
        done="La sauvegarde est demandée : elle commence dans un instant.",
        to=url_for(".page"),
    )


@blueprint.post("/examiner")
@requires(Permission.CONFIGURE)
def examine() -> ResponseReturnValue:
    """Order a whole examination."""
    return act(
        examination_jobs.order,
        done="L'examen complet est demandé : il dure quelques secondes.",
        to=url_for(".page"),
    )


@blueprint.post("/retirer-les-restes-d-essai")
@requires(Permission.CONFIGURE)
def remove_trial_remains() -> ResponseReturnValue:
    """Remove the editions and reports that a trial left in public."""
    return act(
        lambda work: trial_remains.remove(work).names,
        done=lambda names: (
            f"Retiré pour de bon : {names}." if names else "Il n'y avait plus rien à retirer."
        ),
        to=url_for(".page"),
    )


def _last_event(action: str) -> datetime | None:
    return db.session.scalar(
        sa.select(sa.func.max(AuditEvent.happened_at)).where(AuditEvent.action == action)
    )
