"""Worker registration: jobs, periodic tasks, sweepers and hooks of all packages."""

from functools import partial

from flask import Flask
from sqlalchemy.orm import Session

from consultation.accounts import invitations as account_invitations
from consultation.accounts.audit import labels
from consultation.accounts.audit import queries as audit_queries
from consultation.accounts.audit.queries import Namer
from consultation.clock import now
from consultation.db import erasure_log, permanent_rows
from consultation.decisions import basis, decide, editions
from consultation.decisions.announcements import erasure as announcements_erasing
from consultation.decisions.announcements.respondents import Respondents
from consultation.documents import formats
from consultation.documents import jobs as document_jobs
from consultation.documents.public import files as documents
from consultation.documents.public import frozen
from consultation.exports import files, process
from consultation.exports.orders import jobs, notification
from consultation.exports.saved import settings
from consultation.exports.workbook import writer
from consultation.inbox import erasure
from consultation.inbox import queries as inbox
from consultation.inbox.collection import collector
from consultation.institutions.data_requests import queries as data_requests
from consultation.institutions.data_requests.models import DataRequest
from consultation.institutions.replies import erasure as replies_erasing
from consultation.institutions.replies import queries as replies
from consultation.institutions.replies import reminders as reply_reminders
from consultation.institutions.replies import requests as reply_requests
from consultation.institutions.replies.models import ReplyRequest
from consultation.invitations import queries as invitations
from consultation.invitations.contacts import erasure as contacts_erasing
from consultation.invitations.mailings import audiences, lifecycle, sender
from consultation.invitations.mailings.invitees import Invitees
from consultation.invitations.models import Purpose
from consultation.jobs import erase_copies, queue, worker
from consultation.jobs.worker import Task
from consultation.mail import mailbox_identity, outbox_actions, retention, transport
from consultation.mail.delivery import loop
from consultation.moderation import queue as moderation_queue
from consultation.moderation import screening as moderation_screening
from consultation.moderation.clusters import clustering
from consultation.moderation.clusters import queries as clusters
from consultation.moderation.danger import screening
from consultation.moderation.texts import erasure as texts_erasure
from consultation.operations import mailbox_hashes, reports
from consultation.operations.backups import jobs as backup_jobs
from consultation.operations.doctor import jobs as examination_jobs
from consultation.operations.retention import apply, notices
from consultation.plan import queries as plan_queries
from consultation.plan.overview import evaluation
from consultation.plan.values import record
from consultation.questionnaires.outline import store as outline
from consultation.questionnaires.rounds import queries as rounds
from consultation.recordings import queries as recordings
from consultation.reports import editions as report_editions
from consultation.reports import files as report_files
from consultation.reports import quotations
from consultation.reports.models import ReportEdition
from consultation.responses import plan_changes
from consultation.responses.drafts import reminders
from consultation.responses.rights import erasure as rights_erasure
from consultation.responses.rights import trial_erasure
from consultation.responses.space import recovery
from consultation.responses.staff import queries as contributions
from consultation.responses.submission import repeats
from consultation.results.proposed_values import decide as proposed_values
from consultation.results.public import preview_image
from consultation.results.tallies import maintain

FROZEN = (frozen.WORKING_DOCUMENT, report_files.REPORTS)
MAIL_EVERY_SECONDS = 2
RETENTION_EVERY_SECONDS = 86_400
DIGEST_EVERY_SECONDS = 600


def register_work(app: Flask) -> None:
    """Register all that the worker of this process may run."""
    permanent_rows.register_trial(rounds.is_tried_out)
    _register_audiences()
    _register_jobs(app)
    _register_erasures(app)
    plan_changes.register_keeper("decisions", decide.measures_named)
    plan_changes.register_keeper("values", record.measures_valued)
    plan_changes.register_keeper("data_requests", data_requests.measures_asked)
    plan_changes.register_keeper("replies", reply_requests.measures_named)
    for model in (DataRequest, ReplyRequest, ReportEdition):
        evaluation.register_trace(model)
    _register_names()
    _register_tasks(app)


def _register_names() -> None:
    """Have the audit log name what its events are about."""
    of_plan = (
        "mesure", "indicateur", "mesure ou indicateur", "indicateur ou mesure", labels.FORM
    )  # fmt: skip
    namer_by_subject: dict[str, Namer] = {
        **dict.fromkeys(of_plan, plan_queries.names_of),
        "tour": rounds.names_of,
        "texte": moderation_queue.names_of,
        "textes semblables": clusters.names_of,
        "mots de danger": screening.names_of,
        "contribution": contributions.names_of,
        "groupe": invitations.group_names,
        "message": invitations.mailing_names,
        "contact": invitations.contact_names,
        labels.CONTACTS: invitations.names_of_those_read,
        labels.MAIL_RECEIVED: inbox.message_names,
        "pièce": inbox.attachment_names,
        labels.MAIL_QUEUED: outbox_actions.names_of,
        labels.LOCAL_MAIL: outbox_actions.local_mail_names,
        "adresse": outbox_actions.suppression_names,
        labels.DATA_REQUEST: data_requests.names_of,
        labels.REPLY_REQUEST: replies.names_of,
        "document": document_jobs.names_of,
        "classeur": jobs.names_of,
        "liste": jobs.names_of,
        "réglages": settings.names_of,
        labels.QUESTION: outline.names_of,
        labels.RECORDED: recordings.names_of,
        "édition": editions.EDITIONS.names_of,
        "bilan": report_editions.REPORTS.names_of,
        "invitation": account_invitations.invitation_names,
    }
    for subject, namer in namer_by_subject.items():
        audit_queries.register_namer(namer, subject)


