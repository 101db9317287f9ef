"""What the worker is asked to do: its jobs, its tasks, and what it sweeps and forgets."""

from functools import partial

from flask import Flask
from sqlalchemy.orm import Session

from consultation import erasures
from consultation.clock import now
from consultation.exporting import (
    announcing,
    apart,
    keeping,
    making,
    ordering,
    scheduling,
    workbook,
)
from consultation.inbox import collecting, forgetting_respondents
from consultation.invitations import erasing as contacts_erasing
from consultation.invitations import forgetting as invitees_forgetting
from consultation.invitations import sending
from consultation.jobs import cleaning, living, queue, worker
from consultation.jobs.worker import Task
from consultation.mail import boxes, delivering, emptying, maildir
from consultation.moderation import clustering_due, danger_screening, erasing, screening_due
from consultation.moderation import forgetting as texts_forgetting
from consultation.operating import digest, mailboxes, oversight, retention, warning
from consultation.responses import forgetting, recovering, reminding, repeats
from consultation.results import maintaining, picture

MAIL_EVERY_SECONDS = 2
RETENTION_EVERY_SECONDS = 86_400
DIGEST_EVERY_SECONDS = 600


def give_work(app: Flask) -> None:
    """Tell the worker of this process what it may be asked to do."""
    _register_jobs(app)
    _register_erasures(app)
    _register_tasks(app)


def _register_jobs(app: Flask) -> None:
    exports = app.config["EXPORTS_DIR"]
    # The worker of a site makes them apart; whoever runs a job by hand makes them on the spot.
    make = apart.export if app.config.get("EXPORTS_APART") else workbook.export
    for kind, run in (
        (ordering.KIND, making.workbooks_in(exports, app.config["BASE_URL"], make)),
        (ordering.CONTACTS, making.contacts_in(exports)),
    ):
        queue.register_job(
            kind, run, ended=announcing.announce, discard=partial(making.discard, exports)
        )
    queue.register_job(cleaning.KIND, cleaning.run, is_owed=True)
    queue.register_job(recovering.JOB, recovering.run_in(app.config), ended=recovering.forget)
    boxes.register_part(recovering.KIND.name, recovering.part)


def _register_erasures(app: Flask) -> None:
    cleaning.register_cleaner(partial(keeping.remove_made_before, app.config["EXPORTS_DIR"]))
    cleaning.register_sweeper("mails", partial(emptying.sweep, box=maildir.mailbox_of(app.config)))
    cleaning.register_sweeper(
        "enclosures", partial(forgetting_respondents.sweep, home=app.config["HOME"])
    )
    forgetting.register_forgetter("invitations", invitees_forgetting.forget)
    forgetting.register_forgetter("inbox", forgetting_respondents.forget)
    forgetting.register_forgetter("moderation", texts_forgetting.forget)
    forgetting.register_finder("inbox", forgetting_respondents.others)
    erasures.register_replay(forgetting.KIND, forgetting.replay)
    erasures.register_replay(erasing.KIND, erasing.replay)
    erasures.register_replay(contacts_erasing.KIND, contacts_erasing.replay)


def _register_tasks(app: Flask) -> None:
    worker.register_task(Task("mail", MAIL_EVERY_SECONDS, partial(_deliver, app)))
    worker.register_task(Task("retention", RETENTION_EVERY_SECONDS, partial(_forget, app)))
    worker.register_task(Task("digest", DIGEST_EVERY_SECONDS, partial(_report, app)))
    for task in (
        living.task(),
        mailboxes.task(),
        screening_due.task(),
        danger_screening.task(),
        clustering_due.task(),
        maintaining.task(),
        picture.task(),
        sending.task(app.config),
        reminding.task(app.config),
        repeats.task(),
        collecting.task(app.config),
        scheduling.task(),
        keeping.task(app.config["EXPORTS_DIR"], app.config["RETENTION_EXPORT_DAYS"]),
    ):
        worker.register_task(task)


def _forget(app: Flask, session: Session) -> None:
    retention.apply(session, app.config, now(), dry_run=False)


def _report(app: Flask, session: Session) -> None:
    digest.owe(session, now())
    oversight.owe(session, app.config["OVERSIGHT_ADDRESS"], now())
    warning.owe(session, app.config, now())


def _deliver(app: Flask, session: Session) -> None:
    delivering.deliver(session, app.config, worker.is_ending)