def _register_audiences() -> None:
    invitees = Invitees()
    audiences.register_audience(Purpose.INVITATION, invitees)
    audiences.register_audience(Purpose.REMINDER, invitees)
    audiences.register_audience(Purpose.EDITION, Respondents())


def _register_jobs(app: Flask) -> None:
    exports = app.config["EXPORTS_DIR"]
    # The worker of a site writes them in a subprocess; a job run by hand, in its own process.
    write = process.run if app.config.get("EXPORTS_IN_SUBPROCESS") else writer.write
    for kind, run in (
        (jobs.KIND, jobs.workbook_job(app.config, write)),
        (jobs.CONTACTS, jobs.contacts_job(exports)),
    ):
        queue.register_job(
            kind, run, ended=notification.announce, discard=partial(jobs.discard, exports)
        )
    queue.register_job(
        document_jobs.KIND,
        document_jobs.run_in(app.config),
        discard=partial(document_jobs.discard, exports),
    )
    queue.register_job(frozen.KIND, frozen.run_in(app.config, FROZEN))
    queue.register_job(erase_copies.KIND, erase_copies.run, must_succeed=True)
    queue.register_job(backup_jobs.KIND, backup_jobs.run_in(app.config))
    queue.register_job(examination_jobs.KIND, examination_jobs.run_in(app.config))
    queue.register_job(
        trial_erasure.KIND, trial_erasure.run_in(app.config["HOME"]), must_succeed=True
    )
    queue.register_job(recovery.JOB, recovery.run_in(app.config), ended=recovery.forget)
    mailbox_identity.register_part(recovery.KIND.name, recovery.part)


def _register_erasures(app: Flask) -> None:
    erase_copies.register_cleaner(
        "workbooks", partial(files.remove_made_before, app.config["EXPORTS_DIR"])
    )
    erase_copies.register_cleaner(
        "documents", lambda _at: documents.remove_kept(app.config["HOME"])
    )
    erase_copies.register_sweeper(
        "mails", partial(retention.remove_blanked_copies, box=transport.mailbox_of(app.config))
    )
    erase_copies.register_sweeper(
        "enclosures", partial(erasure.sweep_released, home=app.config["HOME"])
    )
    rights_erasure.register_eraser("invitations", contacts_erasing.erase_respondent)
    rights_erasure.register_eraser("inbox", erasure.erase_respondent)
    rights_erasure.register_eraser("moderation", texts_erasure.erase_texts)
    rights_erasure.register_eraser("decisions", basis.erase_texts)
    rights_erasure.register_eraser("proposed_values", proposed_values.erase_decisions)
    rights_erasure.register_eraser("reports", quotations.erase_texts)
    rights_erasure.register_eraser("announcements", announcements_erasing.erase_respondent)
    rights_erasure.register_finder("inbox", erasure.others)
    trial_erasure.register_remover("invitations", lifecycle.remove_of_trials)
    erasure_log.register_replay(rights_erasure.KIND, rights_erasure.replay)
    erasure_log.register_replay(texts_erasure.KIND, texts_erasure.replay)
    erasure_log.register_replay(contacts_erasing.KIND, contacts_erasing.replay)
    erasure_log.register_replay(replies_erasing.KIND, replies_erasing.replay)


def _register_tasks(app: Flask) -> None:
    worker.register_task(Task("mail", MAIL_EVERY_SECONDS, partial(_deliver, app)))
    worker.register_task(Task("retention", RETENTION_EVERY_SECONDS, partial(_forget, app)))
    worker.register_task(Task("digest", DIGEST_EVERY_SECONDS, partial(_report, app)))
    for task in (
        worker.task(),
        mailbox_hashes.task(),
        moderation_screening.task(),
        screening.task(app.config),
        clustering.task(),
        maintain.task(),
        preview_image.task(),
        sender.task(app.config),
        reminders.task(app.config),
        reply_reminders.task(app.config),
        repeats.task(),
        collector.task(app.config),
        settings.task(),
        files.task(app.config),
        documents.task(app.config["HOME"]),
        frozen.task(FROZEN, app.config["HOME"]),
        formats.office_task(app.config["HOME"]),
    ):
        worker.register_task(task)


def _forget(app: Flask, session: Session) -> None:
    apply.apply(session, app.config, now(), dry_run=False)


def _report(app: Flask, session: Session) -> None:
    reports.enqueue_digest(session, now())
    reports.enqueue_oversight(session, app.config["OVERSIGHT_ADDRESS"], now())
    notices.enqueue_due(session, app.config, now())


def _deliver(app: Flask, session: Session) -> None:
    loop.deliver(session, app.config, worker.is_ending)
